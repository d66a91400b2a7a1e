/* SPDX-License-Identifier: ISC */
#include "analysis/commands.h"
#include "analysis/exchange/ndjson.h"
#include "analysis/report/live.h"
#include "probe/base/mem.h"
#include "probe/base/opt.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

extern char **environ;

enum { ORIGINS_MAX = 64 };

static const char help[] =
    "usage: tumen trace [--origin FILE]... [--carriers FILE] [--json]\n"
    "                   [OPTION OF tumen-probe trace]... TARGET|PREFIX...\n"
    "\n"
    "Runs tumen-probe trace, shows each hop with its AS as it answers, and "
    "the\n"
    "verdict. Every other option goes to tumen-probe (see its --help).\n"
    "  --origin FILE    an address table (repeat for several days)\n"
    "  --carriers FILE  the carrier classes instead of the default\n"
    "  --json           trace records, each followed by its verdict\n";

struct job {
	size_t norigins;
	const char *origin[ORIGINS_MAX];
	const char *carriers_path;
	bool json, help;
	struct origin_set *tables;
	struct carriers carriers;
	struct live live;
	int argc; /* for tumen-probe, NULL-terminated */
	char **argv;
};

/*
 * The probe knows more paths by then than a screen shows; what it writes is
 * read by `tumen infer -`.
 */
static bool
is_survey(const char *word)
{
	return strcmp(word, "--sweep") == 0 || strcmp(word, "--mda") == 0 ||
	       strncmp(word, "--mda=", 6) == 0;
}

/* Takes what is ours and leaves the rest for tumen-probe. */
static bool
take(struct job *job, int argc, char **argv, struct fault *f)
{
	for (int i = 1; i < argc; i++) {
		bool origin = strcmp(argv[i], "--origin") == 0;
		bool carriers = strcmp(argv[i], "--carriers") == 0;
		if ((origin || carriers) && i + 1 == argc)
			return fault_set(
			    f, EX_USAGE, "%s: needs a value", argv[i]);
		if (is_survey(argv[i]))
			return fault_set(f, EX_USAGE,
			    "%s: only with tumen-probe trace --json, whose "
			    "output 'tumen infer -' reads",
			    argv[i]);
		if (origin && job->norigins == ORIGINS_MAX)
			return fault_set(f, EX_USAGE,
			    "--origin: more than %d files", ORIGINS_MAX);
		if (origin)
			job->origin[job->norigins++] = argv[++i];
		else if (carriers)
			job->carriers_path = argv[++i];
		else if (strcmp(argv[i], "--json") == 0)
			job->json = true;
		else if (strcmp(argv[i], "--help") == 0)
			job->help = true;
		else
			job->argv[job->argc++] = argv[i];
	}
	return true;
}

/* tumen-probe beside this program, or its bare name for PATH. */
static char *
probe_path(void)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(self, '/');
	if (slash == NULL)
		return xstrdup("tumen-probe");
	*slash = '\0';
	char *path = xasprintf("%s/tumen-probe", self);
	if (access(path, X_OK) == 0)
		return path;
	free(path);
	return xstrdup("tumen-probe");
}

static bool
start(struct job *job, pid_t *pid, FILE **lines, struct fault *f)
{
	int fd[2];
	posix_spawn_file_actions_t actions;
	if (pipe(fd) != 0)
		return fault_set(f, EX_OSERR, "pipe: %s", strerror(errno));
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd[1], STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&actions, fd[0]);
	posix_spawn_file_actions_addclose(&actions, fd[1]);
	char *path = probe_path();
	int error = posix_spawnp(pid, path, &actions, NULL, job->argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(fd[1]);
	if (error != 0) {
		close(fd[0]);
		fault_set(f, EX_UNAVAILABLE, "%s: cannot be run: %s", path,
		    strerror(error));
	}
	free(path);
	if (error != 0)
		return false;
	*lines = fdopen(fd[0], "r");
	return true;
}

static void
show(struct job *job, const struct record *r, const char *line)
{
	struct verdict v;
	struct json j = {0};
	infer(r, &(struct basis){job->tables, &job->carriers, NULL, NULL}, &v);
	if (!job->json) {
		live_trace(&job->live, r, &v);
		return;
	}
	fputs(line, stdout);
	verdict_json(&v, &j);
	json_line(&j, stdout);
	fflush(stdout);
}

static bool
each_line(struct job *job, const char *line, struct fault *f)
{
	struct record r;
	enum ndjson_kind kind;
	if (!ndjson_parse(line, strlen(line), &kind, &r, f))
		return false;
	switch (kind) {
	case NDJSON_TRACE:
		show(job, &r, line);
		break;
	case NDJSON_REPLY:
		live_reply(&job->live, &r, &r.probes[0]);
		break;
	}
	record_clear(&r);
	return true;
}

/* Reads tumen-probe to its end, whatever happens, and returns its status. */
static int
follow(struct job *job, struct fault *f)
{
	FILE *lines = NULL;
	pid_t pid = 0;
	char *line = NULL;
	size_t room = 0;
	int status = 0;
	bool ok = true;
	if (!start(job, &pid, &lines, f))
		return opt_fail(f);
	while (getline(&line, &room, lines) > 0)
		ok = ok && each_line(job, line, f);
	free(line);
	fclose(lines);
	live_end(&job->live);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!ok)
		return opt_fail(f);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
}

static bool
open_tables(struct job *job, struct fault *f)
{
	if (!carriers_load(&job->carriers, job->carriers_path, f))
		return false;
	job->tables = origin_set_open(job->origin, job->norigins, f);
	return job->tables != NULL;
}

int
cmd_trace(int argc, char **argv)
{
	struct fault f = {0};
	struct job job = {0};
	job.argv = xcalloc((size_t)argc + 5, sizeof(*job.argv));
	static char probe[] = "tumen-probe", command[] = "trace";
	static char json[] = "--json", live[] = "--live";
	job.argv[job.argc++] = probe;
	job.argv[job.argc++] = command;
	job.argv[job.argc++] = json;
	bool ok = take(&job, argc, argv, &f);
	if (ok && !job.json)
		job.argv[job.argc++] = live;
	if (ok && job.help) {
		free(job.argv);
		return fputs(help, stdout) < 0;
	}
	ok = ok && open_tables(&job, &f);
	live_open(&job.live, stdout, job.tables, &job.carriers);
	int status = ok ? follow(&job, &f) : opt_fail(&f);
	carriers_free(&job.carriers);
	origin_set_close(job.tables);
	free(job.argv);
	return status;
}
