/* SPDX-License-Identifier: ISC */
#include "probe/check.h"
#include "probe/net/privileges.h"
#include "probe/net/route.h"
#include "probe/net/sandbox.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* Lines about single addresses; the rest is counted. */
enum { TOLD_MAX = 10 };

/* Different ways out that are told apart. */
enum { WAYS_MAX = 8 };

/* How the probes of this configuration leave. */
struct ways {
	struct routes routes;
	struct route way[WAYS_MAX];
	size_t n, good, bad;
};

/* What shuts the agent in once it has opened its sockets. */
static void
check_kernel(struct check_report *r)
{
	int landlock = sandbox_landlock();
	if (sandbox_seccomp())
		check_ok(r, "seccomp", "yes");
	else
		check_warn(r, "seccomp", "no, this kernel has none");
	if (landlock > 0)
		check_ok(r, "Landlock", "yes, version %d", landlock);
	else
		check_warn(
		    r, "Landlock", "no, this kernel has none or an old one");
}

static void
note_way(struct ways *w, const struct route *way)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->way[i].source == way->source &&
		    strcmp(w->way[i].interface, way->interface) == 0)
			return;
	if (w->n < WAYS_MAX)
		w->way[w->n++] = *way;
}

static void
find_routes(struct ways *w, const struct targets *t, struct check_report *r)
{
	for (size_t i = 0; i < t->n; i++) {
		struct fault f = {0};
		struct route way;
		if (route_find(&w->routes, t->addr[i], &way, &f)) {
			w->good++;
			note_way(w, &way);
		} else if (w->bad++ < TOLD_MAX) {
			check_fail(r, "route", &f);
		}
	}
}

/* To every target, and to every control destination once. */
static void
check_routes(const struct check *c, struct ways *w, struct check_report *r)
{
	for (size_t i = 0; i < c->config.n; i++)
		find_routes(w, &c->config.campaigns[i].targets, r);
	find_routes(w, &c->controls, r);
	if (w->bad > TOLD_MAX)
		check_warn(
		    r, "route", "and no route to %zu more", w->bad - TOLD_MAX);
	if (w->good > 0)
		check_ok(r, "route",
		    "to %zu of %zu targets and control destinations", w->good,
		    w->good + w->bad);
}

static bool
way_down(const struct route *way)
{
	return way->interface[0] == '\0';
}

/* "" for an address that the whole Internet can reach. */
static const char *
privacy(uint32_t addr)
{
	static const struct {
		struct prefix prefix;
		const char *what;
	} kinds[] = {
	    {{0x0a000000, 8}, "private (RFC 1918)"},
	    {{0xac100000, 12}, "private (RFC 1918)"},
	    {{0xc0a80000, 16}, "private (RFC 1918)"},
	    {{0x64400000, 10}, "shared (RFC 6598)"},
	    {{0xa9fe0000, 16}, "link-local (RFC 3927)"},
	    {{0x7f000000, 8}, "loopback"},
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (prefix_contains(&kinds[i].prefix, addr))
			return kinds[i].what;
	return "";
}

static void
check_ways(const struct ways *w, struct check_report *r)
{
	char text[ADDR_STRLEN];
	for (size_t i = 0; i < w->n; i++) {
		const struct route *way = &w->way[i];
		const char *kind = privacy(way->source);
		addr_format(way->source, text);
		if (way_down(way))
			check_warn(r, "interface",
			    "none has %s, which the kernel sends from", text);
		else
			check_ok(r, "interface", "%s, from %s", way->interface,
			    text);
		if (kind[0] != '\0')
			check_warn(r, "NAT",
			    "%s is %s: this host is behind a NAT, others see "
			    "another address, and the NAT may forget or "
			    "rewrite probes",
			    text, kind);
		else
			check_ok(r, "NAT", "%s is no private address", text);
	}
}

/* Every way out that the configuration names. */
static void
check_uplink(const struct check *c, struct check_report *r)
{
	const struct config_vantage *v = &c->config.vantage;
	const char *interface = v->interface[0] ? v->interface : NULL;
	struct fault f = {0};
	struct ways w = {.n = 0};
	if (!routes_open(&w.routes, interface, v->source, &f)) {
		check_fail(r, "route", &f);
		return;
	}
	if (interface != NULL && !route_check_interface(&w.routes, &f))
		check_fail(r, "interface", &f);
	if (v->source != 0 && !route_check_source(&w.routes, v->source, &f))
		check_fail(r, "source", &f);
	check_routes(c, &w, r);
	check_ways(&w, r);
	routes_close(&w.routes);
}

void
check_machine(struct check *c)
{
	struct fault f = {0};
	if (privileges_check(&f))
		check_ok(&c->report, "capability", "CAP_NET_RAW");
	else
		check_fail(&c->report, "capability", &f);
	check_kernel(&c->report);
	check_uplink(c, &c->report);
}
