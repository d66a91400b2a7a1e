/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_VIEW_FIELDS_H
#define TUMEN_CAMPAIGN_VIEW_FIELDS_H

#include "probe/campaign/view.h"

/* The fields of struct view by name: the file and the JSON are made of them. */
enum view_kind {
	VIEW_NUMBER, /* int64_t, >= 0; -1 missing */
	VIEW_FLAG,   /* bool: 0, 1 */
	VIEW_TEXT,   /* char[size]; "" missing */
};

struct view_field {
	const char *name;
	enum view_kind kind;
	size_t offset, size;
};

/* Both end with a NULL name. */
extern const struct view_field view_fields[];	       /* struct view */
extern const struct view_field view_campaign_fields[]; /* of each campaign */

/* Fields of the struct at base. */
int64_t view_number(const void *base, const struct view_field *field);
const char *view_string(const void *base, const struct view_field *field);

/* Replaces in place what is not printable ASCII by '?'. */
void view_plain(char *s);

#endif
