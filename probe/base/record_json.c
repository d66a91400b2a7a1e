/* SPDX-License-Identifier: ISC */
#include "probe/base/record_json.h"

#include "probe/base/clock.h"
#include "probe/base/ext.h"
#include "probe/base/record_name.h"

#include <string.h>

/* Label stack entries of RFC 4950: 20 bits label, 3 TC, 1 S, 8 TTL. */
static void
json_mpls(const struct record_bytes *ext, struct json *j)
{
	struct rd r = rd_make(ext->p, ext->len);
	struct ext_object o;
	struct ext_label l;
	json_array(j, "mpls");
	while (ext_next(&r, &o)) {
		while (ext_label(&o, &l)) {
			json_object(j, NULL);
			json_int(j, "label", l.label);
			json_int(j, "tc", l.tc);
			json_int(j, "s", l.s);
			json_int(j, "ttl", l.ttl);
			json_object_end(j);
		}
	}
	json_array_end(j);
}

/* null when the router did not keep to RFC 5837; the data stands beside it. */
static void
json_interface(const struct ext_object *o, struct json *j)
{
	struct ext_interface i;
	if (!ext_interface(o, &i)) {
		json_null(j, "interface");
		return;
	}
	json_object(j, "interface");
	json_text(j, "role", i.role);
	json_int_or_null(j, "ifindex", i.ifindex);
	json_text(j, "addr", i.addr[0] ? i.addr : NULL);
	json_text(j, "name", i.name[0] ? i.name : NULL);
	json_int_or_null(j, "mtu", i.mtu);
	json_object_end(j);
}

/* The objects, and all octets when they are not all of them. */
static void
json_ext(const struct record_bytes *ext, struct json *j)
{
	struct rd r = rd_make(ext->p, ext->len);
	struct ext_object o;
	size_t told = 0;
	json_array(j, "ext");
	while (ext_next(&r, &o)) {
		json_object(j, NULL);
		json_int(j, "class", o.class);
		json_int(j, "type", o.type);
		json_hex(j, "data", o.body.p, o.body.left);
		if (o.class == EXT_CLASS_INTERFACE)
			json_interface(&o, j);
		json_object_end(j);
		told += 4 + o.body.left;
	}
	json_array_end(j);
	if (told < ext->len)
		json_hex(j, "ext_hex", ext->p, ext->len);
}

void
record_json_probe(const struct record_probe *p, const char *key, struct json *j)
{
	char addr[ADDR_STRLEN];
	json_object(j, key);
	json_int(j, "attempt", p->attempt);
	json_int(j, "reply_no", p->reply_no);
	json_int_or_null(j, "tx_us", p->tx_ns < 0 ? -1 : p->tx_ns / 1000);
	json_int_or_null(j, "tx_ns", p->tx_ns < 0 ? -1 : p->tx_ns % 1000);
	json_thousandths(j, "rtt_us", p->rtt_ns);
	json_text(j, "addr", p->answered ? addr_format(p->addr, addr) : NULL);
	json_int_or_null(j, "reply_ttl", p->reply_ttl);
	json_int_or_null(j, "reply_ipid", p->reply_ipid);
	json_int_or_null(j, "quoted_ttl", p->quoted_ttl);
	json_int_or_null(j, "quoted_tos", p->quoted_tos);
	json_int_or_null(j, "icmp_type", p->icmp_type);
	json_int_or_null(j, "icmp_code", p->icmp_code);
	json_int_or_null(j, "tcp_flags", p->tcp_flags);
	json_mpls(&p->ext, j);
	json_ext(&p->ext, j);
	json_text(j, "proof", p->answered ? record_proof_name(p->proof) : NULL);
	json_text(
	    j, "silent", p->answered ? NULL : record_silent_name(p->silent));
	json_bool(j, "late", p->late);
	json_object_end(j);
}

static void
json_hops(const struct record *r, struct json *j)
{
	json_array(j, "hops");
	for (size_t i = 0; i < r->nprobes;) {
		uint8_t ttl = r->probes[i].ttl;
		json_object(j, NULL);
		json_int(j, "ttl", ttl);
		json_array(j, "probes");
		for (; i < r->nprobes && r->probes[i].ttl == ttl; i++)
			record_json_probe(&r->probes[i], NULL, j);
		json_array_end(j);
		json_object_end(j);
	}
	json_array_end(j);
}

/* What identifies the trace: the keys that every record about it shares. */
static void
json_identity(const struct record *r, struct json *j)
{
	uint8_t id[UUID_LEN];
	char text[UUID_STRLEN], prefix[PREFIX_STRLEN];
	record_id(r, id);
	json_text(j, "id", uuid_format(id, text));
	json_text(j, "vantage", r->vantage);
	json_text(j, "campaign", r->campaign[0] ? r->campaign : NULL);
	json_int_or_null(j, "run", r->run);
	json_int(j, "epoch", (int64_t)r->epoch);
	json_int(j, "seq", (int64_t)r->seq);
	json_text(j, "target", addr_format(r->target, text));
	json_text(j, "prefix", prefix_format(&r->prefix, prefix));
	json_text(j, "method", record_method_name(r->method));
	json_int_or_null(j, "port", r->port);
	json_int(j, "flow", r->flow);
}

/* Nobody sends from address or port 0: so it is untold. An echo request has
 * no second port, but has an identifier. */
static void
json_flow(const struct record *r, struct json *j)
{
	char addr[ADDR_STRLEN];
	bool echo = r->method == METHOD_ICMP && r->sport != 0;
	json_text(j, "src", r->src != 0 ? addr_format(r->src, addr) : NULL);
	json_int_or_null(j, "sport", r->sport != 0 ? r->sport : -1);
	json_int_or_null(j, "dport", r->dport != 0 || echo ? r->dport : -1);
}

/* Other negative ones are of a clock that was set. */
static void
json_duration(const struct record *r, struct json *j)
{
	if (r->duration_us == -1)
		json_null(j, "duration_us");
	else
		json_int(j, "duration_us", r->duration_us);
}

static void
json_joins(const struct record_joins *joins, struct json *j)
{
	char id[UUID_STRLEN];
	json_object(j, "joins");
	json_int(j, "ttl", joins->ttl);
	json_text(
	    j, "trace", joins->finished ? uuid_format(joins->trace, id) : NULL);
	json_object_end(j);
}

void
record_json(const struct record *r, struct json *j)
{
	record_json_joined(r, NULL, j);
}

void
record_json_joined(
    const struct record *r, const struct record_joins *joins, struct json *j)
{
	const struct record_source *source = &r->source;
	char start[CLOCK_STRLEN];
	json_object(j, NULL);
	json_text(j, "record", "trace");
	json_int(j, "v", 1);
	json_identity(r, j);
	json_flow(r, j);
	json_text(j, "start", clock_format_us(r->start_us, start));
	json_int(j, "start_us", r->start_us);
	json_duration(r, j);
	json_text(j, "stop", record_stop_name(r->stop));
	json_text(j, "stop_detail", r->stop_detail[0] ? r->stop_detail : NULL);
	json_hops(r, j);
	json_text(j, "tool", r->tool);
	json_bool(j, "clock_step", r->clock_step);
	json_int(j, "drops", r->drops);
	json_bool(j, "control", r->control);
	json_text(
	    j, "source_format", source->text != NULL ? source->format : NULL);
	json_raw(j, "source", source->text, source->len);
	if (joins != NULL)
		json_joins(joins, j);
	json_object_end(j);
}

void
record_json_reply(
    const struct record *r, const struct record_probe *p, struct json *j)
{
	json_object(j, NULL);
	json_text(j, "record", "reply");
	json_int(j, "v", 1);
	json_identity(r, j);
	json_int(j, "ttl", p->ttl);
	json_array(j, "probes");
	record_json_probe(p, NULL, j);
	json_array_end(j);
	json_object_end(j);
}
