/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_POSTGRES_VALUE_H
#define TUMEN_SQL_POSTGRES_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Values as PostgreSQL sends them in binary (the "send" functions of its
 * types; network byte order). Types are the OIDs of pg_type.
 */
enum {
	POSTGRES_BYTEA = 17,
	POSTGRES_INT8 = 20,
	POSTGRES_TEXT = 25,
	POSTGRES_FLOAT8 = 701,
};

/* Whether a column of this type can be read by what follows, or as octets. */
bool postgres_readable(unsigned type);

/* 0, or not-a-number, for what is no number or not whole. */
int64_t postgres_int(unsigned type, const void *bytes, size_t len);
double postgres_real(unsigned type, const void *bytes, size_t len);

/* Whether the server would take it as a text: UTF-8 without NUL. */
bool postgres_text_ok(const char *text, size_t len);

#endif
