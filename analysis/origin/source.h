/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_SOURCE_H
#define TUMEN_ORIGIN_SOURCE_H

#include "analysis/origin/origin.h"
#include "probe/base/hash.h"

/* What happened to the records of a source: kept, left out and why, remarks. */
enum source_count {
	COUNT_ROWS,	 /* kept */
	COUNT_SYNTAX,	 /* not understood */
	COUNT_IPV6,	 /* left out: this project is about IPv4 */
	COUNT_DEFAULT,	 /* the default route */
	COUNT_BOGON,	 /* wholly inside special-purpose space (RFC 6890) */
	COUNT_NO_ORIGIN, /* no AS path, an empty one, or AS 0 */
	COUNT_NO_HOLDER, /* registry: the holder has no AS */
	COUNT_STATUS,	 /* registry: available or reserved, not in use */
	COUNT_DELETED,	 /* exchange points: no longer there */
	COUNT_OUTSIDE,	 /* exchange points: a member outside every LAN */
	COUNT_OTHER,	 /* record types that say nothing about addresses */
	COUNT_MULTICAST, /* routes for multicast only */
	COUNT_LOCAL,	 /* updates that the collector itself sent */
	COUNT_WITHDRAWN, /* routes that an update took back */
	COUNT_SESSION,	 /* changes of a session's state */
	COUNT_TRUNCATED, /* records cut off by their own or the file's length */
	COUNT_SKIPPED,	 /* bytes stepped over to find the next record */
	COUNT_FULL,	 /* the table is full */
	COUNT_OVERLAP,	 /* kept: partly overlaps the range before it */
	COUNT_AS_SET,	 /* kept: some path ends in a set of ASes */
	COUNT_LINKS,	 /* kept: pairs of ASes side by side in paths */
	COUNT_UPSTREAMS, /* kept: ASes before an origin that was asked for */
	COUNT_MOAS,	 /* kept: has several origins */
	COUNT_MOAS_CUT,	 /* kept: had more origins than an answer holds */
	COUNT_PRIVATE,	 /* kept: without a reserved ASN beside the others */
	COUNT_ALL_PRIVATE, /* kept: has reserved ASNs alone */
	COUNT_AS_TRANS,	   /* remark: AS 23456 (RFC 6793) is an origin */
	COUNT_NO_ORG,	   /* remark: an AS whose organisation is not told */
	COUNT_NAME_DATE,   /* remark: its date is the one in its file's name */
	COUNT_KINDS,
};

/* Where rows come from. All strings are heap-owned; NULL: not known. */
struct source {
	char *name;  /* the file, without its folder */
	char *kind;  /* "mrt", "ranges", ... */
	char *title; /* what the file calls itself */
	char *licence;
	char *credits;	 /* whom its licence wants named */
	int64_t asof_us; /* -1: neither the file nor its name says */
	uint64_t bytes;
	uint8_t sha256[HASH_SHA256_LEN];
	enum origin_layer layer;
	uint64_t counts[COUNT_KINDS];
};

/* "rows", "syntax", "default-route", ... */
const char *source_count_name(enum source_count count);

/*
 * Takes "key: value" of a comment: title, licence (or license), credits (or
 * vendor), as-of, generated (a date as in mail). Other keys and comments are no
 * error; a second value replaces the first.
 */
void source_remark(struct source *s, const char *text);

/*
 * A day of 1995 to 2100, "20221029" or "2022-10-29", as microseconds since 1970
 * (UTC); nothing may follow it.
 */
bool source_day(const char *text, int64_t *us);

/*
 * Dates a source that does not say its date by its name, and remarks that:
 * YYYYMMDD or YYYY-MM-DD (also with _), with .HHMM or -HHMM behind it, else
 * YYYYMM, the first of the month.
 */
void source_date_by_name(struct source *s);

/* Frees what the source owns; the struct is the caller's. */
void source_clear(struct source *s);

#endif
