/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_ATLAS_SHOW_H
#define TUMEN_TESTS_ATLAS_SHOW_H

#include "analysis/exchange/foreign.h"
#include "probe/base/mem.h"
#include "probe/base/record_name.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ATLAS_DATA "tests/data/atlas/"

static inline void
show_answer(const struct record_probe *p, FILE *out)
{
	char addr[ADDR_STRLEN];
	fputs(addr_format(p->addr, addr), out);
	if (p->rtt_ns >= 0)
		fprintf(out, " %" PRId64 "ns", p->rtt_ns);
	if (p->reply_ttl >= 0)
		fprintf(out, " t%d", p->reply_ttl);
	if (p->quoted_ttl >= 0)
		fprintf(out, " q%d", p->quoted_ttl);
	if (p->quoted_tos >= 0)
		fprintf(out, " tos%d", p->quoted_tos);
	if (p->icmp_type >= 0)
		fprintf(out, " %d/%d", p->icmp_type, p->icmp_code);
	if (p->tcp_flags >= 0)
		fprintf(out, " tcp%02x", (unsigned)p->tcp_flags);
	if (p->ext.len > 0)
		fputs(" ext", out);
	for (size_t i = 0; i < p->ext.len; i++)
		fprintf(out, "%02x", p->ext.p[i]);
	if (p->late)
		fputs(" late", out);
	if (p->proof != PROOF_UNTOLD || p->silent != 0 || p->reply_ipid >= 0)
		fputs(" more than is told", out);
}

/* "1.2+1 192.0.2.1 500000ns t64 q1 11/0": TTL, attempt, reply if not 0. */
static inline void
show_probe(const struct record_probe *p, FILE *out)
{
	fprintf(out, "%d.%d", p->ttl, p->attempt);
	if (p->reply_no > 0)
		fprintf(out, "+%d", p->reply_no);
	fputc(' ', out);
	if (p->answered)
		show_answer(p, out);
	else
		fputs(record_silent_name(p->silent), out);
	if (p->tx_ns >= 0)
		fputs(" sent", out);
	fputc('\n', out);
}

/* All that a result can tell, for a comparison by eye and by strcmp. */
static inline char *
show_record(const struct record *r)
{
	char *text = NULL, addr[ADDR_STRLEN];
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	fprintf(out, "%s %s %s flow %u", r->vantage,
	    addr_format(r->target, addr), record_method_name(r->method),
	    r->flow);
	fprintf(out, " src %s at %" PRId64, addr_format(r->src, addr),
	    r->start_us / 1000000);
	if (r->duration_us >= 0)
		fprintf(out, "+%" PRId64, r->duration_us / 1000000);
	fprintf(out, " by %s: %s", r->tool, record_stop_name(r->stop));
	if (r->stop_detail[0] != '\0')
		fprintf(out, " (%s)", r->stop_detail);
	fputs(r->clock_step ? " step\n" : "\n", out);
	for (size_t i = 0; i < r->nprobes; i++)
		show_probe(&r->probes[i], out);
	fclose(out);
	return text;
}

static inline char *
read_whole(const char *name, size_t *len)
{
	char *path = xasprintf("%s%s", ATLAS_DATA, name);
	FILE *f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("%s: cannot be opened", path);
	fseek(f, 0, SEEK_END);
	long size = ftell(f);
	rewind(f);
	char *text = xcalloc((size_t)size + 1, 1);
	*len = fread(text, 1, (size_t)size, f);
	fclose(f);
	free(path);
	return text;
}

#endif
