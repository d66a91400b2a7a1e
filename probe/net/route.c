/* SPDX-License-Identifier: ISC */
#include "probe/net/route.h"

#include "probe/base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

enum { TRACEROUTE_PORT = 33434 }; /* connect() wants one; nothing is sent */

bool
route_check_interface(const char *interface, struct fault *f)
{
	if (if_nametoindex(interface) != 0)
		return true;
	return fault_set(f, EX_UNAVAILABLE, "%s: no such interface", interface);
}

/* The interface that has the address, into name; false when none has. */
static bool
interface_of(uint32_t addr, char name[static IFNAMSIZ])
{
	struct ifaddrs *all = NULL;
	bool found = false;
	name[0] = '\0';
	if (getifaddrs(&all) != 0)
		return false;
	for (struct ifaddrs *i = all; i != NULL && !found; i = i->ifa_next) {
		struct sockaddr_in in;
		if (i->ifa_addr == NULL || i->ifa_addr->sa_family != AF_INET)
			continue;
		memcpy(&in, i->ifa_addr, sizeof(in));
		found = ntohl(in.sin_addr.s_addr) == addr;
		if (found)
			strncpy(name, i->ifa_name, IFNAMSIZ - 1);
	}
	freeifaddrs(all);
	return found;
}

bool
route_check_source(uint32_t source, struct fault *f)
{
	char name[IFNAMSIZ] = "", text[ADDR_STRLEN];
	if (interface_of(source, name))
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

static bool
connect_to(int fd, uint32_t target, const char *interface, uint32_t source)
{
	struct sockaddr_in from = endpoint(source, 0);
	struct sockaddr_in to = endpoint(target, TRACEROUTE_PORT);
	if (interface != NULL &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
		(socklen_t)strlen(interface) + 1) != 0)
		return false;
	return bind(fd, (const struct sockaddr *)&from, sizeof(from)) == 0 &&
	       connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0;
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
route_find(uint32_t target, const char *interface, uint32_t source,
    struct route *route, struct fault *f)
{
	struct sockaddr_in self = {0};
	socklen_t len = sizeof(self);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && connect_to(fd, target, interface, source) &&
		  getsockname(fd, (struct sockaddr *)&self, &len) == 0;
	int error = errno;
	if (fd >= 0)
		close(fd);
	if (!ok)
		return unreachable(target, error, f);
	*route = (struct route){.source = ntohl(self.sin_addr.s_addr)};
	if (interface != NULL)
		strncpy(route->interface, interface, IFNAMSIZ - 1);
	else
		interface_of(route->source, route->interface);
	return true;
}
