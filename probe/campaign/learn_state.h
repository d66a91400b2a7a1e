/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_LEARN_STATE_H
#define TUMEN_CAMPAIGN_LEARN_STATE_H

#include "probe/campaign/learn.h"

/* Inside learn*.c: the memory itself. Times are microseconds, -1 never. */

enum {
	LEARN_METHODS = 3,
	LEARN_SERVICES_MAX = 32, /* of a target; four campaigns' lists */
	LEARN_CAMPAIGNS_MAX = CONFIG_CAMPAIGNS_MAX,
};
#define LEARN_TIME_MAX (INT64_MAX / 1000) /* the year 2262, in us */

/* A TCP service. */
struct learn_service {
	uint16_t port;
	int64_t tried_us;
	int64_t open_us;   /* SYN/ACK from the target itself */
	int64_t closed_us; /* RST from it */
	int64_t failed_us; /* the first try of those since it was open; -1: the
			      last one found it open */
};

enum learn_last { LAST_NONE, LAST_SILENT, LAST_ANSWERED };

/* What one campaign, not a sweep, knows of one target. */
struct learn_past {
	size_t campaign;	/* in learn.campaigns */
	uint8_t silent, missed; /* 0..LEARN_SILENT runs since it answered:
				   those in which another target of its prefix
				   did; all, at first LEARN_SILENT */
	enum learn_last last;	/* run that traced it; */
	bool current;		/* which is the campaign's last one */
	uint16_t port;		/* in use; 0: none was asked for */
	bool traced, reached;	/* in the run under way; not kept */
};

struct learn_target {
	uint32_t addr;
	int64_t known_us; /* since when */
	int64_t tried_us[LEARN_METHODS], answered_us[LEARN_METHODS];
	struct learn_service *services;
	struct learn_past *pasts;
	size_t nservices, npasts;
};

struct learn_campaign {
	char name[RECORD_NAME_MAX + 1];
	int64_t interval_s;
	int64_t last_us;  /* the last trace */
	int64_t awake_us; /* since when it was traced without a long pause */
	int64_t answer, silent; /* of the last sweep */
	int64_t now_answer, now_silent;
	bool running; /* a run is under way; not kept */
};

struct learn {
	char *dir;
	bool changed;
	struct learn_target **targets; /* by address */
	size_t n, room;
	struct learn_campaign campaigns[LEARN_CAMPAIGNS_MAX];
	size_t ncampaigns;
};

/* What is remembered; NULL. */
struct learn_target *learn_find(const struct learn *l, uint32_t addr);
struct learn_service *
learn_find_service(const struct learn_target *t, uint16_t port);
struct learn_past *
learn_find_past(const struct learn_target *t, size_t campaign);

/* Its place, LEARN_CAMPAIGNS_MAX when it is unknown. */
size_t learn_find_campaign(const struct learn *l, const char *name);

/* The first target at this address or above it. */
size_t learn_lower(const struct learn *l, uint32_t addr);

/*
 * Found or new; where there is no more room, in place of the one that was
 * tried longest ago. NULL: a sweep may not drive out what others trace.
 */
struct learn_target *learn_add(struct learn *l, uint32_t addr, bool by_sweep);
struct learn_service *learn_add_service(struct learn_target *t, uint16_t port);
struct learn_past *learn_add_past(struct learn_target *t, size_t campaign);
size_t learn_add_campaign(struct learn *l, const char *name);

int64_t learn_last_us(const struct learn_target *t);

/* A time without traces that is more than one or two slots of the campaign. */
int64_t learn_pause_us(int64_t interval_s);

/*
 * The file as text, which the caller frees, and back: the same text. NULL with
 * EX_DATAERR, "line N: ..."; whatever the bytes are.
 */
char *learn_format(const struct learn *l);
struct learn *learn_parse(const void *bytes, size_t len, struct fault *f);

#endif
