/* SPDX-License-Identifier: ISC */
#include "analysis/infer/carrier.h"

#include "probe/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

extern const char carriers_default[];

static const char *const kind_words[] = {[CARRIER_TRANSIT] = "carrier",
    [CARRIER_FRONT] = "front",
    [CARRIER_TARGET] = "target"};

/* A carrier that is known to use one, too. */
static const char satellite_word[] = "satellite";

static enum carrier_kind
kind_of(const char *word)
{
	if (strcmp(word, satellite_word) == 0)
		return CARRIER_TRANSIT;
	for (int k = CARRIER_TRANSIT; k <= CARRIER_TARGET; k++)
		if (strcmp(kind_words[k], word) == 0)
			return (enum carrier_kind)k;
	return CARRIER_NONE;
}

static bool
name_ok(const char *name)
{
	size_t len = strlen(name);
	return len > 0 && len <= CARRIER_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

const struct carrier_row *
carriers_find(const struct carriers *c, int64_t asn)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->row[i].asn == asn)
			return &c->row[i];
	return NULL;
}

/* One ASN of a line; at is "file:line" for the text of a fault. */
static bool
add(struct carriers *c, struct carrier_row row, const char *word,
    const char *at, struct fault *f)
{
	char *end = NULL;
	errno = 0;
	unsigned long long asn = strtoull(word, &end, 10);
	if (*word < '0' || *word > '9' || *end != '\0' || errno != 0 ||
	    asn < 1 || asn > UINT32_MAX)
		return fault_set(f, EX_CONFIG, "%s: %s: no AS number (1..%u)",
		    at, word, UINT32_MAX);
	const struct carrier_row *old = carriers_find(c, (int64_t)asn);
	if (old != NULL)
		return fault_set(f, EX_CONFIG, "%s: AS%s is already in %s", at,
		    word, old->name);
	if (c->n == CARRIER_ROWS_MAX)
		return fault_set(f, EX_CONFIG, "%s: more than %d AS numbers",
		    at, CARRIER_ROWS_MAX);
	row.asn = (uint32_t)asn;
	c->row = xreallocarray(c->row, c->n + 1, sizeof(*c->row));
	c->row[c->n++] = row;
	return true;
}

static bool
parse_line(struct carriers *c, char *line, const char *at, struct fault *f)
{
	char *save = NULL;
	line[strcspn(line, "#")] = '\0';
	const char *kind = strtok_r(line, " \t\r", &save);
	if (kind == NULL)
		return true;
	struct carrier_row row = {.kind = kind_of(kind),
	    .satellite = strcmp(kind, satellite_word) == 0};
	if (row.kind == CARRIER_NONE)
		return fault_set(f, EX_CONFIG,
		    "%s: %s: not one of carrier, satellite, front, target", at,
		    kind);
	const char *name = strtok_r(NULL, " \t\r", &save);
	if (name == NULL || !name_ok(name))
		return fault_set(f, EX_CONFIG,
		    "%s: %s: no class name ([a-z0-9-], 1..%d)", at,
		    name ? name : "(nothing)", CARRIER_NAME_MAX);
	snprintf(row.name, sizeof(row.name), "%s", name);
	const char *word = strtok_r(NULL, " \t\r", &save);
	if (word == NULL)
		return fault_set(
		    f, EX_CONFIG, "%s: %s has no AS number", at, name);
	for (; word != NULL; word = strtok_r(NULL, " \t\r", &save))
		if (!add(c, row, word, at, f))
			return false;
	return true;
}

bool
carriers_parse(
    struct carriers *c, const char *name, const char *text, struct fault *f)
{
	char *copy = xstrdup(text);
	char *save = copy;
	bool ok = true;
	*c = (struct carriers){0};
	for (int n = 1; ok && save != NULL; n++) {
		char *line = strsep(&save, "\n");
		char *at = xasprintf("%s:%d", name, n);
		ok = parse_line(c, line, at, f);
		free(at);
	}
	free(copy);
	return ok;
}

/* The whole file as text, or NULL with errno set. */
static char *
slurp(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;
	if (file == NULL)
		return NULL;
	if (getdelim(&text, &room, '\0', file) < 0) {
		free(text);
		text = ferror(file) ? NULL : xstrdup("");
	}
	fclose(file);
	return text;
}

bool
carriers_load(struct carriers *c, const char *path, struct fault *f)
{
	*c = (struct carriers){0};
	if (path == NULL)
		return carriers_parse(c, "carriers.txt", carriers_default, f);
	char *text = slurp(path);
	if (text == NULL)
		return fault_set(f, EX_UNAVAILABLE, "%s: cannot be read: %s",
		    path, strerror(errno));
	bool ok = carriers_parse(c, path, text, f);
	free(text);
	return ok;
}

void
carriers_free(struct carriers *c)
{
	free(c->row);
	*c = (struct carriers){0};
}
