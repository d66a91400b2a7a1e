/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TEST_STORE_PLACE_H
#define TUMEN_TEST_STORE_PLACE_H

/* Folders, files and processes for the tests of the store. */

#include "probe/base/mem.h"

#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A new folder below the temporary one; sample_remove() ends it. */
static inline char *
sample_folder(void)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = xasprintf("%s/tumen-test-XXXXXX", tmp ? tmp : "/tmp");
	if (mkdtemp(dir) == NULL)
		abort();
	return dir;
}

static inline int
sample_unlink(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static inline void
sample_remove(char *dir)
{
	nftw(dir, sample_unlink, 16, FTW_DEPTH | FTW_PHYS);
	free(dir);
}

/* For a test whose state is such a folder. */
static inline int
sample_set_up(void **state)
{
	*state = sample_folder();
	return 0;
}

static inline int
sample_tear_down(void **state)
{
	sample_remove(*state);
	return 0;
}

/* The whole of a file, NUL behind it; NULL when it is not there. */
static inline char *
sample_read(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	if (f == NULL)
		return NULL;
	char *text = xcalloc(16 << 20, 1);
	*len = fread(text, 1, (16 << 20) - 1, f);
	fclose(f);
	return text;
}

/* The exit status of a child, 128 + signal when one killed it. */
static inline int
sample_wait(pid_t pid)
{
	int status = 0;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

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
	free(p->db);
	free(p->spool);
	sample_remove(p->dir);
	free(p);
	return 0;
}

#define PLACE_TEST(name)                                                       \
	cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

#endif
