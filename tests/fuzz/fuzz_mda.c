/* SPDX-License-Identifier: ISC */
#include "probe/base/rd.h"
#include "probe/trace/mda.h"

#include <assert.h>
#include <string.h>

/*
 * Any events in any order: eight octets of configuration, then six for each
 * event. The survey must stay inside its bounds, always be able to end, and
 * hand out a graph and records that agree with each other.
 */
enum { US = 0xc0000201, TARGET = 0xaf2db047, REPLY_ADDRS = 0xc6336400 };
enum { SPORT = 33456, DPORT = 33434, PROBES = 600 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
	struct mda *m;
	struct mda_config c;
	enum record_method method;
	struct mono now;
	struct survey_probe probe[PROBES];
	size_t n;
};

static struct mda_config
read_config(struct rd *r)
{
	struct mda_config c = {.first_ttl = (uint8_t)(1 + rd_u8(r) % 4)};
	c.max_ttl = (uint8_t)(c.first_ttl + rd_u8(r) % 12);
	c.confidence = c.max_ttl % 2 == 0 ? 95 : 99;
	c.gap = (uint8_t)(1 + rd_u8(r) % 8);
	c.attempts = (uint8_t)(1 + rd_u8(r) % 5);
	c.window = (uint8_t)(1 + rd_u8(r) % 12);
	c.flows = 1 + rd_u8(r);
	c.inflight = 1 + rd_u8(r);
	c.probes = (uint32_t)(PROBES - rd_u8(r));
	c.wait_ns = 100 * NS_PER_MS;
	return c;
}

/* What may go wrong with an answer, bit by bit; who says where it is from. */
static struct reply
read_reply(const struct fuzz *f, const struct survey_probe *p, uint8_t what,
    uint8_t who)
{
	static const uint8_t bytes[4] = {0x45};
	bool tcp = f->method == METHOD_TCP, quotes = (what & 0x80) == 0;
	uint16_t ipid = what & 16 ? 0 : p->id.ipid;
	uint16_t check = what & 32 ? 0 : p->id.check;
	uint32_t seq = (uint32_t)ipid << 16 | check;
	enum reply_kind direct = tcp ? REPLY_TCP : REPLY_UDP;
	return (struct reply){.kind = quotes ? REPLY_ICMP_ERROR : direct,
	    .src = who < 8 || !quotes ? TARGET : REPLY_ADDRS + who,
	    .dst = what & 64 ? US + 1 : US,
	    .icmp_type = what & 1 ? 3 : 11,
	    .icmp_code = what & 15,
	    .sport = DPORT,
	    .dport = p->flow.sport,
	    .tcp_flags = who,
	    .tcp_ack = seq + 1,
	    .bytes = bytes,
	    .len = who % sizeof(bytes),
	    .ext = bytes,
	    .ext_len = what % sizeof(bytes),
	    .quote = {.src = US,
		.dst = TARGET,
		.protocol = tcp ? 6 : 17,
		.ipid = ipid,
		.check = check,
		.tcp_seq = seq,
		.sport = p->flow.sport,
		.dport = DPORT}};
}

static void
draw(struct fuzz *f, size_t most)
{
	struct survey_probe p;
	for (; most > 0 && mda_ops.next(f->m, f->now, &p); most--) {
		assert(f->n < f->c.probes);
		assert(p.ttl >= f->c.first_ttl && p.ttl <= f->c.max_ttl);
		assert(
		    p.flow.sport >= SPORT && p.flow.sport < SPORT + f->c.flows);
		f->probe[f->n++] = p;
	}
}

/* kind, probe, time passed in ms, stamp or error, reply: what and who. */
static bool
event(struct fuzz *f, struct rd *r)
{
	uint8_t kind = rd_u8(r), index = rd_u8(r);
	f->now.ns += rd_u8(r) * NS_PER_MS;
	int8_t more = (int8_t)rd_u8(r);
	uint8_t what = rd_u8(r), who = rd_u8(r);
	struct mono at;
	if (!rd_ok(r))
		return false;
	draw(f, kind >> 3);
	if (f->n == 0)
		return true;
	/* the last ones, or few would ever be answered in time */
	const struct survey_probe *p = &f->probe[f->n - 1 - index % f->n];
	struct reply reply = read_reply(f, p, what, who);
	switch (kind % 8) {
	case 0:
	case 1:
	case 2:
		mda_ops.sent(
		    f->m, p->handle, f->now, f->now.ns + more * NS_PER_MS);
		break;
	case 3:
		mda_ops.not_sent(f->m, p->handle, f->now, more & 0x7f);
		break;
	case 7:
		mda_ops.wake(f->m, f->now, &at);
		break;
	default:
		mda_ops.reply(f->m, &reply, f->now, f->now.ns);
	}
	return true;
}

static void
check_graph(const struct fuzz *f, const struct mda_graph *g)
{
	assert(g->probes == f->n);
	assert(g->failure_bound >= 0 && g->failure_bound <= 1);
	assert(!g->complete ||
	       g->failure_bound <= (100 - f->c.confidence) / 100.0);
	for (size_t i = 0; i < g->nlinks; i++) {
		size_t ends = 0;
		for (size_t j = 0; j < g->nnodes; j++)
			ends += (g->nodes[j].ttl == g->links[i].ttl &&
				    g->nodes[j].addr == g->links[i].from) +
				(g->nodes[j].ttl == g->links[i].ttl + 1 &&
				    g->nodes[j].addr == g->links[i].to);
		assert(ends == 2);
	}
	for (size_t i = 0; i < g->ndiamonds; i++)
		assert(g->diamonds[i].width > 1 &&
		       g->diamonds[i].from_ttl + 1 < g->diamonds[i].to_ttl);
}

static void
check_records(struct fuzz *f, size_t traces)
{
	struct record r;
	size_t n = 0;
	for (; mda_ops.take(f->m, &r); n++) {
		assert(r.seq == 1 + n && r.stop != 0 && r.nprobes > 0);
		for (size_t i = 0; i < r.nprobes; i++)
			assert(
			    r.probes[i].answered == (r.probes[i].silent == 0));
		record_clear(&r);
	}
	assert(n == traces && mda_ops.over(f->m));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct key key = {{7}};
	static struct fuzz f;
	struct rd r = rd_make(data, size);
	struct mda_graph g;
	struct survey_about about = {.seq = 1,
	    .key = &key,
	    .record = {
		.target = TARGET, .src = US, .sport = SPORT, .dport = DPORT}};
	f = (struct fuzz){.c = read_config(&r), .now = {NS_PER_S}};
	f.method = f.c.gap % 2 == 0 ? METHOD_TCP : METHOD_UDP;
	about.record.method = f.method;
	f.m = mda_open(&f.c, &about, NULL);
	while (event(&f, &r))
		;
	mda_graph(f.m, &g);
	mda_graph_clear(&g);
	mda_ops.abort(f.m, f.now, 0);
	mda_graph(f.m, &g);
	check_graph(&f, &g);
	check_records(&f, g.nids);
	mda_graph_clear(&g);
	mda_close(f.m);
	return 0;
}
