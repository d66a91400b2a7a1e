/* SPDX-License-Identifier: ISC */
#include "probe/net/send.h"

#include "probe/base/mem.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#ifndef SO_SELECT_ERR_QUEUE
#define SO_SELECT_ERR_QUEUE 45
#endif

/* Stamps wait in the socket's receive memory; a full one loses them. */
enum { STAMP_MEMORY = 1 << 20 };

enum {
	IPV4_LEN = 20,
	IPV4_ID = 4,
	IPV4_TTL = 8,
	IPV4_PROTOCOL = 9,
	IPV4_DST = 16,
};

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
prepare(int fd, const char *interface, struct fault *f)
{
	int stamps = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
	/* IP_RECVERR: without it a full queue (ENOBUFS) looks like a success.
	 */
	return (interface == NULL || bind_to(fd, interface, f)) &&
	       option(fd, SOL_SOCKET, SO_RCVBUF, STAMP_MEMORY, f) &&
	       option(fd, SOL_SOCKET, SO_TIMESTAMPING, stamps, f) &&
	       option(fd, SOL_SOCKET, SO_SELECT_ERR_QUEUE, 1, f) &&
	       option(fd, IPPROTO_IP, IP_RECVERR, 1, f);
}

struct send *
send_open(const char *interface, struct fault *f)
{
	int fd = socket(
	    AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
	if (fd < 0) {
		fault_set(f, errno == EPERM ? EX_NOPERM : EX_OSERR,
		    "raw socket: %s", strerror(errno));
		return NULL;
	}
	if (!prepare(fd, interface, f)) {
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
send_fd(const struct send *s)
{
	return s->fd;
}

int
send_packet(struct send *s, const uint8_t *packet, size_t len)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	memcpy(&to.sin_addr, packet + IPV4_DST, sizeof(to.sin_addr));
	ssize_t n = sendto(
	    s->fd, packet, len, 0, (const struct sockaddr *)&to, sizeof(to));
	return n < 0 ? -errno : 0;
}

/* The software stamp among the control messages; -1 when there is none. */
static int64_t
stamp_of(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct timespec t;
		if (c->cmsg_level != SOL_SOCKET ||
		    c->cmsg_type != SCM_TIMESTAMPING)
			continue;
		memcpy(&t, CMSG_DATA(c), sizeof(t));
		return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
	}
	return -1;
}

bool
send_stamp(struct send *s, struct send_stamp *stamp)
{
	for (;;) {
		_Alignas(struct cmsghdr) char control[256];
		struct iovec io = {stamp->frame, sizeof(stamp->frame)};
		struct msghdr m = {.msg_iov = &io,
		    .msg_iovlen = 1,
		    .msg_control = control,
		    .msg_controllen = sizeof(control)};
		ssize_t n = recvmsg(s->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT);
		if (n < 0)
			return false;
		stamp->len = (size_t)n;
		stamp->ns = stamp_of(&m);
		if (stamp->ns > 0)
			return true; /* else another kind of error report */
	}
}

bool
send_stamp_is(const struct send_stamp *stamp, const uint8_t *packet, size_t len)
{
	if (stamp->len < len || len < IPV4_LEN)
		return false;
	const uint8_t *sent = stamp->frame + stamp->len - len;
	return sent[0] == packet[0] && sent[IPV4_TTL] == packet[IPV4_TTL] &&
	       sent[IPV4_PROTOCOL] == packet[IPV4_PROTOCOL] &&
	       memcmp(sent + IPV4_ID, packet + IPV4_ID, 2) == 0 &&
	       memcmp(sent + IPV4_DST, packet + IPV4_DST, 4) == 0;
}

bool
send_can_stamp(const struct send *s, const char *interface)
{
	struct ethtool_ts_info info = {.cmd = ETHTOOL_GET_TS_INFO};
	struct ifreq r = {.ifr_data = (char *)&info};
	strncpy(r.ifr_name, interface, IFNAMSIZ - 1);
	return ioctl(s->fd, SIOCETHTOOL, &r) == 0 &&
	       (info.so_timestamping & SOF_TIMESTAMPING_TX_SOFTWARE) != 0;
}
