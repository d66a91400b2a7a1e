/* SPDX-License-Identifier: ISC */
#include "probe/campaign/draft.h"

#include "probe/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

void
draft_begin(struct draft *d, struct config *c)
{
	*d = (struct draft){.config = c, .vantage = {.name = "vantage"}};
	*c = (struct config){.vantage = {.spool = "/var/lib/tumen/spool",
				 .rate = CONFIG_RATE,
				 .burst = CONFIG_BURST,
				 .target_rate = CONFIG_TARGET_RATE,
				 .responder_rate = CONFIG_RESPONDER_RATE,
				 .disk_warn = CONFIG_DISK_WARN,
				 .disk_stop = CONFIG_DISK_STOP}};
}

static void
clear_words(struct draft_words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->word[i].text);
	free(w->word);
}

void
draft_end(struct draft *d)
{
	for (size_t i = 0; d->campaigns != NULL && i < d->config->n; i++) {
		clear_words(&d->campaigns[i].targets);
		clear_words(&d->campaigns[i].control);
	}
	clear_words(&d->vantage.control);
	free(d->campaigns);
}

/* The engine has the defaults of what is -1. */
static const struct config_campaign unset = {
    .methods = {{METHOD_UDP}, 1},
    .port = -1,
    .flows = 1,
    .attempts = -1,
    .first_ttl = -1,
    .max_ttl = -1,
    .window = -1,
    .gap = -1,
    .wait_ms = -1,
    .linger_s = -1,
    .interval_s = -1,
    .phase_s = -1,
    .jitter_s = -1,
    .start_us = -1,
    .until_us = -1,
    .verify_s = CONFIG_VERIFY_S,
    .quiet = CONFIG_QUIET,
};

size_t
draft_campaign(struct draft *d, const char *name, struct place at)
{
	struct config *c = d->config;
	size_t i = 0;
	while (i < c->n && strcmp(c->campaigns[i].name, name) != 0)
		i++;
	if (i < c->n || i == CONFIG_CAMPAIGNS_MAX)
		return i;
	c->n++;
	c->campaigns = xreallocarray(c->campaigns, c->n, sizeof(*c->campaigns));
	d->campaigns = xreallocarray(d->campaigns, c->n, sizeof(*d->campaigns));
	c->campaigns[i] = unset;
	d->campaigns[i] = (struct draft_section){.at = at};
	snprintf(
	    c->campaigns[i].name, sizeof(c->campaigns[i].name), "%s", name);
	snprintf(d->campaigns[i].name, sizeof(d->campaigns[i].name),
	    "campaign %s", c->campaigns[i].name);
	return i;
}

const struct draft_key *
draft_find(const struct draft_section *s, const char *key)
{
	for (size_t i = 0; i < s->ngiven; i++)
		if (strcmp(s->given[i].name, key) == 0)
			return &s->given[i];
	return NULL;
}

void
draft_give(struct draft_section *s, const char *key, struct place at)
{
	s->given[s->ngiven++] = (struct draft_key){key, at};
}

struct place
draft_where(const struct draft_section *s, const char *key)
{
	const struct draft_key *k = draft_find(s, key);
	return k != NULL ? k->at : s->at;
}

void
draft_split(struct draft_words *w, const char *value, struct place at)
{
	char *copy = xstrdup(value), *rest = NULL;
	for (char *word = strtok_r(copy, " \t,", &rest); word != NULL;
	     word = strtok_r(NULL, " \t,", &rest)) {
		w->word = xreallocarray(w->word, w->n + 1, sizeof(*w->word));
		w->word[w->n++] = (struct draft_word){xstrdup(word), at};
	}
	free(copy);
}

bool
draft_fault(struct fault *f, struct place at, const char *fmt, ...)
{
	struct fault why;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(why.text, sizeof(why.text), fmt, ap);
	va_end(ap);
	if (at.line == 0)
		return fault_set(f, EX_CONFIG, "%s: %s", at.file, why.text);
	return fault_set(f, EX_CONFIG, "%s:%d: %s", at.file, at.line, why.text);
}
