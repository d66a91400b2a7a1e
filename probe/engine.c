/* SPDX-License-Identifier: ISC */
#include "probe/commands.h"

#include "probe/trace/mda.h"

#include <string.h>
#include <sysexits.h>

static void
set(uint8_t *field, int64_t value)
{
	if (value >= 0)
		*field = (uint8_t)value;
}

/*
 * Nobody waits for a campaign's trace, so it may wait for its replies; but the
 * next run waits for it.
 */
int64_t
engine_linger_s(const struct config_campaign *c)
{
	int64_t quarter_s = c->interval_s / 4;
	if (c->linger_s >= 0)
		return c->linger_s;
	return quarter_s < CONFIG_LINGER_S ? quarter_s : CONFIG_LINGER_S;
}

void
engine_trace(const struct config_campaign *c, struct trace_config *t)
{
	trace_config_default(t);
	set(&t->first_ttl, c->first_ttl);
	set(&t->max_ttl, c->max_ttl);
	set(&t->attempts, c->attempts);
	set(&t->window, c->window);
	set(&t->gap, c->gap);
	if (t->max_ttl < t->first_ttl)
		t->max_ttl = t->first_ttl;
	if (c->wait_ms >= 0)
		t->wait_ns = c->wait_ms * NS_PER_MS;
	t->linger_ns = engine_linger_s(c) * NS_PER_S;
}

int64_t
engine_probes(const struct trace_config *t)
{
	return (int64_t)(t->max_ttl - t->first_ttl + 1) * t->attempts;
}

/* Sockets cannot be opened later, so there are some for what may come. */
uint32_t
engine_flows(const struct config *c)
{
	struct mda_config mda;
	mda_config_default(&mda);
	for (size_t i = 0; i < c->n; i++)
		if (c->campaigns[i].mda > 0)
			return mda.flows;
	return CONFIG_FLOWS_MAX;
}

struct prober_config
engine_config(const struct config *c)
{
	const struct config_vantage *v = &c->vantage;
	struct prober_config p = {
	    .interface = v->interface[0] != '\0' ? v->interface : NULL,
	    .source = v->source,
	    .contact = v->contact,
	    .rate = (uint32_t)v->rate,
	    .burst = (uint32_t)v->burst,
	    .target_rate = (uint32_t)v->target_rate,
	    .responder_rate = (uint32_t)v->responder_rate,
	    .flow_count = engine_flows(c),
	};
	trace_config_default(&p.trace);
	return p;
}

bool
engine_key(
    const struct config_vantage *v, struct sign_key *key, struct fault *f)
{
	if (!sign_key_load(key, v->key, f))
		return false;
	if (strcmp(key->public.vantage, v->name) == 0)
		return true;
	fault_set(f, EX_CONFIG, "%s: the key of vantage %s, not of %s", v->key,
	    key->public.vantage, v->name);
	sign_key_wipe(key);
	return false;
}
