/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_BASES_H
#define TUMEN_ORIGIN_BASES_H

#include "analysis/origin/origin_set.h"

/*
 * Finds the base of a file of changes by its identity, whatever its name: among
 * the tables of the set, among the bases that were found before, in the folder
 * of the file (which then becomes one of the bases of the set). False with
 * EX_DATAERR and what was wanted, and where it was looked for.
 */
bool
bases_find(struct origin_set *set, struct snapshot *changes, struct fault *f);

/*
 * Adds to what files hold by their glances what those with changes have from
 * their bases, which are looked for in the same places. Of a base that is not
 * found the most is assumed: who needs the file is told that.
 */
void bases_glance(
    const char *const *paths, struct snapshot_glance *glances, size_t n);

#endif
