/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_SILENCE_BUCKET_H
#define TUMEN_TRACE_SILENCE_BUCKET_H

#include "probe/trace/responder_past.h"

/*
 * Loss or a rate limit? The likelihood of what one router was asked and when
 * it answered, under independent loss and under token buckets of many rates
 * and bursts; silence_bucket.c has the model and its priors.
 */

enum { BUCKET_NEW = 32, BUCKET_ASKS = PAST_ASKS + BUCKET_NEW };

/* Loss as counts of a Beta distribution: so many lost, so many not. */
struct bucket_loss {
	double lost, kept;
};

/* Asks as in struct responder_past, ascending. */
struct bucket_case {
	int64_t ask[BUCKET_ASKS];
	uint32_t asks;
	bool whole;		 /* the bucket was full before the first */
	int64_t jitter_ns;	 /* how far the moments may be off */
	struct bucket_loss loss; /* expected before anything was asked */
};

struct bucket_verdict {
	double likelihood;	     /* of all answers and silences */
	double limited[BUCKET_ASKS]; /* of a silence: that no token was there */
	double lost;		     /* expected number of silences by loss */
};

/* Pure; takes well below a millisecond. */
void bucket_judge(const struct bucket_case *c, struct bucket_verdict *v);

#endif
