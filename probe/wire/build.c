/* SPDX-License-Identifier: ISC */
#include "probe/wire/build.h"

#include "probe/base/mem.h"
#include "probe/wire/method.h"

#include <arpa/inet.h>
#include <libnet.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* The two octets that absorb the identity, then the contact text. */
enum { ABSORBER = 2, PAYLOAD_MAX = ABSORBER + BUILD_CONTACT_MAX };

struct build {
	libnet_t *net;
	uint8_t payload[PAYLOAD_MAX];
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
	b->payload_len = (uint16_t)(ABSORBER + len);
	memcpy(b->payload + ABSORBER, contact, len);
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
add_l4(struct build *b, const struct flow_id *flow, const struct probe_id *id,
    uint8_t *protocol)
{
	switch (flow->method) {
	case METHOD_UDP:
		*protocol = IPPROTO_UDP;
		return add_udp(b, flow, id);
	case METHOD_ICMP:
	case METHOD_TCP:
		return false;
	}
	return false;
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

size_t
build_probe(struct build *b, const struct flow_id *flow,
    const struct probe_id *id, uint8_t ttl, uint8_t packet[static BUILD_MAX])
{
	const struct method *m = method_of(flow->method);
	uint8_t protocol = 0;
	if (m == NULL)
		return 0;
	m->absorb(flow, id, b->payload, b->payload_len);
	libnet_clear_packet(b->net);
	if (!add_l4(b, flow, id, &protocol) ||
	    !add_ip(b, flow, id->ipid, ttl, protocol))
		return 0;
	return take(b, packet);
}
