/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/foreign.h"
#include "analysis/exchange/shaped.h"
#include "probe/base/record_pack.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

/* A record that was read can be stored, and what is stored is the same. */
static void
pack_and_unpack(const struct record *r, struct wr *packed)
{
	struct record back = *r;
	struct wr again = {0};
	back.probes = NULL;
	back.nprobes = 0;
	back.source = (struct record_source){0};
	record_pack(r, packed);
	require(record_unpack(packed->p, packed->len, &back));
	require(back.nprobes == r->nprobes);
	record_pack(&back, &again);
	require(again.len == packed->len &&
		memcmp(again.p, packed->p, again.len) == 0);
	wr_free(&again);
	record_clear(&back);
}

/* It is written in the shape of RIPE Atlas and read again as it was. */
static void
write_and_read(const struct record *r, const struct wr *packed)
{
	struct foreign f = {0};
	struct json j = {0};
	struct wr again = {0};
	uint8_t id[UUID_LEN], other[UUID_LEN];
	require(shaped_atlas(r, &j));
	char *text = json_take(&j);
	struct json_read in = json_read_make(text, strlen(text), true);
	atlas_read(&in, &f);
	require(json_read_ok(&in) && in.p == in.end && f.n == 1);
	record_id(r, id);
	record_id(&f.record[0], other);
	require(memcmp(id, other, UUID_LEN) == 0);
	record_pack(&f.record[0], &again);
	require(again.len == packed->len &&
		memcmp(again.p, packed->p, again.len) == 0);
	wr_free(&again);
	foreign_free(&f);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct foreign f = {0};
	struct json_read in =
	    json_read_make((const char *)bytes, len, len % 2 == 0);
	atlas_read(&in, &f);
	require(in.state != JSON_READ_BROKEN || in.why[0] != '\0');
	for (size_t i = 0; json_read_ok(&in) && i < f.n; i++) {
		struct record *r = &f.record[i];
		struct wr packed = {0};
		free(r->source.text);
		r->source = (struct record_source){0};
		pack_and_unpack(r, &packed);
		write_and_read(r, &packed);
		wr_free(&packed);
	}
	foreign_free(&f);
	return 0;
}
