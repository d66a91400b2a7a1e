/* SPDX-License-Identifier: ISC */
#include "tests/sim/play_reply.h"

#include "probe/wire/checksum.h"
#include "tests/sim/play_bytes.h"
#include "tests/sim/play_ext.h"

#include <string.h>

enum {
	SYN = 0x02,
	RST = 0x04,
	ACK = 0x10,
	ECHO_REPLY = 0,
	UNREACHABLE = 3,
	ECHO_REQUEST = 8,
	EXCEEDED = 11,
	PORT = 3,
	CHECK = IP + 6, /* UDP checksum, ICMP sequence, half of the TCP one */
	QUOTE_MAX = 1000,
};

static void
ip_sum(uint8_t *ip)
{
	put16(ip + 10, 0);
	put16(ip + 10, checksum_fold(checksum_sum(0, ip, IP)));
}

static void
ip_header(uint8_t *ip, uint8_t protocol, uint32_t src, uint32_t dst, size_t len)
{
	ip[0] = 0x45;
	put16(ip + 2, (uint32_t)len);
	ip[9] = protocol;
	put32(ip + 12, src);
	put32(ip + 16, dst);
	ip_sum(ip);
}

/* TTL and IP-ID of what the responder sends; the rest follows. */
static void
leave(struct play *p, const struct play_walk *w, struct play_reply *r)
{
	const struct play_manner *m =
	    w->hosts != NULL ? &w->hosts->manner : &p->router[w->node].manner;
	int ttl = m->ttl - w->passed - w->detour;
	memset(r->bytes, 0, IP + ICMP_HEAD);
	put16(r->bytes + 4, w->hosts != NULL ? 0 : ++p->router[w->node].ipid);
	r->bytes[8] = (uint8_t)(ttl < 1 ? 1 : ttl);
}

void
play_reply_seal(uint32_t to, struct play_reply *r, size_t body_len)
{
	uint8_t *icmp = r->bytes + IP;
	size_t len = ICMP_HEAD + body_len;
	icmp[0] = (uint8_t)r->icmp_type;
	icmp[1] = (uint8_t)r->icmp_code;
	put16(icmp + 2, 0);
	put16(icmp + 2, checksum_fold(checksum_sum(0, icmp, len)));
	r->len = IP + len;
	ip_header(r->bytes, ICMP, r->addr, to, r->len);
}

/* --- errors -------------------------------------------------------------- */

/* The first octets that name the flow: what a quote cannot do without. */
static bool
same_flow(const uint8_t *probe, const uint8_t *quote)
{
	const uint8_t *a = probe + IP, *b = quote + IP;
	if (memcmp(probe + 16, quote + 16, 4) != 0 || probe[9] != quote[9])
		return false;
	if (probe[9] == ICMP) /* type and code, id */
		return memcmp(a, b, 2) == 0 && memcmp(a + 4, b + 4, 2) == 0;
	return memcmp(a, b, 4) == 0;
}

enum record_proof
play_reply_grade(const uint8_t *probe, const uint8_t *quote, size_t quote_len)
{
	if (quote_len < QUOTE || !same_flow(probe, quote))
		return 0;
	bool ipid = memcmp(probe + 4, quote + 4, 2) == 0;
	bool src = memcmp(probe + 12, quote + 12, 4) == 0;
	bool check = memcmp(probe + CHECK, quote + CHECK, 2) == 0;
	if (probe[9] == TCP)
		check = memcmp(probe + IP + 4, quote + IP + 4, 4) == 0;
	if (ipid && check)
		return src ? PROOF_BOTH : PROOF_ONE;
	return ipid || check ? PROOF_ONE : 0;
}

/* The quote as the NAT's outside saw it, or as it came back. */
static void
translate(const struct play_router *nat, struct random *random, uint8_t *q)
{
	switch ((enum play_nat)nat->nat) {
	case PLAY_NAT_NONE:
	case PLAY_NAT_UNDONE:
		break;
	case PLAY_NAT_STALE_ALL:
		put32(q + 12, nat->outside);
		put16(q + CHECK, get16(q + CHECK) ^ 0x5a5au);
		break;
	case PLAY_NAT_STALE_CHECK:
		put16(q + CHECK, get16(q + CHECK) ^ 0x5a5au);
		break;
	case PLAY_NAT_NEW_IPID:
		put16(q + 4, (uint32_t)random_next(random));
		break;
	case PLAY_NAT_BLIND:
		put16(q + 4, (uint32_t)random_next(random));
		put16(q + CHECK, 0);
		break;
	}
}

static void
make_error(struct play *p, const struct play_walk *w, uint8_t type,
    uint8_t code, struct play_reply *r)
{
	const struct play_manner *m =
	    w->hosts != NULL ? &w->hosts->manner : &p->router[w->node].manner;
	uint8_t *quote = r->bytes + IP + ICMP_HEAD;
	size_t len = w->len < m->quote ? w->len : m->quote;
	len = len > QUOTE_MAX ? QUOTE_MAX : len;
	memcpy(quote, w->probe, len);
	quote[1] = w->tos;
	quote[8] = w->ttl;
	if (w->nat != 0 && len >= QUOTE)
		translate(&p->router[w->nat], w->random, quote);
	ip_sum(quote);
	r->icmp_type = type;
	r->icmp_code = code;
	r->proof = play_reply_grade(w->probe, quote, len);
	if (m->ext != PLAY_EXT_NONE)
		len = play_ext_add(
		    (enum play_ext)m->ext, r->addr, r->bytes + IP, len);
	play_reply_seal(p->source, r, len);
}

/* --- the destination itself ---------------------------------------------- */

/* From the port of the probe to its source. */
static void
swap_ports(const struct play *p, const struct play_walk *w, size_t l4_len,
    struct play_reply *r)
{
	uint8_t *l4 = r->bytes + IP;
	memset(l4, 0, l4_len);
	memcpy(l4, w->probe + IP + 2, 2);
	memcpy(l4 + 2, w->probe + IP, 2);
	r->len = IP + l4_len;
	ip_header(r->bytes, w->probe[9], r->addr, p->source, r->len);
}

static bool
make_datagram(struct play *p, const struct play_walk *w, uint8_t how,
    struct play_reply *r)
{
	if (how == PLAY_CLOSED)
		make_error(p, w, UNREACHABLE, PORT, r);
	if (how != PLAY_BARE)
		return how == PLAY_CLOSED;
	swap_ports(p, w, 8 + 4, r);
	put16(r->bytes + IP + 4, 8 + 4);
	r->proof = PROOF_NONE;
	return true;
}

static bool
make_segment(struct play *p, const struct play_walk *w, uint8_t how,
    struct play_reply *r)
{
	uint8_t *tcp = r->bytes + IP;
	bool syn = w->len >= IP + TCP_HEAD &&
		   (w->probe[IP + 13] & (SYN | RST | ACK)) == SYN;
	uint32_t seq = get32(w->probe + IP + 4);
	if (how == PLAY_MUTE || !syn)
		return false;
	swap_ports(p, w, TCP_HEAD, r);
	if (how == PLAY_OPEN)
		put32(tcp + 4, (uint32_t)play_mix(p->seed, seq));
	if (how != PLAY_BARE)
		put32(tcp + 8, seq + 1);
	tcp[12] = TCP_HEAD / 4 << 4;
	tcp[13] = how == PLAY_BARE   ? RST
		  : how == PLAY_OPEN ? SYN | ACK
				     : RST | ACK;
	uint32_t sum = checksum_pseudo(r->addr, p->source, TCP, TCP_HEAD);
	put16(tcp + 16, checksum_fold(checksum_sum(sum, tcp, TCP_HEAD)));
	r->proof = how == PLAY_BARE ? PROOF_NONE : PROOF_BOTH;
	return true;
}

static bool
make_echo(struct play *p, const struct play_walk *w, uint8_t how,
    struct play_reply *r)
{
	size_t body = w->len - IP - ICMP_HEAD;
	if (how != PLAY_OPEN || w->probe[IP] != ECHO_REQUEST)
		return false;
	r->proof = PROOF_BOTH;
	r->icmp_type = ECHO_REPLY;
	r->icmp_code = 0;
	memcpy(r->bytes + IP, w->probe + IP, ICMP_HEAD + body);
	play_reply_seal(p->source, r, body);
	return true;
}

/* No answer that quotes nothing is believed from another address. */
static bool
make_direct(struct play *p, const struct play_walk *w,
    const struct play_manner *m, struct play_reply *r)
{
	bool said = false;
	switch (w->probe[9]) {
	case UDP:
		said = make_datagram(p, w, m->udp, r);
		break;
	case TCP:
		said = make_segment(p, w, m->tcp, r);
		break;
	case ICMP:
		said = make_echo(p, w, m->icmp, r);
		break;
	default:
		break;
	}
	if (said && r->addr != w->dst && r->icmp_type != UNREACHABLE)
		r->proof = 0;
	return said;
}

/* RFC 1122, section 3.2.2: no error about an error. */
static bool
no_error_about(const struct play_walk *w)
{
	return w->probe[9] == ICMP && w->probe[IP] != ECHO_REQUEST;
}

bool
play_reply_make(struct play *p, const struct play_walk *w, struct play_reply *r)
{
	r->genuine = true;
	r->proof = 0;
	r->addr = play_walk_addr(p, w);
	r->icmp_type = r->icmp_code = -1;
	leave(p, w, r);
	if (no_error_about(w))
		return false;
	switch (w->end) {
	case WALK_NOWHERE:
	case WALK_DENIED:
		break;
	case WALK_EXPIRED:
		make_error(p, w, EXCEEDED, 0, r);
		return true;
	case WALK_REFUSED:
		make_error(p, w, UNREACHABLE, w->code, r);
		return true;
	case WALK_SELF:
		return make_direct(p, w, &p->router[w->node].manner, r);
	case WALK_HOST:
		return make_direct(p, w, &w->hosts->manner, r);
	}
	return false;
}
