/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/scamper_own.h"

#include "probe/base/mem.h"
#include "probe/base/record_name.h"
#include "probe/base/wr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t SAFE_MAX = (INT64_C(1) << 53) - 1;

/* --- of a probe ----------------------------------------------------------- */

static int
nibble(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
				      : -1;
}

static void
octets(struct json_read *in, struct record_bytes *to)
{
	struct json_word hex = json_read_word(in);
	if (hex.len % 2 != 0 || hex.len > 2 * (size_t)RECORD_BYTES_MAX) {
		json_read_bad(in,
		    "tumen: ext: not up to %d octets in "
		    "hexadecimal",
		    RECORD_BYTES_MAX);
		return;
	}
	struct wr w = {0};
	for (size_t i = 0; i < hex.len; i += 2) {
		int hi = nibble(hex.p[i]), lo = nibble(hex.p[i + 1]);
		if (hi < 0 || lo < 0)
			json_read_bad(in, "tumen: ext: not hexadecimal");
		wr_u8(&w, (uint8_t)((unsigned)hi << 4 | (unsigned)lo));
	}
	free(to->p);
	*to = (struct record_bytes){w.p, (uint16_t)w.len};
}

static void
proof(struct json_read *in, enum record_proof *to)
{
	char text[16];
	json_read_text(in, text, sizeof(text));
	if (!record_proof_parse(text, to))
		json_read_bad(in, "tumen: proof: \"%s\" is none", text);
}

static void
silent(struct json_read *in, enum record_silent *to)
{
	char text[16];
	json_read_text(in, text, sizeof(text));
	if (!record_silent_parse(text, to))
		json_read_bad(in, "tumen: silent: \"%s\" is none", text);
}

void
scamper_own_probe(struct json_read *in, struct scamper_own_probe *own)
{
	struct json_word key;
	for (json_read_object(in); json_read_member(in, &key);)
		if (json_read_is(&key, "proof"))
			proof(in, &own->proof);
		else if (json_read_is(&key, "silent"))
			silent(in, &own->silent);
		else if (json_read_is(&key, "late"))
			own->late = json_read_bool(in);
		else if (json_read_is(&key, "reply_no"))
			own->reply_no = json_read_integer(in, 0, UINT8_MAX);
		else if (json_read_is(&key, "tx_ns"))
			own->tx_ns = json_read_integer(in, 0, 999);
		else if (json_read_is(&key, "reply_ttl"))
			own->reply_ttl = json_read_integer(in, 0, UINT8_MAX);
		else if (json_read_is(&key, "ext"))
			octets(in, &own->ext);
		else
			json_read_skip(in);
}

/* --- of the trace --------------------------------------------------------- */

/* Members that are null are not there. */
static void
name(struct json_read *in, char *to, size_t room)
{
	if (!json_read_null(in))
		json_read_text(in, to, room);
}

static int64_t
number(struct json_read *in, int64_t lo, int64_t hi)
{
	return json_read_null(in) ? -1 : json_read_integer(in, lo, hi);
}

static void
prefix(struct json_read *in, struct prefix *to)
{
	char text[PREFIX_STRLEN];
	json_read_text(in, text, sizeof(text));
	if (!prefix_parse(text, to))
		json_read_bad(in, "tumen: prefix: \"%s\" is none", text);
}

static void
stop(struct json_read *in, enum record_stop *to)
{
	char text[16];
	json_read_text(in, text, sizeof(text));
	if (!record_stop_parse(text, to))
		json_read_bad(in, "tumen: stop: \"%s\" is none", text);
}

/* As it lies there. */
static void
source(struct json_read *in, struct record_source *to)
{
	if (json_read_null(in))
		return;
	json_read_kind(in);
	const char *from = in->p;
	json_read_skip(in);
	size_t len = (size_t)(in->p - from);
	if (!json_read_ok(in) || len > RECORD_SOURCE_MAX)
		return;
	free(to->text);
	to->text = xcalloc(len + 1, 1);
	for (size_t i = 0; i < len; i++)
		to->text[i] = (unsigned char)from[i] < ' ' ? ' ' : from[i];
	to->len = len;
}

static bool
who(struct json_read *in, const struct json_word *key, struct scamper_own *own)
{
	struct record *r = &own->r;
	if (json_read_is(key, "id"))
		json_read_text(in, own->id, sizeof(own->id));
	else if (json_read_is(key, "vantage"))
		json_read_text(in, r->vantage, sizeof(r->vantage));
	else if (json_read_is(key, "campaign"))
		name(in, r->campaign, sizeof(r->campaign));
	else if (json_read_is(key, "run"))
		r->run = number(in, 0, INT64_MAX);
	else if (json_read_is(key, "epoch"))
		r->epoch = (uint64_t)json_read_integer(in, 0, SAFE_MAX);
	else if (json_read_is(key, "seq"))
		r->seq = (uint64_t)json_read_integer(in, 1, SAFE_MAX);
	else if (json_read_is(key, "prefix"))
		prefix(in, &r->prefix);
	else
		return false;
	return true;
}

static bool
how(struct json_read *in, const struct json_word *key, struct record *r)
{
	if (json_read_is(key, "port"))
		r->port = (int32_t)number(in, 0, UINT16_MAX);
	else if (json_read_is(key, "flow"))
		r->flow = (uint32_t)json_read_integer(in, 0, UINT32_MAX);
	else if (json_read_is(key, "sport"))
		r->sport = (uint16_t)json_read_integer(in, 0, UINT16_MAX);
	else if (json_read_is(key, "dport"))
		r->dport = (uint16_t)json_read_integer(in, 0, UINT16_MAX);
	else if (json_read_is(key, "duration_us"))
		r->duration_us = number(in, -SAFE_MAX, SAFE_MAX);
	else if (json_read_is(key, "stop"))
		stop(in, &r->stop);
	else if (json_read_is(key, "stop_detail"))
		name(in, r->stop_detail, sizeof(r->stop_detail));
	else
		return false;
	return true;
}

static bool
what(struct json_read *in, const struct json_word *key, struct record *r)
{
	if (json_read_is(key, "tool"))
		json_read_text(in, r->tool, sizeof(r->tool));
	else if (json_read_is(key, "clock_step"))
		r->clock_step = json_read_bool(in);
	else if (json_read_is(key, "drops"))
		r->drops = (uint32_t)json_read_integer(in, 0, UINT32_MAX);
	else if (json_read_is(key, "control"))
		r->control = json_read_bool(in);
	else if (json_read_is(key, "source_format"))
		name(in, r->source.format, sizeof(r->source.format));
	else if (json_read_is(key, "source"))
		source(in, &r->source);
	else
		return false;
	return true;
}

void
scamper_own_read(struct json_read *in, struct foreign *f,
    struct scamper_hops *hops, struct scamper_own *own)
{
	struct json_word key;
	own->is = true;
	own->r.run = own->r.port = -1;
	hops->from_0 = true;
	for (json_read_object(in); json_read_member(in, &key);)
		if (json_read_is(&key, "not_sent"))
			scamper_hops_silent(in, f, hops);
		else if (!who(in, &key, own) && !how(in, &key, &own->r) &&
			 !what(in, &key, &own->r))
			json_read_skip(in);
}

static void
move(struct record *own, struct record *r)
{
	own->target = r->target;
	own->method = r->method;
	own->src = r->src;
	own->start_us = r->start_us;
	own->nprobes = r->nprobes;
	own->probes = r->probes;
	*r = *own;
	own->source.text = NULL;
}

void
scamper_own_end(struct json_read *in, struct scamper_own *own, struct record *r)
{
	uint8_t id[UUID_LEN];
	char text[UUID_STRLEN];
	if (own->r.vantage[0] == '\0' || own->r.seq == 0 || own->r.stop == 0)
		json_read_bad(in, "tumen: vantage, seq or stop missing");
	if (!json_read_ok(in))
		return;
	move(&own->r, r);
	record_id(r, id);
	if (strcmp(own->id, uuid_format(id, text)) != 0)
		json_read_bad(in,
		    "tumen: id: not %s, as vantage, epoch, seq "
		    "and start make it",
		    text);
}
