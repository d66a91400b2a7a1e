/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_SHOW_H
#define TUMEN_ORIGIN_SHOW_H

#include "analysis/origin/origin.h"
#include "analysis/origin/snapshot.h"

/*
 * Answers and tables on standard output: for people, or a JSON object a line.
 * The set that answered also says the RPKI states and the organisations.
 */

/* The line above the columns of show_answer(). */
void show_answer_head(void);
void show_answer(
    const struct origin_set *set, uint32_t addr, const struct origin_answer *a);
void show_answer_json(
    const struct origin_set *set, uint32_t addr, const struct origin_answer *a);

/* Date, sources, licences and counts of a snapshot. */
void show_table(const struct snapshot *s);
void show_table_json(const struct snapshot *s);

#endif
