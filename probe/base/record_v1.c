/* SPDX-License-Identifier: ISC */
#include "probe/base/record_v1.h"

#include "probe/base/mem.h"
#include "probe/base/record_reply.h"

#include <string.h>

/*
 * Behind the version octet come varints: src, sport, dport,
 * duration_us, detail (length, bytes), clock_step, drops, tool (length,
 * bytes), number of probes; then for each probe in order: ttl, attempt,
 * reply_no, flags, and the fields that the flags announce. Times are deltas to
 * the probe before, so that most take three or four octets.
 */
enum {
	HAS_TX = 1,
	HAS_REPLY = 2,
	HAS_RTT = 4,
	HAS_QUOTE = 8,
	HAS_ICMP = 16,
	HAS_TCP = 32,
	HAS_EXT = 64,
	IS_LATE = 128,
	ATTEMPTS_MAX = 10,
};

static void
unpack_text(struct rd *r, char *text, size_t room)
{
	uint64_t len = rd_varint(r);
	const uint8_t *p = rd_bytes(r, len < room ? len : SIZE_MAX);
	if (p != NULL)
		memcpy(text, p, len);
	if (p != NULL && memchr(p, 0, len) != NULL)
		r->failed = true;
	text[p != NULL ? len : 0] = '\0';
}

/* A varint that must lie in lo..hi. */
static int64_t
ranged(struct rd *r, int64_t v, int64_t lo, int64_t hi)
{
	if (v < lo || v > hi)
		r->failed = true;
	return r->failed ? lo : v;
}

static void
unpack_ext(struct rd *r, struct record_probe *p)
{
	uint64_t len = rd_varint(r);
	const uint8_t *b =
	    rd_bytes(r, len <= RECORD_BYTES_MAX ? len : SIZE_MAX);
	if (b == NULL || len == 0) {
		r->failed = true;
		return;
	}
	p->ext.p = xmemdup(b, len);
	p->ext.len = (uint16_t)len;
}

static void
unpack_reply(struct rd *r, uint8_t flags, struct record_probe *p)
{
	p->answered = true;
	p->addr = rd_u32(r);
	p->proof =
	    (enum record_proof)ranged(r, rd_u8(r), PROOF_NONE, PROOF_BOTH);
	p->reply_ttl = (int16_t)ranged(r, rd_svarint(r), -1, 255);
	p->reply_ipid = (int32_t)ranged(r, rd_svarint(r), -1, 65535);
	if (flags & HAS_RTT)
		p->rtt_ns = ranged(r, (int64_t)rd_varint(r), 0, INT64_MAX / 2);
	if (flags & HAS_QUOTE) {
		p->quoted_ttl = rd_u8(r);
		p->quoted_tos = (int16_t)ranged(r, rd_svarint(r), -1, 255);
	}
	if (flags & HAS_ICMP) {
		p->icmp_type = rd_u8(r);
		p->icmp_code = (int16_t)ranged(r, rd_svarint(r), -1, 255);
	}
	if (flags & HAS_TCP)
		p->tcp_flags =
		    (int16_t)ranged(r, (int64_t)rd_varint(r), 0, 255);
	if (flags & HAS_EXT)
		unpack_ext(r, p);
}

static void
unpack_probe(struct rd *r, int64_t *clock, struct record_probe *p)
{
	uint8_t ttl = (uint8_t)ranged(r, rd_u8(r), 1, RECORD_TTL_MAX);
	uint8_t attempt = (uint8_t)ranged(r, rd_u8(r), 1, ATTEMPTS_MAX);
	*p = record_unanswered(ttl, attempt);
	p->reply_no = rd_u8(r);
	uint8_t flags = rd_u8(r);
	p->late = (flags & IS_LATE) != 0;
	if (flags & HAS_TX) {
		int64_t delta =
		    ranged(r, rd_svarint(r), -INT64_MAX / 4, INT64_MAX / 4);
		*clock = ranged(r, *clock + delta, 0, INT64_MAX / 2);
		p->tx_ns = *clock;
	}
	if (flags & HAS_REPLY)
		unpack_reply(r, flags, p);
	else
		p->silent = (enum record_silent)ranged(
		    r, rd_u8(r), SILENT_NOT_SENT, SILENT_UNKNOWN);
	if (!(flags & HAS_REPLY) && (flags & ~(HAS_TX | IS_LATE)) != 0)
		r->failed = true;
}

static void
unpack_head(struct rd *r, struct record *rec)
{
	rec->src = (uint32_t)ranged(r, (int64_t)rd_varint(r), 0, UINT32_MAX);
	rec->sport = (uint16_t)ranged(r, (int64_t)rd_varint(r), 0, 65535);
	rec->dport = (uint16_t)ranged(r, (int64_t)rd_varint(r), 0, 65535);
	rec->duration_us = rd_svarint(r);
	unpack_text(r, rec->stop_detail, sizeof(rec->stop_detail));
	rec->clock_step = ranged(r, rd_u8(r), 0, 1) == 1;
	rec->drops = (uint32_t)ranged(r, (int64_t)rd_varint(r), 0, UINT32_MAX);
	unpack_text(r, rec->tool, sizeof(rec->tool));
}

bool
record_v1_unpack(struct rd *r, struct record *rec)
{
	unpack_head(r, rec);
	size_t n =
	    (size_t)ranged(r, (int64_t)rd_varint(r), 0, RECORD_PROBES_MAX);
	int64_t clock = ranged(r, rec->start_us, 0, INT64_MAX / 2000) * 1000;
	if (!rd_ok(r))
		return false;
	rec->probes = xcalloc(n, sizeof(*rec->probes));
	for (; rec->nprobes < n && rd_ok(r); rec->nprobes++)
		unpack_probe(r, &clock, &rec->probes[rec->nprobes]);
	return rd_ok(r) && r->left == 0;
}
