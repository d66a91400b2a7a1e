/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_INTERN_H
#define TUMEN_ORIGIN_INTERN_H

#include "probe/base/wr.h"

#include <stdint.h>

/*
 * Texts, each kept once: equal texts have equal offsets, so that comparing
 * them is comparing numbers. Start from {0}.
 */
struct intern {
	struct wr text;	 /* NUL-terminated, the first empty */
	uint32_t *slots; /* open addressing: an offset, 0 for a free one */
	size_t room, n;
};

/*
 * The offset of text, which is added unless it is there; 0 for "", and for what
 * goes beyond INTERN_TEXT_MAX bytes.
 */
uint32_t intern_put(struct intern *in, const char *text);

/* The text at an offset; it holds until the next intern_put(). */
const char *intern_at(const struct intern *in, uint32_t offset);

void intern_clear(struct intern *in);

#define INTERN_TEXT_MAX ((size_t)1 << 31)

#endif
