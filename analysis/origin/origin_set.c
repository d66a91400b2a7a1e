/* SPDX-License-Identifier: ISC */
#include "analysis/origin/origin_set.h"

#include "analysis/origin/bases.h"
#include "analysis/origin/changes.h"
#include "analysis/origin/reserved.h"
#include "analysis/origin/search.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* Keeps the order newest first; of equal dates the one opened first. */
static void
insert(struct origin_set *set, struct snapshot *s)
{
	size_t i = set->n++;
	set->tables =
	    xreallocarray(set->tables, set->n, sizeof(struct snapshot *));
	for (; i > 0 && set->tables[i - 1]->asof_us < s->asof_us; i--)
		set->tables[i] = set->tables[i - 1];
	set->tables[i] = s;
}

/* From the oldest table on: what the newer one lacks, the older one has. */
static void
find_moments(struct origin_set *set)
{
	set->moments = xcalloc(set->n + 1, sizeof(*set->moments));
	for (size_t i = set->n; i-- > 0;) {
		struct origin_moment *m = &set->moments[i];
		unsigned holds = snapshot_holds(set->tables[i]);
		if (i + 1 < set->n)
			*m = set->moments[i + 1];
		m->has[HOLDS_NOTHING] = set->tables[i];
		for (int k = HOLDS_NOTHING + 1; k < HOLDS_KINDS; k++)
			if (holds & 1u << k)
				m->has[k] = set->tables[i];
		m->alone = true;
		for (int k = ORIGIN_IXP; k <= ORIGIN_CURATED; k++)
			if (m->has[k] != NULL && m->has[k] != set->tables[i])
				m->alone = false;
	}
}

static struct origin_set *
open_all(const char *const *paths, size_t n, struct fault *f)
{
	struct origin_set *set = xcalloc(1, sizeof(*set));
	bool ok = true;
	origin_set_limit(set, ORIGIN_DAYS_MAX);
	for (size_t i = 0; ok && i < n; i++) {
		struct snapshot *s = snapshot_open(paths[i], f);
		ok = s != NULL;
		if (ok)
			insert(set, s);
	}
	for (size_t i = 0; ok && i < set->n; i++)
		if (set->tables[i]->base_ref.p != NULL)
			ok = bases_find(set, set->tables[i], f);
	if (ok) {
		find_moments(set);
		return set;
	}
	origin_set_close(set);
	return NULL;
}

/* Marks for each layer and the like the newest file not later than at_us. */
static void
mark_newest(const struct snapshot_glance *glances, size_t n, int64_t at_us,
    bool *needed)
{
	size_t best[HOLDS_KINDS], earliest = 0;
	for (int k = 0; k < HOLDS_KINDS; k++)
		best[k] = n;
	for (size_t i = 0; i < n; i++) {
		const struct snapshot_glance *g = &glances[i];
		unsigned holds = g->holds | 1u << HOLDS_NOTHING;
		if (g->asof_us < glances[earliest].asof_us)
			earliest = i;
		for (int k = 0; k < HOLDS_KINDS && g->asof_us <= at_us; k++)
			if ((holds & 1u << k) != 0 &&
			    (best[k] == n ||
				glances[best[k]].asof_us < g->asof_us))
				best[k] = i;
	}
	for (int k = 0; k < HOLDS_KINDS; k++)
		needed[best[k]] = true; /* [n]: none */
	needed[earliest] |= best[HOLDS_NOTHING] == n;
}

static void
mark_bases(const struct snapshot_glance *glances, size_t n, bool *needed)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; needed[i] && glances[i].changes && k < n;
		     k++)
			if (memcmp(glances[i].base, glances[k].identity,
				sizeof(glances[i].base)) == 0)
				needed[k] = true;
}

/*
 * Leaves the files that can answer for at_us and their bases or, where all are
 * later, the earliest one. Returns how many.
 */
static size_t
choose(const char **paths, const struct snapshot_glance *glances, size_t n,
    int64_t at_us)
{
	size_t kept = 0;
	bool *needed = xcalloc(n + 1, sizeof(*needed));
	mark_newest(glances, n, at_us, needed);
	mark_bases(glances, n, needed);
	for (size_t i = 0; i < n; i++)
		if (needed[i])
			paths[kept++] = paths[i];
	free(needed);
	return kept;
}

static struct origin_set *
open_some(const char *const *all, size_t n, int64_t at_us, struct fault *f)
{
	struct snapshot_glance *glances = xcalloc(n + 1, sizeof(*glances));
	const char **paths = xcalloc(n + 1, sizeof(*paths));
	struct origin_set *set = NULL;
	bool ok = true;
	for (size_t i = 0; ok && i < n; i++) {
		paths[i] = all[i];
		ok = snapshot_glance(all[i], &glances[i], f);
	}
	if (ok)
		bases_glance(paths, glances, n);
	if (ok)
		set = open_all(paths, choose(paths, glances, n, at_us), f);
	free(glances);
	free(paths);
	return set;
}

/* at_us is negative for every time. */
static struct origin_set *
open_paths(const char *const *paths, size_t n, int64_t at_us, struct fault *f)
{
	if (at_us < 0 || n < 2)
		return open_all(paths, n, f);
	return open_some(paths, n, at_us, f);
}

static struct origin_set *
open_default(int64_t at_us, struct fault *f)
{
	char **paths = NULL;
	size_t n = search_folder(SEARCH_STATE_DIR, &paths);
	size_t skip = n > ORIGIN_TABLES_MAX ? n - ORIGIN_TABLES_MAX : 0;
	if (n == 0) {
		char *shipped = search_shipped();
		paths = xcalloc(1, sizeof(*paths));
		n = shipped != NULL;
		paths[0] = shipped;
	}
	struct origin_set *set = NULL;
	if (n > 0) /* names begin with dates: the newest */
		set = open_paths(
		    (const char *const *)paths + skip, n - skip, at_us, f);
	else
		fault_set(f, EX_DATAERR,
		    "no address table: no *.origin in %s and no %s that ships",
		    SEARCH_STATE_DIR, SEARCH_TABLE_NAME);
	for (size_t i = 0; i < n; i++)
		free(paths[i]);
	free(paths);
	return set;
}

static struct origin_set *
open_set(const char *const *paths, size_t n, int64_t at_us, struct fault *f)
{
	if (n == 0)
		return open_default(at_us, f);
	if (n > ORIGIN_TABLES_MAX) {
		fault_set(f, EX_USAGE, "%zu address tables: not in 1..%d", n,
		    ORIGIN_TABLES_MAX);
		return NULL;
	}
	return open_paths(paths, n, at_us, f);
}

struct origin_set *
origin_set_open(const char *const *paths, size_t n, struct fault *f)
{
	return open_set(paths, n, -1, f);
}

struct origin_set *
origin_set_open_at(
    const char *const *paths, size_t n, int64_t at_us, struct fault *f)
{
	return open_set(paths, n, at_us, f);
}

void
origin_set_close(struct origin_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->n; i++)
		snapshot_close(set->tables[i]);
	for (size_t i = 0; i < set->nbases; i++)
		snapshot_close(set->bases[i]);
	free(set->tables);
	free(set->bases);
	free(set->moments);
	free(set);
}

void
origin_set_limit(struct origin_set *set, int64_t days)
{
	const int64_t most = INT64_MAX / ORIGIN_US_PER_DAY - 1;
	set->limit_days = days;
	set->limit_us = ((days < most ? days : most) + 1) * ORIGIN_US_PER_DAY;
}

size_t
origin_set_tables(
    const struct origin_set *set, const struct snapshot *const **tables)
{
	*tables = (const struct snapshot *const *)set->tables;
	return set->n;
}

const struct origin_moment *
origin_set_moment(const struct origin_set *set, int64_t at_us)
{
	size_t lo = 0, hi = set->n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (set->tables[mid]->asof_us > at_us)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < set->n ? &set->moments[lo] : NULL;
}

bool
origin_set_fits(
    const struct origin_set *set, const struct snapshot *s, int64_t at_us)
{
	return at_us - s->asof_us < set->limit_us;
}

const struct snapshot *
origin_set_holder(const struct origin_set *set, int holds, int64_t at_us)
{
	const struct origin_moment *m = origin_set_moment(set, at_us);
	const struct snapshot *s = m != NULL ? m->has[holds] : NULL;
	return s != NULL && origin_set_fits(set, s, at_us) ? s : NULL;
}

bool
origin_set_asof(const struct origin_set *set, int64_t at_us, int64_t *asof_us,
    int64_t *days)
{
	const struct origin_moment *m = origin_set_moment(set, at_us);
	if (m == NULL)
		return false;
	const struct snapshot *s = m->has[ORIGIN_BGP];
	if (s == NULL)
		s = m->has[HOLDS_NOTHING];
	*asof_us = s->asof_us;
	*days = (at_us - s->asof_us) / ORIGIN_US_PER_DAY;
	return *days <= set->limit_days;
}

uint32_t
origin_set_until(const struct origin_set *set, uint32_t addr, int64_t at_us)
{
	uint32_t last = reserved_until(addr);
	const struct snapshot *asked = NULL;
	for (int k = ORIGIN_IXP; k <= ORIGIN_CURATED; k++) {
		const struct snapshot *s = origin_set_holder(set, k, at_us);
		if (s == NULL || s == asked)
			continue;
		uint32_t end = snapshot_until(s, addr);
		last = end < last ? end : last;
		asked = s;
	}
	return last;
}
