/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_POSTGRES_NAMES_H
#define TUMEN_SQL_POSTGRES_NAMES_H

#include <stdbool.h>

/*
 * Prepared statements of one connection that nobody uses at the moment:
 * whoever prepares the same text again gets the name back, without asking the
 * server. Start from {0}; end with names_free().
 */
enum { NAMES_MAX = 16, NAME_LEN = 16 };

struct postgres_names {
	struct {
		char *sql; /* NULL: free */
		char name[NAME_LEN];
	} idle[NAMES_MAX];
	unsigned given, turn;
};

/*
 * True: name is prepared already, and now the caller's. False: a new name for
 * the caller to prepare.
 */
bool names_take(
    struct postgres_names *n, const char *sql, char name[static NAME_LEN]);

/*
 * Gives a prepared statement back; sql is taken over. When another has to go
 * for it, its name comes back in old, for the caller to deallocate; else "".
 */
void names_give(struct postgres_names *n, char *sql,
    const char name[static NAME_LEN], char old[static NAME_LEN]);

/* It was never prepared; nobody uses it. */
void names_forget(struct postgres_names *n, const char name[static NAME_LEN]);

void names_free(struct postgres_names *n);

#endif
