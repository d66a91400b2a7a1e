/* SPDX-License-Identifier: ISC */
#include "probe/campaign/setting_value.h"

#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "probe/base/opt.h"
#include "probe/campaign/setting.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { HOUR_S = 3600, DAY_S = 86400 };

/* "300", "90s", "15m", "6h", "1d" into seconds. */
static bool
duration(const char *text, int64_t *s)
{
	static const struct {
		char suffix;
		int64_t s;
	} units[] = {
	    {'\0', 1}, {'s', 1}, {'m', 60}, {'h', HOUR_S}, {'d', DAY_S}};
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
		return true;
	}
	return false;
}

static const char *
duration_text(int64_t s, char text[static 24])
{
	if (s > 0 && s % DAY_S == 0)
		snprintf(text, 24, "%" PRId64 "d", s / DAY_S);
	else if (s > 0 && s % HOUR_S == 0)
		snprintf(text, 24, "%" PRId64 "h", s / HOUR_S);
	else
		snprintf(text, 24, "%" PRId64 "s", s);
	return text;
}

static bool
duration_into(int64_t *to, const struct setting_key *k, const char *value,
    struct fault *f)
{
	char lo[24], hi[24];
	int64_t s = 0;
	bool or_never = k->kind == SETTING_OR_NEVER, good = duration(value, &s);
	if (good && ((s >= k->lo && s <= k->hi) || (s == 0 && or_never))) {
		*to = s;
		return true;
	}
	return fault_set(f, EX_CONFIG,
	    "not %sa duration in %s..%s (300, 90s, 15m, 6h, 1d)",
	    or_never ? "0 or " : "", duration_text(k->lo, lo),
	    duration_text(k->hi, hi));
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
text_into(
    char *to, const struct setting_key *k, const char *value, struct fault *f)
{
	if (k->kind == SETTING_NAME && !setting_is_name(value))
		return fault_set(f, EX_CONFIG, "not 1..%d of a-z 0-9 . _ -",
		    RECORD_NAME_MAX);
	if (k->kind == SETTING_PATH && value[0] != '/')
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
number_into(int64_t *to, const struct setting_key *k, const char *value,
    struct fault *f)
{
	if (opt_number("", value, (struct opt_range){k->lo, k->hi}, to, NULL))
		return true;
	return fault_set(f, EX_CONFIG, "not a number in %" PRId64 "..%" PRId64,
	    k->lo, k->hi);
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

/* The one of a few words that it is; their order is that of the values. */
static bool
word_into(int *to, const char *const *words, const char *value, struct fault *f)
{
	char list[64] = "";
	for (int i = 0; words[i] != NULL; i++) {
		size_t used = strlen(list);
		snprintf(list + used, sizeof(list) - used, "%s%s",
		    i > 0 ? ", " : "", words[i]);
	}
	return opt_word("", value, words, to, NULL) ||
	       fault_set(f, EX_CONFIG, "not one of %s", list);
}

static bool
switch_into(bool *to, const char *value, struct fault *f)
{
	static const char *const words[] = {"no", "yes", NULL};
	int i = 0;
	bool ok = word_into(&i, words, value, f);
	*to = i == 1;
	return ok;
}

static bool
mda_into(int64_t *to, const char *value, struct fault *f)
{
	static const char *const words[] = {"95", "99", NULL};
	int i = 0;
	bool ok = word_into(&i, words, value, f);
	*to = i == 0 ? 95 : 99;
	return ok;
}

static bool
evidence_into(enum config_evidence *to, const char *value, struct fault *f)
{
	static const char *const words[] = {
	    [EVIDENCE_EDGE] = "edge",
	    [EVIDENCE_ALL] = "all",
	    [EVIDENCE_NONE] = "none",
	    NULL,
	};
	int i = 0;
	bool ok = word_into(&i, words, value, f);
	*to = (enum config_evidence)i;
	return ok;
}

/* The n-th of the ports. */
static bool
add_port(uint16_t *ports, size_t n, const char *word, struct fault *f)
{
	int64_t port = 0;
	if (!opt_number("", word, (struct opt_range){1, 65535}, &port, NULL))
		return fault_set(
		    f, EX_CONFIG, "%s is not a number in 1..65535", word);
	if (n == CONFIG_PORTS_MAX)
		return fault_set(
		    f, EX_CONFIG, "more than %d ports", CONFIG_PORTS_MAX);
	for (size_t i = 0; i < n; i++)
		if (ports[i] == port)
			return fault_set(
			    f, EX_CONFIG, "%s is named twice", word);
	ports[n] = (uint16_t)port;
	return true;
}

static bool
ports_into(uint16_t *to, const char *value, struct fault *f)
{
	char *copy = xstrdup(value), *rest = NULL;
	size_t n = 0;
	bool ok = true;
	for (char *word = strtok_r(copy, " \t,", &rest); ok && word != NULL;
	     word = strtok_r(NULL, " \t,", &rest))
		ok = add_port(to, n++, word, f);
	free(copy);
	if (ok && n == 0)
		return fault_set(f, EX_CONFIG, "not 1..%d numbers in 1..65535",
		    CONFIG_PORTS_MAX);
	return ok;
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
		return fault_set(f, EX_CONFIG, "%s: more than %d entries", word,
		    CONFIG_FORBIDDEN_MAX);
	v->forbidden = xreallocarray(
	    v->forbidden, v->nforbidden + 1, sizeof(*v->forbidden));
	v->forbidden[v->nforbidden++] = p;
	return true;
}

static bool
forbid_all(struct config_vantage *v, const char *value, struct fault *f)
{
	char *copy = xstrdup(value), *rest = NULL;
	bool ok = true;
	for (char *word = strtok_r(copy, " \t,", &rest); ok && word != NULL;
	     word = strtok_r(NULL, " \t,", &rest))
		ok = forbid(v, word, f);
	free(copy);
	return ok;
}

bool
setting_store(
    void *to, const struct setting_key *k, const char *value, struct fault *f)
{
	switch (k->kind) {
	case SETTING_NAME:
	case SETTING_TEXT:
	case SETTING_PATH:
		return text_into(to, k, value, f);
	case SETTING_NUMBER:
		return number_into(to, k, value, f);
	case SETTING_DURATION:
	case SETTING_OR_NEVER:
		return duration_into(to, k, value, f);
	case SETTING_TIME:
		return clock_parse_us(value, to) ||
		       fault_set(f, EX_CONFIG,
			   "not a UTC time (2026-11-21T16:00:00Z, 2026-11-21, "
			   "@seconds)");
	case SETTING_ADDRESS:
		return address_into(to, value, f);
	case SETTING_SWITCH:
		return switch_into(to, value, f);
	case SETTING_MDA:
		return mda_into(to, value, f);
	case SETTING_EVIDENCE:
		return evidence_into(to, value, f);
	case SETTING_METHODS:
		return methods_parse(to, value, f);
	case SETTING_PORTS:
		return ports_into(to, value, f);
	case SETTING_FORBIDDEN:
		return forbid_all(to, value, f);
	case SETTING_WORDS:
		break;
	}
	return false;
}

const char *
setting_show(const void *field, const struct setting_key *k,
    char text[static SETTING_SHOWN])
{
	char address[ADDR_STRLEN];
	const uint32_t *addr = field;
	const int64_t *number = field;
	const char *string = field;
	if (k->kind == SETTING_NUMBER)
		snprintf(text, SETTING_SHOWN, "%" PRId64, *number);
	else if (k->kind == SETTING_ADDRESS)
		snprintf(text, SETTING_SHOWN, "%s",
		    *addr == 0 ? "none" : addr_format(*addr, address));
	else
		snprintf(text, SETTING_SHOWN, "%s",
		    string[0] == '\0' ? "none" : string);
	return text;
}
