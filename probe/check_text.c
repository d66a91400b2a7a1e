/* SPDX-License-Identifier: ISC */
#include "probe/base/record_name.h"
#include "probe/check.h"

#include <inttypes.h>
#include <stdio.h>

enum { SLOTS = 3, BITS = 8 };
#define KILO 1000.0

static void
print_addresses(const struct targets *t)
{
	char text[ADDR_STRLEN];
	for (size_t i = 0; i < t->n; i++)
		printf("%s%s", i > 0 ? " " : "", addr_format(t->addr[i], text));
}

static void
print_time(const char *before, int64_t us)
{
	char text[CLOCK_STRLEN];
	printf("%s%s", before, clock_format_us(us, text));
}

static void
print_next(const struct check *c, const struct config_campaign *k)
{
	struct check_slot slot[SLOTS];
	size_t n = check_slots(c, k, slot, SLOTS);
	printf("campaign %s: every %" PRId64 " s", k->name, k->interval_s);
	for (size_t i = 0; i < n; i++)
		print_time(i == 0 ? ", next at " : ", ", slot[i].begins_us);
	puts(n == 0 ? ", over: its `until` has passed" : "");
}

static void
print_when(const struct check *c, const struct config_campaign *k)
{
	struct schedule s = config_schedule(&c->config, k);
	if (s.jitter_us > 0)
		printf("  a slot begins up to %.3g s after its time\n",
		    (double)s.jitter_us / (double)US_PER_S);
	if (k->start_us <= 0 && k->until_us < 0)
		return;
	fputs("  only", stdout);
	if (k->start_us > 0)
		print_time(" from ", k->start_us);
	if (k->until_us >= 0)
		print_time(" until ", k->until_us);
	putchar('\n');
}

static void
print_methods(const struct config_campaign *k)
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
print_targets(const struct config_campaign *k)
{
	printf("  targets %zu, ", k->targets.n);
	if (k->sweep)
		fputs("in one sweep, a flow to each", stdout);
	else if (k->mda > 0)
		printf("all paths to each (at %" PRId64 " percent)", k->mda);
	else
		printf("flows to each %" PRId64, k->flows);
	print_methods(k);
	if (methods_have(&k->methods, METHOD_TCP))
		puts("  this host's kernel answers a SYN/ACK with an RST by "
		     "itself, outside the ceiling");
}

static void
print_trace(const struct config_campaign *k)
{
	struct trace_config t;
	engine_trace(k, &t);
	printf("  TTL %u to %u, at most %u probes each, until %u in a row are "
	       "silent; late replies are kept for %" PRId64 " s\n",
	    t.first_ttl, t.max_ttl, t.attempts, t.gap, engine_linger_s(k));
}

static void
print_controls(const struct config_campaign *k)
{
	if (k->control.n == 0) {
		puts("  no control destination: a dead uplink would look like "
		     "silent targets");
		return;
	}
	fputs("  control destinations ", stdout);
	print_addresses(&k->control);
	puts(": each by icmp before the targets and once more after them");
}

/* Only TCP traces whose port is free have ports to choose from. */
static void
print_ports(const struct config_campaign *k)
{
	if (!methods_have(&k->methods, METHOD_TCP) || k->port >= 0 || k->sweep)
		return;
	if (k->verify_s == 0) {
		puts("  no other port of a target is looked at");
		return;
	}
	fputs("  ports that are looked at, each of a target once in ", stdout);
	printf("%" PRId64 " s: ", k->verify_s);
	if (k->ports[0] == 0)
		fputs("those of the built-in list", stdout);
	for (size_t i = 0; i < CONFIG_PORTS_MAX && k->ports[i] != 0; i++)
		printf("%s%u", i > 0 ? " " : "", k->ports[i]);
	putchar('\n');
}

static void
print_quiet(const struct config_campaign *k)
{
	if (k->quiet > 1 && !k->sweep)
		printf("  a target that stays silent while its prefix answers "
		       "has one slot of %" PRId64 "\n",
		    k->quiet);
}

static const char *
evidence(enum config_evidence e)
{
	switch (e) {
	case EVIDENCE_EDGE:
		return "those that a verdict rests on";
	case EVIDENCE_ALL:
		return "all";
	case EVIDENCE_NONE:
		return "none";
	}
	return "none";
}

static void
print_averages(const struct load *l)
{
	printf("  on average %.3g packets/s, %.3g kbit/s of IP\n", l->per_s,
	    l->octets_per_s * BITS / KILO);
	printf("  the first router answers at most %" PRId64
	       " probes a day itself (TTL 1)\n",
	    l->day_one);
}

static void
print_load(const struct load *l)
{
	printf("  at most %" PRId64 " packets a run, %" PRId64
	       " a day, %" PRId64 " a day to one target\n",
	    l->run, l->day, l->day_target);
	if (l->run != l->run_targets)
		printf("  of a run %" PRId64 " to the targets, %" PRId64
		       " to control destinations, %" PRId64
		       " to ports that are looked at\n",
		    l->run_targets, l->run_control, l->run_verify);
	if (l->day_control > 0)
		printf("  at most %" PRId64
		       " a day to each control destination\n",
		    l->day_control);
	print_averages(l);
}

static void
print_doubts(const struct check *c, const struct config_campaign *k,
    const struct load *l)
{
	if (l->run_s > k->interval_s)
		printf("  careful: a run may take %" PRId64 " s at %" PRId64
		       " packets/s, longer than the "
		       "interval; slots would be skipped\n",
		    l->run_s, c->config.vantage.rate);
	if (engine_linger_s(k) >= k->interval_s)
		printf("  careful: late replies are waited for %" PRId64
		       " s, as long as the interval; slots would be skipped\n",
		    engine_linger_s(k));
}

static void
print_campaign(const struct check *c, size_t i)
{
	const struct config_campaign *k = &c->config.campaigns[i];
	print_next(c, k);
	print_when(c, k);
	print_targets(k);
	print_trace(k);
	print_controls(k);
	print_ports(k);
	print_quiet(k);
	printf("  raw packets kept: %s\n", evidence(k->evidence));
	print_load(&c->load[i]);
	print_doubts(c, k, &c->load[i]);
}

static void
print_vantage(const struct check *c)
{
	const struct config_vantage *v = &c->config.vantage;
	printf("vantage %s%s%s: at most %" PRId64
	       " packets/s for everything, %" PRId64 " at once\n",
	    v->name, v->place[0] ? " in " : "", v->place, v->rate, v->burst);
	printf("  at most %" PRId64 " packets/s to one target, %" PRId64
	       " that one router must answer\n",
	    v->target_rate, v->responder_rate);
	if (v->contact[0] != '\0')
		printf("every probe carries the contact \"%s\" (TCP: none)\n",
		    v->contact);
	else
		puts("no contact: who receives the probes cannot ask");
	printf("do_not_probe: entries %zu, targets left out %zu\n",
	    v->nforbidden, c->config.ntargets_forbidden);
	if (v->metrics[0] != '\0')
		printf("metrics: OpenMetrics in %s, replaced as a whole\n",
		    v->metrics);
	else
		puts("metrics: none");
}

static void
print_total(const struct check *c)
{
	const struct load_total *t = &c->total;
	char text[ADDR_STRLEN];
	printf("all campaigns: at most %" PRId64 " packets a day", t->sum.day);
	if (t->target != 0)
		printf(", %" PRId64 " to one target (%s)", t->target_day,
		    addr_format(t->target, text));
	if (t->control != 0)
		printf(", %" PRId64 " to one control destination (%s)",
		    t->control_day, addr_format(t->control, text));
	printf("\n  at their peak %" PRId64
	       " packets/s, the ceiling, and %.1f kbit/s of IP\n",
	    c->config.vantage.rate, check_peak_kbit(c));
	print_averages(&t->sum);
	printf("  at most %" PRId64 " traces a day, %.1f MiB in the spool\n",
	    t->sum.day_traces, (double)check_spool_day(c) / (double)(1 << 20));
	if (t->sum.per_s > (double)c->config.vantage.rate)
		puts("  careful: more than the ceiling lets pass; slots would "
		     "be skipped");
}

void
check_text(const struct check *c)
{
	print_vantage(c);
	for (size_t i = 0; i < c->config.n; i++)
		print_campaign(c, i);
	print_total(c);
}
