/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_KEYS_H
#define TUMEN_SQL_KEYS_H

#include "sql/sign.h"

#include <stddef.h>

/*
 * The public keys that somebody trusts, each for one vantage. A vantage may
 * have several (an old and a new one).
 */
struct keys;

/*
 * A file of lines as in FILE.pub (blank lines and # comments between them), or
 * a folder of such files *.pub. EX_CONFIG with file and line for anything else
 * and when there is no key at all, EX_UNAVAILABLE, EX_NOPERM.
 */
struct keys *keys_load(const char *path, struct fault *f);
void keys_free(struct keys *k);

/* Whether what comes from this vantage must be signed. k NULL: nothing must. */
bool keys_has(const struct keys *k, const char *vantage);

/* How a segment stands with its signature. */
enum keys_answer {
	KEYS_UNSIGNED,	 /* and it need not be */
	KEYS_UNVERIFIED, /* a signature, but no key is known of this vantage */
	KEYS_GOOD,
	KEYS_REFUSED, /* the fault (EX_DATAERR) says why */
};

/*
 * Holds a segment of a vantage against the text of its signature file (NULL:
 * it has none).
 */
struct keys_claim {
	const char *vantage, *signature;
	const uint8_t *sha256;
};
enum keys_answer keys_check(
    const struct keys *k, const struct keys_claim *claim, struct fault *f);

#endif
