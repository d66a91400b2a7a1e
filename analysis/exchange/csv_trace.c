/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/csv_trace.h"

#include "analysis/exchange/csv.h"
#include "probe/base/mem.h"
#include "probe/base/record_path.h"

#include <stdlib.h>
#include <string.h>

enum { HELD = 500 };

/* A piece of a text; len is 0 where there is none. */
struct span {
	size_t at, len;
};

struct held {
	struct span trace, verdict;
};

struct key {
	uint8_t id[UUID_LEN];
	struct held *held;
};

struct csv_trace {
	struct store *store;
	struct store_filter filter; /* of verdicts */
	struct wr traces, verdicts;
	size_t n;
	struct held held[HELD];
	struct key by_id[HELD];
};

struct csv_trace *
csv_trace_open(struct store *s, const struct store_filter *filter)
{
	struct csv_trace *t = xcalloc(1, sizeof(*t));
	t->store = s;
	t->filter.vantage = filter->vantage;
	t->filter.prefix = filter->prefix;
	t->filter.with_evidence = true;
	return t;
}

void
csv_trace_close(struct csv_trace *t)
{
	if (t == NULL)
		return;
	wr_free(&t->traces);
	wr_free(&t->verdicts);
	free(t);
}

void
csv_trace_names(struct wr *out)
{
	static const char names[] =
	    "start_us,nprobes,answered,path,reached,clock_step,drops,tool,"
	    "control,"
	    "carrier,entry_as,evidence,p,border_lo_ttl,border_hi_ttl,"
	    "border_rtt_us,reach,";
	csv_identity_names(out);
	wr_bytes(out, names, strlen(names));
	csv_end(out);
}

/* Probes, and how many were answered: further replies count as neither. */
static void
put_probes(struct wr *out, const struct record *r)
{
	int64_t n = 0, answered = 0;
	for (size_t i = 0; i < r->nprobes; i++) {
		n += r->probes[i].reply_no == 0;
		answered += r->probes[i].reply_no == 0 && r->probes[i].answered;
	}
	csv_number(out, n);
	csv_number(out, answered);
}

static void
put_path(struct wr *out, const struct record *r)
{
	uint8_t id[UUID_LEN];
	char hex[2 * UUID_LEN + 1];
	struct wr path = {0};
	record_path(r, &path);
	uuid_of(path.p, path.len, id);
	csv_text(out, hash_hex(id, sizeof(id), hex));
	wr_free(&path);
}

static void
put_trace(struct wr *out, const struct record *r)
{
	csv_identity(out, r);
	csv_number(out, r->start_us);
	put_probes(out, r);
	put_path(out, r);
	csv_number(out, record_reached(r));
	csv_number(out, r->clock_step);
	csv_number(out, r->drops);
	csv_text(out, r->tool);
	csv_number(out, r->control);
}

static void
put_verdict(struct wr *out, const struct store_verdict *v)
{
	csv_text(out, v->carrier);
	csv_number_or_none(out, v->entry_as);
	csv_text(out, v->evidence);
	csv_share(out, v->p);
	csv_number_or_none(out, v->border_lo);
	csv_number_or_none(out, v->border_hi);
	csv_number_or_none(out, v->border_rtt_us);
	csv_text(out, v->reach);
}

static int
by_id(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	return memcmp(x->id, y->id, UUID_LEN);
}

/* The window may hold verdicts of traces that are not exported. */
static bool
take(void *arg, const struct store_verdict *v, struct fault *f)
{
	struct csv_trace *t = arg;
	struct key key = {.held = NULL}, *found = NULL;
	(void)f;
	memcpy(key.id, v->trace, UUID_LEN);
	found = bsearch(&key, t->by_id, t->n, sizeof(key), by_id);
	if (found == NULL)
		return true;
	struct held *h = found->held;
	h->verdict.at = t->verdicts.len;
	put_verdict(&t->verdicts, v);
	h->verdict.len = t->verdicts.len - h->verdict.at;
	return true;
}

static void
put_line(struct wr *out, const struct csv_trace *t, const struct held *h)
{
	wr_bytes(out, t->traces.p + h->trace.at, h->trace.len);
	if (h->verdict.len > 0)
		wr_bytes(out, t->verdicts.p + h->verdict.at, h->verdict.len);
	else
		for (int i = 0; i < 8; i++) /* carrier to reach */
			csv_text(out, NULL);
	csv_end(out);
}

bool
csv_trace_rest(struct csv_trace *t, struct wr *out, struct fault *f)
{
	if (t->n == 0)
		return true;
	qsort(t->by_id, t->n, sizeof(struct key), by_id);
	if (!store_verdicts(t->store, &t->filter, take, t, f))
		return false;
	for (size_t i = 0; i < t->n; i++)
		put_line(out, t, &t->held[i]);
	t->n = t->traces.len = t->verdicts.len = 0;
	return true;
}

bool
csv_trace(struct csv_trace *t, const struct record *r, struct wr *out,
    struct fault *f)
{
	struct held *h = &t->held[t->n];
	if (t->n == 0)
		t->filter.since_us = r->start_us;
	t->filter.until_us = r->start_us + 1;
	*h = (struct held){.trace = {.at = t->traces.len}};
	record_id(r, t->by_id[t->n].id);
	t->by_id[t->n].held = h;
	put_trace(&t->traces, r);
	h->trace.len = t->traces.len - h->trace.at;
	return ++t->n < HELD || csv_trace_rest(t, out, f);
}
