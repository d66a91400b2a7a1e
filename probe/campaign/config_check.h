/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_CONFIG_CHECK_H
#define TUMEN_CAMPAIGN_CONFIG_CHECK_H

#include "probe/campaign/draft.h"

/*
 * What only the whole configuration can tell, when all files have been read;
 * words become targets and control destinations. `name` is the file to blame
 * for what is missing. EX_CONFIG with the place; EX_UNAVAILABLE, EX_NOPERM for
 * a list of targets that cannot be read.
 */
bool config_check(struct draft *d, const char *name, struct fault *f);

/* Parts of it: [vantage] control; targets and control of campaign i. */
bool config_targets_vantage(struct draft *d, struct fault *f);
bool config_targets_campaign(struct draft *d, size_t i, struct fault *f);

#endif
