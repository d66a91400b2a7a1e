/* SPDX-License-Identifier: ISC */
#include "probe/net/route.h"

#include "probe/base/addr.h"
#include "probe/base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

enum { TRACEROUTE_PORT = 33434 }; /* connect() wants one; nothing is sent */

/* Addresses that are looked through; each interface has one or a few. */
enum { ADDRESSES_MAX = 4096 };

bool
routes_open(
    struct routes *r, const char *interface, uint32_t source, struct fault *f)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	*r =
	    (struct routes){.interface = interface, .source = source, .fd = fd};
	return fd >= 0 ||
	       fault_set(f, EX_OSERR, "UDP socket: %s", strerror(errno));
}

void
routes_close(struct routes *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

uint32_t
routes_interface(const struct routes *r)
{
	struct ifreq q = {.ifr_ifindex = 0};
	if (r->interface == NULL || strlen(r->interface) >= IFNAMSIZ)
		return 0;
	strncpy(q.ifr_name, r->interface, IFNAMSIZ - 1);
	return ioctl(r->fd, SIOCGIFINDEX, &q) == 0 ? (uint32_t)q.ifr_ifindex
						   : 0;
}

bool
route_check_interface(const struct routes *r, struct fault *f)
{
	if (r->interface == NULL || routes_interface(r) != 0)
		return true;
	return fault_set(
	    f, EX_UNAVAILABLE, "%s: no such interface", r->interface);
}

/* Every address of this host with its interface; to be freed. */
static struct ifreq *
addresses(const struct routes *r, size_t *n)
{
	struct ifconf c = {.ifc_len = ADDRESSES_MAX * sizeof(struct ifreq)};
	*n = 0;
	c.ifc_req = xcalloc(ADDRESSES_MAX, sizeof(struct ifreq));
	if (ioctl(r->fd, SIOCGIFCONF, &c) == 0)
		*n = (size_t)c.ifc_len / sizeof(struct ifreq);
	return c.ifc_req;
}

/* The interface that has the address, into name; false when none has. */
static bool
interface_of(const struct routes *r, uint32_t addr, char name[static IFNAMSIZ])
{
	size_t n = 0;
	bool found = false;
	struct ifreq *all = addresses(r, &n);
	name[0] = '\0';
	for (size_t i = 0; i < n && !found; i++) {
		struct sockaddr_in in;
		memcpy(&in, &all[i].ifr_addr, sizeof(in));
		found = ntohl(in.sin_addr.s_addr) == addr;
		if (found)
			memcpy(name, all[i].ifr_name, IFNAMSIZ);
	}
	free(all);
	name[IFNAMSIZ - 1] = '\0';
	name[strcspn(name, ":")] = '\0'; /* the label of a second address */
	return found;
}

bool
route_check_source(const struct routes *r, uint32_t source, struct fault *f)
{
	char name[IFNAMSIZ] = "", text[ADDR_STRLEN];
	if (interface_of(r, source, name))
		return true;
	return fault_set(f, EX_UNAVAILABLE,
	    "%s: no interface of this host has this address",
	    addr_format(source, text));
}

static struct sockaddr_in
endpoint(uint32_t addr, uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(addr),
	    .sin_port = htons(port)};
}

/* Forgets the target, the port and, since the kernel does so, the interface. */
static void
disconnect(int fd)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	(void)connect(fd, &none, sizeof(none));
}

static bool
connect_to(const struct routes *r, uint32_t target)
{
	struct sockaddr_in from = endpoint(r->source, 0);
	struct sockaddr_in to = endpoint(target, TRACEROUTE_PORT);
	if (r->interface != NULL &&
	    setsockopt(r->fd, SOL_SOCKET, SO_BINDTODEVICE, r->interface,
		(socklen_t)strlen(r->interface) + 1) != 0)
		return false;
	return bind(r->fd, (const struct sockaddr *)&from, sizeof(from)) == 0 &&
	       connect(r->fd, (const struct sockaddr *)&to, sizeof(to)) == 0;
}

static bool
unreachable(uint32_t target, int error, struct fault *f)
{
	char text[ADDR_STRLEN];
	addr_format(target, text);
	switch (error) {
	case ENETUNREACH:
	case EHOSTUNREACH:
		return fault_set(
		    f, EX_UNAVAILABLE, "%s: no route from this host", text);
	case EINVAL: /* a blackhole route */
	case EACCES: /* a prohibit route, or a broadcast address */
		return fault_set(f, EX_UNAVAILABLE,
		    "%s: no route from this host (its routing table forbids "
		    "it)",
		    text);
	default:
		return fault_set(f, EX_UNAVAILABLE,
		    "%s: no route from this host (%s)", text, strerror(error));
	}
}

bool
route_find(const struct routes *r, uint32_t target, struct route *route,
    struct fault *f)
{
	struct sockaddr_in self = {0};
	socklen_t len = sizeof(self);
	bool ok = connect_to(r, target) &&
		  getsockname(r->fd, (struct sockaddr *)&self, &len) == 0;
	int error = errno;
	disconnect(r->fd);
	if (!ok)
		return unreachable(target, error, f);
	*route = (struct route){.source = ntohl(self.sin_addr.s_addr)};
	if (r->interface != NULL)
		strncpy(route->interface, r->interface, IFNAMSIZ - 1);
	else
		interface_of(r, route->source, route->interface);
	return true;
}
