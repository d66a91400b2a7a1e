/* SPDX-License-Identifier: ISC */
#include "sql/postgres_fault.h"

#include "probe/base/log.h"
#include "probe/base/mem.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* The longest prefix that fits decides; so classes come behind their codes. */
struct meaning {
	const char *prefix;
	int status;
	const char *hint;
};

static const struct meaning meanings[] = {
    {"08", EX_UNAVAILABLE, ""}, /* connection */
    {"22", EX_DATAERR, ""},	/* a value does not fit */
    {"23", EX_DATAERR, ""},	/* a constraint */
    {"25006", EX_UNAVAILABLE, "; only a standby, or read only"},
    {"25P02", EX_IOERR, "; a statement before it failed"},
    {"28", EX_NOPERM, ""},		   /* who are you */
    {"3D000", EX_UNAVAILABLE, ""},	   /* no such database */
    {"40", EX_UNAVAILABLE, "; try again"}, /* deadlock, serialisation */
    {"42501", EX_NOPERM, ""},
    {"42", EX_SOFTWARE, ""},
    {"53100", EX_IOERR,
	"; the server's disk is full, what was stored before is kept"},
    {"53", EX_UNAVAILABLE, "; try again later"}, /* memory, connections */
    {"55P03", EX_UNAVAILABLE, "; another program holds the lock"},
    {"55", EX_UNAVAILABLE, ""},
    {"57014", EX_UNAVAILABLE, ""}, /* statement_timeout, cancelled */
    {"57", EX_UNAVAILABLE, "; the server is going down or coming up"},
    {"58", EX_IOERR, ""}, /* the server's files */
    {"XX001", EX_IOERR, "; the server's data are damaged"},
    {"XX002", EX_IOERR, "; an index of the server is damaged"},
    {"", EX_SOFTWARE, ""},
};

static const struct meaning *
meaning_of(const char *sqlstate)
{
	const struct meaning *m = meanings;
	while (strncmp(sqlstate, m->prefix, strlen(m->prefix)) != 0)
		m++;
	return m;
}

void
postgres_sqlstate_in(const char *text, char sqlstate[static SQLSTATE_LEN])
{
	static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	sqlstate[0] = '\0';
	while ((text = strstr(text, ":  ")) != NULL) {
		text += 3;
		if (strspn(text, letters) != 5 || text[5] != ':')
			continue;
		memcpy(sqlstate, text, 5);
		sqlstate[5] = '\0';
	}
}

/* Without line breaks, and without the places in the server's source. */
static void
one_line(char *text)
{
	char *out = text;
	while (*text != '\0') {
		text += strspn(text, "\n\t ");
		size_t len = strcspn(text, "\n");
		if (len > 0 && strncmp(text, "LOCATION:", 9) != 0) {
			memmove(out, text, len);
			out += len;
			*out++ = ' ';
		}
		text += len + (text[len] != '\0');
	}
	*out = '\0';
}

bool
postgres_committed(
    struct fault *f, const char *where, const char *tag, bool warned)
{
	if (strcmp(tag, "COMMIT") != 0)
		return fault_set(f, EX_IOERR,
		    "%s: a statement of this transaction failed; nothing of it "
		    "is stored",
		    where);
	return !warned ||
	       fault_set(f, EX_UNAVAILABLE,
		   "%s: stored, but no standby has it yet; try again", where);
}

bool
postgres_fault(
    struct fault *f, const char *where, const char *sqlstate, const char *text)
{
	const struct meaning *m = meaning_of(sqlstate);
	bool told = sqlstate[0] != '\0';
	char *line = xasprintf("%s\n", text);
	one_line(line);
	size_t len = strlen(line);
	if (len > 0)
		line[len - 1] = '\0';
	fault_set(f, told ? m->status : EX_UNAVAILABLE, "%s: %.300s%s%s%s%s",
	    where, log_sanitize(line), told ? " (SQLSTATE " : "", sqlstate,
	    told ? ")" : "", told ? m->hint : "");
	free(line);
	return false;
}
