/* SPDX-License-Identifier: ISC */
#include "probe/bad_replies.h"

#include "probe/base/log.h"

#include <inttypes.h>
#include <stdio.h>

/* Other packets that are for somebody else come in, too, and are no fault. */
static bool
is_malformed(enum reply_bad bad)
{
	return bad == REPLY_SHORT || bad == REPLY_FRAGMENT ||
	       bad == REPLY_CHECKSUM || bad == REPLY_QUOTE;
}

void
bad_replies_tell(struct prober *p, struct prober_counts *told)
{
	struct prober_counts now = prober_counts(p);
	char text[256] = "";
	size_t used = 0;
	for (int bad = REPLY_GOOD + 1; bad < REPLY_BAD_KINDS; bad++) {
		uint64_t n = now.bad[bad] - told->bad[bad];
		if (n > 0 && is_malformed((enum reply_bad)bad) &&
		    used < sizeof(text))
			used +=
			    (size_t)snprintf(text + used, sizeof(text) - used,
				"%s%" PRIu64 " %s", used > 0 ? ", " : "", n,
				reply_bad_name((enum reply_bad)bad));
	}
	*told = now;
	if (used > 0)
		log_line(LOG_NOTE, "replies left out as malformed: %s", text);
}

uint64_t
bad_replies_count(const struct prober_counts *c)
{
	uint64_t n = 0;
	for (int bad = REPLY_GOOD + 1; bad < REPLY_BAD_KINDS; bad++)
		if (is_malformed((enum reply_bad)bad))
			n += c->bad[bad];
	return n;
}
