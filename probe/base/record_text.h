/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_RECORD_TEXT_H
#define TUMEN_BASE_RECORD_TEXT_H

#include "probe/base/bits.h"

/*
 * A text of a packed record: g(1) octets, then parts until there are so many:
 * u(1) 1 and u(5), a word of the table in record_text.c, the first one of it
 * that stands there; else u(1) 0 and u(8), an octet.
 */
void record_text_pack(struct bits_out *b, const char *text);

/* Fails when it has no room with its end, has a 0, or is not packed so. */
void record_text_unpack(struct bits_in *b, char *text, size_t room);

#endif
