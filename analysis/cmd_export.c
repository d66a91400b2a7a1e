/* SPDX-License-Identifier: ISC */
#include "analysis/commands.h"
#include "analysis/exchange/csv.h"
#include "analysis/query.h"
#include "probe/base/opt.h"
#include "probe/base/record_json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static const char help[] =
    "usage: tumen export --db DB [--format ndjson|csv] [--since T] [--until "
    "T]\n"
    "                    [--prefix P] [--vantage V]\n"
    "\n"
    "Prints the traces of the shared database, oldest first.\n"
    "  --db DB       the shared database (or $TUMEN_DB)\n"
    "  --format F    ndjson (default), one object a trace, or csv, one line a\n"
    "                probe\n"
    "  --since T     only traces that started at or after T (UTC), and\n"
    "  --until T     before T: 2026-11-21, 2026-11-21T16:53:59Z, @SECONDS\n"
    "  --prefix P    only targets in this prefix\n"
    "  --vantage V   only this vantage\n";

enum format { NDJSON, CSV, ATLAS, SCAMPER };

static bool
parse_format(const char *text, int *format, struct fault *f)
{
	static const char *const words[] = {
	    "ndjson", "csv", "atlas", "scamper", NULL};
	if (text == NULL)
		return true;
	if (!opt_word("--format", text, words, format, f))
		return false;
	return *format <= CSV ||
	       fault_set(f, EX_USAGE,
		   "--format %s: not in this version (ndjson, csv)", text);
}

static bool
print(void *arg, const struct record *r, struct fault *f)
{
	const int *format = arg;
	struct json j = {0};
	if (*format == CSV) {
		csv_trace(r, stdout);
	} else {
		record_json(r, &j);
		json_line(&j, stdout);
	}
	return !ferror(stdout) ||
	       fault_set(f, EX_IOERR, "stdout: %s", strerror(errno));
}

int
cmd_export(int argc, char **argv)
{
	struct fault f = {0};
	struct query q;
	int format = NDJSON;
	if (!query_parse(&q,
		QUERY_DB | QUERY_FORMAT | QUERY_WINDOW | QUERY_SELECT, argc,
		argv, &f))
		return opt_fail(&f);
	if (q.help)
		return fputs(help, stdout) < 0;
	if (!parse_format(q.format, &format, &f))
		return opt_fail(&f);
	struct store *s = query_store(&q, STORE_READ, &f);
	if (s == NULL)
		return opt_fail(&f);
	if (format == CSV)
		csv_header(stdout);
	bool ok = store_traces(s, &q.filter, print, &format, &f);
	store_close(s);
	if (ok && fflush(stdout) != 0)
		ok = fault_set(&f, EX_IOERR, "stdout: %s", strerror(errno));
	return ok ? EX_OK : opt_fail(&f);
}
