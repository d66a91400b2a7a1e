/* SPDX-License-Identifier: ISC */
#include "probe/base/record_name.h"
#include "probe/check.h"

enum { SLOTS = 3, BITS = 8, DECIMALS = 3 };
#define KILO 1000.0

static void
text_or_null(struct json *j, const char *key, const char *text)
{
	json_text(j, key, text[0] != '\0' ? text : NULL);
}

static void
address(struct json *j, const char *key, uint32_t addr)
{
	char text[ADDR_STRLEN];
	json_text(j, key, addr != 0 ? addr_format(addr, text) : NULL);
}

static void
addresses(struct json *j, const char *key, const struct targets *t)
{
	json_array(j, key);
	for (size_t i = 0; i < t->n; i++)
		address(j, NULL, t->addr[i]);
	json_array_end(j);
}

static void
vantage(const struct check *c, struct json *j)
{
	const struct config_vantage *v = &c->config.vantage;
	json_text(j, "vantage", v->name);
	text_or_null(j, "place", v->place);
	text_or_null(j, "contact", v->contact);
	json_text(j, "spool", v->spool);
	text_or_null(j, "user", v->user);
	text_or_null(j, "interface", v->interface);
	address(j, "source", v->source);
	text_or_null(j, "metrics", v->metrics);
	json_int(j, "do_not_probe", (int64_t)v->nforbidden);
	json_int(j, "targets_left_out", (int64_t)c->config.ntargets_forbidden);
}

static void
slots(const struct check *c, const struct config_campaign *k, struct json *j)
{
	struct check_slot slot[SLOTS];
	size_t n = check_slots(c, k, slot, SLOTS);
	json_array(j, "next");
	for (size_t i = 0; i < n; i++) {
		json_object(j, NULL);
		json_int(j, "slot", slot[i].slot);
		json_int(j, "planned_us", slot[i].planned_us);
		json_int(j, "begins_us", slot[i].begins_us);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
when(const struct check *c, const struct config_campaign *k, struct json *j)
{
	struct schedule s = config_schedule(&c->config, k);
	json_text(j, "name", k->name);
	json_int(j, "interval_us", s.interval_us);
	json_int(j, "anchor_us", s.anchor_us);
	json_int(j, "phase_us", s.phase_us);
	json_int(j, "jitter_us", s.jitter_us);
	json_int_or_null(j, "start_us", k->start_us > 0 ? k->start_us : -1);
	json_int_or_null(j, "until_us", k->until_us);
	slots(c, k, j);
}

static void
what(const struct config_campaign *k, struct json *j)
{
	static const char *const kept[] = {[EVIDENCE_EDGE] = "edge",
	    [EVIDENCE_ALL] = "all",
	    [EVIDENCE_NONE] = "none"};
	json_int(j, "targets", (int64_t)k->targets.n);
	addresses(j, "control", &k->control);
	json_array(j, "methods");
	for (size_t i = 0; i < k->methods.n; i++)
		json_text(j, NULL, record_method_name(k->methods.method[i]));
	json_array_end(j);
	json_int_or_null(j, "port", k->port);
	json_int(j, "flows", k->flows);
	json_int_or_null(j, "mda", k->mda > 0 ? k->mda : -1);
	json_bool(j, "sweep", k->sweep);
	json_text(j, "evidence", kept[k->evidence]);
	json_array(j, "ports");
	for (size_t i = 0; i < CONFIG_PORTS_MAX && k->ports[i] != 0; i++)
		json_int(j, NULL, k->ports[i]);
	json_array_end(j);
	json_int_or_null(j, "verify_s", k->verify_s > 0 ? k->verify_s : -1);
	json_int(j, "quiet", k->quiet);
}

static void
engine(const struct config_campaign *k, struct json *j)
{
	struct trace_config t;
	engine_trace(k, &t);
	json_int(j, "first_ttl", t.first_ttl);
	json_int(j, "max_ttl", t.max_ttl);
	json_int(j, "attempts", t.attempts);
	json_int(j, "window", t.window);
	json_int(j, "gap", t.gap);
	json_int(j, "wait_ms", t.wait_ns / NS_PER_MS);
	json_int(j, "linger_ms", t.linger_ns / NS_PER_MS);
}

/* What campaigns and their sum have in common. */
static void
of_a_day(const struct load *l, struct json *j)
{
	json_int(j, "slots_day", l->slots_day);
	json_int(j, "packets_day", l->day);
	json_int(j, "octets_day", l->day_octets);
	json_int(j, "ttl1_day", l->day_one);
	json_int(j, "traces_day", l->day_traces);
	json_real(j, "packets_per_s", l->per_s, DECIMALS);
	json_real(j, "kbit_per_s", l->octets_per_s * BITS / KILO, DECIMALS);
}

static void
campaign(const struct check *c, size_t i, struct json *j)
{
	const struct config_campaign *k = &c->config.campaigns[i];
	const struct load *l = &c->load[i];
	json_object(j, NULL);
	when(c, k, j);
	what(k, j);
	engine(k, j);
	json_int(j, "packets_run", l->run);
	json_int(j, "packets_run_targets", l->run_targets);
	json_int(j, "packets_run_control", l->run_control);
	json_int(j, "packets_run_ports", l->run_verify);
	json_int(j, "run_s", l->run_s);
	json_int(j, "packets_day_target", l->day_target);
	json_int_or_null(
	    j, "packets_day_control", k->control.n > 0 ? l->day_control : -1);
	of_a_day(l, j);
	json_object_end(j);
}

static void
totals(const struct check *c, struct json *j)
{
	const struct config_vantage *v = &c->config.vantage;
	const struct load_total *t = &c->total;
	json_object(j, "totals");
	json_int(j, "rate", v->rate);
	json_int(j, "burst", v->burst);
	json_int(j, "target_rate", v->target_rate);
	json_int(j, "responder_rate", v->responder_rate);
	json_real(j, "kbit_per_s_peak", check_peak_kbit(c), DECIMALS);
	address(j, "target", t->target);
	json_int_or_null(
	    j, "packets_day_target", t->target != 0 ? t->target_day : -1);
	address(j, "control", t->control);
	json_int_or_null(
	    j, "packets_day_control", t->control != 0 ? t->control_day : -1);
	json_int(j, "spool_octets_day", check_spool_day(c));
	of_a_day(&t->sum, j);
	json_object_end(j);
}

static void
trace(const struct check_trace *t, struct json *j)
{
	bool reached = t->stop == STOP_REACHED;
	json_object(j, NULL);
	address(j, "control", t->control);
	json_text(j, "method", record_method_name(t->method));
	json_text(j, "stop", record_stop_name(t->stop));
	json_int(j, "hops", t->hops);
	json_int(j, "icmp_errors", t->errors);
	json_thousandths(j, "rtt_us", reached ? t->rtt_ns : -1);
	json_int(j, "proof_both", t->whole);
	json_int(j, "proof_one", t->half);
	json_int(j, "proof_none", t->none);
	json_object_end(j);
}

void
check_json(const struct check *c, struct json *j)
{
	json_object(j, NULL);
	json_text(j, "record", "check");
	json_int(j, "v", 1);
	json_text(j, "config", c->file);
	vantage(c, j);
	json_array(j, "campaigns");
	for (size_t i = 0; i < c->config.n; i++)
		campaign(c, i, j);
	json_array_end(j);
	totals(c, j);
	json_array(j, "traces");
	for (size_t i = 0; i < c->ntraces; i++)
		trace(&c->trace[i], j);
	json_array_end(j);
	check_report_json(&c->report, j);
	json_object_end(j);
}
