/* SPDX-License-Identifier: ISC */
#include "probe/wire/checksum.h"
#include "probe/wire/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/*
 * Time exceeded in transit from 198.51.100.1 (TTL 61) to 192.0.2.1, quoting a
 * UDP probe to 175.45.176.71 with IP-ID 1234 and checksum beef. Checksums by
 * hand: outer 4500+0038+4142+3d01+c633+6401+c000+0201 = 2afb0 -> afb2 ->
 * ~504d; ICMP 0b00 + quote = 48965 -> 8969 -> ~7696.
 */
static const uint8_t exceeded[56] = {0x45, 0x00, 0x00, 0x38, 0x41, 0x42, 0x00,
    0x00, 0x3d, 0x01, 0x50, 0x4d, 198, 51, 100, 1, 192, 0, 2, 1,
    /* ICMP 11/0 */
    0x0b, 0x00, 0x76, 0x96, 0, 0, 0, 0,
    /* quoted: TOS 28, length 47, DF, TTL 1 */
    0x45, 0x28, 0x00, 0x2f, 0x12, 0x34, 0x40, 0x00, 0x01, 0x11, 0x00, 0x00, 192,
    0, 2, 1, 175, 45, 176, 71,
    /* 33456 -> 33434 */
    0x82, 0xb0, 0x82, 0x9a, 0x00, 0x1b, 0xbe, 0xef};

struct packet {
	uint8_t b[1500];
	size_t len;
};

static void
put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* Writes total length and all checksums of a packet with an ICMP message. */
static void
seal(struct packet *p)
{
	size_t h = (size_t)(p->b[0] & 15) * 4;
	put16(p->b + 2, p->len);
	put16(p->b + 10, 0);
	put16(p->b + 10, checksum_fold(checksum_sum(0, p->b, h)));
	if (p->b[9] != 1)
		return;
	put16(p->b + h + 2, 0);
	put16(
	    p->b + h + 2, checksum_fold(checksum_sum(0, p->b + h, p->len - h)));
}

static struct packet template(void)
{
	struct packet p = {.len = sizeof(exceeded)};
	memcpy(p.b, exceeded, sizeof(exceeded));
	return p;
}

static void
insert(struct packet *p, size_t at, size_t n, uint8_t value)
{
	memmove(p->b + at + n, p->b + at, p->len - at);
	memset(p->b + at, value, n);
	p->len += n;
}

static enum reply_bad
parse(const struct packet *p, struct reply *r)
{
	return reply_parse(p->b, p->len, r);
}

static void
time_exceeded(void **state)
{
	(void)state;
	struct reply r;
	assert_int_equal(reply_parse(exceeded, 56, &r), REPLY_GOOD);
	assert_int_equal(r.kind, REPLY_ICMP_ERROR);
	assert_int_equal(r.src, 0xc6336401);
	assert_int_equal(r.dst, 0xc0000201);
	assert_int_equal(r.ttl, 61);
	assert_int_equal(r.ipid, 0x4142);
	assert_int_equal(r.icmp_type, 11);
	assert_int_equal(r.icmp_code, 0);
	assert_int_equal(r.quote.src, 0xc0000201);
	assert_int_equal(r.quote.dst, 0xaf2db047);
	assert_int_equal(r.quote.protocol, 17);
	assert_int_equal(r.quote.ttl, 1);
	assert_int_equal(r.quote.tos, 0x28);
	assert_int_equal(r.quote.ipid, 0x1234);
	assert_int_equal(r.quote.total_len, 47);
	assert_int_equal(r.quote.sport, 33456);
	assert_int_equal(r.quote.dport, 33434);
	assert_int_equal(r.quote.check, 0xbeef);
	assert_null(r.ext);
	assert_int_equal(r.len, 56);
	assert_ptr_equal(r.bytes, exceeded);
}

/* Each single flipped bit behind the addresses is found or changes nothing. */
static void
every_flipped_bit_is_found(void **state)
{
	(void)state;
	for (size_t bit = 0; bit < sizeof(exceeded) * 8; bit++) {
		struct packet p = template();
		struct reply r;
		p.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(parse(&p, &r), REPLY_GOOD);
	}
}

static void
every_truncation_is_refused(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(exceeded); len++) {
		struct packet p = template();
		struct reply r;
		assert_int_equal(reply_parse(p.b, len, &r), REPLY_SHORT);
	}
}

/* Sealed again, so that only the quote decides. */
static void
short_quotes(void **state)
{
	(void)state;
	for (size_t len = 28; len < sizeof(exceeded); len++) {
		struct packet p = template();
		struct reply r;
		p.len = len;
		seal(&p);
		assert_int_equal(parse(&p, &r), REPLY_QUOTE);
	}
}

static void
options_in_both_headers(void **state)
{
	(void)state;
	struct packet p = template();
	struct reply r;
	insert(&p, 48, 8, 1); /* behind the quoted header */
	p.b[28] = 0x47;
	insert(&p, 20, 12, 1);
	p.b[0] = 0x48;
	seal(&p);
	assert_int_equal(parse(&p, &r), REPLY_GOOD);
	assert_int_equal(r.quote.sport, 33456);
	assert_int_equal(r.quote.check, 0xbeef);
	p.b[0] = 0x44; /* less than a header */
	assert_int_equal(parse(&p, &r), REPLY_NOT_IPV4);
}

static void
ethernet_padding_is_cut(void **state)
{
	(void)state;
	struct packet p = template();
	struct reply r;
	memset(p.b + p.len, 0xa5, 4);
	p.len += 4;
	assert_int_equal(parse(&p, &r), REPLY_GOOD);
	assert_int_equal(r.len, 56);
}

static void
strange_outer_headers(void **state)
{
	(void)state;
	struct packet p = template();
	struct reply r;
	p.b[0] = 0x65;
	assert_int_equal(parse(&p, &r), REPLY_NOT_IPV4);
	p = template();
	p.b[6] = 0x20; /* more fragments */
	seal(&p);
	assert_int_equal(parse(&p, &r), REPLY_FRAGMENT);
	p = template();
	p.b[7] = 1; /* offset 8 */
	seal(&p);
	assert_int_equal(parse(&p, &r), REPLY_FRAGMENT);
	p = template();
	p.b[6] = 0x40; /* DF alone is fine */
	seal(&p);
	assert_int_equal(parse(&p, &r), REPLY_GOOD);
	p.b[9] = 47;
	seal(&p);
	assert_int_equal(parse(&p, &r), REPLY_PROTOCOL);
	p = template();
	p.b[9] = 17;
	p.len = 19;
	seal(&p);
	p.len = 56;
	assert_int_equal(parse(&p, &r), REPLY_SHORT);
}

static void
icmp_types(void **state)
{
	(void)state;
	for (int type = 0; type < 256; type++) {
		struct packet p = template();
		struct reply r;
		p.b[20] = (uint8_t)type;
		seal(&p);
		bool error = type == 3 || type == 11 || type == 12;
		enum reply_bad want =
		    error || type == 0 ? REPLY_GOOD : REPLY_ICMP_TYPE;
		assert_int_equal(parse(&p, &r), want);
		if (want == REPLY_GOOD)
			assert_int_equal(
			    r.kind, error ? REPLY_ICMP_ERROR : REPLY_ECHO);
	}
}

static void
quoted_tcp_and_icmp(void **state)
{
	(void)state;
	struct packet p = template();
	struct reply r;
	p.b[37] = 6;
	seal(&p);
	assert_int_equal(parse(&p, &r), REPLY_GOOD);
	assert_int_equal(r.quote.sport, 33456);
	assert_int_equal(r.quote.tcp_seq, 0x001bbeef);
	p.b[37] = 1;
	seal(&p);
	assert_int_equal(parse(&p, &r), REPLY_GOOD);
	assert_int_equal(r.quote.icmp_check, 0x829a);
	assert_int_equal(r.quote.dport, 0x1b);
	assert_int_equal(r.quote.check, 0xbeef);
	p.b[37] = 50;
	seal(&p);
	assert_int_equal(parse(&p, &r), REPLY_PROTOCOL);
}

static void
quoted_header_is_no_probe(void **state)
{
	(void)state;
	struct packet p = template();
	struct reply r;
	p.b[28] = 0x65;
	seal(&p);
	assert_int_equal(parse(&p, &r), REPLY_QUOTE);
	p = template();
	p.b[28] = 0x4f; /* options beyond the end */
	seal(&p);
	assert_int_equal(parse(&p, &r), REPLY_QUOTE);
	p = template();
	p.b[35] = 1; /* a later fragment: what follows is no UDP header */
	seal(&p);
	assert_int_equal(parse(&p, &r), REPLY_QUOTE);
}

/* RFC 4950: an MPLS stack behind a quote that is padded to 128 octets. */
static void
mpls_behind_the_quote(void **state)
{
	(void)state;
	static const uint8_t mpls[] = {
	    0x20, 0, 0, 0, 0, 8, 1, 1, 0x05, 0xdc, 0xb1, 0x01};
	for (uint8_t words = 0; words <= 32; words += 32) {
		struct packet p = template();
		struct reply r;
		insert(&p, 56, 100, 0);
		memcpy(p.b + p.len, mpls, sizeof(mpls));
		p.len += sizeof(mpls);
		p.b[25] = words;
		seal(&p);
		assert_int_equal(parse(&p, &r), REPLY_GOOD);
		assert_int_equal(r.ext_len, 8);
		assert_memory_equal(r.ext, mpls + 4, 8);
		assert_int_equal(r.quote.check, 0xbeef);
	}
}

static void
tcp_and_udp_answers(void **state)
{
	(void)state;
	struct packet p = {.len = 40};
	struct reply r;
	memcpy(p.b, exceeded, 20);
	static const uint8_t tcp[20] = {0, 80, 0x82, 0xb0, 1, 2, 3, 4, 5, 6, 7,
	    8, 0x50, 0x12, 0, 0, 0, 0, 0, 0};
	memcpy(p.b + 20, tcp, sizeof(tcp));
	p.b[9] = 6;
	seal(&p);
	assert_int_equal(parse(&p, &r), REPLY_GOOD);
	assert_int_equal(r.kind, REPLY_TCP);
	assert_int_equal(r.sport, 80);
	assert_int_equal(r.dport, 33456);
	assert_int_equal(r.tcp_seq, 0x01020304);
	assert_int_equal(r.tcp_ack, 0x05060708);
	assert_int_equal(r.tcp_flags, 0x12);
	p.b[9] = 17;
	seal(&p);
	assert_int_equal(parse(&p, &r), REPLY_GOOD);
	assert_int_equal(r.kind, REPLY_UDP);
	assert_int_equal(r.sport, 80);
	p.len = 27;
	seal(&p);
	assert_int_equal(parse(&p, &r), REPLY_SHORT);
}

/* A long datagram of which only the head was captured still tells who. */
static void
captured_in_part(void **state)
{
	(void)state;
	struct packet p = {.len = 700};
	struct reply r;
	memcpy(p.b, exceeded, 20);
	p.b[9] = 17;
	seal(&p);
	p.len = 96;
	assert_int_equal(parse(&p, &r), REPLY_GOOD);
	assert_int_equal(r.len, 96);
}

static void
echo_reply(void **state)
{
	(void)state;
	struct packet p = {.len = 28};
	struct reply r;
	static const uint8_t echo[8] = {0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78};
	memcpy(p.b, exceeded, 20);
	memcpy(p.b + 20, echo, sizeof(echo));
	seal(&p);
	assert_int_equal(parse(&p, &r), REPLY_GOOD);
	assert_int_equal(r.kind, REPLY_ECHO);
	assert_int_equal(r.sport, 0x1234);
	assert_int_equal(r.dport, 0x5678);
}

static void
every_reason_has_a_name(void **state)
{
	(void)state;
	for (int i = 0; i < REPLY_BAD_KINDS; i++)
		assert_true(strlen(reply_bad_name(i)) > 1);
	assert_string_equal(reply_bad_name(REPLY_CHECKSUM), "checksum");
	assert_string_equal(reply_bad_name(REPLY_BAD_KINDS), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(time_exceeded),
	    cmocka_unit_test(every_flipped_bit_is_found),
	    cmocka_unit_test(every_truncation_is_refused),
	    cmocka_unit_test(short_quotes),
	    cmocka_unit_test(options_in_both_headers),
	    cmocka_unit_test(ethernet_padding_is_cut),
	    cmocka_unit_test(strange_outer_headers),
	    cmocka_unit_test(icmp_types),
	    cmocka_unit_test(quoted_tcp_and_icmp),
	    cmocka_unit_test(quoted_header_is_no_probe),
	    cmocka_unit_test(mpls_behind_the_quote),
	    cmocka_unit_test(tcp_and_udp_answers),
	    cmocka_unit_test(captured_in_part),
	    cmocka_unit_test(echo_reply),
	    cmocka_unit_test(every_reason_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
