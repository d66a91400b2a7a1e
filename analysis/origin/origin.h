/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_ORIGIN_H
#define TUMEN_ORIGIN_ORIGIN_H

#include "probe/base/addr.h"
#include "probe/base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Who originates an address, asked with a time. A set holds dated tables
 * (snapshots); an answer comes from the newest table that is not later than
 * the time asked for and not older than the limit, never from a later one.
 * Look-ups change nothing: any number of threads may ask one set at once.
 */

enum {
	ORIGIN_ASNS_MAX = 8,	  /* more than real MOAS sets ever have */
	ORIGIN_DAYS_MAX = 400,	  /* default age limit of a table, in days */
	ORIGIN_TABLES_MAX = 4096, /* ten years of daily tables in one set */
};

/* Where an answer comes from; an earlier layer hides the later ones. */
enum origin_layer {
	ORIGIN_NONE,
	ORIGIN_RESERVED, /* special-purpose space (RFC 6890): has no origin */
	ORIGIN_IXP,	 /* an exchange point's LAN: votes for no AS */
	ORIGIN_BGP,	 /* announced in BGP at the date of the table */
	ORIGIN_REGISTRY, /* not announced: the registered holder's AS */
	ORIGIN_CURATED,	 /* neither: a row with a source, made by hand */
};

/* What one AS is to another, by the relations that went into a table. */
enum origin_relation {
	ORIGIN_UNRELATED, /* or not known */
	ORIGIN_PROVIDER,
	ORIGIN_CUSTOMER,
	ORIGIN_PEER,
	ORIGIN_ADJACENT, /* seen side by side in AS paths; no more is known */
};

/* Strings live as long as the set. */
struct origin_answer {
	enum origin_layer layer;
	struct prefix prefix; /* that matched; only when layer is not NONE */
	size_t nasns;	      /* 0 for NONE and RESERVED, often for IXP */
	uint32_t asns[ORIGIN_ASNS_MAX];	    /* MOAS: seen by most peers first */
	const char *names[ORIGIN_ASNS_MAX]; /* of the ASNs; NULL: unknown */
	const char *source; /* what says so; NULL when layer is NONE */
	const char *reason; /* why there is no answer; NULL when there is */
	int64_t asof_us;    /* date of the table; -1: no table was asked */
	int64_t days;	    /* from that date to the time asked for; -1 */
};

struct origin_set;
struct snapshot;

/*
 * Opens the named snapshots. With n == 0: every *.origin file of the state
 * directory (/var/lib/tumen/origin), and when there is none, the table that
 * ships: tumen.origin in $TUMEN_DATADIR, beside the program, or
 * where it was installed to. NULL with the fault set when one file is
 * missing or bad, or none is found. The caller closes the set.
 */
struct origin_set *
origin_set_open(const char *const *paths, size_t n, struct fault *f);
void origin_set_close(struct origin_set *set);

/* The tables of a set, newest first (snapshot.h); they belong to it. */
size_t origin_set_tables(
    const struct origin_set *set, const struct snapshot *const **tables);

/* Changes the age limit of tables, in days. */
void origin_set_limit(struct origin_set *set, int64_t days);

/*
 * The date of the table that answers for at_us, and its distance in days.
 * False when no table fits.
 */
bool origin_set_asof(const struct origin_set *set, int64_t at_us,
    int64_t *asof_us, int64_t *days);

/*
 * Fills in the whole answer. True when a layer knows the address; otherwise
 * layer is ORIGIN_NONE and reason says why. Reserved space needs no table, so
 * its asof_us is -1.
 */
bool origin_lookup(const struct origin_set *set, uint32_t addr, int64_t at_us,
    struct origin_answer *answer);

/* The name of an AS in the newest table that has one, or NULL. */
const char *origin_as_name(const struct origin_set *set, uint32_t asn);

/* What a is to b in the table that answers for at_us. */
enum origin_relation origin_relate(
    const struct origin_set *set, uint32_t a, uint32_t b, int64_t at_us);

/*
 * The ASes that an AS has relations with in the table that answers for at_us,
 * ascending, at most room of them in asns; returns how many there are, or -1
 * when no relations of that time are known.
 */
int origin_neighbours(const struct origin_set *set, uint32_t asn,
    int64_t at_us, uint32_t *asns, size_t room);

/* "none", "reserved", "ixp", "bgp", "registry", "curated". */
const char *origin_layer_name(enum origin_layer layer);

#endif
