/* SPDX-License-Identifier: ISC */
#include "probe/base/record_name.h"

#include <string.h>

/* The words of each enum, by value. */
static const char *const method_words[] = {
    [METHOD_UDP] = "udp", [METHOD_ICMP] = "icmp", [METHOD_TCP] = "tcp"};
static const char *const stop_words[] = {[STOP_REACHED] = "reached",
    [STOP_UNREACHABLE] = "unreachable",
    [STOP_GAP] = "gap",
    [STOP_MAX_TTL] = "max-ttl",
    [STOP_LOOP] = "loop",
    [STOP_ERROR] = "error"};
static const char *const proof_words[] = {
    [PROOF_NONE] = "none", [PROOF_ONE] = "one", [PROOF_BOTH] = "both"};
static const char *const silent_words[] = {[SILENT_NOT_SENT] = "not-sent",
    [SILENT_OVERFLOW] = "overflow",
    [SILENT_RATE_LIMITED] = "rate-limited",
    [SILENT_FILTERED] = "filtered",
    [SILENT_LATE] = "late",
    [SILENT_LOST] = "lost",
    [SILENT_UNKNOWN] = "unknown"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *
word(const char *const *words, size_t n, unsigned i)
{
	return i < n && words[i] != NULL ? words[i] : "?";
}

/* The value of a word, 0 when it is none of them. */
static unsigned
value(const char *const *words, size_t n, const char *s)
{
	for (unsigned i = 1; i < n; i++)
		if (words[i] != NULL && strcmp(words[i], s) == 0)
			return i;
	return 0;
}

const char *
record_method_name(enum record_method m)
{
	return word(method_words, COUNT(method_words), m);
}

const char *
record_stop_name(enum record_stop s)
{
	return word(stop_words, COUNT(stop_words), s);
}

const char *
record_proof_name(enum record_proof p)
{
	return p == PROOF_UNTOLD ? NULL
				 : word(proof_words, COUNT(proof_words), p);
}

const char *
record_silent_name(enum record_silent s)
{
	return word(silent_words, COUNT(silent_words), s);
}

bool
record_method_parse(const char *s, enum record_method *m)
{
	*m = value(method_words, COUNT(method_words), s);
	return *m != 0;
}

bool
record_stop_parse(const char *s, enum record_stop *stop)
{
	*stop = value(stop_words, COUNT(stop_words), s);
	return *stop != 0;
}

bool
record_proof_parse(const char *s, enum record_proof *p)
{
	*p = value(proof_words, COUNT(proof_words), s);
	return *p != 0;
}

bool
record_silent_parse(const char *s, enum record_silent *silent)
{
	*silent = value(silent_words, COUNT(silent_words), s);
	return *silent != 0;
}
