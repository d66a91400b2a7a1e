/* SPDX-License-Identifier: ISC */
#include "probe/campaign/config_check.h"

#include "probe/base/clock.h"

/* A campaign and its section. */
struct part {
	const struct config *config;
	const struct config_campaign *k;
	const struct draft_section *s;
};

static struct place
where(const struct part *p, const char *key)
{
	return draft_where(p->s, key);
}

static bool
check_window(const struct part *p, struct fault *f)
{
	const struct config_campaign *k = p->k;
	struct schedule s = config_schedule(p->config, k);
	int64_t first_us = schedule_planned_us(&s, schedule_first(&s));
	char from[CLOCK_STRLEN], to[CLOCK_STRLEN];
	if (k->until_us < 0)
		return true;
	clock_format_us(k->until_us, to);
	if (k->until_us <= k->start_us)
		return draft_fault(f, where(p, "until"),
		    "[%s] until %s: not after start, %s", p->s->name, to,
		    clock_format_us(k->start_us, from));
	return first_us < k->until_us ||
	       draft_fault(f, where(p, "until"),
		   "[%s] until %s: not after the first slot, %s", p->s->name,
		   to, clock_format_us(first_us, from));
}

static bool
check_times(const struct part *p, struct fault *f)
{
	const struct config_campaign *k = p->k;
	const char *name = p->s->name;
	if (k->interval_s < 0)
		return draft_fault(
		    f, where(p, "interval"), "[%s] interval: not set", name);
	if (k->phase_s >= k->interval_s)
		return draft_fault(f, where(p, "phase"),
		    "[%s] phase %jd: not below the interval, %jd s", name,
		    (intmax_t)k->phase_s, (intmax_t)k->interval_s);
	if (k->jitter_s > k->interval_s / 4)
		return draft_fault(f, where(p, "jitter"),
		    "[%s] jitter %jd: above a quarter of the interval, %jd s",
		    name, (intmax_t)k->jitter_s, (intmax_t)k->interval_s / 4);
	return check_window(p, f);
}

static bool
check_probes(const struct part *p, struct fault *f)
{
	const struct config_campaign *k = p->k;
	if (k->port >= 0 && !methods_have_port(&k->methods))
		return draft_fault(f, where(p, "port"),
		    "[%s] port %jd: icmp has no ports", p->s->name,
		    (intmax_t)k->port);
	return k->max_ttl < 0 || k->first_ttl <= k->max_ttl ||
	       draft_fault(f, where(p, "first_ttl"),
		   "[%s] first_ttl %jd: above max_ttl, %jd", p->s->name,
		   (intmax_t)k->first_ttl, (intmax_t)k->max_ttl);
}

/* As for --sweep of tumen-probe trace. */
static bool
check_sweep(const struct part *p, struct fault *f)
{
	const struct config_campaign *k = p->k;
	if (k->mda > 0)
		return draft_fault(f, where(p, "mda"),
		    "[%s] mda %jd: not with sweep", p->s->name,
		    (intmax_t)k->mda);
	if (k->methods.n > 1)
		return draft_fault(f, where(p, "method"),
		    "[%s] method: names %zu, and a sweep takes one", p->s->name,
		    k->methods.n);
	return k->window < 0 || draft_fault(f, where(p, "window"),
				    "[%s] window %jd: not with sweep",
				    p->s->name, (intmax_t)k->window);
}

/* As for --mda of tumen-probe trace. */
static bool
check_mda(const struct part *p, struct fault *f)
{
	enum { ATTEMPTS = 5 };
	const struct config_campaign *k = p->k;
	if (methods_have(&k->methods, METHOD_ICMP))
		return draft_fault(f, where(p, "mda"),
		    "[%s] mda %jd: only with method udp or tcp; balancers see "
		    "all of icmp as one flow",
		    p->s->name, (intmax_t)k->mda);
	if (k->attempts > ATTEMPTS)
		return draft_fault(f, where(p, "attempts"),
		    "[%s] attempts %jd: not in 1..%d, with mda", p->s->name,
		    (intmax_t)k->attempts, ATTEMPTS);
	return k->linger_s < 0 || draft_fault(f, where(p, "linger"),
				      "[%s] linger %jd: not with mda",
				      p->s->name, (intmax_t)k->linger_s);
}

/* A survey steers its flows itself. */
static bool
check_survey(const struct part *p, struct fault *f)
{
	const struct config_campaign *k = p->k;
	if (!k->sweep && k->mda == 0)
		return true;
	if (draft_find(p->s, "flows") != NULL)
		return draft_fault(f, where(p, "flows"),
		    "[%s] flows %jd: not with %s", p->s->name,
		    (intmax_t)k->flows, k->sweep ? "sweep" : "mda");
	return k->sweep ? check_sweep(p, f) : check_mda(p, f);
}

static bool
check_campaign(struct draft *d, size_t i, struct fault *f)
{
	struct part p = {d->config, &d->config->campaigns[i], &d->campaigns[i]};
	return check_times(&p, f) && check_probes(&p, f) &&
	       check_survey(&p, f) && config_targets_campaign(d, i, f);
}

bool
config_check(struct draft *d, const char *name, struct fault *f)
{
	const struct config *c = d->config;
	struct place vantage = d->vantage.at;
	if (vantage.line == 0)
		vantage.file = name;
	if (c->vantage.name[0] == '\0')
		return draft_fault(f, vantage, "[vantage] name: not set");
	if (c->n == 0)
		return draft_fault(f, (struct place){name, 0},
		    "no [campaign NAME]: nothing to do");
	if (!config_targets_vantage(d, f))
		return false;
	for (size_t i = 0; i < c->n; i++)
		if (!check_campaign(d, i, f))
			return false;
	return true;
}
