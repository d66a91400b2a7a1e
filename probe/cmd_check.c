/* SPDX-License-Identifier: ISC */
#include "probe/base/opt.h"
#include "probe/base/record_name.h"
#include "probe/campaign/run.h"
#include "probe/commands.h"
#include "probe/net/privileges.h"
#include "probe/net/route.h"
#include "probe/net/sandbox.h"
#include "sql/room.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sysexits.h>
#include <unistd.h>

enum { DAY_S = 86400 };

static int64_t
trace_probes(const struct config_campaign *c)
{
	struct trace_config t;
	engine_trace(c, &t);
	return engine_probes(&t);
}

/* Of what is sent once in an interval; rounded up. */
static int64_t
a_day(int64_t packets, const struct config_campaign *c)
{
	return (packets * DAY_S + c->interval_s - 1) / c->interval_s;
}

static void
explain_methods(const struct config_campaign *k)
{
	int64_t udp = k->port >= 0 ? k->port : 33434;
	for (size_t i = 0; i < k->methods.n; i++) {
		enum record_method m = k->methods.method[i];
		printf(", by %s", record_method_name(m));
		if (m == METHOD_UDP)
			printf(" to port %" PRId64, udp);
		else if (m == METHOD_TCP && k->port >= 0)
			printf(" to port %" PRId64, k->port);
		else if (m == METHOD_TCP)
			printf(" to the known port of each (else %d)",
			    TARGETS_PORT);
	}
	putchar('\n');
}

static void
explain_campaign(const struct config *c, const struct config_campaign *k)
{
	char time[CLOCK_STRLEN];
	struct trace_config t;
	struct schedule s = config_schedule(c, k);
	int64_t now_us = wall_now().ns / 1000;
	int64_t next = schedule_next(&s, now_us);
	int64_t to_one = k->flows * (int64_t)k->methods.n * trace_probes(k);
	int64_t slot = (int64_t)k->targets.n * to_one;
	engine_trace(k, &t);
	clock_format_us(schedule_planned_us(&s, next), time);
	printf("campaign %s: every %" PRId64 " s, next at %s\n", k->name,
	    k->interval_s, time);
	printf("  targets %zu, flows to each %" PRId64, k->targets.n, k->flows);
	explain_methods(k);
	printf("  TTL %u to %u, at most %u probes each, until %u in a row are "
	       "silent\n",
	    t.first_ttl, t.max_ttl, t.attempts, t.gap);
	printf("  at most %" PRId64 " packets a run, %" PRId64
	       " a day, %" PRId64 " a day to one target\n",
	    slot, a_day(slot, k), a_day(to_one, k));
	int64_t seconds = slot / c->vantage.rate;
	if (seconds > k->interval_s)
		printf("  careful: a run may take %" PRId64 " s at %" PRId64
		       " packets/s, longer than the "
		       "interval; slots would be skipped\n",
		    seconds, c->vantage.rate);
	if (engine_linger_s(k) >= k->interval_s)
		printf("  careful: late replies are waited for %" PRId64
		       " s, as long as the interval; slots would be skipped\n",
		    engine_linger_s(k));
}

static void
explain(const struct config *c)
{
	const struct config_vantage *v = &c->vantage;
	printf("vantage %s%s%s: at most %" PRId64
	       " packets/s for everything, %" PRId64 " at once\n",
	    v->name, v->place[0] ? " in " : "", v->place, v->rate, v->burst);
	if (v->contact[0] != '\0')
		printf("every probe carries the contact \"%s\" (TCP: none)\n",
		    v->contact);
	else
		puts("no contact: who receives the probes cannot ask");
	printf("do_not_probe: entries %zu, targets left out %zu\n",
	    v->nforbidden, c->ntargets_forbidden);
	for (size_t i = 0; i < c->n; i++)
		explain_campaign(c, &c->campaigns[i]);
}

/* Prints one result and keeps the status of the first failure. */
static void
result(const char *what, bool good, const struct fault *f, int *status)
{
	printf("%-4s  %s%s%s\n", good ? "ok" : "FAIL", what, good ? "" : ": ",
	    good ? "" : f->text);
	if (!good && *status == EX_OK)
		*status = f->status;
}

/* As the user who will write there. */
static bool
spool_writable(const struct config_vantage *v, struct fault *f)
{
	struct stat st;
	uid_t self = geteuid();
	if (self == 0 && v->user[0] != '\0') {
		const struct passwd *pw = getpwnam(v->user);
		if (pw == NULL)
			return fault_set(
			    f, EX_CONFIG, "user %s: no such user", v->user);
		if (seteuid(pw->pw_uid) != 0)
			return fault_set(f, EX_OSERR, "user %s: %s", v->user,
			    strerror(errno));
	}
	bool is = stat(v->spool, &st) == 0;
	bool ok =
	    is && S_ISDIR(st.st_mode) &&
	    faccessat(AT_FDCWD, v->spool, R_OK | W_OK | X_OK, AT_EACCESS) == 0;
	int error = is && !S_ISDIR(st.st_mode) ? ENOTDIR : errno;
	if (geteuid() != self && seteuid(self) != 0)
		return fault_set(f, EX_OSERR, "seteuid: %s", strerror(errno));
	return ok || fault_set(f, error == EACCES ? EX_NOPERM : EX_UNAVAILABLE,
			 "%s: %s", v->spool, strerror(error));
}

/* Whether the agent would probe now, for all it knows of the disk. */
static void
check_room(const struct config_vantage *v)
{
	struct room r;
	if (!room_of(v->spool, &r, NULL))
		return; /* the line about the spool says why */
	bool full = room_is_used(&r, v->disk_stop, ROOM_TO_PROBE) ||
		    r.free < room_reserve(&r);
	bool good = !full && !room_is_used(&r, v->disk_warn, ROOM_TO_SPARE);
	printf("%-4s  disk of the spool: %d percent in use, %jd MiB free%s\n",
	    good ? "ok" : "warn", r.used, (intmax_t)(r.free >> 20),
	    full ? "; the agent would wait for room" : "");
}

/* One line when all is well, one for each target that is not. */
static void
check_routes(
    const struct routes *routes, const struct config_campaign *k, int *status)
{
	size_t good = 0;
	for (size_t i = 0; i < k->targets.n; i++) {
		struct fault f = {0};
		struct route r;
		if (route_find(routes, k->targets.addr[i], &r, &f))
			good++;
		else
			result("route", false, &f, status);
	}
	if (good > 0)
		printf("ok    routes of campaign %s: %zu of %zu targets\n",
		    k->name, good, k->targets.n);
}

static void
check_clock(void)
{
	struct timex t = {0};
	if (adjtimex(&t) == TIME_ERROR || (t.status & STA_UNSYNC) != 0)
		puts("warn  clock: nobody keeps it right (no NTP)");
	else
		puts("ok    clock: kept by NTP");
}

/* Every way out that the configuration names. */
static void
check_uplink(const struct config *c, int *status)
{
	const struct config_vantage *v = &c->vantage;
	const char *interface = v->interface[0] ? v->interface : NULL;
	struct fault f = {0};
	struct routes r;
	if (!routes_open(&r, interface, v->source, &f)) {
		result("routes", false, &f, status);
		return;
	}
	if (interface != NULL)
		result("interface", route_check_interface(&r, &f), &f, status);
	if (v->source != 0)
		result("source address", route_check_source(&r, v->source, &f),
		    &f, status);
	for (size_t i = 0; i < c->n; i++)
		check_routes(&r, &c->campaigns[i], status);
	routes_close(&r);
}

/* What shuts the agent in once it has opened its sockets. */
static void
check_sandbox(void)
{
	int landlock = sandbox_landlock();
	if (sandbox_seccomp())
		puts("ok    seccomp: yes");
	else
		puts("warn  seccomp: no, this kernel has none");
	if (landlock > 0)
		printf("ok    Landlock: yes, version %d\n", landlock);
	else
		puts("warn  Landlock: no, this kernel has none or an old one");
}

static void
check_key(const struct config_vantage *v, int *status)
{
	struct fault f = {0};
	struct sign_key key;
	char what[64] = "key";
	if (v->key[0] == '\0') {
		puts("ok    key: none, segments are not signed");
		return;
	}
	bool good = engine_key(v, &key, &f);
	if (good)
		snprintf(what, sizeof(what), "key %s signs the segments",
		    key.public.id);
	sign_key_wipe(&key);
	result(what, good, &f, status);
}

static int
examine(const struct config *c)
{
	struct fault f = {0};
	int status = EX_OK;
	result("capability CAP_NET_RAW", privileges_check(&f), &f, &status);
	check_sandbox();
	check_uplink(c, &status);
	result("spool", spool_writable(&c->vantage, &f), &f, &status);
	check_room(&c->vantage);
	check_key(&c->vantage, &status);
	check_clock();
	return status;
}

static void
usage(FILE *f)
{
	fputs("usage: tumen-probe check -c FILE\n"
	      "Says in words what the agent would send, and tests whether it\n"
	      "could. Sends nothing.\n",
	    f);
}

int
cmd_check(int argc, char **argv)
{
	struct options_config o = {0};
	struct config c;
	struct fault f = {0};
	if (!options_config(argc, argv, &o, &f))
		return opt_fail(&f);
	if (o.help) {
		usage(stdout);
		return EX_OK;
	}
	if (!config_load(&c, o.file, &f))
		return opt_fail(&f);
	explain(&c);
	int status = examine(&c);
	config_clear(&c);
	return status;
}
