/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/exchange.h"
#include "probe/base/hash.h"
#include "probe/base/record_json.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

/* All that a stream was told to be, as one hash. */
struct told {
	struct exchange x;
	struct hash *h;
	uint8_t digest[HASH_SHA256_LEN];
	int64_t begin, end; /* of the object told last */
	struct fault f;
	bool ok;
};

/* Things come in their order, inside the stream. */
static void
place(struct told *t, int64_t offset, int64_t octets)
{
	require(offset >= t->end || offset == t->begin);
	require(octets > 0 && t->x.at.line >= 1);
	t->begin = offset;
	t->end = offset + octets;
	hash_add(t->h, &offset, sizeof(offset));
	hash_add(t->h, &octets, sizeof(octets));
	hash_add(t->h, &t->x.at.line, sizeof(t->x.at.line));
}

static bool
trace(void *arg, const struct record *r, struct fault *f)
{
	struct told *t = arg;
	struct json j = {0};
	(void)f;
	place(t, t->x.at.offset, t->x.at.octets);
	require(r->nprobes <= RECORD_PROBES_MAX);
	require(r->source.len <= RECORD_SOURCE_MAX);
	if (r->source.text != NULL) {
		require(strlen(r->source.text) == r->source.len);
		require(strpbrk(r->source.text, "\r\n") == NULL);
	}
	record_json(r, &j);
	hash_add(t->h, j.out.p, j.out.len);
	json_clear(&j);
	return true;
}

static bool
fact(void *arg, const char *vantage, const struct fact *fact, struct fault *f)
{
	struct told *t = arg;
	(void)f;
	require(fact->name[0] != '\0' && fact->value[0] != '\0');
	hash_add(t->h, vantage, strlen(vantage));
	hash_add(t->h, fact->name, strlen(fact->name));
	hash_add(t->h, fact->value, strlen(fact->value));
	return true;
}

static bool
broken(void *arg, const struct exchange_broken *b, struct fault *f)
{
	struct told *t = arg;
	(void)f;
	place(t, b->offset, b->octets);
	require(b->why[0] != '\0' && b->len <= EXCHANGE_KEPT_MAX);
	hash_add(t->h, b->why, strlen(b->why));
	hash_add(t->h, b->text, b->len);
	return true;
}

static bool
other(void *arg, enum exchange_format format, const char *what, struct fault *f)
{
	struct told *t = arg;
	(void)f;
	require(what[0] != '\0');
	hash_add(t->h, &format, sizeof(format));
	hash_add(t->h, what, strlen(what));
	return true;
}

/* As a stream whose window has at first that many octets. */
static void
read_stream(struct told *t, const uint8_t *bytes, size_t len, size_t window)
{
	FILE *in = fmemopen((void *)(uintptr_t)bytes, len, "r");
	require(in != NULL);
	*t = (struct told){.x = {.name = "x",
			       .hints = {.start_us = 1},
			       .window = window,
			       .alone = window > 0,
			       .sink = {trace, fact, broken, other, NULL}}};
	t->x.sink.arg = t;
	t->h = hash_open();
	struct feed *feed = feed_open(in, "x", &t->f);
	require(feed != NULL);
	t->ok = exchange_read(&t->x, feed, &t->f);
	require(t->ok || t->f.status == EX_DATAERR);
	hash_close(t->h, t->digest);
	feed_close(feed);
	fclose(in);
}

/*
 * The first octet is the size of a window: it must not matter, nor whether
 * other threads read ahead.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct told usual, small;
	if (len < 2)
		return 0;
	read_stream(&usual, bytes + 1, len - 1, 0);
	read_stream(&small, bytes + 1, len - 1, 1 + bytes[0] % 64);
	require(usual.ok == small.ok);
	/* How much a library makes of what is damaged depends on the room. */
	if (strstr(usual.f.text, ": damaged") != NULL)
		return 0;
	require(strcmp(usual.f.text, small.f.text) == 0);
	require(memcmp(usual.digest, small.digest, sizeof(usual.digest)) == 0);
	for (int i = 0; i < FORMATS; i++)
		require(usual.x.traces[i] == small.x.traces[i] &&
			usual.x.broken[i] == small.x.broken[i]);
	return 0;
}
