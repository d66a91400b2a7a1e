/* SPDX-License-Identifier: ISC */
#include "tests/unit/origin_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* "175.45.176.0/22-24 131279; " of every VRP of the merged table. */
static const char *
vrps(struct origin_text *o)
{
	char prefix[PREFIX_STRLEN];
	size_t used = 0;
	table_merge(&o->t);
	*o->answer = '\0';
	for (size_t i = 0; i < o->t.nvrps; i++) {
		const struct table_vrp *v = &o->t.vrps[i];
		used += (size_t)snprintf(o->answer + used,
		    sizeof(o->answer) - used, "%s-%u %" PRIu32 "; ",
		    prefix_format(&(struct prefix){v->addr, v->len}, prefix),
		    (unsigned)v->max_len, v->asn);
	}
	return o->answer;
}

static void
vrps_as_csv(void **state)
{
	(void)state;
	struct origin_text o = {0};
	assert_string_equal(
	    origin_text_take(&o, ORIGIN_NONE, "vrps-20250319.csv",
		"ASN,IP Prefix,Max Length,Trust Anchor,Expires\n"
		"AS131279,175.45.176.0/22,22,apnic,1742374800\n"
		"AS0,1.0.0.0/24,24,apnic,1742374800\n"
		"20485,188.43.0.0/16,24,ripe,1742374800\n"
		"AS1,2001:db8::/32,48,ripe,1742374800\n"
		"AS1,2.0.0.0/8,7,ripe,1\n"
		"AS1,2.0.0.0/8,33,ripe,1\n"
		"AS1,2.0.0.1/8,24,ripe,1\n"
		"ASx,2.0.0.0/8,24,ripe,1\n"
		"AS1,3.0.0.0/8\n"
		"AS1\n"
		"AS1,0.0.0.0/0,24,ripe,1\n"
		"AS1,10.1.0.0/16,24,ripe,1\n"),
	    "rows=4 syntax=5 ipv6=1 default-route=1 bogon=1 date-of-name=1");
	assert_string_equal(vrps(&o),
	    "1.0.0.0/24-24 0; 3.0.0.0/8-8 1; 175.45.176.0/22-22 131279; "
	    "188.43.0.0/16-24 20485; ");
	origin_text_clear(&o);
}

/* The archives of the RIPE NCC: other columns. */
static void
vrps_with_uri(void **state)
{
	(void)state;
	struct origin_text o = {0};
	assert_string_equal(
	    origin_text_take(&o, ORIGIN_NONE, "roas.csv",
		"URI,ASN,IP Prefix,Max Length,Not Before,Not After\n"
		"rsync://rpki.example/a.roa,AS131279,175.45.176.0/22,,"
		"2025-03-18 09:30:15,2026-07-01 00:00:00\n"
		"rsync://rpki.example/a.roa\n"),
	    "rows=1 syntax=1");
	assert_string_equal(vrps(&o), "175.45.176.0/22-22 131279; ");
	origin_text_clear(&o);
}

static void
vrps_as_json(void **state)
{
	(void)state;
	static const struct {
		const char *text, *counts, *vrps;
		int64_t asof_us;
	} rows[] = {
	    /* rpki-client */
	    {"{\n\t\"metadata\": {\n\t\t\"buildmachine\": \"host\",\n"
	     "\t\t\"buildtime\": \"2025-03-18T23:00:00Z\",\n"
	     "\t\t\"roas\": 2\n\t},\n\n\t\"roas\": [\n"
	     "\t\t{ \"asn\": 131279, \"prefix\": \"175.45.176.0/22\", "
	     "\"maxLength\": 22, \"ta\": \"apnic\", \"expires\": 1 },\n"
	     "\t\t{ \"asn\": 1, \"prefix\": \"2001:db8::/32\", "
	     "\"maxLength\": 32, \"ta\": \"apnic\", \"expires\": 1 },\n"
	     "\t\t{ \"asn\": 2, \"prefix\": \"2.0.0.0/8\", "
	     "\"maxLength: 32, \"ta\": \"apnic\", \"expires\": 1 },\n"
	     "\t\t{ \"asn\": 3, \"prefix\": \"3.0.0.0/8\", "
	     "\"maxLength\": 16, \"ta\": \"apnic\", \"expires\": 1 }\n\t],\n"
	     "\t\"bgpsec_keys\": [\n\t\t{ \"asn\": 9, \"ski\": \"AB\" }\n\t],\n"
	     "\t\"aspas\": [\n\t\t{ \"customer_asid\": 9, "
	     "\"providers\": [1, 2] }\n\t]\n}\n",
		"rows=2 syntax=1 ipv6=1 other-record=2",
		"3.0.0.0/8-16 3; 175.45.176.0/22-22 131279; ",
		INT64_C(1742338800000000)},
	    /* Routinator */
	    {"{\n  \"metadata\": {\n    \"generated\": 1742338800,\n"
	     "    \"generatedTime\": \"2025-03-18T23:00:00Z\"\n  },\n"
	     "  \"roas\": [\n    { \"asn\": \"AS131279\", "
	     "\"prefix\": \"175.45.176.0/22\", \"maxLength\": 24, "
	     "\"ta\": \"apnic\" },\n    { \"asn\": \"AS131279\", "
	     "\"prefix\": \"175.45.176.0/22\", \"maxLength\": 22, \"source\": "
	     "[ { \"type\": \"roa\", \"asn\": 7 } ] }\n  ]\n}",
		"rows=2", "175.45.176.0/22-24 131279; ",
		INT64_C(1742338800000000)},
	    /* without metadata; no maxLength */
	    {"{\"roas\":[{\"prefix\":\"1.0.0.0/24\",\"asn\":\"AS1\"},"
	     "{\"asn\":2},{\"prefix\":\"1.0.0.0/24\",\"maxLength\":null,"
	     "\"asn\":\"2\"},{\"prefix\":\"1.0.1.0/24\"",
		"rows=2 syntax=2", "1.0.0.0/24-24 1; 1.0.0.0/24-24 2; ", -1},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct origin_text o = {0};
		assert_string_equal(
		    origin_text_take(&o, ORIGIN_NONE, "v", rows[i].text),
		    rows[i].counts);
		assert_string_equal(table_source(&o.t)->kind, "vrps");
		assert_int_equal(table_source(&o.t)->asof_us, rows[i].asof_us);
		assert_string_equal(vrps(&o), rows[i].vrps);
		origin_text_clear(&o);
	}
}

/* "4837 CU|China Unicom; " of every AS with an organisation. */
static const char *
orgs(struct origin_text *o)
{
	size_t used = 0;
	table_merge(&o->t);
	*o->answer = '\0';
	for (size_t i = 0; i < o->t.norgs; i++) {
		const struct table_org *g = &o->t.orgs[i];
		used += (size_t)snprintf(o->answer + used,
		    sizeof(o->answer) - used, "%" PRIu32 " %s|%s; ", g->asn,
		    table_text_at(&o->t, g->id), table_text_at(&o->t, g->name));
	}
	return o->answer;
}

#define ORGS                                                                   \
	"# format:org_id|changed|org_name|country|source\n"                    \
	"LPL-141-ARIN|20221001|Level 3 Parent, LLC|US|ARIN\n"                  \
	"ORG-X|20221001||CN|APNIC\n"                                           \
	"|20221001|without id|CN|APNIC\n"                                      \
	"short\n"
#define AUTS                                                                   \
	"# format:aut|changed|aut_name|org_id|opaque_id|source\n"              \
	"1|20221001|LVLT-1|LPL-141-ARIN|e5e3_ARIN|ARIN\n"                      \
	"3356|20221001|LEVEL3|LPL-141-ARIN|e5e3_ARIN|ARIN\n"                   \
	"7|20221001|SEVEN|NOT-LISTED|x|ARIN\n"                                 \
	"8|20221001|EIGHT||x|ARIN\n"                                           \
	"9|20221001|NINE|ORG-X|x|APNIC\n"                                      \
	"0|20221001|ZERO|ORG-X|x|APNIC\n"                                      \
	"x|20221001|WORD|ORG-X|x|APNIC\n"                                      \
	"10|20221001|SHORT\n"
static void
organisations(void **state)
{
	(void)state;
	static const char *const texts[] = {"# name: as2org\n" ORGS AUTS,
	    "# name: as2org\n" AUTS "# more\n" ORGS};
	for (size_t i = 0; i < 2; i++) {
		struct origin_text o = {0};
		assert_string_equal(origin_text_take(&o, ORIGIN_NONE,
					"20221001.as-org2info.txt", texts[i]),
		    "rows=4 syntax=5 as-without-org=2 date-of-name=1");
		assert_string_equal(table_source(&o.t)->kind, "as-org");
		assert_string_equal(origin_text_name(&o, 3356), "LEVEL3");
		assert_string_equal(origin_text_name(&o, 8), "EIGHT");
		assert_string_equal(orgs(&o),
		    "1 LPL-141-ARIN|Level 3 Parent, LLC; 7 NOT-LISTED|; "
		    "9 ORG-X|; 3356 LPL-141-ARIN|Level 3 Parent, LLC; ");
		origin_text_clear(&o);
	}
}

/* Older files: no opaque_id, blanks in the comment. */
static void
organisations_of_old(void **state)
{
	(void)state;
	struct origin_text o = {0};
	assert_string_equal(origin_text_take(&o, ORIGIN_NONE, "as2org",
				"# format: aut|changed|name|org_id|source\n"
				"1|20120224|LVLT-1|LVLT-ARIN|ARIN\n"
				"# format: org_id|changed|name|country|source\n"
				"LVLT-ARIN|20120130|Level 3|US|ARIN\n"
				"# format: other|changed\n"
				"LVLT-ARIN|20120130|Level 4|US|ARIN\n"),
	    "rows=1 syntax=1");
	assert_string_equal(orgs(&o), "1 LVLT-ARIN|Level 3; ");
	origin_text_clear(&o);
}

static void
organisations_as_json(void **state)
{
	(void)state;
	struct origin_text o = {0};
	assert_string_equal(
	    origin_text_take(&o, ORIGIN_NONE, "20230101.as-org2info.jsonl",
		"{\"asn\":\"1\",\"changed\":\"20221001\",\"name\":\"LVLT-1\","
		"\"opaqueId\":\"x\",\"organizationId\":\"LPL-141-ARIN\","
		"\"source\":\"ARIN\",\"type\":\"ASN\"}\n"
		"{\"changed\":\"20221001\",\"country\":\"US\","
		"\"name\":\"Level 3\",\"organizationId\":\"LPL-141-ARIN\","
		"\"source\":\"ARIN\",\"type\":\"Organization\"}\n"
		"{\"asn\":\"7\",\"name\":\"SEVEN\",\"type\":\"ASN\"}\n"
		"{\"asn\":\"x\",\"name\":\"X\",\"organizationId\":\"Y\","
		"\"type\":\"ASN\"}\n"
		"{\"asn\":\"8\",\"name\":\"EIGHT\n"
		"{\"type\":\"Organization\"}\n"),
	    "rows=1 syntax=3 as-without-org=1 date-of-name=1");
	assert_string_equal(orgs(&o), "1 LPL-141-ARIN|Level 3; ");
	assert_string_equal(origin_text_name(&o, 7), "SEVEN");
	origin_text_clear(&o);
}

static void
relations_of_all_forms(void **state)
{
	(void)state;
	struct origin_text o = {0};
	static const char *const first[] = {"4837|134544|-1\n",
	    "4837|134544|-1|bgp\n", "134544|4837|1\n",
	    "4837|134544|-1|mlp|x|y\n"};
	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		char text[256];
		snprintf(text, sizeof(text),
		    "# inferred clique: 1 2\n%s1|2|0|bgp|more\n3|4|2\n5|6\n",
		    first[i]);
		assert_string_equal(origin_text_take(&o, ORIGIN_NONE,
					"20221001.as-rel2.txt", text),
		    "rows=2 syntax=2 date-of-name=1");
		snapshot_pack(&o.t, 0, &o.bytes);
		o.s = snapshot_borrow(o.bytes.p, o.bytes.len, "m", &o.f);
		assert_non_null(o.s);
		assert_int_equal(
		    snapshot_relate(o.s, 4837, 134544), ORIGIN_PROVIDER);
		assert_int_equal(
		    snapshot_relate(o.s, 134544, 4837), ORIGIN_CUSTOMER);
		assert_int_equal(snapshot_relate(o.s, 2, 1), ORIGIN_PEER);
		origin_text_clear(&o);
		o = (struct origin_text){0};
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vrps_as_csv),
	    cmocka_unit_test(vrps_with_uri),
	    cmocka_unit_test(vrps_as_json),
	    cmocka_unit_test(organisations),
	    cmocka_unit_test(organisations_of_old),
	    cmocka_unit_test(organisations_as_json),
	    cmocka_unit_test(relations_of_all_forms),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
