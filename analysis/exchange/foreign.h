/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_FOREIGN_H
#define TUMEN_EXCHANGE_FOREIGN_H

#include "analysis/exchange/json_name.h"
#include "probe/base/record.h"

/*
 * What one object of a file was: traces, facts about who observed them, or
 * something else. The same struct is used from object to object.
 *
 * A trace of another tool becomes a record as its own format defines it:
 * - What the format does not tell is missing (-1; ports 0, src 0.0.0.0: null
 *   in JSON), never guessed; foreign_lacks() names it. A proof nobody tells is
 *   PROOF_UNTOLD, a missing answer SILENT_UNKNOWN unless the tool says why.
 * - Its key: epoch 0, for "not numbered", and seq, a hash of what identifies
 *   it (foreign_number()): the same trace again is the same row, whatever
 *   file it comes in.
 * - prefix is targets' announced /24; campaign "", run -1.
 * - tool says what made it ("ripe-atlas 5080", "scamper 0.1", "mtr").
 * - The object itself is kept as record.source, so nothing of it is lost.
 */

enum exchange_format {
	FORMAT_UNKNOWN,
	FORMAT_TUMEN,
	FORMAT_ATLAS,
	FORMAT_SCAMPER,
	FORMAT_MTR,
	FORMATS
};

enum { FACT_NAME_MAX = 23, FACT_VALUE_MAX = 127, FACTS_MAX = 24 };
enum { FOREIGN_OTHER_MAX = 63, FOREIGN_GUESSES = 3 };

/*
 * Something about a vantage that a file tells: platform (ripe-atlas, scamper,
 * mtr), probe, address, local-address, firmware, measurement, asn, country,
 * latitude, longitude, description, monitor, user. A set: an address that
 * changed is two facts.
 */
struct fact {
	char name[FACT_NAME_MAX + 1];
	char value[FACT_VALUE_MAX + 1]; /* UTF-8, not "" */
};

/* What the caller knows and a format may lack. */
struct foreign_hints {
	const char *vantage; /* where the format names none; NULL */
	int64_t start_us;    /* where it has no times (mtr); -1 */
};

struct foreign {
	struct foreign_hints hints;
	enum exchange_format format;
	size_t n, room;
	struct record *record;		   /* [0..n): the traces, by flow */
	size_t *probes_room;		   /* of each; foreign.c's alone */
	char vantage[RECORD_NAME_MAX + 1]; /* that the facts are about */
	size_t nfacts;
	struct fact fact[FACTS_MAX];
	/* n is 0: what it is instead ("ping", "IPv6 traceroute"), or "". */
	char other[FOREIGN_OTHER_MAX + 1];
	struct json_guess guess[FOREIGN_GUESSES]; /* a reader's alone */
};

/* Forgets the last object, not the hints; what was allocated is used again. */
void foreign_reset(struct foreign *f);
void foreign_free(struct foreign *f);

/* One trace more, empty: run, port -1, nothing else. Valid until the next. */
struct record *foreign_trace(struct foreign *f);

/*
 * One probe more of what foreign_trace() gave last (nobody else lengthens it),
 * unanswered and SILENT_UNKNOWN, valid until the next; NULL: RECORD_PROBES_MAX.
 */
struct record_probe *foreign_probe(struct foreign *f, int ttl, int attempt);

/*
 * Sets f->vantage to "family-name" (family NULL: name), made legal as names in
 * configurations are: capitals become small, what else is not of a-z 0-9 . _ -
 * becomes '-', and what is too long ends in 8 digits of its hash.
 */
void foreign_vantage(struct foreign *f, const char *family, const char *name);

/* Adds a fact, cut when it is too long; not "", nor one that is there. */
void foreign_fact(struct foreign *f, const char *name, const char *value);
void foreign_fact_octets(
    struct foreign *f, const char *name, const char *value, size_t len);

/*
 * The rest of a trace of another tool: prefix, epoch and seq (53 bits of the
 * SipHash-2-4, with a key that everybody has, of format, vantage, start,
 * target, method, flow, ports and the text `identity`), and foreign_sort().
 */
void foreign_end(struct foreign *f, struct record *r, const char *identity,
    struct json_read *in);

/* The probes' order; broken, with the reason, when two have one place. */
void foreign_sort(struct record *r, struct json_read *in);

/* "atlas", "scamper", "mtr", "tumen"; and which of these it is. */
const char *foreign_format_name(enum exchange_format format);

/* What its traces never have, as words of tumen-record(5); NULL ends it. */
const char *const *foreign_lacks(enum exchange_format format);

/*
 * Readers: the object that in stands before into f, all of it. The caller
 * looks at in: SHORT, BROKEN (then f means nothing), or OK.
 */
typedef void foreign_reader(struct json_read *in, struct foreign *f);
foreign_reader tumen_read;   /* records "trace", "reply", others */
foreign_reader atlas_read;   /* results of RIPE Atlas, and its probes */
foreign_reader scamper_read; /* sc_warts2json: trace, tracelb, others */
foreign_reader mtr_read;     /* mtr --json */

#endif
