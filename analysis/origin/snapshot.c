/* SPDX-License-Identifier: ISC */
#include "analysis/origin/snapshot.h"

#include "analysis/origin/be.h"
#include "analysis/origin/clones.h"
#include "analysis/origin/nodes.h"
#include "analysis/origin/snapshot_check.h"
#include "analysis/origin/snapshot_form.h"
#include "probe/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* Only for places that snapshot_check() has proved to be there. */
CLONES_PART uint32_t
at(const struct snapshot_section *s, size_t offset)
{
	return be_u32(s->p + offset);
}

/* The last of the segments lo .. lo + n - 1 that starts at or before addr. */
static size_t
last_before(const struct snapshot *s, size_t lo, size_t n, uint32_t addr)
{
	while (n > 1) {
		size_t half = n / 2;
		lo += at(&s->starts, (lo + half) * 4) <= addr ? half : 0;
		n -= half;
	}
	return lo;
}

/* Where slot % 64 leads to; only for nodes without NODES_FINE. */
CLONES_PART size_t
step(const struct snapshot_section *nodes, size_t node, uint32_t slot)
{
	size_t p = node * NODES_LEN;
	uint64_t turns = be_u64(nodes->p + p);
	return (size_t)at(nodes, p + 8) + nodes_count(turns >> (~slot & 63));
}

/* The segment of an address in a cell with starts inside its slots. */
static size_t
search_cell(const struct snapshot *s, size_t cell, uint32_t addr)
{
	size_t lo = at(&s->cells, cell * NODES_LEN + 8);
	size_t hi = cell + 1 < s->ncells
			? at(&s->cells, (cell + 1) * NODES_LEN + 8)
			: s->nsegments - 1;
	return last_before(s, lo, hi - lo + 1, addr);
}

CLONES_PART size_t
segment(const struct snapshot *s, uint32_t addr)
{
	size_t cell = step(&s->roots, addr >> 20, addr >> 14);
	if (s->cells.p[cell * NODES_LEN] >> 7)
		return search_cell(s, cell, addr);
	return step(&s->cells, cell, addr >> 8);
}

CLONES_POPCNT size_t
snapshot_segment(const struct snapshot *s, uint32_t addr)
{
	return segment(s, addr);
}

size_t
snapshot_search(const struct snapshot *s, uint32_t addr)
{
	return last_before(s, 0, s->nsegments, addr);
}

CLONES_POPCNT uint32_t
snapshot_row(const struct snapshot *s, uint32_t addr)
{
	return at(&s->segments, segment(s, addr) * 4);
}

struct snapshot *
snapshot_borrow(
    const void *bytes, size_t len, const char *name, struct fault *f)
{
	struct snapshot *s = xcalloc(1, sizeof(*s));
	s->name = xstrdup(name);
	s->len = len;
	if (!snapshot_check(s, bytes, f)) {
		snapshot_close(s);
		return NULL;
	}
	return s;
}

static void *
map(const char *path, size_t *len, struct fault *f)
{
	struct stat st;
	void *p = MAP_FAILED;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && fstat(fd, &st) == 0;
	if (ok && S_ISREG(st.st_mode) && st.st_size > 0)
		p = mmap(NULL, (size_t)st.st_size, PROT_READ,
		    MAP_PRIVATE | MAP_POPULATE, fd, 0);
	else if (ok)
		errno = S_ISREG(st.st_mode) ? 0 : EINVAL;
	int error = errno;
	if (fd >= 0)
		close(fd);
	if (p != MAP_FAILED) {
		*len = (size_t)st.st_size;
		return p;
	}
	if (ok && error == 0)
		fault_set(f, EX_DATAERR, "%s: byte 0: the file is empty", path);
	else
		fault_set(f, EX_IOERR, "%s: %s", path, strerror(error));
	return NULL;
}

struct snapshot *
snapshot_open(const char *path, struct fault *f)
{
	size_t len = 0;
	void *p = map(path, &len, f);
	if (p == NULL)
		return NULL;
	struct snapshot *s = snapshot_borrow(p, len, path, f);
	if (s == NULL)
		munmap(p, len);
	else
		s->mapped = p;
	return s;
}

void
snapshot_close(struct snapshot *s)
{
	if (s == NULL)
		return;
	if (s->mapped != NULL)
		munmap(s->mapped, s->len);
	free(s->sources);
	free(s->name);
	free(s);
}

static const char *
text(const struct snapshot *s, uint32_t offset)
{
	return offset == 0 ? NULL : (const char *)s->text.p + offset;
}

static uint32_t
first_of(const struct snapshot *s, size_t i)
{
	return at(&s->starts, i * 4);
}

static uint32_t
last_of(const struct snapshot *s, size_t i)
{
	return i + 1 < s->nsegments ? first_of(s, i + 1) - 1 : UINT32_MAX;
}

/* The segment that really holds addr, whatever the index of the file says. */
static size_t
proved(const struct snapshot *s, uint32_t addr)
{
	size_t i = snapshot_segment(s, addr);
	if (addr >= first_of(s, i) && addr <= last_of(s, i))
		return i;
	return snapshot_search(s, addr);
}

static void
put_origins(
    const struct snapshot *s, size_t origin, struct origin_answer *answer)
{
	size_t set = (origin - s->nases) * 4;
	bool one = origin < s->nases;
	answer->nasns = one ? 1 : at(&s->origins, set);
	for (size_t i = 0; i < answer->nasns; i++) {
		size_t as = one ? origin : at(&s->origins, set + 4 + i * 4);
		answer->asns[i] = at(&s->ases, as * FORM_AS_LEN);
		answer->names[i] = text(s, at(&s->ases, as * FORM_AS_LEN + 4));
	}
}

bool
snapshot_find(
    const struct snapshot *s, uint32_t addr, struct origin_answer *answer)
{
	size_t i = proved(s, addr);
	uint32_t row = at(&s->segments, i * 4);
	if (row == 0)
		return false;
	size_t p = (size_t)(row - 1) * FORM_ROW_LEN;
	size_t kind = (size_t)at(&s->rows, p + 4) * FORM_KIND_LEN;
	const char *note = text(s, at(&s->kinds, kind));
	uint32_t tail = at(&s->kinds, kind + 4);
	const struct snapshot_source *source = &s->sources[tail >> 16];
	uint8_t len = (uint8_t)(tail & 0xff);
	answer->layer = (enum origin_layer)(tail >> 8 & 0xff);
	if (len == FORM_WHOLE)
		answer->prefix =
		    prefix_in_range(addr, first_of(s, i), last_of(s, i));
	else
		answer->prefix = (struct prefix){addr & prefix_mask(len), len};
	answer->source = note			 ? note
			 : source->title != NULL ? source->title
						 : source->name;
	put_origins(s, at(&s->rows, p), answer);
	return true;
}

const char *
snapshot_as_name(const struct snapshot *s, uint32_t asn)
{
	size_t lo = 0, n = s->nases;
	while (n > 1) {
		size_t half = n / 2;
		lo += at(&s->ases, (lo + half) * FORM_AS_LEN) <= asn ? half : 0;
		n -= half;
	}
	if (n == 0 || at(&s->ases, lo * FORM_AS_LEN) != asn)
		return NULL;
	return text(s, at(&s->ases, lo * FORM_AS_LEN + 4));
}

enum origin_relation
snapshot_relate(const struct snapshot *s, uint32_t a, uint32_t b)
{
	size_t lo = 0, hi = s->nrelations;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2, p = mid * FORM_RELATION_LEN;
		uint32_t x = at(&s->relations, p), y = at(&s->relations, p + 4);
		if (x == a && y == b)
			return (enum origin_relation)at(&s->relations, p + 8);
		if (x < a || (x == a && y < b))
			lo = mid + 1;
		else
			hi = mid;
	}
	return ORIGIN_UNRELATED;
}

int
snapshot_neighbours(
    const struct snapshot *s, uint32_t asn, uint32_t *asns, size_t room)
{
	size_t lo = 0, hi = s->nrelations;
	int n = 0;
	if (s->nrelations == 0)
		return -1;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (at(&s->relations, mid * FORM_RELATION_LEN) < asn)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < s->nrelations; lo++, n++) {
		size_t p = lo * FORM_RELATION_LEN;
		if (at(&s->relations, p) != asn)
			break;
		if ((size_t)n < room)
			asns[n] = at(&s->relations, p + 4);
	}
	return n;
}
