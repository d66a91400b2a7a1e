/* SPDX-License-Identifier: ISC */
/* It lies beside main.c, outside the tests' library. */
#include "probe/show_graph.c" // NOLINT(bugprone-suspicious-include)

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Two routers between one and the target, a star beside them. */
static struct mda_node nodes[] = {{1, 0x0a000001, 6, false},
    {2, 0x0a000002, 4, false}, {2, 0x0a000003, 5, false}, {2, 0, 1, false},
    {3, 0xcb007109, 15, true}};
static struct mda_link links[] = {
    {1, 0x0a000001, 0x0a000002, 3}, {1, 0x0a000001, 0x0a000003, 3}};
static struct mda_diamond diamonds[] = {
    {1, 3, 0x0a000001, 0xcb007109, 2, true, true, false, true},
    {0, 2, 0, 0, 3, false, false, true, false}};
static struct mda_balancer balancers[] = {{3, 2, 5, 2}};
static uint8_t ids[1][UUID_LEN] = {{0x5b, 0x1f, 0x3d}};

static struct mda_graph
graph(void)
{
	return (struct mda_graph){.about = {.vantage = "sel",
				      .run = -1,
				      .target = 0xcb007109,
				      .prefix = {0xcb007100, 24},
				      .method = METHOD_UDP,
				      .port = -1,
				      .src = 0xc0000201,
				      .sport = 33456,
				      .dport = 33434,
				      .start_us = 1795000000000000,
				      .duration_us = 1234567,
				      .tool = "tumen 1"},
	    .confidence = 95,
	    .complete = true,
	    .failure_bound = 0.0474,
	    .per_hop_bound = 0.03125,
	    .probes = 93,
	    .probes_full_mda = 116,
	    .flows = 27,
	    .nnodes = 5,
	    .nlinks = 2,
	    .ndiamonds = 2,
	    .nbalancers = 1,
	    .nids = 1,
	    .nodes = nodes,
	    .links = links,
	    .diamonds = diamonds,
	    .balancers = balancers,
	    .ids = ids};
}

static const char json_text_of_it[] =
    "{\"record\":\"graph\",\"v\":1,\"vantage\":\"sel\",\"campaign\":null,"
    "\"run\":null,\"target\":\"203.0.113.9\",\"prefix\":\"203.0.113.0/24\","
    "\"method\":\"udp\",\"port\":null,\"src\":\"192.0.2.1\",\"dport\":33434,"
    "\"start\":\"2026-11-18T11:06:40.000000Z\","
    "\"start_us\":1795000000000000,\"duration_us\":1234567,"
    "\"confidence\":95,\"complete\":true,\"failure_bound\":0.047400,"
    "\"per_hop_bound\":0.031250,\"probes\":93,\"probes_full_mda\":116,"
    "\"flows\":27,\"nodes\":["
    "{\"ttl\":1,\"addr\":\"10.0.0.1\",\"flows\":6,\"per_packet\":false},"
    "{\"ttl\":2,\"addr\":\"10.0.0.2\",\"flows\":4,\"per_packet\":false},"
    "{\"ttl\":2,\"addr\":\"10.0.0.3\",\"flows\":5,\"per_packet\":false},"
    "{\"ttl\":2,\"addr\":null,\"flows\":1,\"per_packet\":false},"
    "{\"ttl\":3,\"addr\":\"203.0.113.9\",\"flows\":15,\"per_packet\":true}],"
    "\"links\":["
    "{\"ttl\":1,\"from\":\"10.0.0.1\",\"to\":\"10.0.0.2\",\"flows\":3},"
    "{\"ttl\":1,\"from\":\"10.0.0.1\",\"to\":\"10.0.0.3\",\"flows\":3}],"
    "\"diamonds\":[{\"ttl\":[1,3],\"from\":\"10.0.0.1\","
    "\"to\":\"203.0.113.9\",\"width\":2,\"length\":2,\"meshed\":true,"
    "\"asymmetric\":true,\"uniform\":false,\"per_packet\":true},"
    "{\"ttl\":[0,2],\"from\":null,\"to\":null,\"width\":3,\"length\":2,"
    "\"meshed\":false,\"asymmetric\":false,\"uniform\":true,"
    "\"per_packet\":false}],"
    "\"per_packet\":[{\"ttl\":3,\"width\":2,\"repeats\":5,\"differed\":2}],"
    "\"traces\":[\"5b1f3d00-0000-0000-0000-000000000000\"],"
    "\"tool\":\"tumen 1\"}";

static const char text_of_it[] =
    "203.0.113.9  udp all paths  from 192.0.2.1  93 probes, 27 flows  1.2 s\n"
    "TTL  ADDRESS          FLOWS  NEXT\n"
    "  1  10.0.0.1             6  10.0.0.2, 10.0.0.3\n"
    "  2  10.0.0.2             4\n"
    "     10.0.0.3             5\n"
    "     *                    1\n"
    "  3  203.0.113.9         15  per packet\n"
    "  diamond at TTL 1-3: 10.0.0.1 to 203.0.113.9, width 2, length 2, "
    "meshed, asymmetric, not uniform, per packet\n"
    "  diamond at TTL 0-2: here to *, width 3, length 2\n"
    "  per packet at TTL 3: 2 of 5 repeats of a flow found another router\n"
    "  complete: the chance that a link was missed is at most 4.74 % "
    "(asked for: 5 %; worst hop: 3.12 %)\n";

static void
is_one_line_of_json(void **state)
{
	struct mda_graph g = graph();
	struct json j = {0};
	(void)state;
	show_graph_json(&g, &j);
	char *text = json_take(&j);
	assert_string_equal(text, json_text_of_it);
	free(text);
}

static void
is_read_by_people(void **state)
{
	struct mda_graph g = graph();
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	(void)state;
	assert_int_equal(show_graph(&g, f), 0);
	fclose(f);
	assert_string_equal(text, text_of_it);
	free(text);
}

static void
says_what_was_asked_of_tcp(void **state)
{
	struct mda_graph g = graph();
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len), *full = fopen("/dev/full", "w");
	(void)state;
	g.about.method = METHOD_TCP;
	g.about.port = 80;
	g.complete = false;
	assert_int_equal(show_graph(&g, f), 0);
	fclose(f);
	assert_non_null(strstr(text, "  tcp port 80 all paths"));
	assert_non_null(strstr(text, "  incomplete: the chance"));
	assert_null(strstr(text, "  the target is not in it"));
	free(text);
	assert_true(show_graph(&g, full) < 0);
	fclose(full);
}

/* Stopped early, before the target was heard: no number stands for nothing. */
static void
says_what_it_does_not_know(void **state)
{
	struct mda_graph g = graph();
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	(void)state;
	g.complete = false;
	g.failure_bound = 1;
	g.per_hop_bound = 2;
	g.about.target++;
	assert_int_equal(show_graph(&g, f), 0);
	fclose(f);
	assert_non_null(strstr(text, "  the target is not in it"));
	assert_non_null(strstr(text, "  incomplete: any number of links"));
	assert_null(strstr(text, "%"));
	free(text);
	struct json j = {0};
	show_graph_json(&g, &j);
	text = json_take(&j);
	assert_non_null(strstr(text, "\"per_hop_bound\":1.000000,"));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_one_line_of_json),
	    cmocka_unit_test(is_read_by_people),
	    cmocka_unit_test(says_what_was_asked_of_tcp),
	    cmocka_unit_test(says_what_it_does_not_know),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
