/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_CONFIG_FILES_H
#define TUMEN_CAMPAIGN_CONFIG_FILES_H

#include "probe/base/fault.h"

#include <stdbool.h>
#include <stddef.h>

/* A configuration is written by people; more of it is a mistake. */
enum { CONFIG_FILES_MAX = 64, CONFIG_FILE_MAX = 1 << 20 };

/* The file that was named, then those of conf.d beside it, by name. */
struct config_files {
	char *path[1 + CONFIG_FILES_MAX];
	size_t n;
};

/*
 * Of conf.d every regular file, or link to one, whose name ends with ".conf"
 * and begins with no dot. No folder is no file. *files is overwritten, and
 * config_files_clear() is due in any case. EX_CONFIG too many, EX_UNAVAILABLE,
 * EX_NOPERM.
 */
bool config_files_find(
    struct config_files *files, const char *path, struct fault *f);
void config_files_clear(struct config_files *files);

/*
 * The contents, or NULL: EX_CONFIG longer than CONFIG_FILE_MAX,
 * EX_UNAVAILABLE, EX_NOPERM. The caller frees.
 */
char *config_files_text(const char *path, size_t *len, struct fault *f);

#endif
