/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/csv_hop.h"

#include "analysis/exchange/csv.h"
#include "probe/base/record_name.h"

#include <stdlib.h>
#include <string.h>

/* All probes and replies of one TTL. */
struct hop {
	const struct wr *identity; /* each line begins with it */
	bool control;
	const struct record_probe *p;
	size_t n;
};

void
csv_hop_names(struct wr *out)
{
	static const char names[] =
	    "ttl,addr,sent,replies,rtt_min_ns,rtt_median_ns,rtt_max_ns,"
	    "icmp_type,icmp_code,mpls,silent,control,";
	csv_identity_names(out);
	wr_bytes(out, names, strlen(names));
	csv_end(out);
}

/* Probes that left this host: a further reply is none. */
static int64_t
sent(const struct hop *h)
{
	int64_t n = 0;
	for (size_t i = 0; i < h->n; i++)
		n += h->p[i].reply_no == 0 &&
		     (h->p[i].answered || h->p[i].silent != SILENT_NOT_SENT);
	return n;
}

static int
by_time(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

/* The round trips of its replies, ascending; how many there are. */
static size_t
round_trips(
    const struct hop *h, uint32_t addr, int64_t rtt[static RECORD_PROBES_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < h->n && n < RECORD_PROBES_MAX; i++) {
		const struct record_probe *p = &h->p[i];
		if (p->answered && p->addr == addr && p->rtt_ns >= 0)
			rtt[n++] = p->rtt_ns;
	}
	if (n > 0)
		qsort(rtt, n, sizeof(rtt[0]), by_time);
	return n;
}

/* Replies, and the least, median (of two the lesser) and greatest of them. */
static void
put_replies(struct wr *out, const struct hop *h, uint32_t addr)
{
	int64_t rtt[RECORD_PROBES_MAX], replies = 0;
	size_t n = round_trips(h, addr, rtt);
	for (size_t i = 0; i < h->n; i++)
		replies += h->p[i].answered && h->p[i].addr == addr;
	csv_number(out, replies);
	csv_number_or_none(out, n > 0 ? rtt[0] : -1);
	csv_number_or_none(out, n > 0 ? rtt[(n - 1) / 2] : -1);
	csv_number_or_none(out, n > 0 ? rtt[n - 1] : -1);
}

/* first: its first reply there. */
static void
put_responder(
    struct wr *out, const struct hop *h, const struct record_probe *first)
{
	csv_number(out, first->ttl);
	csv_addr(out, first->addr);
	csv_number(out, sent(h));
	put_replies(out, h, first->addr);
	csv_number_or_none(out, first->icmp_type);
	csv_number_or_none(out, first->icmp_code);
	csv_mpls(out, &first->ext);
	csv_text(out, NULL);
	csv_number(out, h->control);
	csv_end(out);
}

/* Why, where all probes have one reason. */
static const char *
reason(const struct hop *h)
{
	for (size_t i = 1; i < h->n; i++)
		if (h->p[i].silent != h->p[0].silent)
			return record_silent_name(SILENT_UNKNOWN);
	return record_silent_name(h->p[0].silent);
}

static void
put_silence(struct wr *out, const struct hop *h)
{
	csv_number(out, h->p->ttl);
	csv_text(out, NULL);
	csv_number(out, sent(h));
	csv_number(out, 0);
	for (int i = 0; i < 6; i++) /* rtt_min_ns to mpls */
		csv_text(out, NULL);
	csv_text(out, reason(h));
	csv_number(out, h->control);
	csv_end(out);
}

/* Whether an address answered before probe i of the hop. */
static bool
seen(const struct hop *h, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (h->p[k].answered && h->p[k].addr == h->p[i].addr)
			return true;
	return false;
}

static void
put_hop(struct wr *out, const struct hop *h)
{
	bool answered = false;
	for (size_t i = 0; i < h->n; i++) {
		if (!h->p[i].answered || seen(h, i))
			continue;
		wr_bytes(out, h->identity->p, h->identity->len);
		put_responder(out, h, &h->p[i]);
		answered = true;
	}
	if (!answered) {
		wr_bytes(out, h->identity->p, h->identity->len);
		put_silence(out, h);
	}
}

void
csv_hop(struct wr *out, const struct record *r)
{
	struct wr identity = {0};
	csv_identity(&identity, r);
	for (size_t i = 0, n; i < r->nprobes; i += n) {
		const struct record_probe *p = &r->probes[i];
		for (n = 1; i + n < r->nprobes && p[n].ttl == p->ttl;)
			n++;
		put_hop(out, &(struct hop){&identity, r->control, p, n});
	}
	wr_free(&identity);
}
