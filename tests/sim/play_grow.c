/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "tests/sim/play_text.h"

#include <stdio.h>
#include <string.h>

enum { COUNT_MAX = 4096, ROUTERS_MAX = 1 << 18, LEVELS = 8, SLOTS = 64 };

void *
text_grow(void *array, uint32_t n, size_t size)
{
	/* the room is always a power of two, so that n alone tells it */
	if ((n & (n - 1)) != 0)
		return array;
	return xreallocarray(array, n == 0 ? 1 : (size_t)n * 2, size);
}

bool
text_bad(struct text *t, const char *word, const char *legal)
{
	snprintf(t->why, TEXT_WHY, "line %u: %.48s: %s", t->line, word, legal);
	return false;
}

bool
text_options(struct text *t, size_t first, const struct option_set *sets)
{
	char why[OPTION_WHY];
	for (size_t i = first; i < t->n; i++) {
		if (option_parse(sets, t->word[i], why))
			continue;
		snprintf(t->why, TEXT_WHY, "line %u: %s", t->line, why);
		return false;
	}
	return true;
}

/* --- routers by name ----------------------------------------------------- */

/* FNV-1a */
static uint32_t
hash_name(const char *s)
{
	uint32_t h = 2166136261u;
	for (; *s != '\0'; s++)
		h = (h ^ (uint8_t)*s) * 16777619u;
	return h;
}

/* Where the name is, or would be. */
static uint32_t *
slot(const struct play *p, const char *name)
{
	uint32_t i = hash_name(name);
	for (;; i++) {
		uint32_t *s = &p->slot[i & (p->slots - 1)];
		if (*s == PLAY_NONE || strcmp(p->router[*s].name, name) == 0)
			return s;
	}
}

static void
more_slots(struct play *p)
{
	if (p->routers * 2 < p->slots)
		return;
	p->slots = p->slots == 0 ? SLOTS : p->slots * 2;
	p->slot = xreallocarray(p->slot, p->slots, sizeof(p->slot[0]));
	memset(p->slot, 0xff, p->slots * sizeof(p->slot[0]));
	for (uint32_t i = 0; i < p->routers; i++)
		*slot(p, p->router[i].name) = i;
}

uint32_t
play_router(const struct play *p, const char *name)
{
	return *slot(p, name);
}

uint32_t
text_router(struct text *t, size_t i)
{
	uint32_t r = play_router(t->play, t->word[i]);
	if (r == PLAY_NONE)
		text_bad(t, t->word[i], "no router of that name above");
	return r;
}

uint32_t
text_add_router(
    struct text *t, const struct play_router *like, const char *name)
{
	struct play *p = t->play;
	more_slots(p);
	uint32_t *s = slot(p, name), i = p->routers;
	if (*s != PLAY_NONE || strlen(name) >= PLAY_NAME || i == ROUTERS_MAX) {
		text_bad(t, name, "not a new name of at most 31 letters");
		return PLAY_NONE;
	}
	p->router = text_grow(p->router, i, sizeof(p->router[0]));
	p->router[i] = *like;
	snprintf(p->router[i].name, PLAY_NAME, "%s", name);
	*s = i;
	return p->routers++;
}

uint32_t
text_add_link(
    struct text *t, const struct play_link *like, uint32_t from, uint32_t to)
{
	struct play *p = t->play;
	uint32_t i = p->links++;
	p->link = text_grow(p->link, i, sizeof(p->link[0]));
	p->link[i] = *like;
	p->link[i].from = from;
	p->link[i].to = to;
	p->link[i].ingress = p->router[to].links_in++;
	p->link[i].next = p->router[from].links;
	p->router[from].links = i;
	return i;
}

struct play_route *
text_add_route(struct text *t, uint32_t router, struct prefix prefix)
{
	struct play *p = t->play;
	p->route = text_grow(p->route, p->routes, sizeof(p->route[0]));
	struct play_route *r = &p->route[p->routes++];
	*r = (struct play_route){.router = router,
	    .prefix = prefix,
	    .line = t->line,
	    .hosts = PLAY_NONE};
	return r;
}

void
text_route_over(
    struct text *t, uint32_t router, struct prefix prefix, uint32_t link)
{
	struct play *p = t->play;
	uint32_t at = p->nexts++;
	p->next = text_grow(p->next, at, sizeof(p->next[0]));
	p->share = text_grow(p->share, at, sizeof(p->share[0]));
	p->next[at] = link;
	p->share[at] = 1;
	struct play_route *r = text_add_route(t, router, prefix);
	r->next = at;
	r->n = r->shares = 1;
}

/* --- many at once -------------------------------------------------------- */

/* What `chain` and `tree` make all their routers and links of. */
struct many {
	struct play_router router;
	struct play_link link;
	uint32_t from, addr;
	struct prefix to; /* chain: what is routed along it */
};

static bool
read_many(struct text *t, size_t first, struct many *m, const char *addr)
{
	struct play_option to[] = {
	    {"delay", OPTION_TIME, offsetof(struct play_link, delay_ns), 0, 0,
		NULL},
	    {"back", OPTION_TIME, offsetof(struct play_link, back_ns), 0, 0,
		NULL},
	    {"jitter", OPTION_TIME, offsetof(struct play_link, jitter_ns), 0, 0,
		NULL},
	    {0}};
	m->router = t->router;
	m->link = t->link;
	m->from = PLAY_NONE;
	struct option_set sets[] = {{to, &m->link},
	    {text_manner_options, &m->router.manner},
	    {text_router_options, &m->router}, {0}};
	if (!addr_parse(addr, &m->addr))
		return text_bad(t, addr, "not the IPv4 address of the first");
	if (strcmp(t->word[1], "-") != 0 &&
	    (m->from = text_router(t, 1)) == PLAY_NONE)
		return false;
	return text_options(t, first, sets);
}

/* A router behind `from`, with what is routed there; PLAY_NONE and why. */
static uint32_t
append(struct text *t, struct many *m, uint32_t from, const char *name)
{
	m->router.addr[0] = m->addr++;
	m->router.addrs = 1;
	m->router.prefix = m->to;
	uint32_t i = text_add_router(t, &m->router, name);
	if (i == PLAY_NONE || from == PLAY_NONE)
		return i;
	uint32_t link = text_add_link(t, &m->link, from, i);
	text_route_over(t, from, m->to, link);
	return i;
}

bool
text_chain(struct text *t)
{
	struct many m = {.to = {0, 0}};
	char name[PLAY_NAME + 16];
	long n;
	size_t options = 5;
	if (t->n < 5)
		return text_bad(
		    t, "chain", "not `chain ROUTER NAME COUNT ADDRESS`");
	if (!option_number(t->word[3], 1, COUNT_MAX, &n))
		return text_bad(t, t->word[3], "not 1 to 4096 routers");
	if (t->n > 5 && strchr(t->word[5], '/') != NULL &&
	    strchr(t->word[5], '=') == NULL) {
		if (!prefix_parse(t->word[5], &m.to))
			return text_bad(
			    t, t->word[5], "not a prefix without host bits");
		options++;
	}
	if (!read_many(t, options, &m, t->word[4]))
		return false;
	uint32_t last = m.from;
	for (long i = 1; i <= n; i++) {
		snprintf(name, sizeof(name), "%s%ld", t->word[2], i);
		last = append(t, &m, last, name);
		if (last == PLAY_NONE)
			return false;
	}
	return true;
}

/* One level: a router for each part of every prefix above it. */
static bool
level(struct text *t, struct many *m, struct text_tree *above, uint8_t len)
{
	char name[PLAY_NAME + 24];
	struct text_tree now = {.first = t->play->routers};
	for (uint32_t a = above->first; a < above->first + above->n; a++) {
		struct prefix all = t->play->router[a].prefix;
		if (above->n == 1 && a == m->from)
			all = m->to;
		uint64_t end = all.addr + (UINT64_C(1) << (32 - all.len));
		for (uint64_t at = all.addr; at < end;
		     at += UINT64_C(1) << (32 - len)) {
			snprintf(name, sizeof(name), "%s-%u-%u", above->name,
			    len, now.n++);
			struct many one = *m;
			one.to = (struct prefix){(uint32_t)at, len};
			if (append(t, &one, a, name) == PLAY_NONE)
				return false;
			m->addr = one.addr;
		}
	}
	above->first = now.first;
	above->n = now.n;
	return true;
}

static bool
lengths(struct text *t, char *list, const struct prefix *top, uint8_t *len)
{
	long n, before = top->len;
	size_t i = 0;
	char *rest = list;
	for (char *s; (s = strsep(&rest, ",")) != NULL; before = n) {
		if (i == LEVELS ||
		    !option_number(s, before < 1 ? 1 : before, 32, &n) ||
		    n - before > 12 || (i > 0 && n == before))
			return text_bad(t, s,
			    "not up to 8 growing prefix lengths, 12 at a time");
		len[i++] = (uint8_t)n;
	}
	return true;
}

bool
text_tree(struct text *t)
{
	struct many m = {0};
	uint8_t len[LEVELS + 1] = {0};
	if (t->n < 6)
		return text_bad(t, "tree",
		    "not `tree ROUTER NAME PREFIX LENGTH[,..] ADDRESS`");
	if (strlen(t->word[2]) > 16 || t->trees == TEXT_TREES)
		return text_bad(
		    t, t->word[2], "not a name of 16 letters, of 64 trees");
	if (!prefix_parse(t->word[3], &m.to))
		return text_bad(
		    t, t->word[3], "not a prefix without host bits");
	if (!lengths(t, t->word[4], &m.to, len) ||
	    !read_many(t, 6, &m, t->word[5]))
		return false;
	if (m.from == PLAY_NONE)
		return text_bad(t, t->word[1], "not the router above the tree");
	struct text_tree *tree = &t->tree[t->trees++];
	*tree = (struct text_tree){.first = m.from, .n = 1};
	snprintf(tree->name, sizeof(tree->name), "%s", t->word[2]);
	for (size_t i = 0; len[i] != 0; i++)
		if (!level(t, &m, tree, len[i]))
			return false;
	return true;
}
