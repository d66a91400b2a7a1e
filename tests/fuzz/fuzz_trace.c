/* SPDX-License-Identifier: ISC */
#include "probe/base/rd.h"
#include "probe/trace/trace.h"

#include <assert.h>
#include <string.h>

/*
 * Any events in any order: eight octets of configuration, the first one with
 * the method, then eight for each event. The trace must stay inside its bounds
 * and always be able to end.
 */
enum { US = 0xc0000201, TARGET = 0xaf2db047, REPLY_ADDRS = 0xc6336400 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct trace_config
read_config(struct rd *r)
{
	struct trace_config c = {.first_ttl = (uint8_t)(1 + rd_u8(r) % 8)};
	c.max_ttl = (uint8_t)(c.first_ttl + rd_u8(r) % (64 - 8));
	c.attempts = (uint8_t)(1 + rd_u8(r) % RECORD_ATTEMPTS_MAX);
	c.window = (uint8_t)(1 + rd_u8(r) % RECORD_TTL_MAX);
	c.gap = (uint8_t)(1 + rd_u8(r) % RECORD_TTL_MAX);
	c.wait_ns = (1 + rd_u8(r)) * NS_PER_MS;
	c.linger_ns = rd_u8(r) * NS_PER_MS;
	c.hint_ttl = (uint8_t)(rd_u8(r) % (RECORD_TTL_MAX + 1));
	return c;
}

static const uint8_t protocol[] = {
    [METHOD_UDP] = 17, [METHOD_ICMP] = 1, [METHOD_TCP] = 6};
static const enum reply_kind direct[] = {[METHOD_UDP] = REPLY_UDP,
    [METHOD_ICMP] = REPLY_ECHO,
    [METHOD_TCP] = REPLY_TCP};
static const uint8_t echoed[8] = {0};

static struct reply
read_reply(const struct trace *t, size_t index, uint8_t what, uint8_t who)
{
	struct probe_id id = trace_probe_id(t, index);
	bool icmp = t->flow.method == METHOD_ICMP, quotes = (what & 0x80) == 0;
	uint16_t ipid = what & 16 ? 0 : id.ipid;
	uint16_t check = what & 32 ? 0 : id.check;
	uint32_t seq = (uint32_t)ipid << 16 | check;
	return (struct reply){
	    .kind = quotes ? REPLY_ICMP_ERROR : direct[t->flow.method],
	    .src = who < 16 || !quotes ? TARGET : REPLY_ADDRS + who % 16,
	    .dst = US,
	    .icmp_type = what & 1 ? 11 : (what & 2 ? 3 : 12),
	    .icmp_code = what & 15,
	    .sport = icmp ? 33456 : 33434,
	    .dport = icmp ? check : 33456,
	    .tcp_flags = who,
	    .tcp_ack = seq + 1,
	    .payload = echoed,
	    .payload_len = who % sizeof(echoed),
	    .quote = {.src = US,
		.dst = TARGET,
		.protocol = protocol[t->flow.method],
		.ipid = ipid,
		.check = check,
		.tcp_seq = seq,
		.sport = icmp ? 0x0800 : 33456,
		.dport = icmp ? 33456 : 33434}};
}

static void
check(const struct trace *t, const struct outbox *out, size_t room,
    struct mono now)
{
	assert(out->n <= sizeof(out->action) / sizeof(out->action[0]));
	assert(t->record.nprobes <= room);
	for (size_t i = 0; i < out->n; i++)
		assert(out->action[i].index < t->record.nprobes ||
		       out->action[i].kind == TRACE_ENDED);
	if (t->state == TRACE_DONE)
		assert(t->record.stop != 0);
	struct mono at;
	assert(trace_settled(t) == (t->state >= TRACE_LINGERING));
	/* Never due at once: the driver would spin. */
	assert(!trace_wake(t, &at) || at.ns > now.ns);
}

/* kind, index, time passed in ms, stamp, error, reply: what and who. */
static bool
read_event(struct rd *r, const struct trace *t, struct trace_event *e,
    struct reply *reply)
{
	uint8_t kind = rd_u8(r);
	e->index = rd_u16(r);
	e->now.ns += rd_u8(r) * NS_PER_MS;
	e->stamp_ns = (int8_t)rd_u8(r) * NS_PER_MS + e->now.ns;
	e->error = rd_u8(r) % 130;
	uint8_t what = rd_u8(r), who = rd_u8(r);
	e->kind = (enum trace_event_kind)(kind % (TRACE_ABORT + 1));
	if (e->kind == TRACE_ABORT && kind < 128)
		e->kind = TRACE_TICK; /* or few would live long */
	if (t->record.nprobes > 0)
		e->index %= t->record.nprobes + (kind >> 7);
	if (!rd_ok(r) || e->kind != TRACE_REPLY)
		return rd_ok(r);
	e->reply = reply;
	if (e->index >= t->record.nprobes)
		return true;
	*reply = read_reply(t, e->index, what, who);
	if (!trace_match(t, reply, &e->index, &e->proof))
		e->kind = TRACE_TICK;
	assert(e->kind != TRACE_REPLY || e->index < t->record.nprobes);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct key key = {{7}};
	struct rd r = rd_make(data, size);
	uint8_t method = size > 0 ? data[0] / 8 % 3 : 0;
	struct trace_config c = read_config(&r);
	struct record done, about = {.target = TARGET,
				.method = METHOD_UDP + method,
				.src = US,
				.sport = 33456,
				.dport = method == 1 ? 0 : 33434};
	struct trace t;
	struct outbox out;
	struct trace_event e = {.kind = TRACE_START, .stamp_ns = 1};
	struct reply reply = {0};
	size_t room = (size_t)(c.max_ttl - c.first_ttl + 1) * c.attempts + 128;
	trace_open(&t, &c, &about, &key);
	do {
		trace_step(&t, &e, &out);
		check(&t, &out, room, e.now);
	} while (read_event(&r, &t, &e, &reply));
	e.kind = TRACE_ABORT;
	trace_step(&t, &e, &out);
	assert(t.state == TRACE_DONE);
	trace_take(&t, &done);
	for (size_t i = 0; i < done.nprobes; i++)
		assert(done.probes[i].answered == (done.probes[i].silent == 0));
	record_clear(&done);
	trace_close(&t);
	return 0;
}
