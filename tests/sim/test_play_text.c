/* SPDX-License-Identifier: ISC */
#include "tests/sim/stage.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What makes a scenario of a line that is tried behind it. */
#define GROUND                                                                 \
	"source 192.0.2.1\nrouter a 198.51.100.1\n"                            \
	"router b 198.51.100.2 # a comment\n\nlink source a\n"

struct wrong {
	const char *line;
	const char *why; /* behind "line 6: " */
};

static const struct wrong wrong[] = {
    {"ruoter x 1.2.3.4",
	"ruoter: not source, defaults, router, link, route, hosts, deny, nat, "
	"network, chain or tree"},
    {"source 1.2.3", "1.2.3: not `source ADDRESS`"},
    {"defaults", "defaults: not router, link or hosts"},
    {"defaults nat x=1", "nat: not router, link or hosts"},
    {"router x", "router: not `router NAME ADDRESS[,..]`"},
    {"router x 1.2.3.4,9", "9: not 1 to 8 IPv4 addresses"},
    {"router a 1.2.3.4", "a: not a new name of at most 31 letters"},
    {"router abcdefghijklmnopqrstuvwxyzabcdef 1.2.3.4",
	"abcdefghijklmnopqrstuvwxyzabcdef: not a new name of at most 31 "
	"letters"},
    {"router x 1.2.3.4 silent=1", "silent=1: not the bare word"},
    {"router x 1.2.3.4 mpls=2", "mpls=2: not the bare word"},
    {"router x 1.2.3.4 loss=101%", "loss=101%: not 0% to 100%"},
    {"router x 1.2.3.4 loss=1", "loss=1: not 0% to 100%"},
    {"router x 1.2.3.4 loss", "loss: not 0% to 100%"},
    {"router x 1.2.3.4 loss=0x1%", "loss=0x1%: not 0% to 100%"},
    {"router x 1.2.3.4 limit=5", "limit=5: not 1/s to 1000000/s, or /m"},
    {"router x 1.2.3.4 limit=0/s", "limit=0/s: not 1/s to 1000000/s, or /m"},
    {"router x 1.2.3.4 burst=0", "burst=0: not 1 to 10000"},
    {"router x 1.2.3.4 late=10%",
	"late=10%: not CHANCE%:TIME or CHANCE%:TIME-TIME"},
    {"router x 1.2.3.4 late=10%:2s-1s",
	"late=10%:2s-1s: not CHANCE%:TIME or CHANCE%:TIME-TIME"},
    {"router x 1.2.3.4 quote=19", "quote=19: not 20 to 1000, or long"},
    {"router x 1.2.3.4 answer-from=y", "answer-from=y: not an IPv4 address"},
    {"router x 1.2.3.4 ext=some",
	"ext=some: not none|mpls|two|unknown|broken|oversize|long|5837"},
    {"router x 1.2.3.4 udp=shut", "udp=shut: not closed|open|mute|bare"},
    {"router x 1.2.3.4 tos=256", "tos=256: not 0 to 255"},
    {"router x 1.2.3.4 delay=1ms",
	"delay=1ms: none of silent udp tcp icmp limit burst loss duplicate "
	"late answer-from quote mpls ext ttl zero-ttl hidden tos detour "
	"no-route"},
    {"link a", "link: not `link ROUTER ROUTER`"},
    {"link a x", "x: no router of that name above"},
    {"link a a", "a: not another router"},
    {"link a source", "source: not another router"},
    {"link a b delay=5", "delay=5: not 0ms and more, in ns, us, ms or s"},
    {"link a b silent", "silent: none of delay back jitter loss reorder"},
    {"route a 0.0.0.0/0", "route: not `route ROUTER PREFIX NEXT[,..]`"},
    {"route a 10.0.0.1/8 b", "10.0.0.1/8: not a prefix without host bits"},
    {"route a 10.0.0.0 b", "10.0.0.0: not a prefix without host bits"},
    {"route a 0.0.0.0/0 b,x", "x: no router of that name above"},
    {"route a 0.0.0.0/0 a", "a: not 1 to 128 other routers"},
    {"route a 0.0.0.0/0 b by=sorce",
	"by=sorce: not "
	"src|dst|protocol|tos|length|ports|sport|dport|icmp-id|packet"},
    {"route a 0.0.0.0/0 b weights=0",
	"weights=0: not 1 to 1000, one for each next"},
    {"route a 0.0.0.0/0 b weights=1,2",
	"weights: not one for each next router"},
    {"route a 0.0.0.0/0 b\nroute a 0.0.0.0/0 b", NULL},
    {"hosts 10.0.0.0/8", "hosts: not `hosts PREFIX ROUTER`"},
    {"hosts 10.0.0.0/8 x", "x: no router of that name above"},
    {"hosts 10.0.0.0/8 a share=-1%", "share=-1%: not 0% to 100%"},
    {"hosts 10.0.0.0/8 a unreachable=16", "unreachable=16: not 0 to 15"},
    {"deny a", "deny: not `deny ROUTER PREFIX`"},
    {"deny a 10.0.0.0/8 protocol=udp,gre",
	"protocol=udp,gre: not udp|tcp|icmp"},
    {"nat a", "nat: not `nat ROUTER KIND`"},
    {"nat a twice", "twice: undone|stale-check|stale-all|new-ipid|blind"},
    {"network forge=x", "forge=x: not 0% to 100%"},
    {"network loss=1%",
	"loss=1%: none of forge flip fuzz truncate oversize duplicate "
	"amplify"},
    {"chain a x 3", "chain: not `chain ROUTER NAME COUNT ADDRESS`"},
    {"chain a x 0 1.2.3.4", "0: not 1 to 4096 routers"},
    {"chain a x 3 1.2.3.256", "1.2.3.256: not the IPv4 address of the first"},
    {"chain y x 3 1.2.3.4", "y: no router of that name above"},
    {"chain a x 3 1.2.3.4 10.0.0.0/33",
	"10.0.0.0/33: not a prefix without host bits"},
    {"tree a x 10.0.0.0/8 16",
	"tree: not `tree ROUTER NAME PREFIX LENGTH[,..] ADDRESS`"},
    {"tree - x 10.0.0.0/8 16 1.2.3.4", "-: not the router above the tree"},
    {"tree a x 10.0.0.0/8 7 1.2.3.4",
	"7: not up to 8 growing prefix lengths, 12 at a time"},
    {"tree a x 10.0.0.0/8 16,16 1.2.3.4",
	"16: not up to 8 growing prefix lengths, 12 at a time"},
    {"tree a x 10.0.0.0/8 21 1.2.3.4",
	"21: not up to 8 growing prefix lengths, 12 at a time"},
};

/* The line, the word, and what would have been right. */
static void
says_what_is_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[512], why[160] = "", expected[160];
		snprintf(text, sizeof(text), GROUND "%s\n", wrong[i].line);
		struct play *p = play_parse(text, 1, why);
		assert_null(p);
		if (wrong[i].why == NULL)
			continue;
		snprintf(
		    expected, sizeof(expected), "line 6: %s", wrong[i].why);
		assert_string_equal(why, expected);
	}
}

static void
says_what_is_missing(void **state)
{
	(void)state;
	char why[160];
	assert_null(play_parse("router a 1.2.3.4\nlink source a\n", 1, why));
	assert_string_equal(why, "line 3: source: missing");
	assert_null(play_parse("source 1.2.3.4\n", 1, why));
	assert_string_equal(
	    why, "line 2: source: neither one link nor a route");
	assert_null(play_parse(GROUND "link source b", 1, why));
	assert_string_equal(
	    why, "line 6: source: neither one link nor a route");
	assert_null(play_parse(GROUND "route a 10.0.0.0/8 b\n"
				      "hosts 10.0.0.0/9 a\n"
				      "hosts 10.0.0.0/8 a\n",
	    1, why));
	assert_string_equal(
	    why, "line 8: 10.0.0.0/8: a second route of this router for it");
	assert_null(play_load("tests/sim/scenarios/none.play", 1, why));
	assert_string_equal(
	    why, "tests/sim/scenarios/none.play: No such file or directory");
}

/* Whatever the text is, the reason is one line of at most 159 bytes. */
static void
long_words(void **state)
{
	(void)state;
	char text[3000], why[160];
	static const char *const before[] = {"", "source ", "router x ",
	    "router ", "router x 1.2.3.4 ", "router x 1.2.3.4 late=", "link a ",
	    "route a 0.0.0.0/0 ", "hosts ", "nat a ", "network "};
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		int n = snprintf(text, sizeof(text), GROUND "%s", before[i]);
		memset(text + n, 'x', sizeof(text) - (size_t)n - 1);
		text[sizeof(text) - 1] = '\0';
		memset(why, 0x7f, sizeof(why));
		assert_null(play_parse(text, 1, why));
		assert_true(strnlen(why, sizeof(why)) < sizeof(why));
		assert_memory_equal(why, "line 6: ", 8);
	}
}

/* Every option is read, and not as another one's value. */
static void
every_option(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s,
	    "source 192.0.2.1\n"
	    "defaults router silent limit=30/m burst=9 loss=0.0001%\n"
	    "defaults link jitter=1us\n"
	    "defaults hosts router ttl=7\n"
	    "router a 198.51.100.1,198.51.100.2 silent limit=5/s burst=2 "
	    "loss=1% duplicate=2% late=1%:5ms-1s answer-from=1.2.3.4 "
	    "quote=long mpls ext=5837 ttl=60 udp=open tcp=bare icmp=mute "
	    "zero-ttl hidden tos=4 detour=3 no-route=0\n"
	    "link source a delay=1ms back=2ms jitter=0.5ms loss=0% "
	    "reorder=1%:2ms\n"
	    "router b 198.51.100.3\n"
	    "router c 198.51.100.4\n"
	    "route a 0.0.0.0/0 b,c by=src,dst,protocol,tos,length,ports,"
	    "sport,dport,icmp-id,packet weights=1000,1\n"
	    "hosts 203.0.113.0/24 b share=10% unreachable=1 router delay=1ms "
	    "jitter=1ms udp=closed\n"
	    "deny c 10.0.0.0/8 code=9 silent rate=40% protocol=udp,tcp,icmp "
	    "back\n"
	    "nat b blind outside=1.2.3.4\n"
	    "network forge=1% flip=1% fuzz=1% truncate=1% oversize=1% "
	    "duplicate=1% amplify=1%\n"
	    "chain c d 3 10.1.1.1 10.0.0.0/8 delay=1ms back=1ms jitter=1ms "
	    "loss=3%\n"
	    "chain - e 2 10.2.1.1\n"
	    "tree c f 11.0.0.0/8 10,12 10.3.1.1 delay=1ms quote=44\n"
	    "hosts 11.0.0.0/9 f\n",
	    1);
	uint64_t answered, asked;
	static const char *const names[] = {
	    "a", "b", "c", "d1", "d3", "e2", "f-10-3", "f-12-15", "source"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_true(play_count(s.play, names[i], &answered, &asked));
	static const char *const none[] = {
	    "d4", "e3", "f", "f-10-4", "f-12-16", ""};
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_false(play_count(s.play, none[i], &answered, &asked));
	assert_int_equal(play_source(s.play), 0xc0000201);
	stage_close(&s);
}

/* All files that ship are scenarios. */
static void
shipped_files(void **state)
{
	(void)state;
	glob_t g;
	char why[160];
	assert_int_equal(glob("tests/sim/scenarios/*.play", 0, NULL, &g), 0);
	assert_true(g.gl_pathc >= 2);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct play *p = play_load(g.gl_pathv[i], 1, why);
		if (p == NULL)
			fail_msg("%s: %s", g.gl_pathv[i], why);
		play_close(p);
	}
	globfree(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(says_what_is_wrong),
	    cmocka_unit_test(says_what_is_missing),
	    cmocka_unit_test(long_words),
	    cmocka_unit_test(every_option),
	    cmocka_unit_test(shipped_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
