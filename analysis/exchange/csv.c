/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/csv.h"

#include "probe/base/clock.h"
#include "probe/base/record_name.h"

#include <inttypes.h>
#include <string.h>

void
csv_header(FILE *out)
{
	fputs("trace,vantage,campaign,run,epoch,seq,target,prefix,method,port,"
	      "flow,src,sport,dport,start,duration_us,stop,stop_detail,ttl,"
	      "attempt,reply_no,tx_ns,rtt_ns,addr,reply_ttl,reply_ipid,"
	      "quoted_ttl,quoted_tos,icmp_type,icmp_code,tcp_flags,proof,"
	      "silent,late,control\n",
	    out);
}

/* A field and the comma behind it; quoted when it must be. */
static void
put_text(const char *s, FILE *out)
{
	bool quote = strpbrk(s, ",\"\r\n") != NULL;
	if (quote)
		fputc('"', out);
	for (; *s != '\0'; s++) {
		if (*s == '"')
			fputc('"', out);
		fputc(*s, out);
	}
	fputs(quote ? "\"," : ",", out);
}

/* Nothing when negative. */
static void
put_number(int64_t n, FILE *out)
{
	if (n >= 0)
		fprintf(out, "%" PRId64, n);
	fputc(',', out);
}

static void
put_identity(const struct record *r, FILE *out)
{
	uint8_t id[UUID_LEN];
	char text[UUID_STRLEN], addr[ADDR_STRLEN], prefix[PREFIX_STRLEN];
	record_id(r, id);
	put_text(uuid_format(id, text), out);
	put_text(r->vantage, out);
	put_text(r->campaign, out);
	put_number(r->run, out);
	put_number((int64_t)r->epoch, out);
	put_number((int64_t)r->seq, out);
	put_text(addr_format(r->target, addr), out);
	put_text(prefix_format(&r->prefix, prefix), out);
	put_text(record_method_name(r->method), out);
	put_number(r->port, out);
	put_number(r->flow, out);
}

static void
put_trace(const struct record *r, FILE *out)
{
	char addr[ADDR_STRLEN], start[CLOCK_STRLEN];
	put_identity(r, out);
	put_text(addr_format(r->src, addr), out);
	put_number(r->sport, out);
	put_number(r->dport, out);
	put_text(clock_format_us(r->start_us, start), out);
	put_number(r->duration_us, out);
	put_text(record_stop_name(r->stop), out);
	put_text(r->stop_detail, out);
}

static void
put_probe(const struct record_probe *p, FILE *out)
{
	char addr[ADDR_STRLEN];
	put_number(p->ttl, out);
	put_number(p->attempt, out);
	put_number(p->reply_no, out);
	put_number(p->tx_ns, out);
	put_number(p->rtt_ns, out);
	put_text(p->answered ? addr_format(p->addr, addr) : "", out);
	put_number(p->reply_ttl, out);
	put_number(p->reply_ipid, out);
	put_number(p->quoted_ttl, out);
	put_number(p->quoted_tos, out);
	put_number(p->icmp_type, out);
	put_number(p->icmp_code, out);
	put_number(p->tcp_flags, out);
	bool told = p->answered && p->proof != PROOF_UNTOLD;
	put_text(told ? record_proof_name(p->proof) : "", out);
	put_text(p->answered ? "" : record_silent_name(p->silent), out);
	put_number(p->late, out);
}

void
csv_trace(const struct record *r, FILE *out)
{
	for (size_t i = 0; i < r->nprobes; i++) {
		put_trace(r, out);
		put_probe(&r->probes[i], out);
		fputs(r->control ? "1\n" : "0\n", out);
	}
}
