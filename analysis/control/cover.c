/* SPDX-License-Identifier: ISC */
#include "analysis/control/cover.h"

#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

static void
end_here(struct cover *c)
{
	c->end = xreallocarray(c->end, c->n + 1, sizeof(*c->end));
	c->end[c->n] = c->open;
	c->end[c->n++].at_us++;
}

void
cover_add(struct cover *c, const struct store_route_source *file)
{
	if (file->messages == 0 || file->last_us < file->first_us)
		return;
	bool same = c->open.at_us >= 0 &&
		    strcmp(c->open.collector, file->collector) == 0;
	if (c->open.at_us >= 0 &&
	    (!same || file->first_us - c->open.at_us > COVER_GAP_US))
		end_here(c);
	if (!same)
		c->open.at_us = -1;
	memcpy(c->open.collector, file->collector, sizeof(c->open.collector));
	if (file->last_us > c->open.at_us)
		c->open.at_us = file->last_us;
	if (file->last_us > c->last_us)
		c->last_us = file->last_us;
}

static int
by_time(const void *va, const void *vb)
{
	const struct cover_end *a = va, *b = vb;
	if (a->at_us != b->at_us)
		return a->at_us < b->at_us ? -1 : 1;
	return strcmp(a->collector, b->collector);
}

void
cover_close(struct cover *c)
{
	if (c->open.at_us >= 0)
		end_here(c);
	if (c->n > 0)
		qsort(c->end, c->n, sizeof(*c->end), by_time);
	/* What ends with all the rest may go on in a file to come. */
	while (c->n > 0 && c->last_us - c->end[c->n - 1].at_us <= COVER_GAP_US)
		c->n--;
}

void
cover_free(struct cover *c)
{
	free(c->end);
	*c = COVER_NONE;
}

static bool
each_file(void *arg, const struct store_route_source *file, struct fault *f)
{
	(void)f;
	cover_add(arg, file);
	return true;
}

bool
cover_read(struct cover *c, struct store *s, struct fault *f)
{
	bool ok = store_route_sources(s, each_file, c, f);
	cover_close(c);
	return ok;
}
