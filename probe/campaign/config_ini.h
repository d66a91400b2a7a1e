/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_CONFIG_INI_H
#define TUMEN_CAMPAIGN_CONFIG_INI_H

#include "probe/campaign/draft.h"

/* One file of a configuration; the name stays where it is. */
struct config_text {
	const char *name, *text;
	size_t len;
};

/*
 * Takes the settings of one file into the draft; inih splits the lines.
 * EX_CONFIG with "NAME:LINE: ...".
 */
bool
config_ini_read(struct draft *d, const struct config_text *t, struct fault *f);

#endif
