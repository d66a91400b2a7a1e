/* SPDX-License-Identifier: ISC */
#include "probe/base/clock.h"
#include "probe/base/json.h"
#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "probe/base/opt.h"
#include "probe/campaign/view_show.h"
#include "probe/commands.h"
#include "sql/lock.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* The agent does not run, or something wants a person. */
enum { EXIT_UNWELL = 1 };

static void
usage(FILE *f)
{
	fputs("usage: tumen-probe status -c FILE [--json]\n"
	      "Says whether the agent runs, what it did, what comes next, and\n"
	      "what wants a person. Disturbs nothing.\n"
	      "  -c FILE   tumen-probe.conf(5) of the agent\n"
	      "  --json    one object on one line\n",
	    f);
}

/*
 * The spool of a configuration that is wrong elsewhere: an agent goes on with
 * the one that it read before, and just then somebody asks.
 */
static void
find_spool(const char *path, struct config_vantage *v)
{
	char line[CONFIG_PATH_MAX + 64];
	bool vantage = false;
	FILE *file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		int from = -1, to = -1;
		if (line[0] == '[')
			vantage = strncmp(line, "[vantage]", 9) == 0;
		if (vantage)
			sscanf(line, " spool %*1[=:] %n/%*s%n", &from, &to);
		if (to > from && to - from <= CONFIG_PATH_MAX)
			snprintf(v->spool, sizeof(v->spool), "%.*s", to - from,
			    line + from);
	}
	if (file != NULL)
		fclose(file);
}

/* *wrong has a text when the agent would not start with this file. */
static bool
spool_of(const char *path, struct config_vantage *v, struct fault *wrong)
{
	struct config c;
	*v = (struct config_vantage){.spool = COMMANDS_SPOOL};
	if (!config_load(&c, path, wrong)) {
		find_spool(path, v);
		return wrong->status == EX_CONFIG;
	}
	memcpy(v->spool, c.vantage.spool, sizeof(v->spool));
	config_clear(&c);
	return true;
}

static bool
lives(const char *spool, bool *alive, struct fault *f)
{
	char *path = xasprintf("%s/lock", spool);
	bool ok = lock_ask(path, alive, f);
	free(path);
	return ok;
}

static int
write_out(const struct view_look *look, const struct view_wants *w, bool json)
{
	struct json j = {0};
	if (!json)
		return view_show(look, w, stdout);
	view_json(look, w, &j);
	int e = json_line(&j, stdout);
	json_clear(&j);
	return e;
}

static int
show(const struct view_look *look, bool json)
{
	struct view_wants w;
	view_wants(look, &w);
	int e = write_out(look, &w, json);
	if (e != 0) {
		log_line(LOG_ERROR, "standard output: %s", strerror(-e));
		return EX_IOERR;
	}
	return w.n > 0 ? EXIT_UNWELL : EX_OK;
}

static int
look_at(const struct options_config *o, struct fault *f)
{
	struct config_vantage v;
	struct fault wrong = {0};
	struct view view;
	struct view_look look = {.view = &view, .spool = v.spool};
	if (!spool_of(o->file, &v, &wrong)) {
		*f = wrong;
		return opt_fail(f);
	}
	if (wrong.status != EX_OK)
		look.wrong = wrong.text;
	if (!lives(v.spool, &look.alive, f))
		return opt_fail(f);
	if (!view_read(&view, v.spool, f)) {
		if (f->status == EX_UNAVAILABLE)
			fault_set(f, EX_UNAVAILABLE, "%s: %s", v.spool,
			    look.alive ? "its agent has not said anything yet"
				       : "no agent has ever run here");
		return opt_fail(f);
	}
	look.now_us = wall_now().ns / 1000;
	int status = show(&look, o->json);
	view_clear(&view);
	return status;
}

int
cmd_status(int argc, char **argv)
{
	struct options_config o = {0};
	struct fault f = {0};
	if (!options_config(argc, argv, &o, &f))
		return opt_fail(&f);
	if (o.help) {
		usage(stdout);
		return EX_OK;
	}
	return look_at(&o, &f);
}
