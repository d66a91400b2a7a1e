/* SPDX-License-Identifier: ISC */
#include "probe/base/record.h"

#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

static void
clear_probe(struct record_probe *p)
{
	free(p->ext.p);
	free(p->sent.p);
	free(p->reply.p);
}

void
record_clear(struct record *r)
{
	for (size_t i = 0; i < r->nprobes; i++)
		clear_probe(&r->probes[i]);
	free(r->probes);
	*r = (struct record){0};
}

static void
copy_bytes(struct record_bytes *b)
{
	if (b->p != NULL)
		b->p = xmemdup(b->p, b->len);
}

void
record_copy(struct record *to, const struct record *from)
{
	*to = *from;
	to->probes = xcalloc(from->nprobes, sizeof(*to->probes));
	for (size_t i = 0; i < from->nprobes; i++) {
		struct record_probe *p = &to->probes[i];
		*p = from->probes[i];
		copy_bytes(&p->ext);
		copy_bytes(&p->sent);
		copy_bytes(&p->reply);
	}
}

static int
by_place(const void *va, const void *vb)
{
	const struct record_probe *a = va, *b = vb;
	if (a->ttl != b->ttl)
		return a->ttl - b->ttl;
	if (a->attempt != b->attempt)
		return a->attempt - b->attempt;
	return a->reply_no - b->reply_no;
}

void
record_sort(struct record *r)
{
	if (r->nprobes > 0)
		qsort(r->probes, r->nprobes, sizeof(*r->probes), by_place);
}

void
record_id(const struct record *r, uint8_t id[static UUID_LEN])
{
	struct wr w = {0};
	wr_bytes(&w, r->vantage, strlen(r->vantage) + 1);
	wr_u64(&w, r->epoch);
	wr_u64(&w, r->seq);
	wr_u64(&w, (uint64_t)r->start_us);
	uuid_of(w.p, w.len, id);
	wr_free(&w);
}

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
	return word(proof_words, COUNT(proof_words), p);
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

const struct record_probe *
record_answer(const struct record *r, uint8_t ttl)
{
	const struct record_probe *best = NULL;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (p->ttl == ttl && p->answered &&
		    (best == NULL || p->proof > best->proof))
			best = p;
	}
	return best;
}

uint8_t
record_last_ttl(const struct record *r)
{
	uint8_t last = 0;
	for (size_t i = 0; i < r->nprobes; i++)
		if (r->probes[i].ttl > last)
			last = r->probes[i].ttl;
	return last;
}

bool
record_reached(const struct record *r)
{
	for (size_t i = 0; i < r->nprobes; i++)
		if (r->probes[i].answered && r->probes[i].addr == r->target)
			return true;
	return false;
}
