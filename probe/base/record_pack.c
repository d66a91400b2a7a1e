/* SPDX-License-Identifier: ISC */
#include "probe/base/record_pack.h"

#include "probe/base/mem.h"
#include "probe/base/rd.h"
#include "probe/base/record_reply.h"

#include <stdlib.h>
#include <string.h>

/*
 * Layout of version 1: version u8, then varints: src, sport, dport,
 * duration_us, detail (length, bytes), clock_step, drops, tool (length,
 * bytes), number of probes; then for each probe in order: ttl, attempt,
 * reply_no, flags, and the fields that the flags announce. Times are deltas to
 * the probe before, so that most take three or four octets.
 */
enum { VERSION = 1 };
enum {
	HAS_TX = 1,
	HAS_REPLY = 2,
	HAS_RTT = 4,
	HAS_QUOTE = 8,
	HAS_ICMP = 16,
	HAS_TCP = 32,
	HAS_EXT = 64,
	IS_LATE = 128,
};

static void
pack_text(const char *s, struct wr *out)
{
	size_t len = strlen(s);
	wr_varint(out, len);
	wr_bytes(out, s, len);
}

static uint8_t
flags_of(const struct record_probe *p)
{
	return (uint8_t)((p->tx_ns >= 0 ? HAS_TX : 0) |
			 (p->answered ? HAS_REPLY : 0) |
			 (p->rtt_ns >= 0 ? HAS_RTT : 0) |
			 (p->quoted_ttl >= 0 ? HAS_QUOTE : 0) |
			 (p->icmp_type >= 0 ? HAS_ICMP : 0) |
			 (p->tcp_flags >= 0 ? HAS_TCP : 0) |
			 (p->ext.len > 0 ? HAS_EXT : 0) |
			 (p->late ? IS_LATE : 0));
}

static void
pack_reply(const struct record_probe *p, uint8_t flags, struct wr *out)
{
	wr_u32(out, p->addr);
	wr_u8(out, (uint8_t)p->proof);
	wr_svarint(out, p->reply_ttl);
	wr_svarint(out, p->reply_ipid);
	if (flags & HAS_RTT)
		wr_varint(out, (uint64_t)p->rtt_ns);
	if (flags & HAS_QUOTE) {
		wr_u8(out, (uint8_t)p->quoted_ttl);
		wr_svarint(out, p->quoted_tos);
	}
	if (flags & HAS_ICMP) {
		wr_u8(out, (uint8_t)p->icmp_type);
		wr_svarint(out, p->icmp_code);
	}
	if (flags & HAS_TCP)
		wr_varint(out, (uint64_t)p->tcp_flags);
	if (flags & HAS_EXT) {
		wr_varint(out, p->ext.len);
		wr_bytes(out, p->ext.p, p->ext.len);
	}
}

static void
pack_probe(const struct record_probe *p, int64_t *clock, struct wr *out)
{
	uint8_t flags = flags_of(p);
	wr_u8(out, p->ttl);
	wr_u8(out, p->attempt);
	wr_u8(out, p->reply_no);
	wr_u8(out, flags);
	if (flags & HAS_TX) {
		wr_svarint(out, p->tx_ns - *clock);
		*clock = p->tx_ns;
	}
	if (flags & HAS_REPLY)
		pack_reply(p, flags, out);
	else
		wr_u8(out, (uint8_t)p->silent);
}

void
record_pack(const struct record *r, struct wr *out)
{
	int64_t clock = r->start_us * 1000;
	wr_u8(out, VERSION);
	wr_varint(out, r->src);
	wr_varint(out, r->sport);
	wr_varint(out, r->dport);
	wr_svarint(out, r->duration_us);
	pack_text(r->stop_detail, out);
	wr_u8(out, r->clock_step);
	wr_varint(out, r->drops);
	pack_text(r->tool, out);
	wr_varint(out, r->nprobes);
	for (size_t i = 0; i < r->nprobes; i++)
		pack_probe(&r->probes[i], &clock, out);
}

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
	uint8_t attempt = (uint8_t)ranged(r, rd_u8(r), 1, RECORD_ATTEMPTS_MAX);
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

static void
drop_probes(struct record *rec)
{
	for (size_t i = 0; i < rec->nprobes; i++)
		free(rec->probes[i].ext.p);
	free(rec->probes);
	rec->probes = NULL;
	rec->nprobes = 0;
}

bool
record_unpack(const void *bytes, size_t len, struct record *rec)
{
	struct rd r = rd_make(bytes, len);
	rec->probes = NULL;
	rec->nprobes = 0;
	if (rd_u8(&r) != VERSION)
		return false;
	unpack_head(&r, rec);
	size_t n =
	    (size_t)ranged(&r, (int64_t)rd_varint(&r), 0, RECORD_PROBES_MAX);
	int64_t clock = ranged(&r, rec->start_us, 0, INT64_MAX / 2000) * 1000;
	if (!rd_ok(&r))
		return false;
	rec->probes = xcalloc(n, sizeof(*rec->probes));
	for (; rec->nprobes < n && rd_ok(&r); rec->nprobes++)
		unpack_probe(&r, &clock, &rec->probes[rec->nprobes]);
	if (rd_ok(&r) && r.left == 0)
		return true;
	drop_probes(rec);
	return false;
}
