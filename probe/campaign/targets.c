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
	for (size_t i = 0; i < t->n; i++)
		if (t->addr[i] == addr)
			return true;
	if (t->n == TARGETS_MAX)
		return fault_set(
		    f, EX_USAGE, "targets: more than %d", TARGETS_MAX);
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

/* "This network", multicast, reserved and broadcast are no hosts. */
static bool
is_host(uint32_t addr)
{
	return addr >> 24 != 0 && addr >> 24 < 224;
}

bool
targets_add(struct targets *t, const char *text, struct fault *f)
{
	struct prefix p = {0, 0};
	uint32_t addr = 0;
	if (strcmp(text, "builtin") == 0)
		return add_prefix(t, text, &p, f);
	if (prefix_parse(text, &p))
		return add_prefix(t, text, &p, f);
	if (strchr(text, '/') != NULL)
		return fault_set(f, EX_USAGE,
		    "%s: not a prefix (A.B.C.D/0..32 without host bits)", text);
	if (!addr_parse(text, &addr))
		return fault_set(
		    f, EX_USAGE, "%s: not an IPv4 address or prefix", text);
	if (!is_host(addr))
		return fault_set(f, EX_USAGE,
		    "%s: not the address of a host (1.0.0.0 to "
		    "223.255.255.255)",
		    text);
	return add(t, addr, f);
}

/* The words of one line, without the comment. */
static bool
add_line(struct targets *t, char *line, struct fault *f)
{
	char *rest = NULL;
	line[strcspn(line, "#\n")] = '\0';
	for (char *word = strtok_r(line, " \t\r", &rest); word != NULL;
	     word = strtok_r(NULL, " \t\r", &rest))
		if (!targets_add(t, word, f))
			return false;
	return true;
}

bool
targets_read(struct targets *t, const char *path, struct fault *f)
{
	char line[512];
	struct fault why = {0};
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return fault_set(
		    f, EX_UNAVAILABLE, "%s: %s", path, strerror(errno));
	bool ok = true;
	for (int n = 1; ok && fgets(line, sizeof(line), file) != NULL; n++) {
		ok = add_line(t, line, &why);
		if (!ok)
			fault_set(
			    f, EX_DATAERR, "%s:%d: %s", path, n, why.text);
	}
	if (ok && ferror(file))
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
