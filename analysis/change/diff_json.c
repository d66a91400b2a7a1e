/* SPDX-License-Identifier: ISC */
#include "analysis/change/diff_json.h"

#include "probe/base/record_name.h"
#include "probe/base/record_path.h"

static void
id_of(const struct record *r, const char *key, struct json *j)
{
	char text[UUID_STRLEN];
	uint8_t id[UUID_LEN];
	if (r == NULL) {
		json_null(j, key);
		return;
	}
	record_id(r, id);
	json_text(j, key, uuid_format(id, text));
}

/* r: whose flow it is. */
static void
flow_keys(const struct record *r, const struct record *a,
    const struct record *b, struct json *j)
{
	char text[PREFIX_STRLEN];
	json_text(j, "record", "diff");
	json_int(j, "v", 1);
	id_of(a, "a", j);
	id_of(b, "b", j);
	json_text(j, "vantage", r->vantage);
	json_text(j, "target", addr_format(r->target, text));
	json_text(j, "prefix", prefix_format(&r->prefix, text));
	json_text(j, "method", record_method_name(r->method));
	json_int_or_null(j, "port", r->port);
	json_int(j, "flow", r->flow);
	json_bool(j, "control", r->control);
	json_int_or_null(j, "a_us", a != NULL ? a->start_us : -1);
	json_int_or_null(j, "b_us", b != NULL ? b->start_us : -1);
}

static void
ases(const char *key, const uint32_t *asn, size_t n, struct json *j)
{
	json_array(j, key);
	for (size_t i = 0; i < n; i++)
		json_int(j, NULL, asn[i]);
	json_array_end(j);
}

static void
path(const char *key, const struct naming *n, const struct trail *t,
    struct json *j)
{
	uint32_t asn[RECORD_TTL_MAX + 1];
	ases(key, asn, naming_path(n, t, asn), j);
}

static void
ttl_or_null(const char *key, uint8_t ttl, struct json *j)
{
	json_int_or_null(j, key, ttl > 0 ? ttl : -1);
}

static void
rtt(const struct diff *d, struct json *j)
{
	json_object(j, "rtt");
	ttl_or_null("ttl", d->rtt_ttl, j);
	json_thousandths(j, "a_us", d->rtt_a_ns);
	json_thousandths(j, "b_us", d->rtt_b_ns);
	json_object_end(j);
}

/* Null where a side has no hop in the stretch. */
static void
stretch(const char *key, uint8_t from, uint8_t to, struct json *j)
{
	if (from == 0 || to < from) {
		json_null(j, key);
		return;
	}
	json_array(j, key);
	json_int(j, NULL, from);
	json_int(j, NULL, to);
	json_array_end(j);
}

static void
detour(const struct diff *d, struct json *j)
{
	if (d->first_ttl == 0) {
		json_null(j, "detour");
		return;
	}
	json_object(j, "detour");
	json_bool(j, "rejoins", d->detour.rejoins);
	json_bool(j, "symmetric", d->detour.symmetric);
	stretch("ttl_a", d->detour.from_a, d->detour.to_a, j);
	stretch("ttl_b", d->detour.from_b, d->detour.to_b, j);
	json_object_end(j);
}

static void
address(const char *key, uint32_t addr, struct json *j)
{
	char text[ADDR_STRLEN];
	json_text(j, key, addr != 0 ? addr_format(addr, text) : NULL);
}

static int64_t
as_of(const struct naming *n, uint8_t ttl, uint32_t addr)
{
	return addr != 0 ? naming_as(n, ttl, addr) : -1;
}

static void
edit(const struct compared *c, const struct diff_edit *e, struct json *j)
{
	json_object(j, NULL);
	json_text(j, "op", edit_op_name(e->op));
	ttl_or_null("ttl_a", e->ttl_a, j);
	ttl_or_null("ttl_b", e->ttl_b, j);
	address("a", e->a, j);
	address("b", e->b, j);
	json_int_or_null(j, "as_a", as_of(&c->name_a, e->ttl_a, e->a));
	json_int_or_null(j, "as_b", as_of(&c->name_b, e->ttl_b, e->b));
	json_bool(j, "balanced", e->balanced);
	json_object_end(j);
}

static bool
is_balanced(const struct diff *d)
{
	for (size_t i = 0; i < d->nedits; i++)
		if (d->edit[i].balanced)
			return true;
	return false;
}

static bool
reached(const struct trail *t, const struct record *r)
{
	return t->reached || record_reached_nowhere(r);
}

void
diff_json(const struct compared *c, struct json *j)
{
	const struct diff *d = &c->diff;
	struct compared_stretch s;
	compared_stretch(c, &s);
	json_object(j, NULL);
	flow_keys(&c->a, &c->a, &c->b, j);
	json_bool(j, "same_flow", d->same_flow);
	json_text(j, "verdict", diff_class_name(d->class));
	json_text(j, "why", d->why);
	ttl_or_null("first_ttl", d->first_ttl, j);
	ases("as_from", s.from, s.nfrom, j);
	ases("as_to", s.to, s.nto, j);
	path("as_path_from", &c->name_a, &c->trail_a, j);
	path("as_path_to", &c->name_b, &c->trail_b, j);
	json_int_or_null(j, "entry_from", naming_entry(&c->name_a));
	json_int_or_null(j, "entry_to", naming_entry(&c->name_b));
	json_text(j, "carrier_from", naming_carrier(&c->name_a));
	json_text(j, "carrier_to", naming_carrier(&c->name_b));
	json_real(j, "p_from", naming_p(&c->name_a), 3);
	json_real(j, "p_to", naming_p(&c->name_b), 3);
	json_bool(j, "reached_from", reached(&c->trail_a, &c->a));
	json_bool(j, "reached_to", reached(&c->trail_b, &c->b));
	rtt(d, j);
	detour(d, j);
	json_bool(j, "balanced", is_balanced(d));
	json_array(j, "edits");
	for (size_t i = 0; i < d->nedits; i++)
		edit(c, &d->edit[i], j);
	json_array_end(j);
	json_object_end(j);
}

void
diff_json_alone(const struct side_flow *flow, bool only_a, struct json *j)
{
	static const char *const nulls[] = {"entry_from", "entry_to",
	    "carrier_from", "carrier_to", "p_from", "p_to", "reached_from",
	    "reached_to", "rtt", "detour"};
	const struct record *r = &flow->head;
	json_object(j, NULL);
	flow_keys(r, only_a ? r : NULL, only_a ? NULL : r, j);
	json_bool(j, "same_flow", false);
	json_text(j, "verdict", diff_class_name(DIFF_INSUFFICIENT));
	json_text(j, "why", only_a ? "only in a" : "only in b");
	json_null(j, "first_ttl");
	ases("as_from", NULL, 0, j);
	ases("as_to", NULL, 0, j);
	ases("as_path_from", NULL, 0, j);
	ases("as_path_to", NULL, 0, j);
	for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
		json_null(j, nulls[i]);
	json_bool(j, "balanced", false);
	ases("edits", NULL, 0, j);
	json_object_end(j);
}
