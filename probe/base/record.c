/* SPDX-License-Identifier: ISC */
#include "probe/base/record.h"

#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

static void
clear_probe(struct record_probe *p)
{
	free(p->ext.p);
	free(p->sent.p);
	free(p->reply.p);
}

void
record_clear(struct record *r)
{
	for (size_t i = 0; i < r->nprobes; i++)
		clear_probe(&r->probes[i]);
	free(r->probes);
	free(r->source.text);
	*r = (struct record){0};
}

static void
copy_bytes(struct record_bytes *b)
{
	if (b->p != NULL)
		b->p = xmemdup(b->p, b->len);
}

void
record_copy(struct record *to, const struct record *from)
{
	*to = *from;
	if (from->source.text != NULL)
		to->source.text =
		    xmemdup(from->source.text, from->source.len + 1);
	to->probes = xcalloc(from->nprobes, sizeof(*to->probes));
	for (size_t i = 0; i < from->nprobes; i++) {
		struct record_probe *p = &to->probes[i];
		*p = from->probes[i];
		copy_bytes(&p->ext);
		copy_bytes(&p->sent);
		copy_bytes(&p->reply);
	}
}

static int
by_place(const void *va, const void *vb)
{
	const struct record_probe *a = va, *b = vb;
	if (a->ttl != b->ttl)
		return a->ttl - b->ttl;
	if (a->attempt != b->attempt)
		return a->attempt - b->attempt;
	return a->reply_no - b->reply_no;
}

void
record_sort(struct record *r)
{
	size_t i = 1;
	while (
	    i < r->nprobes && by_place(&r->probes[i - 1], &r->probes[i]) <= 0)
		i++;
	if (i < r->nprobes) /* mostly they are in order */
		qsort(r->probes, r->nprobes, sizeof(*r->probes), by_place);
}

static uint8_t *
put_u64(uint8_t *p, uint64_t v)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		*p++ = (uint8_t)(v >> shift);
	return p;
}

uint64_t
record_epoch(void)
{
	uint64_t epoch;
	hash_random(&epoch, sizeof(epoch));
	epoch >>= 11; /* below 2^53 */
	return epoch != 0 ? epoch : 1;
}

void
record_id(const struct record *r, uint8_t id[static UUID_LEN])
{
	uint8_t text[RECORD_NAME_MAX + 1 + 3 * sizeof(uint64_t)];
	size_t len = strlen(r->vantage) + 1;
	memcpy(text, r->vantage, len);
	uint8_t *end = put_u64(text + len, r->epoch);
	end = put_u64(end, r->seq);
	end = put_u64(end, (uint64_t)r->start_us);
	uuid_of(text, (size_t)(end - text), id);
}
