/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_PROBE_COMMANDS_H
#define TUMEN_PROBE_COMMANDS_H

#include "probe/base/record.h"
#include "probe/campaign/agent.h"
#include "probe/net/prober.h"
#include "sql/sign.h"

#include <stdio.h>

/* The commands of tumen-probe(1); each returns the exit status. */
int cmd_trace(int argc, char **argv);
int cmd_agent(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_key(int argc, char **argv);

/* For a ':' or '?' of getopt_long(3): names the option. Always false. */
bool options_refuse(int c, char **argv, struct fault *f);

/* The command line of agent, check and status. */
struct options_config {
	const char *file;
	bool once;	    /* agent */
	bool json, offline; /* check */
	bool help;
};
bool options_config(
    int argc, char **argv, struct options_config *o, struct fault *f);

/* Traces that run at the same time; the ceiling holds for all together. */
enum { COMMANDS_PARALLEL = AGENT_PARALLEL };

enum {
	/*
	 * Packets a second: routers that limit their ICMP errors at all mostly
	 * do so at some hundreds a second; this stays below them, and below
	 * what the processor of a busy router notices.
	 */
	COMMANDS_RESPONDER_RATE = CONFIG_RESPONDER_RATE,
	/* A trace's volley of 20 to 40 probes passes at once, a flood never. */
	COMMANDS_TARGET_RATE = CONFIG_TARGET_RATE,
};

/* Where the service has its configuration. */
#define COMMANDS_CONFIG "/etc/tumen/tumen-probe.conf"

/* The spool of a configuration that names none. */
#define COMMANDS_SPOOL "/var/lib/tumen/spool"

/* The engine's settings of a campaign: its own, or the defaults. */
void engine_trace(const struct config_campaign *c, struct trace_config *t);

/* How long late replies are kept: as set, or 60 s and a quarter of the
 * interval at most. */
int64_t engine_linger_s(const struct config_campaign *c);

/* The most probes one trace may send. */
int64_t engine_probes(const struct trace_config *t);

/* The source ports that a configuration may need, after a reload, too. */
uint32_t engine_flows(const struct config *c);

/* The prober's settings of a configuration; borrows its texts. */
struct prober_config engine_config(const struct config *c);

/* The key of a vantage that has one; it must be made for this name. */
bool engine_key(
    const struct config_vantage *v, struct sign_key *key, struct fault *f);

/*
 * A trace for people: one hop a line, no names; without the TTLs at which the
 * target alone answers once more. 0 or -errno.
 */
int show_trace(const struct record *r, FILE *f);

#endif
