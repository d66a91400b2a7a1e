/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/foreign.h"
#include "analysis/exchange/shaped.h"
#include "probe/base/record_json.h"
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

static void
same_bytes(struct wr *a, struct wr *b)
{
	require(a->len == b->len && memcmp(a->p, b->p, a->len) == 0);
	wr_free(a);
	wr_free(b);
}

/* Packed, unpacked and packed again it is the same. */
static void
packs(const struct record *r)
{
	struct record back = {.start_us = r->start_us};
	struct wr w = {0}, again = {0};
	record_pack(r, &w);
	require(record_unpack(w.p, w.len, &back));
	record_pack(&back, &again);
	same_bytes(&w, &again);
	record_clear(&back);
}

/* And so it is when it was printed in scamper's shape and read from there. */
static void
comes_back(const struct record *r, struct foreign *f)
{
	struct json j = {0}, one = {0}, other = {0};
	require(shaped_scamper(r, &j));
	struct json_read in =
	    json_read_make((const char *)j.out.p, j.out.len, true);
	scamper_read(&in, f);
	require(json_read_ok(&in) && f->n == 1 && f->format == FORMAT_TUMEN);
	record_json(r, &one);
	record_json(&f->record[0], &other);
	same_bytes(&one.out, &other.out);
	record_pack(r, &one.out);
	record_pack(&f->record[0], &other.out);
	same_bytes(&one.out, &other.out);
	wr_free(&j.out);
}

/* Cut off anywhere, it is not more than short. */
static void
goes_on(const char *text, size_t len, struct foreign *f)
{
	struct json_read in = json_read_make(text, len / 2, false);
	scamper_read(&in, f);
	require(in.state != JSON_READ_BROKEN);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct foreign f = {.hints.start_us = -1}, back = {0};
	struct json_read in = json_read_make((const char *)bytes, len, true);
	scamper_read(&in, &f);
	if (json_read_ok(&in)) {
		require((f.n > 0) != (f.other[0] != '\0'));
		for (size_t i = 0; i < f.n; i++) {
			packs(&f.record[i]);
			comes_back(&f.record[i], &back);
		}
		goes_on((const char *)bytes, len, &back);
	} else {
		require(in.why[0] != '\0');
	}
	foreign_free(&f);
	foreign_free(&back);
	return 0;
}
