/* SPDX-License-Identifier: ISC */
#include "analysis/origin/reserved.h"
#include "tests/unit/mrt_bgp.h"
#include "tests/unit/mrt_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * bgpdump reads the same file, and what it prints is counted here in the
 * plainest way: the tables must be equal. TUMEN_MRT names a file of your own,
 * TUMEN_BENCH one to be timed.
 */

enum { PEERS = 5, PREFIXES = 40, RECORDS = 120, ORIGINS = 16, SET = 64 };

/* What bgpdump said last about one prefix as a peer sees it. */
struct said {
	char peer[48], prefix[24];
	size_t n; /* one origin, or the members of the set at the end */
	uint32_t asn[SET];
	uint32_t upstream; /* 0: none, or of no origin in towards */
	bool stands;
};

/* Whose upstreams are asked for. */
static const uint32_t towards[] = {131279, 401111, 7, 5, 30};

struct model {
	struct said *p;
	size_t n, room;
};

static struct said *
place(struct model *m, const char *peer, const char *prefix)
{
	/* a dump goes prefix by prefix: look at the latest ones only */
	size_t from = m->n > 20000 ? m->n - 2000 : 0;
	for (size_t i = m->n; i-- > from;)
		if (strcmp(m->p[i].prefix, prefix) == 0 &&
		    strcmp(m->p[i].peer, peer) == 0)
			return &m->p[i];
	if (m->n == m->room) {
		m->room = m->room ? m->room * 2 : 1024;
		m->p = realloc(m->p, m->room * sizeof(*m->p));
		assert_non_null(m->p);
	}
	struct said *s = &m->p[m->n++];
	*s = (struct said){0};
	snprintf(s->peer, sizeof(s->peer), "%s", peer);
	snprintf(s->prefix, sizeof(s->prefix), "%s", prefix);
	return s;
}

/* The origin of a path as text: "1 2 3", "1 2 {3,4}". */
static void
origin_of(struct said *s, const char *path)
{
	uint32_t any = 0, public = 0;
	const char *set = NULL;
	for (const char *p = path; *p != '\0';) {
		size_t word = strcspn(p, " ");
		if (*p != '(') { /* a confederation */
			set = memchr(p, ',', word) != NULL ? p : NULL;
			any = (uint32_t)strtoul(p + (*p == '{'), NULL, 10);
			public = reserved_asn(any) ? public : any;
		}
		p += word + (p[word] == ' ');
	}
	s->asn[0] = public ? public : any;
	s->n = s->asn[0] != 0;
	for (s->n = set ? 0 : s->n; set != NULL && s->n < SET;) {
		char *end = NULL;
		s->asn[s->n++] = (uint32_t)strtoul(set + 1, &end, 10);
		set = *end == ',' ? end : NULL;
	}
}

/*
 * Who stands before the origin in a path as text, word by word from the last
 * one: repetitions and private ASNs aside.
 */
static uint32_t
upstream_of(const char *path, uint32_t origin)
{
	char copy[2048], *word[512];
	size_t n = 0;
	snprintf(copy, sizeof(copy), "%s", path);
	for (char *rest = copy, *w;
	     (w = strsep(&rest, " ")) != NULL && n < 512;)
		if (*w != '\0' && *w != '(')
			word[n++] = w;
	while (n > 0 && *word[n - 1] != '{' &&
	       strtoul(word[n - 1], NULL, 10) != origin)
		n--;
	for (n -= n > 0; n > 0; n--) {
		uint32_t asn = (uint32_t)strtoul(word[n - 1], NULL, 10);
		if (asn == RESERVED_AS_TRANS || *word[n - 1] == '{')
			return 0;
		if (asn != origin && !reserved_asn(asn))
			return asn;
	}
	return 0;
}

static void
find_upstream(struct said *s, const char *path)
{
	s->upstream = 0;
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < sizeof(towards) / 4; k++)
			if (s->asn[i] == towards[k]) {
				s->upstream = upstream_of(path, towards[k]);
				return;
			}
}

static void
lose(struct model *m, const char *peer)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->p[i].peer, peer) == 0)
			m->p[i].stands = false;
}

/* type|time|what|peer|AS|prefix|path|... */
static void
hear(struct model *m, char *line)
{
	char *field[8] = {0}, peer[48];
	for (int i = 0; i < 8 && line != NULL; i++)
		field[i] = strsep(&line, "|");
	if (field[5] == NULL)
		return;
	field[5][strcspn(field[5], "\n")] = '\0';
	snprintf(peer, sizeof(peer), "%s %s", field[3], field[4]);
	if (strcmp(field[2], "STATE") == 0) {
		if (strcmp(field[5], "6") == 0)
			lose(m, peer);
		return;
	}
	if (strchr(field[5], ':') != NULL)
		return; /* IPv6 */
	struct said *s = place(m, peer, field[5]);
	s->stands = *field[2] != 'W';
	if (s->stands && field[6] != NULL) {
		origin_of(s, field[6]);
		find_upstream(s, field[6]);
	}
}

/* The origins of a row, the most seen first, against those that were said. */
static void
compare(const struct table *t, const struct table_row *row,
    const struct said *s, size_t n)
{
	uint32_t asns[ORIGINS];
	size_t votes[ORIGINS] = {0}, kinds = 0;
	for (size_t i = 0; i < n; i++) {
		for (size_t o = 0; s[i].stands && o < s[i].n; o++) {
			size_t k = 0;
			while (k < kinds && asns[k] != s[i].asn[o])
				k++;
			assert_in_range(k, 0, ORIGINS - 1);
			asns[k] = s[i].asn[o];
			kinds += k == kinds;
			votes[k]++;
		}
	}
	size_t before = SIZE_MAX, public = 0;
	for (size_t k = 0; k < kinds; k++)
	public += !reserved_asn(asns[k]);
	assert_int_equal(row->nasns, public ? public : kinds);
	for (size_t i = 0; i < row->nasns; i++) {
		size_t k = 0;
		while (k < kinds && asns[k] != t->asns[row->asn_at + i])
			k++;
		assert_true(k < kinds && votes[k] <= before);
		before = votes[k];
	}
}

static int
by_prefix(const void *a, const void *b)
{
	const struct said *x = a, *y = b;
	struct prefix p, q;
	assert_true(prefix_parse(x->prefix, &p));
	assert_true(prefix_parse(y->prefix, &q));
	if (p.addr != q.addr)
		return p.addr < q.addr ? -1 : 1;
	/* as a table orders ranges: the end next */
	return (p.len < q.len) - (p.len > q.len);
}

/* Special-purpose space makes no row. */
static bool
usable(const struct said *s, size_t n)
{
	struct prefix p;
	assert_true(prefix_parse(s[0].prefix, &p));
	if (reserved_range(p.addr, p.addr | ~prefix_mask(p.len)))
		return false;
	for (size_t i = 0; i < n; i++)
		if (s[i].stands && s[i].n > 0 &&
		    strcmp(s[i].prefix, "0.0.0.0/0") != 0)
			return true;
	return false;
}

/* How many of the upstreams of a table, from the first on, are of a prefix. */
static size_t
upstreams_at(const struct table *t, size_t first, const struct prefix *p)
{
	size_t n = first;
	while (n < t->nupstreams && t->upstreams[n].addr == p->addr &&
	       t->upstreams[n].len == p->len)
		n++;
	return n - first;
}

/* Those of a prefix: each one that was said, with the number of its peers. */
static size_t
compare_upstreams(
    const struct table *t, const struct said *s, size_t n, struct prefix *p)
{
	size_t first = 0, said = 0, told = 0;
	while (first < t->nupstreams && upstreams_at(t, first, p) == 0)
		first++;
	size_t have = upstreams_at(t, first, p);
	for (size_t i = 0; i < n; i++)
		said += s[i].stands && s[i].upstream != 0;
	for (size_t i = 0; i < have; i++) {
		const struct table_upstream *u = &t->upstreams[first + i];
		size_t peers = 0;
		for (size_t k = 0; k < n; k++)
			peers += s[k].stands && s[k].upstream == u->asn;
		assert_int_equal(peers, u->peers);
		told += peers;
	}
	assert_int_equal(said, told);
	return have;
}

static void
compare_all(const struct table *t, struct model *m)
{
	size_t row = 0, upstreams = 0;
	if (m->n > 0)
		qsort(m->p, m->n, sizeof(*m->p), by_prefix);
	for (size_t i = 0, n = 0; i < m->n; i += n) {
		struct prefix p;
		for (n = 1; i + n < m->n &&
			    strcmp(m->p[i].prefix, m->p[i + n].prefix) == 0;)
			n++;
		if (!usable(&m->p[i], n))
			continue;
		assert_true(row < t->nrows);
		prefix_parse(m->p[i].prefix, &p);
		assert_int_equal(t->rows[row].first, p.addr);
		assert_int_equal(
		    t->rows[row].last, p.addr | ~prefix_mask(p.len));
		compare(t, &t->rows[row++], &m->p[i], n);
		upstreams += compare_upstreams(t, &m->p[i], n, &p);
	}
	assert_int_equal(upstreams, t->nupstreams);
	assert_int_equal(row, t->nrows);
}

/* The number of lines that bgpdump had to say. */
static size_t
check(const char *path)
{
	char command[300], *line = NULL;
	size_t room = 0, lines = 0;
	struct model m = {0};
	struct table t = {.towards = towards,
	    .ntowards = sizeof(towards) / sizeof(towards[0])};
	struct fault f = {0};
	snprintf(command, sizeof(command), "bgpdump -m '%s' 2>/dev/null", path);
	FILE *pipe = popen(command, "r");
	assert_non_null(pipe);
	while (getline(&line, &room, pipe) > 0) {
		hear(&m, line);
		lines++;
	}
	assert_int_equal(pclose(pipe), 0);
	if (!reader_load(&t, ORIGIN_BGP, path, &f))
		assert_int_equal(table_source(&t)->counts[COUNT_ROWS], 0);
	table_merge(&t);
	compare_all(&t, &m);
	table_clear(&t);
	free(line);
	free(m.p);
	return lines;
}

static uint32_t
below(uint32_t *x, uint32_t n)
{
	*x = *x * 1664525 + 1013904223;
	return (*x >> 8) % n;
}

static const char *
random_path(uint32_t *x, char text[static 64], const char **path4)
{
	static const char *const ends[] = {"30", "20", "10", "64512", "401111",
	    "{7 8}", "20 4200000001", "131279", "131279 131279", "30 64512 30",
	    "5 {5 7}", "401111 {9 401111}"};
	uint32_t first = 1 + below(x, 9);
	snprintf(text, 64, "%u 5 %s", first, ends[below(x, 12)]);
	*path4 = below(x, 2)   ? strchr(text, ' ') + 1
		 : below(x, 4) ? NULL
			       : "1 2 3 4 5 6 400000"; /* too long: void */
	return text;
}

static const char *
random_prefix(uint32_t *x, char text[static 32])
{
	uint32_t i = below(x, PREFIXES);
	snprintf(text, 32, "%u.%u.0.0/%u", 1 + i / 4, i % 4 * 64, 10 + i % 7);
	return text;
}

static void
write_updates(struct wr *w, uint32_t *x)
{
	static const uint16_t down[] = {6, 1};
	for (int i = 0; i < RECORDS; i++) {
		char prefix[32], path[64];
		bool as4 = below(x, 2);
		struct mrt_message m = {
		    .subtype = as4 ? 4 : 1, .peer = (uint16_t)below(x, PEERS)};
		if (below(x, 20) == 0) {
			mrt_state(w, as4 ? 5 : 0, m.peer, down);
			continue;
		}
		random_prefix(x, prefix);
		if (below(x, 3) == 0) {
			m.withdrawn = prefix;
		} else {
			m.announced = prefix;
			m.route.path = random_path(x, path, &m.route.path4);
			m.route.width = as4 ? 4 : 2;
			if (as4)
				m.route.path4 = NULL;
		}
		mrt_update(w, below(x, 2) ? 16 : 17, &m);
	}
}

static void
write_dump(struct wr *w, uint32_t *x)
{
	for (uint32_t i = 0; i < PREFIXES; i++)
		for (uint32_t peer = 0; peer < PEERS; peer++) {
			char prefix[32], path[64];
			struct mrt_route_text r = {.width = 2};
			snprintf(prefix, sizeof(prefix), "%u.0.0.0/8", 1 + i);
			if (below(x, 3) == 0)
				continue;
			r.path = random_path(x, path, &r.path4);
			mrt_table_dump(w, prefix, (uint16_t)peer, &r);
		}
}

static void
check_written(void (*write_some)(struct wr *w, uint32_t *x), uint32_t seed)
{
	char path[] = "/tmp/tumen-mrt-XXXXXX";
	struct wr w = {0};
	write_some(&w, &seed);
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, w.p, w.len), w.len);
	close(fd);
	assert_in_range(check(path), 50, 1000);
	unlink(path);
	wr_free(&w);
}

static void
dumps(void **state)
{
	(void)state;
	for (uint32_t seed = 0; seed < 40; seed++)
		check_written(write_dump, seed);
}

static void
updates(void **state)
{
	(void)state;
	for (uint32_t seed = 0; seed < 40; seed++)
		check_written(write_updates, seed);
}

/* Written by BIRD: a table, the updates of a laboratory, with add-path. */
static void
files(void **state)
{
	(void)state;
	static const char *const names[] = {"bird.mrt", "bird-updates.mrt"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[80];
		snprintf(path, sizeof(path), "tests/fuzz/seeds/origin_mrt/%s",
		    names[i]);
		assert_true(check(path) > 0);
	}
	const char *own = getenv("TUMEN_MRT");
	if (own != NULL)
		print_message("%s: %zu lines\n", own, check(own));
}

/* The reader alone, its file in memory: what it costs the processor. */
static void
bench(void **state)
{
	(void)state;
	struct input in;
	struct table t = {0};
	struct fault f = {0};
	const char *path = getenv("TUMEN_BENCH");
	if (path == NULL)
		return;
	t.towards = towards;
	t.ntowards = 1;
	assert_true(input_load(path, &in, &f));
	table_begin(&t, ORIGIN_BGP);
	clock_t start = clock();
	read_mrt(&in, &t);
	print_message("# reader %.4f\n",
	    (double)(clock() - start) / (double)CLOCKS_PER_SEC);
	table_clear(&t);
	input_clear(&in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dumps),
	    cmocka_unit_test(updates),
	    cmocka_unit_test(files),
	    cmocka_unit_test(bench),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
