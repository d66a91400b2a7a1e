/* SPDX-License-Identifier: ISC */
#include "probe/base/log.h"
#include "probe/commands.h"
#include "probe/net/ports.h"
#include "probe/trace/mda.h"
#include "probe/trace_options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

/* Targets of the command line and of files, as far as they fit together. */
static bool
read_targets(struct trace_options *o, struct fault *f)
{
	struct targets *t = &o->targets;
	for (size_t i = 0; i < o->nwords; i++) {
		struct fault why = {0};
		if (o->is_file[i] &&
		    !targets_read(t, o->words[i], o->sweep, &why))
			return fault_set(
			    f, why.status, "--targets %s", why.text);
		if (o->is_file[i])
			continue;
		if (!(o->sweep ? targets_add_all : targets_add)(
			t, o->words[i], f))
			return false;
	}
	if (o->sweep)
		targets_sort(t);
	return t->n > 0 || fault_set(f, EX_USAGE,
			       "no target: name addresses or a prefix, such as "
			       "175.45.176.0/22");
}

/* All paths: many flows, told apart by their ports; one target at a time. */
static bool
check_mda(const struct trace_options *o, struct fault *f)
{
	enum { ATTEMPTS = 5 };
	if (methods_have(&o->methods, METHOD_ICMP))
		return fault_set(f, EX_USAGE,
		    "--mda %jd: only with --method udp or tcp; balancers see "
		    "all of icmp as one flow",
		    (intmax_t)o->mda);
	if (o->attempts > ATTEMPTS)
		return fault_set(f, EX_USAGE,
		    "--attempts %jd: not in 1..%d, with --mda",
		    (intmax_t)o->attempts, ATTEMPTS);
	return o->linger_ms < 0 ||
	       fault_set(f, EX_USAGE, "--linger %jd: not with --mda",
		   (intmax_t)o->linger_ms);
}

static bool
check_sweep(const struct trace_options *o, struct fault *f)
{
	if (o->mda > 0)
		return fault_set(f, EX_USAGE, "--mda %jd: not with --sweep",
		    (intmax_t)o->mda);
	if (o->methods.n > 1)
		return fault_set(f, EX_USAGE,
		    "--sweep: one method at a time, --method names %zu",
		    o->methods.n);
	return o->window < 0 ||
	       fault_set(f, EX_USAGE, "--window %jd: not with --sweep",
		   (intmax_t)o->window);
}

/* A survey steers its flows itself, and shows nothing before it has ended. */
static bool
check_survey(const struct trace_options *o, struct fault *f)
{
	const char *name = o->sweep ? "--sweep" : "--mda";
	if (!o->sweep && o->mda == 0)
		return true;
	if (o->flows >= 0)
		return fault_set(f, EX_USAGE, "--flows %jd: not with %s",
		    (intmax_t)o->flows, name);
	if (o->live)
		return fault_set(f, EX_USAGE, "--live: not with %s", name);
	return o->sweep ? check_sweep(o, f) : check_mda(o, f);
}

static bool
check_port(const struct trace_options *o, struct fault *f)
{
	return o->port < 0 || methods_have_port(&o->methods) ||
	       fault_set(f, EX_USAGE, "--port %jd: --method icmp has no ports",
		   (intmax_t)o->port);
}

/* As many source ports as the search may want, and there are. */
static int64_t
mda_flows(int64_t first)
{
	struct mda_config c;
	mda_config_default(&c);
	return c.flows < PORTS_FLOWS_MAX - first ? c.flows
						 : PORTS_FLOWS_MAX - first;
}

static bool
check_flows(struct trace_options *o, struct fault *f)
{
	int64_t first = o->flow < 0 ? 0 : o->flow;
	int64_t count = o->flows < 0 ? 1 : o->flows;
	int64_t ports = o->mda > 0 ? mda_flows(first) : count;
	if (first + count > PORTS_FLOWS_MAX)
		return fault_set(f, EX_USAGE,
		    "--flow %jd --flows %jd: the last flow is %d",
		    (intmax_t)first, (intmax_t)count, PORTS_FLOWS_MAX - 1);
	o->flow = o->prober.flow_first = (uint32_t)first;
	o->flows = count;
	o->prober.flow_count = (uint32_t)ports;
	return true;
}

/* The speed of a laboratory is for addresses that nobody else has. */
static bool
check_rates(const struct trace_options *o, struct fault *f)
{
	char text[ADDR_STRLEN];
	uint32_t other = 0;
	bool all = o->rate > TRACE_RATE_MAX;
	int64_t rate = all ? o->rate : o->responder_rate;
	if (rate <= TRACE_RATE_MAX || targets_are_lab(&o->targets, &other))
		return true;
	return fault_set(f, EX_USAGE,
	    "--%s %jd: not in 1..%d, for %s is no private, shared, "
	    "benchmarking or documentation address (RFC 1918, 6598, 2544, "
	    "5737)",
	    all ? "rate" : "responder-rate", (intmax_t)rate, TRACE_RATE_MAX,
	    addr_format(other, text));
}

/* Above a packet a millisecond the clock of the loop wakes too seldom. */
static uint32_t
burst_of(int64_t rate)
{
	int64_t burst = rate / 1000;
	if (burst < CONFIG_BURST)
		return CONFIG_BURST;
	return burst > 1000 ? 1000 : (uint32_t)burst;
}

static void
set(uint8_t *to, int64_t value)
{
	if (value >= 0)
		*to = (uint8_t)value;
}

static bool
steer(struct trace_options *o, struct fault *f)
{
	struct prober_config *p = &o->prober;
	struct trace_config *t = &p->trace;
	trace_config_default(t);
	set(&t->first_ttl, o->first_ttl);
	set(&t->max_ttl, o->max_ttl);
	set(&t->attempts, o->attempts);
	set(&t->window, o->window);
	set(&t->gap, o->gap);
	if (o->wait_ms >= 0)
		t->wait_ns = o->wait_ms * NS_PER_MS;
	if (o->linger_ms >= 0)
		t->linger_ns = o->linger_ms * NS_PER_MS;
	p->rate = o->rate < 0 ? CONFIG_RATE : (uint32_t)o->rate;
	if (o->mda > 0 && o->target_rate > 0 && o->target_rate < p->rate)
		p->rate = (uint32_t)o->target_rate; /* one at a time */
	p->burst = o->burst < 0 ? burst_of(p->rate) : (uint32_t)o->burst;
	p->target_rate = o->target_rate < 0 ? COMMANDS_TARGET_RATE
					    : (uint32_t)o->target_rate;
	p->responder_rate = o->responder_rate < 0 ? COMMANDS_RESPONDER_RATE
						  : (uint32_t)o->responder_rate;
	if (p->responder_rate > TRACE_RATE_MAX)
		p->responder_rate = TRACE_RATE_MAX; /* of one trace */
	return t->first_ttl <= t->max_ttl ||
	       fault_set(f, EX_USAGE, "--first-ttl %u: above --max-ttl %u",
		   t->first_ttl, t->max_ttl);
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

bool
trace_rules(struct trace_options *o, struct fault *f)
{
	if (o->live && !o->json)
		return fault_set(f, EX_USAGE, "--live: only with --json");
	return check_port(o, f) && check_survey(o, f) && check_flows(o, f) &&
	       steer(o, f) && read_targets(o, f) && check_rates(o, f) &&
	       spare(&o->targets, f);
}
