/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_RECORD_MODEL_H
#define TUMEN_BASE_RECORD_MODEL_H

#include "probe/base/bits.h"
#include "probe/base/record.h"

/* What both sides of a packed record of version 2 go by (record_pack.h). */

#define RECORD_NS_MAX (INT64_MAX / 2) /* of a stamp or a round trip */
enum { RECORD_VERSION = 2 };

/* Orders of Golomb codes. */
enum {
	RECORD_ORDER_DROPS = 1,
	RECORD_ORDER_EXT = 3,
	RECORD_ORDER_PROBES = 4,
	RECORD_ORDER_DURATION = 20,
};

/*
 * What is the same of most probes, from the lowest bit: the flags, 4 bits of
 * the proof (1..3), 3 + the silence, or 11, an untold proof, then quoted_tos,
 * icmp_type, icmp_code and tcp_flags in 9 bits each, plus 1. 0: no legal probe.
 */
enum {
	SHAPE_SENT = 1, /* has tx_ns */
	SHAPE_LATE = 2,
	SHAPE_TIMED = 4, /* has rtt_ns */
	SHAPE_TTL = 8,
	SHAPE_EXT = 16,
	SHAPE_IPID = 32,
	SHAPE_IPID_SET = 64,   /* and it is not 0 */
	SHAPE_QUOTE = 128,     /* has quoted_ttl */
	SHAPE_QUOTE_ODD = 256, /* and it is not what was expected */
	SHAPE_BITS = 49,
};
uint64_t record_shape(const struct record_probe *p, int quoted_ttl_expected);

/*
 * The probe of a shape: its numbers are missing, what stands for it is there.
 * False when no probe can have it.
 */
bool record_shaped(uint64_t shape, struct record_probe *p);

/* The last values that were used, each one once, the last one first. */
enum { RECENT_MAX = 64 };
struct recent {
	uint64_t at[RECENT_MAX];
	unsigned n;
};

/* How many were used since; n when it is not there. */
unsigned recent_find(const struct recent *r, uint64_t v);

/* Value i is used (again); i is n: v, which is new. */
void recent_use(struct recent *r, unsigned i, uint64_t v);

enum record_place { PLACE_TTL, PLACE_ATTEMPT, PLACE_REPLY, PLACE_OTHER };
enum record_lap { LAP_REPLY, LAP_ATTEMPT, LAP_TTL, LAPS };
enum { ORIGINS = 4, STEPS = 3 };

/* Whether all stamps, and all round trips, are whole microseconds. */
struct record_unit {
	bool tx_us, rtt_us;
};
struct record_unit record_unit(const struct record *r);

struct record_model {
	struct recent shape, addr;
	uint8_t ttl, attempt, reply_no; /* of the probe before */
	struct record_unit unit;
	uint64_t sent; /* all stamps in its unit, modulo 2^64 */
	uint64_t first, steps[STEPS], pause;
	uint8_t sent_ttl;
	int64_t rtt;
	struct bits_sort laps[LAPS], rtts;
	unsigned origin; /* of the last reply_ttl, below ORIGINS */
	int bend;
	uint32_t quoted_addr;	   /* of the last answer */
	int quoted_ttl, quoted_at; /* at ttl quoted_at; -1 none */
	const struct record_bytes *ext;
};

/* Needs src and start_us of r. */
void record_model_open(
    struct record_model *m, const struct record *r, struct record_unit unit);

/* Where p stands after the probe before; and that it was the last one. */
enum record_place
record_place(const struct record_model *m, const struct record_probe *p);
void record_placed(struct record_model *m, const struct record_probe *p);

/* What kind of stamp p has; what it should be; and that it was this one. */
enum record_lap
record_lap(const struct record_model *m, const struct record_probe *p);
uint64_t record_stamp(const struct record_model *m, enum record_lap lap);
void record_stamped(
    struct record_model *m, uint8_t ttl, enum record_lap lap, uint64_t stamp);

/*
 * What the quoted_ttl of an answer should be: 1, or as much beyond that of the
 * last answer as the ttl, if that is from the same address: a target gets what
 * ran beyond it. And that this was the answer.
 */
int record_quoted(const struct record_model *m, const struct record_probe *p);
void record_answered(struct record_model *m, const struct record_probe *p);

/* Which origin a reply_ttl of 0..255 has, and the ttl that one sends with. */
unsigned record_origin(int reply_ttl);
int record_origin_ttl(unsigned origin);

/* Octet i of the last extension, 0 where it has none. */
uint8_t record_ext_at(const struct record_model *m, size_t i);

#endif
