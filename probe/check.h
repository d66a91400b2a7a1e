/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_PROBE_CHECK_H
#define TUMEN_PROBE_CHECK_H

#include "probe/base/json.h"
#include "probe/campaign/load.h"
#include "probe/check_report.h"
#include "probe/commands.h"

/*
 * `tumen-probe check`: explains a configuration, then examines the machine.
 * Each check_*.c has a part of it; cmd_check.c puts them together.
 */

/* A trace to a control destination, in numbers. */
struct check_trace {
	uint32_t control;
	enum record_method method;
	bool ended;
	enum record_stop stop;
	int64_t hops;		   /* TTLs at which a router answered */
	int64_t errors;		   /* ICMP errors that came back */
	int64_t rtt_ns;		   /* of the control destination; -1 */
	int64_t whole, half, none; /* replies by how much of the identity */
};

/* Control destinations that are traced; each campaign may have its own. */
enum { CHECK_CONTROLS_MAX = 16, CHECK_METHODS = 2 };

struct check {
	const char *file;
	bool json, offline;
	struct config config;
	int64_t now_us;
	struct load_cost cost[CONFIG_CAMPAIGNS_MAX]; /* of each campaign */
	struct load load[CONFIG_CAMPAIGNS_MAX];
	struct load_total total;
	struct check_report report;
	struct targets controls; /* of all campaigns, none twice */
	struct check_trace trace[CHECK_CONTROLS_MAX * CHECK_METHODS];
	size_t ntraces;
};

/* check_load.c: fills in cost, load and total. EX_OSERR. */
bool check_load(struct check *c, struct fault *f);

/* Octets that come into the spool, a day: one segment for each run. */
int64_t check_spool_day(const struct check *c);

/* kbit/s of IP when all probes are of the longest kind, at the ceiling. */
double check_peak_kbit(const struct check *c);

/* check_text.c, check_json.c: what the configuration does. */
void check_text(const struct check *c);
void check_json(const struct check *c, struct json *j);

/* The first slots from now on; how many there are, at most n. */
struct check_slot {
	int64_t slot, planned_us, begins_us; /* with its jitter */
};
size_t check_slots(const struct check *c, const struct config_campaign *k,
    struct check_slot *into, size_t n);

/* check_machine.c: capability, kernel, interface, routes, addresses. */
void check_machine(struct check *c);

/* check_clock.c: who keeps the clock, and what it says. */
void check_clock(struct check *c);

/* check_files.c: spool, disk, key, metrics, configuration. */
void check_files(struct check *c);

/*
 * check_controls.c: whether ICMP errors come back. Gives up every privilege:
 * the last test of all.
 */
void check_controls(struct check *c);

#endif
