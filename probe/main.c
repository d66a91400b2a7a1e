/* SPDX-License-Identifier: ISC */
#include "probe/base/log.h"
#include "probe/base/opt.h"
#include "probe/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/*
 * A closed standard file would come back as a socket or a database, and be
 * written to. /dev/null for reading stands in: writing fails as it should.
 */
static void
open_standard_files(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
			exit(EX_OSERR);
}

int
main(int argc, char **argv)
{
	static const struct opt_command table[] = {
	    {"trace", cmd_trace, "trace the paths to some targets now"},
	    {"agent", cmd_agent, "run campaigns into the spool, for ever"},
	    {"check", cmd_check, "explain a configuration, test this machine"},
	    {"status", cmd_status, "say how the agent is, and what comes next"},
	    {"key", cmd_key, "make the key that signs a vantage's segments"},
	    {0},
	};
	open_standard_files();
	signal(SIGPIPE, SIG_IGN); /* a failed write says so itself */
	int status = opt_dispatch("tumen-probe", table, argc, argv);
	errno = EIO;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	log_line(LOG_ERROR, "standard output: %s", strerror(errno));
	return EX_IOERR;
}
