/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_WIRE_ICMPEXT_H
#define TUMEN_WIRE_ICMPEXT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Finds the extension objects of an ICMP error (RFC 4884, section 7 and 8).
 * body is everything behind the 8 octets of the ICMP header; length_words the
 * length field of the header (octet 5), in 32-bit words, 0 in the legacy form
 * that begins behind 128 octets. Accepts version 2 with a right checksum or
 * checksum 0, in the high nibble. Returns the objects (borrowed) and their
 * length, or NULL when there are none. *quote_len becomes the octets of body
 * that belong to the quoted packet.
 */
const uint8_t *icmpext_find(const uint8_t *body, size_t body_len,
    uint8_t length_words, size_t *quote_len, size_t *objects_len);

#endif
