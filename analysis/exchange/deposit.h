/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_DEPOSIT_H
#define TUMEN_EXCHANGE_DEPOSIT_H

#include "analysis/exchange/foreign.h"
#include "sql/facts.h"
#include "sql/keys.h"

/*
 * What was read of a file on its way into a database, in large transactions
 * (load.h): traces; facts about vantages, each asked for once; and what could
 * not be read or is refused, which is kept in table broken.
 *
 * Refused is a trace with the key of a stored one and other content, one that
 * no reader could take back, and one of a vantage that has a key; refused is as
 * well, fact by fact, what is of a vantage whose id (31 bits of a hash) another
 * one has. It holds up no other.
 */
struct deposit;

/* Where in a file an object stands. */
struct deposit_place {
	enum exchange_format format;
	int64_t offset, octets, line; /* as in struct exchange_broken */
};

struct deposit_told {
	struct deposit_place at;
	const char *why; /* until the call is over */
};

struct deposit_to {
	struct store *store;
	const struct keys *keys; /* NULL none */
	const char *file;	 /* what is in table broken */
	/* Told of each that is refused, some time after it was handed over. */
	void (*told)(void *arg, const struct deposit_told *what);
	void *arg;
};

struct deposit_count {
	int64_t added, present, refused, facts; /* facts: that are new */
};

/* Borrows all that `to` names. */
struct deposit *deposit_open(const struct deposit_to *to);

/* Throws away what is not stored yet. NULL is fine. */
void deposit_free(struct deposit *d);

/* These are false when the database fails; then only to free is left. */
bool deposit_trace(struct deposit *d, const struct record *r,
    const struct deposit_place *at, struct fault *f);
bool deposit_fact(struct deposit *d, const char *vantage,
    const struct fact *fact, const struct deposit_place *at, struct fault *f);

/* Its file and at_us are set here. */
bool deposit_broken(
    struct deposit *d, const struct store_broken *b, struct fault *f);

/* Stores all that was handed over. */
bool deposit_flush(struct deposit *d, struct fault *f);

/* After deposit_flush() it is complete. */
struct deposit_count deposit_count(const struct deposit *d);

#endif
