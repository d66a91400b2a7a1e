/* SPDX-License-Identifier: ISC */
#include "probe/survey_open.h"

uint32_t
survey_burst(uint32_t rate)
{
	enum { LEAST = 10, MOST = 65536 };
	uint32_t burst = rate / 10;
	return burst < LEAST ? LEAST : burst > MOST ? MOST : burst;
}

struct sweep *
survey_open_sweep(const struct survey_about *about,
    const struct survey_limits *l, const struct targets *targets)
{
	const struct trace_config *t = l->trace;
	struct sweep_config c;
	sweep_config_default(&c);
	c.first_ttl = t->first_ttl;
	c.max_ttl = t->max_ttl;
	c.attempts = t->attempts;
	c.gap = t->gap;
	c.wait_ns = t->wait_ns;
	if (l->linger)
		c.linger_ns = t->linger_ns;
	c.responder_rate = l->responder_rate;
	c.responder_burst = survey_burst(l->responder_rate);
	c.target_rate = l->target_rate;
	return sweep_open(&c, about, targets->addr, targets->n);
}

struct mda *
survey_open_mda(const struct survey_about *about, const struct survey_limits *l,
    struct responders *r)
{
	const struct trace_config *t = l->trace;
	struct mda_config c;
	mda_config_default(&c);
	c.confidence = l->confidence;
	c.first_ttl = t->first_ttl;
	c.max_ttl = t->max_ttl;
	c.gap = t->gap;
	if (l->attempts)
		c.attempts = t->attempts;
	if (l->window)
		c.window = t->window;
	c.flows = l->flows;
	c.wait_ns = t->wait_ns;
	return mda_open(&c, about, r);
}
