/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_POSTGRES_ADDRESS_H
#define TUMEN_SQL_POSTGRES_ADDRESS_H

#include "probe/base/fault.h"

/*
 * What the address of a PostgreSQL server (postgresql://...) says, as far as
 * safety goes; NULL: not said. Lists of hosts have commas.
 */
struct postgres_address {
	const char *host, *hostaddr, *sslmode, *service;
	const char *password, *sslpassword, *dbname;
};

/*
 * Refuses (EX_USAGE) secrets in the address, which everybody on this machine
 * could read (ps), and anything weaker than a verified certificate for a
 * server that is not on this machine. *verify: the connection must be made
 * with sslmode=verify-full. No text repeats the address.
 */
bool postgres_address_check(
    const struct postgres_address *a, bool *verify, struct fault *f);

/* Hosts and name, for texts; the caller frees it. */
char *postgres_address_text(const struct postgres_address *a);

#endif
