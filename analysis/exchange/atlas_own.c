/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/atlas_result.h"

#include "analysis/exchange/ndjson_probe.h"
#include "analysis/exchange/own.h"

#include <string.h>

/*
 * The keys of ours in an object in the shape of RIPE Atlas, as shaped_atlas()
 * writes them. Target, method and source address are Atlas's own keys.
 */

void
atlas_own_probe(struct json_read *in, int hop, struct record_probe *p)
{
	ndjson_probe(in, p);
	p->ttl = (uint8_t)hop;
}

void
atlas_own_trace(struct json_read *in, struct atlas_result *a, struct record *r)
{
	struct own o;
	a->own = true;
	own_begin(in, &o, r);
	while (own_read(in, &o)) /* of scamper's shape */
		json_read_skip(in);
	memcpy(a->id, o.id, sizeof(a->id));
}

static void
check_places(struct json_read *in, const struct record *r)
{
	for (size_t i = 1; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (p[-1].ttl == p->ttl && p[-1].attempt == p->attempt &&
		    p[-1].reply_no == p->reply_no)
			json_read_bad(in, "hop %u: attempt %u, reply %u twice",
			    p->ttl, p->attempt, p->reply_no);
	}
}

void
atlas_own_end(struct json_read *in, struct foreign *f, struct atlas_result *a)
{
	struct record *r = &f->record[f->n - 1];
	if (a->dst.len == 0 || !atlas_addr(&a->dst, &r->target))
		json_read_bad(in, "dst_addr: not an IPv4 address");
	if (a->src.len > 0 && !atlas_addr(&a->src, &r->src))
		json_read_bad(in, "src_addr: not an IPv4 address");
	if (a->method == 0)
		json_read_bad(in, "proto: missing");
	r->method = a->method;
	for (size_t i = 0; i < r->nprobes; i++) {
		a->item[i].gone = !a->item[i].told;
		if (a->item[i].told && r->probes[i].ttl > RECORD_TTL_MAX)
			json_read_bad(in, "hop %u: tumen: beyond %d",
			    r->probes[i].ttl, RECORD_TTL_MAX);
	}
	atlas_leave_out(r, a);
	record_sort(r);
	check_places(in, r);
	own_check(in, a->id, r);
	f->format = FORMAT_TUMEN;
}
