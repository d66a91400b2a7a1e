/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TRACE_SURVEY_H
#define TUMEN_TRACE_SURVEY_H

#include "probe/base/clock.h"
#include "probe/base/record.h"
#include "probe/trace/key.h"
#include "probe/wire/build.h"
#include "probe/wire/reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A core that decides about the probes of many traces at once: a sweep over
 * many targets (sweep.h), all paths to one (mda.h). Pure as trace.h is, but
 * pulled: the driver asks for the next probe when the ceiling has room for
 * it, so that nothing is queued that has become pointless meanwhile.
 */

/* One probe that shall leave now. */
struct survey_probe {
	struct flow_id flow;
	struct probe_id id;
	uint8_t ttl;
	uint32_t handle; /* the core's name for it in what follows */
};

/* What the traces of a survey have in common. */
struct survey_about {
	struct record record;  /* names, run, epoch, src, tool; no probes */
	uint64_t seq;	       /* of the first trace; the others follow */
	const struct key *key; /* borrowed */
};

struct survey_ops {
	/*
	 * The next probe to send, if one may leave now; from here on it is in
	 * flight. False: nothing before the time of wake(), or an event.
	 */
	bool (*next)(void *core, struct mono now, struct survey_probe *out);

	/*
	 * It left. The stamp (wall ns, of the kernel) comes with this call or
	 * in a second one; -1 means not known yet, and perhaps never. A reply
	 * may come first.
	 */
	void (*sent)(
	    void *core, uint32_t handle, struct mono now, int64_t stamp_ns);

	/* It did not leave; an errno, or 0: its stamp never came. */
	void (*not_sent)(
	    void *core, uint32_t handle, struct mono now, int error);

	/*
	 * Offers a reply; false when it answers no probe of this survey.
	 * Bytes are borrowed.
	 */
	bool (*reply)(void *core, const struct reply *reply, struct mono now,
	    int64_t stamp_ns);

	/* When next() is due if nothing happens; false: only events matter. */
	bool (*wake)(const void *core, struct mono now, struct mono *at);

	/* Ends what still runs: the records say so (error 0: asked for). */
	void (*abort)(void *core, struct mono now, int error);

	/*
	 * The next finished trace, in the order they finished; the caller's
	 * to record_clear(). False: none at the moment.
	 */
	bool (*take)(void *core, struct record *into);

	/* Whether all is done and taken. */
	bool (*over)(const void *core);

	/* For progress: traces finished, and all of them (0: not known). */
	void (*progress)(const void *core, size_t *done, size_t *all);
};

#endif
