/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_INFER_PATH_H
#define TUMEN_TESTS_INFER_PATH_H

#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "probe/base/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * A path as a text, one word a TTL: an address, "*" for silence, or an address
 * with "!code" for an unreachable. The target answers as itself.
 */
static inline struct record
infer_path(const char *target, const char *day, const char *hops)
{
	struct record r = {.vantage = "sel",
	    .method = METHOD_UDP,
	    .run = -1,
	    .port = -1,
	    .epoch = 1,
	    .seq = 1,
	    .stop = STOP_GAP};
	char *text = xstrdup(hops), *save = NULL;
	assert_true(addr_parse(target, &r.target));
	r.prefix = (struct prefix){r.target & prefix_mask(24), 24};
	assert_true(clock_parse_us(day, &r.start_us));
	r.probes = xcalloc(RECORD_TTL_MAX, sizeof(*r.probes));
	for (char *w = strtok_r(text, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save)) {
		struct record_probe *p = &r.probes[r.nprobes++];
		*p = (struct record_probe){.ttl = (uint8_t)r.nprobes,
		    .attempt = 1,
		    .tx_ns =
			(r.start_us + (int64_t)(r.nprobes - 1) * 10000) * 1000,
		    .rtt_ns = *w == '*' ? -1 : 5000000,
		    .silent = SILENT_UNKNOWN};
		char *bang = strchr(w, '!');
		if (*w == '*')
			continue;
		if (bang != NULL)
			*bang = '\0';
		assert_true(addr_parse(w, &p->addr));
		p->answered = true;
		p->silent = 0;
		p->proof = PROOF_BOTH;
		p->icmp_type = bang || p->addr == r.target ? 3 : 11;
		p->icmp_code = bang ? (int16_t)atoi(bang + 1) : 0;
		if (bang != NULL)
			r.stop = STOP_UNREACHABLE;
		if (p->addr == r.target)
			r.stop = STOP_REACHED;
	}
	free(text);
	return r;
}

#endif
