/* SPDX-License-Identifier: ISC */
#include "probe/campaign/view_fields.h"

#include <stddef.h>

#define FIELD(kind, field, in)                                                 \
	{                                                                      \
#field, kind, offsetof(struct in, field),                      \
		    sizeof(((struct in *)0)->field)                            \
	}
#define NUMBER(field) FIELD(VIEW_NUMBER, field, view)
#define FLAG(field)   FIELD(VIEW_FLAG, field, view)
#define TEXT(field)   FIELD(VIEW_TEXT, field, view)

const struct view_field view_fields[] = {
    TEXT(vantage),
    TEXT(version),
    NUMBER(pid),
    NUMBER(started_us),
    NUMBER(written_us),
    NUMBER(config_us),
    TEXT(config_error),
    NUMBER(rate),
    NUMBER(target_rate),
    NUMBER(responder_rate),
    NUMBER(sent_peak),
    NUMBER(sent),
    NUMBER(not_sent),
    NUMBER(received),
    NUMBER(unmatched),
    NUMBER(malformed),
    NUMBER(drops),
    NUMBER(traces_running),
    NUMBER(segments),
    NUMBER(segments_octets),
    NUMBER(disk_used),
    NUMBER(disk_free),
    FLAG(disk_full),
    NUMBER(clock_steps),
    {0},
};
#undef NUMBER
#undef FLAG
#undef TEXT

#define NUMBER(field) FIELD(VIEW_NUMBER, field, view_campaign)
#define FLAG(field)   FIELD(VIEW_FLAG, field, view_campaign)
#define TEXT(field)   FIELD(VIEW_TEXT, field, view_campaign)
#define RUNS(state, i)                                                         \
	{                                                                      \
		"runs_" state, VIEW_NUMBER,                                    \
		    offsetof(struct view_campaign, runs[i]), sizeof(int64_t)   \
	}

const struct view_field view_campaign_fields[] = {
    FLAG(running),
    NUMBER(slot),
    NUMBER(jobs),
    NUMBER(jobs_ended),
    NUMBER(next_us),
    NUMBER(last_slot),
    NUMBER(last_began_us),
    NUMBER(last_us),
    TEXT(last_state),
    TEXT(last_reason),
    NUMBER(last_traces),
    NUMBER(last_sent),
    NUMBER(last_received),
    RUNS("done", 0),
    RUNS("partial", 1),
    RUNS("skipped", 2),
    RUNS("failed", 3),
    RUNS("aborted", 4),
    NUMBER(targets),
    NUMBER(answer),
    NUMBER(silent),
    TEXT(uplink),
    {0},
};

const char *
view_state(int i)
{
	static const char *const states[VIEW_STATES] = {
	    "done", "partial", "skipped", "failed", "aborted"};
	return states[i];
}

int64_t
view_number(const void *base, const struct view_field *field)
{
	const char *at = (const char *)base + field->offset;
	if (field->kind == VIEW_FLAG)
		return *(const bool *)at;
	return *(const int64_t *)(const void *)at;
}

const char *
view_string(const void *base, const struct view_field *field)
{
	return (const char *)base + field->offset;
}

void
view_plain(char *s)
{
	for (; *s != '\0'; s++)
		if (*s < 0x20 || *s > 0x7e)
			*s = '?';
}
