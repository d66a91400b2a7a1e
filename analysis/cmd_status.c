/* SPDX-License-Identifier: ISC */
#include "analysis/change/kept.h"
#include "analysis/commands.h"
#include "analysis/query.h"
#include "analysis/report/status.h"
#include "probe/base/opt.h"

#include <stdio.h>
#include <sysexits.h>

static const char help[] =
    "usage: tumen status --db DB [--at TIME] [--prefix P] [--vantage V] "
    "[--json]\n"
    "\n"
    "Says through whom each prefix is reached, what BGP says of it where\n"
    "`tumen control import` has read some, then which vantages say so.\n"
    "  --db DB      the shared database (or $TUMEN_DB)\n"
    "  --at TIME    the state of that moment instead of the newest\n"
    "  --prefix P   only this prefix;  --vantage V  only this vantage\n"
    "  --json       one object a line, see tumen-status(1)\n";

int
cmd_status(int argc, char **argv)
{
	struct fault f = {0};
	struct query q;
	struct timeline t;
	struct status s;
	struct control control = {0};
	if (!query_parse(&q, QUERY_DB | QUERY_JSON | QUERY_AT | QUERY_SELECT,
		argc, argv, &f))
		return opt_fail(&f);
	if (q.help)
		return fputs(help, stdout) < 0;
	if (q.at_us >= 0)
		q.filter.until_us = q.at_us + 1;
	struct store *store = query_store(&q, STORE_READ, &f);
	if (store == NULL)
		return opt_fail(&f);
	bool ok = kept_read(&t, store, &q.filter, &f) &&
		  control_read(&control, store,
		      &(struct control_ask){.prefix = q.filter.prefix,
			  .until_us = q.filter.until_us},
		      &f);
	status_open(&s, &t);
	status_control(&s, &control, q.at_us >= 0 ? q.at_us : INT64_MAX);
	if (ok && q.json)
		status_json(&s, stdout);
	else if (ok)
		status_print(&s, stdout);
	status_close(&s);
	control_close(&control);
	timeline_close(&t);
	store_close(store);
	if (!ok)
		return opt_fail(&f);
	return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}
