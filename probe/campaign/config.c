/* SPDX-License-Identifier: ISC */
#include "probe/campaign/config.h"

#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "probe/campaign/setting.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* A configuration is read by people; a longer one is a mistake. */
enum { FILE_MAX = 1 << 20 };

/* The state of one parse: inih asks for lines and hands over values. */
struct parse {
	struct config *config;
	const char *name;
	const char *text;
	size_t left;
	int line;
	bool failed;
	struct fault *fault;
};

static bool
fail(struct parse *p, const char *text)
{
	if (!p->failed)
		fault_set(
		    p->fault, EX_CONFIG, "%s:%d: %s", p->name, p->line, text);
	p->failed = true;
	return false;
}

/* fgets() for inih, which counts the lines and refuses those that are cut. */
static char *
next_line(char *to, int size, void *stream)
{
	struct parse *p = stream;
	if (p->left == 0 || p->failed)
		return NULL;
	const char *end = memchr(p->text, '\n', p->left);
	size_t len = end != NULL ? (size_t)(end - p->text) + 1 : p->left;
	p->line++;
	if (len >= (size_t)size - 2) {
		char text[64];
		snprintf(
		    text, sizeof(text), "line longer than %d bytes", size - 3);
		fail(p, text);
		return NULL;
	}
	if (memchr(p->text, '\0', len) != NULL) {
		fail(p, "a NUL byte: not a text file");
		return NULL;
	}
	memcpy(to, p->text, len);
	to[len] = '\0';
	p->text += len;
	p->left -= len;
	return to;
}

static struct config_campaign *
campaign(struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->campaigns[i].name, name) == 0)
			return &c->campaigns[i];
	if (c->n == CONFIG_CAMPAIGNS_MAX)
		return NULL;
	c->campaigns =
	    xreallocarray(c->campaigns, c->n + 1, sizeof(*c->campaigns));
	struct config_campaign *new = &c->campaigns[c->n++];
	*new = (struct config_campaign){.methods = {{METHOD_UDP}, 1},
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
	    .phase_s = -1};
	snprintf(new->name, sizeof(new->name), "%s", name);
	return new;
}

static bool
campaign_setting(
    struct parse *p, const char *section, const char *key, const char *value)
{
	const char *name = section + strlen("campaign ");
	struct fault f = {0};
	char text[512];
	if (!setting_is_name(name)) {
		snprintf(text, sizeof(text),
		    "[%s]: the name of a campaign is 1..%d of a-z 0-9 . _ -",
		    section, RECORD_NAME_MAX);
		return fail(p, text);
	}
	struct config_campaign *c = campaign(p->config, name);
	if (c == NULL)
		return fail(p, "more than 64 campaigns");
	return setting_campaign(c, section, key, value, &f) || fail(p, f.text);
}

/* inih's handler: nonzero goes on. */
static int
on_value(void *user, const char *section, const char *key, const char *value)
{
	struct parse *p = user;
	struct fault f = {0};
	char text[160];
	if (p->failed)
		return 0;
	if (strncmp(section, "campaign ", strlen("campaign ")) == 0)
		return campaign_setting(p, section, key, value);
	if (strcmp(section, "vantage") == 0)
		return setting_vantage(p->config, key, value, &f) ||
		       fail(p, f.text);
	snprintf(text, sizeof(text),
	    "[%s]: no such section ([vantage] or [campaign NAME])", section);
	return fail(p, text);
}

/* What only the whole file can tell. */
static bool
check_campaign(const struct config *c, const struct config_campaign *k,
    char *why, size_t n)
{
	if (k->targets.n == 0)
		snprintf(why, n, "[campaign %s] targets: %s", k->name,
		    c->ntargets_forbidden > 0 ? "do_not_probe forbids them all"
					      : "not set");
	else if (k->interval_s < 0)
		snprintf(why, n, "[campaign %s] interval: not set", k->name);
	else if (k->phase_s >= k->interval_s)
		snprintf(why, n,
		    "[campaign %s] phase %jd: not below the interval, %jd s",
		    k->name, (intmax_t)k->phase_s, (intmax_t)k->interval_s);
	else if (k->port >= 0 && !methods_have_port(&k->methods))
		snprintf(why, n, "[campaign %s] port %jd: icmp has no ports",
		    k->name, (intmax_t)k->port);
	else if (k->max_ttl >= 0 && k->first_ttl > k->max_ttl)
		snprintf(why, n,
		    "[campaign %s] first_ttl %jd: above max_ttl, %jd", k->name,
		    (intmax_t)k->first_ttl, (intmax_t)k->max_ttl);
	else
		return true;
	return false;
}

static bool
check_all(struct config *c, const char *name, struct fault *f)
{
	char why[160];
	if (c->vantage.name[0] == '\0')
		return fault_set(
		    f, EX_CONFIG, "%s: [vantage] name: not set", name);
	if (c->n == 0)
		return fault_set(f, EX_CONFIG,
		    "%s: no [campaign NAME]: nothing to do", name);
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->vantage.nforbidden; k++)
			c->ntargets_forbidden += targets_remove(
			    &c->campaigns[i].targets, &c->vantage.forbidden[k]);
	for (size_t i = 0; i < c->n; i++)
		if (!check_campaign(c, &c->campaigns[i], why, sizeof(why)))
			return fault_set(f, EX_CONFIG, "%s: %s", name, why);
	return true;
}

bool
config_parse(struct config *c, const char *name, const char *text, size_t len,
    struct fault *f)
{
	struct parse p = {
	    .config = c, .name = name, .text = text, .left = len, .fault = f};
	*c = (struct config){.vantage = {.spool = "/var/lib/tumen/spool",
				 .rate = CONFIG_RATE,
				 .burst = CONFIG_BURST,
				 .disk_warn = CONFIG_DISK_WARN,
				 .disk_stop = CONFIG_DISK_STOP}};
	int line = ini_parse_stream(next_line, &p, on_value, &p);
	if (line > 0 && !p.failed) {
		p.line = line;
		fail(&p, "neither a [section] nor a key = value");
	}
	if (!p.failed && check_all(c, name, f))
		return true;
	config_clear(c);
	return false;
}

bool
config_load(struct config *c, const char *path, struct fault *f)
{
	FILE *file = fopen(path, "re");
	char *text = xcalloc(1, FILE_MAX);
	size_t len = file != NULL ? fread(text, 1, FILE_MAX, file) : 0;
	bool ok = file != NULL && !ferror(file);
	int error = errno;
	if (file != NULL)
		fclose(file);
	*c = (struct config){0};
	if (!ok)
		fault_set(f, error == EACCES ? EX_NOPERM : EX_UNAVAILABLE,
		    "%s: %s", path, strerror(error));
	else if (len == FILE_MAX)
		ok = fault_set(
		    f, EX_CONFIG, "%s: longer than %d bytes", path, FILE_MAX);
	else
		ok = config_parse(c, path, text, len, f);
	free(text);
	return ok;
}

void
config_clear(struct config *c)
{
	for (size_t i = 0; i < c->n; i++)
		targets_clear(&c->campaigns[i].targets);
	free(c->campaigns);
	free(c->vantage.forbidden);
	*c = (struct config){0};
}

struct schedule
config_schedule(const struct config *c, const struct config_campaign *campaign)
{
	struct schedule s = {
	    .interval_us = campaign->interval_s * US_PER_S,
	    .anchor_us = campaign->anchor_us,
	};
	s.phase_us = campaign->phase_s >= 0
			 ? campaign->phase_s * US_PER_S
			 : schedule_phase_us(
			       c->vantage.name, campaign->name, s.interval_us);
	return s;
}
