/* SPDX-License-Identifier: ISC */
#include "sql/evidence.h"

#include "probe/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

bool
evidence_next(const struct record *r, size_t *at, struct evidence *e)
{
	const struct record_source *source = &r->source;
	while (*at < r->nprobes) {
		const struct record_probe *p = &r->probes[(*at)++];
		if (p->sent.p == NULL && p->reply.p == NULL)
			continue;
		*e = (struct evidence){.ttl = p->ttl,
		    .attempt = p->attempt,
		    .reply_no = p->reply_no,
		    .sent = p->sent.p,
		    .sent_len = p->sent.len,
		    .reply = p->reply.p,
		    .reply_len = p->reply.len};
		return true;
	}
	if ((*at)++ > r->nprobes || source->text == NULL)
		return false;
	*e = (struct evidence){.ttl = EVIDENCE_SOURCE,
	    .attempt = EVIDENCE_SOURCE,
	    .reply_no = EVIDENCE_SOURCE,
	    .sent = source->format,
	    .sent_len = strlen(source->format),
	    .reply = source->text,
	    .reply_len = source->len};
	return true;
}

size_t
evidence_octets(const struct record *r)
{
	struct evidence e;
	size_t at = 0, n = 0;
	while (evidence_next(r, &at, &e))
		n += e.sent_len + e.reply_len;
	return n;
}

/* JSON on one line has none of these. */
static bool
is_line(const char *text, size_t len)
{
	bool ok = len >= 1 && len <= RECORD_SOURCE_MAX;
	for (size_t i = 0; ok && i < len; i++)
		ok = (unsigned char)text[i] >= ' ';
	return ok;
}

static bool
check(const struct record *r, const struct evidence *e, struct fault *f)
{
	const char *why = NULL;
	if (e->sent == NULL || !record_format_ok(e->sent, e->sent_len))
		why = "format is no word of at most 15 of a-z, 0-9 and -";
	else if (e->reply == NULL || !is_line(e->reply, e->reply_len))
		why = "text is not 1..1048576 octets on one line";
	return why == NULL ||
	       fault_set(f, EX_DATAERR,
		   "trace %s/%" PRIu64 "/%" PRIu64 ": of its source, the %s",
		   r->vantage, r->epoch, r->seq, why);
}

bool
evidence_sane(const struct record *r, struct fault *f)
{
	struct evidence e;
	size_t at = r->nprobes;
	return !evidence_next(r, &at, &e) || check(r, &e, f);
}

static bool
take_source(struct record *r, const struct evidence *e, struct fault *f)
{
	struct record_source *to = &r->source;
	if (!check(r, e, f))
		return false;
	free(to->text);
	to->text = xcalloc(e->reply_len + 1, 1);
	memcpy(to->text, e->reply, e->reply_len);
	to->len = e->reply_len;
	snprintf(to->format, sizeof(to->format), "%.*s", (int)e->sent_len,
	    (const char *)e->sent);
	return true;
}

static void
take_bytes(struct record_bytes *b, const void *p, size_t len)
{
	if (p == NULL || len > RECORD_BYTES_MAX || b->p != NULL)
		return;
	b->p = xmemdup(p, len);
	b->len = (uint16_t)len;
}

bool
evidence_take(struct record *r, const struct evidence *e, struct fault *f)
{
	if (e->ttl == EVIDENCE_SOURCE)
		return take_source(r, e, f);
	for (size_t i = 0; i < r->nprobes; i++) {
		struct record_probe *p = &r->probes[i];
		if (p->ttl != e->ttl || p->attempt != e->attempt ||
		    p->reply_no != e->reply_no)
			continue;
		take_bytes(&p->sent, e->sent, e->sent_len);
		take_bytes(&p->reply, e->reply, e->reply_len);
		break;
	}
	return true;
}
