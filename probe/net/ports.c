/* SPDX-License-Identifier: ISC */
#include "probe/net/ports.h"

#include "probe/base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

/* Below Linux's ephemeral ports (32768..60999): seldom taken by chance. */
enum { BASE_FIRST = 24576, BASE_LAST = 31744 };

struct ports {
	uint16_t base;
	uint32_t first, count;
	int *fd; /* two for each port, -1: not open */
};

/*
 * Hundreds of flows need more open files than the usual soft limit of 1024;
 * where the hard one is low as well, the sockets say so.
 */
static void
allow_files(rlim_t more)
{
	enum { OTHERS = 64 };
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    limit.rlim_cur >= more + OTHERS)
		return;
	limit.rlim_cur = more + OTHERS;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* A filter that takes nothing: the queue of the socket stays empty. */
static int
deafen(int fd)
{
	struct sock_filter nothing = {.code = BPF_RET | BPF_K};
	struct sock_fprog program = {.len = 1, .filter = &nothing};
	return setsockopt(
	    fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/* A TCP socket that neither listens nor connects receives nothing anyway. */
static bool
reserve(int *fd, int type, uint16_t port)
{
	struct sockaddr_in any = {
	    .sin_family = AF_INET, .sin_port = htons(port)};
	*fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	return *fd >= 0 && (type != SOCK_DGRAM || deafen(*fd) == 0) &&
	       bind(*fd, (const struct sockaddr *)&any, sizeof(any)) == 0;
}

static void
release(struct ports *p)
{
	for (size_t i = 0; i < 2 * (size_t)p->count; i++) {
		if (p->fd[i] >= 0)
			close(p->fd[i]);
		p->fd[i] = -1;
	}
}

static bool
reserve_all(struct ports *p)
{
	for (size_t i = 0; i < p->count; i++) {
		uint16_t port = (uint16_t)(p->base + p->first + i);
		if (!reserve(&p->fd[2 * i], SOCK_DGRAM, port) ||
		    !reserve(&p->fd[2 * i + 1], SOCK_STREAM, port)) {
			int error = errno;
			release(p);
			errno = error;
			return false;
		}
	}
	return true;
}

struct ports *
ports_open(uint32_t first, uint32_t count, struct fault *f)
{
	struct ports *p = xcalloc(1, sizeof(*p));
	*p = (struct ports){.first = first, .count = count};
	p->fd = xcalloc(2 * (size_t)count, sizeof(*p->fd));
	memset(p->fd, 0xff, 2 * (size_t)count * sizeof(*p->fd));
	allow_files(2 * (rlim_t)count);
	for (int base = BASE_FIRST; base <= BASE_LAST;
	     base += PORTS_FLOWS_MAX) {
		p->base = (uint16_t)base;
		if (reserve_all(p))
			return p;
		if (errno != EADDRINUSE)
			break;
	}
	fault_set(f, EX_UNAVAILABLE,
	    "source ports for %u flows from flow %u: %s", count, first,
	    strerror(errno));
	ports_close(p);
	return NULL;
}

void
ports_close(struct ports *p)
{
	if (p == NULL)
		return;
	release(p);
	free(p->fd);
	free(p);
}

uint16_t
ports_of(const struct ports *p, uint32_t flow)
{
	if (flow < p->first || flow - p->first >= p->count)
		return 0;
	return (uint16_t)(p->base + flow);
}
