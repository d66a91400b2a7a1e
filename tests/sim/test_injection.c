/* SPDX-License-Identifier: ISC */
#include "probe/base/ext.h"
#include "tests/sim/builder.h"
#include "tests/sim/forge.h"
#include "tests/sim/random.h"

/*
 * The injections into a UDP trace; what scamper does with each was measured
 * with scamper 20211212 (udp-paris, first probe) on a loopback interface:
 *
 *     injected                             scamper                 ours
 *     the genuine answer                   accepted                both
 *     from a host off the path             accepted                both (1)
 *     wrong ICMP checksum                  accepted                refused
 *     quoted source not ours               accepted                one
 *     quoted checksum rewritten            accepted                one
 *     quoted IP-ID rewritten               - (2)                   one
 *     both rewritten                       rejected                unmatched
 *     IP-ID byte-swapped, checksum 0       accepted                unmatched
 *     IP-ID one higher, checksum 0         - (2)                   unmatched
 *     IP-ID 0, checksum 0                  - (2)                   unmatched
 *     another port quoted                  - (2)                   unmatched
 *     halves of two probes                 - (2)                   unmatched
 *     one object at 128, length 0          parsed                  parsed
 *     one object at 128, length 32         parsed                  parsed
 *     two objects                          extensions lost         parsed
 *     length 17, quote of 68               extensions lost         parsed
 *     object longer than the packet        read beyond its end (3) left out
 *
 * (1) Any router on the way may answer from an address of any interface: the
 *     address of the answer proves nothing, having seen the probe does.
 * (2) Not measured.
 * (3) Its parser compiled alone, under AddressSanitizer.
 */
enum { STRANGER = 0xcb007109, MEANT = 3 };

/* What becomes of one half of the identity. */
enum change { KEPT, REWRITTEN, SWAPPED, HIGHER, ZERO, NEIGHBOUR };

struct injection {
	const char *name, *scamper; /* NULL: not measured */
	uint32_t src, quoted_src;   /* 0: as it should be */
	uint16_t quoted_dport;	    /* as well */
	enum change ipid, check;
	bool bad_checksum;
	uint8_t room, words; /* a quote of so many octets, the length field */
	uint8_t ext[24];     /* behind it */
	uint8_t ext_len;
	int want;
	size_t objects;
};

/* RFC 4884's header without a checksum, then RFC 4950's one label. */
#define MPLS 0x20, 0, 0, 0, 0, 8, 1, 1, 0x05, 0xdc, 0xb1, 0x01

static const struct injection injections[] = {
    {.name = "the genuine answer", .scamper = "accepted", .want = PROOF_BOTH},
    {.name = "from a host off the path",
	.scamper = "accepted",
	.src = STRANGER,
	.want = PROOF_BOTH},
    {.name = "wrong ICMP checksum",
	.scamper = "accepted",
	.bad_checksum = true,
	.want = FORGE_REFUSED},
    {.name = "quoted source not ours",
	.scamper = "accepted",
	.quoted_src = STRANGER,
	.want = PROOF_ONE},
    {.name = "quoted checksum rewritten",
	.scamper = "accepted",
	.check = REWRITTEN,
	.want = PROOF_ONE},
    {.name = "quoted IP-ID rewritten", .ipid = REWRITTEN, .want = PROOF_ONE},
    {.name = "both rewritten",
	.scamper = "rejected",
	.ipid = REWRITTEN,
	.check = REWRITTEN,
	.want = FORGE_UNMATCHED},
    {.name = "IP-ID byte-swapped, checksum 0",
	.scamper = "accepted",
	.ipid = SWAPPED,
	.check = ZERO,
	.want = FORGE_UNMATCHED},
    {.name = "IP-ID one higher, checksum 0",
	.ipid = HIGHER,
	.check = ZERO,
	.want = FORGE_UNMATCHED},
    {.name = "IP-ID 0, checksum 0",
	.ipid = ZERO,
	.check = ZERO,
	.want = FORGE_UNMATCHED},
    {.name = "halves of two probes",
	.check = NEIGHBOUR,
	.want = FORGE_UNMATCHED},
    {.name = "another port quoted",
	.quoted_dport = 33435,
	.want = FORGE_UNMATCHED},
    {.name = "one object at 128, length 0",
	.scamper = "parsed",
	.room = 128,
	.ext = {MPLS},
	.ext_len = 12,
	.want = PROOF_BOTH,
	.objects = 1},
    {.name = "one object at 128, length 32",
	.scamper = "parsed",
	.room = 128,
	.words = 32,
	.ext = {MPLS},
	.ext_len = 12,
	.want = PROOF_BOTH,
	.objects = 1},
    {.name = "two objects",
	.scamper = "extensions lost",
	.room = 128,
	.words = 32,
	.ext = {MPLS, 0, 8, 2, 8, 0, 0, 0, 7},
	.ext_len = 20,
	.want = PROOF_BOTH,
	.objects = 2},
    {.name = "length 17, quote of 68",
	.scamper = "extensions lost",
	.room = 68,
	.words = 17,
	.ext = {MPLS},
	.ext_len = 12,
	.want = PROOF_BOTH,
	.objects = 1},
    {.name = "object longer than the packet",
	.scamper = "read beyond its end",
	.room = 128,
	.words = 32,
	.ext = {MPLS, 0xff, 0xff, 2, 8, 0, 0, 0, 7},
	.ext_len = 20,
	.want = PROOF_BOTH,
	.objects = 1},
};

static uint16_t
changed(uint16_t v, enum change how, uint16_t neighbour)
{
	switch (how) {
	case KEPT:
		break;
	case REWRITTEN:
		return v ^ 0x1111;
	case SWAPPED:
		assert_int_not_equal(v >> 8, v & 255);
		return (uint16_t)(v << 8 | v >> 8);
	case HIGHER:
		return (uint16_t)(v + 1);
	case ZERO:
		return 0;
	case NEIGHBOUR:
		return neighbour;
	}
	return v;
}

static void
change_quote(const struct injection *in, uint8_t *quote,
    const struct probe_id *neighbour)
{
	uint8_t *ipid = quote + 4, *check = quote + FORGE_IP + 6;
	forge_put16(
	    ipid, changed(forge_get16(ipid), in->ipid, neighbour->ipid));
	forge_put16(
	    check, changed(forge_get16(check), in->check, neighbour->check));
	if (in->quoted_src != 0)
		forge_put32(quote + 12, in->quoted_src);
	if (in->quoted_dport != 0)
		forge_put16(quote + FORGE_IP + 2, in->quoted_dport);
}

static void
make(const struct injection *in, const struct rig *g, struct forge *p)
{
	uint8_t probe[BUILD_MAX] = {0};
	struct probe_id neighbour = trace_probe_id(&g->t, MEANT + 1);
	assert_true(forge_probe(builder, g, MEANT, probe) >= FORGE_QUOTE);
	forge_error(p, probe, FORGE_QUOTE);
	change_quote(in, p->b + FORGE_IP + FORGE_ICMP, &neighbour);
	if (in->src != 0)
		forge_put32(p->b + 12, in->src);
	if (in->room != 0)
		forge_extend(p, in->room, in->words, in->ext, in->ext_len);
	forge_seal(p);
	if (in->bad_checksum)
		p->b[FORGE_IP + 2] ^= 0x40;
}

static size_t
count_objects(const struct reply *r)
{
	struct rd list = rd_make(r->ext, r->ext_len);
	struct ext_object o;
	size_t n = 0;
	while (ext_next(&list, &o))
		n++;
	return n;
}

static void
inject(const struct rig *g, const struct injection *in)
{
	static const char *const word[] = {
	    "refused", "unmatched", "none", "one", "both"};
	struct forge p;
	struct reply r;
	size_t at = MEANT;
	make(in, g, &p);
	int verdict = forge_judge(g, &p, &r, &at);
	size_t objects = verdict == FORGE_REFUSED ? 0 : count_objects(&r);
	print_message("# %-30s %-9s %zu objects; scamper: %s\n", in->name,
	    word[verdict + 1], objects,
	    in->scamper == NULL ? "-" : in->scamper);
	assert_int_equal(verdict, in->want);
	assert_int_equal(objects, in->objects);
	if (verdict > FORGE_UNMATCHED)
		assert_int_equal(at, MEANT);
}

static void
injection_matrix(void **state)
{
	(void)state;
	struct rig g;
	forge_trace(&g, METHOD_UDP, &key);
	for (size_t i = 0; i < sizeof(injections) / sizeof(injections[0]); i++)
		inject(&g, &injections[i]);
	trace_close(&g.t);
}

/* --- neighbours ---------------------------------------------------------- */

/*
 * Two processes trace the same target from the same ports: an answer to one
 * is an answer to the other only with one witness, by chance.
 */
static void
two_processes(void **state)
{
	(void)state;
	struct random random = {7};
	size_t one = 0, at;
	for (int turn = 0; turn < 100; turn++) {
		struct rig a, b;
		struct key ka = {{(uint8_t)turn}}, kb = {{(uint8_t)turn, 1}};
		forge_trace(&a, METHOD_UDP, &ka);
		forge_trace(&b, METHOD_UDP, &kb);
		for (size_t i = 0; i < FORGE_FLIGHT; i++) {
			struct forge p;
			struct reply r;
			uint8_t probe[BUILD_MAX] = {0};
			forge_probe(builder, &a, i, probe);
			forge_error(&p, probe, FORGE_QUOTE);
			forge_seal(&p);
			assert_int_equal(
			    forge_judge(&a, &p, &r, &at), PROOF_BOTH);
			assert_int_equal(at, i);
			int verdict = forge_judge(&b, &p, &r, &at);
			assert_int_not_equal(verdict, PROOF_BOTH);
			one += verdict == PROOF_ONE;
			/* somebody's ping to the same target */
			forge_echo(&p, 33456, random_next(&random));
			forge_seal(&p);
			assert_int_equal(
			    forge_judge(&a, &p, &r, &at), FORGE_UNMATCHED);
		}
		trace_close(&a.t);
		trace_close(&b.t);
	}
	print_message("# %zu of %d answers to a neighbour had one witness\n",
	    one, 100 * FORGE_FLIGHT);
	assert_true(one <= 12); /* chance gives 2.7 */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(injection_matrix),
	    cmocka_unit_test(two_processes),
	};
	return cmocka_run_group_tests(tests, builder_setup, builder_teardown);
}
