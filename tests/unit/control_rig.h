/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_CONTROL_RIG_H
#define TUMEN_TESTS_CONTROL_RIG_H

#include "analysis/control/import.h"
#include "tests/unit/mrt_bgp.h"
#include "tests/unit/store_fill.h"

#include <stdio.h>
#include <string.h>

/* An import of octets, and its rows as text. */

struct control_rig {
	struct interest interest;
	struct store *store;
	struct import import;
	struct fault fault; /* of the last import */
	char rows[8192];
};

static inline void
rig_open(struct control_rig *r, const struct place *p)
{
	*r = (struct control_rig){0};
	interest_init(&r->interest, NULL, 0);
	r->store = opened(p, STORE_CREATE);
	r->import.in = intake_open(r->store, &r->interest);
}

static inline void
rig_close(struct control_rig *r)
{
	intake_close(r->import.in);
	store_close(r->store);
}

/* Whether all of it is whole. */
static inline bool
rig_import(struct control_rig *r, const struct place *p, const char *name,
    const struct wr *w)
{
	char *path = xasprintf("%s/%s", p->dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(w->p, 1, w->len, f), w->len);
	fclose(f);
	r->fault = (struct fault){0};
	bool ok = import_file(&r->import, path, &r->fault);
	assert_int_equal(ok, r->fault.status == 0);
	free(path);
	return ok;
}

/* "176.0/24 A 101 20485<131279 [101 20485 131279]; " */
static inline bool
rig_row(void *arg, const struct store_route *row, struct fault *f)
{
	static const char letters[] = "?AWTNDU";
	struct control_rig *r = arg;
	char prefix[PREFIX_STRLEN];
	size_t at = strlen(r->rows);
	(void)f;
	prefix_format(&row->prefix, prefix);
	const char *ours =
	    strncmp(prefix, "175.45.", 7) == 0 ? prefix + 7 : prefix;
	int n = snprintf(r->rows + at, sizeof(r->rows) - at, "%s %c%u", ours,
	    letters[row->kind], row->peer_asn);
	at += (size_t)n;
	if (row->no != 0 || row->path_id != 0) {
		n = snprintf(r->rows + at, sizeof(r->rows) - at, " %d:%u",
		    (int)row->no, row->path_id);
		at += (size_t)n;
	}
	if (row->as_path != NULL) {
		n = snprintf(r->rows + at, sizeof(r->rows) - at, " %d<%d [%s]",
		    (int)row->upstream_as, (int)row->origin_as, row->as_path);
		at += (size_t)n;
	}
	snprintf(r->rows + at, sizeof(r->rows) - at, "; ");
	return true;
}

/* All rows that are stored, in their order. */
static inline const char *
rig_rows(struct control_rig *r)
{
	const struct store_filter all = {0};
	struct fault f = {0};
	r->rows[0] = '\0';
	if (!store_routes(r->store, &all, rig_row, r, &f))
		fail_msg("%s", f.text);
	return r->rows;
}

/* Imports what was written, forgets it, and holds the rows against text. */
static inline void
rig_expect(struct control_rig *r, const struct place *p, struct wr *w,
    const char *text)
{
	rig_import(r, p, "t.mrt", w);
	wr_free(w);
	assert_string_equal(rig_rows(r), text);
}

#endif
