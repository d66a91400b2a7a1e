/* SPDX-License-Identifier: ISC */
#include "analysis/origin/origin.h"

#include "analysis/origin/reserved.h"
#include "analysis/origin/search.h"
#include "analysis/origin/snapshot.h"
#include "probe/base/clock.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <sysexits.h>

#define US_PER_DAY (INT64_C(86400) * US_PER_S)

struct origin_set {
	struct snapshot **tables; /* newest first */
	size_t n;
	int64_t limit_days;
};

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

static struct origin_set *
open_all(const char *const *paths, size_t n, struct fault *f)
{
	struct origin_set *set = xcalloc(1, sizeof(*set));
	set->limit_days = ORIGIN_DAYS_MAX;
	for (size_t i = 0; i < n; i++) {
		struct snapshot *s = snapshot_open(paths[i], f);
		if (s == NULL) {
			origin_set_close(set);
			return NULL;
		}
		insert(set, s);
	}
	return set;
}

static struct origin_set *
open_default(struct fault *f)
{
	char **paths = NULL;
	size_t n = search_folder(SEARCH_STATE_DIR, &paths);
	if (n > ORIGIN_TABLES_MAX) { /* names begin with dates: the newest */
		for (size_t i = 0; i < n - ORIGIN_TABLES_MAX; i++)
			free(paths[i]);
		for (size_t i = 0; i < ORIGIN_TABLES_MAX; i++)
			paths[i] = paths[n - ORIGIN_TABLES_MAX + i];
		n = ORIGIN_TABLES_MAX;
	}
	if (n == 0) {
		char *shipped = search_shipped();
		paths = xcalloc(1, sizeof(*paths));
		n = shipped != NULL;
		paths[0] = shipped;
	}
	struct origin_set *set = NULL;
	if (n > 0)
		set = open_all((const char *const *)paths, n, f);
	else
		fault_set(f, EX_DATAERR,
		    "no address table: no *.origin in %s and no %s that ships",
		    SEARCH_STATE_DIR, SEARCH_TABLE_NAME);
	for (size_t i = 0; i < n; i++)
		free(paths[i]);
	free(paths);
	return set;
}

struct origin_set *
origin_set_open(const char *const *paths, size_t n, struct fault *f)
{
	if (n == 0)
		return open_default(f);
	if (n > ORIGIN_TABLES_MAX) {
		fault_set(f, EX_USAGE, "%zu address tables: not in 1..%d", n,
		    ORIGIN_TABLES_MAX);
		return NULL;
	}
	return open_all(paths, n, f);
}

void
origin_set_close(struct origin_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->n; i++)
		snapshot_close(set->tables[i]);
	free(set->tables);
	free(set);
}

void
origin_set_limit(struct origin_set *set, int64_t days)
{
	set->limit_days = days;
}

size_t
origin_set_tables(
    const struct origin_set *set, const struct snapshot *const **tables)
{
	*tables = (const struct snapshot *const *)set->tables;
	return set->n;
}

/* The newest table not later than at_us, too old or not; NULL for none. */
static const struct snapshot *
newest(const struct origin_set *set, int64_t at_us)
{
	size_t lo = 0, hi = set->n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (set->tables[mid]->asof_us > at_us)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < set->n ? set->tables[lo] : NULL;
}

bool
origin_set_asof(const struct origin_set *set, int64_t at_us, int64_t *asof_us,
    int64_t *days)
{
	const struct snapshot *s = newest(set, at_us);
	if (s == NULL)
		return false;
	*asof_us = s->asof_us;
	*days = (at_us - s->asof_us) / US_PER_DAY;
	return *days <= set->limit_days;
}

static bool
no(struct origin_answer *answer, const char *reason)
{
	answer->reason = reason;
	return false;
}

static bool
reserved(uint32_t addr, struct origin_answer *answer)
{
	const struct reserved *block = reserved_find(addr);
	if (block == NULL)
		return false;
	answer->layer = ORIGIN_RESERVED;
	answer->prefix = block->prefix;
	answer->source = block->text;
	return true;
}

bool
origin_lookup(const struct origin_set *set, uint32_t addr, int64_t at_us,
    struct origin_answer *answer)
{
	answer->layer = ORIGIN_NONE;
	answer->prefix = (struct prefix){0};
	answer->nasns = 0;
	answer->source = answer->reason = NULL;
	answer->asof_us = answer->days = -1;
	if (reserved(addr, answer))
		return true;
	const struct snapshot *s = newest(set, at_us);
	if (s == NULL)
		return no(answer,
		    set->n == 0
			? "there is no address table"
			: "every address table is later than that time");
	answer->asof_us = s->asof_us;
	answer->days = (at_us - s->asof_us) / US_PER_DAY;
	if (answer->days > set->limit_days)
		return no(answer, "the address table is too old for that time");
	if (!snapshot_find(s, addr, answer))
		return no(answer, "no layer of the address table knows it");
	return true;
}

const char *
origin_as_name(const struct origin_set *set, uint32_t asn)
{
	const char *name = NULL;
	for (size_t i = 0; name == NULL && i < set->n; i++)
		name = snapshot_as_name(set->tables[i], asn);
	return name;
}

enum origin_relation
origin_relate(
    const struct origin_set *set, uint32_t a, uint32_t b, int64_t at_us)
{
	const struct snapshot *s = newest(set, at_us);
	bool young =
	    s != NULL && (at_us - s->asof_us) / US_PER_DAY <= set->limit_days;
	return young ? snapshot_relate(s, a, b) : ORIGIN_UNRELATED;
}

int
origin_neighbours(const struct origin_set *set, uint32_t asn, int64_t at_us,
    uint32_t *asns, size_t room)
{
	const struct snapshot *s = newest(set, at_us);
	bool young =
	    s != NULL && (at_us - s->asof_us) / US_PER_DAY <= set->limit_days;
	return young ? snapshot_neighbours(s, asn, asns, room) : -1;
}

const char *
origin_layer_name(enum origin_layer layer)
{
	switch (layer) {
	case ORIGIN_NONE:
		return "none";
	case ORIGIN_RESERVED:
		return "reserved";
	case ORIGIN_IXP:
		return "ixp";
	case ORIGIN_BGP:
		return "bgp";
	case ORIGIN_REGISTRY:
		return "registry";
	case ORIGIN_CURATED:
		return "curated";
	}
	return "?";
}
