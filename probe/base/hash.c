/* SPDX-License-Identifier: ISC */
#include "probe/base/hash.h"

#include "probe/base/digits.h"
#include "probe/base/mem.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct hash {
	crypto_hash_sha256_state state;
};

void
hash_sha256(const void *bytes, size_t len, uint8_t out[static HASH_SHA256_LEN])
{
	crypto_hash_sha256(out, bytes, len);
}

struct hash *
hash_open(void)
{
	struct hash *h = xcalloc(1, sizeof(*h));
	crypto_hash_sha256_init(&h->state);
	return h;
}

void
hash_add(struct hash *h, const void *bytes, size_t len)
{
	crypto_hash_sha256_update(&h->state, bytes, len);
}

void
hash_close(struct hash *h, uint8_t out[static HASH_SHA256_LEN])
{
	crypto_hash_sha256_final(&h->state, out);
	free(h);
}

uint64_t
hash_sip(const uint8_t key[static HASH_KEY_LEN], const void *bytes, size_t len)
{
	uint8_t out[crypto_shorthash_BYTES];
	uint64_t v = 0;
	crypto_shorthash(out, bytes, len, key);
	for (size_t i = sizeof(out); i-- > 0;)
		v = v << 8 | out[i];
	return v;
}

void
hash_public(const uint8_t seed[static HASH_SEED_LEN],
    uint8_t public[static HASH_PUBLIC_LEN])
{
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	crypto_sign_seed_keypair(public, secret, seed);
	hash_wipe(secret, sizeof(secret));
}

void
hash_sign(const uint8_t seed[static HASH_SEED_LEN], const void *bytes,
    size_t len, uint8_t signature[static HASH_SIGNATURE_LEN])
{
	uint8_t public[HASH_PUBLIC_LEN], secret[crypto_sign_SECRETKEYBYTES];
	crypto_sign_seed_keypair(public, secret, seed);
	crypto_sign_detached(signature, NULL, bytes, len, secret);
	hash_wipe(secret, sizeof(secret));
}

bool
hash_signed(const uint8_t public[static HASH_PUBLIC_LEN], const void *bytes,
    size_t len, const uint8_t signature[static HASH_SIGNATURE_LEN])
{
	return crypto_sign_verify_detached(signature, bytes, len, public) == 0;
}

void
hash_wipe(void *bytes, size_t len)
{
	sodium_memzero(bytes, len);
}

char *
hash_base64(const uint8_t *bytes, size_t len, char text[static HASH_BASE64_MAX])
{
	return sodium_bin2base64(
	    text, HASH_BASE64_MAX, bytes, len, sodium_base64_VARIANT_ORIGINAL);
}

char *
hash_hex(const uint8_t *bytes, size_t len, char *text)
{
	return sodium_bin2hex(text, 2 * len + 1, bytes, len);
}

bool
hash_unbase64(const char *text, uint8_t *bytes, size_t len)
{
	size_t got = 0;
	return sodium_base642bin(bytes, len, text, strlen(text), NULL, &got,
		   NULL, sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       got == len;
}

void
hash_random(void *bytes, size_t len)
{
	randombytes_buf(bytes, len);
}

void
uuid_of(const void *bytes, size_t len, uint8_t uuid[static UUID_LEN])
{
	uint8_t full[HASH_SHA256_LEN];
	hash_sha256(bytes, len, full);
	memcpy(uuid, full, UUID_LEN);
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x80);
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
}

char *
uuid_format(const uint8_t uuid[static UUID_LEN], char text[static UUID_STRLEN])
{
	char *p = text;
	for (int i = 0; i < UUID_LEN; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		p = digits_hex(p, uuid[i]);
	}
	*p = '\0';
	return text;
}

bool
uuid_parse(const char *text, uint8_t uuid[static UUID_LEN])
{
	const size_t digits_all = (size_t)2 * UUID_LEN;
	char again[UUID_STRLEN];
	size_t n = 0;
	for (const char *p = text; *p != '\0' && n < digits_all; p++) {
		const char digits[] = "0123456789abcdef";
		const char *at = strchr(digits, *p);
		if (*p == '-')
			continue;
		if (at == NULL)
			return false;
		uint8_t half = (uint8_t)(at - digits);
		uuid[n / 2] = n % 2 ? (uint8_t)(uuid[n / 2] | half)
				    : (uint8_t)(half << 4);
		n++;
	}
	return n == digits_all && strcmp(uuid_format(uuid, again), text) == 0;
}
