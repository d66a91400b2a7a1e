/* SPDX-License-Identifier: ISC */
#include "probe/campaign/load.h"

#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "probe/campaign/learn.h"

#include <stdlib.h>

enum { DAY_S = 86400 };

/* Days that are looked through for the busiest one of a short campaign. */
enum { DAYS_MAX = 400 };

static int64_t
parts(int64_t whole, int64_t part)
{
	return (whole + part - 1) / part;
}

/* Slots planned before a time. */
static int64_t
slots_before(const struct schedule *s, int64_t us)
{
	int64_t slot = schedule_slot(s, us - 1) + 1;
	return slot > 0 ? slot : 0;
}

static int64_t
slots_between(const struct schedule *s, int64_t from_us, int64_t to_us)
{
	if (from_us < s->start_us)
		from_us = s->start_us;
	if (s->until_us >= 0 && to_us > s->until_us)
		to_us = s->until_us;
	return from_us < to_us
		   ? slots_before(s, to_us) - slots_before(s, from_us)
		   : 0;
}

/*
 * Days that are not a whole number of intervals have one slot more or less; in
 * the long run there is a day with the most. A campaign with an end may have
 * none such.
 */
static int64_t
slots_day(const struct schedule *s, int64_t now_us)
{
	int64_t from_us = now_us > s->start_us ? now_us : s->start_us;
	int64_t day_us = from_us - from_us % US_PER_DAY;
	int64_t most = parts(US_PER_DAY, s->interval_us), found = 0;
	if (s->until_us < 0 || s->until_us > day_us + DAYS_MAX * US_PER_DAY)
		return most;
	if (s->until_us <= now_us)
		return 0;
	for (; day_us < s->until_us; day_us += US_PER_DAY) {
		int64_t n = slots_between(s, day_us, day_us + US_PER_DAY);
		found = n > found ? n : found;
	}
	return found;
}

/* Traces that are no search for all paths. */
static int64_t
plain_jobs(const struct config_campaign *k)
{
	return (int64_t)k->methods.n * k->flows;
}

/*
 * Ports of one target that are looked at beside the one in use, which every
 * run traces.
 */
static int64_t
looks_at(const struct config_campaign *k, uint32_t target)
{
	uint16_t ports[CONFIG_PORTS_MAX];
	if (k->verify_s == 0 || k->port >= 0 || k->sweep ||
	    !methods_have(&k->methods, METHOD_TCP))
		return 0;
	int64_t n = (int64_t)learn_ports(k, target, ports, CONFIG_PORTS_MAX);
	return n > 0 ? n - 1 : 0;
}

static int64_t
all_looks(const struct config_campaign *k)
{
	int64_t n = 0;
	for (size_t i = 0; i < k->targets.n; i++)
		n += looks_at(k, k->targets.addr[i]);
	return n;
}

/* Every method has as many traces as any other. */
static double
octets_run(const struct config_campaign *k, const struct load *l,
    const struct load_cost *cost)
{
	double sum = 0;
	for (size_t i = 0; i < k->methods.n; i++)
		sum += (double)cost->octets[k->methods.method[i]];
	return (double)l->run_targets * sum / (double)k->methods.n +
	       (double)l->run_control * (double)cost->octets[METHOD_ICMP];
}

/* What a run is made of. */
static void
count_run(const struct config_campaign *k, const struct load_cost *cost,
    struct load *l)
{
	bool paths = k->mda > 0;
	l->trace = cost->trace;
	l->run_target = paths ? (int64_t)k->methods.n * cost->paths
			      : plain_jobs(k) * cost->trace;
	l->run_targets = (int64_t)k->targets.n * l->run_target;
	l->run_control =
	    (int64_t)k->control.n * LOAD_CONTROL_TRACES * cost->trace;
	l->run_verify = all_looks(k) * cost->trace;
	l->run = l->run_targets + l->run_control + l->run_verify;
}

static void
count_day(const struct config_campaign *k, const struct load_cost *cost,
    struct load *l)
{
	int64_t targets = (int64_t)k->targets.n, looks = all_looks(k);
	int64_t plain = (int64_t)k->control.n * LOAD_CONTROL_TRACES;
	int64_t searches = k->mda > 0 ? targets * (int64_t)k->methods.n : 0;
	int64_t looked = l->verify_day * looks;
	if (k->mda == 0)
		plain += targets * plain_jobs(k);
	l->day = l->slots_day * (l->run_targets + l->run_control) +
		 l->verify_day * l->run_verify;
	l->day_control = l->slots_day * LOAD_CONTROL_TRACES * cost->trace;
	if (k->control.n == 0)
		l->day_control = 0;
	for (size_t i = 0; i < k->targets.n; i++) {
		int64_t n = load_to_target(k, l, k->targets.addr[i]);
		l->day_target = n > l->day_target ? n : l->day_target;
	}
	l->day_one = l->slots_day * (plain * cost->trace_one +
					searches * cost->paths_one) +
		     looked * cost->trace_one;
	l->day_traces =
	    l->slots_day * (plain + searches * cost->paths_traces) + looked;
}

/*
 * A port has its turn once in verify_s, and is looked at in the slot that comes
 * next: always so long after it, or sooner one time and later another.
 */
static int64_t
looks_day(const struct config_campaign *k, int64_t slots)
{
	if (k->verify_s == 0)
		return 0;
	int64_t early_s = k->verify_s % k->interval_s == 0 ? 0 : k->interval_s;
	int64_t most = parts(DAY_S + early_s, k->verify_s);
	return most < slots ? most : slots;
}

struct load
load_of(const struct config *c, const struct config_campaign *k,
    const struct load_cost *cost, int64_t now_us)
{
	struct schedule s = config_schedule(c, k);
	struct load l = {.slots_day = slots_day(&s, now_us)};
	if (l.slots_day == 0)
		return l;
	l.verify_day = looks_day(k, l.slots_day);
	count_run(k, cost, &l);
	count_day(k, cost, &l);
	double looks = (double)l.run_verify;
	double run = octets_run(k, &l, cost);
	double look_s =
	    (double)(k->verify_s > k->interval_s ? k->verify_s : k->interval_s);
	double tcp = (double)cost->octets[METHOD_TCP];
	l.day_octets = (int64_t)((double)l.slots_day * run +
				 (double)l.verify_day * looks * tcp + 0.5);
	l.per_s =
	    (double)(l.run_targets + l.run_control) / (double)k->interval_s +
	    looks / look_s;
	l.octets_per_s = run / (double)k->interval_s + looks * tcp / look_s;
	l.run_s = l.run / c->vantage.rate;
	return l;
}

int64_t
load_to_target(
    const struct config_campaign *k, const struct load *l, uint32_t target)
{
	return l->slots_day * l->run_target +
	       l->verify_day * looks_at(k, target) * l->trace;
}

struct share {
	uint32_t addr;
	int64_t day;
};

static int
by_address(const void *a, const void *b)
{
	const struct share *x = a, *y = b;
	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/* Who gets the most of all. */
static struct share
busiest(struct share *v, size_t n)
{
	struct share best = {0}, now = {0};
	if (n > 0)
		qsort(v, n, sizeof(*v), by_address);
	for (size_t i = 0; i < n; i++) {
		if (v[i].addr != now.addr)
			now = (struct share){.addr = v[i].addr};
		now.day += v[i].day;
		if (now.day > best.day)
			best = now;
	}
	return best;
}

static struct share
busiest_target(const struct config *c, const struct load *each)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++)
		n += c->campaigns[i].targets.n;
	struct share *v = xcalloc(n, sizeof(*v));
	n = 0;
	for (size_t i = 0; i < c->n; i++) {
		const struct config_campaign *k = &c->campaigns[i];
		for (size_t t = 0; t < k->targets.n; t++)
			v[n++] = (struct share){k->targets.addr[t],
			    load_to_target(k, &each[i], k->targets.addr[t])};
	}
	struct share best = busiest(v, n);
	free(v);
	return best;
}

static struct share
busiest_control(const struct config *c, const struct load *each)
{
	struct share v[CONFIG_CAMPAIGNS_MAX * CONFIG_CONTROLS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++) {
		const struct config_campaign *k = &c->campaigns[i];
		for (size_t t = 0;
		     t < k->control.n && n < sizeof(v) / sizeof(v[0]); t++)
			v[n++] = (struct share){
			    k->control.addr[t], each[i].day_control};
	}
	return busiest(v, n);
}

static void
add(struct load *sum, const struct load *l)
{
	sum->slots_day += l->slots_day;
	sum->day += l->day;
	sum->day_one += l->day_one;
	sum->day_traces += l->day_traces;
	sum->day_octets += l->day_octets;
	sum->per_s += l->per_s;
	sum->octets_per_s += l->octets_per_s;
}

struct load_total
load_sum(const struct config *c, const struct load *each)
{
	struct load_total total = {.target = 0};
	struct share target = busiest_target(c, each);
	struct share control = busiest_control(c, each);
	for (size_t i = 0; i < c->n; i++)
		add(&total.sum, &each[i]);
	total.target = target.addr;
	total.target_day = target.day;
	total.control = control.addr;
	total.control_day = control.day;
	return total;
}
