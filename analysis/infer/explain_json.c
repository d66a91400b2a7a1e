/* SPDX-License-Identifier: ISC */
#include "analysis/infer/explain.h"

static void
put_without(const struct explain_without *w, struct json *j)
{
	char addr[ADDR_STRLEN];
	json_object(j, NULL);
	json_int(j, "ttl", w->ttl);
	json_text(j, "addr", addr_format(w->addr, addr));
	json_int_or_null(j, "entry_as", w->entry_as);
	json_real(j, "p", w->p, 3);
	json_object_end(j);
}

static void
put_param(struct json *j, const char *key, enum model_param p)
{
	json_text(j, key, p == MODEL_PARAMS ? NULL : model_name(p));
}

static void
put_as(struct json *j, const char *key, uint32_t asn)
{
	json_int_or_null(j, key, asn == 0 ? -1 : (int64_t)asn);
}

static void
put_against(const struct explain_against *a, struct json *j)
{
	json_object(j, NULL);
	json_int(j, "ttl", a->ttl);
	json_real(j, "times", a->times, 1);
	json_bool(j, "voted", a->voted);
	put_as(j, "from", a->from);
	put_as(j, "to", a->to);
	put_param(j, "link", a->link);
	put_param(j, "sight", a->sight);
	put_as(j, "best_from", a->best_from);
	put_as(j, "best_to", a->best_to);
	put_param(j, "best_link", a->best_link);
	put_param(j, "best_sight", a->best_sight);
	json_object_end(j);
}

/* Null without another prefix to pair it with. */
static void
put_rtt(const struct rtt_pair *pair, struct json *j)
{
	char other[PREFIX_STRLEN];
	if (pair->here_ns < 0 || pair->other_ns < 0) {
		json_null(j, "rtt");
		return;
	}
	json_object(j, "rtt");
	json_int(j, "target_us", pair->here_ns / 1000);
	json_text(j, "other", prefix_format(&pair->other, other));
	json_int(j, "other_us", pair->other_ns / 1000);
	json_object_end(j);
}

static void
put_path(const struct explain *e, struct json *j)
{
	const struct scene *s = &e->scene;
	json_array(j, "owners");
	for (size_t t = 0; e->path.weight > 0 && t < s->nspots; t++) {
		json_object(j, NULL);
		json_int(j, "ttl", s->spot[t].ttl);
		put_as(j, "owner", s->asn[e->path.owner[t]]);
		json_object_end(j);
	}
	json_array_end(j);
}

void
explain_json(const struct explain *e, struct json *j)
{
	json_object(j, NULL);
	json_text(j, "record", "explanation");
	json_int(j, "v", 1);
	verdict_json_in(&e->verdict, "verdict", j);
	json_bool(j, "relations", e->scene.related);
	put_rtt(&e->scene.rtt, j);
	put_path(e, j);
	json_array(j, "without");
	for (size_t i = 0; i < e->nwithout; i++)
		put_without(&e->without[i], j);
	json_array_end(j);
	if (e->next.weight > 0) {
		json_object(j, "next");
		put_as(j, "entry_as", e->scene.asn[e->next.entry]);
		json_real(j, "p", e->next_p, 3);
		json_array(j, "against");
		for (size_t i = 0; i < e->nagainst; i++)
			put_against(&e->against[i], j);
		json_array_end(j);
		json_object_end(j);
	} else {
		json_null(j, "next");
	}
	json_object_end(j);
}
