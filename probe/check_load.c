/* SPDX-License-Identifier: ISC */
#include "probe/check.h"
#include "probe/trace/mda.h"

#include <sysexits.h>

/*
 * Octets that a trace takes in a sealed segment, by what is kept of its
 * packets, and those of a segment with one trace. Measured in segments of 240
 * traces of four flows to the built-in targets by udp and tcp in the laboratory
 * of tests/internet, from two vantages, with and without a firewall: 563..631,
 * 1211..1280, 4454..4556.
 */
static const int64_t trace_octets[] = {
    [EVIDENCE_NONE] = 640, [EVIDENCE_EDGE] = 1300, [EVIDENCE_ALL] = 4600};
enum { SEGMENT_OCTETS = 135168 };

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* All paths to one target: bounded as a whole, by flows and by attempts. */
static void
paths_cost(const struct trace_config *t, struct load_cost *cost)
{
	struct mda_config m;
	mda_config_default(&m);
	int64_t ttls = t->max_ttl - t->first_ttl + 1;
	int64_t at_one = (int64_t)m.flows * RECORD_ATTEMPTS_MAX;
	cost->paths = least(m.probes, ttls * at_one);
	cost->paths_one = t->first_ttl == 1 ? least(m.probes, at_one) : 0;
	cost->paths_traces = m.flows;
}

/* As long as they will be, from the IP header on. */
static bool
probe_octets(const struct check *c, struct load_cost *cost, struct fault *f)
{
	struct build *b = build_open(c->config.vantage.contact, f);
	if (b == NULL)
		return false;
	for (int m = METHOD_UDP; m <= METHOD_TCP; m++) {
		uint8_t packet[BUILD_MAX];
		const struct flow_id flow = {
		    .sport = 1, .dport = 1, .method = m};
		const struct probe_id id = {1, 1};
		cost->octets[m] = build_probe(b, &flow, &id, 1, packet);
	}
	build_close(b);
	return true;
}

bool
check_load(struct check *c, struct fault *f)
{
	struct load_cost octets = {0};
	if (!probe_octets(c, &octets, f))
		return false;
	for (size_t i = 0; i < c->config.n; i++) {
		const struct config_campaign *k = &c->config.campaigns[i];
		struct load_cost *cost = &c->cost[i];
		struct trace_config t;
		engine_trace(k, &t);
		*cost = octets;
		cost->trace = engine_probes(&t);
		cost->trace_one = t.first_ttl == 1 ? t.attempts : 0;
		paths_cost(&t, cost);
		c->load[i] = load_of(&c->config, k, cost, c->now_us);
	}
	c->total = load_sum(&c->config, c->load);
	return true;
}

int64_t
check_spool_day(const struct check *c)
{
	int64_t sum = 0;
	for (size_t i = 0; i < c->config.n; i++) {
		enum config_evidence kept = c->config.campaigns[i].evidence;
		const struct load *l = &c->load[i];
		sum += l->day_traces * trace_octets[kept] +
		       l->slots_day * SEGMENT_OCTETS;
	}
	return sum;
}

/* At the ceiling every probe may be of the longest kind. */
double
check_peak_kbit(const struct check *c)
{
	size_t most = 0;
	for (size_t i = 0; i < c->config.n; i++) {
		const struct config_campaign *k = &c->config.campaigns[i];
		const size_t *octets = c->cost[i].octets;
		for (size_t m = 0; m < k->methods.n; m++)
			if (octets[k->methods.method[m]] > most)
				most = octets[k->methods.method[m]];
		if (k->control.n > 0 && octets[METHOD_ICMP] > most)
			most = octets[METHOD_ICMP];
	}
	return (double)c->config.vantage.rate * (double)most * 8 / 1000;
}

size_t
check_slots(const struct check *c, const struct config_campaign *k,
    struct check_slot *into, size_t n)
{
	struct schedule s = config_schedule(&c->config, k);
	int64_t slot = schedule_next(&s, c->now_us);
	size_t found = 0;
	for (; found < n; slot++) {
		int64_t at_us = schedule_planned_us(&s, slot);
		if (s.until_us >= 0 && at_us >= s.until_us)
			break;
		into[found++] = (struct check_slot){
		    slot, at_us, at_us + schedule_jitter_us(&s, slot)};
	}
	return found;
}
