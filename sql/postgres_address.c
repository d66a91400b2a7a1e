/* SPDX-License-Identifier: ISC */
#include "sql/postgres_address.h"

#include "probe/base/mem.h"

#include <stddef.h>
#include <string.h>
#include <sysexits.h>

/* One name of a list: a socket's folder, or loopback. */
static bool
is_local(const char *host, size_t len)
{
	static const char *const names[] = {"localhost", "::1"};
	if (len == 0)
		return false;
	if (host[0] == '/' || host[0] == '@')
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == len && memcmp(host, names[i], len) == 0)
			return true;
	/* 127.0.0.0/8 in digits: 127.example.net is a name. */
	return len >= 9 && memcmp(host, "127.", 4) == 0 &&
	       strspn(host, "0123456789.") >= len;
}

/* Where no host is named, a service file might name one: not local. */
static bool
all_local(const struct postgres_address *a)
{
	bool by_number = a->hostaddr != NULL && a->hostaddr[0] != '\0';
	const char *list = by_number ? a->hostaddr : a->host;
	if (list == NULL)
		return false;
	for (;; list++) {
		size_t len = strcspn(list, ",");
		if (!is_local(list, len))
			return false;
		list += len;
		if (*list == '\0')
			return true;
	}
}

bool
postgres_address_check(
    const struct postgres_address *a, bool *verify, struct fault *f)
{
	*verify = false;
	if (a->password != NULL || a->sslpassword != NULL)
		return fault_set(f, EX_USAGE,
		    "postgresql://...: a password in the address can be read "
		    "by everybody on this machine; put it into ~/.pgpass "
		    "(PGPASSFILE), or use a client certificate");
	if (a->service != NULL)
		return fault_set(f, EX_USAGE,
		    "postgresql://...: service=%.60s: not supported; name the "
		    "host",
		    a->service);
	*verify = !all_local(a);
	if (*verify && a->sslmode != NULL &&
	    strcmp(a->sslmode, "verify-full") != 0)
		return fault_set(f, EX_USAGE,
		    "postgresql://...: sslmode=%.20s: a server that is not on "
		    "this machine must show a certificate for its name "
		    "(verify-full, which is the default)",
		    a->sslmode);
	return true;
}

char *
postgres_address_text(const struct postgres_address *a)
{
	return xasprintf("postgresql://%.100s/%.63s", a->host ? a->host : "",
	    a->dbname ? a->dbname : "");
}
