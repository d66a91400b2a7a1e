/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_KEPT_WORLD_H
#define TUMEN_TESTS_KEPT_WORLD_H

#include "analysis/change/kept.h"
#include "sql/store_db.h"
#include "tests/sim/random.h"
#include "tests/unit/store_fill.h"

/* Worlds of verdicts and their timelines; what fails, fails the test. */

enum { SERIES = 3, DAYS = 6, TARGETS = 3, SLOTS = 36 * DAYS };

extern const struct prefix p177, p178;

/* A verdict of a world that changes now and then, tears and is silent. Two
 * start in one microsecond; one of them may belong to the round before, when
 * that one lacks it. */
struct store_verdict
draw(struct random *random, size_t series, int64_t slot, uint32_t target);

void put(struct store *s, const struct store_verdict *v);

/* All series of slots from <= i < to, one verdict in five not. */
void
put_slots(struct store *s, struct random *random, int64_t from, int64_t to);

/* All verdicts of a filter, with all the health that is there. */
struct timeline fold_all(struct store *s, const struct store_filter *filter);

/* All that the runs of a timeline say; free() it. */
char *text_of(const struct timeline *t);

/* What is kept and what all verdicts say is the same. */
void same_as_all(struct store *s, const struct store_filter *filter);

void renew(struct store *s);

/* The integer that a query answers; statements in a transaction. */
int64_t ask(struct store *s, const char *sql);
void exec(struct store *s, const char *sql);

#endif
