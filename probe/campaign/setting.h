/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_SETTING_H
#define TUMEN_CAMPAIGN_SETTING_H

#include "probe/campaign/config.h"

/*
 * One "key = value" of the configuration. The fault names section, key, value
 * and what is legal; the caller puts the file and the line before it.
 */
bool setting_vantage(
    struct config *c, const char *key, const char *value, struct fault *f);
bool setting_campaign(struct config_campaign *c, const char *section,
    const char *key, const char *value, struct fault *f);

/* Names of vantages and campaigns: 1..32 of a-z 0-9 . _ - */
bool setting_is_name(const char *s);

/* "300", "90s", "15m", "6h", "1d" into seconds of lo..hi. */
bool setting_duration(const char *text, int64_t lo, int64_t hi, int64_t *s);

#endif
