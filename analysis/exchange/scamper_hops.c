/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/scamper_hops.h"

#include "analysis/exchange/scamper_head.h"
#include "analysis/exchange/scamper_own.h"
#include "probe/base/clock.h"
#include "probe/base/record_model.h"
#include "probe/base/record_reply.h"
#include "probe/base/wr.h"

#include <stdlib.h>
#include <string.h>

#define TX_SEC_MAX (RECORD_NS_MAX / NS_PER_S - 1)

enum hop_number {
	HOP_TTL,
	HOP_ID,
	HOP_REPLY_TTL,
	HOP_IPID,
	HOP_TYPE,
	HOP_CODE,
	HOP_QUOTED_TTL,
	HOP_QUOTED_TOS,
	HOP_FLAGS,
	HOP_NUMBERS
};

struct hop {
	int64_t number[HOP_NUMBERS]; /* -1 */
	int64_t tx_us, rtt_ns;	     /* -1 */
	struct scamper_addr addr;
	struct wr ext;
	struct scamper_own_probe own;
};

/* --- ICMP extensions ------------------------------------------------------ */

static void
mpls_label(struct json_read *in, struct wr *labels)
{
	struct json_word key;
	int64_t ttl = 0, s = 0, tc = 0, label = 0;
	for (json_read_object(in); json_read_member(in, &key);)
		if (json_read_is(&key, "mpls_ttl"))
			ttl = json_read_integer(in, 0, UINT8_MAX);
		else if (json_read_is(&key, "mpls_s"))
			s = json_read_integer(in, 0, 1);
		else if (json_read_is(&key, "mpls_exp"))
			tc = json_read_integer(in, 0, 7);
		else if (json_read_is(&key, "mpls_label"))
			label = json_read_integer(in, 0, (1 << 20) - 1);
		else
			json_read_skip(in);
	if (labels->len <= RECORD_BYTES_MAX)
		wr_u32(
		    labels, (uint32_t)(label << 12 | tc << 9 | s << 8 | ttl));
}

/*
 * One object of RFC 4884. Of all but MPLS label stacks only class, type and
 * length are told, not the octets: those are in the source alone.
 */
static void
extension(struct json_read *in, struct wr *ext)
{
	struct json_word key;
	struct wr labels = {0};
	int64_t class = 0, type = 0;
	for (json_read_object(in); json_read_member(in, &key);)
		if (json_read_is(&key, "ie_cn"))
			class = json_read_integer(in, 0, UINT8_MAX);
		else if (json_read_is(&key, "ie_ct"))
			type = json_read_integer(in, 0, UINT8_MAX);
		else if (json_read_is(&key, "mpls_labels"))
			for (json_read_array(in); json_read_item(in);)
				mpls_label(in, &labels);
		else
			json_read_skip(in);
	if (ext->len + labels.len + 4 > RECORD_BYTES_MAX)
		json_read_bad(
		    in, "icmpext: more than %d octets", RECORD_BYTES_MAX);
	if (json_read_ok(in) && labels.len > 0) {
		wr_u16(ext, (uint16_t)(labels.len + 4));
		wr_u8(ext, (uint8_t) class);
		wr_u8(ext, (uint8_t)type);
		wr_bytes(ext, labels.p, labels.len);
	}
	wr_free(&labels);
}

/* --- one hop -------------------------------------------------------------- */

static bool
number(struct json_read *in, const struct json_word *key, struct hop *hop)
{
	static const struct {
		const char *key;
		int64_t most;
	} numbers[HOP_NUMBERS] = {
	    [HOP_TTL] = {"probe_ttl", UINT8_MAX},
	    [HOP_ID] = {"probe_id", UINT8_MAX},
	    [HOP_REPLY_TTL] = {"reply_ttl", UINT8_MAX},
	    [HOP_IPID] = {"reply_ipid", UINT16_MAX},
	    [HOP_TYPE] = {"icmp_type", UINT8_MAX},
	    [HOP_CODE] = {"icmp_code", UINT8_MAX},
	    [HOP_QUOTED_TTL] = {"icmp_q_ttl", UINT8_MAX},
	    [HOP_QUOTED_TOS] = {"icmp_q_tos", UINT8_MAX},
	    [HOP_FLAGS] = {"tcp_flags", UINT8_MAX},
	};
	for (int i = 0; i < HOP_NUMBERS; i++)
		if (json_read_is(key, numbers[i].key)) {
			hop->number[i] =
			    json_read_integer(in, 0, numbers[i].most);
			return true;
		}
	return false;
}

static void
member(struct json_read *in, const struct json_word *key, struct hop *hop)
{
	if (number(in, key, hop))
		return;
	if (json_read_is(key, "addr"))
		hop->addr = scamper_addr_read(in);
	else if (json_read_is(key, "tx"))
		hop->tx_us = scamper_time_read(in, TX_SEC_MAX);
	else if (json_read_is(key, "rtt"))
		hop->rtt_ns = json_read_scaled(in, 6, 0, RECORD_NS_MAX);
	else if (json_read_is(key, "icmpext"))
		for (json_read_array(in); json_read_item(in);)
			extension(in, &hop->ext);
	else if (json_read_is(key, "tumen"))
		scamper_own_probe(in, &hop->own);
	else
		json_read_skip(in);
}

static void
read_hop(struct json_read *in, struct hop *hop)
{
	struct json_word key;
	*hop = (struct hop){.tx_us = -1, .rtt_ns = -1};
	hop->own = (struct scamper_own_probe){.reply_no = -1, .reply_ttl = -1};
	for (int i = 0; i < HOP_NUMBERS; i++)
		hop->number[i] = -1;
	for (json_read_object(in); json_read_member(in, &key);)
		member(in, &key, hop);
	if (hop->number[HOP_TTL] < 1)
		json_read_bad(in, "probe_ttl: %s",
		    hop->number[HOP_TTL] < 0 ? "missing" : "0");
	if (hop->number[HOP_ID] < 0)
		json_read_bad(in, "probe_id: missing");
}

static void
free_hop(struct hop *hop)
{
	wr_free(&hop->ext);
	free(hop->own.ext.p);
}

/* --- into the record ------------------------------------------------------ */

/* How many replies of the probe are there already; a full record takes none. */
static int64_t
replies(const struct record *r, const struct hop *hop)
{
	size_t i = r->nprobes < RECORD_PROBES_MAX ? r->nprobes : 0;
	while (i-- > 0) {
		const struct record_probe *p = &r->probes[i];
		if (p->answered && p->ttl == hop->number[HOP_TTL] &&
		    p->attempt == hop->number[HOP_ID])
			return p->reply_no + 1;
	}
	return 0;
}

/* NULL: a record has no place for it. */
static struct record_probe *
place(struct foreign *f, struct scamper_hops *hops, const struct hop *hop,
    int64_t reply_no)
{
	int64_t ttl = hop->number[HOP_TTL], id = hop->number[HOP_ID];
	struct record_probe *p = NULL;
	hops->from_0 |= id == 0;
	if (hop->own.reply_no >= 0)
		reply_no = hop->own.reply_no;
	if (ttl <= RECORD_TTL_MAX && reply_no <= UINT8_MAX)
		p = foreign_probe(f, (int)ttl, (int)id);
	if (p == NULL) {
		hops->left_out++;
		return NULL;
	}
	p->reply_no = (uint8_t)reply_no;
	p->tx_ns = hop->tx_us < 0 ? -1 : hop->tx_us * 1000 + hop->own.tx_ns;
	p->late = hop->own.late;
	return p;
}

/* scamper writes a reply_ttl of 0 where it does not know it. */
static void
answered(struct record_probe *p, struct hop *hop)
{
	const int64_t *n = hop->number;
	p->answered = true;
	p->silent = 0;
	p->proof = hop->own.proof != 0 ? hop->own.proof : PROOF_UNTOLD;
	p->addr = hop->addr.addr;
	p->rtt_ns = hop->rtt_ns;
	p->reply_ttl = (int16_t)(n[HOP_REPLY_TTL] > 0 ? n[HOP_REPLY_TTL]
						      : hop->own.reply_ttl);
	p->reply_ipid = (int32_t)n[HOP_IPID];
	p->quoted_ttl = (int16_t)n[HOP_QUOTED_TTL];
	p->quoted_tos = (int16_t)n[HOP_QUOTED_TOS];
	p->icmp_type = (int16_t)n[HOP_TYPE];
	p->icmp_code = (int16_t)n[HOP_CODE];
	p->tcp_flags = (int16_t)n[HOP_FLAGS];
	if (hop->own.ext.len > 0) {
		p->ext = hop->own.ext;
		hop->own.ext.p = NULL;
	} else if (hop->ext.len > 0) {
		p->ext.p = hop->ext.p;
		p->ext.len = (uint16_t)hop->ext.len;
		hop->ext = (struct wr){0};
	}
}

void
scamper_hops_read(
    struct json_read *in, struct foreign *f, struct scamper_hops *hops)
{
	struct hop hop;
	for (json_read_array(in); json_read_item(in); free_hop(&hop)) {
		read_hop(in, &hop);
		if (!hop.addr.told)
			json_read_bad(in, "hops: a reply without addr");
		hops->ipv6 |= hop.addr.ipv6;
		if (!json_read_ok(in))
			continue;
		int64_t n = replies(&f->record[f->n - 1], &hop);
		struct record_probe *p = place(f, hops, &hop, n);
		if (p != NULL)
			answered(p, &hop);
	}
}

void
scamper_hops_silent(
    struct json_read *in, struct foreign *f, struct scamper_hops *hops)
{
	struct hop hop;
	hops->silent = true;
	for (json_read_array(in); json_read_item(in); free_hop(&hop)) {
		read_hop(in, &hop);
		struct record_probe *p =
		    json_read_ok(in) ? place(f, hops, &hop, 0) : NULL;
		if (p != NULL && hop.own.silent != 0)
			p->silent = hop.own.silent;
	}
}

void
scamper_hops_end(struct scamper_hops *hops, struct record *r)
{
	size_t n = 0;
	for (size_t i = 0; i < r->nprobes; i++) {
		struct record_probe *p = &r->probes[i];
		int attempt = p->attempt + (hops->from_0 ? 1 : 0);
		if (attempt > RECORD_ATTEMPT_TOP) {
			hops->left_out++;
			free(p->ext.p);
			continue;
		}
		p->attempt = (uint8_t)attempt;
		r->probes[n++] = *p;
	}
	r->nprobes = n;
}
