/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CAMPAIGN_METHODS_H
#define TUMEN_CAMPAIGN_METHODS_H

#include "probe/base/fault.h"
#include "probe/base/record.h"

#include <stdbool.h>
#include <stddef.h>

/* The methods of one run, in the order they were named, none twice. */
enum { METHODS_MAX = 3 };
struct methods {
	enum record_method method[METHODS_MAX];
	size_t n;
};

/*
 * "udp", "icmp" and "tcp" between commas and blanks; *m is overwritten.
 * EX_USAGE with what is legal, without the value.
 */
bool methods_parse(struct methods *m, const char *text, struct fault *f);

bool methods_have(const struct methods *m, enum record_method method);

/* Whether a destination port means anything: not to ICMP alone. */
bool methods_have_port(const struct methods *m);

#endif
