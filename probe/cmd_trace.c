/* SPDX-License-Identifier: ISC */
#include "probe/base/hash.h"
#include "probe/base/log.h"
#include "probe/base/opt.h"
#include "probe/base/record_json.h"
#include "probe/campaign/plan.h"
#include "probe/campaign/setting.h"
#include "probe/commands.h"
#include "probe/net/ports.h"
#include "probe/net/privileges.h"
#include "probe/net/sandbox.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

struct options {
	bool json, live;
	int64_t port, flow, flows;
	const char *vantage;
	struct targets targets;
	struct methods methods;
	struct prober_config prober;
};

enum {
	OPT_ATTEMPTS = 256,
	OPT_CONTACT,
	OPT_FIRST_TTL,
	OPT_FLOW,
	OPT_FLOWS,
	OPT_GAP,
	OPT_HELP,
	OPT_INTERFACE,
	OPT_JSON,
	OPT_LIVE,
	OPT_MAX_TTL,
	OPT_MDA,
	OPT_METHOD,
	OPT_PORT,
	OPT_RATE,
	OPT_SOURCE,
	OPT_SWEEP,
	OPT_TARGETS,
	OPT_VANTAGE,
	OPT_WAIT,
	OPT_WINDOW,
};

static const struct option longs[] = {
    {"attempts", required_argument, NULL, OPT_ATTEMPTS},
    {"contact", required_argument, NULL, OPT_CONTACT},
    {"first-ttl", required_argument, NULL, OPT_FIRST_TTL},
    {"flow", required_argument, NULL, OPT_FLOW},
    {"flows", required_argument, NULL, OPT_FLOWS},
    {"gap", required_argument, NULL, OPT_GAP},
    {"help", no_argument, NULL, OPT_HELP},
    {"interface", required_argument, NULL, OPT_INTERFACE},
    {"json", no_argument, NULL, OPT_JSON},
    {"live", no_argument, NULL, OPT_LIVE},
    {"max-ttl", required_argument, NULL, OPT_MAX_TTL},
    {"mda", required_argument, NULL, OPT_MDA},
    {"method", required_argument, NULL, OPT_METHOD},
    {"port", required_argument, NULL, OPT_PORT},
    {"rate", required_argument, NULL, OPT_RATE},
    {"source", required_argument, NULL, OPT_SOURCE},
    {"sweep", no_argument, NULL, OPT_SWEEP},
    {"targets", required_argument, NULL, OPT_TARGETS},
    {"vantage", required_argument, NULL, OPT_VANTAGE},
    {"wait", required_argument, NULL, OPT_WAIT},
    {"window", required_argument, NULL, OPT_WINDOW},
    {0},
};

static void
usage(FILE *f)
{
	fputs(
	    "usage: tumen-probe trace [OPTION]... TARGET|PREFIX...\n"
	    "  --json            one record a line (tumen-record(5))\n"
	    "  --live            with it, a line for each reply at once\n"
	    "  --method LIST     of udp, icmp, tcp; several are mixed (udp)\n"
	    "  --port N          destination port (udp 33434; tcp: the known\n"
	    "                    service of the target, else 80)\n"
	    "  --flow N          first flow (0)\n"
	    "  --flows N         how many flows (1)\n"
	    "  --first-ttl N     1..64 (1)\n"
	    "  --max-ttl N       1..64 (32)\n"
	    "  --attempts N      probes for a TTL, 1..10 (2)\n"
	    "  --window N        TTLs in flight, 1..64 (5)\n"
	    "  --gap N           silent TTLs that end a trace, 1..64 (5)\n"
	    "  --wait MS         for a reply, 10..60000 (2000)\n"
	    "  --rate PPS        ceiling of everything, 1..10000 (20)\n"
	    "  --interface IF    send and receive there only\n"
	    "  --source ADDR     an address of this host\n"
	    "  --vantage NAME    written into the records (local)\n"
	    "  --contact TEXT    carried in UDP and ICMP probes, 64 bytes\n"
	    "  --targets FILE    more targets, one a line\n"
	    "A prefix means every known target inside it: 175.45.176.0/22\n"
	    "do_not_probe in " COMMANDS_CONFIG " holds here, too\n",
	    f);
}

static bool
number(uint8_t *to, const char *name, int64_t lo, int64_t hi, struct fault *f)
{
	int64_t v = 0;
	if (!opt_number(name, optarg, (struct opt_range){lo, hi}, &v, f))
		return false;
	*to = (uint8_t)v;
	return true;
}

/* The options that steer one trace. */
static bool
trace_option(int c, struct trace_config *t, struct fault *f)
{
	int64_t ms = 0;
	switch (c) {
	case OPT_ATTEMPTS:
		return number(
		    &t->attempts, "--attempts", 1, RECORD_ATTEMPTS_MAX, f);
	case OPT_FIRST_TTL:
		return number(
		    &t->first_ttl, "--first-ttl", 1, RECORD_TTL_MAX, f);
	case OPT_GAP:
		return number(&t->gap, "--gap", 1, RECORD_TTL_MAX, f);
	case OPT_MAX_TTL:
		return number(&t->max_ttl, "--max-ttl", 1, RECORD_TTL_MAX, f);
	case OPT_WINDOW:
		return number(&t->window, "--window", 1, RECORD_TTL_MAX, f);
	case OPT_WAIT:
		if (!opt_number("--wait", optarg, (struct opt_range){10, 60000},
			&ms, f))
			return false;
		t->wait_ns = ms * NS_PER_MS;
		return true;
	default:
		return fault_set(f, EX_USAGE, "%s: not in this version",
		    c == OPT_MDA ? "--mda" : "--sweep");
	}
}

static bool
method_option(struct methods *m, struct fault *f)
{
	struct fault why = {0};
	return methods_parse(m, optarg, &why) ||
	       fault_set(f, EX_USAGE, "--method %s: %s", optarg, why.text);
}

static bool
contact_option(struct options *o, struct fault *f)
{
	size_t len = strlen(optarg);
	for (size_t i = 0; i < len; i++)
		if (optarg[i] < 0x20 || optarg[i] > 0x7e)
			len = BUILD_CONTACT_MAX + 1;
	if (len > BUILD_CONTACT_MAX)
		return fault_set(f, EX_USAGE,
		    "--contact %s: not at most %d printable ASCII characters",
		    optarg, BUILD_CONTACT_MAX);
	o->prober.contact = optarg;
	return true;
}

static bool
vantage_option(struct options *o, struct fault *f)
{
	if (!setting_is_name(optarg))
		return fault_set(f, EX_USAGE,
		    "--vantage %s: not 1..%d of a-z 0-9 . _ -", optarg,
		    RECORD_NAME_MAX);
	o->vantage = optarg;
	return true;
}

static bool
option(int c, struct options *o, struct fault *f)
{
	int64_t v = 0;
	switch (c) {
	case OPT_JSON:
		o->json = true;
		return true;
	case OPT_LIVE:
		o->live = true;
		return true;
	case OPT_METHOD:
		return method_option(&o->methods, f);
	case OPT_CONTACT:
		return contact_option(o, f);
	case OPT_VANTAGE:
		return vantage_option(o, f);
	case OPT_FLOW:
		return opt_number("--flow", optarg,
		    (struct opt_range){0, PORTS_FLOWS_MAX - 1}, &o->flow, f);
	case OPT_FLOWS:
		return opt_number("--flows", optarg,
		    (struct opt_range){1, CONFIG_FLOWS_MAX}, &o->flows, f);
	case OPT_PORT:
		return opt_number("--port", optarg,
		    (struct opt_range){1, 65535}, &o->port, f);
	case OPT_RATE:
		if (!opt_number(
			"--rate", optarg, (struct opt_range){1, 10000}, &v, f))
			return false;
		o->prober.rate = (uint32_t)v;
		return true;
	case OPT_INTERFACE:
		o->prober.interface = optarg;
		return true;
	case OPT_SOURCE:
		return addr_parse(optarg, &o->prober.source) ||
		       fault_set(f, EX_USAGE,
			   "--source %s: not an IPv4 address", optarg);
	case OPT_TARGETS:
		return targets_read(&o->targets, optarg, f);
	default:
		return trace_option(c, &o->prober.trace, f);
	}
}

/* What only all options together can tell. */
static bool
complete(struct options *o, struct fault *f)
{
	const struct trace_config *t = &o->prober.trace;
	if (o->targets.n == 0)
		return fault_set(f, EX_USAGE,
		    "no target: name addresses or a prefix, such as "
		    "175.45.176.0/22");
	if (o->port >= 0 && !methods_have_port(&o->methods))
		return fault_set(f, EX_USAGE,
		    "--port %jd: --method icmp has no ports",
		    (intmax_t)o->port);
	if (o->live && !o->json)
		return fault_set(f, EX_USAGE, "--live: only with --json");
	if (t->first_ttl > t->max_ttl)
		return fault_set(f, EX_USAGE,
		    "--first-ttl %u: above --max-ttl %u", t->first_ttl,
		    t->max_ttl);
	if (o->flow + o->flows > PORTS_FLOWS_MAX)
		return fault_set(f, EX_USAGE,
		    "--flow %jd --flows %jd: the last flow is %d",
		    (intmax_t)o->flow, (intmax_t)o->flows, PORTS_FLOWS_MAX - 1);
	o->prober.flow_first = (uint32_t)o->flow;
	o->prober.flow_count = (uint32_t)o->flows;
	return true;
}

/* Whoever asked this host for silence gets it from every command. */
static bool
spare(struct targets *t, struct fault *f)
{
	struct config c;
	struct fault why = {0};
	if (access(COMMANDS_CONFIG, F_OK) != 0 && errno == ENOENT)
		return true;
	if (!config_load(&c, COMMANDS_CONFIG, &why))
		return fault_set(f, why.status,
		    "%s (its do_not_probe must be known)", why.text);
	for (size_t i = 0; i < c.vantage.nforbidden; i++) {
		char text[PREFIX_STRLEN];
		const struct prefix *p = &c.vantage.forbidden[i];
		size_t n = targets_remove(t, p);
		if (n > 0)
			log_line(LOG_NOTE, "%s: not probed, %zu target%s (%s)",
			    prefix_format(p, text), n, n == 1 ? "" : "s",
			    COMMANDS_CONFIG);
	}
	config_clear(&c);
	return t->n > 0 ||
	       fault_set(f, EX_USAGE,
		   "no target is left: do_not_probe in %s forbids them all",
		   COMMANDS_CONFIG);
}

/* False when there is nothing to run: help was shown, or *f is set. */
static bool
parse(int argc, char **argv, struct options *o, struct fault *f)
{
	int c = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", longs, NULL)) != -1) {
		if (c == OPT_HELP) {
			usage(stdout);
			return false;
		}
		if (c == ':' || c == '?')
			return options_refuse(c, argv, f);
		if (!option(c, o, f))
			return false;
	}
	for (; optind < argc; optind++)
		if (!targets_add(&o->targets, argv[optind], f))
			return false;
	return complete(o, f) && spare(&o->targets, f);
}

/* One call of the command while its traces run. */
struct session {
	const struct options *options;
	uv_loop_t loop;
	uv_signal_t interrupt, terminate;
	struct prober *prober;
	uint64_t epoch;
	struct plan plan;
	size_t next; /* job of the plan */
	int signal;  /* that ended it; 0 none */
	int status;
};

/* Whoever reads has gone or the disk is full: measuring on serves nobody. */
static void
require(int e)
{
	if (e == 0)
		return;
	log_line(LOG_ERROR, "standard output: %s", strerror(-e));
	exit(EX_IOERR);
}

static int
put_line(struct json *j)
{
	int e = json_line(j, stdout);
	return e == 0 && fflush(stdout) != 0 ? -EIO : e;
}

static void
on_live(void *arg, const struct record *r, const struct record_probe *p)
{
	struct json j = {0};
	(void)arg;
	record_json_reply(r, p, &j);
	require(put_line(&j));
}

static void
feed(struct session *s)
{
	const char *vantage = s->options->vantage;
	while (s->signal == 0 && s->next < plan_jobs(&s->plan) &&
	       prober_running(s->prober) < COMMANDS_PARALLEL) {
		struct plan_job next = plan_job(&s->plan, s->next++);
		struct prober_job job = {
		    .target = next.target,
		    .prefix = next.prefix,
		    .method = next.method,
		    .port = next.port,
		    .flow = next.flow,
		    .run = -1,
		    .epoch = s->epoch,
		    .seq = s->next,
		};
		struct fault f = {0};
		memcpy(job.vantage, vantage, strlen(vantage) + 1);
		if (!prober_start(s->prober, &job, &f))
			s->status = opt_fail(&f);
	}
}

static void
on_done(void *arg, struct record *r)
{
	struct session *s = arg;
	struct json j = {0};
	if (s->options->json) {
		record_json(r, &j);
		require(put_line(&j));
	} else {
		require(show_trace(r, stdout));
	}
	if (r->stop == STOP_ERROR && s->signal == 0)
		s->status = EX_UNAVAILABLE;
	record_clear(r);
	feed(s);
}

static void
on_signal(uv_signal_t *handle, int number)
{
	struct session *s = handle->data;
	s->signal = number;
	prober_abort(s->prober);
}

static void
listen_to_signals(struct session *s)
{
	uv_signal_init(&s->loop, &s->interrupt);
	uv_signal_init(&s->loop, &s->terminate);
	s->interrupt.data = s->terminate.data = s;
	uv_signal_start(&s->interrupt, on_signal, SIGINT);
	uv_signal_start(&s->terminate, on_signal, SIGTERM);
}

static void
run(struct session *s)
{
	prober_watch(s->prober, on_done, s->options->live ? on_live : NULL, s);
	listen_to_signals(s);
	feed(s);
	while (prober_running(s->prober) > 0)
		uv_run(&s->loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&s->interrupt, NULL);
	uv_close((uv_handle_t *)&s->terminate, NULL);
}

static int
measure(const struct options *o)
{
	struct session s = {.options = o,
	    .plan = {.targets = &o->targets,
		.methods = &o->methods,
		.flow_first = (uint32_t)o->flow,
		.flows = (uint32_t)o->flows,
		.port = (int32_t)o->port}};
	struct fault f = {0};
	if (!sandbox_begin(&f))
		return opt_fail(&f);
	int e = uv_loop_init(&s.loop);
	if (e != 0) {
		fault_set(&f, EX_OSERR, "event loop: %s", uv_strerror(e));
		return opt_fail(&f);
	}
	hash_random(&s.epoch, sizeof(s.epoch));
	s.epoch >>= 11; /* below 2^53 */
	s.prober = prober_open(&s.loop, &o->prober, &f);
	bool ready = s.prober != NULL && privileges_drop(NULL, NULL, &f);
	if (ready)
		run(&s);
	prober_close(s.prober);
	uv_run(&s.loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&s.loop) != 0)
		log_line(LOG_WARN, "the event loop was left with handles");
	if (!ready)
		return opt_fail(&f);
	return s.signal != 0 ? 128 + s.signal : s.status;
}

int
cmd_trace(int argc, char **argv)
{
	struct fault f = {0};
	struct options o = {.port = -1,
	    .flows = 1,
	    .methods = {{METHOD_UDP}, 1},
	    .vantage = "local",
	    .prober = {.contact = "",
		.rate = CONFIG_RATE,
		.burst = CONFIG_BURST,
		.target_rate = 100,
		.responder_rate = 100}};
	trace_config_default(&o.prober.trace);
	int status = EX_OK;
	if (parse(argc, argv, &o, &f))
		status = measure(&o);
	else if (f.status != 0)
		status = opt_fail(&f);
	targets_clear(&o.targets);
	return status;
}
