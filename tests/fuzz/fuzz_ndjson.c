/* SPDX-License-Identifier: ISC */
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

/* What is accepted is written, read and written again the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct record r, back;
	struct fault f = {0};
	struct json j = {0}, again = {0};
	enum ndjson_kind kind;
	if (!ndjson_parse((const char *)bytes, len, &kind, &r, &f)) {
		require(f.text[0] != '\0' && r.probes == NULL);
		return 0;
	}
	if (kind == NDJSON_TRACE) {
		record_json(&r, &j);
		char *line = json_take(&j);
		require(ndjson_parse(line, strlen(line), &kind, &back, &f));
		record_json(&back, &again);
		char *same = json_take(&again);
		require(strcmp(line, same) == 0);
		record_clear(&back);
		free(same);
		free(line);
	}
	record_clear(&r);
	return 0;
}
