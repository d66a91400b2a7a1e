/* SPDX-License-Identifier: ISC */
#include "analysis/origin/search.h"

#include "probe/base/mem.h"

#include <dirent.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
is_table(const struct dirent *e)
{
	static const char suffix[] = ".origin";
	size_t len = strlen(e->d_name), tail = sizeof(suffix) - 1;
	return e->d_name[0] != '.' && len > tail &&
	       strcmp(e->d_name + len - tail, suffix) == 0;
}

size_t
search_folder(const char *folder, char ***paths)
{
	struct dirent **entries = NULL;
	*paths = NULL;
	int n = scandir(folder, &entries, is_table, alphasort);
	if (n <= 0) {
		free(entries);
		return 0;
	}
	*paths = xcalloc((size_t)n, sizeof(**paths));
	for (int i = 0; i < n; i++) {
		(*paths)[i] = xasprintf("%s/%s", folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return (size_t)n;
}

/* The table of a folder when it can be read, else NULL. */
static char *
table_in(const char *folder)
{
	char *path = xasprintf("%s/%s", folder, SEARCH_TABLE_NAME);
	if (access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}

char *
search_shipped(void)
{
	const char *set = getenv("TUMEN_DATADIR");
	if (set != NULL && *set != '\0')
		return table_in(set);
	char program[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	if (n <= 0)
		return table_in(TUMEN_DATADIR);
	program[n] = '\0';
	char *path = table_in(dirname(program));
	return path ? path : table_in(TUMEN_DATADIR);
}
