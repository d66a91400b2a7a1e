/* SPDX-License-Identifier: ISC */
#include "probe/net/notify.h"

#include "probe/base/clock.h"
#include "probe/base/log.h"
#include "probe/base/opt.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

enum { STATUS_MAX = 200 };

/* unix(7): "@name" stands for a name in the abstract name space. */
static bool
address_of(
    const char *text, struct sockaddr_un *to, socklen_t *len, struct fault *f)
{
	size_t n = strlen(text);
	*to = (struct sockaddr_un){.sun_family = AF_UNIX};
	if ((text[0] != '/' && text[0] != '@') || n < 2)
		return fault_set(f, EX_CONFIG,
		    "NOTIFY_SOCKET %s: neither an absolute path nor @name",
		    text);
	if (n >= sizeof(to->sun_path))
		return fault_set(f, EX_CONFIG,
		    "NOTIFY_SOCKET %s: longer than %zu bytes", text,
		    sizeof(to->sun_path) - 1);
	memcpy(to->sun_path, text, n);
	if (text[0] == '@')
		to->sun_path[0] = '\0';
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	return true;
}

/* A variable of the environment; *value stays when it is not set. */
static bool
number_of(const char *name, int64_t hi, int64_t *value, struct fault *f)
{
	const char *text = getenv(name);
	if (text == NULL ||
	    opt_number(name, text, (struct opt_range){1, hi}, value, f))
		return true;
	if (f != NULL)
		f->status = EX_CONFIG;
	return false;
}

/* As sd_watchdog_enabled(3): it may be meant for another process. */
static bool
watchdog_of(int64_t *every_ns, struct fault *f)
{
	int64_t us = 0, pid = getpid();
	if (!number_of("WATCHDOG_USEC", INT64_MAX / 1000, &us, f) ||
	    !number_of("WATCHDOG_PID", INT32_MAX, &pid, f))
		return false;
	*every_ns = pid == getpid() ? us * 1000 / 2 : 0;
	return true;
}

bool
notify_open(struct notify *n, struct fault *f)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to;
	socklen_t len = 0;
	*n = (struct notify){.fd = -1};
	if (name == NULL || name[0] == '\0')
		return true;
	if (!address_of(name, &to, &len, f) || !watchdog_of(&n->watchdog_ns, f))
		return false;
	n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (n->fd >= 0 && connect(n->fd, (struct sockaddr *)&to, len) == 0)
		return true;
	log_line(LOG_WARN, "NOTIFY_SOCKET %s: %s; no service manager is told",
	    name, strerror(errno));
	notify_close(n);
	return true;
}

void
notify_close(struct notify *n)
{
	if (n->fd >= 0)
		close(n->fd);
	*n = (struct notify){.fd = -1};
}

static void
tell(struct notify *n, const char *text)
{
	if (n->fd < 0)
		return;
	bool failed =
	    send(n->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) < 0;
	if (failed && !n->failed)
		log_line(LOG_WARN, "the service manager does not listen: %s",
		    strerror(errno));
	n->failed = failed;
}

void
notify_ready(struct notify *n)
{
	tell(n, "READY=1");
}

void
notify_reloading(struct notify *n)
{
	char text[64];
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    mono_now().ns / 1000);
	tell(n, text);
}

void
notify_stopping(struct notify *n)
{
	tell(n, "STOPPING=1");
}

void
notify_alive(struct notify *n)
{
	tell(n, "WATCHDOG=1");
}

void
notify_status(struct notify *n, const char *text)
{
	char line[STATUS_MAX + 1], all[STATUS_MAX + 16];
	snprintf(line, sizeof(line), "%s", text);
	snprintf(all, sizeof(all), "STATUS=%s", log_sanitize(line));
	tell(n, all);
}
