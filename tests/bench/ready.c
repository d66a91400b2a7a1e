/* SPDX-License-Identifier: ISC */
#include "analysis/origin/reader.h"
#include "analysis/origin/snapshot.h"
#include "probe/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

/*
 *	ready make SNAPSHOT	writes a table of a million prefixes in the form
 *				of CAIDA's pfx2as, from the prefixes and origins
 *				of a snapshot and, until there are enough, the
 *				halves of them
 *	ready FILE		how long it is from a file to a table that
 *				answers: reading, merging, index, checks
 */

enum { PREFIXES = 1000000, ROUNDS = 11 };

static double
now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* One line, in the order of such files. */
struct line {
	struct prefix p;
	uint32_t asn;
};

static int
by_prefix(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	if (x->p.addr != y->p.addr)
		return x->p.addr < y->p.addr ? -1 : 1;
	return x->p.len - y->p.len;
}

/* A prefix and, when it is shorter than /24, its halves. */
static size_t
put(struct line *lines, struct prefix p, uint32_t asn)
{
	struct prefix low = {p.addr, (uint8_t)(p.len + 1)};
	struct prefix high = {
	    p.addr | UINT32_C(1) << (31 - p.len % 32), low.len};
	lines[0] = (struct line){p, asn};
	if (p.len >= 24)
		return 1;
	lines[1] = (struct line){low, asn};
	lines[2] = (struct line){high, asn};
	return 3;
}

static size_t
collect(const struct snapshot *s, struct line *lines)
{
	struct origin_answer a;
	size_t n = 0;
	for (uint64_t at = 0; at <= UINT32_MAX && n < PREFIXES;) {
		size_t i = snapshot_segment(s, (uint32_t)at) + 1;
		bool last = i == s->nsegments;
		struct rd r = rd_make(s->starts.p + i * 4, last ? 0 : 4);
		uint64_t end = last ? UINT64_C(1) << 32 : rd_u32(&r);
		if (snapshot_find(s, (uint32_t)at, &a) && a.nasns > 0) {
			n += put(&lines[n], a.prefix, a.asns[0]);
			end = (a.prefix.addr | ~prefix_mask(a.prefix.len)) +
			      UINT64_C(1);
		}
		at = end;
	}
	return n;
}

static int
make(const char *path)
{
	struct fault f = {0};
	struct snapshot *s = snapshot_open(path, &f);
	if (s == NULL) {
		fprintf(stderr, "%s\n", f.text);
		return f.status;
	}
	struct line *lines = xcalloc(PREFIXES + 2, sizeof(*lines));
	size_t n = collect(s, lines);
	qsort(lines, n, sizeof(*lines), by_prefix);
	for (size_t i = 0; i < n && i < PREFIXES; i++) {
		char text[PREFIX_STRLEN];
		prefix_format(&lines[i].p, text);
		*strchr(text, '/') = '\t';
		printf("%s\t%u\n", text, lines[i].asn);
	}
	free(lines);
	snapshot_close(s);
	return n >= PREFIXES ? EX_OK : EX_DATAERR;
}

/* One round; the rows of the table, 0 when something is wrong. */
static uint64_t
ready(const char *path)
{
	struct fault f = {0};
	struct table t = {0};
	struct wr bytes = {0};
	struct origin_answer a;
	uint64_t rows = 0;
	bool ok = reader_load(&t, ORIGIN_BGP, path, &f);
	if (ok) {
		rows = table_source(&t)->counts[COUNT_ROWS];
		snapshot_pack(&t, 0, &bytes);
	}
	struct snapshot *s =
	    ok ? snapshot_borrow(bytes.p, bytes.len, path, &f) : NULL;
	if (s == NULL || !snapshot_find(s, 0x08080808, &a)) {
		fprintf(stderr, "%s: %s\n", path, f.text);
		rows = 0;
	}
	snapshot_close(s);
	wr_free(&bytes);
	table_clear(&t);
	return rows;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
	double took[ROUNDS];
	uint64_t rows = 0;
	if (argc == 3 && strcmp(argv[1], "make") == 0)
		return make(argv[2]);
	if (argc != 2) {
		fprintf(stderr, "ready make SNAPSHOT | ready FILE\n");
		return EX_USAGE;
	}
	for (int i = 0; i < ROUNDS; i++) {
		double start = now_ms();
		rows = ready(argv[1]);
		took[i] = now_ms() - start;
		if (rows == 0)
			return EX_DATAERR;
	}
	qsort(took, ROUNDS, sizeof(took[0]), ascending);
	const char *slash = strrchr(argv[1], '/');
	printf("ready: %s: %" PRIu64
	       " rows, median %.0f ms, best %.0f ms of %d\n",
	    slash != NULL ? slash + 1 : argv[1], rows, took[ROUNDS / 2],
	    took[0], ROUNDS);
	return EX_OK;
}
