/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_MANIFEST_H
#define TUMEN_EXCHANGE_MANIFEST_H

#include "analysis/exchange/foreign.h"
#include "analysis/origin/keymap.h"

/* What a file holds, as it goes by. Start from {0}. */

enum {
	MANIFEST_KINDS = 32,	  /* of objects without a trace; the rest is one
				     more */
	MANIFEST_VANTAGES = 8,	  /* the first ones, by name */
	MANIFEST_KNOWN = 1 << 20, /* vantages that are counted right */
};

struct manifest_kind {
	enum exchange_format format;
	char what[FOREIGN_OTHER_MAX + 1]; /* "ping", "verdict" */
	int64_t n;
};

struct manifest {
	int64_t traces[FORMATS], others[FORMATS], broken[FORMATS];
	int64_t outside; /* of the traces, those that were not wanted */
	int64_t unkept;	 /* of the traces, those of a text that is too long */
	struct manifest_kind kind[MANIFEST_KINDS + 1];
	size_t nkinds;
	char vantage[MANIFEST_VANTAGES][RECORD_NAME_MAX + 1];
	struct keymap vantages;
	int64_t probes, answered;	      /* further replies included */
	int64_t nvantages, first_us, last_us; /* of the wanted traces */
};

/* Who observed it, and when; the caller counts traces and broken[]. */
void manifest_trace(struct manifest *m, const struct record *r);
void manifest_other(
    struct manifest *m, enum exchange_format format, const char *what);
void manifest_clear(struct manifest *m);

/* Of all formats. */
int64_t manifest_traces(const struct manifest *m);
int64_t manifest_others(const struct manifest *m);
int64_t manifest_broken(const struct manifest *m);

#endif
