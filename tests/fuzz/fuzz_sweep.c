/* SPDX-License-Identifier: ISC */
#include "probe/base/rd.h"
#include "probe/trace/sweep.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/*
 * Any events in any order: ten octets of configuration, the first one with the
 * method and the number of targets, then six for each event. A sweep must
 * stay inside its bounds, keep its records in order and always be able to end.
 */
enum { US = 0xc0000201, FIRST = 0xaf2db000, ROUTER = 0xc6336400 };
enum { TARGETS = 64, PROBES = 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
	struct sweep *sweep;
	enum record_method method;
	struct mono now;
	size_t n, probes, records;
	struct survey_probe probe[PROBES];
	bool taken[TARGETS];
};

static struct sweep_config
read_config(struct rd *r)
{
	struct sweep_config c;
	sweep_config_default(&c);
	c.first_ttl = (uint8_t)(1 + rd_u8(r) % 4);
	c.max_ttl = (uint8_t)(c.first_ttl + rd_u8(r) % 60);
	c.attempts = (uint8_t)(1 + rd_u8(r) % RECORD_ATTEMPTS_MAX);
	c.gap = (uint8_t)(1 + rd_u8(r) % RECORD_TTL_MAX);
	c.verify = (uint8_t)(1 + rd_u8(r) % 8);
	c.wait_ns = (10 + rd_u8(r)) * NS_PER_MS;
	c.linger_ns = rd_u8(r) * NS_PER_MS;
	c.responder_rate = 1 + rd_u8(r) * UINT32_C(100);
	c.inflight = 1 + rd_u8(r);
	assert(sweep_config_legal(&c));
	return c;
}

static struct reply
read_reply(const struct fuzz *f, const struct survey_probe *p, uint8_t what,
    uint8_t who)
{
	static const uint8_t protocol[] = {
	    [METHOD_UDP] = 17, [METHOD_ICMP] = 1, [METHOD_TCP] = 6};
	static const enum reply_kind direct[] = {[METHOD_UDP] = REPLY_UDP,
	    [METHOD_ICMP] = REPLY_ECHO,
	    [METHOD_TCP] = REPLY_TCP};
	static const uint8_t bytes[8] = {0, 8, 1, 1, 0, 1, 1, 1};
	bool icmp = f->method == METHOD_ICMP, quotes = (what & 0x80) == 0;
	uint16_t ipid = what & 16 ? 0 : p->id.ipid;
	uint16_t check = what & 32 ? 0 : p->id.check;
	uint32_t seq = (uint32_t)ipid << 16 | check;
	uint32_t router = ROUTER + (uint32_t)(p->ttl * 4) + who % 3;
	return (struct reply){
	    .kind = quotes ? REPLY_ICMP_ERROR : direct[f->method],
	    .src = who < 32 || !quotes ? p->flow.dst : router,
	    .dst = US,
	    .icmp_type = what & 1 ? 3 : 11,
	    .icmp_code = what & 15,
	    .sport = icmp ? p->flow.sport : p->flow.dport,
	    .dport = icmp ? check : p->flow.sport,
	    .tcp_flags = who,
	    .tcp_ack = seq + 1,
	    .payload = bytes,
	    .payload_len = who % sizeof(bytes),
	    .ext = what & 64 ? bytes : NULL,
	    .ext_len = what & 64 ? sizeof(bytes) : 0,
	    .quote = {.src = US,
		.dst = p->flow.dst,
		.protocol = protocol[f->method],
		.ipid = ipid,
		.check = check,
		.tcp_seq = seq,
		.sport = icmp ? 0x0800 : p->flow.sport,
		.dport = icmp ? p->flow.sport : p->flow.dport}};
}

static void
check(struct fuzz *f, const struct record *r)
{
	struct sweep_join j = sweep_join(f->sweep, r);
	assert(r->seq >= 1 && r->seq <= f->n && !f->taken[r->seq - 1]);
	assert(r->stop != 0);
	f->taken[r->seq - 1] = true;
	f->records++;
	assert(j.ttl == 0 || j.seq != r->seq);
	assert(j.ttl == 0 || f->taken[j.seq - 1]);
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		assert(p->answered == (p->silent == 0));
		assert(p->ttl >= 1 && p->ttl <= RECORD_TTL_MAX);
		assert(p->attempt >= 1 && p->attempt <= RECORD_ATTEMPTS_MAX);
	}
}

static void
take_all(struct fuzz *f)
{
	struct record r;
	while (sweep_ops.take(f->sweep, &r)) {
		check(f, &r);
		record_clear(&r);
	}
}

static void
ask(struct fuzz *f, unsigned times)
{
	while (times-- > 0 && f->probes < PROBES &&
	       sweep_ops.next(f->sweep, f->now, &f->probe[f->probes]))
		f->probes++;
}

/* kind, probe, time passed in ms, what, who. */
static bool
event(struct fuzz *f, struct rd *r)
{
	uint8_t kind = rd_u8(r);
	uint16_t index = rd_u16(r);
	uint8_t ms = rd_u8(r), what = rd_u8(r), who = rd_u8(r);
	struct survey_probe none = {.handle = index};
	const struct survey_probe *p =
	    f->probes > 0 ? &f->probe[index % f->probes] : &none;
	struct reply reply;
	int64_t stamp_ns = f->now.ns + (int8_t)what * NS_PER_MS;
	if (!rd_ok(r))
		return false;
	f->now.ns += ms * NS_PER_MS;
	switch (kind % 8) {
	case 0:
	case 1:
		ask(f, 1 + what);
		break;
	case 2:
		sweep_ops.sent(f->sweep, p->handle, f->now, stamp_ns);
		break;
	case 3:
		sweep_ops.not_sent(f->sweep, p->handle, f->now, who % 130);
		break;
	case 4:
	case 5:
	case 6:
		reply = read_reply(f, p, what, who);
		sweep_ops.reply(f->sweep, &reply, f->now, stamp_ns);
		break;
	case 7:
		if (kind == UINT8_MAX && what == UINT8_MAX)
			return false;
		sweep_ops.wake(f->sweep, f->now, &f->now);
		break;
	}
	take_all(f);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct key key = {{7}};
	struct rd r = rd_make(data, size);
	struct survey_about about = {.seq = 1, .key = &key};
	struct fuzz *f = calloc(1, sizeof(*f));
	uint32_t target[TARGETS];
	uint8_t first = rd_u8(&r);
	if (f == NULL)
		abort();
	struct sweep_config c = read_config(&r);
	f->method = METHOD_UDP + first % 3;
	f->n = 1 + first / 4 % TARGETS;
	f->now.ns = NS_PER_S;
	about.record = (struct record){.method = f->method,
	    .src = US,
	    .sport = 33456,
	    .dport = f->method == METHOD_ICMP ? 0 : 33434};
	for (uint32_t i = 0; i < f->n; i++)
		target[i] = FIRST + i * (first & 1 ? 1 : 97);
	f->sweep = sweep_open(&c, &about, target, f->n);
	while (event(f, &r))
		;
	sweep_ops.abort(f->sweep, f->now, 0);
	take_all(f);
	assert(sweep_ops.over(f->sweep));
	assert(f->records == sweep_saved(f->sweep).started);
	sweep_close(f->sweep);
	free(f);
	return 0;
}
