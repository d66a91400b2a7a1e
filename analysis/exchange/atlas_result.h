/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_ATLAS_RESULT_H
#define TUMEN_EXCHANGE_ATLAS_RESULT_H

#include "analysis/exchange/foreign.h"

/*
 * A traceroute result of RIPE Atlas as its keys tell it, before it is a record:
 * they come in any order, and what a reply means depends on keys outside it.
 * https://atlas.ripe.net/docs/apis/result-format/, all versions of it.
 */

enum {
	ATLAS_LAST_DITCH = 255, /* hop of the probes beyond the gap limit */
	ATLAS_NO_LTS = -2,
};

/* Kinds of objects whose keys are guessed: of foreign.guess. */
enum atlas_guess { GUESS_OBJECT, GUESS_HOP, GUESS_REPLY };

/*
 * What an item of "result" tells beside what stands in its probe, which is the
 * one with the same number in the record.
 */
struct atlas_item {
	uint16_t place;	  /* which hop object of "result", from 0 */
	uint16_t replies; /* to this probe, so far */
	uint8_t hop;	  /* 1..255 */
	bool dup;	  /* one more reply to the probe before */
	bool quotes;	  /* it has what only an ICMP error has */
	bool told;	  /* its "tumen" tells all */
	bool gone;	  /* not for the record */
	uint32_t edst;	  /* the quoted destination, if another one; 0 */
	int32_t late;	  /* so many probes were sent since; 0: on time */
};

struct atlas_result {
	int64_t fw, msm_id, prb_id, timestamp, endtime, paris_id; /* -1 */
	int64_t lts;		   /* ATLAS_NO_LTS; -1: the probe cannot say */
	int af;			   /* 0: untold */
	enum record_method method; /* 0: untold */
	bool has_target, has_result;
	uint32_t target;
	struct json_word dst, from, src, type; /* "": untold */
	struct json_word name;		       /* of the target */
	char error[RECORD_DETAIL_MAX];	       /* of the probe's host */
	char bad[JSON_READ_WHY_MAX];	       /* no IPv4 traceroute, why */
	bool backwards;	      /* the clock was set back: a time is below 0 */
	bool printed;	      /* fw 1: what the command traceroute printed */
	bool own;	      /* of ours: "tumen" tells all */
	char id[UUID_STRLEN]; /* that it says */
	uint16_t places;
	struct json_word last; /* a reply's "from", and its address */
	uint32_t last_addr;
	struct atlas_item item[RECORD_PROBES_MAX];
	struct record_probe told; /* the last item's "tumen", if it has one */
};

/* A dotted quad; false when it is none, then *addr is 0. */
bool atlas_addr(const struct json_word *w, uint32_t *addr);

/*
 * One item more, of a probe of the last trace of f, and its hop object's place
 * and hop; NULL, and broken, when there are too many.
 */
struct record_probe *atlas_item(
    struct json_read *in, struct foreign *f, struct atlas_result *a, int hop);

/* The value of "result", a list of hops, into a and the last trace of f. */
void
atlas_hops(struct json_read *in, struct foreign *f, struct atlas_result *a);

/* The same where it is a text, which firmware 1 has. */
void
atlas_printed(struct json_read *in, struct foreign *f, struct atlas_result *a);

/* The value of "icmpext" as objects of RFC 4884; heap-owned. */
struct record_bytes atlas_ext(struct json_read *in);

/* Makes the last trace of f of a; facts and all. */
void
atlas_trace(struct json_read *in, struct foreign *f, struct atlas_result *a);

/* What ended it, and what a record has no other place for. */
void atlas_stop(struct record *r, const struct atlas_result *a);

/*
 * The values of "tumen" in an item and in the object (shaped.h), and the end of
 * the last trace of f when it has such.
 */
void atlas_own_probe(struct json_read *in, int hop, struct record_probe *p);
void
atlas_own_trace(struct json_read *in, struct atlas_result *a, struct record *r);
void
atlas_own_end(struct json_read *in, struct foreign *f, struct atlas_result *a);

/* Leaves out of the record what is gone of the items. */
void atlas_leave_out(struct record *r, const struct atlas_result *a);

/* A member of an object about a probe; false, and not read, when it is none. */
bool atlas_probe_member(
    struct json_read *in, const struct json_word *key, struct foreign *f);

#endif
