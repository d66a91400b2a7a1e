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
 * (snapshots), in which each layer comes at its own pace: it is asked in the
 * newest table that has it, is not later than the time asked for and not older
 * than the limit; never in a later one. Look-ups change nothing: any number of
 * threads may ask one set at once. origin_ases.h answers about ASes.
 */

enum {
	ORIGIN_ASNS_MAX = 8,	  /* more than real MOAS sets ever have */
	ORIGIN_DAYS_MAX = 400,	  /* default age limit of a table, in days */
	ORIGIN_TABLES_MAX = 4096, /* ten years of daily tables in one set */
	ORIGIN_REASON_LEN = 256,  /* room for any origin_reason() */
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

/* Why there is no answer. */
enum origin_refusal {
	ORIGIN_ANSWERED,
	ORIGIN_NO_TABLE,  /* the set is empty */
	ORIGIN_ALL_LATER, /* every table is later than the time */
	ORIGIN_ALL_OLD,	  /* the newest one not later is beyond the limit */
	ORIGIN_UNKNOWN,	  /* no layer that was asked knows the address */
};

/* Strings live as long as the set. */
struct origin_answer {
	enum origin_layer layer;
	struct prefix prefix; /* that matched; only when layer is not NONE */
	size_t nasns;	      /* 0 for NONE and RESERVED, often for IXP */
	uint32_t asns[ORIGIN_ASNS_MAX];	    /* MOAS: seen by most peers first */
	const char *names[ORIGIN_ASNS_MAX]; /* of the ASNs; NULL: unknown */
	const char *source;	/* what says so; NULL when layer is NONE */
	int64_t source_asof_us; /* the date it gives for itself; -1: none */
	int64_t asof_us;	/* date of the table; see origin_lookup() */
	int64_t days; /* from that date to the time asked for; -1: no table */
	enum origin_refusal refusal;
	int64_t limit_days, at_us;   /* what was asked, for origin_reason() */
	enum origin_layer old_layer; /* not asked: beyond the limit; NONE */
	int64_t other_us;	     /* date of its table, or of the earliest */
};

struct origin_set;
struct snapshot;

/*
 * Opens the named snapshots. With n == 0: every *.origin file of the state
 * directory (/var/lib/tumen/origin), and when there is none, the table that
 * ships: tumen.origin in $TUMEN_DATADIR, beside the program, or where it was
 * installed to. Bases are looked for among them and beside each file. NULL with
 * the fault set when a file or base is missing or bad, or there is no table.
 */
struct origin_set *
origin_set_open(const char *const *paths, size_t n, struct fault *f);

/*
 * The same for questions about one time: of the files that cannot answer for it
 * only the head is read. Damage in a head is a fault, elsewhere only if needed.
 */
struct origin_set *origin_set_open_at(
    const char *const *paths, size_t n, int64_t at_us, struct fault *f);
void origin_set_close(struct origin_set *set);

/* The tables of a set, newest first (snapshot.h); they belong to it. */
size_t origin_set_tables(
    const struct origin_set *set, const struct snapshot *const **tables);

/* The name of an AS in the newest table that has one, or NULL. */
const char *origin_as_name(const struct origin_set *set, uint32_t asn);

/* Changes the age limit of tables, in days. */
void origin_set_limit(struct origin_set *set, int64_t days);

/*
 * The date of the table whose BGP layer (of any, where none has one) answers
 * for at_us, and its distance in days. False when none fits.
 */
bool origin_set_asof(const struct origin_set *set, int64_t at_us,
    int64_t *asof_us, int64_t *days);

/*
 * Fills in the whole answer. True when a layer knows the address; otherwise
 * layer is ORIGIN_NONE and refusal says why. asof_us is the date of the table
 * that answered; when none did, of the newest one not later than at_us; -1 for
 * reserved space, which needs no table, and when there is none.
 */
bool origin_lookup(const struct origin_set *set, uint32_t addr, int64_t at_us,
    struct origin_answer *answer);

/*
 * Why there is no answer, with dates, distance and limit, written into text,
 * which is returned; NULL when there is one.
 */
const char *origin_reason(
    const struct origin_answer *answer, char text[static ORIGIN_REASON_LEN]);

/* "none", "reserved", "ixp", "bgp", "registry", "curated". */
const char *origin_layer_name(enum origin_layer layer);

#endif
