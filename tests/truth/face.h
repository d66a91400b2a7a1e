/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_FACE_H
#define TUMEN_TESTS_TRUTH_FACE_H

#include "tests/truth/walk.h"

/* The interface that a router answers from. */
enum face_role {
	FACE_NONE,    /* no answer */
	FACE_INGRESS, /* by which the probe came */
	FACE_EGRESS,  /* by which it would have gone on */
	FACE_RETURN,  /* by which the reply leaves */
	FACE_LOOPBACK,
	FACE_HOST, /* the target itself */
};

struct face {
	uint32_t addr;
	uint32_t holder; /* of the space: an AS, or GRAPH_NONE */
	enum wire_space space;
	enum face_role role;
};

/* Where replies to one vantage go. */
struct face_world {
	struct wires *wires;
	const struct ground *ground;
	struct routing *home; /* to the vantage's AS */
};

/* Of the router at a hop of a walk. */
struct face
face_of(const struct face_world *f, const struct walk *w, size_t hop);

/* "ingress", "egress", "return", "loopback", "host", "none". */
const char *face_role_name(enum face_role role);

#endif
