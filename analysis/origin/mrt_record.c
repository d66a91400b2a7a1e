/* SPDX-License-Identifier: ISC */
#include "analysis/origin/mrt_record.h"

#include "analysis/origin/be.h"

enum {
	HEADER_LEN = 12,
	RECORD_LEN_MAX = 1 << 24, /* real ones stay below 1 MB */
};

struct header {
	uint32_t time;
	uint16_t type, subtype;
	uint32_t len;
};

static struct header
header(struct rd *r)
{
	const uint8_t *p = rd_bytes(r, HEADER_LEN);
	if (p == NULL)
		return (struct header){0};
	return (struct header){
	    be_u32(p), be_u16(p + 4), be_u16(p + 6), be_u32(p + 8)};
}

static bool
plausible(struct rd r)
{
	static const uint8_t highest[] = {[MRT_TABLE_DUMP] = 2,
	    [MRT_TABLE_DUMP_V2] = MRT_RIB_GENERIC_ADDPATH,
	    [MRT_BGP4MP] = 11,
	    [MRT_BGP4MP_ET] = 11};
	struct header h = header(&r);
	return rd_ok(&r) && h.type < sizeof(highest) &&
	       h.subtype <= highest[h.type] && highest[h.type] > 0 &&
	       h.len > 0 && h.len <= RECORD_LEN_MAX;
}

/* A header whose record ends where the file ends or the next one begins. */
static bool
chained(struct rd r)
{
	if (!plausible(r))
		return false;
	struct header h = header(&r);
	rd_skip(&r, h.len);
	return rd_ok(&r) && (r.left < HEADER_LEN || plausible(r));
}

/* Steps to the next believable record, or to the end. */
static void
resynchronise(struct rd *r)
{
	do
		rd_skip(r, 1);
	while (r->left > 0 && !chained(*r));
}

static void
take(const struct header *h, struct rd body, struct mrt_record *record)
{
	*record = (struct mrt_record){.time = h->time,
	    .type = h->type,
	    .subtype = h->subtype,
	    .body = body};
}

/*
 * A record that is cut off, or no record at all: what stands before the next
 * believable one. Whether that begins with a record.
 */
static bool
broken(struct mrt_records *m, struct mrt_record *record)
{
	struct rd at = m->r;
	bool head = plausible(at);
	m->nbroken++;
	m->bad_left = at.left;
	resynchronise(&m->r);
	size_t len = at.left - m->r.left;
	head = head && len > HEADER_LEN;
	if (head) {
		struct header h = header(&at);
		size_t body = len - HEADER_LEN;
		body = h.len < body ? h.len : body;
		take(&h, rd_sub(&at, body), record);
		record->cut = body < h.len;
		len -= HEADER_LEN + body;
		if (!record->cut)
			m->bad_left = at.left;
	}
	m->skipped += len;
	return head;
}

bool
mrt_records_next(struct mrt_records *m, struct mrt_record *record)
{
	while (m->r.left > 0) {
		if (chained(m->r)) {
			struct header h = header(&m->r);
			take(&h, rd_sub(&m->r, h.len), record);
			return true;
		}
		if (broken(m, record))
			return true;
	}
	return false;
}

bool
mrt_record_is(struct rd r)
{
	return plausible(r);
}
