/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_SIGN_H
#define TUMEN_SQL_SIGN_H

#include "probe/base/fault.h"
#include "probe/base/hash.h"
#include "probe/base/record.h"

/*
 * Ed25519 keys of vantages and signatures of sealed segments: text files of
 * one line each, words between single blanks, binary in Base64.
 *
 *   FILE            tumen-secret 1 VANTAGE KEYID SEED
 *   FILE.pub        tumen-public 1 VANTAGE KEYID PUBLIC
 *   NNNNNN.db.sig   tumen-signature 1 KEYID SIGNATURE
 *
 * KEYID is the first 8 octets of the public key's SHA-256 in hexadecimal.
 * Signed are the octets "tumen segment 1\n" and the SHA-256 of the segment.
 */
enum {
	SIGN_ID_STRLEN = 17,
	SIGN_LINE_MAX = 256,
};

/* Somebody's public key. */
struct sign_public {
	char vantage[RECORD_NAME_MAX + 1];
	char id[SIGN_ID_STRLEN];
	uint8_t key[HASH_PUBLIC_LEN];
};

/* What stands in a signature file. */
struct sign_mark {
	char id[SIGN_ID_STRLEN];
	uint8_t signature[HASH_SIGNATURE_LEN];
};

/* A vantage's secret key. */
struct sign_key {
	struct sign_public public;
	uint8_t seed[HASH_SEED_LEN];
};

/*
 * Makes a new key in two new files: path (mode 0600) and path.pub. EX_USAGE
 * for no name of a vantage; never replaces a file (EX_CANTCREAT).
 */
bool sign_key_make(const char *path, const char *vantage,
    struct sign_public *made, struct fault *f);

/*
 * Reads a secret key that belongs to root or this user and that nobody else
 * can read (EX_NOPERM); EX_CONFIG when it is none. End with sign_key_wipe().
 */
bool sign_key_load(struct sign_key *k, const char *path, struct fault *f);
void sign_key_wipe(struct sign_key *k);

/* The line of FILE.pub; false when it is anything else. */
bool sign_public_parse(const char *line, struct sign_public *p);
char *sign_public_format(
    const struct sign_public *p, char line[static SIGN_LINE_MAX]);

/* The line of a signature file over a segment with this SHA-256. */
char *sign_segment(const struct sign_key *k,
    const uint8_t sha256[static HASH_SHA256_LEN],
    char line[static SIGN_LINE_MAX]);
bool sign_mark_parse(const char *line, struct sign_mark *m);
bool sign_verify(const struct sign_public *p, const struct sign_mark *m,
    const uint8_t sha256[static HASH_SHA256_LEN]);

#endif
