/* SPDX-License-Identifier: ISC */
#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "probe/base/opt.h"
#include "probe/check.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static void
add(struct targets *to, const struct targets *from)
{
	to->addr = xreallocarray(to->addr, to->n + from->n, sizeof(*to->addr));
	for (size_t i = 0; i < from->n; i++)
		to->addr[to->n++] = from->addr[i];
}

/* Of all campaigns, by address; never one that nobody may probe. */
static void
collect_controls(struct check *c)
{
	const struct config_vantage *v = &c->config.vantage;
	for (size_t i = 0; i < c->config.n; i++)
		if (c->config.campaigns[i].control.n > 0)
			add(&c->controls, &c->config.campaigns[i].control);
	targets_sort(&c->controls);
	for (size_t i = 0; i < v->nforbidden; i++)
		targets_remove(&c->controls, &v->forbidden[i]);
}

static void
examine(struct check *c)
{
	check_machine(c);
	check_files(c);
	check_clock(c);
	fflush(stdout); /* traces take their time */
	check_controls(c);
}

static int
print_json(const struct check *c)
{
	struct json j = {0};
	check_json(c, &j);
	int e = json_line(&j, stdout);
	json_clear(&j);
	if (e == 0)
		return c->report.status;
	log_line(LOG_ERROR, "standard output: %s", strerror(-e));
	return EX_IOERR;
}

static int
check(struct check *c)
{
	struct fault f = {0};
	c->now_us = wall_now().ns / 1000;
	c->report.quiet = c->json;
	if (!check_load(c, &f))
		return opt_fail(&f);
	collect_controls(c);
	if (!c->json)
		check_text(c);
	examine(c);
	return c->json ? print_json(c) : c->report.status;
}

static void
usage(FILE *f)
{
	fputs("usage: tumen-probe check -c FILE [--json] [--offline]\n"
	      "Says in words what the agent would send, and tests whether it\n"
	      "could. Traces the control destinations, and nothing else.\n"
	      "  -c FILE     tumen-probe.conf(5)\n"
	      "  --json      one object on one line\n"
	      "  --offline   send nothing\n",
	    f);
}

int
cmd_check(int argc, char **argv)
{
	struct options_config o = {0};
	struct check c = {0};
	struct fault f = {0};
	if (!options_config(argc, argv, &o, &f))
		return opt_fail(&f);
	if (o.help) {
		usage(stdout);
		return EX_OK;
	}
	if (!config_load(&c.config, o.file, &f))
		return opt_fail(&f);
	c.file = o.file;
	c.json = o.json;
	c.offline = o.offline;
	int status = check(&c);
	targets_clear(&c.controls);
	check_report_clear(&c.report);
	config_clear(&c.config);
	return status;
}
