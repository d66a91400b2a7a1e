/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/csv.h"

#include "probe/base/clock.h"
#include "probe/base/digits.h"
#include "probe/base/ext.h"
#include "probe/base/record_name.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void
quote(struct wr *out, const char *s)
{
	wr_u8(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"')
			wr_u8(out, '"');
		wr_u8(out, (uint8_t)*s);
	}
	wr_u8(out, '"');
}

void
csv_text(struct wr *out, const char *text)
{
	if (text != NULL && strpbrk(text, ",\"\r\n") != NULL)
		quote(out, text);
	else if (text != NULL)
		wr_bytes(out, text, strlen(text));
	wr_u8(out, ',');
}

/* Digits, without the comma. */
static void
digits(struct wr *out, uint64_t n)
{
	char *p = (char *)wr_room(out, DIGITS_MAX);
	out->len += (size_t)(digits_u64(p, n) - p);
}

void
csv_number(struct wr *out, int64_t n)
{
	if (n < 0)
		wr_u8(out, '-');
	digits(out, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
	wr_u8(out, ',');
}

void
csv_number_or_none(struct wr *out, int64_t n)
{
	if (n < 0)
		wr_u8(out, ',');
	else
		csv_number(out, n);
}

void
csv_share(struct wr *out, double p)
{
	char text[32] = "";
	if (!isnan(p))
		snprintf(text, sizeof(text), "%.6f", p);
	csv_text(out, text);
}

void
csv_addr(struct wr *out, uint32_t addr)
{
	char text[ADDR_STRLEN];
	csv_text(out, addr_format(addr, text));
}

void
csv_mpls(struct wr *out, const struct record_bytes *ext)
{
	struct rd r = rd_make(ext->p, ext->len);
	struct ext_object o;
	struct ext_label l;
	const char *between = "";
	while (ext_next(&r, &o)) {
		while (ext_label(&o, &l)) {
			char text[32];
			int n = snprintf(text, sizeof(text), "%s%u:%u:%u:%u",
			    between, l.label, l.tc, l.s, l.ttl);
			wr_bytes(out, text, (size_t)n);
			between = " ";
		}
	}
	wr_u8(out, ',');
}

void
csv_end(struct wr *out)
{
	out->p[out->len - 1] = '\n';
}

void
csv_identity_names(struct wr *out)
{
	static const char names[] =
	    "trace,vantage,campaign,run,epoch,seq,target,prefix,method,port,"
	    "flow,src,sport,dport,start,duration_us,stop,stop_detail,";
	wr_bytes(out, names, strlen(names));
}

/* Nobody sends from address or port 0: so it is untold. An echo request has no
 * second port, but has an identifier. */
static void
put_ports(struct wr *out, const struct record *r)
{
	bool echo = r->method == METHOD_ICMP && r->sport != 0;
	if (r->src != 0)
		csv_addr(out, r->src);
	else
		csv_text(out, NULL);
	csv_number_or_none(out, r->sport != 0 ? r->sport : -1);
	csv_number_or_none(out, r->dport != 0 || echo ? r->dport : -1);
}

void
csv_identity(struct wr *out, const struct record *r)
{
	uint8_t id[UUID_LEN];
	char text[UUID_STRLEN], start[CLOCK_STRLEN];
	record_id(r, id);
	csv_text(out, uuid_format(id, text));
	csv_text(out, r->vantage);
	csv_text(out, r->campaign);
	csv_number_or_none(out, r->run);
	csv_number(out, (int64_t)r->epoch);
	csv_number(out, (int64_t)r->seq);
	csv_addr(out, r->target);
	csv_text(out, prefix_format(&r->prefix, text));
	csv_text(out, record_method_name(r->method));
	csv_number_or_none(out, r->port);
	csv_number(out, r->flow);
	put_ports(out, r);
	csv_text(out, clock_format_us(r->start_us, start));
	if (r->duration_us == -1) /* others are of a clock that was set */
		csv_text(out, NULL);
	else
		csv_number(out, r->duration_us);
	csv_text(out, record_stop_name(r->stop));
	csv_text(out, r->stop_detail);
}
