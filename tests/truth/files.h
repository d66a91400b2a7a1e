/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TRUTH_FILES_H
#define TUMEN_TESTS_TRUTH_FILES_H

#include "probe/base/json.h"
#include "tests/truth/truth.h"

/*
 * The tables of a world as text files in a folder that exists, for `tumen
 * origin build`: bgp.txt (prefixes with origins), registry.txt
 * (delegated-extended), ixp.txt (prefixes), peeringdb.json (the same with the
 * members that are listed), as-rel.txt (serial-1), carriers.txt (carrier
 * classes). EX_IOERR.
 */
bool files_write(struct truth *t, const char *folder, struct fault *f);

/*
 * The same facts as sc_bdrmap wants them, which ends with status 255 and no
 * word on a line that it does not know: ip2as.txt, delegated.txt without
 * comments and summaries, as-rel.txt of three columns, ixp.txt without names.
 */
bool files_write_bdrmap(struct truth *t, const char *folder, struct fault *f);

/*
 * Writes {"record":"truth","v":1,"trace":...,"group":...,"target_as":...,
 * "entry_as":...,"as_path":[...],"border_ttl":...,"tags":[...],"hops":[{"ttl":
 * ...,"owner":...,"holder":...,"role":...}]} (no newline).
 */
void files_truth_json(const struct truth_trace *t, struct json *j);

#endif
