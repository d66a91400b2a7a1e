/* SPDX-License-Identifier: ISC */
#include "probe/campaign/setting.h"

#include "probe/campaign/setting_value.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

enum { DAY_S = 86400, WEEK_S = 7 * DAY_S, MONTH_S = 30 * DAY_S };

#define EVER	     SETTING_EVER
#define ONCE	     SETTING_ONCE
#define DRAFT	     SETTING_DRAFT
#define AT(field)    offsetof(struct config_vantage, field)
#define NOTED(field) offsetof(struct draft_section, field)
static const struct setting_key vantage_keys[] = {
    {"name", SETTING_NAME, ONCE, AT(name), 1, RECORD_NAME_MAX},
    {"contact", SETTING_TEXT, ONCE, AT(contact), 0, CONFIG_TEXT_MAX},
    {"place", SETTING_TEXT, EVER, AT(place), 0, CONFIG_TEXT_MAX},
    {"spool", SETTING_PATH, ONCE, AT(spool), 1, CONFIG_PATH_MAX},
    {"key", SETTING_PATH, ONCE, AT(key), 1, CONFIG_PATH_MAX},
    {"interface", SETTING_TEXT, ONCE, AT(interface), 0, CONFIG_INTERFACE_MAX},
    {"source", SETTING_ADDRESS, ONCE, AT(source), 0, 0},
    {"rate", SETTING_NUMBER, ONCE, AT(rate), 1, 10000},
    {"burst", SETTING_NUMBER, ONCE, AT(burst), 1, 1000},
    {"target_rate", SETTING_NUMBER, ONCE, AT(target_rate), 1, 10000},
    {"responder_rate", SETTING_NUMBER, ONCE, AT(responder_rate), 1, 10000},
    {"user", SETTING_TEXT, ONCE, AT(user), 0, RECORD_NAME_MAX},
    {"control", SETTING_WORDS, DRAFT, NOTED(control), 0, 0},
    {"do_not_probe", SETTING_FORBIDDEN, EVER, 0, 0, 0},
    {"disk_warn", SETTING_NUMBER, EVER, AT(disk_warn), 1, 100},
    {"disk_stop", SETTING_NUMBER, EVER, AT(disk_stop), 1, 100},
    {"metrics", SETTING_PATH, ONCE, AT(metrics), 1, CONFIG_PATH_MAX},
    {0},
};
#undef AT

#define AT(field) offsetof(struct config_campaign, field)
static const struct setting_key campaign_keys[] = {
    {"targets", SETTING_WORDS, DRAFT, NOTED(targets), 0, 0},
    {"targets_file", SETTING_PATH, DRAFT, NOTED(targets_file), 1,
	CONFIG_PATH_MAX},
    {"sweep", SETTING_SWITCH, EVER, AT(sweep), 0, 0},
    {"control", SETTING_WORDS, DRAFT, NOTED(control), 0, 0},
    {"interval", SETTING_DURATION, EVER, AT(interval_s), 1, WEEK_S},
    {"anchor", SETTING_TIME, EVER, AT(anchor_us), 0, 0},
    {"phase", SETTING_DURATION, EVER, AT(phase_s), 0, WEEK_S},
    {"jitter", SETTING_DURATION, EVER, AT(jitter_s), 0, WEEK_S / 4},
    {"start", SETTING_TIME, EVER, AT(start_us), 0, 0},
    {"until", SETTING_TIME, EVER, AT(until_us), 0, 0},
    {"method", SETTING_METHODS, EVER, AT(methods), 0, 0},
    {"port", SETTING_NUMBER, EVER, AT(port), 1, 65535},
    {"flows", SETTING_NUMBER, EVER, AT(flows), 1, CONFIG_FLOWS_MAX},
    {"mda", SETTING_MDA, EVER, AT(mda), 0, 0},
    {"attempts", SETTING_NUMBER, EVER, AT(attempts), 1, RECORD_ATTEMPTS_MAX},
    {"first_ttl", SETTING_NUMBER, EVER, AT(first_ttl), 1, RECORD_TTL_MAX},
    {"max_ttl", SETTING_NUMBER, EVER, AT(max_ttl), 1, RECORD_TTL_MAX},
    {"window", SETTING_NUMBER, EVER, AT(window), 1, RECORD_TTL_MAX},
    {"gap", SETTING_NUMBER, EVER, AT(gap), 1, RECORD_TTL_MAX},
    {"wait", SETTING_NUMBER, EVER, AT(wait_ms), 10, 60000},
    {"linger", SETTING_DURATION, EVER, AT(linger_s), 0, 60},
    {"evidence", SETTING_EVIDENCE, EVER, AT(evidence), 0, 0},
    {"ports", SETTING_PORTS, EVER, AT(ports), 0, 0},
    {"verify", SETTING_OR_NEVER, EVER, AT(verify_s), 3600, MONTH_S},
    {"quiet", SETTING_NUMBER, EVER, AT(quiet), 1, 96},
    {0},
};
#undef AT

_Static_assert(
    sizeof(campaign_keys) / sizeof(campaign_keys[0]) <= DRAFT_KEYS_MAX + 1 &&
	sizeof(vantage_keys) / sizeof(vantage_keys[0]) <= DRAFT_KEYS_MAX + 1,
    "each key of a section is put down once");

bool
setting_is_name(const char *s)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-");
	return len >= 1 && len <= RECORD_NAME_MAX && s[len] == '\0' &&
	       isalnum((unsigned char)s[0]);
}

/* "one, two, three" of a table's names. */
static void
all_names(const struct setting_key *keys, char *text, size_t size)
{
	text[0] = '\0';
	for (const struct setting_key *k = keys; k->name != NULL; k++) {
		size_t used = strlen(text);
		snprintf(text + used, size - used, "%s%s",
		    k == keys ? "" : ", ", k->name);
	}
}

static bool
unknown(const struct setting_key *keys, const struct draft_section *section,
    const struct setting *s, struct fault *f)
{
	char names[256];
	all_names(keys, names, sizeof(names));
	return draft_fault(f, s->at, "[%s] %s: no such key (one of %s)",
	    section->name, s->key, names);
}

static bool
is_list(const struct setting_key *k)
{
	return k->kind == SETTING_WORDS || k->kind == SETTING_FORBIDDEN;
}

/* Once, or going on in the lines that follow. */
static bool
give(const struct setting_key *k, struct draft_section *section,
    const struct setting *s, struct fault *f)
{
	const struct draft_key *first = draft_find(section, k->name);
	if (first == NULL) {
		draft_give(section, k->name, s->at);
		return true;
	}
	if (!s->more)
		return draft_fault(f, s->at,
		    "[%s] %s: given twice, first at %s:%d", section->name,
		    k->name, first->at.file, first->at.line);
	return is_list(k) ||
	       draft_fault(f, s->at,
		   "[%s] %s: an indented line goes on with it, which only "
		   "lists of addresses do",
		   section->name, k->name);
}

/* The setting in its field, of the configuration or of the draft. */
static bool
assign(const struct setting_key *k, void *base, struct draft_section *section,
    const struct setting *s, struct fault *f)
{
	struct fault why = {0};
	void *to =
	    (char *)(k->taken == SETTING_DRAFT ? (void *)section : base) +
	    k->offset;
	if (!give(k, section, s, f))
		return false;
	if (k->kind == SETTING_WORDS) {
		draft_split(to, s->value, s->at);
		return true;
	}
	if (setting_store(to, k, s->value, &why))
		return true;
	/* Of a list the text names the word. */
	return draft_fault(f, s->at, "[%s] %s%s%s: %s", section->name, s->key,
	    is_list(k) ? "" : " ", is_list(k) ? "" : s->value, why.text);
}

static const struct setting_key *
find(const struct setting_key *keys, const char *name)
{
	for (; keys->name != NULL; keys++)
		if (strcmp(keys->name, name) == 0)
			return keys;
	return NULL;
}

bool
setting_vantage(struct draft *d, const struct setting *s, struct fault *f)
{
	const struct setting_key *k = find(vantage_keys, s->key);
	if (k == NULL)
		return unknown(vantage_keys, &d->vantage, s, f);
	return assign(k, &d->config->vantage, &d->vantage, s, f);
}

bool
setting_campaign(
    struct draft *d, size_t campaign, const struct setting *s, struct fault *f)
{
	const struct setting_key *k = find(campaign_keys, s->key);
	struct draft_section *section = &d->campaigns[campaign];
	if (k == NULL)
		return unknown(campaign_keys, section, s, f);
	return assign(k, &d->config->campaigns[campaign], section, s, f);
}

bool
setting_may_follow(const struct config_vantage *now,
    const struct config_vantage *next, struct fault *f)
{
	for (const struct setting_key *k = vantage_keys; k->name; k++) {
		char was[SETTING_SHOWN], is[SETTING_SHOWN];
		if (k->taken != SETTING_ONCE)
			continue;
		setting_show((const char *)now + k->offset, k, was);
		setting_show((const char *)next + k->offset, k, is);
		if (strcmp(was, is) != 0)
			return fault_set(f, EX_CONFIG,
			    "[vantage] %s %s: the agent was started with %s, "
			    "and only a start takes in another",
			    k->name, is, was);
	}
	return true;
}
