/* SPDX-License-Identifier: ISC */
#include "tests/sim/silence_net.h"

#include "probe/base/clock.h"
#include "tests/sim/play_graph.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 16384, UDP = 17, IP_PROTOCOL = 9, IP_DST = 16, IP_TTL = 8 };

struct text {
	char s[TEXT];
	size_t len;
};

static void __attribute__((format(printf, 2, 3)))
say(struct text *t, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	t->len += (size_t)vsnprintf(t->s + t->len, TEXT - t->len, fmt, ap);
	va_end(ap);
	if (t->len >= TEXT)
		abort();
}

static bool
percent(struct silence_net *n, uint32_t p)
{
	return random_below(&n->random, 100) < p;
}

/* From 1 a second to 100, and one each 500 ms. */
static struct net_limit
limit(struct silence_net *n)
{
	static const double rate[] = {1, 1, 2, 3, 5, 10, 20, 50, 100};
	struct net_limit l = {2, 1};
	if (percent(n, 30))
		return l;
	l.rate = rate[random_below(&n->random, 9)];
	l.burst = (int)random_range(&n->random, 1, 10);
	return l;
}

static struct net_router *
router(struct silence_net *n, struct text *t, int position)
{
	struct net_router *r = &n->router[n->routers];
	*r = (struct net_router){
	    .addr = 0xc6336401 + (uint32_t)n->routers, .position = position};
	if (percent(n, 12))
		r->mute = true;
	else if (percent(n, 25))
		r->limit = limit(n);
	say(t, "router r%d 198.51.100.%d", n->routers, n->routers + 1);
	if (r->mute)
		say(t, " silent");
	else if (r->limit.rate > 0)
		say(t, " limit=%.0f/s burst=%d", r->limit.rate, r->limit.burst);
	say(t, "\n");
	n->routers++;
	return r;
}

static const char *
name(int router, char s[static 16])
{
	if (router < 0)
		return "source";
	snprintf(s, 16, "r%d", router);
	return s;
}

/* Loss: the same on all links, or all of it on one. */
static void
link_to(struct silence_net *n, struct text *t, int from, int to, double each)
{
	char a[16], b[16];
	say(t, "link %s %s delay=%.3fms jitter=%.3fms loss=%.4f%%\n",
	    name(from, a), name(to, b), (double)n->delay_ns / 1e6,
	    (double)random_below(&n->random, 800) / 1e3, each * 100);
}

static void
wall(struct silence_net *n, struct text *t, int prefix, int first, int last)
{
	struct net_wall *w = &n->wall[prefix];
	int at = (int)random_range(&n->random, first, last);
	if (!percent(n, 35))
		return;
	uint32_t kind = random_below(&n->random, 4);
	*w = (struct net_wall){.position = n->router[at].position,
	    .udp_only = kind == 0,
	    .one_target = kind == 1,
	    .refuses = kind == 2,
	    .at = &n->router[at]};
	say(t, "deny r%d 203.0.%d.%s", at, prefix,
	    w->one_target ? "3/32" : "0/24");
	if (w->udp_only)
		say(t, " protocol=udp");
	if (w->refuses)
		say(t, " code=13 rate=%d%%", percent(n, 50) ? 100 : 60);
	else
		say(t, " silent");
	say(t, "\n");
}

static void
branch(struct silence_net *n, struct text *t, int prefix, const double each[2])
{
	int length = (int)random_range(&n->random, 2, NET_BRANCH);
	int first = n->routers;
	for (int i = 0; i < length; i++) {
		int at = n->routers;
		router(n, t, NET_TRUNK + 1 + i);
		if (i == 0)
			continue;
		link_to(n, t, at - 1, at, each[0]);
		say(t, "route r%d 203.0.%d.0/24 r%d\n", at - 1, prefix, at);
	}
	n->deaf[prefix] = percent(n, 20);
	say(t, "hosts 203.0.%d.0/24 r%d delay=1ms share=70%%%s%s\n", prefix,
	    n->routers - 1, percent(n, 30) ? " unreachable=1" : "",
	    n->deaf[prefix] ? " udp=mute" : "");
	if (percent(n, 50))
		say(t,
		    "hosts 203.0.%d.2/32 r%d delay=1ms limit=1/s burst=%d%s\n",
		    prefix, n->routers - 1, percent(n, 50) ? 6 : 1,
		    n->deaf[prefix] ? " udp=mute" : "");
	wall(n, t, prefix, first, n->routers - 1);
}

/* r0..r5 in a row; r6 and r7 at the same distance, with or without a share. */
static void
trunk(struct silence_net *n, struct text *t, const double each[2])
{
	int last = NET_TRUNK - 1, lossy = (int)random_below(&n->random, 6);
	for (int i = 0; i <= NET_TRUNK; i++)
		router(n, t, i < last ? i + 1 : NET_TRUNK);
	for (int i = 0; i < last; i++) {
		link_to(n, t, i - 1, i, i == lossy ? each[1] : each[0]);
		if (i > 0)
			say(t, "route r%d 0.0.0.0/0 r%d\n", i - 1, i);
	}
	link_to(n, t, last - 1, last, each[0]);
	link_to(n, t, last - 1, last + 1, each[0]);
	say(t, "route r%d 0.0.0.0/0 %s\n", last - 1,
	    percent(n, 40) ? "r6,r7" : "r6");
}

static void
write_net(struct silence_net *n, struct text *t)
{
	int links = NET_TRUNK + NET_BRANCH;
	double all = 1 - pow(1 - n->loss, 0.5 / links);
	double once = 1 - sqrt(1 - n->loss);
	bool spread = percent(n, 50);
	double each[2] = {spread ? all : 0, spread ? all : once};
	say(t, "source 192.0.2.1\n");
	trunk(n, t, each);
	for (int i = 0; i < n->prefixes; i++) {
		int first = n->routers;
		branch(n, t, i, each);
		link_to(n, t, NET_TRUNK - 1, first, each[0]);
		link_to(n, t, NET_TRUNK, first, each[0]);
		say(t, "route r%d 203.0.%d.0/24 r%d\n", NET_TRUNK - 1, i,
		    first);
		say(t, "route r%d 203.0.%d.0/24 r%d\n", NET_TRUNK, i, first);
	}
}

void
silence_net_open(struct silence_net *n, uint64_t seed)
{
	char why[160];
	struct text t = {.len = 0};
	*n = (struct silence_net){.random = {seed}};
	n->loss =
	    0.001 * pow(200, (double)random_below(&n->random, 1001) / 1000);
	n->delay_ns = random_range(&n->random, 200, 20000) * 1000;
	n->prefixes = (int)random_range(&n->random, 1, NET_PREFIXES);
	write_net(n, &t);
	n->play = play_parse(t.s, seed, why);
	if (n->play == NULL) {
		fprintf(stderr, "%s\n%s\n", why, t.s);
		abort();
	}
}

void
silence_net_close(struct silence_net *n)
{
	play_close(n->play);
}

uint32_t
silence_net_target(int prefix, int host)
{
	return 0xcb000000 + (uint32_t)prefix * 256 + (uint32_t)host;
}

static uint32_t
destination(const uint8_t *probe)
{
	const uint8_t *d = probe + IP_DST;
	return (uint32_t)d[0] << 24 | (uint32_t)d[1] << 16 |
	       (uint32_t)d[2] << 8 | d[3];
}

static bool
walled(const struct silence_net *n, const uint8_t *probe)
{
	uint32_t dst = destination(probe);
	const struct net_wall *w = &n->wall[dst >> 8 & 3];
	return w->position > 0 && probe[IP_TTL] >= w->position &&
	       (!w->udp_only || probe[IP_PROTOCOL] == UDP) &&
	       (!w->one_target || (dst & 0xff) == 3);
}

/* By the same arithmetic as the router's own bucket, at about that time. */
static bool
empty(const struct silence_net *n, uint32_t addr, int64_t now_ns)
{
	for (int i = 0; i < n->routers; i++) {
		const struct play_bucket *b =
		    &n->play->router[i + 1].manner.bucket;
		int64_t at_ns = now_ns + n->router[i].position * n->delay_ns;
		if (n->router[i].addr == addr && b->interval_ns > 0)
			return b->full_ns - at_ns >
			       (b->burst - 1) * b->interval_ns;
	}
	return false;
}

static bool
mute(const struct silence_net *n, const uint8_t *probe, uint32_t addr)
{
	if (addr == destination(probe))
		return n->deaf[addr >> 8 & 3] && probe[IP_PROTOCOL] == UDP;
	for (int i = 0; i < n->routers; i++)
		if (n->router[i].addr == addr)
			return n->router[i].mute;
	return false;
}

size_t
silence_net_send(struct silence_net *n, const uint8_t *probe, size_t len,
    int64_t now_ns, struct play_reply out[static PLAY_REPLIES])
{
	uint32_t would, addr;
	would = play_truth(n->play, probe, len, probe[IP_TTL]);
	bool no_token = empty(n, would, now_ns);
	size_t replies = play_send(n->play, probe, len, now_ns, out);
	n->truth = (struct net_truth){.fate = play_fate(n->play, &addr)};
	const struct net_wall *w = &n->wall[destination(probe) >> 8 & 3];
	n->truth.hidden =
	    walled(n, probe) && !w->udp_only && !w->one_target && !w->refuses;
	bool lost = n->truth.fate == PLAY_LOST;
	n->truth.muted = walled(n, probe) || (lost && mute(n, probe, would));
	n->truth.limited = lost && !n->truth.muted && no_token;
	return replies;
}
