/* SPDX-License-Identifier: ISC */
#include "probe/wire/build.h"

#include "probe/base/mem.h"
#include "probe/wire/checksum.h"
#include "probe/wire/method.h"

#include <arpa/inet.h>
#include <libnet.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* Each method has so many octets of its own before the contact text. */
enum { HEAD_MAX = 4 };

enum {
	HEADER_LEN = 20,
	HEADER_ID = 4,
	HEADER_TTL = 8,
	HEADER_CHECK = 10,
	HEADER_SRC = 12,
	HEADER_DST = 16,
};

enum {
	/* As usual stacks have it: a window of 0 is a scanner's mark. */
	TCP_WINDOW = 64240,
	TCP_MSS_LEN = 4,
};

/* RFC 9293, section 3.2: what an Ethernet host can take, 1460 octets. */
static const uint8_t tcp_mss[TCP_MSS_LEN] = {2, TCP_MSS_LEN, 0x05, 0xb4};

/*
 * libnet makes one packet of each method; every probe is that packet with its
 * own flow, TTL and identity put in. (Made anew by libnet a probe costs
 * ten times as much.)
 */
struct model {
	uint8_t packet[BUILD_MAX];
	size_t len; /* 0: not made yet */
};

struct build {
	libnet_t *net;
	struct model model[METHOD_TCP + 1];
	uint8_t text[HEAD_MAX + BUILD_CONTACT_MAX];
	size_t contact_len;
	const uint8_t *payload; /* of the probe that is being built */
	uint16_t payload_len;
};

struct build *
build_open(const char *contact, struct fault *f)
{
	/* LIBNET_NONE opens no socket: this builds, others send. */
	char text[LIBNET_ERRBUF_SIZE] = "";
	libnet_t *net = libnet_init(LIBNET_NONE, NULL, text);
	if (net == NULL) {
		fault_set(f, EX_OSERR, "libnet: %s", text);
		return NULL;
	}
	struct build *b = xcalloc(1, sizeof(*b));
	size_t len = strnlen(contact, BUILD_CONTACT_MAX);
	b->net = net;
	b->contact_len = len;
	memcpy(b->text + HEAD_MAX, contact, len);
	return b;
}

void
build_close(struct build *b)
{
	if (b == NULL)
		return;
	libnet_destroy(b->net);
	free(b);
}

/*
 * libnet computes a checksum only where it is given 0: never here for UDP,
 * whose checksum is the identity.
 */
static bool
add_udp(struct build *b, const struct flow_id *flow, const struct probe_id *id)
{
	uint16_t len = (uint16_t)(LIBNET_UDP_H + b->payload_len);
	return libnet_build_udp(flow->sport, flow->dport, len, id->check,
		   b->payload, b->payload_len, b->net, 0) != -1;
}

static bool
add_icmp(struct build *b, const struct flow_id *flow, const struct probe_id *id)
{
	return libnet_build_icmpv4_echo(ICMP_ECHO, 0, flow->sport, flow->sport,
		   id->check, b->payload, b->payload_len, b->net, 0) != -1;
}

/* Its checksum is no identity: libnet computes it. */
static bool
add_tcp(struct build *b, const struct flow_id *flow, const struct probe_id *id)
{
	uint32_t seq = (uint32_t)id->ipid << 16 | id->check;
	return libnet_build_tcp_options(tcp_mss, TCP_MSS_LEN, b->net, 0) !=
		   -1 &&
	       libnet_build_tcp(flow->sport, flow->dport, seq, 0, TH_SYN,
		   TCP_WINDOW, 0, 0, LIBNET_TCP_H + TCP_MSS_LEN, NULL, 0,
		   b->net, 0) != -1;
}

static bool
add_l4(struct build *b, const struct flow_id *flow, const struct probe_id *id)
{
	switch (flow->method) {
	case METHOD_UDP:
		return add_udp(b, flow, id);
	case METHOD_ICMP:
		return add_icmp(b, flow, id);
	case METHOD_TCP:
		return add_tcp(b, flow, id);
	}
	return false;
}

static void
fill_payload(struct build *b, const struct method *m)
{
	b->payload = NULL;
	b->payload_len = 0;
	if (m->head == 0)
		return;
	b->payload = b->text + HEAD_MAX - m->head;
	b->payload_len = (uint16_t)(m->head + b->contact_len);
}

/* DF, so that the kernel keeps our IP-ID and nothing fragments a probe. */
static bool
add_ip(struct build *b, const struct flow_id *flow, uint16_t ipid, uint8_t ttl,
    uint8_t protocol)
{
	uint16_t len =
	    (uint16_t)(LIBNET_IPV4_H + libnet_getpacket_size(b->net));
	return libnet_build_ipv4(len, 0, ipid, IP_DF, ttl, protocol, 0,
		   htonl(flow->src), htonl(flow->dst), NULL, 0, b->net,
		   0) != -1;
}

static size_t
take(struct build *b, uint8_t packet[static BUILD_MAX])
{
	uint8_t *bytes = NULL;
	uint32_t len = 0;
	if (libnet_pblock_coalesce(b->net, &bytes, &len) == -1)
		return 0;
	if (len <= BUILD_MAX)
		memcpy(packet, bytes, len);
	libnet_adv_free_packet(b->net, bytes);
	return len <= BUILD_MAX ? len : 0;
}

static size_t
make_model(struct build *b, const struct method *m, const struct flow_id *flow)
{
	struct model *model = &b->model[flow->method];
	static const struct probe_id any = {1, 1};
	if (model->len > 0)
		return model->len;
	fill_payload(b, m);
	libnet_clear_packet(b->net);
	if (add_l4(b, flow, &any) && add_ip(b, flow, any.ipid, 1, m->protocol))
		model->len = take(b, model->packet);
	return model->len;
}

static void
put_addr(uint8_t *p, uint32_t addr)
{
	checksum_put(p, (uint16_t)(addr >> 16));
	checksum_put(p + 2, (uint16_t)addr);
}

size_t
build_probe(struct build *b, const struct flow_id *flow,
    const struct probe_id *id, uint8_t ttl, uint8_t packet[static BUILD_MAX])
{
	const struct method *m = method_of(flow->method);
	if (m == NULL)
		return 0;
	size_t len = make_model(b, m, flow);
	if (len < HEADER_LEN)
		return 0;
	memcpy(packet, b->model[flow->method].packet, len);
	checksum_put(packet + HEADER_ID, id->ipid);
	packet[HEADER_TTL] = ttl;
	put_addr(packet + HEADER_SRC, flow->src);
	put_addr(packet + HEADER_DST, flow->dst);
	checksum_put(packet + HEADER_CHECK, 0);
	uint16_t check = checksum_fold(checksum_sum(0, packet, HEADER_LEN));
	checksum_put(packet + HEADER_CHECK, check);
	m->put(flow, id, packet + HEADER_LEN, len - HEADER_LEN);
	return len;
}
