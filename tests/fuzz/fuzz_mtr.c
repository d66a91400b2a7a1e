/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/foreign.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

/* What a record promises, whatever the file said. */
static void
check(const struct foreign *f, const struct record *r)
{
	require(f->n == 1 && r->epoch == 0);
	require(r->seq >= 1 && r->seq < UINT64_C(1) << 53);
	require(r->vantage[0] != '\0' && r->nprobes <= RECORD_TTL_MAX);
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		require(p->ttl >= 1 && p->ttl <= RECORD_TTL_MAX);
		require(i == 0 || p[-1].ttl < p->ttl);
		require(p->answered == (p->silent == 0));
		require(p->rtt_ns == -1 || (p->answered && p->rtt_ns > 0));
	}
}

/* One struct for all objects, as exchange_read() has; whole and cut off. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct foreign f = {.hints.start_us = 1};
	/* Of its own, so that a read behind it is seen. */
	char *text = malloc(len == 0 ? 1 : len);
	require(text != NULL);
	memcpy(text, bytes, len);
	for (int last = 0; last < 2; last++) {
		struct json_read in = json_read_make(text, len, last == 1);
		mtr_read(&in, &f);
		require(in.state != JSON_READ_SHORT || last == 0);
		if (json_read_ok(&in) && f.other[0] == '\0')
			check(&f, &f.record[0]);
	}
	free(text);
	return 0;
}
