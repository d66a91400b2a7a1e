/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_DRAFT_H
#define TUMEN_CAMPAIGN_DRAFT_H

#include "probe/campaign/config.h"

/*
 * A configuration while it is read: beside the values, what was given where,
 * and the words that mean something only together with the rest of their
 * section. Private to config*.c and setting*.c.
 */

/* Line 0: the file as a whole. The name is borrowed. */
struct place {
	const char *file;
	int line;
};

struct draft_key {
	const char *name; /* borrowed from the table of keys */
	struct place at;
};

struct draft_word {
	char *text;
	struct place at;
};

struct draft_words {
	struct draft_word *word;
	size_t n;
};

enum { DRAFT_KEYS_MAX = 32 };

/* [vantage], or a campaign. */
struct draft_section {
	char name[sizeof("campaign ") + RECORD_NAME_MAX];
	struct place at; /* where it began first */
	struct draft_key given[DRAFT_KEYS_MAX];
	size_t ngiven;
	struct draft_words targets, control;
	char targets_file[CONFIG_PATH_MAX + 1];
};

struct draft {
	struct config *config;
	struct draft_section vantage;
	struct draft_section *campaigns; /* as those of config, one for one */
};

/* *c gets the defaults; d borrows it. */
void draft_begin(struct draft *d, struct config *c);
void draft_end(struct draft *d);

/*
 * The number of the campaign with that name, a new one when there is none yet;
 * CONFIG_CAMPAIGNS_MAX when there are too many.
 */
size_t draft_campaign(struct draft *d, const char *name, struct place at);

/* Where the key was given, or NULL. */
const struct draft_key *
draft_find(const struct draft_section *s, const char *key);
void draft_give(struct draft_section *s, const char *key, struct place at);

/* The place of the key; without it, that of the section. */
struct place draft_where(const struct draft_section *s, const char *key);

/* Adds what stands between blanks and commas. */
void draft_split(struct draft_words *w, const char *value, struct place at);

/* EX_CONFIG with "FILE:LINE: " before the text; false. */
bool draft_fault(struct fault *f, struct place at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
