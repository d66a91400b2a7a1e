/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CONTROL_LIVE_H
#define TUMEN_CONTROL_LIVE_H

#include "analysis/control/intake.h"

/*
 * One line of RIS Live: {"type":"ris_message","data":{...}}, or the object of
 * "data" alone. UPDATE: announcements, withdrawals, path (an array in it is an
 * AS_SET), RIS_PEER_STATE: up or down; timestamp in seconds with a fraction,
 * host the collector. at is the line's octet in the file; collector NULL: as
 * the message says. False when the store fails.
 */
struct live_line {
	struct rd text;
	int64_t at;
};
bool live_read(struct intake *in, const char *collector,
    const struct live_line *line, struct fault *f);

/* Whether a line has nothing in it. */
bool live_blank(struct rd text);

#endif
