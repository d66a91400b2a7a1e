/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_NDJSON_LINE_H
#define TUMEN_TESTS_NDJSON_LINE_H

#include "analysis/exchange/ndjson.h"
#include "probe/base/record_json.h"

#include <string.h>

/* A record as a line, and a line as a record. */

static inline char *
line_of(const struct record *r)
{
	struct json j = {0};
	record_json(r, &j);
	return json_take(&j);
}

static inline bool
parse(const char *line, struct record *r, struct fault *f)
{
	enum ndjson_kind kind;
	*f = (struct fault){0};
	return ndjson_parse(line, strlen(line), &kind, r, f);
}

#endif
