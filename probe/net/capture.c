/* SPDX-License-Identifier: ISC */
#include "probe/net/capture.h"

#include "probe/base/mem.h"
#include "probe/base/rd.h"

#include <errno.h>
#include <pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/*
 * What the kernel puts before each packet of the ring: its own header and the
 * longest link header that is known here.
 */
enum { FRAME_HEADER = 112 };

/*
 * A batch is a block of 256 KiB (libpcap's choice) or what came within the
 * time: a ring of few blocks overflows when the reader is late by a few times,
 * however short the packets are.
 */
enum { BATCH_BLOCK = 256 << 10, BATCHES_FEWEST = 16, BATCH_MS = 4 };

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_QINQ = 0x88a8
};

struct capture {
	pcap_t *pcap;
	int link;
	uint16_t port_lo, port_hi;
	uint32_t drops;
};

/* pcap-linktype(7), LINKTYPE_ETHERNET; the kernel gives VLAN tags back. */
static bool
skip_ethernet(struct rd *r)
{
	rd_skip(r, 12);
	uint16_t type = rd_u16(r);
	for (int tags = 0; tags < 2; tags++) {
		if (type != ETHERTYPE_VLAN && type != ETHERTYPE_QINQ)
			break;
		rd_skip(r, 2);
		type = rd_u16(r);
	}
	return type == ETHERTYPE_IPV4;
}

/* Steps over the link header; false when no IPv4 follows. */
static bool
skip_link(int link, struct rd *r, uint32_t *interface)
{
	uint16_t type = ETHERTYPE_IPV4;
	switch (link) {
	case DLT_EN10MB:
		return skip_ethernet(r);
	case DLT_LINUX_SLL:
		rd_skip(r, 14);
		return rd_u16(r) == ETHERTYPE_IPV4;
	case DLT_LINUX_SLL2:
		type = rd_u16(r);
		rd_skip(r, 2);
		*interface = rd_u32(r);
		rd_skip(r, 12);
		return type == ETHERTYPE_IPV4;
	case DLT_NULL: /* the family, in some host's byte order */
	case DLT_LOOP:
		rd_skip(r, 4);
		return true;
	case DLT_RAW:
		return true;
	default:
		return false;
	}
}

static bool
known_link(int link)
{
	return link == DLT_EN10MB || link == DLT_LINUX_SLL ||
	       link == DLT_LINUX_SLL2 || link == DLT_NULL || link == DLT_LOOP ||
	       link == DLT_RAW;
}

static const char *
name_of(const struct capture_config *c)
{
	return c->interface != NULL ? c->interface : "any";
}

/*
 * Immediate mode: every packet wakes us, none waits for a block to fill; the
 * ring has one frame a packet, however short the packet is. In a batch it is
 * blocks of packets that are handed over when full or after some milliseconds,
 * which costs the kernel a third less for each.
 */
static bool
start(pcap_t *pcap, const struct capture_config *c, struct fault *f)
{
	uint64_t bytes = (uint64_t)c->packets * (c->snaplen + FRAME_HEADER);
	if (c->batch && bytes < (uint64_t)BATCHES_FEWEST * BATCH_BLOCK)
		bytes = (uint64_t)BATCHES_FEWEST * BATCH_BLOCK;
	pcap_set_snaplen(pcap, (int)c->snaplen);
	pcap_set_buffer_size(pcap, (int)bytes);
	pcap_set_immediate_mode(pcap, !c->batch);
	pcap_set_timeout(pcap, BATCH_MS);
	int e = pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
	if (e == 0)
		e = pcap_activate(pcap);
	if (e >= 0)
		return true;
	int status = EX_OSERR;
	if (e == PCAP_ERROR_PERM_DENIED)
		status = EX_NOPERM;
	else if (e == PCAP_ERROR_NO_SUCH_DEVICE || e == PCAP_ERROR_IFACE_NOT_UP)
		status = EX_UNAVAILABLE;
	const char *why = pcap_geterr(pcap);
	return fault_set(f, status, "%s: cannot capture: %s", name_of(c),
	    why[0] != '\0' ? why : pcap_statustostr(e));
}

/* Replies to us, and our own probes: by the source port, or by the id. */
static bool
filter(pcap_t *pcap, const struct capture_config *c, struct fault *f)
{
	char text[256];
	struct bpf_program program;
	unsigned lo = c->port_lo, hi = c->port_hi;
	snprintf(text, sizeof(text),
	    "icmp[0] == 0 or icmp[0] == 3 or icmp[0] == 11 or icmp[0] == 12 "
	    "or (icmp[0] == 8 and icmp[4:2] >= %u and icmp[4:2] <= %u) "
	    "or udp portrange %u-%u or tcp portrange %u-%u",
	    lo, hi, lo, hi, lo, hi);
	if (pcap_compile(pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) != 0)
		return fault_set(f, EX_SOFTWARE, "capture filter \"%s\": %s",
		    text, pcap_geterr(pcap));
	int e = pcap_setfilter(pcap, &program);
	pcap_freecode(&program);
	if (e == 0)
		return true;
	return fault_set(f, EX_OSERR, "capture filter: %s", pcap_geterr(pcap));
}

static bool
prepare(pcap_t *pcap, const struct capture_config *c, struct fault *f)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	if (!start(pcap, c, f))
		return false;
	/* Tells the interfaces apart; older libraries keep their default. */
	if (pcap_datalink(pcap) == DLT_LINUX_SLL)
		pcap_set_datalink(pcap, DLT_LINUX_SLL2);
	if (!known_link(pcap_datalink(pcap)))
		return fault_set(f, EX_UNAVAILABLE,
		    "%s: link type %d is none of Ethernet, cooked, raw or null",
		    name_of(c), pcap_datalink(pcap));
	if (!filter(pcap, c, f))
		return false;
	if (pcap_setnonblock(pcap, 1, why) != 0)
		return fault_set(
		    f, EX_OSERR, "%s: cannot capture: %s", name_of(c), why);
	return true;
}

struct capture *
capture_open(const struct capture_config *config, struct fault *f)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	const char *name = name_of(config);
	pcap_t *pcap = pcap_create(name, why);
	if (pcap == NULL) {
		fault_set(f, EX_OSERR, "%s: cannot capture: %s", name, why);
		return NULL;
	}
	if (!prepare(pcap, config, f)) {
		pcap_close(pcap);
		return NULL;
	}
	struct capture *c = xcalloc(1, sizeof(*c));
	*c = (struct capture){.pcap = pcap,
	    .link = pcap_datalink(pcap),
	    .port_lo = config->port_lo,
	    .port_hi = config->port_hi};
	return c;
}

void
capture_close(struct capture *c)
{
	if (c == NULL)
		return;
	pcap_close(c->pcap);
	free(c);
}

int
capture_fd(const struct capture *c)
{
	return pcap_get_selectable_fd(c->pcap);
}

enum { PROTOCOL_AT = 9, ICMP = 1, UDP = 17, TCP = 6, ECHO_REQUEST = 8 };

/*
 * By its ports alone, since most link types do not tell the direction: an
 * answer from a port with the same number looks like a probe as well.
 */
static bool
is_probe(const struct capture *c, const uint8_t *bytes, size_t len)
{
	struct rd r = rd_make(bytes, len);
	uint8_t protocol = len > PROTOCOL_AT ? bytes[PROTOCOL_AT] : 0;
	rd_skip(&r, len > 0 ? (size_t)(bytes[0] & 0x0f) * 4 : 0);
	uint16_t sport = rd_u16(&r);
	if (protocol == ICMP) {
		uint8_t type = (uint8_t)(sport >> 8);
		rd_skip(&r, 2);
		sport = type == ECHO_REQUEST ? rd_u16(&r) : 0;
	} else if (protocol != UDP && protocol != TCP) {
		return false;
	}
	return rd_ok(&r) && sport >= c->port_lo && sport <= c->port_hi;
}

struct reading {
	const struct capture *capture;
	capture_each *each;
	void *arg;
};

static void
packet(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes)
{
	const struct reading *reading = (const void *)user;
	struct rd r = rd_make(bytes, h->caplen);
	struct capture_packet p = {0};
	if (!skip_link(reading->capture->link, &r, &p.interface) || !rd_ok(&r))
		return;
	p.bytes = r.p;
	p.len = r.left;
	p.probe = is_probe(reading->capture, p.bytes, p.len);
	/* With nanosecond precision tv_usec holds nanoseconds. */
	p.stamp_ns = (int64_t)h->ts.tv_sec * 1000000000 + h->ts.tv_usec;
	reading->each(reading->arg, &p);
}

/*
 * More than the ring holds, so that nothing waits in it any more; but a flood
 * that fills it as fast as it is read shall not keep us here for ever.
 */
enum { MOST = 1 << 18 };

int
capture_read(struct capture *c, capture_each *each, void *arg)
{
	struct reading reading = {c, each, arg};
	int n = pcap_dispatch(c->pcap, MOST, packet, (u_char *)&reading);
	return n < 0 ? -ENETDOWN : 0;
}

uint32_t
capture_drops(struct capture *c)
{
	struct pcap_stat s = {0};
	if (pcap_stats(c->pcap, &s) == 0 && s.ps_drop > c->drops)
		c->drops = s.ps_drop;
	return c->drops;
}
