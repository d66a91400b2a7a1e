/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_TARGETS_H
#define TUMEN_CAMPAIGN_TARGETS_H

#include "probe/base/addr.h"
#include "probe/base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TARGETS_MAX = 4096, TARGET_PORTS_MAX = 4, TARGETS_PORT = 80 };

/* A /16: what one sweep may take on, and what its memory is laid out for. */
enum { TARGETS_SWEEP_MAX = 65536 };

/* A host of the built-in list: seen to answer between 2012 and 2026. */
struct target {
	uint32_t addr;
	uint16_t port[TARGET_PORTS_MAX]; /* TCP services seen open; 0 none */
	const char *what;
};

/*
 * The seed list, by address. It is what was published, not the truth of today:
 * verify it again from a real vantage.
 */
const struct target *targets_builtin(size_t *n);

/*
 * The announced prefix that holds the address: one of the four /24 of
 * AS131279, for any other address its /24.
 */
struct prefix targets_prefix(uint32_t addr);

/* Whether it is one of the four /24 of AS131279. */
bool targets_announced(uint32_t addr);

/* The first TCP service known at the address, TARGETS_PORT for any other. */
uint16_t targets_port(uint32_t addr);

/* Addresses to trace, in the order they were named, none twice. */
struct targets {
	uint32_t *addr;
	size_t n;
};
void targets_clear(struct targets *t);

/*
 * Adds what a user wrote: an address, a prefix (every built-in target inside
 * it) or "builtin" (all of them). EX_USAGE.
 */
bool targets_add(struct targets *t, const char *text, struct fault *f);

/*
 * Adds every address of a prefix, the first and the last one too, an address,
 * or "builtin". targets_sort() makes one out of those named twice; at most
 * TARGETS_SWEEP_MAX with them. EX_USAGE.
 */
bool targets_add_all(struct targets *t, const char *text, struct fault *f);

/* By address, none twice. */
void targets_sort(struct targets *t);

/*
 * Adds the lines of a file, by targets_add_all() when all is set; '#' begins a
 * comment. EX_UNAVAILABLE or EX_NOPERM when it cannot be read, EX_DATAERR
 * ("FILE:LINE: ...") for its contents.
 */
bool
targets_read(struct targets *t, const char *path, bool all, struct fault *f);

/*
 * Whether every target is where only laboratories are: private (RFC 1918),
 * shared (RFC 6598), for benchmarks (RFC 2544) or for documents (RFC 5737).
 * If not, *other is one that is not.
 */
bool targets_are_lab(const struct targets *t, uint32_t *other);

/* Removes every address inside the prefix; how many there were. */
size_t targets_remove(struct targets *t, const struct prefix *p);

#endif
