/* SPDX-License-Identifier: ISC */
#include "analysis/commands.h"
#include "probe/base/opt.h"

#include <stddef.h>

static const struct opt_command table[] = {
    {"status", cmd_status, "through whom each prefix is reached, now"},
    {"timeline", cmd_timeline, "who carried which prefix when, what changed"},
    {"diff", cmd_diff, "what changed between two paths, days or files"},
    {"trace", cmd_trace, "trace a path live, with ASes and the verdict"},
    {"upload", cmd_upload, "sealed segments into the shared database"},
    {"audit", cmd_audit, "whether anything is missing on the way"},
    {"infer", cmd_infer, "(re)derive every verdict"},
    {"explain", cmd_explain, "why a trace has the verdict that it has"},
    {"origin", cmd_origin, "build and look up dated address tables"},
    {"control", cmd_control, "BGP archives and live BGP: the control plane"},
    {"import", cmd_import, "segments and NDJSON into the shared database"},
    {"export", cmd_export, "traces out of the shared database"},
    {"retention", cmd_retention, "drop what is older than so many days"},
    {NULL, NULL, NULL},
};

int
main(int argc, char **argv)
{
	return opt_dispatch("tumen", table, argc, argv);
}
