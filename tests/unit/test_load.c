/* SPDX-License-Identifier: ISC */
#include "probe/campaign/load.h"

#include "probe/base/clock.h"
#include "probe/campaign/learn.h"
#include "probe/campaign/round.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * The figures of load.c against every packet of simulated days, counted slot by
 * slot and job by job: those that the agent makes, with what it would have
 * learnt of them.
 */

enum { DAYS = 40, TARGETS = 8 };

#define DAY0	(INT64_C(20000) * US_PER_DAY) /* 2024-10-04 */
#define WEB	0xaf2db047u		      /* 175.45.176.71, ports 80, 443 */
#define MAIL	0xaf2db00au		      /* 175.45.176.10, port 25 */
#define ROUTER	0xaf2db281u		      /* 175.45.178.129, four ports */
#define NOBODY	0xc6336407u		      /* 198.51.100.7 */
#define CONTROL 0xc0000201u		      /* 192.0.2.1 */

static uint32_t three[] = {WEB, MAIL, ROUTER};
static uint32_t two[] = {CONTROL, CONTROL + 1};
static uint32_t one[] = {NOBODY};

static const struct load_cost cost = {.trace = 64,
    .trace_one = 2,
    .paths = 8192,
    .paths_one = 5120,
    .paths_traces = 512,
    .octets = {[METHOD_UDP] = 47, [METHOD_ICMP] = 49, [METHOD_TCP] = 44}};

static const struct config_campaign plain = {.targets = {three, 3},
    .methods = {{METHOD_UDP}, 1},
    .port = -1,
    .flows = 1,
    .interval_s = 900,
    .phase_s = 60,
    .until_us = -1,
    .quiet = 1};

/* What is counted of one day. */
struct day {
	int64_t slots, packets, ones, traces, octets;
	int64_t to[TARGETS], control;
};

struct world {
	const struct config_campaign *k;
	struct day day[DAYS];
	struct learn *learn;
	int64_t run_max;
	int64_t packets, octets; /* of all days */
};

static void
probe_by(struct day *d, enum record_method m, int64_t n, int64_t ones)
{
	for (int64_t i = 0; i < n; i++) {
		d->packets++;
		d->octets += (int64_t)cost.octets[m];
	}
	d->ones += ones;
}

static void
keep_larger(int64_t *most, int64_t n)
{
	*most = n > *most ? n : *most;
}

static size_t
index_of(const struct config_campaign *k, uint32_t target)
{
	size_t i = 0;
	while (k->targets.addr[i] != target)
		i++;
	return i;
}

/* A trace to which nobody answered. */
static void
remember(struct world *w, const struct plan_job *job, int64_t at_us)
{
	const struct record r = {.target = job->target,
	    .method = job->method,
	    .port = job->port,
	    .start_us = at_us,
	    .stop = STOP_GAP};
	learn_trace(w->learn, w->k, &r);
}

static void
to_target(
    struct world *w, struct day *d, const struct plan_job *job, bool paths)
{
	int64_t n = paths ? cost.paths : cost.trace;
	probe_by(d, job->method, n, paths ? cost.paths_one : cost.trace_one);
	d->traces += paths ? cost.paths_traces : 1;
	d->to[index_of(w->k, job->target)] += n;
}

static void
to_control(struct world *w, struct day *d, const struct plan_job *job)
{
	probe_by(d, job->method, cost.trace, cost.trace_one);
	d->traces++;
	if (job->target == w->k->control.addr[0])
		d->control += cost.trace;
}

static void
one_job(struct world *w, struct day *d, const struct round *r, size_t i)
{
	struct plan_job job = r->v[i].job;
	switch (r->v[i].kind) {
	case ROUND_CONTROL:
		to_control(w, d, &job);
		break;
	case ROUND_TRACE:
	case ROUND_PATHS:
		to_target(w, d, &job, r->v[i].kind == ROUND_PATHS);
		break;
	case ROUND_SWEEP:
		for (size_t t = 0; t < r->targets.n; t++) {
			job.target = r->targets.addr[t];
			to_target(w, d, &job, false);
		}
		break;
	}
}

static void
one_run(struct world *w, struct day *d, int64_t slot, int64_t at_us)
{
	struct round r;
	int64_t before = d->packets;
	d->slots++;
	round_make(&r, w->k, w->learn, slot, at_us);
	for (size_t i = 0; i < r.n; i++) {
		one_job(w, d, &r, i);
		if (r.v[i].kind != ROUND_CONTROL)
			remember(w, &r.v[i].job, at_us);
	}
	round_clear(&r);
	learn_run_over(w->learn, w->k);
	keep_larger(&w->run_max, d->packets - before);
}

static void
live(struct world *w, const struct config *c)
{
	struct schedule s = config_schedule(c, w->k);
	for (int64_t n = schedule_next(&s, DAY0 - 1);; n++) {
		int64_t at_us = schedule_planned_us(&s, n);
		if (at_us >= DAY0 + DAYS * US_PER_DAY)
			break;
		if (at_us < w->k->start_us ||
		    (w->k->until_us >= 0 && at_us >= w->k->until_us))
			continue;
		one_run(w, &w->day[(at_us - DAY0) / US_PER_DAY], n, at_us);
	}
	for (int i = 0; i < DAYS; i++) {
		w->packets += w->day[i].packets;
		w->octets += w->day[i].octets;
	}
}

/* Of each figure the largest of all days. */
static struct day
busiest(const struct world *w)
{
	struct day most = {0};
	for (int i = 0; i < DAYS; i++) {
		const struct day *d = &w->day[i];
		keep_larger(&most.slots, d->slots);
		keep_larger(&most.packets, d->packets);
		keep_larger(&most.ones, d->ones);
		keep_larger(&most.traces, d->traces);
		keep_larger(&most.octets, d->octets);
		keep_larger(&most.control, d->control);
		for (int t = 0; t < TARGETS; t++)
			keep_larger(&most.to[t], d->to[t]);
	}
	return most;
}

static void
assert_near(double got, double want, double part)
{
	assert_true(got >= want * (1 - part) && got <= want * (1 + part));
}

/* What a figure may be above what was counted: looks that were not due. */
static void
assert_most(int64_t figure, int64_t counted, int64_t slack)
{
	assert_in_range(figure, counted, counted + slack);
}

static void
assert_days(const struct load *l, const struct world *w, int64_t looks_more)
{
	struct day most = busiest(w);
	int64_t to = 0, more = looks_more * l->run_verify;
	for (size_t i = 0; i < w->k->targets.n; i++) {
		uint32_t target = w->k->targets.addr[i];
		assert_most(load_to_target(w->k, l, target), most.to[i], more);
		keep_larger(&to, most.to[i]);
	}
	assert_int_equal(l->slots_day, most.slots);
	assert_most(l->run, w->run_max, l->run_verify);
	assert_int_equal(
	    l->run, l->run_targets + l->run_control + l->run_verify);
	assert_most(l->day, most.packets, more);
	assert_most(l->day_target, to, more);
	assert_int_equal(l->day_control, most.control);
	assert_most(l->day_one, most.ones, more);
	assert_most(l->day_traces, most.traces, more / cost.trace);
	assert_most(l->day_octets, most.octets,
	    more * (int64_t)cost.octets[METHOD_TCP]);
}

/* looks_more: of each port, a day, that only a bound has. */
static void
assert_bound(const struct config_campaign *k, int64_t looks_more)
{
	struct config_campaign copy = *k;
	struct config c = {
	    .vantage = {.name = "sel", .rate = 20}, .campaigns = &copy, .n = 1};
	struct world *w = calloc(1, sizeof(*w));
	w->k = &copy;
	w->learn = learn_open("/nowhere/at/all", NULL);
	assert_non_null(w->learn);
	live(w, &c);
	struct load l = load_of(&c, &copy, &cost, DAY0);
	assert_days(&l, w, looks_more);
	if (k->until_us < 0 && k->start_us <= DAY0) {
		double s = (double)DAYS * 86400;
		assert_near((double)w->packets / s, l.per_s, 0.03);
		assert_near((double)w->octets / s, l.octets_per_s, 0.03);
	}
	learn_close(w->learn);
	free(w);
}

static void
assert_same(const struct config_campaign *k)
{
	assert_bound(k, 0);
}

static void
a_plain_campaign(void **state)
{
	(void)state;
	assert_same(&plain);
	struct config_campaign k = plain;
	k.flows = 4;
	k.methods = (struct methods){{METHOD_UDP, METHOD_ICMP}, 2};
	assert_same(&k);
	k.control = (struct targets){two, 2};
	assert_same(&k);
}

static void
ports_are_looked_at(void **state)
{
	(void)state;
	struct config_campaign k = plain;
	k.methods = (struct methods){{METHOD_TCP, METHOD_UDP}, 2};
	k.control = (struct targets){two, 2};
	k.verify_s = 86400;
	assert_same(&k);
	k.verify_s = 21600;
	assert_same(&k);
	k.verify_s = 600; /* each slot, then */
	assert_same(&k);
	memcpy(k.ports, (uint16_t[]){22, 80, 443}, 3 * sizeof(k.ports[0]));
	k.targets = (struct targets){one, 1};
	k.verify_s = 43200;
	assert_same(&k);
	k.port = 80; /* then there is nothing to choose */
	assert_same(&k);
	k.port = -1;
	k.verify_s = 86400;
	k.interval_s = 420; /* a turn may come to be of the next day */
	assert_bound(&k, 1);
}

/* One port looked at beside the one in use, by hand. */
static void
the_figures_of_one_configuration(void **state)
{
	(void)state;
	struct config_campaign k = plain;
	struct config c = {.vantage = {.rate = 20}, .campaigns = &k, .n = 1};
	k.methods = (struct methods){{METHOD_TCP}, 1};
	k.control = (struct targets){two, 2};
	k.verify_s = 86400;
	struct load l = load_of(&c, &k, &cost, DAY0);
	assert_int_equal(l.slots_day, 96);
	assert_int_equal(l.run_targets, 3 * 64);
	assert_int_equal(l.run_control, 2 * 2 * 64);
	assert_int_equal(l.run_verify, (1 + 0 + 3) * 64);
	assert_int_equal(l.day, 96 * (3 + 4) * 64 + 4 * 64);
	assert_int_equal(l.day_target, 96 * 64 + 3 * 64);
	assert_int_equal(l.day_control, 96 * 2 * 64);
	assert_int_equal(l.run_s, (3 + 4 + 4) * 64 / 20);
}

static void
days_are_no_multiple_of_the_interval(void **state)
{
	(void)state;
	static const int64_t odd[] = {420, 1000, 50000, 80000, 100000, 129600};
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct config_campaign k = plain;
		k.interval_s = odd[i];
		k.control = (struct targets){two, 1};
		assert_same(&k);
	}
	struct config_campaign k = plain;
	k.interval_s = 604800;
	struct config c = {.vantage = {.rate = 20}, .campaigns = &k, .n = 1};
	struct load l = load_of(&c, &k, &cost, DAY0);
	assert_int_equal(l.day, 3 * 64);
	assert_near(l.per_s, 3 * 64 / (7 * 86400.0), 1e-9);
}

static void
all_paths_and_sweeps(void **state)
{
	(void)state;
	struct config_campaign k = plain;
	k.mda = 95;
	k.methods = (struct methods){{METHOD_UDP, METHOD_TCP}, 2};
	k.interval_s = 21600;
	k.control = (struct targets){two, 2};
	k.verify_s = 86400;
	assert_same(&k);
	k.mda = 0;
	k.sweep = true;
	k.methods = (struct methods){{METHOD_TCP}, 1};
	assert_same(&k);
}

static void
begins_and_ends(void **state)
{
	(void)state;
	static const int64_t H = 3600 * US_PER_S;
	struct config_campaign k = plain;
	k.start_us = DAY0 + 12 * H; /* two halves of days */
	k.until_us = DAY0 + 36 * H;
	assert_same(&k);
	k.until_us = DAY0 + 61 * H; /* a whole one between */
	assert_same(&k);
	k.until_us = k.start_us + 3600 * US_PER_S;
	assert_same(&k);
	k.interval_s = 420; /* every day has 205 or 206 */
	k.until_us = DAY0 + 5 * US_PER_DAY;
	assert_same(&k);
	struct config c = {.vantage = {.rate = 20}, .campaigns = &k, .n = 1};
	struct load l = load_of(&c, &k, &cost, k.until_us);
	assert_int_equal(l.slots_day, 0);
	assert_int_equal(l.day, 0);
	assert_int_equal(l.run, 0);
	assert_near(l.per_s, 0, 0);
	l = load_of(&c, &k, &cost, k.until_us - 1);
	assert_true(l.day > 0);
}

static void
all_campaigns_together(void **state)
{
	(void)state;
	struct config_campaign k[2] = {plain, plain};
	struct config c = {.vantage = {.rate = 20}, .campaigns = k, .n = 2};
	static uint32_t other[] = {NOBODY, ROUTER};
	k[0].control = (struct targets){two, 2};
	k[1].control = (struct targets){two + 1, 1};
	k[1].targets = (struct targets){other, 2};
	k[1].interval_s = 3600;
	struct load each[2] = {
	    load_of(&c, &k[0], &cost, DAY0), load_of(&c, &k[1], &cost, DAY0)};
	struct load_total t = load_sum(&c, each);
	assert_int_equal(t.sum.day, each[0].day + each[1].day);
	assert_int_equal(t.sum.day, 96 * (3 + 4) * 64 + 24 * (2 + 2) * 64);
	assert_int_equal(t.target, ROUTER); /* both trace it */
	assert_int_equal(t.target_day, (96 + 24) * 64);
	assert_int_equal(t.control, CONTROL + 1);
	assert_int_equal(t.control_day, (96 + 24) * 2 * 64);
	assert_near(t.sum.per_s, each[0].per_s + each[1].per_s, 1e-9);
	k[0].control.n = k[1].control.n = 0;
	each[0] = load_of(&c, &k[0], &cost, DAY0);
	each[1] = load_of(&c, &k[1], &cost, DAY0);
	t = load_sum(&c, each);
	assert_int_equal(t.control, 0);
	assert_int_equal(t.control_day, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_plain_campaign),
	    cmocka_unit_test(ports_are_looked_at),
	    cmocka_unit_test(the_figures_of_one_configuration),
	    cmocka_unit_test(days_are_no_multiple_of_the_interval),
	    cmocka_unit_test(all_paths_and_sweeps),
	    cmocka_unit_test(begins_and_ends),
	    cmocka_unit_test(all_campaigns_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
