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
 * caller gives the time, and a clock that was set does no lasting harm.
 *
 * A target answers when a reply comes from its own address: an unreachable
 * counts only where it is the host itself that says it (protocol, port). A
 * middlebox that answers in the name of the host cannot be told from it here.
 */
struct learn;

/*
 * What DIR/learned says; an empty memory when there is no such file. A damaged
 * file is put aside as `learned.damaged`, with a line in the log: nothing of
 * it cannot be learnt again. NULL: EX_NOPERM, EX_IOERR.
 */
struct learn *learn_open(const char *dir, struct fault *f);
void learn_close(struct learn *l); /* NULL is fine; nothing is saved */

/* Writes it when something changed; f->full when the disk is. */
bool learn_save(struct learn *l, struct fault *f);

/*
 * A finished trace of the campaign. One of a control destination teaches
 * nothing, nor does one that this host could not send (STOP_ERROR, without an
 * answer). At most TARGETS_MAX targets are remembered, the one traced longest
 * ago is forgotten; of those that only a sweep traces, who answered or is
 * built in, as long as there is room.
 */
void learn_trace(
    struct learn *l, const struct config_campaign *c, const struct record *r);

/*
 * The ports that may be looked at: those of the campaign, or without any
 * those of the built-in list, or TARGETS_PORT. At most max; how many, >= 1
 * when max is.
 */
size_t learn_ports(const struct config_campaign *c, uint32_t target,
    uint16_t *ports, size_t max);

/*
 * Where TCP traces go whose campaign names no port. It changes seldom, because
 * another port is another path: only when every try of the one in use, the
 * first of learn_ports() at the start, failed for three times verify_s, and
 * another one was open meanwhile and in its last try: so once in that time at
 * the most. Never with a verify_s of 0. Call it before learn_due().
 */
uint16_t
learn_port(struct learn *l, const struct config_campaign *c, uint32_t target);

/*
 * Whether this run traces this port by TCP, too: once in every verify_s, from
 * an instant of its own on, which is spread by target and port. Never the port
 * that the campaign's TCP traces go to anyway, one that any campaign has tried
 * lately, an address that only a sweep traces, or in the first slot after the
 * campaign came back: then all would have their turn at once.
 */
bool learn_due(const struct learn *l, const struct config_campaign *c,
    uint32_t target, uint16_t port, int64_t now_us);

/*
 * Whether the target may be left out of this slot: it answered nothing in
 * LEARN_SILENT runs of this campaign in each of which another target of the
 * same prefix did, no other campaign reached it in its last LEARN_SILENT ones,
 * another target of this campaign in the same prefix answered in its last run,
 * and it is not the one slot of c->quiet that a silent target has. When a
 * whole prefix is silent nobody is left out, for that is when it matters, and
 * nobody is called silent for it: it may have been this host's own uplink.
 */
enum { LEARN_SILENT = 8 };
bool learn_quiet(const struct learn *l, const struct config_campaign *c,
    uint32_t target, int64_t slot);

/* The run is over: of those traced, who answered none of its traces. */
void learn_run_over(struct learn *l, const struct config_campaign *c);

/*
 * For status: how many targets of c answered in the last run that traced them,
 * and not; of a sweep, in its last one.
 */
void learn_count(const struct learn *l, const struct config_campaign *c,
    size_t *answer, size_t *silent);

#endif
