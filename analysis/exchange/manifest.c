/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/manifest.h"

#include <stdio.h>
#include <string.h>

static void
vantage(struct manifest *m, const char *name)
{
	static const uint8_t key[HASH_KEY_LEN];
	if (m->vantages.n >= MANIFEST_KNOWN)
		return;
	uint64_t print = hash_sip(key, name, strlen(name));
	uint32_t *known = keymap_at(&m->vantages, print);
	if (*known != UINT32_MAX)
		return;
	*known = 1;
	if (m->nvantages < MANIFEST_VANTAGES)
		snprintf(m->vantage[m->nvantages], sizeof(m->vantage[0]), "%s",
		    name);
	m->nvantages++;
}

void
manifest_trace(struct manifest *m, const struct record *r)
{
	bool first = m->nvantages == 0;
	vantage(m, r->vantage);
	m->probes += (int64_t)r->nprobes;
	for (size_t i = 0; i < r->nprobes; i++)
		m->answered += r->probes[i].answered;
	if (first || r->start_us < m->first_us)
		m->first_us = r->start_us;
	if (first || r->start_us > m->last_us)
		m->last_us = r->start_us;
}

static struct manifest_kind *
kind_of(struct manifest *m, enum exchange_format format, const char *what)
{
	for (size_t i = 0; i < m->nkinds; i++)
		if (m->kind[i].format == format &&
		    strcmp(m->kind[i].what, what) == 0)
			return &m->kind[i];
	if (m->nkinds == MANIFEST_KINDS) {
		struct manifest_kind *rest = &m->kind[MANIFEST_KINDS];
		snprintf(rest->what, sizeof(rest->what), "of other kinds");
		return rest;
	}
	struct manifest_kind *k = &m->kind[m->nkinds++];
	k->format = format;
	snprintf(k->what, sizeof(k->what), "%s", what);
	return k;
}

void
manifest_other(
    struct manifest *m, enum exchange_format format, const char *what)
{
	m->others[format]++;
	kind_of(m, format, what)->n++;
}

void
manifest_clear(struct manifest *m)
{
	keymap_clear(&m->vantages);
	*m = (struct manifest){0};
}

static int64_t
sum(const int64_t n[static FORMATS])
{
	int64_t all = 0;
	for (int i = 0; i < FORMATS; i++)
		all += n[i];
	return all;
}

int64_t
manifest_traces(const struct manifest *m)
{
	return sum(m->traces);
}

int64_t
manifest_others(const struct manifest *m)
{
	return sum(m->others);
}

int64_t
manifest_broken(const struct manifest *m)
{
	return sum(m->broken);
}
