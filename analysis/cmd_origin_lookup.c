/* SPDX-License-Identifier: ISC */
#include "analysis/origin/show.h"
#include "analysis/origin/snapshot.h"
#include "analysis/origin_args.h"
#include "probe/base/clock.h"
#include "probe/base/log.h"
#include "probe/base/opt.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* tumen origin lookup | info */

static const struct option lookup_options[] = {
    {"at", required_argument, NULL, 't'},
    {"help", no_argument, NULL, 'h'},
    {"json", no_argument, NULL, 'j'},
    {"max-days", required_argument, NULL, 'd'},
    {"origin", required_argument, NULL, ORIGIN_NONE},
    {NULL, 0, NULL, 0},
};

static const struct option info_options[] = {
    {"help", no_argument, NULL, 'h'},
    {"json", no_argument, NULL, 'j'},
    {"origin", required_argument, NULL, ORIGIN_NONE},
    {NULL, 0, NULL, 0},
};

static void
answer(const struct origin_set *set, const struct origin_args *o, uint32_t addr)
{
	struct origin_answer a;
	origin_lookup(set, addr, o->at_us, &a);
	if (o->json)
		show_answer_json(set, addr, &a);
	else
		show_answer(set, addr, &a);
}

/* Addresses on standard input, split by white space; bad ones are told. */
static int
answer_stdin(const struct origin_set *set, const struct origin_args *o)
{
	char word[64];
	int status = EX_OK;
	while (scanf("%63s", word) == 1) {
		uint32_t addr = 0;
		if (addr_parse(word, &addr)) {
			answer(set, o, addr);
			continue;
		}
		log_line(LOG_ERROR, "%s: not an IPv4 address", word);
		status = EX_DATAERR;
	}
	return status;
}

const char origin_lookup_help[] =
    "usage: tumen origin lookup [--origin FILE]... [--at TIME] [--json]\n"
    "           [--max-days N] ADDR...\n"
    "\n"
    "  --origin FILE   a snapshot; without it those of the state directory,\n"
    "                  and without those the table that ships\n"
    "  --at TIME       the time asked about (default: now)\n"
    "  --json          one object a line\n"
    "  --max-days N    how old a table may be (default: 400)\n"
    "\n"
    "Without ADDR, or where it is -, addresses are read on standard input.\n";

static int
lookup_all(
    const struct origin_set *set, const struct origin_args *o, char **addrs)
{
	int status = EX_OK;
	if (!o->json)
		show_answer_head();
	if (*addrs == NULL)
		return answer_stdin(set, o);
	for (; *addrs != NULL; addrs++) {
		uint32_t addr = 0;
		if (addr_parse(*addrs, &addr))
			answer(set, o, addr);
		else if (answer_stdin(set, o) != EX_OK)
			status = EX_DATAERR;
	}
	return status;
}

int
origin_lookup_command(int argc, char **argv)
{
	struct origin_args o;
	struct fault f = {0};
	if (!origin_args_parse(&o, argc, argv, lookup_options, &f))
		return opt_fail(&f);
	if (o.help) {
		fputs(origin_lookup_help, stdout);
		return origin_finish(EX_OK);
	}
	for (int i = optind; i < argc; i++) {
		uint32_t addr = 0;
		if (strcmp(argv[i], "-") != 0 && !addr_parse(argv[i], &addr)) {
			fault_set(&f, EX_USAGE,
			    "%s: not an IPv4 address in 0.0.0.0.."
			    "255.255.255.255",
			    argv[i]);
			return opt_fail(&f);
		}
	}
	if (o.at_us < 0)
		o.at_us = wall_now().ns / 1000;
	struct origin_set *set =
	    origin_set_open_at(o.files, o.nfiles, o.at_us, &f);
	if (set == NULL)
		return opt_fail(&f);
	origin_set_limit(set, o.max_days);
	int status = lookup_all(set, &o, argv + optind);
	origin_set_close(set);
	return origin_finish(status);
}

const char origin_info_help[] =
    "usage: tumen origin info [--origin FILE]... [--json]\n"
    "\n"
    "  --origin FILE   a snapshot; without it those that lookup would use\n"
    "  --json          one object a line\n";

int
origin_info_command(int argc, char **argv)
{
	struct origin_args o;
	struct fault f = {0};
	if (!origin_args_parse(&o, argc, argv, info_options, &f))
		return opt_fail(&f);
	if (o.help) {
		fputs(origin_info_help, stdout);
		return origin_finish(EX_OK);
	}
	const struct snapshot *const *tables = NULL;
	struct origin_set *set = origin_set_open(o.files, o.nfiles, &f);
	if (set == NULL)
		return opt_fail(&f);
	size_t n = origin_set_tables(set, &tables);
	for (size_t i = 0; i < n; i++)
		(o.json ? show_table_json : show_table)(tables[i]);
	origin_set_close(set);
	return origin_finish(EX_OK);
}
