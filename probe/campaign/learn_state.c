/* SPDX-License-Identifier: ISC */
#include "probe/campaign/learn_state.h"

#include "probe/base/clock.h"
#include "probe/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Slots may be skipped: three in a row are no pause yet. */
enum { PAUSE_SLOTS = 3, PAUSE_S = 600 };

int64_t
learn_pause_us(int64_t interval_s)
{
	return (interval_s * PAUSE_SLOTS + PAUSE_S) * US_PER_S;
}

size_t
learn_lower(const struct learn *l, uint32_t addr)
{
	size_t from = 0, to = l->n;
	while (from < to) {
		size_t mid = from + (to - from) / 2;
		if (l->targets[mid]->addr < addr)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

struct learn_target *
learn_find(const struct learn *l, uint32_t addr)
{
	size_t i = learn_lower(l, addr);
	return i < l->n && l->targets[i]->addr == addr ? l->targets[i] : NULL;
}

struct learn_service *
learn_find_service(const struct learn_target *t, uint16_t port)
{
	for (size_t i = 0; i < t->nservices; i++)
		if (t->services[i].port == port)
			return &t->services[i];
	return NULL;
}

struct learn_past *
learn_find_past(const struct learn_target *t, size_t campaign)
{
	for (size_t i = 0; i < t->npasts; i++)
		if (t->pasts[i].campaign == campaign)
			return &t->pasts[i];
	return NULL;
}

size_t
learn_find_campaign(const struct learn *l, const char *name)
{
	for (size_t i = 0; i < l->ncampaigns; i++)
		if (strcmp(l->campaigns[i].name, name) == 0)
			return i;
	return LEARN_CAMPAIGNS_MAX;
}

int64_t
learn_last_us(const struct learn_target *t)
{
	int64_t last_us = -1;
	for (int i = 0; i < LEARN_METHODS; i++)
		if (t->tried_us[i] > last_us)
			last_us = t->tried_us[i];
	return last_us;
}

static void
free_target(struct learn_target *t)
{
	free(t->services);
	free(t->pasts);
	free(t);
}

/* What only sweeps have traced goes first. */
static bool
goes_before(const struct learn_target *a, const struct learn_target *b)
{
	if ((a->npasts == 0) != (b->npasts == 0))
		return a->npasts == 0;
	return learn_last_us(a) < learn_last_us(b);
}

static bool
make_room(struct learn *l, bool by_sweep)
{
	size_t oldest = 0;
	for (size_t i = 1; i < l->n; i++)
		if (goes_before(l->targets[i], l->targets[oldest]))
			oldest = i;
	if (by_sweep && l->targets[oldest]->npasts > 0)
		return false;
	free_target(l->targets[oldest]);
	l->n--;
	memmove(l->targets + oldest, l->targets + oldest + 1,
	    (l->n - oldest) * sizeof(struct learn_target *));
	return true;
}

struct learn_target *
learn_add(struct learn *l, uint32_t addr, bool by_sweep)
{
	struct learn_target *t = learn_find(l, addr);
	if (t != NULL || (l->n == TARGETS_MAX && !make_room(l, by_sweep)))
		return t;
	if (l->n == l->room) {
		l->room = l->room ? l->room * 2 : 64;
		l->targets = xreallocarray(
		    l->targets, l->room, sizeof(struct learn_target *));
	}
	size_t at = learn_lower(l, addr);
	memmove(l->targets + at + 1, l->targets + at,
	    (l->n - at) * sizeof(struct learn_target *));
	t = xcalloc(1, sizeof(*t));
	*t = (struct learn_target){.addr = addr,
	    .known_us = -1,
	    .tried_us = {-1, -1, -1},
	    .answered_us = {-1, -1, -1}};
	l->targets[at] = t;
	l->n++;
	return t;
}

/* A place for one more port: a new one, or that of the port tried first. */
static struct learn_service *
service_place(struct learn_target *t)
{
	if (t->nservices < LEARN_SERVICES_MAX) {
		t->services = xreallocarray(
		    t->services, t->nservices + 1, sizeof(*t->services));
		return &t->services[t->nservices++];
	}
	struct learn_service *oldest = &t->services[0];
	for (size_t i = 1; i < t->nservices; i++)
		if (t->services[i].tried_us < oldest->tried_us)
			oldest = &t->services[i];
	return oldest;
}

struct learn_service *
learn_add_service(struct learn_target *t, uint16_t port)
{
	struct learn_service *p = learn_find_service(t, port);
	if (p != NULL)
		return p;
	p = service_place(t);
	*p = (struct learn_service){.port = port,
	    .tried_us = -1,
	    .open_us = -1,
	    .closed_us = -1,
	    .failed_us = -1};
	return p;
}

struct learn_past *
learn_add_past(struct learn_target *t, size_t campaign)
{
	struct learn_past *p = learn_find_past(t, campaign);
	if (p != NULL)
		return p;
	t->pasts = xreallocarray(t->pasts, t->npasts + 1, sizeof(*t->pasts));
	p = &t->pasts[t->npasts++];
	*p = (struct learn_past){.campaign = campaign, .missed = LEARN_SILENT};
	return p;
}

static void
forget_campaign(struct learn *l, size_t campaign)
{
	for (size_t i = 0; i < l->n; i++) {
		struct learn_target *t = l->targets[i];
		struct learn_past *p = learn_find_past(t, campaign);
		if (p != NULL)
			*p = t->pasts[--t->npasts];
	}
}

size_t
learn_add_campaign(struct learn *l, const char *name)
{
	size_t at = learn_find_campaign(l, name);
	if (at < LEARN_CAMPAIGNS_MAX)
		return at;
	at = 0;
	for (size_t i = 1; i < l->ncampaigns; i++)
		if (l->campaigns[i].last_us < l->campaigns[at].last_us)
			at = i;
	if (l->ncampaigns < LEARN_CAMPAIGNS_MAX)
		at = l->ncampaigns++;
	else
		forget_campaign(l, at);
	struct learn_campaign *e = &l->campaigns[at];
	*e = (struct learn_campaign){.last_us = -1, .awake_us = -1};
	snprintf(e->name, sizeof(e->name), "%s", name);
	return at;
}

void
learn_close(struct learn *l)
{
	for (size_t i = 0; l != NULL && i < l->n; i++)
		free_target(l->targets[i]);
	if (l != NULL) {
		free(l->targets);
		free(l->dir);
	}
	free(l);
}
