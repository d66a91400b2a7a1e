/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_DIFF_JSON_H
#define TUMEN_CHANGE_DIFF_JSON_H

#include "analysis/change/compared.h"
#include "probe/base/json.h"

/* The diff object of a pair that was named (no newline). */
void diff_json(const struct compared *c, struct json *j);

/* The same of a flow of one side alone: every key, null where it has none. */
void diff_json_alone(const struct side_flow *flow, bool only_a, struct json *j);

#endif
