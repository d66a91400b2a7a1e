/* SPDX-License-Identifier: ISC */
#include "probe/base/record_text.h"

#include <string.h>

enum { LEN_ORDER = 1, WORD_BITS = 5, WORDS = 32 };

/* Of version 2, for ever; of tool and of what stop.c tells. */
static const char *const words[WORDS] = {
    "tumen-probe ",
    " from ",
    " at ttl ",
    "syn-ack",
    "rst",
    "time-exceeded (11/0)",
    "net-unreachable (3/0)",
    "host-unreachable (3/1)",
    "protocol-unreachable (3/2)",
    "port-unreachable (3/3)",
    "net-prohibited (3/9)",
    "host-prohibited (3/10)",
    "admin-prohibited (3/13)",
    "beyond the gap limit: ",
    " for the third time",
    "not sent",
    "echo-reply",
    "datagram",
    "aborted",
    "unreachable",
    "mda: only where it was needed",
    "0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
    ".",
};

static bool
begins(const char *s, const char *word)
{
	return s[0] == word[0] && strncmp(s, word, strlen(word)) == 0;
}

/* The word that s begins with; WORDS: none. */
static unsigned
word_at(const char *s)
{
	unsigned i = 0;
	while (i < WORDS && !begins(s, words[i]))
		i++;
	return i;
}

void
record_text_pack(struct bits_out *b, const char *text)
{
	bits_golomb(b, strlen(text), LEN_ORDER);
	while (*text != '\0') {
		unsigned word = word_at(text);
		if (word == WORDS) {
			bits_put(b, (uint8_t)*text++, 1 + 8);
			continue;
		}
		bits_put(b, 1U << WORD_BITS | word, 1 + WORD_BITS);
		text += strlen(words[word]);
	}
}

static size_t
word_len(unsigned word)
{
	return word < WORDS ? strlen(words[word]) : 1;
}

/* The next part, into at most room octets; its word, WORDS for an octet. */
static unsigned
unpack_part(struct bits_in *b, char *to, size_t room)
{
	if (bits_get(b, 1) == 0) {
		*to = (char)bits_get(b, 8);
		return WORDS;
	}
	unsigned word = (unsigned)bits_get(b, WORD_BITS);
	if (word_len(word) > room)
		b->rd->failed = true;
	for (size_t i = 0; i < room && words[word][i] != '\0'; i++)
		to[i] = words[word][i];
	return word;
}

/* Whether the parts are those of record_text_pack(). */
static bool
same_parts(const char *text, const uint8_t *parts)
{
	for (; *text != '\0'; text += word_len(*parts++))
		if (*parts != word_at(text))
			return false;
	return true;
}

void
record_text_unpack(struct bits_in *b, char *text, size_t room)
{
	uint8_t parts[UINT8_MAX] = {0}; /* the word of each */
	uint64_t len = bits_get_golomb(b, LEN_ORDER);
	size_t at = 0, n = 0;
	if (len >= room || len > sizeof(parts))
		b->rd->failed = true;
	while (rd_ok(b->rd) && at < len) {
		unsigned word = unpack_part(b, text + at, len - at);
		parts[n++] = (uint8_t)word;
		at += word_len(word);
	}
	if (!rd_ok(b->rd))
		at = 0;
	text[at] = '\0';
	if (strlen(text) != at || !same_parts(text, parts))
		b->rd->failed = true;
}
