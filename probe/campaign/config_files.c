/* SPDX-License-Identifier: ISC */
#include "probe/campaign/config_files.h"

#include "probe/base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

static bool
unreadable(const char *path, int error, struct fault *f)
{
	return fault_set(f, error == EACCES ? EX_NOPERM : EX_UNAVAILABLE,
	    "%s: %s", path, strerror(error));
}

static bool
is_conf(const char *name)
{
	size_t len = strlen(name), end = strlen(".conf");
	return name[0] != '.' && len > end &&
	       strcmp(name + len - end, ".conf") == 0;
}

/* A link into nothing hides what somebody wanted to be read. */
static bool
add(struct config_files *files, const char *dir, const char *name,
    struct fault *f)
{
	struct stat st;
	char *path = xasprintf("%s/%s", dir, name);
	bool ok = stat(path, &st) == 0 || unreadable(path, errno, f);
	if (ok && S_ISREG(st.st_mode) && files->n > CONFIG_FILES_MAX)
		ok = fault_set(f, EX_CONFIG, "%s: more than %d files *.conf",
		    dir, CONFIG_FILES_MAX);
	else if (ok && S_ISREG(st.st_mode)) {
		files->path[files->n++] = path;
		return true;
	}
	free(path);
	return ok;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
add_folder(struct config_files *files, const char *dir, struct fault *f)
{
	DIR *d = opendir(dir);
	if (d == NULL)
		return errno == ENOENT || unreadable(dir, errno, f);
	const struct dirent *e = NULL;
	bool ok = true;
	errno = 0;
	while (ok && (e = readdir(d)) != NULL) {
		ok = !is_conf(e->d_name) || add(files, dir, e->d_name, f);
		errno = 0;
	}
	if (ok && errno != 0)
		ok = unreadable(dir, errno, f);
	closedir(d);
	qsort(files->path + 1, files->n - 1, sizeof(*files->path), by_name);
	return ok;
}

bool
config_files_find(struct config_files *files, const char *path, struct fault *f)
{
	const char *slash = strrchr(path, '/');
	int len = slash != NULL ? (int)(slash - path) + 1 : 0;
	char *dir = xasprintf("%.*sconf.d", len, path);
	*files = (struct config_files){.path = {xstrdup(path)}, .n = 1};
	bool ok = add_folder(files, dir, f);
	free(dir);
	return ok;
}

void
config_files_clear(struct config_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		free(files->path[i]);
	files->n = 0;
}

char *
config_files_text(const char *path, size_t *len, struct fault *f)
{
	char *text = xcalloc(1, CONFIG_FILE_MAX);
	FILE *file = fopen(path, "re");
	*len = file != NULL ? fread(text, 1, CONFIG_FILE_MAX, file) : 0;
	bool ok = file != NULL && !ferror(file);
	if (!ok)
		unreadable(path, errno, f);
	else if (*len == CONFIG_FILE_MAX)
		ok = fault_set(f, EX_CONFIG, "%s: longer than %d bytes", path,
		    CONFIG_FILE_MAX - 1);
	if (file != NULL)
		fclose(file);
	if (ok)
		return text;
	free(text);
	return NULL;
}
