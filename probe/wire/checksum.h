/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_WIRE_CHECKSUM_H
#define TUMEN_WIRE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/*
 * The Internet checksum (RFC 1071). checksum_sum() folds bytes into a running
 * one's-complement sum that starts at 0; an odd length is padded with a zero
 * octet and may only be the last piece. checksum_fold() ends it: the value of
 * the header field in host order. A region that holds its own right checksum
 * folds to 0.
 */
uint32_t checksum_sum(uint32_t sum, const void *bytes, size_t len);
uint16_t checksum_fold(uint32_t sum);

/* Writes 16 bits in network order: what is summed, and the sum itself. */
void checksum_put(uint8_t *p, uint16_t v);

/* The pseudo-header of UDP and TCP over IPv4 (RFC 768, RFC 9293). */
uint32_t
checksum_pseudo(uint32_t src, uint32_t dst, uint8_t protocol, uint16_t l4_len);

#endif
