/* SPDX-License-Identifier: ISC */
#include "probe/campaign/config.h"
#include "probe/campaign/setting.h"

#include <string.h>

bool
config_may_follow(
    const struct config *now, const struct config *next, struct fault *f)
{
	return setting_may_follow(&now->vantage, &next->vantage, f);
}

static bool
same_targets(const struct targets *a, const struct targets *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->addr, b->addr,
						 a->n * sizeof(*a->addr)) == 0);
}

static bool
same_methods(const struct methods *a, const struct methods *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (a->method[i] != b->method[i])
			return false;
	return a->n == b->n;
}

static bool
same_traces(const struct config_campaign *a, const struct config_campaign *b)
{
	return same_targets(&a->targets, &b->targets) &&
	       same_targets(&a->control, &b->control) &&
	       same_methods(&a->methods, &b->methods) && a->port == b->port &&
	       a->flows == b->flows && a->sweep == b->sweep &&
	       a->mda == b->mda && a->evidence == b->evidence &&
	       memcmp(a->ports, b->ports, sizeof(a->ports)) == 0 &&
	       a->verify_s == b->verify_s && a->quiet == b->quiet;
}

static bool
same_probes(const struct config_campaign *a, const struct config_campaign *b)
{
	return a->attempts == b->attempts && a->first_ttl == b->first_ttl &&
	       a->max_ttl == b->max_ttl && a->window == b->window &&
	       a->gap == b->gap && a->wait_ms == b->wait_ms &&
	       a->linger_s == b->linger_s;
}

static bool
same_times(const struct config_campaign *a, const struct config_campaign *b)
{
	return a->interval_s == b->interval_s && a->phase_s == b->phase_s &&
	       a->jitter_s == b->jitter_s && a->anchor_us == b->anchor_us &&
	       a->start_us == b->start_us && a->until_us == b->until_us;
}

bool
config_same_campaign(
    const struct config_campaign *a, const struct config_campaign *b)
{
	return strcmp(a->name, b->name) == 0 && same_traces(a, b) &&
	       same_probes(a, b) && same_times(a, b);
}
