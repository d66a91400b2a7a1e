/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_VIEW_H
#define TUMEN_CAMPAIGN_VIEW_H

#include "probe/base/fault.h"
#include "probe/base/record.h"
#include "probe/campaign/config.h"

/*
 * What is to be seen of an agent from outside: it writes the file `status` of
 * its spool (INI), and metrics where it is told to; tumen-probe status reads
 * the former. Missing numbers are -1, texts "".
 */
enum {
	VIEW_SKIPPED = 2, /* of the states */
	VIEW_STATES = 5,
	VIEW_REASON_MAX = 160,
	VIEW_FILE_MAX = 1 << 18, /* octets: 64 campaigns take a third of it */
};

/* done, partial, skipped, failed, aborted. */
const char *view_state(int i);

struct view_campaign {
	char name[RECORD_NAME_MAX + 1];
	bool running;
	int64_t slot, jobs, jobs_ended; /* of the run under way */
	int64_t next_us;		/* when the next slot begins */
	int64_t last_slot, last_us;	/* the run that ended last, and when */
	int64_t last_began_us;		/* skipped: -1 */
	char last_state[16], last_reason[VIEW_REASON_MAX];
	int64_t last_traces, last_sent, last_received;
	int64_t runs[VIEW_STATES];	 /* since the start */
	int64_t targets, answer, silent; /* who answered in the last run */
	char uplink[16]; /* of the last run: up, down, unstable, unknown */
};

struct view {
	char vantage[RECORD_NAME_MAX + 1], version[RECORD_NAME_MAX + 1];
	int64_t pid, started_us, written_us;
	int64_t config_us;	/* when it was read, or read again */
	char config_error[512]; /* why it was not, the last time */
	int64_t rate, target_rate, responder_rate; /* the ceilings */
	int64_t sent_peak; /* the most packets in one second, of the last
			      minute */
	int64_t sent, not_sent, received, unmatched, malformed, drops;
	int64_t traces_running;
	int64_t segments, segments_octets; /* sealed, waiting for upload */
	int64_t disk_used, disk_free;	   /* percent; octets */
	bool disk_full;
	int64_t clock_steps; /* seen since the start */
	struct view_campaign *campaigns;
	size_t n;
};

/* Atomically. f->full when the disk is. */
bool view_write(const struct view *v, const char *spool, struct fault *f);

/*
 * *v is overwritten; view_clear() it. EX_UNAVAILABLE no agent has ever
 * written one, EX_DATAERR, EX_NOPERM.
 */
bool view_read(struct view *v, const char *spool, struct fault *f);
void view_clear(struct view *v);

/*
 * The text of such a file, NUL-terminated and the caller's to free(); and what
 * one says: EX_DATAERR with "NAME:LINE: why", then *v owns nothing. Texts that
 * were read are printable ASCII, for whatever else was in them stands '?'.
 */
char *view_text(const struct view *v);
bool view_parse(struct view *v, const char *name, const char *text, size_t len,
    struct fault *f);

/*
 * OpenMetrics 1.0, for node_exporter's textfile collector; atomically, and for
 * everybody to read. view_metrics_text() is its text, the caller's to free().
 */
bool view_metrics(const struct view *v, const char *path, struct fault *f);
char *view_metrics_text(const struct view *v);

#endif
