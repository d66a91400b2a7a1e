/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TEST_SQLITE_PLAIN_H
#define TUMEN_TEST_SQLITE_PLAIN_H

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* SQLite without tumen. */
static inline void
sqlite_plain(const char *db, const char *sql)
{
	sqlite3 *h = NULL;
	char *error = NULL;
	assert_int_equal(sqlite3_open(db, &h), SQLITE_OK);
	sqlite3_exec(h, sql, NULL, NULL, &error);
	if (error != NULL)
		fail_msg("%.200s: %s", sql, error);
	sqlite3_close(h);
}

#endif
