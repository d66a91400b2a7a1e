/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_QUERY_H
#define TUMEN_QUERY_H

#include "analysis/infer/carrier.h"
#include "analysis/origin/origin.h"
#include "probe/base/fault.h"
#include "sql/store.h"

#include <stdbool.h>
#include <stddef.h>

/* The options of all commands on the database, each with one meaning. */
enum {
	QUERY_DB = 1,	    /* --db DB, or $TUMEN_DB */
	QUERY_ORIGIN = 2,   /* --origin FILE..., --carriers FILE */
	QUERY_JSON = 4,	    /* --json */
	QUERY_WINDOW = 8,   /* --since T, --until T */
	QUERY_SELECT = 16,  /* --prefix P, --vantage V */
	QUERY_FROM_TO = 32, /* --from T, --to T: the window by other names */
	QUERY_AT = 64,	    /* --at T */
	QUERY_PLANE = 128,  /* --plane data|control */
	QUERY_SPOOL = 512,  /* --spool DIR..., --archive DIR, --keep */
	QUERY_FILES = 1024, /* something may stand behind the options */
	QUERY_KEYS = 8192,  /* --keys FILE|DIR */
	/* --keep DAYS, --ahead DAYS, --archive DIR, --keep-archive DAYS,
	 * --dry-run */
	QUERY_RETENTION = 16384,
	QUERY_PACE = 32768, /* --watch, --rate N, --retry-max S */
	/* --a-time T, --b-time T, --hours N, --unified, --all, --width N */
	QUERY_DIFF = 1 << 20,
	/* --watch, --every S, --exec CMD, --state FILE, --runs, --vantages,
	 * --dependence, --width N */
	QUERY_TIMELINE = 1 << 21,
	QUERY_EXPORT = 1 << 23, /* --format F, --level L, --campaign NAME */
	/* --dry-run, --no-source, --vantage V, --start T, --prefix P */
	QUERY_IMPORT = 1 << 22,
};

/* Parts of these for commands that have no use for the whole. */
enum {
	QUERY_VANTAGE = 2048,  /* of QUERY_SELECT: --vantage V */
	QUERY_SEGMENTS = 4096, /* of QUERY_SPOOL: --spool DIR..., --archive */
};

enum { QUERY_ORIGINS_MAX = 64, QUERY_SPOOLS_MAX = 256 };

struct query {
	const char *db; /* NULL: not given */
	size_t norigins;
	const char *origin[QUERY_ORIGINS_MAX];
	const char *carriers;
	const char *format, *level; /* of export; NULL: not given */
	const char *archive, *keys; /* NULL: not given */
	size_t nspools;
	const char *spool[QUERY_SPOOLS_MAX];
	bool json, help, keep, dry, watch;
	int64_t rate, retry_max_s;			  /* 0: not given */
	int64_t keep_days, keep_archive_days, ahead_days; /* -1 */
	int64_t at_us;					  /* -1 */
	const char *a_time, *b_time; /* times, as written; NULL: not given */
	bool unified, all;
	int64_t hours, width;	  /* 0: not given */
	const char *plane;	  /* "data" or "control"; NULL: not given */
	const char *exec, *state; /* of timeline --watch; NULL: not given */
	int64_t every_s;	  /* 0: not given */
	bool runs, vantages, dependence;
	bool no_source;
	int64_t start_us; /* of import; -1 */
	struct prefix prefix;
	struct store_filter filter;
	int argc; /* what stands behind the options; argv ends with NULL */
	char **argv;
};

/*
 * Reads the options that `allowed` names. False with EX_USAGE. The window's
 * order is checked. --help sets help and prints nothing.
 */
bool query_parse(
    struct query *q, int allowed, int argc, char **argv, struct fault *f);

/* Opens --db, or says that it is missing (EX_USAGE). */
struct store *
query_store(const struct query *q, enum store_mode mode, struct fault *f);

/* How many columns a text may have: --width N, the terminal's, or 80. */
enum { QUERY_WIDTH_MIN = 60, QUERY_WIDTH_MAX = 200 };
size_t query_width(const struct query *q);

#endif
