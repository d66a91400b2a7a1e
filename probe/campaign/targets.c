/* SPDX-License-Identifier: ISC */
#include "probe/campaign/targets.h"

#include "probe/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define HOST(b, c) (175u << 24 | 45u << 16 | (b) << 8 | (c))

/* STAR-KP: announced by AS131279 as four /24. */
static const struct prefix announced = {HOST(176u, 0u), 22};

static const struct target builtin[] = {
    {HOST(176u, 8u), {53}, "name server"},
    {HOST(176u, 9u), {53}, "name server"},
    {HOST(176u, 10u), {25}, "mail"},
    {HOST(176u, 15u), {53}, "name server"},
    {HOST(176u, 16u), {53}, "name server"},
    {HOST(176u, 65u), {25}, "mail"},
    {HOST(176u, 67u), {80, 443}, "web"},
    {HOST(176u, 68u), {80, 443}, "web"},
    {HOST(176u, 69u), {80, 443}, "web"},
    {HOST(176u, 70u), {25}, "mail"},
    {HOST(176u, 71u), {80, 443}, "web"},
    {HOST(176u, 75u), {80, 443}, "web"},
    {HOST(176u, 76u), {80, 443}, "web"},
    {HOST(176u, 79u), {80, 443}, "web"},
    {HOST(176u, 80u), {80, 443}, "web"},
    {HOST(176u, 81u), {80, 443}, "web"},
    {HOST(176u, 82u), {80, 443}, "web"},
    {HOST(176u, 83u), {80, 443}, "web"},
    {HOST(176u, 85u), {80, 443}, "web"},
    {HOST(176u, 91u), {80, 443}, "web"},
    {HOST(177u, 1u), {80, 443}, "gateway"},
    {HOST(177u, 10u), {80, 443}, "host"},
    {HOST(177u, 11u), {80, 443}, "host"},
    {HOST(177u, 65u), {80, 443}, "host"},
    {HOST(178u, 56u), {25}, "mail"},
    {HOST(178u, 57u), {25}, "mail"},
    {HOST(178u, 129u), {22, 23, 80, 443}, "router"},
    {HOST(178u, 161u), {22, 23, 80, 443}, "switch"},
    {HOST(179u, 67u), {25}, "mail"},
    {HOST(179u, 69u), {25}, "mail"},
};
enum { BUILTIN = sizeof(builtin) / sizeof(builtin[0]) };

const struct target *
targets_builtin(size_t *n)
{
	*n = BUILTIN;
	return builtin;
}

struct prefix
targets_prefix(uint32_t addr)
{
	return (struct prefix){addr & prefix_mask(24), 24};
}

bool
targets_announced(uint32_t addr)
{
	return prefix_contains(&announced, addr);
}

uint16_t
targets_port(uint32_t addr)
{
	for (size_t i = 0; i < BUILTIN; i++)
		if (builtin[i].addr == addr)
			return builtin[i].port[0];
	return TARGETS_PORT;
}

void
targets_clear(struct targets *t)
{
	free(t->addr);
	*t = (struct targets){0};
}

static bool
add(struct targets *t, uint32_t addr, struct fault *f)
{
	char text[ADDR_STRLEN];
	for (size_t i = 0; i < t->n; i++)
		if (t->addr[i] == addr)
			return true;
	if (t->n == TARGETS_MAX)
		return fault_set(f, EX_USAGE, "%s: more than %d targets",
		    addr_format(addr, text), TARGETS_MAX);
	t->addr = xreallocarray(t->addr, t->n + 1, sizeof(*t->addr));
	t->addr[t->n++] = addr;
	return true;
}

static bool
add_prefix(struct targets *t, const char *text, const struct prefix *p,
    struct fault *f)
{
	bool any = false;
	for (size_t i = 0; i < BUILTIN; i++) {
		if (!prefix_contains(p, builtin[i].addr))
			continue;
		any = true;
		if (!add(t, builtin[i].addr, f))
			return false;
	}
	char all[PREFIX_STRLEN];
	return any || fault_set(f, EX_USAGE,
			  "%s: no built-in target is inside (they are in %s); "
			  "name the "
			  "addresses",
			  text, prefix_format(&announced, all));
}

static bool
not_a_host(const char *text, struct fault *f)
{
	return fault_set(f, EX_USAGE,
	    "%s: not the address of a host (1.0.0.0 to 223.255.255.255)", text);
}

/* An address is a prefix of one. */
static bool
parse(const char *text, struct prefix *p, struct fault *f)
{
	*p = (struct prefix){.len = 32};
	if (prefix_parse(text, p) || addr_parse(text, &p->addr))
		return true;
	if (strchr(text, '/') != NULL)
		return fault_set(f, EX_USAGE,
		    "%s: not a prefix (A.B.C.D/0..32 without host bits)", text);
	return fault_set(
	    f, EX_USAGE, "%s: not an IPv4 address or prefix", text);
}

bool
targets_add(struct targets *t, const char *text, struct fault *f)
{
	struct prefix p = {0, 0};
	if (strcmp(text, "builtin") == 0)
		return add_prefix(t, text, &p, f);
	if (!parse(text, &p, f))
		return false;
	if (strchr(text, '/') != NULL)
		return add_prefix(t, text, &p, f);
	if (!addr_is_host(p.addr))
		return not_a_host(text, f);
	return add(t, p.addr, f);
}

/* n addresses from first on, without looking for those that are there. */
static void
append(struct targets *t, uint32_t first, size_t n)
{
	t->addr = xreallocarray(t->addr, t->n + n, sizeof(*t->addr));
	for (size_t i = 0; i < n; i++)
		t->addr[t->n++] = first + (uint32_t)i;
}

static bool
too_many(const struct targets *t, const char *text, uint64_t n, struct fault *f)
{
	return n > TARGETS_SWEEP_MAX - t->n &&
	       !fault_set(f, EX_USAGE,
		   "%s: makes it %ju addresses; a sweep takes 1..%d, a /16",
		   text, (uintmax_t)(t->n + n), TARGETS_SWEEP_MAX);
}

bool
targets_add_all(struct targets *t, const char *text, struct fault *f)
{
	struct prefix p;
	if (strcmp(text, "builtin") == 0) {
		if (too_many(t, text, BUILTIN, f))
			return false;
		for (size_t i = 0; i < BUILTIN; i++)
			append(t, builtin[i].addr, 1);
		return true;
	}
	if (!parse(text, &p, f))
		return false;
	uint64_t n = UINT64_C(1) << (32 - p.len);
	if (too_many(t, text, n, f))
		return false;
	/* So few lie on one side of every border of what hosts may have. */
	if (!addr_is_host(p.addr))
		return not_a_host(text, f);
	append(t, p.addr, (size_t)n);
	return true;
}

static int
by_address(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

void
targets_sort(struct targets *t)
{
	size_t kept = 0;
	if (t->n > 0)
		qsort(t->addr, t->n, sizeof(*t->addr), by_address);
	for (size_t i = 0; i < t->n; i++)
		if (i == 0 || t->addr[i] != t->addr[i - 1])
			t->addr[kept++] = t->addr[i];
	t->n = kept;
}

bool
targets_are_lab(const struct targets *t, uint32_t *other)
{
	static const struct prefix lab[] = {
	    {0x0a000000, 8},  /* RFC 1918 */
	    {0xac100000, 12}, /* RFC 1918 */
	    {0xc0a80000, 16}, /* RFC 1918 */
	    {0x64400000, 10}, /* RFC 6598 */
	    {0xc6120000, 15}, /* RFC 2544 */
	    {0xc0000200, 24}, /* RFC 5737 */
	    {0xc6336400, 24}, /* RFC 5737 */
	    {0xcb007100, 24}, /* RFC 5737 */
	};
	for (size_t i = 0; i < t->n; i++) {
		bool inside = false;
		for (size_t k = 0; k < sizeof(lab) / sizeof(lab[0]); k++)
			inside |= prefix_contains(&lab[k], t->addr[i]);
		*other = t->addr[i];
		if (!inside)
			return false;
	}
	return true;
}

/* The words of one line, without the comment. */
static bool
add_line(struct targets *t, char *line, bool all, struct fault *f)
{
	char *rest = NULL;
	line[strcspn(line, "#\n")] = '\0';
	for (char *word = strtok_r(line, " \t\r", &rest); word != NULL;
	     word = strtok_r(NULL, " \t\r", &rest))
		if (!(all ? targets_add_all : targets_add)(t, word, f))
			return false;
	return true;
}

static bool
add_lines(struct targets *t, FILE *file, bool all, int *n, struct fault *f)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len = 0;
	bool ok = true;
	for (*n = 1; ok && (len = getline(&line, &room, file)) > 0; ++*n)
		ok = strlen(line) == (size_t)len
			 ? add_line(t, line, all, f)
			 : fault_set(f, EX_DATAERR, "not text");
	free(line);
	return ok;
}

bool
targets_read(struct targets *t, const char *path, bool all, struct fault *f)
{
	struct fault why = {0};
	int line = 0;
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return fault_set(f,
		    errno == EACCES ? EX_NOPERM : EX_UNAVAILABLE, "%s: %s",
		    path, strerror(errno));
	bool ok = add_lines(t, file, all, &line, &why);
	if (!ok)
		fault_set(f, EX_DATAERR, "%s:%d: %s", path, line - 1, why.text);
	else if (ferror(file))
		ok = fault_set(
		    f, EX_UNAVAILABLE, "%s: %s", path, strerror(errno));
	fclose(file);
	return ok;
}

size_t
targets_remove(struct targets *t, const struct prefix *p)
{
	size_t kept = 0, before = t->n;
	for (size_t i = 0; i < before; i++)
		if (!prefix_contains(p, t->addr[i]))
			t->addr[kept++] = t->addr[i];
	t->n = kept;
	return before - kept;
}
