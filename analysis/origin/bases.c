/* SPDX-License-Identifier: ISC */
#include "analysis/origin/bases.h"

#include "analysis/origin/changes.h"
#include "analysis/origin/search.h"
#include "probe/base/mem.h"

#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static bool
is_base(const struct snapshot *s, const struct changes_base *wanted)
{
	uint8_t identity[HASH_SHA256_LEN];
	if (s->base_ref.p != NULL || s->asof_us != wanted->asof_us)
		return false;
	changes_identity(s, identity);
	return memcmp(identity, wanted->identity, sizeof(identity)) == 0;
}

static const struct snapshot *
among(struct snapshot *const *tables, size_t n, const struct changes_base *b)
{
	for (size_t i = 0; i < n; i++)
		if (is_base(tables[i], b))
			return tables[i];
	return NULL;
}

/* Whether a file has that identity; one whose head is bad has none. */
static bool
has_identity(const char *path, const struct changes_base *wanted)
{
	struct snapshot_glance g;
	struct fault ignored;
	return snapshot_glance(path, &g, &ignored) &&
	       memcmp(g.identity, wanted->identity, sizeof(g.identity)) == 0;
}

/* The path of the base in a folder, first where it was; NULL for none. */
static char *
in_folder(const char *folder, const struct changes_base *wanted)
{
	char **paths = NULL, *found = NULL;
	if (wanted->name != NULL && strchr(wanted->name, '/') == NULL)
		found = xasprintf("%s/%s", folder, wanted->name);
	if (found != NULL && has_identity(found, wanted))
		return found;
	free(found);
	found = NULL;
	size_t n = search_folder(folder, &paths);
	for (size_t i = 0; i < n; i++) {
		if (found == NULL && has_identity(paths[i], wanted))
			found = paths[i];
		else
			free(paths[i]);
	}
	free(paths);
	return found;
}

static bool
missing(const struct snapshot *changes, const struct changes_base *wanted,
    const char *folder, struct fault *f)
{
	char day[CLOCK_STRLEN], start[17];
	clock_format_us(wanted->asof_us, day);
	hash_hex(wanted->identity, 8, start);
	return fault_set(f, EX_DATAERR,
	    "%s: byte %" PRIu64 ": its base %s, of %.10s with the identity "
	    "%s..., is neither among the tables nor in %s",
	    changes->name, changes->base_ref.at,
	    wanted->name ? wanted->name : "(no name)", day, start, folder);
}

bool
bases_find(struct origin_set *set, struct snapshot *changes, struct fault *f)
{
	struct changes_base wanted;
	changes_base(changes, &wanted);
	const struct snapshot *base = among(set->tables, set->n, &wanted);
	if (base == NULL)
		base = among(set->bases, set->nbases, &wanted);
	if (base != NULL)
		return changes_rest(changes, base, f);
	char *copy = xstrdup(changes->name);
	const char *folder = dirname(copy);
	char *path = in_folder(folder, &wanted);
	struct snapshot *opened = path ? snapshot_open(path, f) : NULL;
	if (path == NULL)
		missing(changes, &wanted, folder, f);
	if (opened != NULL) {
		set->bases = xreallocarray(
		    set->bases, set->nbases + 1, sizeof(struct snapshot *));
		set->bases[set->nbases++] = opened;
	}
	free(path);
	free(copy);
	return opened != NULL && changes_rest(changes, opened, f);
}

static bool
same(const uint8_t *identity, const uint8_t *other)
{
	return memcmp(identity, other, HASH_SHA256_LEN) == 0;
}

/* What the base of a file holds that is not among those glanced at. */
static unsigned
holds_elsewhere(const char *changes, const uint8_t *identity)
{
	struct changes_base wanted = {0};
	struct snapshot_glance g;
	struct fault ignored;
	char *copy = xstrdup(changes);
	memcpy(wanted.identity, identity, sizeof(wanted.identity));
	char *path = in_folder(dirname(copy), &wanted);
	bool found = path != NULL && snapshot_glance(path, &g, &ignored);
	free(path);
	free(copy);
	return found ? g.holds : ~0u;
}

/* Which of n is whole and has that identity; n: none. */
static size_t
whole_among(
    const struct snapshot_glance *glances, size_t n, const uint8_t *identity)
{
	size_t k = 0;
	while (k < n &&
	       (glances[k].changes || !same(glances[k].identity, identity)))
		k++;
	return k;
}

void
bases_glance(
    const char *const *paths, struct snapshot_glance *glances, size_t n)
{
	/* the base of the file of changes before: often it is the same */
	const uint8_t *before = NULL;
	unsigned holds = 0;
	for (size_t i = 0; i < n; i++) {
		struct snapshot_glance *g = &glances[i];
		if (!g->changes)
			continue;
		if (before == NULL || !same(before, g->base)) {
			size_t k = whole_among(glances, n, g->base);
			holds = k < n ? glances[k].holds
				      : holds_elsewhere(paths[i], g->base);
		}
		before = g->base;
		g->holds |= g->from_base & holds;
	}
}
