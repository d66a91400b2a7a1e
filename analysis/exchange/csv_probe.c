/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/csv_probe.h"

#include "analysis/exchange/csv.h"
#include "probe/base/digits.h"
#include "probe/base/record_name.h"

#include <string.h>

void
csv_probe_names(struct wr *out)
{
	static const char names[] =
	    "ttl,attempt,reply_no,tx_ns,rtt_ns,addr,reply_ttl,reply_ipid,"
	    "quoted_ttl,quoted_tos,icmp_type,icmp_code,tcp_flags,proof,silent,"
	    "late,control,mpls,ext,";
	csv_identity_names(out);
	wr_bytes(out, names, strlen(names));
	csv_end(out);
}

static void
put_answer(struct wr *out, const struct record_probe *p)
{
	if (p->answered)
		csv_addr(out, p->addr);
	else
		csv_text(out, NULL);
	csv_number_or_none(out, p->reply_ttl);
	csv_number_or_none(out, p->reply_ipid);
	csv_number_or_none(out, p->quoted_ttl);
	csv_number_or_none(out, p->quoted_tos);
	csv_number_or_none(out, p->icmp_type);
	csv_number_or_none(out, p->icmp_code);
	csv_number_or_none(out, p->tcp_flags);
	csv_text(out, p->answered ? record_proof_name(p->proof) : NULL);
	csv_text(out, p->answered ? NULL : record_silent_name(p->silent));
	csv_number(out, p->late);
}

static void
put_hex(struct wr *out, const struct record_bytes *b)
{
	char *p = (char *)wr_room(out, 2 * (size_t)b->len);
	for (size_t i = 0; i < b->len; i++)
		p = digits_hex(p, b->p[i]);
	out->len += 2 * (size_t)b->len;
	csv_text(out, NULL);
}

static void
put_probe(struct wr *out, const struct record_probe *p, bool control)
{
	csv_number(out, p->ttl);
	csv_number(out, p->attempt);
	csv_number(out, p->reply_no);
	csv_number_or_none(out, p->tx_ns);
	csv_number_or_none(out, p->rtt_ns);
	put_answer(out, p);
	csv_number(out, control);
	csv_mpls(out, &p->ext);
	put_hex(out, &p->ext);
	csv_end(out);
}

void
csv_probe(struct wr *out, const struct record *r)
{
	struct wr identity = {0};
	csv_identity(&identity, r);
	for (size_t i = 0; i < r->nprobes; i++) {
		wr_bytes(out, identity.p, identity.len);
		put_probe(out, &r->probes[i], r->control);
	}
	wr_free(&identity);
}
