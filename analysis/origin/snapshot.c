/* SPDX-License-Identifier: ISC */
#include "analysis/origin/snapshot.h"

#include "analysis/origin/be.h"
#include "analysis/origin/changes.h"
#include "analysis/origin/clones.h"
#include "analysis/origin/nodes.h"
#include "analysis/origin/snapshot_ases.h"
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

/* The same in a file of changes, which has no index but its places. */
static size_t
by_place(const struct snapshot *s, uint32_t addr)
{
	size_t lo = s->places[addr >> 20], hi = s->places[(addr >> 20) + 1];
	return last_before(s, lo, hi - lo + 1, addr);
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
map(const char *path, size_t *len, int flags, struct fault *f)
{
	struct stat st;
	void *p = MAP_FAILED;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && fstat(fd, &st) == 0;
	if (ok && S_ISREG(st.st_mode) && st.st_size > 0)
		p = mmap(NULL, (size_t)st.st_size, PROT_READ,
		    MAP_PRIVATE | flags, fd, 0);
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
	void *p = map(path, &len, MAP_POPULATE, f);
	if (p == NULL)
		return NULL;
	struct snapshot *s = snapshot_borrow(p, len, path, f);
	if (s == NULL)
		munmap(p, len);
	else
		s->mapped = p;
	return s;
}

static void
look(struct snapshot *s, struct snapshot_glance *glance)
{
	s->nrelations = s->relations.len / FORM_RELATION_LEN;
	s->nvrps = s->vrps.len;
	s->nupstreams = s->upstreams.len;
	s->norgs = s->orgs.len;
	glance->asof_us = s->asof_us;
	glance->changes = s->base_ref.p != NULL;
	glance->holds = snapshot_holds(s);
	glance->from_base = 0;
	if (glance->changes) {
		struct changes_base base;
		changes_base(s, &base);
		glance->from_base = changes_holds(s);
		memcpy(glance->base, base.identity, sizeof(glance->base));
	}
	changes_identity(s, glance->identity);
}

bool
snapshot_glance(
    const char *path, struct snapshot_glance *glance, struct fault *f)
{
	struct snapshot *s = xcalloc(1, sizeof(*s));
	s->mapped = map(path, &s->len, 0, f);
	s->name = xstrdup(path);
	bool ok = s->mapped != NULL && snapshot_check_head(s, s->mapped, f);
	if (ok)
		look(s, glance);
	snapshot_close(s);
	return ok;
}

void
snapshot_close(struct snapshot *s)
{
	if (s == NULL)
		return;
	if (s->mapped != NULL)
		munmap(s->mapped, s->len);
	free(s->places);
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
static inline size_t
proved(const struct snapshot *s, uint32_t addr)
{
	if (s->places != NULL)
		return by_place(s, addr);
	size_t i = snapshot_segment(s, addr);
	if (addr >= first_of(s, i) && addr <= last_of(s, i))
		return i;
	return snapshot_search(s, addr);
}

/* Where an answer stands: a segment of a file or of its base. */
struct place {
	const struct snapshot *in;
	size_t segment;
	uint32_t row; /* 1 + its index; 0 for none */
};

static inline struct place
place_of(const struct snapshot *s, uint32_t addr)
{
	struct place p = {.in = s, .segment = proved(s, addr)};
	p.row = at(&s->segments, p.segment * 4);
	if (s->places == NULL)
		return p;
	if (s->base == NULL) {
		p.row = 0; /* not yet ready to answer */
	} else if (p.row == FORM_AS_IN_BASE) {
		p.in = s->base;
		p.segment = proved(s->base, addr);
		p.row = at(&s->base->segments, p.segment * 4);
	}
	return p;
}

static inline void
read_row(const struct place *p, uint32_t addr, struct snapshot_hit *hit)
{
	const struct snapshot *s = p->in;
	size_t row = (size_t)(p->row - 1) * FORM_ROW_LEN;
	size_t kind = (size_t)at(&s->rows, row + 4) * FORM_KIND_LEN;
	uint32_t tail = at(&s->kinds, kind + 4);
	uint8_t len = (uint8_t)(tail & 0xff);
	hit->in = s;
	hit->origin = at(&s->rows, row);
	hit->note = at(&s->kinds, kind);
	hit->source = (uint16_t)(tail >> 16);
	hit->layer = (uint8_t)(tail >> 8 & 0xff);
	if (len == FORM_WHOLE)
		hit->prefix = prefix_in_range(
		    addr, first_of(s, p->segment), last_of(s, p->segment));
	else
		hit->prefix = (struct prefix){addr & prefix_mask(len), len};
}

bool
snapshot_hit(const struct snapshot *s, uint32_t addr, struct snapshot_hit *hit)
{
	struct place p = place_of(s, addr);
	if (p.row == 0)
		return false;
	read_row(&p, addr, hit);
	return true;
}

uint32_t
snapshot_until(const struct snapshot *s, uint32_t addr)
{
	struct snapshot_hit hit;
	struct place p = place_of(s, addr);
	uint32_t last = last_of(p.in, p.segment), end = UINT32_MAX;
	if (p.in != s) /* the segment of the changes ends, too */
		end = last_of(s, proved(s, addr));
	last = last < end ? last : end;
	if (p.row == 0)
		return last;
	read_row(&p, addr, &hit);
	end = hit.prefix.addr | ~prefix_mask(hit.prefix.len);
	return last < end ? last : end;
}

/* An AS that ROWS or ORIG of s name; those of a base come first. */
struct as {
	const struct snapshot *in; /* whose texts */
	const uint8_t *p;
};

static inline struct as as_at(const struct snapshot *s, size_t i)
{
	size_t others = s->nindexed - s->nases;
	if (i < others)
		return (struct as){s->base, s->base->ases.p + i * FORM_AS_LEN};
	return (struct as){s, s->ases.p + (i - others) * FORM_AS_LEN};
}

/* How many ASes a row names, and where in ORIG they begin if not in the row. */
static inline size_t
count_of(const struct snapshot_hit *hit, size_t *set)
{
	if (hit->origin < hit->in->nindexed)
		return 1;
	*set = (hit->origin - hit->in->nindexed) * 4;
	return at(&hit->in->origins, *set);
}

static inline struct as as_of(
    const struct snapshot_hit *hit, size_t set, size_t i)
{
	if (hit->origin < hit->in->nindexed)
		return as_at(hit->in, hit->origin);
	return as_at(hit->in, at(&hit->in->origins, set + 4 + i * 4));
}

size_t
snapshot_origins(
    const struct snapshot_hit *hit, uint32_t asns[static ORIGIN_ASNS_MAX])
{
	size_t set = 0, n = count_of(hit, &set);
	for (size_t i = 0; i < n; i++)
		asns[i] = be_u32(as_of(hit, set, i).p);
	return n;
}

static inline void
put_as(const struct snapshot *in, const uint8_t *as, size_t i,
    struct origin_answer *answer)
{
	answer->asns[i] = be_u32(as);
	answer->names[i] = text(in, be_u32(as + 4));
}

static inline void
put_origins(const struct snapshot_hit *hit, struct origin_answer *answer)
{
	size_t set = 0;
	answer->nasns = count_of(hit, &set);
	for (size_t i = 0; i < answer->nasns; i++) {
		struct as as = as_of(hit, set, i);
		put_as(as.in, as.p, i, answer);
	}
}

/* What the changes say of an AS of the base goes before what that says. */
static void
rename_origins(const struct snapshot *s, struct origin_answer *answer)
{
	for (size_t i = 0; i < answer->nasns; i++) {
		const uint8_t *own = snapshot_as(s, answer->asns[i]);
		if (own != NULL)
			put_as(s, own, i, answer);
	}
}

/* The source that stands for one of the base in a file of changes. */
static const struct snapshot_source *
source_of(const struct snapshot *s, const struct snapshot_hit *hit)
{
	if (hit->in == s)
		return &s->sources[hit->source];
	uint32_t own = at(&s->source_map, (size_t)hit->source * 4);
	return own < s->nsources ? &s->sources[own]
				 : &hit->in->sources[hit->source];
}

bool
snapshot_find(
    const struct snapshot *s, uint32_t addr, struct origin_answer *answer)
{
	struct snapshot_hit hit;
	struct place p = place_of(s, addr);
	if (p.row == 0)
		return false;
	read_row(&p, addr, &hit);
	const struct snapshot_source *source = source_of(s, &hit);
	const char *note = text(hit.in, hit.note);
	answer->layer = (enum origin_layer)hit.layer;
	answer->prefix = hit.prefix;
	answer->source = note			 ? note
			 : source->title != NULL ? source->title
						 : source->name;
	answer->source_asof_us = source->asof_us;
	put_origins(&hit, answer);
	if (hit.in != s)
		rename_origins(s, answer);
	return true;
}
