/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/scamper_own.h"

#include "analysis/exchange/ndjson_probe.h"
#include "analysis/exchange/own.h"
#include "probe/base/record_name.h"
#include "probe/base/wr.h"

#include <stdlib.h>
#include <string.h>

/* --- of a probe ----------------------------------------------------------- */

static void
octets(struct json_read *in, struct record_bytes *to)
{
	struct json_read look = *in;
	struct json_word hex = json_read_word(&look);
	if (hex.len % 2 != 0 || hex.len > 2 * (size_t)RECORD_BYTES_MAX) {
		json_read_bad(in,
		    "tumen: ext: not up to %d octets in "
		    "hexadecimal",
		    RECORD_BYTES_MAX);
		return;
	}
	struct wr w = {0};
	ndjson_hexadecimal(in, "tumen: ext", &w);
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

void
scamper_own_read(struct json_read *in, struct foreign *f,
    struct scamper_hops *hops, struct scamper_own *own)
{
	struct own o;
	own->is = true;
	hops->from_0 = true;
	own_begin(in, &o, &own->r);
	while (own_read(in, &o))
		scamper_hops_silent(in, f, hops);
	memcpy(own->id, o.id, sizeof(own->id));
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
	if (!json_read_ok(in))
		return;
	move(&own->r, r);
	own_check(in, own->id, r);
}
