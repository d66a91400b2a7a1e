/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_HASH_H
#define TUMEN_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The only place that knows libsodium. */

enum {
	HASH_SHA256_LEN = 32,
	HASH_KEY_LEN = 16,
	HASH_SEED_LEN = 32,
	HASH_PUBLIC_LEN = 32,
	HASH_SIGNATURE_LEN = 64,
	UUID_LEN = 16,
	UUID_STRLEN = 37
};

void
hash_sha256(const void *bytes, size_t len, uint8_t out[static HASH_SHA256_LEN]);

/* A hash over several pieces: open, add..., close. Heap-owned until closed. */
struct hash;
struct hash *hash_open(void);
void hash_add(struct hash *h, const void *bytes, size_t len);
void hash_close(struct hash *h, uint8_t out[static HASH_SHA256_LEN]);

/* SipHash-2-4 (Aumasson, Bernstein 2012): keyed, 64 bits. */
uint64_t
hash_sip(const uint8_t key[static HASH_KEY_LEN], const void *bytes, size_t len);

/*
 * Ed25519 (RFC 8032): whoever knows the seed signs, whoever has the public key
 * checks. The same message and seed give the same signature.
 */
void hash_public(const uint8_t seed[static HASH_SEED_LEN],
    uint8_t public[static HASH_PUBLIC_LEN]);
void hash_sign(const uint8_t seed[static HASH_SEED_LEN], const void *bytes,
    size_t len, uint8_t signature[static HASH_SIGNATURE_LEN]);
bool
hash_signed(const uint8_t public[static HASH_PUBLIC_LEN], const void *bytes,
    size_t len, const uint8_t signature[static HASH_SIGNATURE_LEN]);

/* Overwrites a secret, also where the compiler sees no use in it. */
void hash_wipe(void *bytes, size_t len);

/* Base64 (RFC 4648, with padding); the reader takes exactly len octets. */
enum { HASH_BASE64_MAX = 92 }; /* 64 octets and a NUL */
char *hash_base64(
    const uint8_t *bytes, size_t len, char text[static HASH_BASE64_MAX]);
bool hash_unbase64(const char *text, uint8_t *bytes, size_t len);

/* Lower-case hexadecimal digits, and a NUL: room for 2 * len + 1. */
char *hash_hex(const uint8_t *bytes, size_t len, char *text);

/* Bytes of the kernel's random generator. */
void hash_random(void *bytes, size_t len);

/*
 * A version 8 UUID (RFC 9562, section 5.8): the first 122 bits of the SHA-256
 * of the bytes, with version and variant set.
 */
void uuid_of(const void *bytes, size_t len, uint8_t uuid[static UUID_LEN]);
char *
uuid_format(const uint8_t uuid[static UUID_LEN], char text[static UUID_STRLEN]);

/* Reads what uuid_format() writes; false when it is anything else. */
bool uuid_parse(const char *text, uint8_t uuid[static UUID_LEN]);

#endif
