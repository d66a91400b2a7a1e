/* SPDX-License-Identifier: ISC */
#include "probe/base/opt.h"
#include "probe/commands.h"

int
main(int argc, char **argv)
{
	static const struct opt_command table[] = {
	    {"trace", cmd_trace, "trace the paths to some targets now"},
	    {"agent", cmd_agent, "run campaigns into the spool, for ever"},
	    {"check", cmd_check, "explain a configuration, test this machine"},
	    {0},
	};
	return opt_dispatch("tumen-probe", table, argc, argv);
}
