/* SPDX-License-Identifier: ISC */
#include "sql/postgres_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
names_take(
    struct postgres_names *n, const char *sql, char name[static NAME_LEN])
{
	for (int i = 0; i < NAMES_MAX; i++) {
		if (n->idle[i].sql == NULL || strcmp(n->idle[i].sql, sql) != 0)
			continue;
		memcpy(name, n->idle[i].name, NAME_LEN);
		free(n->idle[i].sql);
		n->idle[i].sql = NULL;
		return true;
	}
	snprintf(name, NAME_LEN, "s%u", ++n->given);
	return false;
}

void
names_give(struct postgres_names *n, char *sql,
    const char name[static NAME_LEN], char old[static NAME_LEN])
{
	unsigned at = n->turn;
	for (unsigned i = 0; i < NAMES_MAX; i++)
		if (n->idle[i].sql == NULL)
			at = i;
	old[0] = '\0';
	if (n->idle[at].sql != NULL) {
		memcpy(old, n->idle[at].name, NAME_LEN);
		free(n->idle[at].sql);
		n->turn = (n->turn + 1) % NAMES_MAX;
	}
	n->idle[at].sql = sql;
	memcpy(n->idle[at].name, name, NAME_LEN);
}

void
names_forget(struct postgres_names *n, const char name[static NAME_LEN])
{
	for (int i = 0; i < NAMES_MAX; i++) {
		if (n->idle[i].sql == NULL ||
		    strcmp(n->idle[i].name, name) != 0)
			continue;
		free(n->idle[i].sql);
		n->idle[i].sql = NULL;
	}
}

void
names_free(struct postgres_names *n)
{
	for (int i = 0; i < NAMES_MAX; i++)
		free(n->idle[i].sql);
}
