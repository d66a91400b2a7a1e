/* SPDX-License-Identifier: ISC */
#include "analysis/infer/verdict.h"

#include "probe/base/clock.h"
#include "probe/base/record_name.h"

#include <math.h>
#include <string.h>

bool
verdict_fired(const struct verdict *v, const char *rule)
{
	for (size_t i = 0; i < v->nrules; i++)
		if (strcmp(v->rule[i], rule) == 0)
			return true;
	return false;
}

void
verdict_fire(struct verdict *v, const char *rule)
{
	if (!verdict_fired(v, rule) && v->nrules < VERDICT_RULES_MAX)
		v->rule[v->nrules++] = rule;
}

const char *
evidence_name(enum evidence e)
{
	switch (e) {
	case EVIDENCE_UNREACHED:
		return "unreached";
	case EVIDENCE_ADJACENT_SEEN:
		return "adjacent-seen";
	case EVIDENCE_GAP_ADJACENT:
		return "gap-adjacent";
	case EVIDENCE_GAP_ONLY:
		return "gap-only";
	case EVIDENCE_UNROUTED_REGISTRY:
		return "unrouted-registry";
	case EVIDENCE_HIDDEN_INFERRED:
		return "hidden-inferred";
	case EVIDENCE_CONFLICT:
		return "conflict";
	}
	return "?";
}

const char *
reach_name(enum reach r)
{
	switch (r) {
	case REACH_UNKNOWN:
		return "unknown";
	case REACH_UP:
		return "up";
	case REACH_DOWN:
		return "down";
	}
	return "?";
}

static void
json_identity(const struct verdict *v, struct json *j)
{
	char text[UUID_STRLEN], prefix[PREFIX_STRLEN];
	json_text(j, "record", "verdict");
	json_int(j, "v", 1);
	json_text(j, "trace", uuid_format(v->trace, text));
	json_text(j, "vantage", v->vantage);
	json_text(j, "target", addr_format(v->target, text));
	json_text(j, "prefix", prefix_format(&v->prefix, prefix));
	json_text(j, "method", record_method_name(v->method));
	json_int(j, "flow", v->flow);
	json_int(j, "start_us", v->start_us);
	json_int(j, "decided_us", v->decided_us);
}

static void
json_border(const struct verdict *v, struct json *j)
{
	if (v->border_lo < 0) {
		json_null(j, "border_ttl");
		return;
	}
	json_array(j, "border_ttl");
	json_int(j, NULL, v->border_lo);
	json_int_or_null(j, NULL, v->border_hi);
	json_array_end(j);
}

static void
json_candidates(const struct verdict *v, struct json *j)
{
	json_array(j, "candidates");
	for (size_t i = 0; i < v->ncandidates; i++) {
		const struct verdict_candidate *c = &v->candidate[i];
		json_object(j, NULL);
		json_text(j, "carrier", c->carrier);
		json_int_or_null(j, "entry_as", c->entry_as);
		json_real(j, "p", c->p, 3);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
json_hop(const struct verdict_hop *h, struct json *j)
{
	char text[PREFIX_STRLEN];
	bool known = h->origin.layer != ORIGIN_NONE;
	json_object(j, NULL);
	json_int(j, "ttl", h->ttl);
	json_text(j, "addr", addr_format(h->addr, text));
	json_array(j, "origin");
	for (size_t i = 0; i < h->origin.nasns; i++)
		json_int(j, NULL, h->origin.asns[i]);
	json_array_end(j);
	json_int_or_null(j, "owner", h->owner);
	json_real(j, "owner_p", h->owner < 0 ? NAN : h->p, 3);
	json_text(j, "evidence", h->evidence);
	json_text(j, "layer", origin_layer_name(h->origin.layer));
	json_text(
	    j, "prefix", known ? prefix_format(&h->origin.prefix, text) : NULL);
	json_object_end(j);
}

static void
json_tables(const struct verdict *v, struct json *j)
{
	char date[CLOCK_STRLEN];
	json_array(j, "tables");
	for (size_t i = 0; i < v->ntables; i++) {
		clock_format_us(v->table[i].asof_us, date);
		date[10] = '\0';
		json_object(j, NULL);
		json_text(j, "kind", v->table[i].kind);
		json_text(j, "asof", date);
		json_int(j, "days", v->table[i].days);
		json_object_end(j);
	}
	json_array_end(j);
}

void
verdict_json(const struct verdict *v, struct json *j)
{
	verdict_json_in(v, NULL, j);
}

void
verdict_json_in(const struct verdict *v, const char *key, struct json *j)
{
	json_object(j, key);
	json_identity(v, j);
	json_bool(j, "reached", v->reached);
	json_text(j, "reach", reach_name(v->reach));
	json_int_or_null(j, "entry_as", v->entry_as);
	json_text(j, "carrier", v->carrier);
	json_border(v, j);
	json_int_or_null(
	    j, "silent_hops", v->border_lo < 0 ? -1 : v->silent_hops);
	json_text(j, "evidence", evidence_name(v->evidence));
	json_real(j, "p", v->p, 3);
	json_real(j, "carrier_p", v->carrier_p, 3);
	json_candidates(v, j);
	json_int_or_null(j, "votes", v->votes);
	json_int_or_null(j, "votes_agree", v->agree);
	json_array(j, "as_path");
	for (size_t i = 0; i < v->nas; i++)
		json_int(j, NULL, v->as_path[i]);
	json_array_end(j);
	json_array(j, "hops");
	for (size_t i = 0; i < v->nhops; i++)
		json_hop(&v->hop[i], j);
	json_array_end(j);
	json_array(j, "rules");
	for (size_t i = 0; i < v->nrules; i++)
		json_text(j, NULL, v->rule[i]);
	json_array_end(j);
	json_tables(v, j);
	json_text(j, "basis", v->basis);
	json_int_or_null(j, "border_rtt_us", v->border_rtt_us);
	json_object_end(j);
}
