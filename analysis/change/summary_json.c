/* SPDX-License-Identifier: ISC */
#include "analysis/change/summary.h"

static void
counts(const struct summary_count *n, struct json *j)
{
	json_int(j, "pairs", (int64_t)summary_pairs(n));
	json_int(j, "only_a", (int64_t)n->only_a);
	json_int(j, "only_b", (int64_t)n->only_b);
	json_object(j, "verdicts");
	for (int i = 0; i < DIFF_CLASSES; i++)
		json_int(j, diff_class_name((enum diff_class)i),
		    (int64_t)n->class[i]);
	json_object_end(j);
}

static void
moves(const struct summary_group *g, struct json *j)
{
	json_array(j, "changed");
	for (size_t i = 0; i < g->nmoves; i++) {
		const struct summary_move *m = &g->move[i];
		json_object(j, NULL);
		json_text(j, "from", m->from[0] != '\0' ? m->from : NULL);
		json_text(j, "to", m->to[0] != '\0' ? m->to : NULL);
		json_bool(j, "control", m->control);
		json_int(j, "flows", (int64_t)m->n);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
group(const struct summary_group *g, struct json *j)
{
	char text[PREFIX_STRLEN];
	json_object(j, NULL);
	json_text(j, "prefix", prefix_format(&g->prefix, text));
	json_text(j, "vantage", g->vantage);
	counts(&g->count, j);
	moves(g, j);
	json_object_end(j);
}

void
summary_json(
    const struct summary *s, const struct summary_sides *sides, struct json *j)
{
	json_object(j, NULL);
	json_text(j, "record", "diff-summary");
	json_int(j, "v", 1);
	json_text(j, "a", sides->a.name);
	json_text(j, "b", sides->b.name);
	json_int_or_null(j, "a_since_us", sides->a.since_us);
	json_int_or_null(j, "a_until_us", sides->a.until_us);
	json_int_or_null(j, "b_since_us", sides->b.since_us);
	json_int_or_null(j, "b_until_us", sides->b.until_us);
	json_int(j, "traces_a", (int64_t)sides->a.traces);
	json_int(j, "traces_b", (int64_t)sides->b.traces);
	json_int(j, "flows_a", (int64_t)sides->a.flows);
	json_int(j, "flows_b", (int64_t)sides->b.flows);
	counts(&s->all.count, j);
	moves(&s->all, j);
	json_array(j, "groups");
	for (size_t i = 0; i < s->ngroups; i++)
		group(s->group[i], j);
	json_array_end(j);
	json_object_end(j);
}
