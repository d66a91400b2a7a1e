/* SPDX-License-Identifier: ISC */
#include "tests/sim/diff_world.h"

#include <stdio.h>
#include <string.h>

/* Each has a place of its own for the first and the second of a branch. */
static struct diff_stage
new_stage(struct diff_world *w, struct random *r)
{
	struct diff_stage s = {
	    .id = w->next_id, .as = w->next_as, .width = 1, .length = {1}};
	w->next_id = (uint8_t)(w->next_id + 2);
	if (random_chance(r, 100000))
		snprintf(s.option, sizeof(s.option), "silent");
	else if (random_chance(r, 150000))
		snprintf(s.option, sizeof(s.option), "limit=%d/m burst=%d",
		    (int)random_range(r, 10, 120), (int)random_range(r, 1, 5));
	else if (random_chance(r, 100000))
		snprintf(s.option, sizeof(s.option), "zero-ttl");
	return s;
}

static void
balance(struct diff_stage *s, enum diff_balance kind, struct random *r)
{
	s->width = (uint8_t)random_range(r, 2, DIFF_WORLD_WIDTH);
	s->packet = kind != DIFF_BY_FLOW && random_chance(r, 700000);
	uint8_t length = (uint8_t)random_range(r, 1, 2);
	for (int b = 0; b < DIFF_WORLD_WIDTH; b++)
		s->length[b] = length;
	for (int b = 0; kind != DIFF_BY_PACKET && b < DIFF_WORLD_WIDTH; b++)
		s->length[b] = (uint8_t)random_range(r, 1, 2);
	s->option[0] = '\0';
}

void
diff_world_make(struct diff_world *w, enum diff_balance kind, struct random *r)
{
	*w = (struct diff_world){.n = (uint8_t)random_range(r, 3, 20),
	    .next_id = 2,
	    .next_as = 1,
	    .mute = random_chance(r, 200000)};
	for (uint8_t i = 0; i < w->n; i++) {
		w->next_as = (uint8_t)(w->next_as + random_chance(r, 300000));
		w->stage[i] = new_stage(w, r);
		bool inside = i > 0 && i + 1 < w->n;
		if (inside && random_chance(r, 250000))
			balance(&w->stage[i], kind, r);
	}
	w->next_as++;
	if (random_chance(r, 150000)) {
		w->refused_at = (uint8_t)random_range(r, 1, w->n);
		w->code = random_chance(r, 500000) ? 10 : 13;
	}
	int loss = random_chance(r, 700000) ? (int)random_below(r, 21) : 0;
	snprintf(w->router, sizeof(w->router),
	    "loss=%d%% duplicate=%d%% late=%d%%:2s-4s", loss,
	    (int)random_below(r, 10), (int)random_below(r, 5));
	snprintf(w->link, sizeof(w->link), "delay=%dms jitter=%dms",
	    (int)random_range(r, 1, 12), (int)random_below(r, 5));
}

static const char *const change_names[] = {
    [DIFF_NEW_HOP] = "a hop",
    [DIFF_NEW_AS] = "an AS",
    [DIFF_LONGER] = "longer",
    [DIFF_SHORTER] = "shorter",
    [DIFF_DETOUR] = "a detour",
    [DIFF_NEW_END] = "an end",
};

const char *
diff_change_name(enum diff_change c)
{
	return change_names[c];
}

/* stage[from..from + old - 1] become `fresh` new ones of another AS. */
static void
replace(struct diff_world *w, uint8_t from, uint8_t old, uint8_t fresh,
    struct random *r)
{
	size_t behind = (size_t)w->n - from - old;
	memmove(&w->stage[from + fresh], &w->stage[from + old],
	    behind * sizeof(w->stage[0]));
	for (uint8_t i = 0; i < fresh; i++)
		w->stage[from + i] = new_stage(w, r);
	if (w->refused_at > from)
		w->refused_at = w->refused_at > from + old
				    ? (uint8_t)(w->refused_at + fresh - old)
				    : (uint8_t)(from + (fresh > 0));
	w->n = (uint8_t)(w->n + fresh - old);
}

static void
change_end(struct diff_world *w, struct random *r)
{
	if (w->refused_at > 0 && random_chance(r, 300000)) {
		w->code = w->code == 13 ? 10 : 13;
		return;
	}
	uint8_t at = w->refused_at;
	if (at > 0 && random_chance(r, 500000)) {
		w->refused_at = 0;
		return;
	}
	while (w->refused_at == at)
		w->refused_at = (uint8_t)random_range(r, 1, w->n);
	w->code = w->code == 0 ? 13 : w->code;
}

void
diff_world_change(struct diff_world *w, enum diff_change c, struct random *r)
{
	uint8_t most = w->n < 5 ? w->n : 5;
	uint8_t old = (uint8_t)random_range(r, 1, most), fresh = old;
	w->next_as = (uint8_t)(w->next_as + 1);
	switch (c) {
	case DIFF_NEW_HOP:
		old = fresh = 1;
		w->next_as = random_chance(r, 500000) ? w->next_as : 1;
		break;
	case DIFF_NEW_AS:
	case DIFF_DETOUR:
		break;
	case DIFF_LONGER:
		old = (uint8_t)(old - 1);
		fresh = (uint8_t)(old + random_range(r, 1, 3));
		break;
	case DIFF_SHORTER:
		if (w->n == old)
			old--;
		fresh = (uint8_t)random_below(r, old);
		break;
	case DIFF_NEW_END:
		change_end(w, r);
		return;
	case DIFF_CHANGES:
		return;
	}
	replace(w, (uint8_t)random_below(r, (uint32_t)(w->n - old + 1)), old,
	    fresh, r);
}

/* Nodes that the next stage's routers are reached from. */
struct front {
	int n;
	char name[DIFF_WORLD_WIDTH][16];
};

static void
say_routes(
    const struct diff_stage *to, const struct front *from, struct scenario *s)
{
	for (int i = 0; i < from->n; i++) {
		scenario_say(s, "route %s 0.0.0.0/0 ", from->name[i]);
		for (int b = 0; b < to->width; b++)
			scenario_say(
			    s, "%sr%d-%d", b > 0 ? "," : "", to->id, b);
		scenario_say(s, "%s\n", to->packet ? " by=packet" : "");
	}
}

static void
say_stage(const struct diff_stage *st, struct front *front, struct scenario *s)
{
	for (int b = 0; b < st->width; b++)
		for (int k = 0; k < st->length[b]; k++)
			scenario_say(s, "router r%d-%d 10.%d.%d.%d %s\n",
			    st->id + k, b, st->as, st->id + k, b, st->option);
	say_routes(st, front, s);
	front->n = st->width;
	for (int b = 0; b < st->width; b++) {
		int last = st->id + st->length[b] - 1;
		snprintf(
		    front->name[b], sizeof(front->name[b]), "r%d-%d", last, b);
		if (st->length[b] > 1)
			scenario_say(s, "route r%d-%d 0.0.0.0/0 r%d-%d\n",
			    st->id, b, last, b);
	}
}

void
diff_world_say(const struct diff_world *w, struct scenario *s)
{
	struct front front = {1, {"source"}};
	s->n = 0;
	scenario_say(s, "source 192.0.2.1\ndefaults router %s\n", w->router);
	scenario_say(s, "defaults link %s\n", w->link);
	for (uint8_t i = 0; i < w->n; i++) {
		say_stage(&w->stage[i], &front, s);
		for (int b = 0; w->refused_at == i + 1 && b < front.n; b++)
			scenario_say(s, "deny %s 203.0.113.0/24 code=%d\n",
			    front.name[b], w->code);
	}
	scenario_say(s, "router edge 10.0.0.1\n");
	for (int b = 0; b < front.n; b++)
		scenario_say(s, "route %s 0.0.0.0/0 edge\n", front.name[b]);
	scenario_say(
	    s, "hosts 203.0.113.0/24 edge %s\n", w->mute ? "silent" : "");
}
