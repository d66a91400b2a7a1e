/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TEST_STORE_PLACE_H
#define TUMEN_TEST_STORE_PLACE_H

/* Databases and spools for the tests of the store. */

#include "tests/unit/sample_folder.h"

/*
 * A new, empty database of the PostgreSQL server whose socket is in the folder
 * $TUMEN_TEST_POSTGRES; NULL without one (tests/postgres/test_postgres.sh).
 */
static inline char *
sample_database(const char *dir)
{
	const char *socket = getenv("TUMEN_TEST_POSTGRES");
	const char *name = strrchr(dir, '/') + 1;
	if (socket == NULL)
		return NULL;
	char *command =
	    xasprintf("createdb -h '%s' -U tester '%s'", socket, name);
	if (system(command) != 0)
		abort();
	free(command);
	return xasprintf("postgresql://tester@/%s?host=%s", name, socket);
}

/* Whoever is still connected is disconnected. */
static inline void
sample_drop(const char *dir)
{
	const char *socket = getenv("TUMEN_TEST_POSTGRES");
	if (socket == NULL)
		return;
	char *command = xasprintf(
	    "dropdb -f -h '%s' -U tester '%s'", socket, strrchr(dir, '/') + 1);
	if (system(command) != 0)
		abort();
	free(command);
}

/* Where a test works: a database and a spool, made when somebody writes. */
struct place {
	char *dir, *db, *spool;
};

static inline int
place_set_up(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));
	p->dir = sample_folder();
	p->db = sample_database(p->dir);
	if (p->db == NULL)
		p->db = xasprintf("%s/t.db", p->dir);
	p->spool = xasprintf("%s/spool", p->dir);
	mkdir(p->spool, 0755);
	*state = p;
	return 0;
}

static inline int
place_tear_down(void **state)
{
	struct place *p = *state;
	sample_drop(p->dir);
	free(p->db);
	free(p->spool);
	sample_remove(p->dir);
	free(p);
	return 0;
}

#define PLACE_TEST(name)                                                       \
	cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

#endif
