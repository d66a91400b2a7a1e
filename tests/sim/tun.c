/* SPDX-License-Identifier: ISC */
#include "tests/sim/tun_device.h"
#include "tests/sim/tun_relay.h"

#include "probe/base/clock.h"
#include "probe/base/opt.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
    "usage: tun SCENARIO [OPTION...] -- COMMAND...\n"
    "Plays the network of a scenario behind a TUN device while COMMAND runs,\n"
    "and ends with its exit status. Only in a network namespace of its own:\n"
    "  unshare -n -m -p --fork --mount-proc tun SCENARIO -- COMMAND...\n"
    "  --seed N      of all that is random (1)\n"
    "  --busy        do not sleep between packets\n"
    "  --fifo        real-time priority: before all else on its core\n"
    "  --log FILE    one row for each probe and reply (tun_queue.h)\n"
    "  --summary FILE   where the last lines go (standard error)\n"
    "  --routers     what each router was asked and answered, too\n";

struct options {
	const char *scenario, *log, *summary;
	bool busy, fifo, routers;
	int64_t seed;
	char **command;
};

static bool
parse(int argc, char **argv, struct options *o, struct fault *f)
{
	static const struct option known[] = {
	    {"seed", required_argument, NULL, 's'},
	    {"busy", no_argument, NULL, 'b'}, {"fifo", no_argument, NULL, 'p'},
	    {"log", required_argument, NULL, 'l'},
	    {"summary", required_argument, NULL, 'f'},
	    {"routers", no_argument, NULL, 'r'}, {0}};
	*o = (struct options){.seed = 1};
	for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
		if (c == 'b')
			o->busy = true;
		else if (c == 'p')
			o->fifo = true;
		else if (c == 'r')
			o->routers = true;
		else if (c == 'l')
			o->log = optarg;
		else if (c == 'f')
			o->summary = optarg;
		else if (c != 's' ||
			 !opt_number("--seed", optarg,
			     (struct opt_range){0, INT64_MAX}, &o->seed, f))
			return false;
	}
	/* getopt moves the scenario behind the options, before COMMAND */
	if (argc - optind < 2)
		return fault_set(f, EX_USAGE, "%s", "no SCENARIO or COMMAND");
	o->scenario = argv[optind];
	o->command = argv + optind + 1;
	return true;
}

static struct play *
load(const struct options *o, struct fault *f)
{
	char why[160];
	struct play *p = play_load(o->scenario, (uint64_t)o->seed, why);
	if (p == NULL)
		fault_set(f, EX_DATAERR, "%s: %s", o->scenario, why);
	return p;
}

/* The child; its descriptor in *pidfd. */
static pid_t
start(char **command, int *pidfd, struct fault *f)
{
	assert(command != NULL);
	pid_t pid = fork();
	if (pid == 0) {
		execvp(command[0], command);
		fprintf(stderr, "tun: %s: %s\n", command[0], strerror(errno));
		_exit(127);
	}
	*pidfd = pid == -1 ? -1 : pidfd_open(pid, 0);
	if (*pidfd == -1)
		fault_set(f, EX_OSERR, "process: %s", strerror(errno));
	return pid;
}

static void
summary(const struct options *o, const struct tun_relay *r, FILE *to)
{
	struct timespec cpu = {0};
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	fprintf(to,
	    "tun: in %" PRIu64 " out %" PRIu64 " dropped %" PRIu64
	    " foreign %" PRIu64 " refused %" PRIu64 " cpu_ms %" PRId64 "\n"
	    "tun: late_us median %.1f p99 %.1f max %.1f\n",
	    r->in, r->out, tun_device_dropped(), r->foreign, r->refused,
	    (cpu.tv_sec * NS_PER_S + cpu.tv_nsec) / NS_PER_MS,
	    (double)tun_late_quantile_ns(&r->late, 500) / 1e3,
	    (double)tun_late_quantile_ns(&r->late, 990) / 1e3,
	    (double)r->late.max_ns / 1e3);
	const char *name;
	for (size_t i = 1; o->routers && (name = play_name(r->play, i)) != NULL;
	     i++) {
		uint64_t answered, asked;
		play_count(r->play, name, &answered, &asked);
		if (asked > 0)
			fprintf(to,
			    "tun: router %s asked %" PRIu64 " answered %" PRIu64
			    "\n",
			    name, asked, answered);
	}
}

static FILE *
open_file(const char *path, FILE *otherwise, struct fault *f)
{
	FILE *file = path == NULL ? otherwise : fopen(path, "we");
	if (file == NULL && path != NULL)
		fault_set(f, EX_CANTCREAT, "%s: %s", path, strerror(errno));
	return file;
}

static int
status_of(pid_t pid)
{
	int status;
	if (waitpid(pid, &status, 0) == -1)
		return EX_OSERR;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* After the fork: the command shall not have it. */
static bool
first(struct fault *f)
{
	struct sched_param p = {.sched_priority = 1};
	return sched_setscheduler(0, SCHED_FIFO, &p) == 0 ||
	       fault_set(f, EX_NOPERM, "--fifo: %s", strerror(errno));
}

/* Everything is open: plays until the command ends; its status. */
static int
play_while(const struct options *o, struct tun_relay *r, struct fault *f)
{
	FILE *to = open_file(o->summary, stderr, f);
	if (to == NULL)
		return opt_fail(f);
	pid_t pid = start(o->command, &r->pidfd, f);
	if (r->pidfd == -1)
		return opt_fail(f);
	if (o->fifo && !first(f))
		fprintf(stderr, "tun: %s\n", f->text);
	/* what ends us from the terminal ends the command, and then us */
	signal(SIGINT, SIG_IGN);
	int failed = tun_relay_run(r);
	if (failed != 0)
		kill(pid, SIGKILL);
	int status = status_of(pid);
	close(r->pidfd);
	summary(o, r, to);
	if (to != stderr)
		fclose(to);
	if (failed == 0)
		return status;
	fault_set(f, EX_IOERR, "%s", strerror(-failed));
	return opt_fail(f);
}

int
main(int argc, char **argv)
{
	struct options o;
	struct fault f = {.status = EX_USAGE};
	static struct tun_relay relay; /* its bins are large */
	if (!parse(argc, argv, &o, &f)) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	if (!tun_device_alone(&f))
		return opt_fail(&f);
	relay.busy = o.busy;
	relay.play = load(&o, &f);
	if (relay.play == NULL)
		return opt_fail(&f);
	relay.log = open_file(o.log, NULL, &f);
	int status = EX_UNAVAILABLE;
	relay.fd = o.log != NULL && relay.log == NULL
		       ? -1
		       : tun_device_open(play_source(relay.play), &f);
	/* a sleep ends when it was asked to, not 50 us later */
	prctl(PR_SET_TIMERSLACK, 1);
	if (relay.fd == -1)
		status = opt_fail(&f);
	else
		status = play_while(&o, &relay, &f);
	if (relay.log != NULL)
		fclose(relay.log);
	play_close(relay.play);
	return status;
}
