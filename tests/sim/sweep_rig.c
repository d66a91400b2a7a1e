/* SPDX-License-Identifier: ISC */
#include "tests/sim/sweep_rig.h"

#include "probe/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ICMP_TIME_EXCEEDED = 11 };

/* A day: no sweep may last that long, whatever the network does. */
#define LONGEST_NS (86400 * NS_PER_S)
#define WALL	   (INT64_C(1795000000) * NS_PER_S)

static struct play *
parse(const char *text, uint64_t seed)
{
	char why[160];
	struct play *p = play_parse(text, seed, why);
	if (p == NULL) {
		fprintf(stderr, "scenario: %s\n", why);
		abort();
	}
	return p;
}

void
rig_open(struct rig *g, const char *text, uint64_t seed)
{
	struct fault f;
	*g = (struct rig){.text = text,
	    .seed = seed,
	    .random = {seed},
	    .method = METHOD_UDP,
	    .rate = 10000,
	    .now_ns = NS_PER_S};
	g->play = parse(text, seed);
	g->build = build_open("tumen simulation", &f);
	for (size_t i = 0; i < sizeof(g->key.secret); i++)
		g->key.secret[i] = (uint8_t)random_next(&g->random);
	sweep_config_default(&g->config);
}

void
rig_targets(struct rig *g, uint32_t first, unsigned bits)
{
	g->targets = (size_t)1 << bits;
	g->target = xcalloc(g->targets, sizeof(*g->target));
	for (size_t i = 0; i < g->targets; i++)
		g->target[i] = first + (uint32_t)i;
}

void
rig_close(struct rig *g)
{
	for (size_t i = 0; i < g->events; i++)
		free(g->event[i].bytes);
	for (size_t i = 0; i < g->targets; i++)
		record_clear(&g->record[i]);
	free(g->event);
	free(g->ask);
	free(g->record);
	free(g->join);
	free(g->target);
	sweep_close(g->sweep);
	play_close(g->play);
	build_close(g->build);
}

static void
schedule(struct rig *g, struct rig_event e)
{
	if (g->events == g->event_room) {
		g->event_room = 2 * g->event_room + 64;
		g->event =
		    xreallocarray(g->event, g->event_room, sizeof(*g->event));
	}
	size_t i = g->events++;
	for (; i > 0 && e.at_ns < g->event[(i - 1) / 2].at_ns; i = (i - 1) / 2)
		g->event[i] = g->event[(i - 1) / 2];
	g->event[i] = e;
}

static struct rig_event
earliest(struct rig *g)
{
	struct rig_event first = g->event[0], last = g->event[--g->events];
	size_t i = 0;
	for (size_t c = 1; c < g->events; c = 2 * i + 1) {
		if (c + 1 < g->events &&
		    g->event[c + 1].at_ns < g->event[c].at_ns)
			c++;
		if (g->event[c].at_ns >= last.at_ns)
			break;
		g->event[i] = g->event[c];
		i = c;
	}
	g->event[i] = last;
	return first;
}

static void
note_fate(struct rig *g, uint32_t target)
{
	uint32_t addr;
	enum play_fate fate = play_fate(g->play, &addr);
	if (fate == PLAY_RATE_LIMITED)
		g->limited++;
	if (addr == 0 || addr == target ||
	    (fate != PLAY_ANSWERED && fate != PLAY_RATE_LIMITED))
		return;
	if (g->asks == g->ask_room) {
		g->ask_room = 2 * g->ask_room + 64;
		g->ask = xreallocarray(g->ask, g->ask_room, sizeof(*g->ask));
	}
	g->ask[g->asks++] = (struct rig_ask){addr & ~UINT32_C(3), g->now_ns};
}

static void
transmit(struct rig *g, const struct survey_probe *p)
{
	static struct play_reply out[PLAY_REPLIES];
	uint8_t packet[BUILD_MAX];
	struct mono now = {g->now_ns};
	if (random_chance(&g->random, g->unsent)) {
		sweep_ops.not_sent(g->sweep, p->handle, now, ENOBUFS);
		return;
	}
	size_t len = build_probe(g->build, &p->flow, &p->id, p->ttl, packet);
	size_t n = play_send(g->play, packet, len, g->now_ns, out);
	note_fate(g, p->flow.dst);
	schedule(g,
	    (struct rig_event){.at_ns = g->now_ns + random_range(&g->random, 0,
							g->stamp_delay_ns),
		.stamp_ns = WALL + g->now_ns,
		.handle = p->handle});
	for (size_t i = 0; i < n; i++)
		schedule(g, (struct rig_event){.at_ns = out[i].at_ns,
				.stamp_ns = WALL + out[i].at_ns,
				.len = (uint16_t)out[i].len,
				.bytes = xmemdup(out[i].bytes, out[i].len)});
}

static void
happen(struct rig *g)
{
	struct rig_event e = earliest(g);
	struct reply reply;
	g->now_ns = e.at_ns;
	struct mono now = {g->now_ns};
	if (e.bytes == NULL)
		sweep_ops.sent(g->sweep, e.handle, now, e.stamp_ns);
	else if (reply_parse(e.bytes, e.len, &reply) != REPLY_GOOD ||
		 !sweep_ops.reply(g->sweep, &reply, now, e.stamp_ns))
		g->stray++;
	free(e.bytes);
}

static void
take_all(struct rig *g)
{
	struct record r;
	while (sweep_ops.take(g->sweep, &r)) {
		g->join[r.seq - 1] = sweep_join(g->sweep, &r);
		g->record[r.seq - 1] = r;
		g->records++;
	}
}

/* Sends what may leave now; else moves the clock to whatever comes first. */
static bool
advance(struct rig *g)
{
	struct mono now = {g->now_ns}, wake = {INT64_MAX};
	struct survey_probe p;
	int64_t pace_ns = pace_wait_ns(&g->pace, now);
	if (pace_ns == 0 && sweep_ops.next(g->sweep, now, &p)) {
		pace_take(&g->pace, now);
		transmit(g, &p);
		return true;
	}
	bool due = sweep_ops.wake(g->sweep, now, &wake);
	int64_t event_ns = g->events > 0 ? g->event[0].at_ns : INT64_MAX;
	if (wake.ns < g->now_ns + pace_ns)
		wake.ns = g->now_ns + pace_ns;
	if (!due && event_ns == INT64_MAX)
		return false;
	if (!due || event_ns <= wake.ns)
		happen(g);
	else
		g->now_ns = wake.ns;
	return true;
}

static void
begin(struct rig *g)
{
	static const uint16_t dport[] = {
	    [METHOD_UDP] = 33434, [METHOD_ICMP] = 0, [METHOD_TCP] = 80};
	struct survey_about about = {.seq = 1, .key = &g->key};
	about.record = (struct record){.vantage = "sim",
	    .method = g->method,
	    .src = play_source(g->play),
	    .sport = 33456,
	    .dport = dport[g->method],
	    .start_us = (WALL + g->now_ns) / 1000};
	pace_init(&g->pace, g->rate, 10, (struct mono){g->now_ns});
	g->begun_ns = g->now_ns;
	g->record = xcalloc(g->targets, sizeof(*g->record));
	g->join = xcalloc(g->targets, sizeof(*g->join));
	g->sweep = sweep_open(&g->config, &about, g->target, g->targets);
}

bool
rig_run(struct rig *g, int64_t until_ns)
{
	bool alive = true;
	if (g->sweep == NULL)
		begin(g);
	if (until_ns == 0)
		until_ns = LONGEST_NS;
	while (alive && !sweep_ops.over(g->sweep) && g->now_ns < until_ns) {
		alive = advance(g);
		take_all(g);
	}
	g->saved = sweep_saved(g->sweep);
	return sweep_ops.over(g->sweep);
}

void
rig_abort(struct rig *g, int error)
{
	sweep_ops.abort(g->sweep, (struct mono){g->now_ns}, error);
	take_all(g);
	g->saved = sweep_saved(g->sweep);
}

static int
by_addr(const void *va, const void *vb)
{
	const struct rig_ask *a = va, *b = vb;
	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	return (a->at_ns > b->at_ns) - (a->at_ns < b->at_ns);
}

size_t
rig_peak(struct rig *g, uint32_t *addr)
{
	size_t peak = 0, first = 0;
	if (g->asks > 0)
		qsort(g->ask, g->asks, sizeof(*g->ask), by_addr);
	for (size_t i = 0; i < g->asks; i++) {
		while (g->ask[first].addr != g->ask[i].addr ||
		       g->ask[first].at_ns <= g->ask[i].at_ns - NS_PER_S)
			first++;
		if (i + 1 - first > peak) {
			peak = i + 1 - first;
			*addr = g->ask[i].addr;
		}
	}
	return peak;
}

char *
rig_load(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = xcalloc(1, 65536);
	if (f == NULL || fread(text, 1, 65535, f) == 0)
		abort();
	fclose(f);
	return text;
}

/* --- the truth --------------------------------------------------------------
 */

/* Asks until nobody can have lost it; false: nobody ever answers there. */
static bool
ask_again(
    struct rig *g, struct play *p, const struct flow_id *flow, uint8_t ttl)
{
	uint8_t packet[BUILD_MAX];
	uint32_t addr;
	for (uint16_t n = 1; n <= 8; n++) {
		struct probe_id id = {n, n};
		size_t len = build_probe(g->build, flow, &id, ttl, packet);
		g->now_ns += NS_PER_S;
		size_t replies = play_send(p, packet, len, g->now_ns, g->truth);
		enum play_fate fate = play_fate(p, &addr);
		for (size_t i = 0; i < replies; i++) {
			g->truth[0] = g->truth[i];
			if (g->truth[0].genuine)
				return true;
		}
		if (fate == PLAY_SILENT || fate == PLAY_NOBODY)
			return false;
	}
	return false;
}

static struct flow_id
flow_of(const struct record *r)
{
	return (struct flow_id){
	    r->src, r->target, r->sport, r->dport, r->method};
}

static uint32_t
own_hop(const struct record *r, uint8_t ttl)
{
	for (size_t i = 0; i < r->nprobes; i++)
		if (r->probes[i].ttl == ttl && r->probes[i].answered &&
		    r->probes[i].proof == PROOF_BOTH)
			return r->probes[i].addr;
	return 0;
}

/* The hop as the record shows it, or else those that it joins. */
static uint32_t
hop(const struct rig *g, const struct record *r, uint8_t ttl)
{
	for (size_t n = 0; n <= RECORD_TTL_MAX; n++) {
		uint32_t addr = own_hop(r, ttl);
		const struct sweep_join *j = &g->join[r->seq - 1];
		if (addr != 0 || ttl >= j->ttl)
			return addr;
		r = &g->record[j->seq - 1];
	}
	return 0;
}

/* Whether so many TTLs behind the last answer were probed. */
static bool
honest(const struct rig *g, const struct record *r)
{
	uint64_t probed = 0;
	uint8_t last = (uint8_t)(g->config.first_ttl - 1);
	for (size_t i = 0; i < r->nprobes; i++) {
		probed |= UINT64_C(1) << (r->probes[i].ttl - 1);
		if (r->probes[i].answered && r->probes[i].ttl > last)
			last = r->probes[i].ttl;
	}
	for (uint8_t ttl = 1; ttl <= g->config.gap; ttl++)
		if (r->stop == STOP_GAP &&
		    (probed >> (last + ttl - 1) & 1) == 0)
			return false;
	return r->stop != 0;
}

static void
score_one(struct rig *g, struct play *truth, const struct record *r,
    struct rig_score *score)
{
	struct flow_id flow = flow_of(r);
	int silent = 0;
	for (uint8_t ttl = 1; ttl <= g->config.max_ttl; ttl++) {
		bool some = ask_again(g, truth, &flow, ttl);
		uint32_t is = some ? g->truth[0].addr : 0;
		uint32_t shown = hop(g, r, ttl);
		silent = is == 0 ? silent + 1 : 0;
		score->hops += is != 0;
		score->found += is != 0 && is == shown;
		score->wrong += shown != 0 && is != shown;
		score->wrong_own +=
		    own_hop(r, ttl) != 0 && own_hop(r, ttl) != is;
		if (is == r->target || silent >= g->config.gap ||
		    (some && g->truth[0].icmp_type != ICMP_TIME_EXCEEDED))
			return;
	}
}

struct rig_score
rig_score(struct rig *g)
{
	struct rig_score score = {0};
	struct play *truth = parse(g->text, g->seed);
	for (size_t i = 0; i < g->targets; i++) {
		if (g->record[i].stop == 0)
			continue;
		score_one(g, truth, &g->record[i], &score);
		score.uneven += !honest(g, &g->record[i]);
	}
	play_close(truth);
	return score;
}
