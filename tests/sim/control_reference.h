/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_CONTROL_REFERENCE_H
#define TUMEN_TESTS_CONTROL_REFERENCE_H

#include "analysis/control/control_runs.h"

/*
 * The fold of the control plane once more, for tests: a reference that looks at
 * every peer again in every second, slowly and without a queue.
 */
enum { PEERS = 9, TRACKS = 6, TURNS = 512, SETTLE = 60, LAPSE = 3600 };

struct ref_holder {
	bool has;
	int64_t arrived, left, gone; /* seconds; -1 */
};

struct ref_belief {
	size_t percent, top, n;
	bool held;
	struct turn turn[TURNS];
};

struct ref_track {
	enum track_kind kind;
	uint32_t asn;
	size_t nbeliefs;
	struct ref_belief belief[BELIEFS];
	struct ref_holder holder[PEERS];
	bool left, arrived, forgotten;
};

struct reference {
	struct ref_track track[TRACKS];
	bool known[PEERS], remembered[PEERS], had[PEERS];
	int64_t silent[PEERS], began, settle;
};

/* upstream 0: the peer goes silent; withdrawn otherwise when origin is 0. */
struct told {
	int64_t at;
	uint32_t peer, upstream, origin;
	bool silent;
};

/* The rows, by time, as the program gets them; afterwards the turns of every
 * belief are in the tracks. */
void ref_fold(struct reference *r, const struct told *row, size_t n);

#endif
