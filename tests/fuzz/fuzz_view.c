/* SPDX-License-Identifier: ISC */
#include "probe/campaign/view_show.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

/* No text brings a terminal anything but lines of printable ASCII. */
static void
show(const struct view_look *look)
{
	struct view_wants w;
	struct json j = {0};
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	view_wants(look, &w);
	require(view_show(look, &w, f) == 0);
	fclose(f);
	for (size_t i = 0; i < size; i++)
		require(
		    text[i] == '\n' || (text[i] >= 0x20 && text[i] <= 0x7e));
	free(text);
	view_json(look, &w, &j);
	text = json_take(&j);
	require(strchr(text, '\n') == NULL);
	free(text);
}

/* What is read can be written, and read once more as the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct view v, again;
	struct fault f = {0};
	struct view_look look = {
	    .view = &v, .spool = "/", .now_us = 1795280039483118};
	if (!view_parse(&v, "fuzz", (const char *)bytes, len, &f)) {
		require(f.text[0] != '\0' && v.n == 0);
		return 0;
	}
	look.alive = v.pid % 2 == 1;
	show(&look);
	char *text = view_text(&v);
	require(view_parse(&again, "again", text, strlen(text), &f));
	char *same = view_text(&again);
	require(strcmp(text, same) == 0);
	free(same);
	free(text);
	text = view_metrics_text(&v);
	require(strcmp(text + strlen(text) - 6, "# EOF\n") == 0);
	free(text);
	view_clear(&v);
	view_clear(&again);
	return 0;
}
