/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_SCAMPER_HEAD_H
#define TUMEN_EXCHANGE_SCAMPER_HEAD_H

#include "analysis/exchange/foreign.h"

/*
 * What scamper's JSON of trace and tracelb (sc_warts2json(1), format 0.1) have
 * in common: who probed whom, how and when.
 */

/* Of an object of either kind, what it could be an address of. */
struct scamper_addr {
	bool told, ipv6; /* not told: the "*" of tracelb */
	uint32_t addr;
};

enum scamper_number {
	SCAMPER_USERID,
	SCAMPER_SPORT,
	SCAMPER_DPORT,
	SCAMPER_ICMP_SUM,
	SCAMPER_STOP_DATA,
	SCAMPER_HOP_COUNT,
	SCAMPER_ATTEMPTS,
	SCAMPER_FIRSTHOP,
	SCAMPER_PROBE_COUNT,
	SCAMPER_NUMBERS
};

enum { SCAMPER_WORD_MAX = 31, SCAMPER_TEXT_MAX = 255 };

struct scamper_head {
	bool tracelb;
	char version[SCAMPER_WORD_MAX + 1], method[SCAMPER_WORD_MAX + 1];
	char stop_reason[SCAMPER_WORD_MAX + 1];
	char monitor[SCAMPER_TEXT_MAX + 1], errmsg[SCAMPER_TEXT_MAX + 1];
	struct scamper_addr src, dst;
	int64_t start_us; /* -1: not there */
	int64_t number[SCAMPER_NUMBERS];
};

struct scamper_head scamper_head_make(bool tracelb);

/* Reads the member's value when it is one of the head's, else returns false. */
bool scamper_head_member(struct json_read *in, const struct json_word *key,
    struct scamper_head *head);

/* An IPv4 address in IPv6 form (::ffff:192.0.2.1, as M-Lab has it) is IPv4. */
struct scamper_addr scamper_addr_read(struct json_read *in);

/* {"sec","usec","ftime"} in microseconds since 1970, sec at most sec_max. */
int64_t scamper_time_read(struct json_read *in, int64_t sec_max);

/* "IPv6 trace" in f, and no trace of ours, when it is one. */
bool scamper_head_ipv6(const struct scamper_head *head, struct foreign *f);

/* Looks whether it tells what a record needs; sets the vantage, its facts. */
void scamper_head_check(
    struct json_read *in, const struct scamper_head *head, struct foreign *f);

/*
 * Fills all of r but stop and probes. flow: of a trace, -1; of tracelb a
 * flowid, which is the port or checksum that its method varies.
 */
void scamper_head_record(const struct scamper_head *head,
    const struct foreign *f, int64_t flow, struct record *r);

/* The stop of a trace, with scamper's word for it and what else it tells. */
void scamper_head_stop(const struct scamper_head *head, struct record *r);

/* For foreign_end(): what identifies it beside the record's own. */
enum { SCAMPER_IDENTITY_MAX = 127 };
char *scamper_head_identity(const struct scamper_head *head,
    char text[static SCAMPER_IDENTITY_MAX + 1]);

/* Says in stop_detail that n probes have no place in a record. */
void scamper_left_out(struct record *r, size_t n);

#endif
