/* SPDX-License-Identifier: ISC */
#include "tests/unit/origin_text.h"

#include "analysis/origin/rpsl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/*
 * The form of apnic.db.route, apnic.db.inetnum and apnic.db.aut-num one behind
 * the other (RFC 2622; the objects are made up, but for their addresses).
 */
static const char whois[] = "%  a line of the server\n"
			    "# a comment\n"
			    "\n"
			    "route:          175.45.176.0/24\n"
			    "descr:          STAR-KP # a name\n"
			    "origin:         AS131279 # its AS\n"
			    "mnt-by:         MNT-STAR-KP\n"
			    "mnt-by:         MNT-OTHER\n"
			    "source:         APNIC\n"
			    "\n"
			    "route:  103.35.252.0/22\n"
			    "origin:\n"
			    "+\n"
			    "\tas134544\n"
			    "org:    ORG-CIHL1-AP\n"
			    "source: APNIC\n"
			    "\n"
			    "\n"
			    "ROUTE: 200.7.84/22\n"
			    "Origin: AS28000\n"
			    "\n"
			    "route: 1.0.0.0/24\n"
			    "descr: no origin\n"
			    "\n"
			    "route: 1.0.1.1/24\n"
			    "origin: AS1\n"
			    "\n"
			    "route: 1.0.2.0/24\n"
			    "origin: one\n"
			    "\n"
			    "route6: 2001:db8::/32\n"
			    "origin: AS1\n"
			    "\n"
			    "inetnum: 103.35.252.0 - 103.35.255.255\n"
			    "netname: CIHL-HK\n"
			    "remarks: 1\n"
			    "+        2\n"
			    " 3: not a key\n"
			    "org:     ORG-CIHL1-AP\n"
			    "\n"
			    "inetnum: 5.0.0.64-5.0.0.191\n"
			    "netname: UNALIGNED\n"
			    "org:     ORG-TWO\n"
			    "\n"
			    "inetnum: 6.0.0.0/8\n"
			    "org:     ORG-WITHOUT-AS\n"
			    "\n"
			    "inetnum: 7.0.0.0 - 7.0.0.255\n"
			    "netname: NO-ORG\n"
			    "\n"
			    "inetnum: 0.0.0.0 - 255.255.255.255\n"
			    "org:     ORG-TWO\n"
			    "\n"
			    "inetnum: 9.0.0.9 - 9.0.0.1\n"
			    "org:     ORG-TWO\n"
			    "\n"
			    "inet6num: 2001:db8::/32\n"
			    "\n"
			    "as-block: AS1 - AS2\n"
			    "\n"
			    "aut-num: AS134544\n"
			    "as-name: CIHL-AS\n"
			    "descr:   Cenbong Int'l Holdings Limited\n"
			    "org:     ORG-CIHL1-AP\n"
			    "\n"
			    "aut-num: AS7\n"
			    "descr:   Two has\n"
			    "         several\n"
			    "org:     ORG-TWO\n"
			    "\n"
			    "aut-num: AS8\n"
			    "org:     ORG-TWO\n"
			    "\n"
			    "aut-num: AS0\n"
			    "org:     ORG-TWO\n"
			    "\n"
			    "no attribute\n"
			    "\n"
			    "route: 10.0.0.0/8\n"
			    "origin: AS1\n"
			    "\n"
			    "route: 0.0.0.0/0\n"
			    "origin: AS1";

static void
whois_objects(void **state)
{
	(void)state;
	struct origin_text o = {0};
	assert_string_equal(
	    origin_text_take(&o, ORIGIN_REGISTRY, "whois", whois),
	    "rows=5 syntax=5 ipv6=2 default-route=2 bogon=1 no-origin=1 "
	    "holder-without-as=2 other-record=1 moas-kept=1");
	assert_string_equal(origin_text_ask(&o, "175.45.176.9"),
	    "registry 175.45.176.0/24 131279 "
	    "[route object of MNT-STAR-KP, STAR-KP, APNIC]");
	assert_string_equal(origin_text_ask(&o, "103.35.255.254"),
	    "registry 103.35.252.0/22 134544 "
	    "[route object of ORG-CIHL1-AP, APNIC]");
	assert_string_equal(origin_text_ask(&o, "200.7.87.255"),
	    "registry 200.7.84.0/22 28000 [route object]");
	assert_string_equal(origin_text_ask(&o, "5.0.0.64"),
	    "registry 5.0.0.64/26 7,8 [inetnum UNALIGNED, holder ORG-TWO]");
	assert_string_equal(origin_text_ask(&o, "5.0.0.63"), "none");
	assert_string_equal(origin_text_ask(&o, "5.0.0.192"), "none");
	assert_string_equal(origin_text_ask(&o, "6.0.0.1"), "none");
	assert_string_equal(origin_text_name(&o, 134544), "CIHL-AS");
	assert_string_equal(origin_text_name(&o, 7), "Two has several");
	origin_text_clear(&o);
}

/* inetnum and aut-num alone, without a route object. */
static void
inetnum_by_its_holder(void **state)
{
	(void)state;
	struct origin_text o = {0};
	assert_string_equal(
	    origin_text_take(&o, ORIGIN_REGISTRY, "apnic.db",
		"inetnum: 103.35.252.0 - 103.35.255.255\n"
		"netname: CIHL-HK\norg: ORG-CIHL1-AP\nsource: APNIC\n\n"
		"aut-num: AS134544\nas-name: CIHL\norg: ORG-CIHL1-AP\n"),
	    "rows=1");
	assert_string_equal(origin_text_ask(&o, "103.35.255.254"),
	    "registry 103.35.252.0/22 134544 "
	    "[inetnum CIHL-HK, holder ORG-CIHL1-AP]");
	origin_text_clear(&o);
}

/* Wherever a file is cut, what stands before is read. */
static void
cut_anywhere(void **state)
{
	(void)state;
	size_t least = 0;
	for (size_t len = 0; len < sizeof(whois); len++) {
		struct origin_text o = {0};
		char *text = xmemdup(whois, sizeof(whois));
		text[len] = '\0';
		origin_text_take(&o, ORIGIN_REGISTRY, "whois", text);
		size_t rows = o.t.nrows;
		assert_true(o.f.status == 0 || rows == 0);
		/* a cut may change the object that it is in, no other */
		assert_true(rows + 1 >= least);
		least = rows > least ? rows : least;
		origin_text_clear(&o);
		free(text);
	}
	assert_int_equal(least, 5);
}

static void
attributes(void **state)
{
	(void)state;
	char text[LINE_MAX_LEN + 2 * RPSL_VALUE_LEN];
	struct source s = {0};
	struct rpsl o;
	size_t n = (size_t)snprintf(text, sizeof(text),
	    "# License: CC0\r\n \t \r\n%%\r\nA-b_C:x#y\r\n%% in it\r\n+ z\r\n"
	    "long: ");
	memset(text + n, 'v', 1500);
	snprintf(text + n + 1500, sizeof(text) - n - 1500,
	    "\n more\n%0*d\nnext:   \n \t\nlast: one", LINE_MAX_LEN, 0);
	rpsl_begin(&o, rd_make(text, strlen(text)), &s);
	assert_true(rpsl_object(&o));
	assert_true(rpsl_attribute(&o));
	assert_string_equal(o.key, "a-b_c");
	assert_string_equal(o.value, "x");
	assert_true(rpsl_attribute(&o)); /* "+ z" behind a comment is lost */
	assert_string_equal(o.key, "long");
	assert_int_equal(strlen(o.value), RPSL_VALUE_LEN - 1);
	assert_true(rpsl_attribute(&o));
	assert_string_equal(o.key, "next");
	assert_string_equal(o.value, "");
	assert_false(rpsl_attribute(&o));
	assert_true(rpsl_object(&o));
	assert_false(rpsl_object(&o));
	assert_int_equal(s.counts[COUNT_SYNTAX], 2);
	assert_string_equal(s.licence, "CC0");
	source_clear(&s);
}

/* What `location dump` of libloc 0.9.16 prints. */
static void
location_dump(void **state)
{
	(void)state;
	struct origin_text o = {0};
	static const char text[] =
	    "#\n# Location Database Export\n#\n"
	    "# Generated: Sat, 29 Oct 2022 05:59:54 GMT\n"
	    "# Vendor:    IPFire Project\n# License:   CC BY-SA 4.0\n#\n\n"
	    "aut-num:                 AS13335\n"
	    "name:                    CLOUDFLARENET\n\n"
	    "net:                     1.0.0.0/8\n"
	    "country:                 AU\n\n"
	    "net:                     1.0.0.0/24\n"
	    "country:                 AU\n"
	    "aut-num:                 13335\n"
	    "is-anycast:              yes\n\n"
	    "net:                     2001:4:112::/48\n"
	    "aut-num:                 112\n\n"
	    "net:                     1.0.0/24\n"
	    "aut-num:                 1\n\n"
	    "net:                     1.0.4.0/24\n"
	    "aut-num:                 x\n\n"
	    "country:                 AU\n\n"
	    "net:                     2.26.200.0/21\n"
	    "aut-num:                 401111\n";
	assert_string_equal(origin_text_take(&o, ORIGIN_BGP, "dump", text),
	    "rows=2 syntax=3 ipv6=1 no-origin=1");
	const struct source *s = table_source(&o.t);
	assert_string_equal(s->kind, "location");
	assert_string_equal(s->licence, "CC BY-SA 4.0");
	assert_string_equal(s->credits, "IPFire Project");
	assert_int_equal(s->asof_us, INT64_C(1667023194000000));
	assert_string_equal(origin_text_name(&o, 13335), "CLOUDFLARENET");
	assert_string_equal(
	    origin_text_ask(&o, "1.0.0.1"), "bgp 1.0.0.0/24 13335 [dump]");
	assert_string_equal(origin_text_ask(&o, "1.0.1.1"), "none");
	origin_text_clear(&o);
}

/* The kind is told without the comments, too. */
static void
told_apart(void **state)
{
	(void)state;
	static const struct {
		enum origin_layer layer;
		const char *text, *kind;
	} rows[] = {{ORIGIN_BGP,
			"aut-num: AS1\nname: N\n\nnet: 1.0.0.0/8\naut-num: 1\n",
			"location"},
	    {ORIGIN_BGP, "net: 1.0.0.0/8\naut-num: 1\n", "location"},
	    {ORIGIN_REGISTRY,
		"aut-num: AS1\nas-name: N\n\nroute: 1.0.0.0/8\norigin: AS1\n",
		"rpsl"},
	    {ORIGIN_REGISTRY, "% x\n\nroute: 1.0.0.0/8\norigin: AS1\n", "rpsl"},
	    {ORIGIN_BGP, "2001:db8::/32 1\n1.0.0.0/8 1\n", "pairs"},
	    {ORIGIN_BGP, "fe80:1::/32 1.2\n1.0.0.0/8 1\n", "pairs"},
	    {ORIGIN_BGP, "a broken record\n\n?\n1.0.0.0/8 1\n", "pairs"},
	    {ORIGIN_REGISTRY,
		"|HK\nx|HK|asn|1|1|00000000|allocated|A\n"
		"x|HK|ipv4|1.0.0.0|256|00000000|allocated|A\n",
		"delegated"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct origin_text o = {0};
		origin_text_take(&o, rows[i].layer, "x", rows[i].text);
		assert_string_equal(table_source(&o.t)->kind, rows[i].kind);
		origin_text_clear(&o);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whois_objects),
	    cmocka_unit_test(inetnum_by_its_holder),
	    cmocka_unit_test(cut_anywhere),
	    cmocka_unit_test(attributes),
	    cmocka_unit_test(location_dump),
	    cmocka_unit_test(told_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
