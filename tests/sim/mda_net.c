/* SPDX-License-Identifier: ISC */
#include "tests/sim/mda_net.h"

#include <stdlib.h>
#include <string.h>

enum { EVENTS = 4096, MAX_EVENTS = 1 << 20 };

const uint32_t mda_run_source = 0xc0000201, mda_run_target = 0xcb007109;
static const struct key key = {{4, 5, 6}};

static unsigned
find(struct mda_net *n, const char *name)
{
	char plain[8];
	size_t len = strcspn(name, "*!%");
	memcpy(plain, name, len);
	plain[len] = '\0';
	for (unsigned i = 0; i < n->nodes; i++)
		if (strcmp(n->node[i].name, plain) == 0)
			return i;
	struct mda_net_node *node = &n->node[n->nodes];
	memcpy(node->name, plain, len + 1);
	node->silent = strchr(name, '*') != NULL;
	node->per_packet = strchr(name, '!') != NULL;
	node->weight = strchr(name, '%') != NULL ? 75 : 0;
	return n->nodes++;
}

/* The links by TTL, as far as somebody answers at both ends. */
static void
walk(struct mda_net *n, unsigned at, uint8_t ttl)
{
	struct mda_net_node *node = &n->node[at];
	for (unsigned i = 0; i < node->width; i++) {
		struct mda_net_link link = {ttl, at, node->next[i]};
		unsigned j = 0;
		while (j < n->links &&
		       (n->link[j].ttl != ttl || n->link[j].from != at ||
			   n->link[j].to != link.to))
			j++;
		if (j < n->links)
			continue;
		n->link[n->links++] = link;
		walk(n, link.to, (uint8_t)(ttl + 1));
	}
}

/* How many nodes flows can be at, and whether they are drawn there anew. */
static unsigned
level(const struct mda_net *n, uint8_t ttl, bool *drawn)
{
	bool here[MDA_NET_NODES] = {false};
	unsigned nodes = 0;
	*drawn = false;
	for (unsigned i = 0; i < n->links; i++) {
		const struct mda_net_link *l = &n->link[i];
		if (l->ttl + 1 != ttl)
			continue;
		*drawn = *drawn || n->node[l->from].per_packet;
		nodes += !here[l->to];
		here[l->to] = true;
	}
	return nodes;
}

/* Only what answers can be found, and only what flows decide is a link. */
static void
hide(struct mda_net *n)
{
	bool mixed[64] = {false}, drawn;
	unsigned kept = 0;
	for (uint8_t ttl = 1; ttl < 64; ttl++) {
		unsigned nodes = level(n, ttl, &drawn);
		mixed[ttl] = nodes > 1 && (drawn || mixed[ttl - 1]);
	}
	for (unsigned i = 0; i < n->links; i++) {
		struct mda_net_link l = n->link[i];
		if (l.ttl > 0 && !n->node[l.from].silent &&
		    !n->node[l.to].silent && !mixed[l.ttl] && !mixed[l.ttl + 1])
			n->link[kept++] = l;
	}
	n->links = kept;
}

/* The node that nobody leads away from goes to the end. */
static void
target_last(struct mda_net *n)
{
	unsigned t = 0, last = n->nodes - 1;
	while (n->node[t].width > 0)
		t++;
	struct mda_net_node target = n->node[t];
	n->node[t] = n->node[last];
	n->node[last] = target;
	for (unsigned i = 0; i < n->nodes; i++)
		for (unsigned j = 0; j < n->node[i].width; j++) {
			unsigned *to = &n->node[i].next[j];
			*to = *to == t ? last : (*to == last ? t : *to);
		}
}

void
mda_net_open(struct mda_net *n, const char *text)
{
	char *copy = strdup(text), *rest = copy, *name, *outer = NULL;
	*n = (struct mda_net){.rtt_ns = 100 * NS_PER_MS};
	for (char *w; (w = strtok_r(rest, " ", &outer)) != NULL; rest = NULL) {
		char *inner = NULL;
		unsigned from = find(n, strtok_r(w, ">,", &inner));
		while ((name = strtok_r(NULL, ">,", &inner)) != NULL) {
			unsigned to = find(n, name);
			struct mda_net_node *node = &n->node[from];
			node->next[node->width++] = to;
		}
	}
	free(copy);
	target_last(n);
	walk(n, 0, 0);
	hide(n);
}

uint32_t
mda_net_addr(unsigned node)
{
	return 0x0a000001 + node;
}

static unsigned
branch(const struct mda_net_node *node, unsigned at, uint64_t seed)
{
	struct random r = {seed + at * UINT64_C(0x9e3779b97f4a7c15)};
	uint64_t draw = random_next(&r);
	if (node->weight > 0 && node->width > 1)
		return draw % 100 < node->weight
			   ? 0
			   : 1 + (unsigned)(draw / 100 % (node->width - 1));
	return (unsigned)(draw % node->width);
}

unsigned
mda_net_at(
    const struct mda_net *n, uint16_t sport, uint8_t ttl, uint64_t packet)
{
	unsigned at = 0;
	for (uint8_t i = 0; i < ttl && n->node[at].width > 0; i++) {
		const struct mda_net_node *node = &n->node[at];
		uint64_t seed = n->seed + sport * UINT64_C(0xd1342543de82ef95);
		seed += node->per_packet ? packet * 2654435761U : 0;
		at = node->next[node->width > 1 ? branch(node, at, seed) : 0];
	}
	return at;
}

struct event {
	int64_t at_ns;
	struct survey_probe probe;
	unsigned node;
};

struct wire {
	struct event event[EVENTS];
	unsigned n;
};

static struct reply
answer(
    const struct mda_net *n, const struct mda_run *run, const struct event *e)
{
	bool target = e->node == n->nodes - 1;
	bool tcp = run->method == METHOD_TCP;
	const struct survey_probe *p = &e->probe;
	uint32_t seq = (uint32_t)p->id.ipid << 16 | p->id.check;
	return (struct reply){
	    .kind = tcp && target ? REPLY_TCP : REPLY_ICMP_ERROR,
	    .src = target ? mda_run_target : mda_net_addr(e->node),
	    .dst = mda_run_source,
	    .ttl = 60,
	    .icmp_type = target ? 3 : 11,
	    .icmp_code = target ? 3 : 0,
	    .sport = p->flow.dport,
	    .dport = p->flow.sport,
	    .tcp_flags = 0x14,
	    .tcp_ack = seq + 1,
	    .quote = {.src = mda_run_source,
		.dst = mda_run_target,
		.protocol = tcp ? 6 : 17,
		.ttl = 1,
		.ipid = p->id.ipid,
		.check = p->id.check,
		.tcp_seq = seq,
		.sport = p->flow.sport,
		.dport = p->flow.dport}};
}

static void
transmit(struct mda_net *n, struct mda_run *run, struct wire *w,
    const struct survey_probe *p)
{
	struct event e = {.probe = *p};
	int64_t jitter_ns =
	    n->jitter_ns > 0 ? random_range(&n->random, 0, n->jitter_ns) : 0;
	run->probes++;
	mda_ops.sent(run->mda, p->handle, (struct mono){run->now_ns},
	    NS_PER_S + run->now_ns);
	e.at_ns = run->now_ns + n->rtt_ns + jitter_ns;
	e.node = mda_net_at(
	    n, p->flow.sport, p->ttl, n->seed * 1000003 + run->probes);
	bool mute = n->mute && e.node == n->nodes - 1;
	if (n->node[e.node].silent || mute || w->n == EVENTS ||
	    (n->loss > 0 && random_chance(&n->random, n->loss)))
		return;
	unsigned i = w->n++;
	for (; i > 0 && w->event[i - 1].at_ns > e.at_ns; i--)
		w->event[i] = w->event[i - 1];
	w->event[i] = e;
}

/* Everything that arrives at the same moment. */
static void
receive(const struct mda_net *n, struct mda_run *run, struct wire *w)
{
	unsigned i = 0;
	run->now_ns = w->event[0].at_ns;
	for (; i < w->n && w->event[i].at_ns == run->now_ns; i++) {
		struct reply r = answer(n, run, &w->event[i]);
		mda_ops.reply(run->mda, &r, (struct mono){run->now_ns},
		    NS_PER_S + run->now_ns);
	}
	w->n -= i;
	memmove(w->event, w->event + i, w->n * sizeof(w->event[0]));
}

void
mda_run(struct mda_run *run, struct mda_net *n)
{
	static struct wire wire;
	struct survey_probe p;
	struct mono wake;
	struct survey_about about = {.seq = 1,
	    .key = &key,
	    .record = {.vantage = "sim",
		.target = mda_run_target,
		.method = run->method,
		.port = run->method == METHOD_TCP ? 80 : -1,
		.src = mda_run_source,
		.sport = MDA_RUN_SPORT,
		.dport = run->method == METHOD_TCP ? 80 : 33434}};
	wire.n = 0;
	run->probes = 0;
	run->now_ns = NS_PER_S;
	run->mda = mda_open(&run->config, &about, run->responders);
	for (int i = 0; i < MAX_EVENTS; i++) {
		while (mda_ops.next(run->mda, (struct mono){run->now_ns}, &p))
			transmit(n, run, &wire, &p);
		bool timed =
		    mda_ops.wake(run->mda, (struct mono){run->now_ns}, &wake);
		if (wire.n > 0 && (!timed || wire.event[0].at_ns <= wake.ns))
			receive(n, run, &wire);
		else if (timed)
			run->now_ns = wake.ns;
		else
			break;
	}
	run->took_ns = run->now_ns - NS_PER_S;
	mda_graph(run->mda, &run->graph);
}

void
mda_run_close(struct mda_run *run)
{
	mda_graph_clear(&run->graph);
	mda_close(run->mda);
	run->mda = NULL;
}

static uint32_t
addr_of(const struct mda_net *n, unsigned node)
{
	return node == n->nodes - 1 ? mda_run_target : mda_net_addr(node);
}

static bool
same(const struct mda_net *n, const struct mda_net_link *l,
    const struct mda_link *g)
{
	return l->ttl == g->ttl && addr_of(n, l->from) == g->from &&
	       addr_of(n, l->to) == g->to;
}

unsigned
mda_run_missed(const struct mda_run *run, const struct mda_net *n)
{
	unsigned missed = 0;
	for (unsigned i = 0; i < n->links; i++) {
		size_t j = 0;
		while (j < run->graph.nlinks &&
		       !same(n, &n->link[i], &run->graph.links[j]))
			j++;
		missed += j == run->graph.nlinks;
	}
	return missed;
}

unsigned
mda_run_false(const struct mda_run *run, const struct mda_net *n)
{
	unsigned wrong = 0;
	for (size_t j = 0; j < run->graph.nlinks; j++) {
		unsigned i = 0;
		while (
		    i < n->links && !same(n, &n->link[i], &run->graph.links[j]))
			i++;
		wrong += i == n->links;
	}
	return wrong;
}
