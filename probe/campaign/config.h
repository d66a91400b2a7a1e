/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_CONFIG_H
#define TUMEN_CAMPAIGN_CONFIG_H

#include "probe/base/fault.h"
#include "probe/base/record.h"
#include "probe/campaign/methods.h"
#include "probe/campaign/schedule.h"
#include "probe/campaign/targets.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* tumen-probe.conf(5) in memory. Texts are "" when they are not set. */

enum {
	CONFIG_TEXT_MAX = 64,
	CONFIG_PATH_MAX = 255,
	CONFIG_INTERFACE_MAX = 15,
	CONFIG_CAMPAIGNS_MAX = 64,
	CONFIG_FORBIDDEN_MAX = 256,
	CONFIG_FLOWS_MAX = 64,
	CONFIG_RATE = 20,     /* packets a second: the default */
	CONFIG_LINGER_S = 60, /* of a campaign's traces: the default */
	CONFIG_BURST = 40, /* two volleys: a trace seldom waits for its turn */
	CONFIG_DISK_WARN = 70, /* percent of the spool's disk */
	CONFIG_DISK_STOP = 95,
	CONFIG_TARGET_RATE = 100, /* packets a second towards one target */
	CONFIG_RESPONDER_RATE = 100,
	CONFIG_CONTROLS_MAX = 8, /* control destinations of a campaign */
	CONFIG_PORTS_MAX = 8,	 /* a short list: nothing is scanned */
	CONFIG_VERIFY_S = 86400, /* between two looks at a target's ports */
	CONFIG_QUIET = 8,	 /* of so many slots a silent target has one */
	CONFIG_JITTER_S = 10,	 /* at most, where none is set */
};

/* Which raw packets are kept beside a trace. */
enum config_evidence {
	EVIDENCE_EDGE, /* those that a verdict rests on */
	EVIDENCE_ALL,
	EVIDENCE_NONE,
};

struct config_vantage {
	char name[RECORD_NAME_MAX + 1];
	char contact[CONFIG_TEXT_MAX + 1];
	char place[CONFIG_TEXT_MAX + 1];
	char spool[CONFIG_PATH_MAX + 1];
	char key[CONFIG_PATH_MAX + 1]; /* signs the segments */
	char interface[CONFIG_INTERFACE_MAX + 1];
	char user[RECORD_NAME_MAX + 1];
	uint32_t source; /* 0: the kernel's choice */
	int64_t rate, burst;
	int64_t disk_warn, disk_stop; /* percent in use */
	int64_t target_rate, responder_rate;
	char metrics[CONFIG_PATH_MAX + 1]; /* OpenMetrics, a text file */
	struct targets control;	  /* of each campaign that has no own */
	struct prefix *forbidden; /* never probed */
	size_t nforbidden;
};

/* Numbers of the engine are -1 when not set: the engine has the defaults. */
struct config_campaign {
	char name[RECORD_NAME_MAX + 1];
	struct targets targets; /* without the forbidden ones */
	struct methods methods;
	int64_t port, flows;
	int64_t attempts, first_ttl, max_ttl, window, gap, wait_ms, linger_s;
	int64_t interval_s, phase_s; /* phase -1: from the names */
	int64_t jitter_s;	     /* -1: a 60th of the interval, <= 10 s */
	int64_t anchor_us;
	int64_t start_us, until_us; /* slots planned in [start, until); -1 */
	int64_t mda;		    /* 95, 99: all paths; 0: one per flow */
	bool sweep;		    /* targets are every address, in one go */
	enum config_evidence evidence;
	struct targets control; /* after the parse: the vantage's or own */
	uint16_t ports[CONFIG_PORTS_MAX]; /* to look at; 0 ends them */
	int64_t verify_s; /* between two looks at the ports; 0: never */
	int64_t quiet;	  /* 1: silent targets as often as all others */
};

struct config {
	struct config_vantage vantage;
	struct config_campaign *campaigns;
	size_t n;
	size_t ntargets_forbidden; /* targets that the list of forbidden took */
};

/*
 * EX_CONFIG with "NAME:LINE: [section] key value: what is legal", EX_NOPERM or
 * EX_UNAVAILABLE when a targets_file cannot be read. *c is overwritten; on
 * failure it owns nothing.
 */
bool config_parse(struct config *c, const char *name, const char *text,
    size_t len, struct fault *f);

/* The same for a file and those of conf.d beside it: see config_files.h. */
bool config_load(struct config *c, const char *path, struct fault *f);
void config_clear(struct config *c);

/*
 * What a running agent can go over to. False with EX_CONFIG and the first
 * setting that only a start takes in: name, spool, key, interface, source,
 * user, metrics, rate, burst, target_rate, responder_rate, contact.
 */
bool config_may_follow(
    const struct config *now, const struct config *next, struct fault *f);

/* Whether runs of both consist of the same traces at the same times. */
bool config_same_campaign(
    const struct config_campaign *a, const struct config_campaign *b);

/* When a campaign runs. */
struct schedule
config_schedule(const struct config *c, const struct config_campaign *campaign);

#endif
