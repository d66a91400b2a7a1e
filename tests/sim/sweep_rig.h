/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_SWEEP_RIG_H
#define TUMEN_TESTS_SWEEP_RIG_H

#include "probe/trace/pace.h"
#include "probe/trace/sweep.h"
#include "tests/sim/play.h"
#include "tests/sim/random.h"

/*
 * A sweep on a virtual clock and a played network, driven as the real driver
 * does it: paced, built to bytes, parsed from bytes.
 */

/* A reply on its way, or (len 0) the stamp of a probe that left. */
struct rig_event {
	int64_t at_ns, stamp_ns;
	uint32_t handle;
	uint16_t len;
	uint8_t *bytes;
};

/* When somebody in a /30 had to answer a probe: a router with four interfaces
 * has one limit. */
struct rig_ask {
	uint32_t addr;
	int64_t at_ns;
};

struct rig {
	struct play *play;
	const char *text; /* of the scenario */
	uint64_t seed;
	struct random random;
	struct build *build;
	struct key key;
	struct sweep_config config;
	enum record_method method;
	uint32_t rate;		/* packets a second in all */
	uint32_t unsent;	/* sends that fail, per million */
	int64_t stamp_delay_ns; /* at most */
	uint32_t *target;
	size_t targets;

	struct sweep *sweep;
	struct pace pace;
	int64_t now_ns, begun_ns;
	struct rig_event *event; /* a heap */
	size_t events, event_room;
	struct rig_ask *ask;
	size_t asks, ask_room;
	size_t limited, stray; /* probes refused a token; replies not taken */
	struct record *record; /* by seq - 1 */
	struct sweep_join *join;
	size_t records;
	struct sweep_saved saved;
	struct play_reply truth[PLAY_REPLIES];
};

/* All 1 << bits addresses from `first` on; the text is borrowed. */
void rig_open(struct rig *g, const char *text, uint64_t seed);
void rig_targets(struct rig *g, uint32_t first, unsigned bits);
void rig_close(struct rig *g);

/* Runs to the end, or until a time (0: none); false: nothing would happen. */
bool rig_run(struct rig *g, int64_t until_ns);

/* Takes what is left of an aborted sweep. */
void rig_abort(struct rig *g, int error);

/* Probes that one router had to answer within one second, at most. */
size_t rig_peak(struct rig *g, uint32_t *addr);

/* What the records and their joins show against the truth. */
struct rig_score {
	size_t hops;  /* that answer, of all targets up to their end */
	size_t found; /* probed and answered, or completed by the join */
	size_t wrong; /* another address than the true one, own or joined */
	size_t wrong_own;
	size_t uneven; /* records whose stop says what was not probed */
};
struct rig_score rig_score(struct rig *g);

/* A scenario file as a text; ends the program when there is none. */
char *rig_load(const char *path);

#endif
