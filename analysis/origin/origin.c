/* SPDX-License-Identifier: ISC */
#include "analysis/origin/origin.h"

#include "analysis/origin/origin_set.h"
#include "analysis/origin/reserved.h"

#include <inttypes.h>
#include <stdio.h>

static bool
reserved(uint32_t addr, struct origin_answer *answer)
{
	const struct reserved *block = reserved_find(addr);
	if (block == NULL)
		return false;
	answer->layer = ORIGIN_RESERVED;
	answer->prefix = block->prefix;
	answer->source = block->text;
	return true;
}

static void
date(struct origin_answer *answer, const struct snapshot *s)
{
	if (answer->asof_us == s->asof_us)
		return;
	answer->asof_us = s->asof_us;
	answer->days = (answer->at_us - s->asof_us) / ORIGIN_US_PER_DAY;
}

static bool
no(struct origin_answer *answer, enum origin_refusal why)
{
	answer->layer = ORIGIN_NONE;
	answer->prefix = (struct prefix){0};
	answer->nasns = 0;
	answer->source = NULL;
	answer->source_asof_us = -1;
	answer->refusal = why;
	return false;
}

/* No table is not later than that time: the earliest one is named. */
static bool
no_moment(const struct origin_set *set, struct origin_answer *answer)
{
	if (set->n == 0)
		return no(answer, ORIGIN_NO_TABLE);
	answer->other_us = set->tables[set->n - 1]->asof_us;
	return no(answer, ORIGIN_ALL_LATER);
}

/* The table to ask for a layer; NULL when there is none, or too old a one. */
static const struct snapshot *
table_of(const struct origin_set *set, const struct origin_moment *m,
    enum origin_layer layer, struct origin_answer *answer)
{
	const struct snapshot *s = m->has[layer];
	if (s == NULL || origin_set_fits(set, s, answer->at_us))
		return s;
	if (answer->old_layer == ORIGIN_NONE) {
		answer->old_layer = layer;
		answer->other_us = s->asof_us;
	}
	return NULL;
}

/*
 * Asks each layer in its own table. The answer of a table counts only for the
 * layer that it was asked for.
 */
static bool
ask(const struct origin_set *set, const struct origin_moment *m, uint32_t addr,
    struct origin_answer *answer)
{
	for (int k = ORIGIN_IXP; k <= ORIGIN_CURATED; k++) {
		enum origin_layer layer = (enum origin_layer)k;
		const struct snapshot *s = table_of(set, m, layer, answer);
		if (s == NULL || !snapshot_find(s, addr, answer) ||
		    answer->layer != layer)
			continue;
		date(answer, s);
		return true;
	}
	return no(answer, ORIGIN_UNKNOWN);
}

bool
origin_lookup(const struct origin_set *set, uint32_t addr, int64_t at_us,
    struct origin_answer *answer)
{
	answer->layer = answer->old_layer = ORIGIN_NONE;
	answer->prefix = (struct prefix){0};
	answer->nasns = 0;
	answer->source = NULL;
	answer->asof_us = answer->days = answer->source_asof_us = -1;
	answer->refusal = ORIGIN_ANSWERED;
	answer->at_us = at_us;
	answer->limit_days = set->limit_days;
	answer->other_us = -1;
	if (reserved(addr, answer))
		return true;
	const struct origin_moment *m = origin_set_moment(set, at_us);
	if (m == NULL)
		return no_moment(set, answer);
	date(answer, m->has[HOLDS_NOTHING]);
	if (answer->days > set->limit_days)
		return no(answer, ORIGIN_ALL_OLD);
	if (!m->alone)
		return ask(set, m, addr, answer);
	return snapshot_find(m->has[HOLDS_NOTHING], addr, answer) ||
	       no(answer, ORIGIN_UNKNOWN);
}

static char *
day(int64_t us, char text[static CLOCK_STRLEN])
{
	clock_format_us(us, text);
	text[10] = '\0'; /* the date alone */
	return text;
}

const char *
origin_reason(
    const struct origin_answer *a, char text[static ORIGIN_REASON_LEN])
{
	char at[CLOCK_STRLEN], of[CLOCK_STRLEN];
	int64_t days = (a->at_us - a->other_us) / ORIGIN_US_PER_DAY;
	switch (a->refusal) {
	case ORIGIN_ANSWERED:
		return NULL;
	case ORIGIN_NO_TABLE:
		snprintf(text, ORIGIN_REASON_LEN, "there is no address table");
		break;
	case ORIGIN_ALL_LATER:
		snprintf(text, ORIGIN_REASON_LEN,
		    "every address table is later than %s: the earliest is of "
		    "%s, %" PRId64 " days after",
		    day(a->at_us, at), day(a->other_us, of), -days);
		break;
	case ORIGIN_ALL_OLD:
		snprintf(text, ORIGIN_REASON_LEN,
		    "the newest table not later than %s is of %s, %" PRId64
		    " days before; the limit is %" PRId64 " (--max-days)",
		    day(a->at_us, at), day(a->asof_us, of), a->days,
		    a->limit_days);
		break;
	case ORIGIN_UNKNOWN:
		if (a->old_layer == ORIGIN_NONE)
			snprintf(text, ORIGIN_REASON_LEN,
			    "no layer of the address table knows it");
		else
			snprintf(text, ORIGIN_REASON_LEN,
			    "no layer knows it; the newest %s table not later "
			    "than %s is of %s, %" PRId64
			    " days before; the limit is %" PRId64
			    " (--max-days)",
			    origin_layer_name(a->old_layer), day(a->at_us, at),
			    day(a->other_us, of), days, a->limit_days);
		break;
	}
	return text;
}

const char *
origin_layer_name(enum origin_layer layer)
{
	switch (layer) {
	case ORIGIN_NONE:
		return "none";
	case ORIGIN_RESERVED:
		return "reserved";
	case ORIGIN_IXP:
		return "ixp";
	case ORIGIN_BGP:
		return "bgp";
	case ORIGIN_REGISTRY:
		return "registry";
	case ORIGIN_CURATED:
		return "curated";
	}
	return "?";
}
