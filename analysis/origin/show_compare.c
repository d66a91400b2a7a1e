/* SPDX-License-Identifier: ISC */
#include "analysis/origin/show_compare.h"

#include "probe/base/clock.h"
#include "probe/base/json.h"

#include <inttypes.h>
#include <stdio.h>

enum { STATE_LEN = 400 };

static const char *
what(const struct compare_change *c)
{
	return !c->before.there ? "came" : !c->after.there ? "went" : "changed";
}

static void
origins(const struct compare_state *s, char text[static STATE_LEN])
{
	size_t used = (size_t)snprintf(
	    text, STATE_LEN, "%s", origin_layer_name(s->layer));
	for (size_t i = 0; i < s->nasns; i++)
		used += (size_t)snprintf(text + used, STATE_LEN - used,
		    "%sAS%" PRIu32, i ? "," : " ", s->asns[i]);
}

/* One side in words; "-" when it is not there. */
static const char *
words(const struct compare_change *c, const struct compare_state *s,
    char text[static STATE_LEN])
{
	snprintf(text, STATE_LEN, "-");
	if (!s->there)
		return text;
	switch (c->kind) {
	case COMPARE_PREFIX:
		origins(s, text);
		break;
	case COMPARE_RELATION:
		snprintf(text, STATE_LEN, "%s of AS%" PRIu32,
		    origin_relation_name(s->relation), c->other);
		break;
	case COMPARE_VRP:
		snprintf(text, STATE_LEN, "up to /%u", s->max_len);
		break;
	case COMPARE_ORG:
		snprintf(text, STATE_LEN, "%s (%s)",
		    s->org.id ? s->org.id : "-",
		    s->org.name ? s->org.name : "no name");
		break;
	case COMPARE_UPSTREAM:
		snprintf(text, STATE_LEN, "at %" PRIu32 " peer%s", s->peers,
		    s->peers == 1 ? "" : "s");
		break;
	case COMPARE_KINDS:
		break;
	}
	return text;
}

static void
subject(const struct compare_change *c, char *text, size_t room)
{
	char prefix[PREFIX_STRLEN];
	prefix_format(&c->prefix, prefix);
	if (c->kind == COMPARE_PREFIX)
		snprintf(text, room, "%s", prefix);
	else if (c->kind == COMPARE_VRP || c->kind == COMPARE_UPSTREAM)
		snprintf(text, room, "%s AS%" PRIu32, prefix, c->asn);
	else
		snprintf(text, room, "AS%" PRIu32, c->asn);
}

void
show_change(void *arg, const struct compare_change *c)
{
	(void)arg;
	char of[40], before[STATE_LEN], after[STATE_LEN];
	subject(c, of, sizeof(of));
	printf("%-12s  %-30s  %-7s  %-24s -> %s\n", compare_kind_name(c->kind),
	    of, what(c), words(c, &c->before, before),
	    words(c, &c->after, after));
}

static void
state_json(const struct compare_change *c, const char *key,
    const struct compare_state *s, struct json *j)
{
	if (!s->there) {
		json_null(j, key);
		return;
	}
	json_object(j, key);
	switch (c->kind) {
	case COMPARE_PREFIX:
		json_text(j, "layer", origin_layer_name(s->layer));
		json_array(j, "origins");
		for (size_t i = 0; i < s->nasns; i++)
			json_int(j, NULL, s->asns[i]);
		json_array_end(j);
		break;
	case COMPARE_RELATION:
		json_text(j, "relation", origin_relation_name(s->relation));
		break;
	case COMPARE_VRP:
		json_int(j, "max_len", s->max_len);
		break;
	case COMPARE_ORG:
		json_text(j, "id", s->org.id);
		json_text(j, "name", s->org.name);
		break;
	case COMPARE_UPSTREAM:
		json_int(j, "peers", s->peers);
		break;
	case COMPARE_KINDS:
		break;
	}
	json_object_end(j);
}

void
show_change_json(void *arg, const struct compare_change *c)
{
	(void)arg;
	struct json j = {0};
	char prefix[PREFIX_STRLEN];
	bool has_prefix = c->kind == COMPARE_PREFIX || c->kind == COMPARE_VRP ||
			  c->kind == COMPARE_UPSTREAM;
	json_object(&j, NULL);
	json_text(&j, "record", "origin-change");
	json_int(&j, "v", 1);
	json_text(&j, "of", compare_kind_name(c->kind));
	json_text(&j, "change", what(c));
	json_text(&j, "prefix",
	    has_prefix ? prefix_format(&c->prefix, prefix) : NULL);
	json_int_or_null(
	    &j, "as", c->kind != COMPARE_PREFIX ? (int64_t)c->asn : -1);
	json_int_or_null(&j, "other_as",
	    c->kind == COMPARE_RELATION ? (int64_t)c->other : -1);
	state_json(c, "before", &c->before, &j);
	state_json(c, "after", &c->after, &j);
	json_object_end(&j);
	json_line(&j, stdout);
}

void
show_sum(const struct compare *c)
{
	static const char *const names[COMPARE_KINDS] = {
	    "prefixes", "relations", "VRPs", "organisations", "upstreams"};
	char from[CLOCK_STRLEN], to[CLOCK_STRLEN];
	clock_format_us(c->before.at_us, from);
	clock_format_us(c->after.at_us, to);
	printf("%.10s -> %.10s: ", from, to);
	for (int k = 0; k < COMPARE_KINDS; k++) {
		const struct compare_sum *s = &c->sum;
		printf("%s%s ", k ? "; " : "", names[k]);
		if (s->unknown[k])
			printf("not known of both");
		else
			printf("%zu came, %zu went, %zu changed", s->came[k],
			    s->went[k], s->changed[k]);
		if (k == COMPARE_PREFIX)
			printf(" (%" PRIu64 " addresses)", s->addresses);
	}
	putchar('\n');
}

void
show_sum_json(const struct compare *c)
{
	struct json j = {0};
	json_object(&j, NULL);
	json_text(&j, "record", "origin-compare");
	json_int(&j, "v", 1);
	json_int(&j, "from_us", c->before.at_us);
	json_int(&j, "to_us", c->after.at_us);
	json_int(&j, "addresses", (int64_t)c->sum.addresses);
	for (int k = 0; k < COMPARE_KINDS; k++) {
		const char *key = compare_kind_name((enum compare_kind)k);
		if (c->sum.unknown[k]) {
			json_null(&j, key);
			continue;
		}
		json_object(&j, key);
		json_int(&j, "came", (int64_t)c->sum.came[k]);
		json_int(&j, "went", (int64_t)c->sum.went[k]);
		json_int(&j, "changed", (int64_t)c->sum.changed[k]);
		json_object_end(&j);
	}
	json_object_end(&j);
	json_line(&j, stdout);
}
