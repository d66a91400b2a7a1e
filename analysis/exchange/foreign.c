/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/foreign.h"

#include "probe/base/digits.h"
#include "probe/base/hash.h"
#include "probe/base/mem.h"
#include "probe/base/record_name.h"
#include "probe/base/record_reply.h"
#include "probe/base/wr.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SEQ_BITS = 53, /* what a double, and so any JSON reader, holds */
	PROBES_AT_FIRST = 64,
	BEFORE_IDENTITY = 256, /* names and six numbers, and a NUL */
};

/* Most have none. */
static inline void
forget_bytes(struct record_probe *p)
{
	if (p->ext.p == NULL && p->sent.p == NULL && p->reply.p == NULL)
		return;
	free(p->ext.p);
	free(p->sent.p);
	free(p->reply.p);
}

/* Empty, but its probes' memory is kept. */
static void
forget_record(struct record *r)
{
	struct record_probe *probes = r->probes;
	for (size_t i = 0; i < r->nprobes; i++)
		forget_bytes(&probes[i]);
	free(r->source.text);
	*r = (struct record){.run = -1, .port = -1, .probes = probes};
}

void
foreign_reset(struct foreign *f)
{
	for (size_t i = 0; i < f->n; i++)
		forget_record(&f->record[i]);
	f->n = 0;
	f->format = FORMAT_UNKNOWN;
	f->vantage[0] = '\0';
	f->nfacts = 0;
	f->other[0] = '\0';
}

void
foreign_free(struct foreign *f)
{
	foreign_reset(f);
	for (size_t i = 0; i < f->room; i++)
		free(f->record[i].probes);
	free(f->record);
	free(f->probes_room);
	*f = (struct foreign){.hints = f->hints};
}

static void
more_records(struct foreign *f)
{
	size_t room = f->room == 0 ? 1 : 2 * f->room;
	f->record = xreallocarray(f->record, room, sizeof(*f->record));
	f->probes_room =
	    xreallocarray(f->probes_room, room, sizeof(*f->probes_room));
	for (; f->room < room; f->room++) {
		f->record[f->room] = (struct record){0};
		f->probes_room[f->room] = 0;
	}
}

struct record *
foreign_trace(struct foreign *f)
{
	if (f->n == f->room)
		more_records(f);
	struct record *r = &f->record[f->n++];
	forget_record(r);
	return r;
}

struct record_probe *
foreign_probe(struct foreign *f, int ttl, int attempt)
{
	struct record *r = &f->record[f->n - 1];
	size_t *room = &f->probes_room[f->n - 1];
	if (r->nprobes == RECORD_PROBES_MAX)
		return NULL;
	if (r->probes == NULL || r->nprobes == *room) {
		*room = r->probes == NULL ? PROBES_AT_FIRST : 2 * *room;
		r->probes = xreallocarray(r->probes, *room, sizeof(*r->probes));
	}
	struct record_probe *p = &r->probes[r->nprobes++];
	*p = record_unanswered((uint8_t)ttl, (uint8_t)attempt);
	p->silent = SILENT_UNKNOWN;
	return p;
}

static char
legal(char c, bool first)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return c;
	if (first)
		return 'x';
	return c == '.' || c == '_' ? c : '-';
}

void
foreign_vantage(struct foreign *f, const char *family, const char *name)
{
	size_t head = family == NULL ? 0 : strlen(family) + 1;
	size_t len = head + strlen(name);
	char usual[2 * RECORD_NAME_MAX];
	char *whole = len <= sizeof(usual) ? usual : xcalloc(1, len);
	if (family != NULL)
		memcpy(whole, family, head - 1);
	if (family != NULL)
		whole[head - 1] = '-';
	memcpy(whole + head, name, len - head);
	size_t n = len > RECORD_NAME_MAX ? RECORD_NAME_MAX : len;
	for (size_t i = 0; i < n; i++)
		f->vantage[i] = legal(whole[i], i == 0);
	f->vantage[n] = '\0';
	if (len > RECORD_NAME_MAX) {
		uint8_t hash[HASH_SHA256_LEN];
		hash_sha256(whole, len, hash);
		f->vantage[RECORD_NAME_MAX - 9] = '-';
		hash_hex(hash, 4, f->vantage + RECORD_NAME_MAX - 8);
	}
	if (whole != usual)
		free(whole);
}

/*
 * Copies the longest beginning of a UTF-8 text that has at most max octets. Not
 * inlined: gcc would copy the few octets with rep movs, which begins slowly.
 */
static void __attribute__((noinline))
put(char *to, size_t max, const char *s, size_t len)
{
	if (len > max)
		for (len = max;
		     len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80;)
			len--;
	memcpy(to, s, len);
	to[len] = '\0';
}

static bool
is_there(const struct foreign *f, const struct fact *fact)
{
	for (const struct fact *p = f->fact; p < f->fact + f->nfacts; p++)
		if (p->name[0] == fact->name[0] &&
		    strcmp(p->name, fact->name) == 0 &&
		    strcmp(p->value, fact->value) == 0)
			return true;
	return false;
}

void
foreign_fact_octets(
    struct foreign *f, const char *name, const char *value, size_t len)
{
	if (len == 0 || f->nfacts == FACTS_MAX)
		return;
	struct fact *fact = &f->fact[f->nfacts];
	if (strcmp(fact->name, name) != 0) /* the last object's */
		put(fact->name, FACT_NAME_MAX, name, strlen(name));
	put(fact->value, FACT_VALUE_MAX, value, len);
	if (!is_there(f, fact))
		f->nfacts++;
}

void
foreign_fact(struct foreign *f, const char *name, const char *value)
{
	foreign_fact_octets(f, name, value, strlen(value));
}

static char *
add(char *p, const char *before, const char *text)
{
	p = stpcpy(p, before);
	return stpcpy(p, text);
}

static char *
add_number(char *p, char before, int64_t v)
{
	*p++ = before;
	if (v < 0)
		*p++ = '-';
	return digits_u64(p, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

/*
 * 1..2^53-1: as good as its own among all traces that anybody ever stores. The
 * hash is one for speed: 53 bits of no hash withstand who looks for two alike,
 * and a vantage could as well tell two traces with equal keys.
 */
static uint64_t
number(
    enum exchange_format format, const struct record *r, const char *identity)
{
	static const uint8_t key[HASH_KEY_LEN] = "tumen foreign 1";
	char target[ADDR_STRLEN];
	struct wr text = {0};
	size_t len = strlen(identity);
	char *p = (char *)wr_room(&text, BEFORE_IDENTITY + len);
	p = add(p, foreign_format_name(format), "\n");
	p = add(p, r->vantage, "");
	p = add_number(p, '\n', r->start_us);
	p = add(p, "\n", addr_format(r->target, target));
	p = add(p, "\n", record_method_name(r->method));
	p = add_number(p, '\n', r->flow);
	p = add_number(p, '\n', r->sport);
	p = add_number(p, ' ', r->dport);
	p = add_number(p, ' ', r->port);
	p = add(p, "\n", identity);
	uint64_t v = hash_sip(key, text.p, (size_t)(p - (char *)text.p)) >>
		     (64 - SEQ_BITS);
	wr_free(&text);
	return v == 0 ? 1 : v;
}

static bool
same_place(const struct record_probe *a, const struct record_probe *b)
{
	return a->ttl == b->ttl && a->attempt == b->attempt &&
	       a->reply_no == b->reply_no;
}

void
foreign_sort(struct record *r, struct json_read *in)
{
	record_sort(r);
	for (size_t i = 1; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (same_place(p - 1, p))
			json_read_bad(in,
			    "ttl %d, attempt %d, reply %d: two probes have "
			    "this place",
			    p->ttl, p->attempt, p->reply_no);
	}
}

void
foreign_end(struct foreign *f, struct record *r, const char *identity,
    struct json_read *in)
{
	r->prefix = (struct prefix){r->target & prefix_mask(24), 24};
	r->epoch = 0;
	r->seq = number(f->format, r, identity);
	foreign_sort(r, in);
}

const char *
foreign_format_name(enum exchange_format format)
{
	static const char *const name[FORMATS] = {
	    [FORMAT_UNKNOWN] = "unknown",
	    [FORMAT_TUMEN] = "tumen",
	    [FORMAT_ATLAS] = "atlas",
	    [FORMAT_SCAMPER] = "scamper",
	    [FORMAT_MTR] = "mtr",
	};
	return name[format];
}

/*
 * Silent: that a probe did not leave is told by Atlas and (as a loss to send)
 * by nobody else; why one that left has no answer is told by none of them.
 */
static const char *const atlas_lacks[] = {"campaign", "run", "epoch", "port",
    "sport", "dport", "tx_us", "tx_ns", "reply_ipid", "proof", "silent",
    "clock_step", "drops", NULL};
static const char *const scamper_lacks[] = {"campaign", "run", "epoch",
    "duration_us", "tx_ns", "proof", "silent", "late", "clock_step", "drops",
    NULL};
static const char *const mtr_lacks[] = {"campaign", "run", "epoch", "method",
    "port", "flow", "src", "sport", "dport", "start", "duration_us", "tx_us",
    "tx_ns", "reply_ttl", "reply_ipid", "quoted_ttl", "quoted_tos", "icmp_type",
    "icmp_code", "tcp_flags", "mpls", "ext", "proof", "silent", "late",
    "clock_step", "drops", NULL};
static const char *const no_lacks[] = {NULL};

const char *const *
foreign_lacks(enum exchange_format format)
{
	static const char *const *const lacks[FORMATS] = {
	    [FORMAT_UNKNOWN] = no_lacks,
	    [FORMAT_TUMEN] = no_lacks,
	    [FORMAT_ATLAS] = atlas_lacks,
	    [FORMAT_SCAMPER] = scamper_lacks,
	    [FORMAT_MTR] = mtr_lacks,
	};
	return lacks[format];
}
