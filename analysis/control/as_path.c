/* SPDX-License-Identifier: ISC */
#include "analysis/control/as_path.h"

#include "analysis/origin/be.h"
#include "probe/base/wr.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { AS_SET = 1, AS_SEQUENCE = 2, CONFED_SEQUENCE = 3, CONFED_SET = 4 };

/* One segment's marks: around it, and between its ASNs. */
static const struct mark {
	const char *begin, *between, *end;
} marks[] = {[AS_SET] = {"{", ",", "}"},
    [AS_SEQUENCE] = {"", " ", ""},
    [CONFED_SEQUENCE] = {"(", " ", ")"},
    [CONFED_SET] = {"[", ",", "]"}};

static bool
segment(struct rd *path, size_t width, uint8_t *type, struct rd *seg)
{
	*type = rd_u8(path);
	*seg = rd_sub(path, rd_u8(path) * width);
	return rd_ok(path) && *type >= AS_SET && *type <= CONFED_SET;
}

/* How many hops a segment counts (RFC 4271 section 9.1.2.2, RFC 5065). */
static size_t
hops_of(uint8_t type, struct rd seg, size_t width)
{
	return type == AS_SEQUENCE ? seg.left / width
	       : type == AS_SET	   ? seg.left > 0
				   : 0;
}

static bool
count_hops(struct rd path, size_t width, size_t *hops)
{
	uint8_t type = 0;
	struct rd seg;
	for (*hops = 0; path.left > 0; *hops += hops_of(type, seg, width))
		if (!segment(&path, width, &type, &seg))
			return false;
	return true;
}

static void
put(struct wr *w, const char *text)
{
	wr_bytes(w, text, strlen(text));
}

static void
put_segment(struct wr *w, const struct mark *mark, struct rd seg, size_t width)
{
	if (seg.left == 0)
		return;
	put(w, w->len > 0 ? " " : "");
	put(w, mark->begin);
	for (size_t i = 0; seg.left > 0; i++) {
		char asn[16];
		snprintf(asn, sizeof(asn), "%s%" PRIu32,
		    i > 0 ? mark->between : "",
		    width == 4 ? rd_u32(&seg) : rd_u16(&seg));
		put(w, asn);
	}
	put(w, mark->end);
}

/* The segments of a path up to so many hops. */
static void
put_path(struct wr *w, struct rd path, size_t width, size_t most)
{
	for (size_t hops = 0; path.left > 0 && hops < most;) {
		uint8_t type = 0;
		struct rd seg;
		if (!segment(&path, width, &type, &seg))
			return;
		size_t more = hops_of(type, seg, width);
		if (type == AS_SEQUENCE && more > most - hops)
			seg = rd_make(seg.p, (most - hops) * width);
		put_segment(w, &marks[type], seg, width);
		hops += more;
	}
}

/* The begin and the end of what is too long, at blanks. */
static void
shorten(const struct wr *w, char text[static ROUTE_PATH_MAX])
{
	static const char gap[] = " ... ";
	const char *all = (const char *)w->p;
	size_t half = (ROUTE_PATH_MAX - sizeof(gap)) / 2, head = half;
	size_t tail = w->len - half;
	while (head > 0 && all[head] != ' ')
		head--;
	while (tail < w->len && all[tail - 1] != ' ')
		tail++;
	snprintf(text, ROUTE_PATH_MAX, "%.*s%s%.*s", (int)head, all, gap,
	    (int)(w->len - tail), all + tail);
}

static void
write_text(const struct wr *w, char text[static ROUTE_PATH_MAX])
{
	if (w->len >= ROUTE_PATH_MAX) {
		shorten(w, text);
		return;
	}
	if (w->len > 0)
		memcpy(text, w->p, w->len);
	text[w->len] = '\0';
}

/* As far as AS4_PATH is of use, it replaces the path's end. */
static void
put_both(struct wr *w, const struct mrt_attrs *a, size_t width, size_t hops)
{
	size_t tail = 0;
	bool use = width == 2 && a->path4.left > 0 &&
		   count_hops(a->path4, 4, &tail) && tail > 0 && tail <= hops;
	put_path(w, a->path, width, use ? hops - tail : SIZE_MAX);
	if (use)
		put_path(w, a->path4, 4, SIZE_MAX);
}

static void
find_ends(const struct mrt_attrs *a, size_t width, struct as_path *path)
{
	struct mrt_origin origin = width == 4
				       ? mrt_path_origin(a->path)
				       : mrt_path_origin2(a->path, a->path4);
	if (origin.nset > 0 || origin.asn == 0)
		return;
	path->origin_as = origin.asn;
	uint32_t upstream = mrt_path_upstream(a, width, origin.asn);
	if (upstream != 0)
		path->upstream_as = upstream;
}

void
as_path_of(const struct mrt_attrs *a, size_t width, struct as_path *path)
{
	size_t hops = 0;
	struct wr w = {0};
	path->text[0] = '\0';
	path->origin_as = path->upstream_as = -1;
	path->whole = a->path.p != NULL && count_hops(a->path, width, &hops);
	if (!path->whole)
		return;
	put_both(&w, a, width, hops);
	write_text(&w, path->text);
	wr_free(&w);
	find_ends(a, width, path);
}
