/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_NET_NOTIFY_H
#define TUMEN_NET_NOTIFY_H

#include "probe/base/fault.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What the service manager hears of this process: the datagrams of
 * sd_notify(3), without its library. Nothing when $NOTIFY_SOCKET is not set.
 */
struct notify {
	int fd;		     /* -1: nobody listens */
	int64_t watchdog_ns; /* how often it wants a sign of life; 0 never */
};

/*
 * Opens the socket, before the sandbox forbids it; a manager that does not
 * listen is a line in the log. EX_CONFIG for a $NOTIFY_SOCKET that is none.
 */
bool notify_open(struct notify *n, struct fault *f);
void notify_close(struct notify *n);

void notify_ready(const struct notify *n);
void notify_reloading(const struct notify *n); /* then notify_ready() */
void notify_stopping(const struct notify *n);
void notify_alive(const struct notify *n); /* the watchdog's */

/* One line for systemctl status. */
void notify_status(const struct notify *n, const char *text);

#endif
