/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/json_read.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

/* A value by the calls of a reader; what is skipped follows from skips. */
static void
walk(struct json_read *in, uint32_t skips)
{
	char text[32];
	struct json_word key;
	bool skip = skips & 1;
	skips = skips >> 1 | skips << 31;
	enum json_kind kind = json_read_kind(in);
	if (skip)
		json_read_skip(in);
	else if (kind == JSON_OBJECT)
		for (json_read_object(in); json_read_member(in, &key);)
			walk(in, skips ^ json_read_is(&key, "ttl"));
	else if (kind == JSON_ARRAY)
		for (json_read_array(in); json_read_item(in);)
			walk(in, skips);
	else if (kind == JSON_STRING)
		require(json_read_text(in, text, sizeof(text)) < sizeof(text));
	else if (kind == JSON_NUMBER && (skips & 2))
		json_read_scaled(in, skips % 10, INT64_MIN, INT64_MAX);
	else if (kind == JSON_NUMBER)
		json_read_integer(in, INT64_MIN, INT64_MAX);
	else if (!json_read_null(in))
		json_read_bool(in);
}

/* A copy of just that length, so that a step too far is seen. */
static struct json_read
part(const char *text, size_t len, bool last, char **copy)
{
	*copy = malloc(len + 1);
	require(*copy != NULL);
	memcpy(*copy, text, len);
	return json_read_make(*copy, len, last);
}

/* What a part of a text gives, the whole gives, too; more never helps. */
static void
cut(const char *text, size_t len, size_t at, const struct json_read *whole)
{
	char *copy;
	struct json_read in = part(text, at, false, &copy);
	json_read_skip(&in);
	size_t used = (size_t)(in.p - in.begin);
	if (in.state == JSON_READ_BROKEN) {
		require(whole->state == JSON_READ_BROKEN);
		require(strcmp(in.why, whole->why) == 0);
	} else if (in.state == JSON_READ_OK) {
		require(whole->state == JSON_READ_OK);
		require(used == (size_t)(whole->p - whole->begin));
	} else {
		require(at < len || whole->state != JSON_READ_OK ||
			(size_t)(whole->p - whole->begin) == len);
	}
	free(copy);
}

/*
 * The first octets choose what is skipped and where the text is cut. What
 * skipping takes for JSON is not broken when it is read, but for what has no
 * place in the room or range given; and the other way round.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	uint32_t choice = 0;
	char *copy, *again;
	if (len < sizeof(choice))
		return 0;
	memcpy(&choice, bytes, sizeof(choice));
	const char *text = (const char *)bytes + sizeof(choice);
	len -= sizeof(choice);
	struct json_read skipped = part(text, len, true, &copy);
	struct json_read walked = part(text, len, true, &again);
	json_read_skip(&skipped);
	walk(&walked, choice);
	require(skipped.state != JSON_READ_SHORT);
	require(walked.state != JSON_READ_SHORT);
	if (walked.state == JSON_READ_OK) {
		require(skipped.state == JSON_READ_OK);
		require(skipped.p - skipped.begin == walked.p - walked.begin);
	}
	cut(text, len, choice % (len + 1), &skipped);
	free(copy);
	free(again);
	return 0;
}
