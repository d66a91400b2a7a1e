/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TEST_SAMPLE_FOLDER_H
#define TUMEN_TEST_SAMPLE_FOLDER_H

/* Folders, files and processes for tests. */

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

#endif
