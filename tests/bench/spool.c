/* SPDX-License-Identifier: ISC */
#include "probe/base/opt.h"
#include "sql/segment.h"
#include "tests/truth/truth.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

/*
 * spool DIR TRACES PER_SEGMENT SEED [VANTAGE]: a spool of sealed segments with
 * the traces of a generated world, as if one vantage had made them all.
 */
static bool
fill(struct segment *s, struct truth *t, long n, long per)
{
	struct fault f = {0};
	for (long i = 0; i < n; i++) {
		struct record r = truth_next(t)->record;
		segment_name(s, r.vantage);
		r.epoch = segment_epoch(s);
		r.seq = segment_next_seq(s);
		if (!segment_add(s, &r, &f) ||
		    ((i + 1) % per == 0 && !segment_seal(s, &f)))
			return opt_fail(&f) == EX_OK;
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct fault f = {0};
	if (argc < 5) {
		fputs("spool DIR TRACES PER_SEGMENT SEED [VANTAGE]\n", stderr);
		return EX_USAGE;
	}
	return 0;
}
