/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_SEALED_H
#define TUMEN_SQL_SEALED_H

#include "sql/keys.h"
#include "sql/ledger.h"

/*
 * A sealed segment, examined: its octets hashed, its pages and its line about
 * itself checked, its signature held against the known keys.
 */
struct sealed {
	const char *path;	 /* of the SQLite file; borrowed */
	char *signature;	 /* text of the .sig file; NULL none */
	const struct keys *keys; /* NULL: none are known; borrowed */
	struct store *db;
	bool is_segment; /* it says so of itself, whatever is wrong with it */
	struct ledger line; /* hashed */
	enum keys_answer answer;
};

/*
 * The text of the signature file `path`.sig, NULL when there is none; the
 * caller frees it. Read it before the segment is opened: an uploader that
 * stored a segment unlinks the segment first.
 */
char *sealed_signature(const char *path);

/*
 * Opens path, with signature and keys set; takes nothing over. EX_DATAERR: it
 * is damaged, no segment, holds rows of another vantage or epoch, or its
 * signature is refused. EX_UNAVAILABLE: it is gone. End with sealed_close()
 * in any case.
 */
bool sealed_open(struct sealed *s, struct fault *f);
void sealed_close(struct sealed *s);

/*
 * Whether a database that is no segment, and so cannot be signed, is free of
 * vantages that have a key; EX_DATAERR.
 */
bool sealed_unneeded(struct store *s, const struct keys *keys, struct fault *f);

/* The SHA-256 of a file. */
bool sealed_hash(
    const char *path, uint8_t sha256[static HASH_SHA256_LEN], struct fault *f);

/* VANTAGE-EPOCH-000042, safe as the name of a file; the caller frees it. */
char *sealed_name(const struct ledger *line);

#endif
