/* SPDX-License-Identifier: ISC */
#include "analysis/change/diff_words.h"
#include "tests/unit/diff_sides.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static char
name_of(uint32_t addr)
{
	return addr == 0 ? '*' : (char)(addr - path_addr('\0'));
}

/*
 * Edits as a text: `A` equal, `A>B` replace, `+B` insert, `-A` delete, `A|*`
 * one silent, `*` both, `A|` and `|B` where one side has no hop; `~` balanced.
 */
static void
write_edit(const struct diff_edit *e, char out[static 8])
{
	char a[2] = {e->ttl_a > 0 ? name_of(e->a) : '\0', '\0'};
	char b[2] = {e->ttl_b > 0 ? name_of(e->b) : '\0', '\0'};
	const char *mark = e->balanced ? "~" : "";
	switch (e->op) {
	case EDIT_EQUAL:
		sprintf(out, "%s%s", a, a[0] == b[0] ? mark : "?");
		break;
	case EDIT_REPLACE:
		sprintf(out, "%s>%s%s", a, b, mark);
		break;
	case EDIT_INSERT:
		sprintf(out, "+%s%s%s", a, b, mark);
		break;
	case EDIT_DELETE:
		sprintf(out, "-%s%s%s", a, b, mark);
		break;
	case EDIT_SILENT:
		if (strcmp(a, "*") == 0 && strcmp(b, "*") == 0)
			b[0] = '\0';
		sprintf(out, "%s%s%s", a, b[0] || a[0] != '*' ? "|" : "", b);
		if (e->ttl_b == 0)
			sprintf(out, "%s|", a);
		break;
	}
}

static void
write_edits(const struct diff *d, char *out)
{
	for (size_t i = 0; i < d->nedits; i++) {
		char e[8];
		write_edit(&d->edit[i], e);
		out += sprintf(out, "%s%s", i > 0 ? " " : "", e);
	}
	*out = '\0';
}

struct vector {
	const char *a, *b;
	enum diff_class class;
	uint8_t first;
	const char *edits;
};

static void
check(const struct vector *v, const struct path_flows *f)
{
	struct diff d;
	char edits[1024];
	path_diff(&d, v->a, v->b, f);
	write_edits(&d, edits);
	if (d.class != v->class || d.first_ttl != v->first ||
	    strcmp(edits, v->edits) != 0)
		fail_msg("\"%s\" and \"%s\": %s at %d: %s", v->a, v->b,
		    diff_class_name(d.class), d.first_ttl, edits);
	assert_int_equal(d.why != NULL, d.class == DIFF_INSUFFICIENT);
	/* the other way round it is of the same class */
	path_diff(&d, v->b, v->a, &(struct path_flows){f->after, f->before});
	assert_int_equal(d.class, v->class);
	path_diff(&d, v->a, v->a, &(struct path_flows){f->before, f->before});
	if (d.why == NULL || strcmp(d.why, "nothing answered both times") != 0)
		assert_int_equal(d.class, DIFF_SAME);
}

static void
check_all(const struct vector *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check(&v[i], &(struct path_flows){NULL, NULL});
}

#define CHECK(v) check_all(v, sizeof(v) / sizeof((v)[0]))

static void
no_difference(void **state)
{
	(void)state;
	static const struct vector v[] = {
	    {"A B C T", "A B C T", DIFF_SAME, 0, "A B C T"},
	    {"A * C T", "A * C T", DIFF_SAME, 0, "A * C T"},
	    {"A B C * *", "A B C * * * *", DIFF_SAME, 0, "A B C"},
	    {"A B C", "A B C * *", DIFF_SAME, 0, "A B C"},
	    {"_ _ C T", "_ _ C T", DIFF_SAME, 0, "* * C T"},
	    /* the target answers twice, and whatever is behind it */
	    {"A B T T", "A B T", DIFF_SAME, 0, "A B T"},
	    {"A B T", "A B T *", DIFF_SAME, 0, "A B T"},
	    {"A B T", "A B T T C", DIFF_SAME, 0, "A B T"},
	    {"A B T!3", "A B T", DIFF_SAME, 0, "A B T"},
	    {"A B T!3", "A B T!13", DIFF_SAME, 0, "A B T"},
	    /* repeated and late replies */
	    {"A B+B C", "A B C~", DIFF_SAME, 0, "A B C"},
	    {"A B~/B C", "A */B C+C", DIFF_SAME, 0, "A B C"},
	    {"A B/C D", "A B D", DIFF_SAME, 0, "A B D"},
	    {"A B~/C D", "A C D", DIFF_SAME, 0, "A C D"},
	    /* what is not proved says nothing */
	    {"A X?/B C", "A B C", DIFF_SAME, 0, "A B C"},
	    {"A X1/B C", "A B C", DIFF_SAME, 0, "A B C"},
	    /* a router that forwards with TTL 0: the next one answers twice */
	    {"A C C T", "A C C T", DIFF_SAME, 0, "A C C T"},
	    /* refusals: whoever refuses answers all that goes farther */
	    {"A B B!13 B!13 B!13", "A B B!13", DIFF_SAME, 0, "A B B"},
	    {"A B!10 * B!10 *", "A B!10 B!10", DIFF_SAME, 0, "A B"},
	};
	CHECK(v);
}

static void
silence(void **state)
{
	(void)state;
	static const struct vector v[] = {
	    {"A B C T", "A * C T", DIFF_SILENT_ONLY, 0, "A B|* C T"},
	    {"A * C T", "A B * T", DIFF_SILENT_ONLY, 0, "A *|B C|* T"},
	    {"* B C T", "A B C T", DIFF_SILENT_ONLY, 0, "*|A B C T"},
	    {"A X? C", "A B C", DIFF_SILENT_ONLY, 0, "A *|B C"},
	    /* a path that was not traced from its beginning */
	    {"_ _ C D T", "A B C D T", DIFF_SILENT_ONLY, 0, "*|A *|B C D T"},
	    {"_ _ _ _ _ _ G T", "A B C D E F G T", DIFF_SILENT_ONLY, 0,
		"*|A *|B *|C *|D *|E *|F G T"},
	    /* the end alone is missing */
	    {"A B C T", "A B C * * *", DIFF_SILENT_ONLY, 0, "A B C T|*"},
	    {"A B C T", "A B C", DIFF_SILENT_ONLY, 0, "A B C T|"},
	    {"A B C C!1", "A B C *", DIFF_SILENT_ONLY, 0, "A B C C|*"},
	    {"A B C!13", "A B C * *", DIFF_SILENT_ONLY, 0, "A B C"},
	    {"A B C D * T", "A B C D *", DIFF_SILENT_ONLY, 0, "A B C D * T|"},
	    /* the end is where it was, or nearer than it seems */
	    {"A B T", "A B * T", DIFF_SILENT_ONLY, 0, "A B |* T"},
	    {"A B * * T", "A B T", DIFF_SILENT_ONLY, 0, "A B *| *| T"},
	    {"A B B!13", "A B * * B!13", DIFF_SILENT_ONLY, 0, "A B |* |* B"},
	    {"A * T", "A * * T", DIFF_SILENT_ONLY, 0, "A * |* T"},
	    {"A * C C T", "A C * C T", DIFF_SILENT_ONLY, 0, "A *|C C|* C T"},
	};
	CHECK(v);
}

static void
changes(void **state)
{
	(void)state;
	static const struct vector v[] = {
	    {"A B C T", "A X C T", DIFF_CHANGED, 2, "A B>X C T"},
	    {"A B C D T", "A X Y D T", DIFF_CHANGED, 2, "A B>X C>Y D T"},
	    {"A", "X", DIFF_CHANGED, 1, "A>X"},
	    {"* * A *", "* * X *", DIFF_CHANGED, 3, "* * A>X"},
	    {"A B", "A X", DIFF_CHANGED, 2, "A B>X"},
	    {"A B C D", "A X", DIFF_CHANGED, 2, "A B>X C| D|"},
	    {"A B * D T", "A X * Y T", DIFF_CHANGED, 2, "A B>X * D>Y T"},
	    {"A * C T", "A X Y T", DIFF_CHANGED, 3, "A *|X C>Y T"},
	    /* longer, shorter, and as long */
	    {"A B C T", "A B X C T", DIFF_CHANGED, 3, "A B +X C T"},
	    {"A B C D T", "A C D T", DIFF_CHANGED, 2, "A -B C D T"},
	    {"A B C D T", "A X Y Z D T", DIFF_CHANGED, 2, "A B>X C>Y +Z D T"},
	    {"A B C D E T", "A X E T", DIFF_CHANGED, 2, "A B>X -C -D E T"},
	    {"A B C D", "A B X C D", DIFF_CHANGED, 3, "A B +X C D"},
	    {"A B C D", "A B X C", DIFF_CHANGED, 3, "A B +X C D|"},
	    /* a tunnel that shows its routers, and does not */
	    {"A B F G T", "A B C D E F G T", DIFF_CHANGED, 3,
		"A B +C +D +E F G T"},
	    /* by a router that says nothing: those behind it have moved */
	    {"A B C T", "A B * C T", DIFF_CHANGED, 3, "A B +* C T"},
	    {"A * * D E T", "A * D E T", DIFF_CHANGED, 3, "A * -* D E T"},
	    {"A B * * D E T", "A B X D E T", DIFF_CHANGED, 4,
		"A B *|X -* D E T"},
	    {"A B C T", "A B * X T", DIFF_CHANGED, 4, "A B C|* +X T"},
	    /* several responders, and none in common */
	    {"A B/C T", "A X T", DIFF_CHANGED, 2, "A B>X T"},
	    {"A B/C T", "A X/Y T", DIFF_CHANGED, 2, "A B>X T"},
	    /* the end */
	    {"A B T", "A B C T", DIFF_CHANGED, 3, "A B +C T"},
	    {"A B C T", "A B B!1", DIFF_CHANGED, 3, "A B C>B -T"},
	    {"A B C T", "A B C C!1", DIFF_CHANGED, 4, "A B C T>C"},
	    {"A B C!13", "A B C!10", DIFF_CHANGED, 3, "A B C>C"},
	    {"A B C!13 C!13", "A B C!10 * C!10", DIFF_CHANGED, 3, "A B C>C"},
	    {"A B!13", "A B C T", DIFF_CHANGED, 3, "A B +C +T"},
	    {"A B B!13", "A B C T", DIFF_CHANGED, 3, "A B B>C +T"},
	    {"A B C!1", "A B X!1", DIFF_CHANGED, 3, "A B C>X"},
	    {"A * T", "A B!13", DIFF_CHANGED, 3, "A *|B -T"},
	    {"A B C * * X", "A B C D T", DIFF_CHANGED, 6, "A B C *|D *|T -X"},
	    /* a loop */
	    {"A B C D T", "A B A B A B A", DIFF_CHANGED, 3,
		"A B C>A D>B T>A +B +A"},
	};
	CHECK(v);
}

static void
too_little(void **state)
{
	(void)state;
	static const struct vector v[] = {
	    {"", "", DIFF_INSUFFICIENT, 0, ""},
	    {"* * *", "* * *", DIFF_INSUFFICIENT, 0, ""},
	    {"A B C T", "* * * *", DIFF_INSUFFICIENT, 0, "A|* B|* C|* T|*"},
	    {"* A *", "* * X", DIFF_INSUFFICIENT, 0, "* A|* *|X"},
	    {"A B C D T", "A * * * T", DIFF_INSUFFICIENT, 0, "A B|* C|* D|* T"},
	    {"A * C * E T", "* B * D * T", DIFF_INSUFFICIENT, 0,
		"A|* *|B C|* *|D E|* T"},
	    {"A T?", "B? T", DIFF_INSUFFICIENT, 0, "A|* *|T"},
	    /* a carrier may be another one where only one trace has it */
	    {"A B C D", "A B C * *", DIFF_INSUFFICIENT, 0, "A B C D|*"},
	    {"A B C D T", "A B C *", DIFF_INSUFFICIENT, 0, "A B C D|* T|"},
	    {"A B C X *", "A B C * Y", DIFF_INSUFFICIENT, 0, "A B C X|* *|Y"},
	};
	CHECK(v);
}

static void
balancing(void **state)
{
	(void)state;
	static const struct {
		struct vector v;
		struct path_flows f;
	} kind[] = {
	    {{"A B D T", "A C D T", DIFF_BALANCING, 2, "A B>C~ D T"},
		{"A B D T;A C D T", "A C D T;A B D T"}},
	    {{"A B D T", "A C D T", DIFF_CHANGED, 2, "A B>C D T"},
		{"A B D T", "A C D T"}},
	    {{"A B D T", "A C D T", DIFF_CHANGED, 2, "A B>C D T"},
		{"A B D T;A C D T", NULL}},
	    /* it was there before, but it is not there any more */
	    {{"A B D T", "A C D T", DIFF_CHANGED, 2, "A B>C D T"},
		{"A B D T;A C D T", "A C D T"}},
	    {{"A B D T", "A C D T", DIFF_CHANGED, 2, "A B>C D T"},
		{"A B D T", "A C D T;A B D T"}},
	    /* at another TTL */
	    {{"A B D T", "A C D T", DIFF_CHANGED, 2, "A B>C D T"},
		{"A B C T", "B A D T"}},
	    /* balancing here, a change behind it */
	    {{"A B D E T", "A C D X T", DIFF_CHANGED, 4, "A B>C~ D E>X T"},
		{"A B D E T;A C D E T", "A C D X T;A B D X T"}},
	    /* branches of two lengths: a whole diamond, one seen with a hole */
	    {{"A B C D E T", "A F D E T", DIFF_BALANCING, 2,
		 "A B>F~ -C~ D E T"},
		{"A B C D E T;A F D E T", "A F D E T;A B C D E T"}},
	    {{"A F D E T", "A B * D E T", DIFF_BALANCING, 2,
		 "A F>B~ +*~ D E T"},
		{"A B C D E T;A F D E T", "A F D E T;A B * D E T"}},
	    {{"A B C D E T", "A F D E T", DIFF_CHANGED, 3, "A B>F~ -C D E T"},
		{"A B C D E T;A F C D E T", "A F D E T;A B C D E T"}},
	    /* one trace itself shows both */
	    {{"A B/C D T", "A C/B D T", DIFF_BALANCING, 2, "A B>C~ D T"},
		{NULL, NULL}},
	    {{"A B D T", "A C/B D T", DIFF_BALANCING, 2, "A B>C~ D T"},
		{NULL, NULL}},
	    /* and yet too little is known */
	    {{"A B D E T", "A C *", DIFF_INSUFFICIENT, 0, "A B>C~ D|* E| T|"},
		{"A B D T;A C D T", "A C D T;A B D T"}},
	};
	for (size_t i = 0; i < sizeof(kind) / sizeof(kind[0]); i++)
		check(&kind[i].v, &kind[i].f);
}

/* More routers at one TTL than are kept: who is not among them is not new. */
static void
more_than_is_kept(void **state)
{
	char flows[1024] = "";
	struct diff d;
	struct path p[2];
	struct trail t[2];
	(void)state;
	struct flows f[2] = {{.more = 0}, {.more = 0}};
	for (int i = 0; i < 2 * (FLOWS_ADDRS_MAX + 1); i++) {
		snprintf(flows, sizeof(flows), "A %c D T",
		    (char)('a' + i % (FLOWS_ADDRS_MAX + 1)));
		path_trail(&t[0], flows);
		flows_add(&f[i > FLOWS_ADDRS_MAX], &t[0]);
	}
	for (int new = 0; new < 2; new ++) {
		snprintf(flows, sizeof(flows), "A %c D T",
		    (char)('a' + FLOWS_ADDRS_MAX));
		path_read(&p[0], "A a D T");
		path_read(&p[1], new ? "A a X T" : flows);
		trail_make(&t[0], &p[0].r);
		trail_make(&t[1], &p[1].r);
		diff(&d, &(struct diff_sides){.a = &t[0],
			     .b = &t[1],
			     .before = &f[0],
			     .after = &f[1],
			     .same_flow = true});
		assert_int_equal(d.class, new ? DIFF_CHANGED : DIFF_BALANCING);
	}
}

/* Its stop says reached, but what came from the target proves nothing. */
static void
answered_without_proof(void **state)
{
	static struct compared c;
	struct path p[2];
	char text[1024] = "";
	(void)state;
	path_read(&p[0], "A B T");
	path_read(&p[1], "A C T?");
	c = (struct compared){.a = p[0].r, .b = p[1].r};
	c.a.control = c.b.control = true;
	c.a.stop = c.b.stop = STOP_REACHED;
	trail_make(&c.trail_a, &c.a);
	trail_make(&c.trail_b, &c.b);
	diff(&c.diff, &(struct diff_sides){
			  .a = &c.trail_a, .b = &c.trail_b, .same_flow = true});
	FILE *out = fmemopen(text, sizeof(text), "w");
	diff_words(&c, NULL, out);
	fclose(out);
	assert_int_equal(c.diff.class, DIFF_CHANGED);
	assert_non_null(strstr(text, "The target answered before; after, what "
				     "came from its address proves nothing. "));
}

/* Never a change across two flows. */
static void
two_flows(void **state)
{
	(void)state;
	static const struct {
		const char *a, *b;
		enum diff_class class;
		const char *why;
	} kind[] = {
	    {"A B T", "A B T", DIFF_SAME, NULL},
	    {"A B T@10", "A B T@50", DIFF_RTT_ONLY, NULL},
	    {"A B T", "A * T", DIFF_SILENT_ONLY, NULL},
	    {"A B T", "A X T", DIFF_INSUFFICIENT, "two ports"},
	    {"A B/X T", "A X T", DIFF_INSUFFICIENT, "two ports"},
	    {"A B T", "A B C T", DIFF_INSUFFICIENT, "two ports"},
	    {"A B", "* *", DIFF_INSUFFICIENT, "nothing answered both times"},
	};
	for (size_t i = 0; i < sizeof(kind) / sizeof(kind[0]); i++) {
		struct trail a, b;
		struct diff d;
		path_trail(&a, kind[i].a);
		path_trail(&b, kind[i].b);
		diff(&d,
		    &(struct diff_sides){.a = &a, .b = &b, .why = "two ports"});
		assert_string_equal(
		    diff_class_name(d.class), diff_class_name(kind[i].class));
		assert_false(d.same_flow);
		assert_int_equal(d.first_ttl, 0);
		assert_int_equal(d.why == NULL, kind[i].why == NULL);
		if (d.why != NULL)
			assert_string_equal(d.why, kind[i].why);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_difference),
	    cmocka_unit_test(silence),
	    cmocka_unit_test(changes),
	    cmocka_unit_test(too_little),
	    cmocka_unit_test(balancing),
	    cmocka_unit_test(more_than_is_kept),
	    cmocka_unit_test(answered_without_proof),
	    cmocka_unit_test(two_flows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
