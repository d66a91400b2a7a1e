/* SPDX-License-Identifier: ISC */
#include "sql/place.h"

#include "probe/base/mem.h"
#include "probe/base/rd.h"
#include "probe/base/wr.h"
#include "sql/folder.h"
#include "sql/migrations.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { APPLICATION_ID_AT = 68 };

/* The folder of a path, "." when it names none; the caller frees it. */
static char *
folder_of(const char *where)
{
	const char *slash = strrchr(where, '/');
	if (slash == NULL)
		return xstrdup(".");
	if (slash == where)
		return xstrdup("/");
	return xasprintf("%.*s", (int)(slash - where), where);
}

static bool
folder_writable(const char *where, struct fault *f)
{
	char *dir = folder_of(where);
	bool ok = access(dir, W_OK | X_OK) == 0;
	if (!ok && errno == ENOENT)
		fault_set(f, EX_UNAVAILABLE, "%s: the folder %s does not exist",
		    where, dir);
	else if (!ok)
		fault_set(f, EX_NOPERM,
		    "%s: the folder %s is not writable by this user (the log "
		    "of the database lies beside it): %s",
		    where, dir, strerror(errno));
	free(dir);
	return ok;
}

/* A file that is there; it may go at any moment. */
static bool
file_usable(const char *where, bool writes, struct fault *f)
{
	struct stat st;
	if (stat(where, &st) != 0)
		return folder_fault(f, errno, where, "cannot open");
	if (!S_ISREG(st.st_mode))
		return fault_set(f, EX_DATAERR, "%s: %s, not a database file",
		    where, S_ISDIR(st.st_mode) ? "a folder" : "special");
	if (access(where, R_OK) != 0)
		return folder_fault(
		    f, errno, where, "not readable by this user");
	if (writes && access(where, W_OK) != 0)
		return folder_fault(
		    f, errno, where, "not writable by this user");
	return true;
}

bool
place_check(const char *where, bool writes, bool creates, struct fault *f)
{
	if (where[0] == '\0')
		return fault_set(f, EX_USAGE, "empty name of a database");
	bool missing = access(where, F_OK) != 0 && errno == ENOENT;
	if (missing && !creates)
		return fault_set(
		    f, EX_UNAVAILABLE, "%s: no such database", where);
	if (!missing && !file_usable(where, writes, f))
		return false;
	return !writes || folder_writable(where, f);
}

char *
place_uri(const char *where, const char *query)
{
	struct wr w = {0};
	wr_bytes(&w, "file:", 5);
	for (; *where != '\0'; where++) {
		unsigned char c = (unsigned char)*where;
		char hex[4];
		snprintf(hex, sizeof(hex), "%%%02X", c);
		bool plain = isalnum(c) || strchr("/._-", c) != NULL;
		wr_bytes(&w, plain ? where : hex, plain ? 1 : 3);
	}
	wr_u8(&w, '?');
	wr_bytes(&w, query, strlen(query) + 1);
	return (char *)w.p;
}

bool
place_is_ours(const char *where, const uint8_t header[static PLACE_HEADER_LEN],
    bool may_create, struct fault *f)
{
	static const uint8_t zero[PLACE_HEADER_LEN];
	struct rd r = rd_make(header, PLACE_HEADER_LEN);
	if (may_create && memcmp(header, zero, PLACE_HEADER_LEN) == 0)
		return true;
	if (memcmp(header, "SQLite format 3", 16) != 0)
		return fault_set(f, EX_DATAERR,
		    "%s: not a tumen database (not even SQLite); left as it is",
		    where);
	rd_skip(&r, APPLICATION_ID_AT);
	uint32_t id = rd_u32(&r);
	if (id != MIGRATIONS_APPLICATION_ID)
		return fault_set(f, EX_DATAERR,
		    "%s: not a tumen database but a SQLite file of another "
		    "program (application id %u, not %d); left as it is",
		    where, id, MIGRATIONS_APPLICATION_ID);
	return true;
}
