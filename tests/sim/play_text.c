/* SPDX-License-Identifier: ISC */
#include "tests/sim/play_text.h"

#include "probe/base/mem.h"
#include "tests/sim/play_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANNER(m) offsetof(struct play_manner, m)
#define ROUTER(m) offsetof(struct play_router, m)
#define LINK(m)	  offsetof(struct play_link, m)
#define HOSTS(m)  offsetof(struct play_hosts, m)
#define DENY(m)	  offsetof(struct play_deny, m)
#define NET(m)	  offsetof(struct play_network, m)

const struct play_option text_manner_options[] = {
    {"silent", OPTION_FLAG, MANNER(silent), 0, 0, NULL},
    {"udp", OPTION_CHOICE, MANNER(udp), 0, 0, "closed|open|mute|bare"},
    {"tcp", OPTION_CHOICE, MANNER(tcp), 0, 0, "closed|open|mute|bare"},
    {"icmp", OPTION_CHOICE, MANNER(icmp), 0, 0, "closed|open|mute"},
    {"limit", OPTION_RATE, MANNER(bucket.interval_ns), 0, 0, NULL},
    {"burst", OPTION_NUMBER, MANNER(bucket.burst), 1, 10000, NULL},
    {"loss", OPTION_CHANCE, MANNER(loss), 0, 0, NULL},
    {"duplicate", OPTION_CHANCE, MANNER(duplicate), 0, 0, NULL},
    {"late", OPTION_DELAY, MANNER(late), 0, 0, NULL},
    {"answer-from", OPTION_ADDR, MANNER(answer_from), 0, 0, NULL},
    {"quote", OPTION_QUOTE, MANNER(quote), 20, 1000, NULL},
    {"mpls", OPTION_CHOICE, MANNER(ext), PLAY_EXT_MPLS, 0, NULL},
    {"ext", OPTION_CHOICE, MANNER(ext), 0, 0,
	"none|mpls|two|unknown|broken|oversize|long|5837"},
    {"ttl", OPTION_NUMBER, MANNER(ttl), 1, 255, NULL},
    {0},
};

const struct play_option text_router_options[] = {
    {"zero-ttl", OPTION_FLAG, ROUTER(zero_ttl), 0, 0, NULL},
    {"hidden", OPTION_FLAG, ROUTER(hidden), 0, 0, NULL},
    {"tos", OPTION_NUMBER, ROUTER(tos), 0, 255, NULL},
    {"detour", OPTION_NUMBER, ROUTER(detour), 0, 100, NULL},
    {"no-route", OPTION_NUMBER, ROUTER(no_route), 0, 15, NULL},
    {0},
};

const struct play_option text_link_options[] = {
    {"delay", OPTION_TIME, LINK(delay_ns), 0, 0, NULL},
    {"back", OPTION_TIME, LINK(back_ns), 0, 0, NULL},
    {"jitter", OPTION_TIME, LINK(jitter_ns), 0, 0, NULL},
    {"loss", OPTION_CHANCE, LINK(loss), 0, 0, NULL},
    {"reorder", OPTION_DELAY, LINK(reorder), 0, 0, NULL},
    {0},
};

static const struct play_option hosts_options[] = {
    {"share", OPTION_CHANCE, HOSTS(share), 0, 0, NULL},
    {"unreachable", OPTION_NUMBER, HOSTS(unreachable), 0, 15, NULL},
    {"router", OPTION_FLAG, HOSTS(router), 0, 0, NULL},
    {"delay", OPTION_TIME, HOSTS(delay_ns), 0, 0, NULL},
    {"jitter", OPTION_TIME, HOSTS(jitter_ns), 0, 0, NULL},
    {0},
};

static const struct play_option deny_options[] = {
    {"code", OPTION_NUMBER, DENY(code), 0, 15, NULL},
    {"silent", OPTION_FLAG, DENY(silent), 0, 0, NULL},
    {"back", OPTION_FLAG, DENY(back), 0, 0, NULL},
    {"protocol", OPTION_SET, DENY(protocols), 0, 0, "udp|tcp|icmp"},
    {"rate", OPTION_CHANCE, DENY(rate), 0, 0, NULL},
    {0},
};

static const struct play_option network_options[] = {
    {"forge", OPTION_CHANCE, NET(forge), 0, 0, NULL},
    {"flip", OPTION_CHANCE, NET(flip), 0, 0, NULL},
    {"fuzz", OPTION_CHANCE, NET(fuzz), 0, 0, NULL},
    {"truncate", OPTION_CHANCE, NET(truncate), 0, 0, NULL},
    {"oversize", OPTION_CHANCE, NET(oversize), 0, 0, NULL},
    {"duplicate", OPTION_CHANCE, NET(duplicate), 0, 0, NULL},
    {"amplify", OPTION_CHANCE, NET(amplify), 0, 0, NULL},
    {0},
};

/* --- the statements ------------------------------------------------------ */

static bool
source(struct text *t)
{
	if (t->n != 2 || !addr_parse(t->word[1], &t->play->source))
		return text_bad(t, t->word[t->n - 1], "not `source ADDRESS`");
	t->play->router[0].addr[0] = t->play->source;
	return true;
}

static bool
defaults(struct text *t)
{
	struct option_set router[] = {{text_manner_options, &t->router.manner},
	    {text_router_options, &t->router}, {0}};
	struct option_set link[] = {{text_link_options, &t->link}, {0}};
	struct option_set hosts[] = {{text_manner_options, &t->hosts.manner},
	    {hosts_options, &t->hosts}, {0}};
	const char *what = t->n > 1 ? t->word[1] : "defaults";
	if (strcmp(what, "router") == 0)
		return text_options(t, 2, router);
	if (strcmp(what, "link") == 0)
		return text_options(t, 2, link);
	if (strcmp(what, "hosts") == 0)
		return text_options(t, 2, hosts);
	return text_bad(t, what, "not router, link or hosts");
}

static bool
addresses(struct text *t, char *list, struct play_router *r)
{
	char *rest = list;
	for (char *s; (s = strsep(&rest, ",")) != NULL;)
		if (r->addrs == PLAY_ADDRS ||
		    !addr_parse(s, &r->addr[r->addrs++]))
			return text_bad(t, s, "not 1 to 8 IPv4 addresses");
	return true;
}

static bool
router(struct text *t)
{
	struct play_router r = t->router;
	struct option_set sets[] = {
	    {text_manner_options, &r.manner}, {text_router_options, &r}, {0}};
	if (t->n < 3)
		return text_bad(t, "router", "not `router NAME ADDRESS[,..]`");
	return addresses(t, t->word[2], &r) && text_options(t, 3, sets) &&
	       text_add_router(t, &r, t->word[1]) != PLAY_NONE;
}

static bool
link_statement(struct text *t)
{
	struct play_link l = t->link;
	struct option_set sets[] = {{text_link_options, &l}, {0}};
	if (t->n < 3)
		return text_bad(t, "link", "not `link ROUTER ROUTER`");
	uint32_t from = text_router(t, 1), to = text_router(t, 2);
	if (from == PLAY_NONE || to == PLAY_NONE || !text_options(t, 3, sets))
		return false;
	if (from == to || to == 0)
		return text_bad(t, t->word[2], "not another router");
	text_add_link(t, &l, from, to);
	return true;
}

static uint32_t
link_between(struct text *t, uint32_t from, uint32_t to)
{
	const struct play *p = t->play;
	uint32_t l = p->router[from].links;
	while (l != PLAY_NONE && p->link[l].to != to)
		l = p->link[l].next;
	return l == PLAY_NONE ? text_add_link(t, &t->link, from, to) : l;
}

/* The list of next routers, as links behind all others of p->next. */
static bool
nexts(struct text *t, uint32_t from, char *list, uint32_t *n)
{
	struct play *p = t->play;
	char *rest = list;
	for (*n = 0; rest != NULL; ++*n) {
		t->word[3] = strsep(&rest, ",");
		uint32_t to = text_router(t, 3);
		if (to == PLAY_NONE)
			return false;
		if (*n == PLAY_NEXTS || to == from || to == 0)
			return text_bad(
			    t, t->word[3], "not 1 to 128 other routers");
		uint32_t at = p->nexts++;
		p->next = text_grow(p->next, at, sizeof(p->next[0]));
		p->share = text_grow(p->share, at, sizeof(p->share[0]));
		p->next[at] = link_between(t, from, to);
		p->share[at] = 0;
	}
	return true;
}

static void
share_out(struct play *p, struct play_route *r, const struct option_weights *w)
{
	for (uint32_t i = 0; i < r->n; i++) {
		r->shares += w->n == 0 ? 1 : w->weight[i];
		p->share[r->next + i] = r->shares;
	}
}

static bool
route(struct text *t)
{
	struct {
		uint16_t by;
		struct option_weights weights;
	} o = {
	    .by = PLAY_BY_SRC | PLAY_BY_DST | PLAY_BY_PROTOCOL | PLAY_BY_PORTS};
	const struct play_option options[] = {
	    {"by", OPTION_SET, 0, 0, 0,
		"src|dst|protocol|tos|length|ports|sport|dport|icmp-id|packet"},
	    {"weights", OPTION_WEIGHTS,
		(size_t)((char *)&o.weights - (char *)&o), 0, 0, NULL},
	    {0}};
	struct option_set sets[] = {{options, &o}, {0}};
	struct play *p = t->play;
	struct prefix prefix;
	uint32_t first = p->nexts, n;
	if (t->n < 4)
		return text_bad(
		    t, "route", "not `route ROUTER PREFIX NEXT[,..]`");
	uint32_t from = text_router(t, 1);
	if (from == PLAY_NONE || !text_options(t, 4, sets))
		return false;
	if (!prefix_parse(t->word[2], &prefix))
		return text_bad(
		    t, t->word[2], "not a prefix without host bits");
	if (!nexts(t, from, t->word[3], &n))
		return false;
	if (o.weights.n != 0 && o.weights.n != n)
		return text_bad(t, "weights", "not one for each next router");
	struct play_route *r = text_add_route(t, from, prefix);
	r->next = first;
	r->n = n;
	r->by = o.by;
	share_out(p, r, &o.weights);
	return true;
}

/* The common part of two prefixes: the longer one, if it lies in the other. */
static bool
overlap(const struct prefix *a, const struct prefix *b, struct prefix *common)
{
	*common = a->len > b->len ? *a : *b;
	return prefix_contains(a, common->addr) &&
	       prefix_contains(b, common->addr);
}

static void
attach(struct text *t, uint32_t router, struct prefix prefix)
{
	struct play_route *r = text_add_route(t, router, prefix);
	r->hosts = t->play->hostses - 1;
}

/* At a router, or at all of the lowest level of a tree. */
static bool
attach_all(struct text *t, const struct prefix *prefix)
{
	struct prefix common;
	for (size_t i = 0; i < t->trees; i++) {
		const struct text_tree *tree = &t->tree[i];
		if (strcmp(tree->name, t->word[2]) != 0)
			continue;
		for (uint32_t r = tree->first; r < tree->first + tree->n; r++)
			if (overlap(
				prefix, &t->play->router[r].prefix, &common))
				attach(t, r, common);
		return true;
	}
	uint32_t r = text_router(t, 2);
	if (r != PLAY_NONE)
		attach(t, r, *prefix);
	return r != PLAY_NONE;
}

static bool
hosts(struct text *t)
{
	struct play *p = t->play;
	struct play_hosts h = t->hosts;
	struct prefix prefix;
	struct option_set sets[] = {
	    {text_manner_options, &h.manner}, {hosts_options, &h}, {0}};
	if (t->n < 3)
		return text_bad(t, "hosts", "not `hosts PREFIX ROUTER`");
	if (!prefix_parse(t->word[1], &prefix))
		return text_bad(
		    t, t->word[1], "not a prefix without host bits");
	if (!text_options(t, 3, sets))
		return false;
	p->hosts = text_grow(p->hosts, p->hostses, sizeof(h));
	p->hosts[p->hostses++] = h;
	return attach_all(t, &prefix);
}

static bool
deny(struct text *t)
{
	struct play *p = t->play;
	struct play_deny d = {.code = 13, .rate = 1000000};
	struct option_set sets[] = {{deny_options, &d}, {0}};
	if (t->n < 3)
		return text_bad(t, "deny", "not `deny ROUTER PREFIX`");
	uint32_t at = text_router(t, 1);
	if (at == PLAY_NONE)
		return false;
	if (!prefix_parse(t->word[2], &d.prefix))
		return text_bad(
		    t, t->word[2], "not a prefix without host bits");
	if (!text_options(t, 3, sets))
		return false;
	p->deny = text_grow(p->deny, p->denies, sizeof(d));
	uint32_t *last = &p->router[at].deny;
	while (*last != PLAY_NONE)
		last = &p->deny[*last].next;
	*last = p->denies;
	d.next = PLAY_NONE;
	p->deny[p->denies++] = d;
	return true;
}

static bool
nat(struct text *t)
{
	static const char kinds[] =
	    "undone|stale-check|stale-all|new-ipid|blind";
	static const struct play_option options[] = {
	    {"outside", OPTION_ADDR, ROUTER(outside), 0, 0, NULL}, {0}};
	if (t->n < 3)
		return text_bad(t, "nat", "not `nat ROUTER KIND`");
	uint32_t at = text_router(t, 1);
	if (at == PLAY_NONE)
		return false;
	struct play_router *r = &t->play->router[at];
	struct option_set sets[] = {{options, r}, {0}};
	if (!option_choice(kinds, t->word[2], &r->nat))
		return text_bad(t, t->word[2], kinds);
	return text_options(t, 3, sets);
}

static bool
network(struct text *t)
{
	struct option_set sets[] = {{network_options, &t->play->network}, {0}};
	return text_options(t, 1, sets);
}

static bool
statement(struct text *t)
{
	static const struct {
		const char *name;
		bool (*read)(struct text *t);
	} kind[] = {{"source", source}, {"defaults", defaults},
	    {"router", router}, {"link", link_statement}, {"route", route},
	    {"hosts", hosts}, {"deny", deny}, {"nat", nat},
	    {"network", network}, {"chain", text_chain}, {"tree", text_tree}};
	for (size_t i = 0; i < sizeof(kind) / sizeof(kind[0]); i++)
		if (strcmp(t->word[0], kind[i].name) == 0)
			return kind[i].read(t);
	return text_bad(t, t->word[0],
	    "not source, defaults, router, link, route, hosts, deny, nat, "
	    "network, chain or tree");
}

/* --- the text ------------------------------------------------------------ */

static bool
line(struct text *t, char *s)
{
	s[strcspn(s, "#")] = '\0';
	t->n = 0;
	for (char *rest = s, *w; (w = strsep(&rest, " \t\r")) != NULL;) {
		if (*w == '\0')
			continue;
		if (t->n == TEXT_WORDS)
			return text_bad(t, w, "more than 64 words");
		t->word[t->n++] = w;
	}
	return t->n == 0 || statement(t);
}

static bool
all(struct text *t, char *s)
{
	for (char *one; (one = strsep(&s, "\n")) != NULL;) {
		t->line++;
		if (!line(t, one))
			return false;
	}
	if (t->play->source == 0)
		return text_bad(t, "source", "missing");
	return play_table_make(t);
}

static void
text_open(struct text *t, struct play *p, char *why)
{
	struct play_manner manner = {
	    .icmp = PLAY_OPEN, .quote = 28, .ttl = 255, .bucket.burst = 1};
	*t = (struct text){.play = p, .why = why};
	t->router = (struct play_router){.manner = manner,
	    .tos = -1,
	    .no_route = -1,
	    .nat = PLAY_NAT_NONE,
	    .outside = 0x64400001, /* 100.64.0.1 */
	    .links = PLAY_NONE,
	    .deny = PLAY_NONE};
	t->link = (struct play_link){.back_ns = -1, .next = PLAY_NONE};
	manner.ttl = 64;
	t->hosts = (struct play_hosts){
	    .manner = manner, .share = 1000000, .unreachable = -1};
	text_add_router(t, &t->router, "source");
}

struct play *
play_parse(const char *text, uint64_t seed, char why[static 160])
{
	struct play *p = xcalloc(1, sizeof(*p));
	struct text *t = xcalloc(1, sizeof(*t));
	char *copy = xstrdup(text);
	p->random.state = p->seed = seed;
	p->flow = xcalloc(PLAY_FLOWS, sizeof(p->flow[0]));
	text_open(t, p, why);
	bool good = all(t, copy);
	free(copy);
	free(t);
	if (good)
		return p;
	play_close(p);
	return NULL;
}
