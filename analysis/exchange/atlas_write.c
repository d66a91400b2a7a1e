/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/own.h"
#include "analysis/exchange/shaped.h"

#include "analysis/exchange/foreign.h"
#include "probe/base/ext.h"
#include "probe/base/record_json.h"
#include "probe/base/record_name.h"
#include "probe/base/record_reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A probe has one item in its hop, with all about it under "tumen", and one for
 * each reply more. A late reply has a second item where the firmware would have
 * put it, before the next probe's, as late by 1; its probe's item says that it
 * was waited for in vain, as Atlas does. Items without "tumen" are passed over
 * when a record of ours is read again.
 */

enum { US = 1000000, FORM = 5000, RTT_DECIMALS = 3 };

/* --- a reply -------------------------------------------------------------- */

static void
put_flags(int flags, struct json *j)
{
	static const char letter[] = "FSRPAU";
	char text[sizeof(letter)];
	size_t n = 0;
	for (int i = 0; letter[i] != '\0'; i++)
		if (flags >> i & 1)
			text[n++] = letter[i];
	text[n] = '\0';
	json_text(j, "flags", text);
}

/* The letter of an unreachable, or its code as a number. */
static void
put_err(int code, struct json *j)
{
	switch (code) {
	case 0:
		json_text(j, "err", "N");
		break;
	case 1:
		json_text(j, "err", "H");
		break;
	case 2:
		json_text(j, "err", "P");
		break;
	case ICMP_C_PORT:
		json_text(j, "err", "p");
		break;
	case ICMP_C_ADMIN_PROHIBITED:
		json_text(j, "err", "A");
		break;
	default:
		json_int_or_null(j, "err", code);
		break;
	}
}

static void
put_labels(struct ext_object *o, struct json *j)
{
	struct ext_label l;
	json_array(j, "mpls");
	while (ext_label(o, &l)) {
		json_object(j, NULL);
		json_int(j, "label", l.label);
		json_int(j, "exp", l.tc);
		json_int(j, "s", l.s);
		json_int(j, "ttl", l.ttl);
		json_object_end(j);
	}
	json_array_end(j);
}

/* The header of RFC 4884 is not in a record: version 2 is all there is. */
static void
put_ext(const struct record_bytes *ext, struct json *j)
{
	enum { VERSION = 2, CLASS_MPLS = 1, INCOMING = 1 };
	struct rd list = rd_make(ext->p, ext->len);
	struct ext_object o;
	json_object(j, "icmpext");
	json_int(j, "version", VERSION);
	json_null(j, "rfc4884");
	json_array(j, "obj");
	while (ext_next(&list, &o)) {
		json_object(j, NULL);
		json_int(j, "class", o.class);
		json_int(j, "type", o.type);
		if (o.class == CLASS_MPLS && o.type == INCOMING)
			put_labels(&o, j);
		json_object_end(j);
	}
	json_array_end(j);
	json_object_end(j);
}

static void
put_quote(const struct record_probe *p, struct json *j)
{
	if (p->quoted_ttl >= 0 && p->quoted_ttl != 1)
		json_int(j, "ittl", p->quoted_ttl);
	if (p->quoted_tos > 0)
		json_int(j, "itos", p->quoted_tos);
	if (p->ext.len > 0)
		put_ext(&p->ext, j);
}

static void
put_reply(const struct record *r, const struct record_probe *p, struct json *j)
{
	char addr[ADDR_STRLEN];
	bool port =
	    p->icmp_type == ICMP_T_UNREACHABLE && p->icmp_code == ICMP_C_PORT;
	json_text(j, "from", addr_format(p->addr, addr));
	if (p->reply_ttl >= 0)
		json_int(j, "ttl", p->reply_ttl);
	if (p->rtt_ns >= 0 && !p->late)
		json_real(j, "rtt", (double)p->rtt_ns / 1e6, RTT_DECIMALS);
	if (p->tcp_flags >= 0)
		put_flags(p->tcp_flags, j);
	if (p->icmp_type == ICMP_T_UNREACHABLE &&
	    !(port && p->addr == r->target && r->method != METHOD_ICMP))
		put_err(p->icmp_code, j);
	put_quote(p, j);
}

/* --- hops ----------------------------------------------------------------- */

/* The late replies to the probe before this one. */
static void
put_late(const struct record *r, size_t from, size_t to, struct json *j)
{
	for (size_t i = from; i < to; i++) {
		const struct record_probe *p = &r->probes[i];
		if (!p->answered || !p->late)
			continue;
		json_object(j, NULL);
		json_int(j, "late", 1);
		put_reply(r, p, j);
		json_object_end(j);
	}
}

/* An entry of the record; again: it is not the first one of its probe. */
static void
put_item(const struct record *r, const struct record_probe *p, bool again,
    struct json *j)
{
	json_object(j, NULL);
	if (p->answered && !p->late) {
		if (again)
			json_bool(j, "dup", true);
		put_reply(r, p, j);
	} else if (!again && p->silent == SILENT_NOT_SENT) {
		json_text(j, "error", "not sent");
	} else if (!again) {
		json_text(j, "x", "*");
	}
	record_json_probe(p, "tumen", j);
	json_object_end(j);
}

static bool
same_probe(const struct record_probe *a, const struct record_probe *b)
{
	return a->ttl == b->ttl && a->attempt == b->attempt;
}

static void
put_hops(const struct record *r, struct json *j)
{
	size_t last = 0,
	       own = 0; /* where the probe before, and this one begin */
	json_array(j, "result");
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		bool hop = i == 0 || p->ttl != p[-1].ttl;
		bool again = i > 0 && same_probe(p, p - 1);
		if (hop && i > 0) {
			json_array_end(j);
			json_object_end(j);
		}
		if (hop) {
			json_object(j, NULL);
			json_int(j, "hop", p->ttl);
			json_array(j, "result");
		}
		if (!again) {
			last = own;
			own = i;
			put_late(r, last, own, j);
		}
		put_item(r, p, again, j);
	}
	if (r->nprobes > 0) {
		json_array_end(j);
		json_object_end(j);
	}
	json_array_end(j);
}

/* --- the trace ------------------------------------------------------------ */

/* "UDP" */
static const char *
proto(enum record_method method)
{
	switch (method) {
	case METHOD_UDP:
		return "UDP";
	case METHOD_ICMP:
		return "ICMP";
	case METHOD_TCP:
		return "TCP";
	}
	return NULL;
}

/* The number behind a prefix of a text; otherwise that. */
static int64_t
number_of(const char *text, const char *before, int64_t otherwise)
{
	size_t len = strlen(before);
	char *end = NULL;
	if (strncmp(text, before, len) != 0 || text[len] < '0' ||
	    text[len] > '9')
		return otherwise;
	int64_t n = strtoll(text + len, &end, 10);
	return *end == '\0' ? n : otherwise;
}

/* A time of the trace in whole seconds; null when it is not told. */
static void
put_times(const struct record *r, struct json *j)
{
	json_int(j, "timestamp", r->start_us / US);
	if (r->duration_us == -1)
		json_null(j, "endtime");
	else
		json_int(j, "endtime", (r->start_us + r->duration_us) / US);
}

bool
shaped_atlas(const struct record *r, struct json *j)
{
	char addr[ADDR_STRLEN];
	if (r->source.text != NULL &&
	    strcmp(r->source.format, foreign_format_name(FORMAT_ATLAS)) == 0) {
		json_raw(j, NULL, r->source.text, r->source.len);
		return true;
	}
	json_object(j, NULL);
	json_int(j, "fw", number_of(r->tool, "ripe-atlas ", FORM));
	json_int(j, "lts", -1);
	json_text(j, "dst_name", addr_format(r->target, addr));
	json_text(j, "dst_addr", addr);
	const char *src = r->src == 0 ? NULL : addr_format(r->src, addr);
	json_text(j, "src_addr", src);
	json_text(j, "from", src);
	json_text(j, "proto", proto(r->method));
	json_int(j, "af", 4);
	json_null(j, "size");
	json_int(j, "paris_id", r->flow);
	put_hops(r, j);
	json_null(j, "msm_id");
	json_int_or_null(j, "prb_id", number_of(r->vantage, "atlas-", -1));
	put_times(r, j);
	json_text(j, "msm_name", "Traceroute");
	json_text(j, "type", "traceroute");
	json_object(j, "tumen");
	own_write(r, j);
	json_object_end(j);
	json_object_end(j);
	return true;
}
