/* SPDX-License-Identifier: ISC */
#include "tests/sim/play_option.h"

#include "probe/base/addr.h"
#include "probe/base/clock.h"
#include "tests/sim/play_manner.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD = 1024, QUOTE_LONG = UINT16_MAX };

bool
option_number(const char *s, long lo, long hi, long *n)
{
	char *end;
	size_t digits = strspn(s, "0123456789");
	if (digits == 0 || digits > 9 || s[digits] != '\0')
		return false;
	*n = strtol(s, &end, 10);
	return *n >= lo && *n <= hi;
}

/* A decimal fraction, and what stands behind it. */
static bool
fraction(const char *s, double *v, const char **behind)
{
	char *end;
	size_t digits = strspn(s, "0123456789.");
	if (digits == 0 || digits > 15 || s[0] == '.')
		return false;
	*v = strtod(s, &end);
	*behind = end;
	return end == s + digits;
}

bool
option_time(const char *s, int64_t *ns)
{
	static const struct {
		const char *name;
		double ns;
	} unit[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
	const char *behind;
	double v;
	if (!fraction(s, &v, &behind) || v > 1e6)
		return false;
	for (size_t i = 0; i < sizeof(unit) / sizeof(unit[0]); i++) {
		if (strcmp(behind, unit[i].name) != 0)
			continue;
		*ns = (int64_t)(v * unit[i].ns + 0.5);
		return true;
	}
	return false;
}

bool
option_chance(const char *s, uint32_t *per_million)
{
	const char *behind;
	double v;
	if (!fraction(s, &v, &behind) || strcmp(behind, "%") != 0 || v > 100)
		return false;
	*per_million = (uint32_t)(v * 1e4 + 0.5);
	return true;
}

bool
option_choice(const char *choices, const char *s, uint8_t *which)
{
	size_t len = strlen(s);
	uint8_t i = 0;
	for (const char *c = choices;; c++, i++) {
		size_t n = strcspn(c, "|");
		*which = i;
		if (n == len && memcmp(c, s, n) == 0)
			return true;
		c += n;
		if (*c == '\0')
			return false;
	}
}

static bool
set_of(const char *choices, char *list, uint16_t *bits)
{
	char *rest = list;
	*bits = 0;
	for (char *s; (s = strsep(&rest, ",")) != NULL;) {
		uint8_t which;
		if (!option_choice(choices, s, &which))
			return false;
		*bits |= (uint16_t)(1u << which);
	}
	return true;
}

static bool
weights(char *list, struct option_weights *w)
{
	char *rest = list;
	w->n = 0;
	for (char *s; (s = strsep(&rest, ",")) != NULL;) {
		long n;
		if (w->n == OPTION_WEIGHTS_MAX ||
		    !option_number(s, 1, 1000, &n))
			return false;
		w->weight[w->n++] = (uint32_t)n;
	}
	return true;
}

/* "500/s", "30/m" */
static bool
rate(char *s, int64_t *interval_ns)
{
	char *unit = strchr(s, '/');
	long n;
	if (unit == NULL)
		return false;
	*unit++ = '\0';
	int64_t in_ns = strcmp(unit, "s") == 0	 ? NS_PER_S
			: strcmp(unit, "m") == 0 ? 60 * NS_PER_S
						 : 0;
	if (in_ns == 0 || !option_number(s, 1, 1000000, &n))
		return false;
	*interval_ns = in_ns / n;
	return true;
}

static bool
delay(char *s, struct play_delay *d)
{
	char *lo = strchr(s, ':');
	if (lo == NULL)
		return false;
	*lo++ = '\0';
	char *hi = strchr(lo, '-');
	if (hi != NULL)
		*hi++ = '\0';
	return option_chance(s, &d->chance) && option_time(lo, &d->lo_ns) &&
	       option_time(hi == NULL ? lo : hi, &d->hi_ns) &&
	       d->lo_ns <= d->hi_ns;
}

static bool
quote(const struct play_option *o, const char *s, uint16_t *octets)
{
	long n = QUOTE_LONG;
	if (strcmp(s, "long") != 0 && !option_number(s, o->lo, o->hi, &n))
		return false;
	*octets = (uint16_t)n;
	return true;
}

static bool
number(const struct play_option *o, const char *s, int16_t *into)
{
	long n;
	if (!option_number(s, o->lo, o->hi, &n))
		return false;
	*into = (int16_t)n;
	return true;
}

/* value is NULL for a word without one. */
static bool
set(const struct play_option *o, char *value, void *at)
{
	if (o->kind == OPTION_FLAG) {
		*(bool *)at = true;
		return value == NULL;
	}
	if (value == NULL) {
		*(uint8_t *)at = (uint8_t)o->lo;
		return o->kind == OPTION_CHOICE && o->choices == NULL;
	}
	switch (o->kind) {
	case OPTION_FLAG:
		break;
	case OPTION_CHANCE:
		return option_chance(value, at);
	case OPTION_TIME:
		return option_time(value, at);
	case OPTION_ADDR:
		return addr_parse(value, at);
	case OPTION_NUMBER:
		return number(o, value, at);
	case OPTION_RATE:
		return rate(value, at);
	case OPTION_DELAY:
		return delay(value, at);
	case OPTION_QUOTE:
		return quote(o, value, at);
	case OPTION_CHOICE:
		return o->choices != NULL &&
		       option_choice(o->choices, value, at);
	case OPTION_SET:
		return set_of(o->choices, value, at);
	case OPTION_WEIGHTS:
		return weights(value, at);
	}
	return false;
}

static void
legal(
    const struct play_option *o, const char *word, char why[static OPTION_WHY])
{
	static const char *const form[] = {
	    [OPTION_FLAG] = "the bare word",
	    [OPTION_CHANCE] = "0% to 100%",
	    [OPTION_TIME] = "0ms and more, in ns, us, ms or s",
	    [OPTION_ADDR] = "an IPv4 address",
	    [OPTION_RATE] = "1/s to 1000000/s, or /m",
	    [OPTION_DELAY] = "CHANCE%:TIME or CHANCE%:TIME-TIME",
	    [OPTION_WEIGHTS] = "1 to 1000, one for each next",
	};
	switch (o->kind) {
	case OPTION_NUMBER:
		snprintf(
		    why, OPTION_WHY, "%.32s: not %d to %d", word, o->lo, o->hi);
		break;
	case OPTION_QUOTE:
		snprintf(why, OPTION_WHY, "%.32s: not %d to %d, or long", word,
		    o->lo, o->hi);
		break;
	case OPTION_CHOICE:
	case OPTION_SET:
		snprintf(why, OPTION_WHY, "%.32s: not %s", word,
		    o->choices == NULL ? "the bare word" : o->choices);
		break;
	case OPTION_FLAG:
	case OPTION_CHANCE:
	case OPTION_TIME:
	case OPTION_ADDR:
	case OPTION_RATE:
	case OPTION_DELAY:
	case OPTION_WEIGHTS:
		snprintf(why, OPTION_WHY, "%.32s: not %s", word, form[o->kind]);
		break;
	}
}

static void
unknown(const struct option_set *sets, const char *word,
    char why[static OPTION_WHY])
{
	size_t n = (size_t)snprintf(why, OPTION_WHY, "%.24s: none of", word);
	for (; sets->table != NULL; sets++)
		for (const struct play_option *o = sets->table; o->name; o++)
			if (n < OPTION_WHY - 1)
				n += (size_t)snprintf(
				    why + n, OPTION_WHY - n, " %s", o->name);
}

bool
option_parse(const struct option_set *sets, const char *word,
    char why[static OPTION_WHY])
{
	char copy[WORD], *value = copy;
	snprintf(copy, sizeof(copy), "%s", word);
	char *name = strsep(&value, "=");
	for (const struct option_set *s = sets; s->table != NULL; s++) {
		for (const struct play_option *o = s->table; o->name; o++) {
			if (strcmp(o->name, name) != 0)
				continue;
			if (strlen(word) < WORD &&
			    set(o, value, (char *)s->into + o->at))
				return true;
			legal(o, word, why);
			return false;
		}
	}
	unknown(sets, word, why);
	return false;
}
