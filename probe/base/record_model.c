/* SPDX-License-Identifier: ISC */
#include "probe/base/record_model.h"

#include "probe/base/record_reply.h"

#include <string.h>

enum { WHY_AT = 9, WHY_MASK = 15, FIELDS = 4, FIELDS_AT = 13, FIELD_BITS = 9 };

/* Sizes in bits of what comes first: 0, 100 us, 10 ms, 4 ms of ns. */
enum { REPLY_BITS = 1, ATTEMPT_BITS = 18, TTL_BITS = 20, RTT_BITS = 22 };
#define PAUSE_US UINT64_C(500000)
enum { ORIGIN_BEGUN = 1 };

/* --- shapes --------------------------------------------------------------- */

/* Proof and silence as one number; PROOF_UNTOLD came last. */
enum { WHY_SILENT = 3, WHY_UNTOLD = 11 };

static unsigned
why_of_proof(enum record_proof proof)
{
	switch (proof) {
	case PROOF_NONE:
	case PROOF_ONE:
	case PROOF_BOTH:
		return (unsigned)proof;
	case PROOF_UNTOLD:
		return WHY_UNTOLD;
	}
	return 0;
}

static unsigned
why_of(const struct record_probe *p)
{
	if (p->answered)
		return why_of_proof(p->proof);
	return p->silent >= SILENT_NOT_SENT && p->silent <= SILENT_UNKNOWN
		   ? WHY_SILENT + (unsigned)p->silent
		   : 0;
}

/* False when no probe can have it. */
static bool
read_why(unsigned why, struct record_probe *p)
{
	p->answered = why <= PROOF_BOTH || why == WHY_UNTOLD;
	p->proof = why == WHY_UNTOLD ? PROOF_UNTOLD
		   : p->answered     ? (enum record_proof)why
				     : 0;
	p->silent = p->answered ? 0 : (enum record_silent)(why - WHY_SILENT);
	return why != 0 && why <= WHY_UNTOLD;
}

static bool
in_range(const struct record_probe *p)
{
	return p->reply_ttl <= UINT8_MAX && p->reply_ipid <= UINT16_MAX &&
	       p->quoted_ttl <= UINT8_MAX;
}

static unsigned
flags_of(const struct record_probe *p)
{
	return (p->tx_ns >= 0 ? SHAPE_SENT : 0U) | (p->late ? SHAPE_LATE : 0U) |
	       (p->rtt_ns >= 0 ? SHAPE_TIMED : 0U) |
	       (p->reply_ttl >= 0 ? SHAPE_TTL : 0U) |
	       (p->ext.len > 0 ? SHAPE_EXT : 0U) |
	       (p->reply_ipid >= 0 ? SHAPE_IPID : 0U) |
	       (p->reply_ipid > 0 ? SHAPE_IPID_SET : 0U) |
	       (p->quoted_ttl >= 0 ? SHAPE_QUOTE : 0U);
}

uint64_t
record_shape(const struct record_probe *p, int quoted_ttl_expected)
{
	const int field[FIELDS] = {
	    p->quoted_tos, p->icmp_type, p->icmp_code, p->tcp_flags};
	uint64_t shape = flags_of(p) | why_of(p) << WHY_AT;
	if (p->quoted_ttl >= 0 && p->quoted_ttl != quoted_ttl_expected)
		shape |= SHAPE_QUOTE_ODD;
	for (unsigned i = 0; i < FIELDS; i++) {
		if (field[i] < -1 || field[i] > UINT8_MAX)
			return 0;
		shape |= (uint64_t)(field[i] + 1)
			 << (FIELDS_AT + i * FIELD_BITS);
	}
	return why_of(p) == 0 || !in_range(p) ? 0 : shape;
}

static bool
shape_field(uint64_t shape, unsigned i, int16_t *v)
{
	uint64_t bits =
	    shape >> (FIELDS_AT + i * FIELD_BITS) & ((1U << FIELD_BITS) - 1);
	*v = (int16_t)((int)bits - 1);
	return bits <= UINT8_MAX + 1;
}

bool
record_shaped(uint64_t shape, struct record_probe *p)
{
	int16_t *const field[FIELDS] = {
	    &p->quoted_tos, &p->icmp_type, &p->icmp_code, &p->tcp_flags};
	p->late = (shape & SHAPE_LATE) != 0;
	if (!read_why(shape >> WHY_AT & WHY_MASK, p))
		return false;
	for (unsigned i = 0; i < FIELDS; i++)
		if (!shape_field(shape, i, field[i]))
			return false;
	if (!p->answered)
		return (shape & ~(uint64_t)(SHAPE_SENT | SHAPE_LATE |
					    WHY_MASK << WHY_AT)) == 0;
	return (shape & (SHAPE_IPID | SHAPE_IPID_SET)) != SHAPE_IPID_SET &&
	       (shape & (SHAPE_QUOTE | SHAPE_QUOTE_ODD)) != SHAPE_QUOTE_ODD;
}

/* --- the last values ------------------------------------------------------ */

unsigned
recent_find(const struct recent *r, uint64_t v)
{
	unsigned i = 0;
	while (i < r->n && r->at[i] != v)
		i++;
	return i;
}

void
recent_use(struct recent *r, unsigned i, uint64_t v)
{
	if (i == r->n && r->n < RECENT_MAX)
		r->n++;
	else if (i == r->n)
		i--;
	memmove(&r->at[1], &r->at[0], i * sizeof(r->at[0]));
	r->at[0] = v;
}

/* --- what is expected ----------------------------------------------------- */

#define FIELD(i, v) ((uint64_t)((v) + 1) << (FIELDS_AT + (i)*FIELD_BITS))
#define REPLY(proof)                                                           \
	(SHAPE_SENT | SHAPE_TIMED | SHAPE_TTL | SHAPE_IPID |                   \
	    (uint64_t)(proof) << WHY_AT)
#define QUOTE	    (SHAPE_QUOTE | FIELD(0, 0))
#define ICMP(t, c)  (FIELD(1, t) | FIELD(2, c))
#define EXCEEDED    (QUOTE | ICMP(ICMP_T_TIME_EXCEEDED, 0))
#define PORT	    (QUOTE | ICMP(ICMP_T_UNREACHABLE, ICMP_C_PORT))
#define ECHO	    ICMP(ICMP_T_ECHO_REPLY, 0)
#define SILENT(why) (SHAPE_SENT | (uint64_t)(WHY_SILENT + (why)) << WHY_AT)

/* As if they had been used already: the usual ones. */
static const struct recent usual = {.n = 14,
    .at = {REPLY(PROOF_BOTH) | SHAPE_IPID_SET | EXCEEDED,
	SILENT(SILENT_UNKNOWN), SILENT(SILENT_LOST),
	REPLY(PROOF_BOTH) | SHAPE_IPID_SET | PORT, REPLY(PROOF_BOTH) | EXCEEDED,
	REPLY(PROOF_BOTH) | SHAPE_IPID_SET | EXCEEDED | SHAPE_EXT,
	REPLY(PROOF_BOTH) | SHAPE_IPID_SET | ECHO,
	REPLY(PROOF_BOTH) | FIELD(3, TCP_SYN | TCP_ACK),
	REPLY(PROOF_BOTH) | FIELD(3, TCP_RST | TCP_ACK),
	REPLY(PROOF_BOTH) | SHAPE_IPID_SET | FIELD(3, TCP_SYN | TCP_ACK),
	REPLY(PROOF_ONE) | SHAPE_IPID_SET | EXCEEDED,
	SILENT(SILENT_RATE_LIMITED), SILENT(SILENT_FILTERED),
	(uint64_t)(WHY_SILENT + SILENT_NOT_SENT) << WHY_AT}};

struct record_unit
record_unit(const struct record *r)
{
	struct record_unit unit = {true, true};
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (unit.tx_us && p->tx_ns >= 0)
			unit.tx_us = p->tx_ns % 1000 == 0;
		if (unit.rtt_us && p->rtt_ns >= 0)
			unit.rtt_us = p->rtt_ns % 1000 == 0;
	}
	return unit;
}

void
record_model_open(
    struct record_model *m, const struct record *r, struct record_unit unit)
{
	*m = (struct record_model){.unit = unit,
	    .first = (uint64_t)r->start_us * (unit.tx_us ? 1 : 1000),
	    .pause = PAUSE_US * (unit.tx_us ? 1 : 1000),
	    .laps = {{BITS_SORT_SCALE * REPLY_BITS},
		{BITS_SORT_SCALE * ATTEMPT_BITS}, {BITS_SORT_SCALE * TTL_BITS}},
	    .rtts = {BITS_SORT_SCALE * RTT_BITS},
	    .origin = ORIGIN_BEGUN,
	    .bend = -1,
	    .quoted_ttl = -1};
	m->shape = usual;
	m->addr.n = 1;
	m->addr.at[0] = r->src;
}

enum record_place
record_place(const struct record_model *m, const struct record_probe *p)
{
	if (p->ttl == m->ttl + 1 && p->attempt == 1 && p->reply_no == 0)
		return PLACE_TTL;
	if (p->ttl != m->ttl)
		return PLACE_OTHER;
	if (p->attempt == m->attempt + 1 && p->reply_no == 0)
		return PLACE_ATTEMPT;
	return p->attempt == m->attempt && p->reply_no == m->reply_no + 1
		   ? PLACE_REPLY
		   : PLACE_OTHER;
}

void
record_placed(struct record_model *m, const struct record_probe *p)
{
	m->ttl = p->ttl;
	m->attempt = p->attempt;
	m->reply_no = p->reply_no;
}

enum record_lap
record_lap(const struct record_model *m, const struct record_probe *p)
{
	if (p->reply_no > 0)
		return LAP_REPLY;
	return p->attempt > 1 && p->ttl == m->sent_ttl ? LAP_ATTEMPT : LAP_TTL;
}

/* Of three: bursts and pauses of the pace do not stay in mind. */
static uint64_t
median(const uint64_t v[static STEPS])
{
	uint64_t low = v[0] < v[1] ? v[0] : v[1];
	uint64_t high = v[0] < v[1] ? v[1] : v[0];
	uint64_t rest = v[2] > low ? v[2] : low;
	return rest < high ? rest : high;
}

uint64_t
record_stamp(const struct record_model *m, enum record_lap lap)
{
	switch (lap) {
	case LAP_REPLY:
		return m->sent;
	case LAP_ATTEMPT:
		return m->sent + m->pause;
	case LAP_TTL:
	case LAPS:
		break;
	}
	return m->first + median(m->steps);
}

void
record_stamped(
    struct record_model *m, uint8_t ttl, enum record_lap lap, uint64_t stamp)
{
	if (lap == LAP_ATTEMPT)
		m->pause = stamp - m->sent;
	if (lap == LAP_TTL) {
		memmove(m->steps + 1, m->steps,
		    sizeof(m->steps) - sizeof(m->steps[0]));
		m->steps[0] = stamp - m->first;
		m->first = stamp;
	}
	m->sent = stamp;
	m->sent_ttl = ttl;
}

int
record_quoted(const struct record_model *m, const struct record_probe *p)
{
	if (m->quoted_ttl < 0 || m->quoted_addr != p->addr)
		return 1;
	return m->quoted_ttl + p->ttl - m->quoted_at;
}

void
record_answered(struct record_model *m, const struct record_probe *p)
{
	m->quoted_addr = p->addr;
	m->quoted_ttl = p->quoted_ttl;
	m->quoted_at = p->ttl;
}

/* What systems send with; a reply comes with less. */
static const int origin_ttl[ORIGINS] = {32, 64, 128, 255};

unsigned
record_origin(int reply_ttl)
{
	unsigned i = 0;
	while (i + 1 < ORIGINS && reply_ttl > origin_ttl[i])
		i++;
	return i;
}

int
record_origin_ttl(unsigned origin)
{
	return origin_ttl[origin];
}

uint8_t
record_ext_at(const struct record_model *m, size_t i)
{
	return m->ext != NULL && i < m->ext->len ? m->ext->p[i] : 0;
}
