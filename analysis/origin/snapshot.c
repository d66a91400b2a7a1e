/* SPDX-License-Identifier: ISC */
#include "analysis/origin/snapshot.h"

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

enum { SIXTEENS = 1 << 16 };

/* Only for places that snapshot_check() has proved to be there. */
static inline uint32_t
at(const struct snapshot_section *s, size_t offset)
{
	const uint8_t *p = s->p + offset;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
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

/* Sixteen bits at once: a search then has only the segments of one /16. */
static void
index_sixteens(struct snapshot *s)
{
	size_t lo = 0;
	s->sixteens = xcalloc(SIXTEENS, sizeof(*s->sixteens));
	for (uint32_t i = 0; i < SIXTEENS; i++) {
		while (lo + 1 < s->nsegments &&
		       at(&s->starts, (lo + 1) * 4) <= i << 16)
			lo++;
		s->sixteens[i] = (uint32_t)lo;
	}
}

static size_t
segment(const struct snapshot *s, uint32_t addr)
{
	uint32_t i = addr >> 16;
	size_t lo = s->sixteens[i];
	size_t hi = i + 1 < SIXTEENS ? s->sixteens[i + 1] : s->nsegments - 1;
	return last_before(s, lo, hi - lo + 1, addr);
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
	index_sixteens(s);
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
		p = mmap(
		    NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
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
	free(s->sixteens);
	free(s->name);
	free(s);
}

static const char *
text(const struct snapshot *s, uint32_t offset)
{
	return offset == 0 ? NULL : (const char *)s->text.p + offset;
}

bool
snapshot_find(
    const struct snapshot *s, uint32_t addr, struct origin_answer *answer)
{
	uint32_t row = at(&s->segments, segment(s, addr) * 4);
	if (row == 0)
		return false;
	size_t p = (size_t)(row - 1) * FORM_ROW_LEN;
	uint32_t tail = at(&s->rows, p + 16);
	const struct snapshot_source *source = &s->sources[tail >> 16];
	const char *note = text(s, at(&s->rows, p + 12));
	size_t origin = at(&s->rows, p + 8);
	answer->layer = (enum origin_layer)(tail & 0xff);
	answer->prefix =
	    prefix_in_range(addr, at(&s->rows, p), at(&s->rows, p + 4));
	answer->source = note			 ? note
			 : source->title != NULL ? source->title
						 : source->name;
	answer->nasns = tail >> 8 & 0xff;
	for (size_t i = 0; i < answer->nasns; i++) {
		size_t as = (size_t)at(&s->origins, (origin + i) * 4);
		answer->asns[i] = at(&s->ases, as * FORM_AS_LEN);
		answer->names[i] = text(s, at(&s->ases, as * FORM_AS_LEN + 4));
	}
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
