/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TEST_STORE_SAME_H
#define TUMEN_TEST_STORE_SAME_H

/* Whether two records are equal in every field. */

#include "probe/base/record.h"

#include <string.h>

static inline bool
same_bytes(const struct record_bytes *a, const struct record_bytes *b)
{
	return a->len == b->len &&
	       (a->len == 0 || memcmp(a->p, b->p, a->len) == 0);
}

static inline bool
same_probe(
    const struct record_probe *a, const struct record_probe *b, bool with_raw)
{
	return a->ttl == b->ttl && a->attempt == b->attempt &&
	       a->reply_no == b->reply_no && a->answered == b->answered &&
	       a->late == b->late && a->tx_ns == b->tx_ns &&
	       a->rtt_ns == b->rtt_ns && a->addr == b->addr &&
	       a->reply_ttl == b->reply_ttl && a->reply_ipid == b->reply_ipid &&
	       a->quoted_ttl == b->quoted_ttl &&
	       a->quoted_tos == b->quoted_tos && a->icmp_type == b->icmp_type &&
	       a->icmp_code == b->icmp_code && a->tcp_flags == b->tcp_flags &&
	       a->proof == b->proof && a->silent == b->silent &&
	       same_bytes(&a->ext, &b->ext) &&
	       (!with_raw || (same_bytes(&a->sent, &b->sent) &&
				 same_bytes(&a->reply, &b->reply)));
}

static inline bool
same_source(const struct record_source *a, const struct record_source *b)
{
	return strcmp(a->format, b->format) == 0 && a->len == b->len &&
	       (a->text == NULL) == (b->text == NULL) &&
	       (a->text == NULL || memcmp(a->text, b->text, a->len + 1) == 0);
}

static inline bool
same_record(const struct record *a, const struct record *b, bool with_raw)
{
	bool same =
	    strcmp(a->vantage, b->vantage) == 0 &&
	    strcmp(a->campaign, b->campaign) == 0 && a->run == b->run &&
	    a->epoch == b->epoch && a->seq == b->seq &&
	    a->target == b->target && a->prefix.addr == b->prefix.addr &&
	    a->prefix.len == b->prefix.len && a->method == b->method &&
	    a->port == b->port && a->flow == b->flow && a->src == b->src &&
	    a->sport == b->sport && a->dport == b->dport &&
	    a->start_us == b->start_us && a->duration_us == b->duration_us &&
	    a->stop == b->stop && strcmp(a->stop_detail, b->stop_detail) == 0 &&
	    a->clock_step == b->clock_step && a->drops == b->drops &&
	    a->control == b->control && strcmp(a->tool, b->tool) == 0 &&
	    a->nprobes == b->nprobes && same_source(&a->source, &b->source);
	for (size_t i = 0; same && i < a->nprobes; i++)
		same = same_probe(&a->probes[i], &b->probes[i], with_raw);
	return same;
}

#endif
