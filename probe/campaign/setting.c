/* SPDX-License-Identifier: ISC */
#include "probe/campaign/setting.h"

#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "probe/base/opt.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { DAY_S = 86400, WEEK_S = 7 * DAY_S };

enum kind {
	NAME,	   /* char[RECORD_NAME_MAX + 1] */
	TEXT,	   /* char[hi + 1], printable ASCII */
	PATH,	   /* char[hi + 1], absolute */
	NUMBER,	   /* int64_t of lo..hi */
	DURATION,  /* int64_t, seconds of lo..hi */
	TIME,	   /* int64_t, microseconds since 1970 */
	ADDRESS,   /* uint32_t */
	METHODS,   /* struct methods */
	TARGETS,   /* struct targets, added to */
	FORBIDDEN, /* struct config_vantage, added to */
};

struct key {
	const char *name;
	enum kind kind;
	size_t offset; /* of the field */
	int64_t lo, hi;
};

#define AT(field) offsetof(struct config_vantage, field)
static const struct key vantage_keys[] = {
    {"name", NAME, AT(name), 1, RECORD_NAME_MAX},
    {"contact", TEXT, AT(contact), 0, CONFIG_TEXT_MAX},
    {"place", TEXT, AT(place), 0, CONFIG_TEXT_MAX},
    {"spool", PATH, AT(spool), 1, CONFIG_PATH_MAX},
    {"key", PATH, AT(key), 1, CONFIG_PATH_MAX},
    {"interface", TEXT, AT(interface), 0, CONFIG_INTERFACE_MAX},
    {"source", ADDRESS, AT(source), 0, 0},
    {"rate", NUMBER, AT(rate), 1, 10000},
    {"burst", NUMBER, AT(burst), 1, 1000},
    {"user", TEXT, AT(user), 0, RECORD_NAME_MAX},
    {"do_not_probe", FORBIDDEN, 0, 0, 0},
    {"disk_warn", NUMBER, AT(disk_warn), 1, 100},
    {"disk_stop", NUMBER, AT(disk_stop), 1, 100},
    {0},
};
#undef AT

#define AT(field) offsetof(struct config_campaign, field)
static const struct key campaign_keys[] = {
    {"targets", TARGETS, AT(targets), 0, 0},
    {"method", METHODS, AT(methods), 0, 0},
    {"port", NUMBER, AT(port), 1, 65535},
    {"flows", NUMBER, AT(flows), 1, CONFIG_FLOWS_MAX},
    {"attempts", NUMBER, AT(attempts), 1, RECORD_ATTEMPTS_MAX},
    {"first_ttl", NUMBER, AT(first_ttl), 1, RECORD_TTL_MAX},
    {"max_ttl", NUMBER, AT(max_ttl), 1, RECORD_TTL_MAX},
    {"window", NUMBER, AT(window), 1, RECORD_TTL_MAX},
    {"gap", NUMBER, AT(gap), 1, RECORD_TTL_MAX},
    {"wait", NUMBER, AT(wait_ms), 10, 60000},
    {"linger", DURATION, AT(linger_s), 0, 60},
    {"interval", DURATION, AT(interval_s), 1, WEEK_S},
    {"phase", DURATION, AT(phase_s), 0, WEEK_S},
    {"anchor", TIME, AT(anchor_us), 0, 0},
    {0},
};
#undef AT

bool
setting_is_name(const char *s)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-");
	return len >= 1 && len <= RECORD_NAME_MAX && s[len] == '\0' &&
	       isalnum((unsigned char)s[0]);
}

bool
setting_duration(const char *text, int64_t lo, int64_t hi, int64_t *s)
{
	static const struct {
		char suffix;
		int64_t s;
	} units[] = {{'\0', 1}, {'s', 1}, {'m', 60}, {'h', 3600}, {'d', DAY_S}};
	char *end = NULL;
	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	long long v = strtoll(text, &end, 10);
	if (errno != 0 || v > INT32_MAX)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (*end != units[i].suffix || (*end != '\0' && end[1] != '\0'))
			continue;
		*s = v * units[i].s;
		return *s >= lo && *s <= hi;
	}
	return false;
}

static bool
is_printable(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < 0x20 || *s > 0x7e)
			return false;
	return true;
}

static bool
text_into(char *to, const struct key *k, const char *value, struct fault *f)
{
	if (k->kind == NAME && !setting_is_name(value))
		return fault_set(f, EX_CONFIG, "not 1..%d of a-z 0-9 . _ -",
		    RECORD_NAME_MAX);
	if (k->kind == PATH && value[0] != '/')
		return fault_set(f, EX_CONFIG, "not an absolute path");
	size_t len = strlen(value);
	if (len > (size_t)k->hi || !is_printable(value))
		return fault_set(f, EX_CONFIG,
		    "not at most %" PRId64 " printable ASCII characters",
		    k->hi);
	memcpy(to, value, len + 1);
	return true;
}

static bool
number_into(
    int64_t *to, const struct key *k, const char *value, struct fault *f)
{
	if (opt_number("", value, (struct opt_range){k->lo, k->hi}, to, NULL))
		return true;
	return fault_set(f, EX_CONFIG, "not a number in %" PRId64 "..%" PRId64,
	    k->lo, k->hi);
}

static bool
duration_into(
    int64_t *to, const struct key *k, const char *value, struct fault *f)
{
	if (setting_duration(value, k->lo, k->hi, to))
		return true;
	bool days = k->hi % DAY_S == 0;
	return fault_set(f, EX_CONFIG,
	    "not a duration in %" PRId64 "s..%" PRId64
	    "%c (300, 90s, 15m, 6h, 1d)",
	    k->lo, days ? k->hi / DAY_S : k->hi, days ? 'd' : 's');
}

static bool
address_into(uint32_t *to, const char *value, struct fault *f)
{
	if (!addr_parse(value, to))
		return fault_set(f, EX_CONFIG, "not an IPv4 address");
	return addr_is_host(*to) ||
	       fault_set(f, EX_CONFIG,
		   "not the address of a host (1.0.0.0 to 223.255.255.255)");
}

/* Adds one address or prefix that must never be probed. */
static bool
forbid(struct config_vantage *v, const char *word, struct fault *f)
{
	struct prefix p = {.len = 32};
	if (!prefix_parse(word, &p) && !addr_parse(word, &p.addr))
		return fault_set(
		    f, EX_CONFIG, "%s: not an IPv4 address or prefix", word);
	if (v->nforbidden == CONFIG_FORBIDDEN_MAX)
		return fault_set(
		    f, EX_CONFIG, "more than %d entries", CONFIG_FORBIDDEN_MAX);
	v->forbidden = xreallocarray(
	    v->forbidden, v->nforbidden + 1, sizeof(*v->forbidden));
	v->forbidden[v->nforbidden++] = p;
	return true;
}

/* Words between blanks and commas. */
static bool
list_into(void *to, const struct key *k, const char *value, struct fault *f)
{
	char *copy = xstrdup(value), *rest = NULL;
	bool ok = true;
	for (char *word = strtok_r(copy, " \t,", &rest); ok && word != NULL;
	     word = strtok_r(NULL, " \t,", &rest))
		ok = k->kind == TARGETS ? targets_add(to, word, f)
					: forbid(to, word, f);
	free(copy);
	return ok;
}

static bool
store(void *to, const struct key *k, const char *value, struct fault *f)
{
	switch (k->kind) {
	case NAME:
	case TEXT:
	case PATH:
		return text_into(to, k, value, f);
	case NUMBER:
		return number_into(to, k, value, f);
	case DURATION:
		return duration_into(to, k, value, f);
	case TIME:
		return clock_parse_us(value, to) ||
		       fault_set(f, EX_CONFIG,
			   "not a UTC time (2026-11-21T16:00:00Z, 2026-11-21, "
			   "@seconds)");
	case ADDRESS:
		return address_into(to, value, f);
	case METHODS:
		return methods_parse(to, value, f);
	case TARGETS:
	case FORBIDDEN:
		return list_into(to, k, value, f);
	}
	return false;
}

/* "one, two, three" of a table's names. */
static void
all_names(const struct key *keys, char *text, size_t size)
{
	text[0] = '\0';
	for (const struct key *k = keys; k->name != NULL; k++) {
		size_t used = strlen(text);
		snprintf(text + used, size - used, "%s%s",
		    k == keys ? "" : ", ", k->name);
	}
}

struct given {
	const char *section, *key, *value;
};

static bool
assign(const struct key *keys, void *base, uint32_t *seen,
    const struct given *g, struct fault *f)
{
	struct fault why = {0};
	char names[256];
	const struct key *k = keys;
	while (k->name != NULL && strcmp(k->name, g->key) != 0)
		k++;
	if (k->name == NULL) {
		all_names(keys, names, sizeof(names));
		return fault_set(f, EX_CONFIG,
		    "[%s] %s: no such key (one of %s)", g->section, g->key,
		    names);
	}
	uint32_t bit = 1u << (k - keys);
	bool list = k->kind == TARGETS || k->kind == FORBIDDEN;
	if ((*seen & bit) != 0 && !list)
		return fault_set(
		    f, EX_CONFIG, "[%s] %s: given twice", g->section, g->key);
	*seen |= bit;
	if (store((char *)base + k->offset, k, g->value, &why))
		return true;
	return fault_set(f, EX_CONFIG, "[%s] %s%s%s: %s", g->section, g->key,
	    list ? "" : " ", list ? "" : g->value, why.text);
}

bool
setting_vantage(
    struct config *c, const char *key, const char *value, struct fault *f)
{
	struct given g = {"vantage", key, value};
	return assign(vantage_keys, &c->vantage, &c->seen, &g, f);
}

bool
setting_campaign(struct config_campaign *c, const char *section,
    const char *key, const char *value, struct fault *f)
{
	struct given g = {section, key, value};
	return assign(campaign_keys, c, &c->seen, &g, f);
}
