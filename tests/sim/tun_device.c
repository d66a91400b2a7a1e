/* SPDX-License-Identifier: ISC */
#include "tests/sim/tun_device.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

/* The device drops what does not fit before we have read it. */
enum { QUEUE = 100000, MTU = 1500 };

static const char name[] = "play0";

bool
tun_device_alone(struct fault *f)
{
	struct if_nameindex *all = if_nameindex();
	bool alone = all != NULL;
	if (!alone)
		return fault_set(
		    f, EX_NOPERM, "interfaces: %s", strerror(errno));
	for (struct if_nameindex *i = all; alone && i->if_index != 0; i++) {
		alone = strcmp(i->if_name, "lo") == 0;
		if (!alone)
			fault_set(f, EX_NOPERM,
			    "%s: this is no namespace of its own (one with "
			    "lo alone); try unshare -n",
			    i->if_name);
	}
	if_freenameindex(all);
	return alone;
}

static bool
failed(struct fault *f, const char *what)
{
	return fault_set(f, EX_UNAVAILABLE, "%s: %s", what, strerror(errno));
}

/* A setting that this kernel does not have cannot be in the way. */
static void
set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return;
	if (write(fd, value, strlen(value)) == -1)
		fprintf(stderr, "tun: %s: %s\n", path, strerror(errno));
	close(fd);
}

static void
settings(void)
{
#define V4 "/proc/sys/net/ipv4/"
	set(V4 "conf/all/rp_filter", "0");
	set(V4 "conf/default/rp_filter", "0");
	set(V4 "icmp_ratelimit", "0");
	set(V4 "icmp_msgs_per_sec", "1000000");
	set(V4 "icmp_msgs_burst", "100000");
	set("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	set("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
#undef V4
}

static struct sockaddr
address(uint32_t addr)
{
	struct sockaddr_in in = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(addr)};
	struct sockaddr sa;
	memcpy(&sa, &in, sizeof(sa));
	return sa;
}

static bool
up(int fd, const char *interface, struct fault *f)
{
	struct ifreq r = {.ifr_flags = IFF_UP | IFF_RUNNING};
	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", interface);
	return ioctl(fd, SIOCSIFFLAGS, &r) == 0 || failed(f, interface);
}

/*
 * By netlink, because the ioctl asks for a capability of the whole machine and
 * not of the namespace alone.
 */
static bool
lengthen_queue(void)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
		struct nlattr attr;
		uint32_t length;
	} ask = {.head = {.nlmsg_len = sizeof(ask),
		     .nlmsg_type = RTM_NEWLINK,
		     .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
	    .info.ifi_index = (int)if_nametoindex(name),
	    .attr = {sizeof(ask.attr) + sizeof(ask.length), IFLA_TXQLEN},
	    .length = QUEUE};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		uint8_t rest[256];
	} answer = {0};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	bool told = fd != -1 && send(fd, &ask, sizeof(ask), 0) != -1 &&
		    recv(fd, &answer, sizeof(answer), 0) > 0;
	if (fd != -1)
		close(fd);
	if (told)
		errno = -answer.error.error;
	return told && answer.error.error == 0;
}

static bool
configure(int fd, uint32_t addr, struct fault *f)
{
	struct ifreq r = {0};
	memcpy(r.ifr_name, name, sizeof(name));
	r.ifr_mtu = MTU;
	if (ioctl(fd, SIOCSIFMTU, &r) == -1)
		return failed(f, "MTU");
	if (!lengthen_queue())
		return failed(f, "queue");
	r.ifr_addr = address(addr);
	if (ioctl(fd, SIOCSIFADDR, &r) == -1)
		return failed(f, "address");
	r.ifr_netmask = address(UINT32_MAX);
	if (ioctl(fd, SIOCSIFNETMASK, &r) == -1)
		return failed(f, "netmask");
	return up(fd, "lo", f) && up(fd, name, f);
}

static bool
route(int fd, struct fault *f)
{
	char dev[sizeof(name)];
	memcpy(dev, name, sizeof(name));
	struct rtentry r = {.rt_dst = address(0),
	    .rt_genmask = address(0),
	    .rt_flags = RTF_UP,
	    .rt_dev = dev};
	return ioctl(fd, SIOCADDRT, &r) == 0 || failed(f, "default route");
}

static int
device(struct fault *f)
{
	struct ifreq r = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1) {
		failed(f, "/dev/net/tun");
		return -1;
	}
	memcpy(r.ifr_name, name, sizeof(name));
	if (ioctl(fd, TUNSETIFF, &r) == 0)
		return fd;
	failed(f, name);
	close(fd);
	return -1;
}

int
tun_device_open(uint32_t addr, struct fault *f)
{
	settings();
	int tun = device(f), fd;
	if (tun == -1)
		return -1;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool good = fd != -1 && configure(fd, addr, f) && route(fd, f);
	set("/proc/sys/net/ipv4/conf/play0/rp_filter", "0");
	if (fd == -1)
		failed(f, "socket");
	else
		close(fd);
	if (good)
		return tun;
	close(tun);
	return -1;
}

uint64_t
tun_device_dropped(void)
{
	struct ifaddrs *all;
	uint64_t dropped = 0;
	if (getifaddrs(&all) == -1)
		return 0;
	for (struct ifaddrs *i = all; i != NULL; i = i->ifa_next) {
		struct rtnl_link_stats stats;
		if (i->ifa_addr == NULL || i->ifa_data == NULL ||
		    i->ifa_addr->sa_family != AF_PACKET ||
		    strcmp(i->ifa_name, name) != 0)
			continue;
		memcpy(&stats, i->ifa_data, sizeof(stats));
		dropped = stats.tx_dropped;
	}
	freeifaddrs(all);
	return dropped;
}
