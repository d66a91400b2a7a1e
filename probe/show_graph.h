/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_PROBE_SHOW_GRAPH_H
#define TUMEN_PROBE_SHOW_GRAPH_H

#include "probe/base/json.h"
#include "probe/trace/mda.h"

#include <stdio.h>

/* The graph record of tumen-record(5) as one JSON object. */
void show_graph_json(const struct mda_graph *g, struct json *j);

/* The same for people: a node a line, then diamonds and bounds. 0 or -errno. */
int show_graph(const struct mda_graph *g, FILE *f);

#endif
