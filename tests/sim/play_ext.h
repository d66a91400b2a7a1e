/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_PLAY_EXT_H
#define TUMEN_TESTS_PLAY_EXT_H

#include "tests/sim/play_manner.h"

#include <stddef.h>

/*
 * Puts an extension structure (RFC 4884) behind the quote of an ICMP error,
 * which is filled up to 128 octets at least; sets the length field. Returns
 * the octets behind the ICMP header.
 */
size_t
play_ext_add(enum play_ext kind, uint32_t addr, uint8_t *icmp, size_t quote);

#endif
