/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_CONTROL_SINK_H
#define TUMEN_TESTS_CONTROL_SINK_H

#include "analysis/control/import.h"
#include "probe/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A database that takes what is fuzzed, in a transaction that is rolled back.
 */

struct control_sink {
	struct interest interest;
	struct store *store;
	struct import import;
};

static char sink_dir[] = "/tmp/tumen-fuzz-XXXXXX";

static inline void
sink_remove(void)
{
	char *command = xasprintf("rm -rf %s", sink_dir);
	if (system(command) != 0)
		perror(sink_dir);
	free(command);
}

static inline struct control_sink *
sink_open(void)
{
	struct fault f = {0};
	struct control_sink *s = xcalloc(1, sizeof(*s));
	if (mkdtemp(sink_dir) == NULL || atexit(sink_remove) != 0)
		abort();
	char *path = xasprintf("%s/t.db", sink_dir);
	interest_init(&s->interest, NULL, 0);
	s->store = store_open(path, STORE_CREATE, &f);
	if (s->store == NULL)
		abort();
	s->import.in = intake_open(s->store, &s->interest);
	free(path);
	return s;
}

/* What every import must leave behind, whatever it read. */
static inline void
sink_check(const struct control_sink *s)
{
	const struct intake *in = s->import.in;
	int64_t kept = 0;
	for (size_t i = 0; i < in->nsources; i++)
		kept += in->source[i].kept;
	if (in->nrows != 0 || in->added > kept ||
	    (in->skips[SKIP_BROKEN] > 0) != (in->broken_at >= 0))
		abort();
}

/* Neither the store nor anything else than the octets may be at fault. */
static inline void
sink_take(struct control_sink *s, const uint8_t *bytes, size_t len)
{
	struct fault f = {0};
	char name[] = "fuzz";
	struct input in = {.name = name,
	    .bytes = len > 0 ? xmemdup(bytes, len) : NULL,
	    .len = len};
	if (!store_begin(s->store, &f))
		abort();
	if (!import_input(&s->import, &in, true, &f) && f.status != 65) {
		fprintf(stderr, "%s\n", f.text);
		abort();
	}
	sink_check(s);
	store_rollback(s->store);
	free(in.bytes);
}

#endif
