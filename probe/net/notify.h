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
	int64_t watchdog_ns; /* how often it wants a sign of life: half of what
				it waits; 0 never */
	bool failed;	     /* the last datagram: the log knows */
};

/*
 * Opens the socket, before the sandbox forbids it; a manager that does not
 * listen is a line in the log. EX_CONFIG for a $NOTIFY_SOCKET that is neither
 * a path nor @name, and for a $WATCHDOG_USEC or $WATCHDOG_PID that is no
 * number.
 */
bool notify_open(struct notify *n, struct fault *f);
void notify_close(struct notify *n);

/*
 * None of these waits or fails: a datagram that cannot be sent is lost, and
 * the first of a row a line in the log.
 */
void notify_ready(struct notify *n);
void notify_reloading(struct notify *n); /* then notify_ready() */
void notify_stopping(struct notify *n);
void notify_alive(struct notify *n); /* the watchdog's */

/* One line for systemctl status, cut at 200 bytes. */
void notify_status(struct notify *n, const char *text);

#endif
