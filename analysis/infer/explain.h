/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_INFER_EXPLAIN_H
#define TUMEN_INFER_EXPLAIN_H

#include "analysis/infer/infer.h"
#include "analysis/infer/path.h"

#include <stdio.h>

/*
 * Why a verdict is what it is: the best path of owners behind it, which hops
 * decided (the verdict without each of them), and the best path of the next
 * answer with the places where it is worse.
 */

enum {
	EXPLAIN_WITHOUT_MAX = 16, /* hops that matter */
	EXPLAIN_AGAINST_MAX = 6,  /* reasons why the next answer lost */
};

/* What the answer would be had this hop been silent. */
struct explain_without {
	uint8_t ttl;
	uint32_t addr;
	int64_t entry_as; /* -1: unknown */
	double p;	  /* of the verdict's own answer then */
};

/* A spot at which the two paths differ: how much the second is worse. */
struct explain_against {
	double times; /* 20: the verdict's path weighs 20 times as much here */
	uint32_t from, to; /* ASNs of the second there; 0 unknown */
	uint32_t best_from, best_to;
	enum model_param link, sight; /* rows of the second; MODEL_PARAMS */
	enum model_param best_link, best_sight;
	uint8_t ttl;
	bool voted; /* what other traces show counts here, too */
};

struct explain {
	struct verdict verdict;
	struct scene scene;
	struct path path; /* weight 0: there is no answer to explain */
	size_t nwithout;
	struct explain_without without[EXPLAIN_WITHOUT_MAX];
	struct path next; /* weight 0: no other answer is worth a word */
	double next_p;
	size_t nagainst;
	struct explain_against against[EXPLAIN_AGAINST_MAX];
};

/* votes NULL: the trace alone. */
void explain(const struct record *r, const struct basis *basis,
    const struct votes *votes, size_t ballot, struct explain *e);

/* In plain words, and as one JSON object with the verdict in it. */
void explain_text(
    const struct explain *e, const struct origin_set *tables, FILE *out);
void explain_json(const struct explain *e, struct json *j);

#endif
