/* SPDX-License-Identifier: ISC */
#include "tests/sim/net_model.h"

#include "probe/wire/checksum.h"

#include <string.h>

enum {
	IP = 20,
	ICMP = 8,
	UDP = 17,
	TCP = 6,
	TCP_LEN = 20,
	RST = 0x04,
	SYN_ACK = 0x12,
	RST_ACK = 0x14,
	/* UDP checksum, ICMP sequence number, lower half of the TCP one. */
	CHECK = IP + 6,
	OUTSIDE = 0x64400001, /* 100.64.0.1: the NAT's outer address */
	STRANGER = 0xcb007100,
};

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* The quoted packet at p, as the NAT's outside saw it or as it came back. */
static void
translate(const struct net *n, struct random *r, uint8_t *p)
{
	switch (n->nat) {
	case NET_NO_NAT:
	case NET_NAT_UNDONE:
		break;
	case NET_NAT_STALE_ALL:
		put32(p + 12, OUTSIDE);
		put16(p + CHECK, get16(p + CHECK) ^ 0x5a5a);
		break;
	case NET_NAT_STALE_CHECK:
		put16(p + CHECK, get16(p + CHECK) ^ 0x5a5a);
		break;
	case NET_NAT_NEW_IPID:
		put16(p + 4, (uint32_t)random_next(r));
		break;
	case NET_NAT_BLIND:
		put16(p + 4, (uint32_t)random_next(r));
		put16(p + CHECK, 0);
		break;
	}
}

/* Whether IP-ID, addresses, first octets and checksum are those of the probe.
 */
static bool
intact(const uint8_t *quote, const uint8_t *probe)
{
	return memcmp(quote + 4, probe + 4, 2) == 0 &&
	       memcmp(quote + 12, probe + 12, 16) == 0;
}

static void
ip_header(uint8_t *p, uint8_t protocol, uint32_t src, uint32_t dst, size_t len)
{
	memset(p, 0, IP);
	p[0] = 0x45;
	put16(p + 2, (uint32_t)len);
	p[8] = 55;
	p[9] = protocol;
	put32(p + 12, src);
	put32(p + 16, dst);
	put16(p + 10, checksum_fold(checksum_sum(0, p, IP)));
}

/* Pads the quote to 128 octets and puts one label behind it. */
static size_t
add_mpls(uint8_t *icmp, size_t quote_len)
{
	static const uint8_t mpls[] = {
	    0x20, 0, 0x28, 0x19, 0, 8, 1, 1, 0x05, 0xdc, 0xb1, 0x01};
	memset(icmp + ICMP + quote_len, 0, 128 - quote_len);
	memcpy(icmp + ICMP + 128, mpls, sizeof(mpls));
	icmp[5] = 32;
	return 128 + sizeof(mpls);
}

/* The message about what lies at r->bytes + IP + ICMP already. */
static void
seal_icmp(const struct net *n, struct play_reply *r, size_t body_len)
{
	uint8_t *icmp = r->bytes + IP;
	icmp[0] = (uint8_t)r->icmp_type;
	icmp[1] = (uint8_t)r->icmp_code;
	put16(icmp + 2, 0);
	put16(icmp + 2, checksum_fold(checksum_sum(0, icmp, ICMP + body_len)));
	r->len = IP + ICMP + body_len;
	ip_header(r->bytes, 1, r->addr, n->src, r->len);
}

static uint64_t
mix(uint64_t h, uint64_t v)
{
	struct random r = {h ^ v};
	return random_next(&r);
}

/* The branch that a balancer sends the packet to. */
static int
branch(struct net *n, struct net_hop *h, const uint8_t *p, uint8_t ttl)
{
	uint64_t hash = mix(n->dst, ttl);
	if (h->hashed & NET_SRC)
		hash = mix(hash, (uint64_t)get16(p + 12) << 16 | get16(p + 14));
	if (h->hashed & NET_DST)
		hash = mix(hash, (uint64_t)get16(p + 16) << 16 | get16(p + 18));
	if (h->hashed & NET_PROTOCOL)
		hash = mix(hash, p[9]);
	if (h->hashed & NET_TOS)
		hash = mix(hash, p[1]);
	if (h->hashed & NET_LENGTH)
		hash = mix(hash, get16(p + 2));
	if (h->hashed & NET_PORTS)
		hash = mix(hash, (uint64_t)get16(p + 20) << 16 | get16(p + 22));
	int b = (int)(hash % h->branches);
	if (h->branch >= 0 && h->branch != b)
		n->inconstant = true;
	h->branch = b;
	return b;
}

struct net_hop *
net_reaches(struct net *n, uint8_t ttl)
{
	if (n->loop_at != 0 && ttl >= n->loop_at)
		return &n->hop[n->loop_at + (ttl - n->loop_at) % n->loop_len];
	if (n->border != 0 && ttl > n->border)
		return &n->hop[n->border];
	if (ttl > n->hops)
		return &n->hop[n->hops + 1];
	if (ttl < n->hops && n->hop[ttl].zero_ttl)
		return &n->hop[ttl + 1];
	return &n->hop[ttl];
}

/* Type and code of what the hop says; false for no error or nothing. */
static bool
error_kind(struct net *n, const uint8_t *probe, struct play_reply *r)
{
	uint8_t ttl = probe[8];
	r->icmp_type = 11;
	r->icmp_code = 0;
	if (n->loop_at != 0 && ttl >= n->loop_at)
		return true;
	if (n->border != 0 && ttl > n->border) {
		r->icmp_type = 3;
		r->icmp_code = n->border_code;
		return random_chance(&n->random, n->border_rate);
	}
	if (ttl <= n->hops || (n->target == NET_ROUTER && ttl == n->hops + 1))
		return true;
	r->icmp_type = r->icmp_code = 3;
	return probe[9] == UDP && n->target != NET_BARE &&
	       n->target != NET_MUTE;
}

static uint8_t
quoted_ttl(const struct net *n, const struct net_hop *h, uint8_t ttl)
{
	if (n->loop_at == 0 && ttl <= n->hops && h == &n->hop[ttl + 1])
		return 0; /* zero-TTL forwarding */
	return 1;
}

static void
make_error(struct net *n, struct net_hop *h, const uint8_t *probe, size_t len,
    struct play_reply *r)
{
	uint8_t ttl = probe[8];
	uint8_t *quote = r->bytes + IP + ICMP;
	size_t quote_len = h->long_quote ? len : IP + 8;
	bool beyond = n->nat != NET_NO_NAT && h != &n->hop[1];
	memset(r->bytes, 0, IP + ICMP);
	memcpy(quote, probe, quote_len);
	quote[8] = quoted_ttl(n, h, ttl);
	if (beyond)
		translate(n, &n->random, quote);
	size_t body = h->mpls ? add_mpls(r->bytes + IP, quote_len) : quote_len;
	r->genuine = true;
	r->proof = intact(quote, probe) ? PROOF_BOTH : PROOF_ONE;
	seal_icmp(n, r, body);
}

/* From the port of the probe to its source; the rest is zeroes. */
static void
swap_ports(const struct net *n, const uint8_t *probe, size_t l4_len,
    struct play_reply *r)
{
	r->len = IP + l4_len;
	ip_header(r->bytes, probe[9], r->addr, n->src, r->len);
	memset(r->bytes + IP, 0, l4_len);
	memcpy(r->bytes + IP, probe + IP + 2, 2);
	memcpy(r->bytes + IP + 2, probe + IP, 2);
}

static void
make_datagram(const struct net *n, const uint8_t *probe, struct play_reply *r)
{
	r->proof = PROOF_NONE;
	swap_ports(n, probe, 12, r);
	put16(r->bytes + IP + 4, 12);
}

static void
make_segment(const struct net *n, const uint8_t *probe, struct play_reply *r)
{
	uint8_t *tcp = r->bytes + IP;
	uint32_t seq =
	    (uint32_t)get16(probe + IP + 4) << 16 | get16(probe + CHECK);
	bool bare = n->target == NET_BARE;
	r->proof = bare ? PROOF_NONE : PROOF_BOTH;
	swap_ports(n, probe, TCP_LEN, r);
	tcp[12] = TCP_LEN / 4 << 4;
	tcp[13] = bare ? RST : n->target == NET_OPEN ? SYN_ACK : RST_ACK;
	if (!bare)
		put32(tcp + 8, seq + 1);
}

static void
make_echo(
    const struct net *n, const uint8_t *probe, size_t len, struct play_reply *r)
{
	r->proof = PROOF_BOTH;
	r->icmp_type = r->icmp_code = 0;
	memcpy(r->bytes + IP + ICMP, probe + IP + ICMP, len - IP - ICMP);
	memcpy(r->bytes + IP, probe + IP, ICMP);
	seal_icmp(n, r, len - IP - ICMP);
}

/* What the target says when it is no error. */
static void
make_direct(
    const struct net *n, const uint8_t *probe, size_t len, struct play_reply *r)
{
	r->genuine = true;
	r->icmp_type = r->icmp_code = -1;
	if (probe[9] == UDP)
		make_datagram(n, probe, r);
	else if (probe[9] == TCP)
		make_segment(n, probe, r);
	else
		make_echo(n, probe, len, r);
}

/* Someone who saw less than the whole probe pretends to be a router. */
static void
forge(struct net *n, const uint8_t *probe, struct play_reply *r)
{
	uint8_t *quote = r->bytes + IP + ICMP;
	memset(r->bytes, 0, IP + ICMP);
	memcpy(quote, probe, IP + 8);
	r->genuine = false;
	r->proof = 0;
	r->addr = STRANGER + random_below(&n->random, 200);
	r->icmp_type = random_chance(&n->random, 300000) ? 3 : 11;
	r->icmp_code = 0;
	switch (random_below(&n->random, 4)) {
	case 0: /* blind; one witness may be right by chance */
		put16(quote + 4, (uint32_t)random_next(&n->random));
		put16(quote + CHECK, (uint32_t)random_next(&n->random));
		r->proof = PROOF_ONE;
		break;
	case 1: /* one witness */
		put16(quote + CHECK, get16(quote + CHECK) ^ 0x1111);
		r->proof = PROOF_ONE;
		break;
	case 2: /* both, of a packet that was not ours */
		put32(quote + 12, STRANGER);
		r->proof = PROOF_ONE;
		break;
	default: /* another flow: the port, or the id of an echo request */
		put16(quote + IP + (probe[9] == 1 ? 4 : 2), 33435);
		break;
	}
	seal_icmp(n, r, IP + 8);
}

static int64_t
delay(struct net *n, const struct net_hop *h)
{
	int64_t d = h->rtt_ns + random_range(&n->random, 0, h->jitter_ns);
	if (random_chance(&n->random, h->late))
		d += random_range(&n->random, 1500, 4000) * 1000000;
	return d;
}

/* Routers answer with a minimum distance between two errors. */
static bool
limited(struct net_hop *h, int64_t now_ns)
{
	if (h->interval_ns == 0)
		return false;
	if (now_ns < h->next_ns)
		return true;
	h->next_ns = now_ns + h->interval_ns;
	return false;
}

static bool
answer(struct net *n, const uint8_t *probe, size_t len, int64_t now_ns,
    struct play_reply *r)
{
	uint8_t ttl = probe[8];
	struct net_hop *h = net_reaches(n, ttl);
	int b = branch(n, h, probe, (uint8_t)(h - n->hop));
	*r = (struct play_reply){.addr = h->addr[b]};
	bool error = error_kind(n, probe, r);
	bool beyond_border = n->border != 0 && ttl > n->border;
	if (h->silent || random_chance(&n->random, h->loss) ||
	    limited(h, now_ns) || (!error && beyond_border))
		return false;
	if (error)
		make_error(n, h, probe, len, r);
	else if (n->target != NET_MUTE)
		make_direct(n, probe, len, r);
	else
		return false;
	r->at_ns = now_ns + delay(n, h);
	return true;
}

static void
flip(struct net *n, struct play_reply *r)
{
	uint32_t bit = random_below(&n->random, (uint32_t)r->len * 8);
	r->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	r->genuine = false;
	r->proof = 0;
}

size_t
net_send(struct net *n, const uint8_t *probe, size_t len, int64_t now_ns,
    struct play_reply out[static NET_REPLIES])
{
	size_t count = 0;
	struct net_hop *h = net_reaches(n, probe[8]);
	if (answer(n, probe, len, now_ns, &out[0])) {
		count++;
		if (random_chance(&n->random, h->duplicate)) {
			out[count] = out[0];
			out[count++].at_ns += delay(n, h) / 4;
		}
		if (out[0].icmp_type >= 0 &&
		    random_chance(&n->random, n->flipped)) {
			out[count] = out[0];
			flip(n, &out[count++]);
		}
	}
	if (random_chance(&n->random, n->forged)) {
		forge(n, probe, &out[count]);
		out[count++].at_ns = now_ns + delay(n, h);
	}
	return count;
}
