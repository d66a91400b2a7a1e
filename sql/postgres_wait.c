/* SPDX-License-Identifier: ISC */
#include "sql/postgres_wait.h"

#include "probe/base/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

bool
postgres_wait(int fd, bool sending, int64_t ms)
{
	int64_t end_ns = mono_now().ns + ms * NS_PER_MS;
	struct pollfd p = {
	    .fd = fd, .events = (short)(POLLIN | (sending ? POLLOUT : 0))};
	int64_t left = ms;
	int n = 0;
	do {
		n = poll(&p, 1, left > 0 ? (int)left : 0);
		left = (end_ns - mono_now().ns) / NS_PER_MS;
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		shutdown(fd, SHUT_RDWR);
	return n != 0;
}
