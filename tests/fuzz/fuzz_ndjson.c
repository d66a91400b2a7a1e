/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/foreign.h"
#include "analysis/exchange/ndjson.h"
#include "probe/base/record_json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

static char *
line_of(const struct record *r)
{
	struct json j = {0};
	record_json(r, &j);
	return json_take(&j);
}

/* What is accepted is written, read and written again the same. */
static void
come_back(const struct record *r)
{
	struct record back;
	struct fault f = {0};
	enum ndjson_kind kind;
	char *line = line_of(r);
	require(ndjson_parse(line, strlen(line), &kind, &back, &f));
	char *same = line_of(&back);
	require(strcmp(line, same) == 0);
	record_clear(&back);
	free(same);
	free(line);
}

/* In a stream the same is read, or more is asked for; nothing else breaks. */
static void
stream(const char *bytes, size_t len, const struct record *r)
{
	struct foreign f = {0};
	struct json_read in = json_read_make(bytes, len, false);
	tumen_read(&in, &f);
	if (json_read_ok(&in) && r != NULL && f.n == 1) {
		char *a = line_of(r), *b = line_of(&f.record[0]);
		require(strcmp(a, b) == 0);
		free(a);
		free(b);
	}
	require(r == NULL || in.state != JSON_READ_BROKEN);
	require(in.state != JSON_READ_BROKEN || in.why[0] != '\0');
	foreign_free(&f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct record r;
	struct fault f = {0};
	enum ndjson_kind kind;
	if (!ndjson_parse((const char *)bytes, len, &kind, &r, &f)) {
		require(f.text[0] != '\0' && r.probes == NULL);
		stream((const char *)bytes, len, NULL);
		return 0;
	}
	if (kind == NDJSON_TRACE)
		come_back(&r);
	stream((const char *)bytes, len, &r);
	record_clear(&r);
	return 0;
}
