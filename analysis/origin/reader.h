/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_READER_H
#define TUMEN_ORIGIN_READER_H

#include "analysis/origin/input.h"
#include "analysis/origin/table.h"

/*
 * One reader for each kind of source file, all of one form: it adds what it
 * finds to the source that was begun last and counts every record that it
 * leaves out by its reason. Nothing in a file ends a reader early but its end.
 * Each is in the file of its name (those of two forms of one kind share it).
 */
void read_as_org(const struct input *in, struct table *t);
void read_as_org_json(const struct input *in, struct table *t);
void read_as_rel(const struct input *in, struct table *t);
void read_delegated(const struct input *in, struct table *t);
void read_ixs(const struct input *in, struct table *t);
void read_location(const struct input *in, struct table *t);
void read_mrt(const struct input *in, struct table *t);
void read_packed(const struct input *in, struct table *t);
void read_pairs(const struct input *in, struct table *t);
void read_peeringdb(const struct input *in, struct table *t);
void read_prefixes(const struct input *in, struct table *t);
void read_ranges(const struct input *in, struct table *t);
void read_rows(const struct input *in, struct table *t);
void read_rpsl(const struct input *in, struct table *t);
void read_vrps_csv(const struct input *in, struct table *t);
void read_vrps_json(const struct input *in, struct table *t);

/* Whether content is of a binary kind, by its first bytes. */
bool read_mrt_is(struct rd r);
bool read_packed_is(struct rd r);

/*
 * Loads the file, tells its kind by its content and reads it as a new source of
 * the layer (NONE for what says nothing about addresses: relations of ASes,
 * VRPs, organisations). A file that does not say its date has that of its name,
 * if there is one. False when the file cannot be read or unpacked, is of no
 * known kind or of one that does not fit the layer, or holds no usable record;
 * addresses of holders without an AS, all that some registry files have, are
 * enough.
 */
bool reader_load(struct table *t, enum origin_layer layer, const char *path,
    struct fault *f);

/* The same for content that is in memory. */
bool reader_take(struct table *t, enum origin_layer layer,
    const struct input *in, struct fault *f);

#endif
