/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/window.h"

#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

struct window
window_make(struct feed *feed, size_t usual, size_t most)
{
	return (struct window){.feed = feed,
	    .p = xcalloc(usual + 1, 1),
	    .room = usual,
	    .usual = usual,
	    .most = most,
	    .line = 1};
}

void
window_free(struct window *w)
{
	free(w->p);
	w->p = NULL;
}

bool
window_full(const struct window *w)
{
	return w->len - w->at >= w->most;
}

/* To the front, and half of the room free or more. */
static size_t
make_room(struct window *w)
{
	size_t kept = w->len - w->at, wanted = 2 * kept;
	memmove(w->p, w->p + w->at, kept);
	w->at = 0;
	w->len = kept;
	wanted = wanted < w->usual ? w->usual : wanted;
	wanted = wanted > w->most ? w->most : wanted;
	if (wanted > w->room) {
		w->p = xreallocarray(w->p, wanted + 1, 1);
		w->room = wanted;
	}
	return wanted;
}

bool
window_more(struct window *w, struct fault *f)
{
	size_t wanted = make_room(w), before = w->len;
	while (w->len < wanted && !w->last && w->why.status == 0) {
		ptrdiff_t n =
		    feed_read(w->feed, w->p + w->len, wanted - w->len, &w->why);
		w->last = n == 0;
		w->len += n > 0 ? (size_t)n : 0;
		if (w->len > before && !feed_ready(w->feed))
			break;
	}
	if (w->len > before || w->last)
		return true;
	*f = w->why;
	return false;
}

void
window_step(struct window *w, size_t n)
{
	const char *p = w->p + w->at, *end = p + n, *newline;
	w->at += n;
	w->offset += (int64_t)n;
	w->column += (int64_t)n;
	while ((newline = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		p = newline + 1;
		w->line++;
		w->column = end - p;
	}
}

struct json_read
window_reader(const struct window *w)
{
	return json_read_make(w->p + w->at, w->len - w->at, w->last);
}
