/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_SETTING_H
#define TUMEN_CAMPAIGN_SETTING_H

#include "probe/campaign/draft.h"

/* One "key = value" of the configuration. */
struct setting {
	const char *key, *value;
	struct place at;
	bool more; /* an indented line: the value goes on */
};

/*
 * Takes it in. EX_CONFIG with place, section, key, value and what is legal.
 * Words of targets and of control destinations are only put down.
 */
bool setting_vantage(struct draft *d, const struct setting *s, struct fault *f);
bool setting_campaign(
    struct draft *d, size_t campaign, const struct setting *s, struct fault *f);

/* What config_may_follow() says. */
bool setting_may_follow(const struct config_vantage *now,
    const struct config_vantage *next, struct fault *f);

/* Names of vantages and campaigns: 1..32 of a-z 0-9 . _ - */
bool setting_is_name(const char *s);

#endif
