/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_VIEW_SHOW_H
#define TUMEN_CAMPAIGN_VIEW_SHOW_H

#include "probe/base/json.h"
#include "probe/campaign/view.h"

#include <stdio.h>

/* What an agent wrote, and what whoever looks at it knows besides. */
struct view_look {
	const struct view *view;
	const char *spool;
	bool alive; /* somebody holds the spool's lock */
	int64_t now_us;
	const char *wrong; /* why the next start would be refused; NULL */
};

/* An agent that lives and wrote nothing for longer wants a person. */
enum { VIEW_STALE_S = 120 };

/* What wants a person, a sentence each. */
struct view_wants {
	char text[24][640];
	int n;
	int more; /* for which there was no room */
};
void view_wants(const struct view_look *look, struct view_wants *w);

/* For people, 80 columns; 0 or -errno. */
int
view_show(const struct view_look *look, const struct view_wants *w, FILE *f);

/* One object on one line: {"record":"agent","v":1,...} */
void view_json(
    const struct view_look *look, const struct view_wants *w, struct json *j);

#endif
