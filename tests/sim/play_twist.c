/* SPDX-License-Identifier: ISC */
#include "tests/sim/play_twist.h"

#include "probe/base/clock.h"
#include "tests/sim/play_bytes.h"
#include "tests/sim/play_reply.h"

#include <stddef.h>
#include <string.h>

enum { STRANGER = 0xcb007100, LATER_NS = 5000000, BITS_MAX = 3 };

static bool
chance(struct play *p, uint32_t per_million)
{
	return per_million > 0 && random_chance(&p->random, per_million);
}

static void
copy(struct play_reply *to, const struct play_reply *from)
{
	memcpy(to, from, offsetof(struct play_reply, bytes) + from->len);
}

size_t
play_twist_copy(
    struct play *p, size_t n, struct play_reply out[static PLAY_REPLIES])
{
	if (n == 0 || n >= PLAY_REPLIES)
		return n;
	copy(&out[n], &out[0]);
	out[n].at_ns += random_range(&p->random, 1, LATER_NS);
	return n + 1;
}

static bool
is_error(const struct play_reply *r)
{
	return r->icmp_type > 0;
}

/*
 * One bit that the checksum gives away. In what is no ICMP that is a bit of
 * the IP header: of the rest the sum is not verified, because an interface
 * that does it itself hands up packets that have none.
 */
static void
flip(struct play *p, struct play_reply *r)
{
	size_t octets = r->icmp_type >= 0 ? r->len : IP;
	uint32_t bit = random_below(&p->random, (uint32_t)octets * 8);
	r->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	r->genuine = false;
	r->proof = 0;
}

/*
 * Bits of the quote, or of what is behind, with right sums all the same. What
 * would move the quote's parts (version, length, fragment) is left alone, so
 * that what is true can be said exactly.
 */
static void
fuzz(struct play *p, const struct play_walk *w, struct play_reply *r)
{
	uint8_t *icmp = r->bytes + IP;
	size_t body = r->len - IP - ICMP_HEAD;
	uint32_t bits = 1 + random_below(&p->random, BITS_MAX);
	if (!is_error(r) || body < QUOTE)
		return;
	while (bits > 0) {
		uint32_t at = random_below(&p->random, (uint32_t)body);
		if (at == 0 || at == 6 || at == 7)
			continue;
		icmp[ICMP_HEAD + at] ^=
		    (uint8_t)(1u << random_below(&p->random, 8));
		bits--;
	}
	r->proof = play_reply_grade(w->probe, icmp + ICMP_HEAD, QUOTE);
	r->genuine = r->proof == PROOF_BOTH;
	play_reply_seal(p->source, r, body);
}

/* Cut off; some of those who do it make lengths and sums right again. */
static void
truncate_reply(struct play *p, struct play_reply *r)
{
	size_t body = r->len - IP - ICMP_HEAD;
	bool right = chance(p, 500000) && body > 0;
	if (r->icmp_type < 0)
		return;
	if (!right) {
		r->len = random_below(&p->random, (uint32_t)r->len);
		r->genuine = false;
		r->proof = 0;
		return;
	}
	body = random_below(&p->random, (uint32_t)body);
	play_reply_seal(p->source, r, body);
	if (is_error(r) && body < QUOTE) {
		r->genuine = false;
		r->proof = 0;
	}
	if (!is_error(r) && body < 4) /* IP-ID's copy in the payload */
		r->proof = PROOF_ONE;
}

/* As long as a packet can be, inside its own length or behind it. */
static void
oversize(struct play *p, struct play_reply *r)
{
	if (r->icmp_type < 0)
		return;
	memset(r->bytes + r->len, 0, PLAY_PACKET - r->len);
	if (chance(p, 500000))
		play_reply_seal(p->source, r, PLAY_PACKET - IP - ICMP_HEAD);
	r->len = PLAY_PACKET;
}

/* A router of this network, or somebody from outside of it. */
static uint32_t
pretender(struct play *p)
{
	const struct play_router *r =
	    &p->router[random_below(&p->random, p->routers)];
	if (chance(p, 500000) && r->addrs > 0 && r->addr[0] != p->source)
		return r->addr[0];
	return STRANGER + random_below(&p->random, 200);
}

/* Someone who saw less than the whole probe pretends to be a router. */
static void
forge(struct play *p, const uint8_t *probe, struct play_reply *r)
{
	uint8_t *quote = r->bytes + IP + ICMP_HEAD;
	uint8_t *check = quote + IP + 6;
	memset(r->bytes, 0, IP + ICMP_HEAD);
	memcpy(quote, probe, QUOTE);
	r->bytes[8] = (uint8_t)random_range(&p->random, 1, 255);
	r->addr = pretender(p);
	r->icmp_type = chance(p, 300000) ? 3 : 11;
	r->icmp_code = 0;
	switch (random_below(&p->random, 4)) {
	case 0: /* blind; one witness may be right by chance */
		put16(quote + 4, (uint32_t)random_next(&p->random));
		put16(check, (uint32_t)random_next(&p->random));
		if (probe[9] == TCP)
			put16(check - 2, (uint32_t)random_next(&p->random));
		break;
	case 1: /* one witness */
		put16(check, get16(check) ^ 0x1111u);
		break;
	case 2: /* both, of a packet that was not ours */
		put32(quote + 12, STRANGER);
		break;
	default: /* another flow: the port, or the id of an echo request */
		put16(quote + IP + (probe[9] == ICMP ? 4 : 2), 33435);
		break;
	}
	r->genuine = false;
	r->proof = play_reply_grade(probe, quote, QUOTE);
	play_reply_seal(p->source, r, QUOTE);
}

/* One more reply, like the first; NULL when there is none or no room. */
static struct play_reply *
another(struct play *p, size_t *n, struct play_reply out[static PLAY_REPLIES])
{
	size_t had = *n;
	*n = play_twist_copy(p, had, out);
	return *n > had ? &out[had] : NULL;
}

static size_t
damage(struct play *p, const struct play_walk *w, size_t n,
    struct play_reply out[static PLAY_REPLIES])
{
	const struct play_network *net = &p->network;
	struct play_reply *r;
	if (chance(p, net->flip) && (r = another(p, &n, out)) != NULL)
		flip(p, r);
	if (chance(p, net->fuzz) && (r = another(p, &n, out)) != NULL)
		fuzz(p, w, r);
	if (chance(p, net->truncate) && (r = another(p, &n, out)) != NULL)
		truncate_reply(p, r);
	if (chance(p, net->oversize) && (r = another(p, &n, out)) != NULL)
		oversize(p, r);
	return n;
}

size_t
play_twist(struct play *p, const struct play_walk *w, int64_t now_ns, size_t n,
    struct play_reply out[static PLAY_REPLIES])
{
	const struct play_network *net = &p->network;
	if (chance(p, net->duplicate))
		n = play_twist_copy(p, n, out);
	if (n > 0)
		n = damage(p, w, n, out);
	if (chance(p, net->forge) && n < PLAY_REPLIES) {
		forge(p, w->probe, &out[n]);
		out[n++].at_ns = now_ns + w->out_ns / 2 +
				 random_range(&p->random, 0, 50 * NS_PER_MS);
	}
	if (p->fate == PLAY_ANSWERED && chance(p, net->amplify))
		while (n < PLAY_REPLIES)
			n = play_twist_copy(p, n, out);
	return n;
}
