/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_SPOOL_LOOK_H
#define TUMEN_TESTS_SPOOL_LOOK_H

/* What lies in databases and folders after an upload. */

#include "sql/store.h"
#include "tests/unit/store_place.h"
#include "tests/unit/store_same.h"
#include "tests/unit/store_sample.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static inline bool
spool_count_one(void *arg, const struct record *r, struct fault *f)
{
	uint8_t *seen = arg;
	struct record expected = sample_record(r->vantage, r->epoch, r->seq);
	(void)f;
	assert_in_range(r->seq, 1, 9999);
	assert_true(same_record(r, &expected, true));
	record_clear(&expected);
	seen[r->seq]++;
	return true;
}

/* Counts how often each seq is in a database; all are as they were written. */
static inline void
spool_count(const char *db, uint8_t seen[static 10000])
{
	struct fault f = {0};
	struct store_filter all = {.with_evidence = true};
	struct store *s = store_open(db, STORE_READ, &f);
	if (s == NULL || !store_traces(s, &all, spool_count_one, seen, &f))
		fail_msg("%s", f.text);
	store_close(s);
}

static inline size_t
spool_total(const char *db)
{
	size_t n = 0;
	uint8_t *seen = xcalloc(10000, 1);
	spool_count(db, seen);
	for (int i = 0; i < 10000; i++)
		n += seen[i];
	free(seen);
	return n;
}

/* Files of a folder whose names end so; "" all but . and .. */
static inline size_t
spool_files(const char *dir, const char *suffix)
{
	size_t n = 0;
	DIR *d = opendir(dir);
	for (struct dirent *e = d ? readdir(d) : NULL; e != NULL;
	     e = readdir(d)) {
		size_t len = strlen(e->d_name), k = strlen(suffix);
		bool dots =
		    strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
		n += !dots && len >= k &&
		     strcmp(e->d_name + len - k, suffix) == 0;
	}
	if (d != NULL)
		closedir(d);
	return n;
}

static inline void
spool_overwrite(const char *path, long at, const char *bytes)
{
	FILE *f = fopen(path, "r+b");
	assert_non_null(f);
	fseek(f, at, SEEK_SET);
	fputs(bytes, f);
	fclose(f);
}

/* Whether a segment lies in quarantine with this reason, signature and all. */
static inline bool
spool_quarantined(const struct place *p, const char *name, const char *reason)
{
	size_t len = 0;
	char *file = xasprintf("%s/quarantine/%s", p->spool, name);
	char *why = xasprintf("%s.reason", file);
	char *text = sample_read(why, &len);
	bool ok = access(file, F_OK) == 0 && text != NULL &&
		  strstr(text, reason) != NULL;
	if (!ok)
		print_message("%s: %s\n", name, text ? text : "no reason");
	free(text);
	free(why);
	free(file);
	return ok;
}

#endif
