/* SPDX-License-Identifier: ISC */
#include "probe/net/send.h"

#include "probe/base/mem.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

/*
 * What the kernel counts for a packet of ours that waits: 832 octets, and it
 * doubles the value that it is given.
 */
enum { PACKET_MEMORY = 416 };

enum { HEADER_DST = 16 };

struct send {
	int fd;
};

static bool
option(int fd, int level, int name, int value, struct fault *f)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)) == 0)
		return true;
	return fault_set(
	    f, EX_OSERR, "raw socket option %d: %s", name, strerror(errno));
}

static bool
bind_to(int fd, const char *interface, struct fault *f)
{
	size_t len = strlen(interface);
	if (len < IFNAMSIZ && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE,
				  interface, (socklen_t)len + 1) == 0)
		return true;
	return fault_set(f, EX_UNAVAILABLE, "%s: no such interface", interface);
}

static bool
prepare(int fd, const char *interface, uint32_t most, struct fault *f)
{
	int memory = (int)most * PACKET_MEMORY;
	/* IP_RECVERR: without it a full queue (ENOBUFS) looks like a success.
	 */
	return (interface == NULL || bind_to(fd, interface, f)) &&
	       option(fd, SOL_SOCKET, SO_SNDBUF, memory, f) &&
	       option(fd, IPPROTO_IP, IP_RECVERR, 1, f);
}

struct send *
send_open(const char *interface, uint32_t most, struct fault *f)
{
	int fd = socket(
	    AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
	if (fd < 0) {
		fault_set(f, errno == EPERM ? EX_NOPERM : EX_OSERR,
		    "raw socket: %s", strerror(errno));
		return NULL;
	}
	if (!prepare(fd, interface, most, f)) {
		close(fd);
		return NULL;
	}
	struct send *s = xcalloc(1, sizeof(*s));
	s->fd = fd;
	return s;
}

void
send_close(struct send *s)
{
	if (s == NULL)
		return;
	close(s->fd);
	free(s);
}

int
send_packet(struct send *s, const uint8_t *packet, size_t len)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	memcpy(&to.sin_addr, packet + HEADER_DST, sizeof(to.sin_addr));
	ssize_t n = sendto(
	    s->fd, packet, len, 0, (const struct sockaddr *)&to, sizeof(to));
	return n < 0 ? -errno : 0;
}
