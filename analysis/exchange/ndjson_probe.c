/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/ndjson_probe.h"

#include "analysis/exchange/ndjson_field.h"
#include "probe/base/mem.h"
#include "probe/base/record_name.h"
#include "probe/base/record_reply.h"
#include "probe/base/wr.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- extensions ----------------------------------------------------------- */

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void
ndjson_hexadecimal(struct json_read *in, const char *key, struct wr *out)
{
	struct json_word w = json_read_word(in);
	if (w.len % 2 != 0)
		json_read_bad(in, "%s: an odd number of digits", key);
	if (out->len + w.len / 2 > RECORD_BYTES_MAX)
		json_read_bad(
		    in, "%s: more than %d octets", key, RECORD_BYTES_MAX);
	for (size_t i = 0; i + 1 < w.len && json_read_ok(in); i += 2) {
		int hi = nibble(w.p[i]), lo = nibble(w.p[i + 1]);
		if (hi < 0 || lo < 0)
			json_read_bad(in, "%s: not hexadecimal", key);
		wr_u8(out, (uint8_t)((unsigned)hi << 4 | (unsigned)lo));
	}
}

struct object {
	uint8_t class, type;
};

#define MEMBER(s, m) .at = offsetof(s, m), .size = sizeof(((s *)0)->m)
#define NUMBER(key, s, m, low, high)                                           \
	.name = (key), .type = NDJSON_NUMBER, MEMBER(s, m), .lo = (low),       \
	.hi = (high)
#define OWN(key) .name = (key), .type = NDJSON_OWN

enum { OBJECT_DATA = 2 };
static const struct ndjson_field object_fields[] = {
    {NUMBER("class", struct object, class, 0, UINT8_MAX), .needed = 1},
    {NUMBER("type", struct object, type, 0, UINT8_MAX), .needed = 1},
    [OBJECT_DATA] = {OWN("data")},
    {.name = "interface", .type = NDJSON_PASS},
};

#define FIELDS(list, to)                                                       \
	((struct ndjson_fields){.field = (list),                               \
	    .n = sizeof(list) / sizeof((list)[0]),                             \
	    .into = (to),                                                      \
	    .kind = 1})

/* An object as it was on the wire: its length, class and type, the data. */
static void
object(struct json_read *in, struct wr *out)
{
	struct object o = {0};
	struct ndjson_fields fields = FIELDS(object_fields, &o);
	size_t at = out->len;
	wr_u32(out, 0);
	json_read_object(in);
	while (ndjson_field(&fields, in) == OBJECT_DATA)
		ndjson_hexadecimal(in, "data", out);
	size_t len = out->len - at;
	out->p[at] = (uint8_t)(len >> 8);
	out->p[at + 1] = (uint8_t)len;
	out->p[at + 2] = o.class;
	out->p[at + 3] = o.type;
}

static void
objects(struct json_read *in, struct wr *out)
{
	json_read_array(in);
	while (json_read_item(in) && out->len <= RECORD_BYTES_MAX)
		object(in, out);
	if (out->len > RECORD_BYTES_MAX)
		json_read_bad(in, "ext: more than %d octets", RECORD_BYTES_MAX);
}

/* --- a probe -------------------------------------------------------------- */

/* What it is made of, as it comes. */
struct parts {
	struct record_probe p;
	int64_t tx_us;
	int16_t tx_ns;
	struct wr objects, octets;
};

#define OF_PROBE(key, m, high) NUMBER(key, struct parts, p.m, 0, high)

enum {
	PROBE_RTT = 4,
	PROBE_ADDR,
	PROBE_EXT = 14,
	PROBE_EXT_HEX,
	PROBE_PROOF,
	PROBE_SILENT
};

static const struct ndjson_field probe_fields[] = {
    {NUMBER("attempt", struct parts, p.attempt, 1, RECORD_ATTEMPT_TOP),
	.needed = 1},
    {OF_PROBE("reply_no", reply_no, UINT8_MAX)},
    {NUMBER("tx_us", struct parts, tx_us, 0, INT64_MAX / 4000)},
    {NUMBER("tx_ns", struct parts, tx_ns, 0, 999)},
    [PROBE_RTT] = {OWN("rtt_us")},
    [PROBE_ADDR] = {OWN("addr")},
    {OF_PROBE("reply_ttl", reply_ttl, UINT8_MAX)},
    {OF_PROBE("reply_ipid", reply_ipid, UINT16_MAX)},
    {OF_PROBE("quoted_ttl", quoted_ttl, UINT8_MAX)},
    {OF_PROBE("quoted_tos", quoted_tos, UINT8_MAX)},
    {OF_PROBE("icmp_type", icmp_type, UINT8_MAX)},
    {OF_PROBE("icmp_code", icmp_code, UINT8_MAX)},
    {OF_PROBE("tcp_flags", tcp_flags, UINT8_MAX)},
    {.name = "mpls", .type = NDJSON_PASS},
    [PROBE_EXT] = {OWN("ext")},
    [PROBE_EXT_HEX] = {OWN("ext_hex")},
    [PROBE_PROOF] = {OWN("proof")},
    [PROBE_SILENT] = {OWN("silent")},
    {.name = "late", .type = NDJSON_BOOL, MEMBER(struct parts, p.late)},
};

enum { WORD_ROOM = 16 };
static const int64_t RTT_NS_MAX = INT64_C(1000000000000000);

static void
own(struct json_read *in, int field, struct parts *to)
{
	char word[WORD_ROOM];
	switch (field) {
	case PROBE_RTT: /* microseconds with decimals */
		to->p.rtt_ns = json_read_scaled(in, 3, 0, RTT_NS_MAX);
		return;
	case PROBE_ADDR:
		to->p.answered = ndjson_field_addr(in, "addr", &to->p.addr);
		return;
	case PROBE_EXT:
		objects(in, &to->objects);
		return;
	case PROBE_EXT_HEX:
		ndjson_hexadecimal(in, "ext_hex", &to->octets);
		return;
	case PROBE_PROOF:
		json_read_text(in, word, sizeof(word));
		if (!record_proof_parse(word, &to->p.proof))
			json_read_bad(in, "proof: not one of both, one, none");
		return;
	case PROBE_SILENT:
		json_read_text(in, word, sizeof(word));
		if (!record_silent_parse(word, &to->p.silent))
			json_read_bad(in, "silent: no such reason");
		return;
	}
}

/* Octets of an extension that is no row of objects stand whole in ext_hex. */
static struct record_bytes
take_ext(struct parts *from)
{
	struct wr *w = from->octets.len > 0 ? &from->octets : &from->objects;
	struct record_bytes ext = {w->len > 0 ? w->p : NULL, (uint16_t)w->len};
	if (w->len > 0)
		*w = (struct wr){0};
	return ext;
}

static struct record_probe
whole(struct json_read *in, struct parts *from)
{
	struct record_probe *p = &from->p;
	if (from->tx_us >= 0)
		p->tx_ns =
		    from->tx_us * 1000 + (from->tx_ns > 0 ? from->tx_ns : 0);
	if (p->answered) {
		p->silent = 0;
		p->proof = p->proof != 0 ? p->proof : PROOF_UNTOLD;
		p->ext = take_ext(from);
		return *p;
	}
	if (p->silent == 0)
		json_read_bad(in, "silent: neither an address nor a reason");
	struct record_probe none = record_unanswered(p->ttl, p->attempt);
	none.reply_no = p->reply_no;
	none.tx_ns = p->tx_ns;
	none.late = p->late;
	none.silent = p->silent;
	return none;
}

void
ndjson_probe(struct json_read *in, struct record_probe *to)
{
	struct parts parts = {
	    .p = record_unanswered(0, 0), .tx_us = -1, .tx_ns = -1};
	struct ndjson_fields fields = FIELDS(probe_fields, &parts);
	parts.p.silent = 0;
	json_read_object(in);
	for (int i; (i = ndjson_field(&fields, in)) >= 0;)
		own(in, i, &parts);
	if (json_read_ok(in))
		*to = whole(in, &parts);
	wr_free(&parts.objects);
	wr_free(&parts.octets);
}

void
ndjson_probes(struct json_read *in, struct foreign *f)
{
	json_read_array(in);
	while (json_read_item(in)) {
		struct record_probe *p = foreign_probe(f, 0, 0);
		if (p == NULL) {
			json_read_bad(
			    in, "hops: more than %d probes", RECORD_PROBES_MAX);
			return;
		}
		ndjson_probe(in, p);
	}
}

/* --- hops ----------------------------------------------------------------- */

enum { HOP_TTL, HOP_PROBES };
static const struct ndjson_field hop_fields[] = {{.name = "ttl",
						     .type = NDJSON_NUMBER,
						     .size = sizeof(uint8_t),
						     .lo = 1,
						     .hi = RECORD_TTL_MAX,
						     .needed = 1},
    [HOP_PROBES] = {.name = "probes", .type = NDJSON_OWN, .needed = 1}};

/* Says where, once it is broken. */
static void
place(struct json_read *in, uint8_t ttl)
{
	char why[JSON_READ_WHY_MAX];
	if (in->state != JSON_READ_BROKEN || ttl == 0)
		return;
	memcpy(why, in->why, sizeof(why));
	snprintf(in->why, sizeof(in->why), "hop %u: %.*s", ttl,
	    (int)sizeof(why) - 12, why);
}

static void
hop(struct json_read *in, struct foreign *f)
{
	struct record *r = &f->record[f->n - 1];
	size_t first = r->nprobes;
	uint8_t ttl = 0;
	struct ndjson_fields fields = FIELDS(hop_fields, &ttl);
	json_read_object(in);
	while (ndjson_field(&fields, in) == HOP_PROBES)
		ndjson_probes(in, f);
	for (size_t i = first; i < r->nprobes; i++)
		r->probes[i].ttl = ttl;
	place(in, ttl);
}

static bool
same_place(const struct record_probe *a, const struct record_probe *b)
{
	return a->ttl == b->ttl && a->attempt == b->attempt &&
	       a->reply_no == b->reply_no;
}

void
ndjson_hops(struct json_read *in, struct foreign *f)
{
	json_read_array(in);
	while (json_read_item(in))
		hop(in, f);
	struct record *r = &f->record[f->n - 1];
	record_sort(r);
	for (size_t i = 1; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (same_place(p - 1, p))
			json_read_bad(in,
			    "hops: ttl %u, attempt %u, reply %u twice", p->ttl,
			    p->attempt, p->reply_no);
	}
}
