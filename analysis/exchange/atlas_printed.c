/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/atlas_result.h"

#include "probe/base/mem.h"
#include "probe/base/record_reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Firmware 1 tells what the command traceroute printed, the word NEWLINE where
 * a line ended:
 *
 *	traceroute to 192.0.2.1 (192.0.2.1), 32 hops max, 16 byte packets
 *	1 198.51.100.1 1.907 ms 1.909 ms *
 *	2 203.0.113.1 14.162 ms !H 203.0.113.5 2.026 ms * NEWLINE
 *
 * An address holds until the next one.
 */

enum { TOKEN_MAX = 64, CODES = 6 };

struct printed {
	struct json_read *in;
	struct foreign *f;
	struct atlas_result *a;
	const char *p, *end;
	char token[TOKEN_MAX];
	bool fresh; /* the first token of a line */
	int hop;    /* 0: in no line of a hop */
	bool has_addr;
	uint32_t addr;
	bool has_last; /* the last item is an answer of this line */
};

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of the line; false at the end of the line or the text. */
static bool
next_token(struct printed *t)
{
	while (t->p < t->end && blank(*t->p))
		t->p++;
	const char *begin = t->p;
	while (t->p < t->end && !blank(*t->p) && *t->p != '\n')
		t->p++;
	size_t len = (size_t)(t->p - begin);
	size_t kept = len < TOKEN_MAX ? len : TOKEN_MAX - 1;
	memcpy(t->token, begin, kept);
	t->token[kept] = '\0';
	return len > 0 && strcmp(t->token, "NEWLINE") != 0;
}

static void
end_line(struct printed *t)
{
	while (next_token(t))
		;
}

static void
refuse(struct printed *t)
{
	if (t->a->bad[0] == '\0')
		snprintf(t->a->bad, sizeof(t->a->bad),
		    "result: hop %d: \"%.32s\" is not of traceroute", t->hop,
		    t->token);
}

/* "traceroute to NAME (ADDRESS), ..." */
static void
read_header(struct printed *t)
{
	while (next_token(t)) {
		char *end = strchr(t->token, ')');
		if (t->token[0] != '(' || end == NULL || t->a->has_target)
			continue;
		struct json_word w = {
		    .p = t->token + 1, .len = (size_t)(end - t->token - 1)};
		t->a->has_target = atlas_addr(&w, &t->a->target);
		if (!t->a->has_target && memchr(w.p, ':', w.len) != NULL)
			t->a->af = 6;
	}
}

/* What was printed instead of a hop: why it could not be sent. */
static void
read_complaint(struct printed *t)
{
	char *error = t->a->error;
	size_t room = sizeof(t->a->error), len = 0;
	do {
		int n = snprintf(error + len, room - len, "%s%s",
		    len > 0 ? " " : "", t->token);
		len = len + (size_t)n < room ? len + (size_t)n : room - 1;
	} while (next_token(t));
}

static struct record_probe *
add(struct printed *t)
{
	return atlas_item(t->in, t->f, t->a, t->hop);
}

/* "1.907": what "ms" follows. */
static void
read_rtt(struct printed *t)
{
	enum { MS_DECIMALS = 6 };
	struct json_read number =
	    json_read_make(t->token, strlen(t->token), true);
	int64_t ns = json_read_scaled(
	    &number, MS_DECIMALS, 0, INT64_C(1000000000000000));
	struct record_probe *p = NULL;
	t->has_last = false;
	if (json_read_ok(&number) && t->has_addr)
		p = add(t);
	if (p == NULL || !next_token(t) || strcmp(t->token, "ms") != 0) {
		refuse(t);
		return;
	}
	p->answered = true;
	p->addr = t->addr;
	p->rtt_ns = ns;
	t->has_last = true;
}

/* "!H" and the like: the code of the unreachable that the last answer was. */
static void
read_mark(struct printed *t)
{
	static const char letter[CODES + 1] = "NHPFSA";
	static const int code[CODES] = {0, 1, 2, 4, 5, ICMP_C_ADMIN_PROHIBITED};
	const char *mark = t->token + 1;
	const char *at = *mark == '\0' ? NULL : strchr(letter, *mark);
	bool number = *mark == '<' || (*mark >= '0' && *mark <= '9');
	long n = number ? strtol(mark + (*mark == '<'), NULL, 10) : -1;
	bool known = number ? n >= 0 && n <= 255 : at != NULL || *mark == '\0';
	if (!t->has_last || !known) {
		refuse(t);
		return;
	}
	if (*mark == '\0') /* an answer with a TTL of 1 or less */
		return;
	struct record *r = &t->f->record[t->f->n - 1];
	struct record_probe *p = &r->probes[r->nprobes - 1];
	p->icmp_type = ICMP_T_UNREACHABLE;
	p->icmp_code = (int16_t)(number ? n : code[at - letter]);
	t->a->item[r->nprobes - 1].quotes = true;
}

static void
read_in_hop(struct printed *t)
{
	struct json_word w = {.p = t->token, .len = strlen(t->token)};
	uint32_t addr = 0;
	if (strcmp(t->token, "*") == 0) {
		add(t);
		t->has_last = false;
	} else if (t->token[0] == '!') {
		read_mark(t);
	} else if (atlas_addr(&w, &addr)) {
		t->has_addr = true;
		t->addr = addr;
	} else {
		read_rtt(t);
	}
}

static void
read_line(struct printed *t)
{
	char *end;
	if (!next_token(t))
		return;
	t->has_last = false;
	t->has_addr = false;
	if (strcmp(t->token, "traceroute") == 0) {
		read_header(t);
		return;
	}
	long hop = strtol(t->token, &end, 10);
	if (*end != '\0') {
		read_complaint(t);
		return;
	}
	t->hop = (int)hop;
	if (hop < 1 || hop > ATLAS_LAST_DITCH) {
		refuse(t);
		end_line(t);
		return;
	}
	while (json_read_ok(t->in) && next_token(t))
		read_in_hop(t);
	t->a->places++;
}

void
atlas_printed(struct json_read *in, struct foreign *f, struct atlas_result *a)
{
	struct json_read again = *in;
	struct json_word w = json_read_word(in);
	if (!json_read_ok(in))
		return;
	char *text = xcalloc(w.len + 1, 1);
	size_t len = json_read_text(&again, text, w.len + 1);
	struct printed t = {
	    .in = in, .f = f, .a = a, .p = text, .end = text + len};
	a->printed = true;
	while (t.p < t.end && json_read_ok(in)) {
		read_line(&t);
		if (t.p < t.end && *t.p == '\n')
			t.p++;
	}
	if (!json_read_ok(&again))
		json_read_bad(in, "%s", again.why);
	free(text);
}
