/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_POSTGRES_FAULT_H
#define TUMEN_SQL_POSTGRES_FAULT_H

#include "probe/base/fault.h"

/* What a PostgreSQL server's errors mean here; five characters and a NUL. */
enum { SQLSTATE_LEN = 6 };

/*
 * The fault for an SQLSTATE (PostgreSQL manual, appendix A) with its text, in
 * one line; "" when the server gave none, which is what a lost connection looks
 * like. EX_UNAVAILABLE means that the same may go well later. Returns false.
 */
bool postgres_fault(
    struct fault *f, const char *where, const char *sqlstate, const char *text);

/*
 * The last SQLSTATE in what libpq says about a connection that was not made
 * (PQERRORS_VERBOSE: "FATAL:  28P01: password ..."); "" none.
 */
void postgres_sqlstate_in(const char *text, char sqlstate[static SQLSTATE_LEN]);

/*
 * Whether a COMMIT that was answered with this tag stored all of it: one of a
 * transaction in which a statement failed ends without an error, one whose wait
 * for the standby was cancelled with a warning.
 */
bool postgres_committed(
    struct fault *f, const char *where, const char *tag, bool warned);

#endif
