/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TEST_CONTROL_TOLD_H
#define TUMEN_TEST_CONTROL_TOLD_H

#include "tests/unit/control_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What routes fold into, in words. */

enum { ROWS_PEERS = 12 };

/* "100 4837; 160 none; 200 4837,20485 few; 300 unknown", in seconds. */
static inline const char *
rows_runs(const struct control *c, char *text, size_t room)
{
	size_t n = 0;
	text[0] = '\0';
	for (size_t i = 0; i < c->n; i++) {
		const struct control_run *run = &c->run[i];
		n += (size_t)snprintf(text + n, room - n, "%s%lld",
		    i > 0 ? "; " : "", (long long)(run->since_us / 1000000));
		if (!run->known || !run->routed)
			n += (size_t)snprintf(text + n, room - n, "%s",
			    run->known ? " none" : " unknown");
		for (size_t k = 0; k < run->nupstreams; k++)
			n += (size_t)snprintf(text + n, room - n, "%s%u",
			    k > 0 ? "," : " ", run->upstream[k].asn);
		n += (size_t)snprintf(
		    text + n, room - n, "%s", run->few ? " few" : "");
	}
	return text;
}

/* "down 100..140; up 200..240; flapping 100..240 (4)". */
static inline const char *
rows_events(const struct control *c, char *text, size_t room)
{
	size_t n = 0;
	text[0] = '\0';
	for (size_t i = 0; i < c->events.n; i++) {
		const struct event *e = &c->events.event[i];
		n += (size_t)snprintf(text + n, room - n, "%s%s %lld..%lld",
		    i > 0 ? "; " : "", event_kind_name(e->kind),
		    (long long)(e->after_us / 1000000),
		    (long long)(e->before_us / 1000000));
		if (e->suspect != NULL)
			n += (size_t)snprintf(text + n, room - n, " %s %u",
			    e->suspect, e->suspect_as);
	}
	return text;
}

/* Folds, and compares runs and events, then forgets the rows. */
static inline void
rows_folds(struct rows *r, const char *runs, const char *events)
{
	char text[4096];
	struct control c = rows_fold(r, NULL, NULL);
	assert_string_equal(rows_runs(&c, text, sizeof(text)), runs);
	assert_string_equal(rows_events(&c, text, sizeof(text)), events);
	control_close(&c);
	rows_free(r);
}

/* All peers from..to, one every `step` seconds. */
static inline void
rows_all_tell(struct rows *r, int64_t at_s, int64_t step, int64_t upstream)
{
	for (uint32_t i = 0; i < ROWS_PEERS; i++)
		rows_tell(r, at_s + i * step, i, upstream);
}

static inline void
rows_all_drop(struct rows *r, int64_t at_s, int64_t step)
{
	for (uint32_t i = 0; i < ROWS_PEERS; i++)
		rows_drop(r, at_s + i * step, i);
}

#endif
