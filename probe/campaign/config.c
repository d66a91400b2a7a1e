/* SPDX-License-Identifier: ISC */
#include "probe/campaign/config.h"

#include "probe/base/clock.h"
#include "probe/campaign/config_check.h"
#include "probe/campaign/config_files.h"
#include "probe/campaign/config_ini.h"

#include <stdlib.h>

/* The configuration is whole, or it is nothing. */
static bool
end(struct draft *d, bool ok)
{
	draft_end(d);
	if (!ok)
		config_clear(d->config);
	return ok;
}

bool
config_parse(struct config *c, const char *name, const char *text, size_t len,
    struct fault *f)
{
	struct draft d;
	struct config_text t = {name, text, len};
	draft_begin(&d, c);
	return end(&d, config_ini_read(&d, &t, f) && config_check(&d, name, f));
}

static bool
read_file(struct draft *d, const char *path, struct fault *f)
{
	struct config_text t = {.name = path};
	char *text = config_files_text(path, &t.len, f);
	t.text = text;
	bool ok = text != NULL && config_ini_read(d, &t, f);
	free(text);
	return ok;
}

bool
config_load(struct config *c, const char *path, struct fault *f)
{
	struct draft d;
	struct config_files files;
	draft_begin(&d, c);
	bool ok = config_files_find(&files, path, f);
	for (size_t i = 0; ok && i < files.n; i++)
		ok = read_file(&d, files.path[i], f);
	ok = end(&d, ok && config_check(&d, path, f));
	config_files_clear(&files);
	return ok;
}

void
config_clear(struct config *c)
{
	for (size_t i = 0; i < c->n; i++) {
		targets_clear(&c->campaigns[i].targets);
		targets_clear(&c->campaigns[i].control);
	}
	free(c->campaigns);
	targets_clear(&c->vantage.control);
	free(c->vantage.forbidden);
	*c = (struct config){0};
}

static int64_t
jitter_s(const struct config_campaign *k)
{
	int64_t part_s = k->interval_s / 60;
	if (k->jitter_s >= 0)
		return k->jitter_s;
	return part_s < CONFIG_JITTER_S ? part_s : CONFIG_JITTER_S;
}

struct schedule
config_schedule(const struct config *c, const struct config_campaign *campaign)
{
	struct schedule s = {
	    .interval_us = campaign->interval_s * US_PER_S,
	    .anchor_us = campaign->anchor_us,
	    .jitter_us = jitter_s(campaign) * US_PER_S,
	    .seed = schedule_seed(c->vantage.name, campaign->name),
	    .start_us = campaign->start_us,
	    .until_us = campaign->until_us,
	};
	s.phase_us = campaign->phase_s >= 0
			 ? campaign->phase_s * US_PER_S
			 : schedule_phase_us(
			       c->vantage.name, campaign->name, s.interval_us);
	return s;
}
