/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_LEARN_H
#define TUMEN_CAMPAIGN_LEARN_H

#include "probe/base/fault.h"
#include "probe/base/record.h"
#include "probe/campaign/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a vantage has learnt of its targets: which TCP services answered when,
 * and who is silent. The built-in list is where it starts; every finished
 * trace teaches it, none is sent for it alone but those of learn_due(). It is
 * kept in the file `learned` of the spool. Pure but for open and save: the
 * caller gives the time.
 */
struct learn;

/*
 * What DIR/learned says; an empty memory when there is no such file. A damaged
 * file is put aside as `learned.damaged`, with a line in the log: nothing of
 * it cannot be learnt again. EX_NOPERM, EX_IOERR.
 */
struct learn *learn_open(const char *dir, struct fault *f);
void learn_close(struct learn *l);

/* Writes it when something changed; f->full when the disk is. */
bool learn_save(struct learn *l, struct fault *f);

/* A finished trace of a target, not of a control destination. */
void learn_trace(struct learn *l, const struct record *r);

/*
 * The ports that may be looked at: those of the campaign, or without any
 * those of the built-in list, or TARGETS_PORT. At most max; how many.
 */
size_t learn_ports(const struct config_campaign *c, uint32_t target,
    uint16_t *ports, size_t max);

/*
 * Where TCP traces go whose campaign names no port. It changes seldom, because
 * another port is another path: only when the one in use, the first of
 * learn_ports() at the start, was not open for three times verify_s, and
 * another one was within that time.
 */
uint16_t
learn_port(struct learn *l, const struct config_campaign *c, uint32_t target);

/*
 * Whether this port was not tried by a TCP trace for verify_s: then this run
 * traces it, too. Spread over the slots by target and port.
 */
bool learn_due(const struct learn *l, const struct config_campaign *c,
    uint32_t target, uint16_t port, int64_t now_us);

/*
 * Whether the target may be left out of this slot: it answered none of the
 * last LEARN_SILENT runs by any method, another target of this campaign in the
 * same prefix answered in its last one, and it is not the one slot of
 * c->quiet that a silent target has. When a whole prefix is silent nobody is
 * left out: that is when it matters.
 */
enum { LEARN_SILENT = 8 };
bool learn_quiet(const struct learn *l, const struct config_campaign *c,
    uint32_t target, int64_t slot);

/* The run is over: of those traced, who answered none of its traces. */
void learn_run_over(struct learn *l, const struct config_campaign *c);

/* For status: how many targets of c answered in their last run, and not. */
void learn_count(const struct learn *l, const struct config_campaign *c,
    size_t *answer, size_t *silent);

#endif
