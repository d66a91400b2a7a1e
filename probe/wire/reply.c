/* SPDX-License-Identifier: ISC */
#include "probe/wire/reply.h"

#include "probe/base/rd.h"
#include "probe/base/record_reply.h"
#include "probe/wire/checksum.h"
#include "probe/wire/icmpext.h"

#include <netinet/in.h>
#include <string.h>

enum {
	IP_HEADER = 20,
	IP_MORE_FRAGMENTS = 0x2000,
	IP_OFFSET = 0x1fff,
	ICMP_HEADER = 8,
};

/* RFC 791, section 3.1; the options are stepped over. */
struct ip {
	uint32_t src, dst;
	uint16_t total_len, ipid, fragment;
	uint8_t tos, ttl, protocol;
	size_t header_len;
};

static bool
read_ip(struct rd *r, struct ip *ip)
{
	uint8_t vhl = rd_u8(r);
	ip->header_len = (size_t)(vhl & 0x0f) * 4;
	ip->tos = rd_u8(r);
	ip->total_len = rd_u16(r);
	ip->ipid = rd_u16(r);
	ip->fragment = rd_u16(r);
	ip->ttl = rd_u8(r);
	ip->protocol = rd_u8(r);
	rd_skip(r, 2); /* checksum */
	ip->src = rd_u32(r);
	ip->dst = rd_u32(r);
	if (!rd_ok(r) || vhl >> 4 != 4 || ip->header_len < IP_HEADER)
		return false;
	rd_skip(r, ip->header_len - IP_HEADER); /* options */
	return rd_ok(r);
}

/* The first 8 octets behind the quoted header: all that RFC 792 promises. */
static enum reply_bad
read_quoted_l4(struct rd *r, struct reply_quote *q)
{
	switch (q->protocol) {
	case IPPROTO_UDP:
		q->sport = rd_u16(r);
		q->dport = rd_u16(r);
		rd_skip(r, 2); /* length */
		q->check = rd_u16(r);
		break;
	case IPPROTO_ICMP:
		q->sport = rd_u16(r); /* type and code */
		q->icmp_check = rd_u16(r);
		q->dport = rd_u16(r); /* id */
		q->check = rd_u16(r); /* sequence number */
		break;
	case IPPROTO_TCP:
		q->sport = rd_u16(r);
		q->dport = rd_u16(r);
		q->tcp_seq = rd_u32(r);
		break;
	default:
		return REPLY_PROTOCOL;
	}
	return rd_ok(r) ? REPLY_GOOD : REPLY_QUOTE;
}

static enum reply_bad
read_quote(struct rd r, struct reply_quote *q)
{
	struct ip ip;
	/* Probes carry DF: a quoted later fragment is none of ours. */
	if (!read_ip(&r, &ip) || (ip.fragment & IP_OFFSET) != 0)
		return REPLY_QUOTE;
	*q = (struct reply_quote){
	    .src = ip.src,
	    .dst = ip.dst,
	    .protocol = ip.protocol,
	    .ttl = ip.ttl,
	    .tos = ip.tos,
	    .ipid = ip.ipid,
	    .total_len = ip.total_len,
	};
	return read_quoted_l4(&r, q);
}

/* body: everything behind the 8 octets of the ICMP header. */
static enum reply_bad
read_error(struct rd body, uint8_t length_words, struct reply *r)
{
	size_t quote_len;
	r->kind = REPLY_ICMP_ERROR;
	r->ext = icmpext_find(
	    body.p, body.left, length_words, &quote_len, &r->ext_len);
	return read_quote(rd_sub(&body, quote_len), &r->quote);
}

static enum reply_bad
read_icmp(struct rd l4, struct reply *r)
{
	if (l4.left < ICMP_HEADER)
		return REPLY_SHORT;
	if (checksum_fold(checksum_sum(0, l4.p, l4.left)) != 0)
		return REPLY_CHECKSUM;
	r->icmp_type = rd_u8(&l4);
	r->icmp_code = rd_u8(&l4);
	rd_skip(&l4, 2); /* checksum */
	uint16_t id = rd_u16(&l4);
	uint16_t seq = rd_u16(&l4);
	switch (r->icmp_type) {
	case ICMP_T_ECHO_REPLY:
		r->kind = REPLY_ECHO;
		r->sport = id;
		r->dport = seq;
		r->payload = l4.p;
		r->payload_len = l4.left;
		return REPLY_GOOD;
	case ICMP_T_UNREACHABLE:
	case ICMP_T_TIME_EXCEEDED:
	case ICMP_T_PARAMETER:
		/* octet 5 is the length field (RFC 4884, section 4) */
		return read_error(l4, (uint8_t)id, r);
	default:
		return REPLY_ICMP_TYPE;
	}
}

static enum reply_bad
read_tcp(struct rd l4, struct reply *r)
{
	r->kind = REPLY_TCP;
	r->sport = rd_u16(&l4);
	r->dport = rd_u16(&l4);
	r->tcp_seq = rd_u32(&l4);
	r->tcp_ack = rd_u32(&l4);
	rd_skip(&l4, 1); /* data offset */
	r->tcp_flags = rd_u8(&l4);
	return rd_ok(&l4) ? REPLY_GOOD : REPLY_SHORT;
}

static enum reply_bad
read_udp(struct rd l4, struct reply *r)
{
	r->kind = REPLY_UDP;
	r->sport = rd_u16(&l4);
	r->dport = rd_u16(&l4);
	rd_skip(&l4, 4); /* length, checksum */
	return rd_ok(&l4) ? REPLY_GOOD : REPLY_SHORT;
}

static enum reply_bad
read_l4(const struct ip *ip, bool whole, struct rd l4, struct reply *r)
{
	switch (ip->protocol) {
	case IPPROTO_ICMP:
		/* without its end the checksum cannot be verified */
		return whole ? read_icmp(l4, r) : REPLY_SHORT;
	case IPPROTO_TCP:
		return read_tcp(l4, r);
	case IPPROTO_UDP:
		return read_udp(l4, r);
	default:
		return REPLY_PROTOCOL;
	}
}

enum reply_bad
reply_parse(const void *bytes, size_t len, struct reply *r)
{
	struct rd in = rd_make(bytes, len);
	struct ip ip;
	*r = (struct reply){.bytes = bytes, .len = len};
	if (!read_ip(&in, &ip))
		return len < IP_HEADER ? REPLY_SHORT : REPLY_NOT_IPV4;
	if (ip.total_len < ip.header_len)
		return REPLY_SHORT;
	if (checksum_fold(checksum_sum(0, bytes, ip.header_len)) != 0)
		return REPLY_CHECKSUM;
	if ((ip.fragment & (IP_OFFSET | IP_MORE_FRAGMENTS)) != 0)
		return REPLY_FRAGMENT;
	bool whole = ip.total_len <= len;
	if (whole) { /* Ethernet pads behind the packet */
		r->len = ip.total_len;
		in.left = r->len - ip.header_len;
	}
	r->src = ip.src;
	r->dst = ip.dst;
	r->ttl = ip.ttl;
	r->tos = ip.tos;
	r->ipid = ip.ipid;
	return read_l4(&ip, whole, in, r);
}

const char *
reply_bad_name(enum reply_bad bad)
{
	static const char *const name[REPLY_BAD_KINDS] = {
	    [REPLY_GOOD] = "good",
	    [REPLY_SHORT] = "short",
	    [REPLY_NOT_IPV4] = "not-ipv4",
	    [REPLY_FRAGMENT] = "fragment",
	    [REPLY_PROTOCOL] = "protocol",
	    [REPLY_CHECKSUM] = "checksum",
	    [REPLY_ICMP_TYPE] = "icmp-type",
	    [REPLY_QUOTE] = "quote",
	};
	return bad < REPLY_BAD_KINDS ? name[bad] : "?";
}
