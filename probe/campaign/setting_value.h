/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_SETTING_VALUE_H
#define TUMEN_CAMPAIGN_SETTING_VALUE_H

#include "probe/base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a value is, and the field that it goes into. */
enum setting_kind {
	SETTING_NAME,	   /* char[hi + 1] */
	SETTING_TEXT,	   /* char[hi + 1], printable ASCII */
	SETTING_PATH,	   /* char[hi + 1], absolute */
	SETTING_NUMBER,	   /* int64_t of lo..hi */
	SETTING_DURATION,  /* int64_t, seconds of lo..hi */
	SETTING_OR_NEVER,  /* the same, or 0 */
	SETTING_TIME,	   /* int64_t, microseconds since 1970 */
	SETTING_ADDRESS,   /* uint32_t */
	SETTING_SWITCH,	   /* bool: no, yes */
	SETTING_MDA,	   /* int64_t: 95, 99 */
	SETTING_EVIDENCE,  /* enum config_evidence */
	SETTING_METHODS,   /* struct methods */
	SETTING_PORTS,	   /* uint16_t[CONFIG_PORTS_MAX] */
	SETTING_FORBIDDEN, /* struct config_vantage, added to */
	SETTING_WORDS,	   /* struct draft_words: setting.c's business */
};

/* When it takes effect, and whose field it is. */
enum setting_taken {
	SETTING_EVER,
	SETTING_ONCE,  /* at a start alone */
	SETTING_DRAFT, /* a field of struct draft_section */
};

struct setting_key {
	const char *name;
	enum setting_kind kind;
	enum setting_taken taken;
	size_t offset; /* of the field */
	int64_t lo, hi;
};

/*
 * Reads the value into the field at `to`. EX_CONFIG with what is legal,
 * without the value.
 */
bool setting_store(
    void *to, const struct setting_key *k, const char *value, struct fault *f);

/* A field of a SETTING_ONCE key as text for people; "none" for unset. */
enum { SETTING_SHOWN = 256 };
const char *setting_show(const void *field, const struct setting_key *k,
    char text[static SETTING_SHOWN]);

#endif
