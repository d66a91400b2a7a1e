/* SPDX-License-Identifier: ISC */
#include "analysis/control/interest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* STAR-KP, registered in 2009, and what AS131279 announces of it. */
static const struct prefix star_kp = {0xaf2db000, 22};
enum { ANNOUNCED_LEN = 24, ANNOUNCED_N = 4 };

static int
by_prefix(const void *a, const void *b)
{
	const struct prefix *x = a, *y = b;
	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->len - y->len;
}

static bool
inside(const struct prefix *p, const struct prefix *of)
{
	return p->len >= of->len && prefix_contains(of, p->addr);
}

/* Adds those of the four that lie inside p, or p itself. */
static void
expect(struct interest *in, const struct prefix *p)
{
	size_t before = in->nexpected;
	for (uint32_t i = 0; i < ANNOUNCED_N; i++) {
		const struct prefix one = {
		    star_kp.addr + (i << (32 - ANNOUNCED_LEN)), ANNOUNCED_LEN};
		if (inside(&one, p))
			in->expected[in->nexpected++] = one;
	}
	if (in->nexpected == before)
		in->expected[in->nexpected++] = *p;
}

static void
mark(struct interest *in, const struct prefix *p)
{
	uint32_t first = p->addr >> 16;
	uint32_t last = (p->addr | ~prefix_mask(p->len)) >> 16;
	for (uint32_t i = first; i <= last; i++)
		in->near[i / 64] |= UINT64_C(1) << (i % 64);
}

/* Sorts a list and drops what it has twice. */
static size_t
settle(struct prefix *p, size_t n)
{
	size_t kept = 0;
	qsort(p, n, sizeof(*p), by_prefix);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || by_prefix(&p[i], &p[kept - 1]) != 0)
			p[kept++] = p[i];
	return kept;
}

void
interest_init(struct interest *in, const struct prefix *prefixes, size_t n)
{
	size_t at = 0;
	*in = (struct interest){.n = n > 0 ? n : 1};
	memcpy(in->prefix, n > 0 ? prefixes : &star_kp,
	    in->n * sizeof(*in->prefix));
	in->n = settle(in->prefix, in->n);
	for (size_t i = 0; i < in->n; i++) {
		char text[PREFIX_STRLEN];
		at += (size_t)snprintf(in->text + at, sizeof(in->text) - at,
		    "%s%s", i > 0 ? " " : "",
		    prefix_format(&in->prefix[i], text));
		mark(in, &in->prefix[i]);
		expect(in, &in->prefix[i]);
		in->nexpected = settle(in->expected, in->nexpected);
	}
}

static bool
near(const struct interest *in, uint32_t first16)
{
	return in->near[first16 / 64] >> (first16 % 64) & 1;
}

bool
interest_holds(const struct interest *in, const struct prefix *p)
{
	if (!near(in, p->addr >> 16))
		return false;
	for (size_t i = 0; i < in->n; i++)
		if (inside(p, &in->prefix[i]) ||
		    (p->len >= INTEREST_COVER_MIN && inside(&in->prefix[i], p)))
			return true;
	return false;
}

bool
interest_may(const struct interest *in, struct rd list, bool add_path)
{
	size_t head = add_path ? 5 : 1, at = 0, left = list.left;
	const uint8_t *p = rd_bytes(&list, left);
	while (at < left) {
		if (head > left - at || p[at + head - 1] > 32)
			return true; /* makes no sense */
		const uint8_t *q = p + at + head;
		size_t octets = ((size_t)q[-1] + 7) / 8;
		at += head + octets;
		if (at > left)
			return true;
		uint32_t first16 = octets > 1	? (uint32_t)(q[0] << 8 | q[1])
				   : octets > 0 ? (uint32_t)q[0] << 8
						: 0;
		if (near(in, first16))
			return true;
	}
	return false;
}
