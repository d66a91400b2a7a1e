/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_STATES_PART_H
#define TUMEN_SQL_STATES_PART_H

#include "sql/states.h"
#include "sql/store_db.h"

/* What the files of the kept states share among themselves. */

/* A text of a derived table, without what a terminal would obey. */
void states_get_text(struct db_stmt *st, int i, char *text, size_t room);

/* One row of state_run, one of reach_run. */
bool states_add(struct store *s, const struct store_series *series,
    const struct store_state *state, struct fault *f);
bool states_add_reach(struct store *s, const struct store_series *series,
    const struct store_reach *state, struct fault *f);

#endif
