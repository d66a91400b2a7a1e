/* SPDX-License-Identifier: ISC */
#include "probe/campaign/agent_part.h"

#include "probe/base/log.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

static const struct config_campaign *
find(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->campaigns[i].name, name) == 0)
			return &c->campaigns[i];
	return NULL;
}

bool
agent_reload(struct agent *a, struct config *next, struct fault *f)
{
	if (!config_may_follow(a->config, next, f)) {
		config_clear(next);
		return false;
	}
	if (a->reloading) /* nobody has gone over to that one yet */
		config_clear(&a->next);
	a->next = *next;
	a->reloading = true;
	*next = (struct config){0};
	for (size_t i = 0; i < a->config->n; i++) {
		struct member *m = &a->members[i];
		const struct config_campaign *to =
		    find(&a->next, m->campaign->name);
		m->leaving |=
		    to == NULL || !config_same_campaign(m->campaign, to);
		if (!m->leaving || !m->active || m->run.given_up)
			continue;
		run_abort(&m->run, "the configuration was changed");
		a->ops.abort(a->arg, m->campaign->name);
	}
	return true;
}

/* The member of a campaign that stays as it was; NULL none. */
static struct member *
staying(struct agent *a, const char *name)
{
	for (size_t i = 0; i < a->config->n; i++)
		if (!a->members[i].leaving &&
		    strcmp(a->members[i].campaign->name, name) == 0)
			return &a->members[i];
	return NULL;
}

/* The members of a->next; those that stay keep their runs. */
static struct member *
members(struct agent *a)
{
	struct member *new = xcalloc(a->next.n, sizeof(*new));
	for (size_t i = 0; i < a->next.n; i++) {
		const struct config_campaign *c = &a->next.campaigns[i];
		struct member *old = staying(a, c->name);
		if (old == NULL) {
			new[i] = agent_member(a, c);
			continue;
		}
		new[i] = *old;
		new[i].campaign = c;
		if (a->surveyor == old)
			a->surveyor = &new[i];
	}
	return new;
}

bool
agent_follow(struct agent *a)
{
	for (size_t i = 0; a->reloading && i < a->config->n; i++)
		if (a->members[i].leaving && a->members[i].active)
			return false;
	if (!a->reloading)
		return false;
	struct member *new = members(a);
	free(a->members);
	a->members = new;
	config_clear(a->config);
	*a->config = a->next;
	a->next = (struct config){0};
	a->reloading = false;
	a->keep.warn = a->config->vantage.disk_warn;
	a->keep.stop = a->config->vantage.disk_stop;
	log_event(
	    LOG_NOTE, "reload", "state=taken campaigns=%zu", a->config->n);
	return true;
}
