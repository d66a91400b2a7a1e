/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "probe/base/wr.h"
#include "tests/unit/learn_lesson.h"
#include "tests/unit/sample_folder.h"
#include "tests/unit/store_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sysexits.h>

#include <cmocka.h>

/* --- what counts --------------------------------------------------------- */

static struct learn_target
learnt(const struct lesson *s)
{
	struct config_campaign c = lesson_campaign("border", s->method, 900);
	struct learn *l = lesson_empty();
	lesson_learn(l, &c, s);
	struct learn_target *t = learn_find(l, s->target);
	struct learn_target copy = {.known_us = -1};
	if (t != NULL)
		copy = *t;
	copy.services = NULL, copy.pasts = NULL;
	learn_close(l);
	return copy;
}

static bool
answers(enum record_method method, enum lesson_answer answer)
{
	const struct lesson s = {.target = LESSON_WEB,
	    .method = method,
	    .port = 80,
	    .at_us = LESSON_FROM,
	    .answer = answer};
	struct learn_target t = learnt(&s);
	int i = (int)method - METHOD_UDP;
	assert_int_equal(t.known_us, LESSON_FROM);
	for (int k = 0; k < LEARN_METHODS; k++) {
		assert_int_equal(t.tried_us[k], k == i ? LESSON_FROM : -1);
		assert_true(k == i || t.answered_us[k] == -1);
	}
	return t.answered_us[i] == LESSON_FROM;
}

static void
the_target_itself_answers(void **state)
{
	(void)state;
	for (enum record_method m = METHOD_UDP; m <= METHOD_TCP; m++) {
		assert_true(answers(m, LESSON_OPEN));
		assert_true(answers(m, LESSON_CLOSED));
		assert_false(answers(m, LESSON_SILENCE));
		assert_false(answers(m, LESSON_FIREWALL));
		assert_false(answers(m, LESSON_OTHER));
	}
}

static void
what_teaches_nothing(void **state)
{
	(void)state;
	struct lesson s = lesson_tcp(LESSON_WEB, 80, LESSON_FROM, LESSON_OPEN);
	s.control = true;
	assert_int_equal(learnt(&s).known_us, -1);
	s.control = false;
	s.at_us = -1;
	assert_int_equal(learnt(&s).known_us, -1);
	s.at_us = INT64_MAX;
	assert_int_equal(learnt(&s).known_us, -1);
	s.at_us = LESSON_FROM;
	s.stop = STOP_ERROR; /* cut, but the answer was there already */
	assert_int_equal(learnt(&s).known_us, LESSON_FROM);
	s.answer = LESSON_SILENCE;
	assert_int_equal(learnt(&s).known_us, -1);
}

static void
services_are_open_or_closed(void **state)
{
	(void)state;
	struct config_campaign c = lesson_campaign("border", METHOD_TCP, 900);
	struct learn *l = lesson_empty();
	static const enum lesson_answer answer[] = {LESSON_SILENCE, LESSON_OPEN,
	    LESSON_OTHER, LESSON_FIREWALL, LESSON_CLOSED};
	struct lesson s = lesson_tcp(LESSON_WEB, 443, LESSON_FROM, LESSON_OPEN);
	for (int i = 0; i < 5; i++) {
		s.answer = answer[i];
		s.at_us = LESSON_FROM + i;
		lesson_learn(l, &c, &s);
	}
	const struct learn_target *t = learn_find(l, LESSON_WEB);
	assert_int_equal(t->nservices, 1);
	const struct learn_service *p = learn_find_service(t, 443);
	assert_int_equal(p->tried_us, LESSON_FROM + 4);
	assert_int_equal(p->open_us, LESSON_FROM + 1);
	assert_int_equal(p->closed_us, LESSON_FROM + 4);
	assert_int_equal(p->failed_us, LESSON_FROM + 2);

	/* A segment that names no SYN of ours says nothing of the service. */
	s = lesson_tcp(LESSON_WEB, 80, LESSON_FROM + 9, LESSON_OPEN);
	s.proof = PROOF_NONE;
	lesson_learn(l, &c, &s);
	assert_int_equal(learn_find_service(t, 80)->open_us, -1);
	assert_int_equal(t->answered_us[2], LESSON_FROM + 9);
	learn_close(l);
}

/* --- how much is remembered ---------------------------------------------- */

static void
the_oldest_target_is_forgotten(void **state)
{
	(void)state;
	struct config_campaign c = lesson_campaign("many", METHOD_TCP, 900);
	struct learn *l = lesson_empty();
	for (uint32_t i = 0; i < TARGETS_MAX + 500u; i++) {
		/* In a mixed order, and the first one again and again. */
		uint32_t addr = 0x0a000000 + i * 40503u % 65536u;
		struct lesson s = lesson_tcp(addr, 80, i, LESSON_SILENCE);
		lesson_learn(l, &c, &s);
		s.target = 0x0a000000;
		lesson_learn(l, &c, &s);
	}
	assert_int_equal(l->n, TARGETS_MAX);
	for (size_t i = 1; i < l->n; i++)
		assert_true(l->targets[i - 1]->addr < l->targets[i]->addr);
	for (uint32_t i = 1; i < TARGETS_MAX + 500u; i++)
		assert_int_equal(
		    learn_find(l, 0x0a000000 + i * 40503u % 65536u) != NULL,
		    i > 500);
	assert_non_null(learn_find(l, 0x0a000000));
	learn_close(l);
}

static void
a_sweep_leaves_who_answered(void **state)
{
	(void)state;
	struct config_campaign c = lesson_campaign("all", METHOD_TCP, 86400);
	struct config_campaign few = lesson_campaign("few", METHOD_TCP, 900);
	struct learn *l = lesson_empty();
	size_t answer, silent;
	c.sweep = true;
	struct lesson s = lesson_tcp(0x0a0000ff, 80, 1, LESSON_SILENCE);
	lesson_learn(l, &few, &s);
	for (uint32_t i = 0; i < 65536; i++) {
		uint32_t addr = 0xaf2d0000 + i;
		s = lesson_tcp(addr, 80, 2 + i,
		    i % 16384 == 7 ? LESSON_OPEN : LESSON_SILENCE);
		lesson_learn(l, &c, &s);
	}
	learn_run_over(l, &c);
	size_t nbuiltin;
	targets_builtin(&nbuiltin);
	assert_int_equal(l->n, 1 + 4 + nbuiltin);
	learn_count(l, &c, &answer, &silent);
	assert_int_equal(answer, 4);
	assert_int_equal(silent, 65532);

	/* A box that answers for all drives nobody out whom others trace. */
	for (uint32_t i = 0; i < 65536; i++) {
		s = lesson_tcp(0xaf2d0000 + i, 80, 70000 + i, LESSON_OPEN);
		lesson_learn(l, &c, &s);
	}
	assert_int_equal(l->n, TARGETS_MAX);
	assert_non_null(learn_find(l, 0x0a0000ff));
	for (uint32_t i = 0; i < TARGETS_MAX - 1; i++) {
		s = lesson_tcp(0x0b000000 + i, 80, 5, LESSON_SILENCE);
		lesson_learn(l, &few, &s);
	}
	assert_int_equal(l->n, TARGETS_MAX);
	assert_non_null(learn_find(l, 0x0a0000ff));
	assert_null(learn_find(l, 0xaf2dffff));
	s = lesson_tcp(0xaf2dffff, 80, 70000, LESSON_OPEN);
	lesson_learn(l, &c, &s);
	assert_null(learn_find(l, 0xaf2dffff)); /* no room for a sweep */
	learn_close(l);
}

static void
services_and_campaigns_are_bounded(void **state)
{
	(void)state;
	struct learn *l = lesson_empty();
	struct config_campaign c = {0};
	for (int i = 0; i < 3 * LEARN_CAMPAIGNS_MAX; i++) {
		char name[16];
		snprintf(name, sizeof(name), "c%d", i);
		c = lesson_campaign(name, METHOD_TCP, 900);
		struct lesson s =
		    lesson_tcp(LESSON_WEB, 1 + i, LESSON_FROM + i, LESSON_OPEN);
		lesson_learn(l, &c, &s);
		s.target = 0x0a000001;
		if (i < LEARN_CAMPAIGNS_MAX)
			lesson_learn(l, &c, &s);
	}
	const struct learn_target *t = learn_find(l, LESSON_WEB);
	assert_int_equal(l->ncampaigns, LEARN_CAMPAIGNS_MAX);
	assert_int_equal(t->npasts, LEARN_CAMPAIGNS_MAX);
	assert_int_equal(t->nservices, LEARN_SERVICES_MAX);
	for (size_t i = 0; i < t->npasts; i++)
		assert_ptr_equal(
		    learn_find_past(t, t->pasts[i].campaign), &t->pasts[i]);
	assert_null(learn_find_service(t, 1));
	assert_non_null(learn_find_service(t, 3 * LEARN_CAMPAIGNS_MAX));
	/* Whose place another one has taken says nothing any more. */
	assert_int_equal(learn_find(l, 0x0a000001)->npasts, 0);
	/* What cannot be remembered would be due for ever. */
	for (int i = 0; i < 3 * 96; i++) {
		struct lesson s = lesson_tcp(LESSON_WEB, 9,
		    LESSON_FROM + i * (15 * LESSON_MIN), LESSON_OPEN);
		c.port = 9;
		assert_false(learn_due(l, &c, LESSON_WEB, 1, s.at_us));
		lesson_learn(l, &c, &s);
	}
	learn_close(l);
}

/* --- the file ------------------------------------------------------------ */

/* Two campaigns, three targets, everything set somewhere. */
static void
fill(struct learn *l)
{
	struct config_campaign tcp = lesson_campaign("border", METHOD_TCP, 900);
	struct config_campaign udp = lesson_campaign("udp", METHOD_UDP, 300);
	uint64_t random = 1;
	for (int i = 0; i < 60; i++) {
		struct lesson s = {.target = LESSON_WEB + i % 3u,
		    .method = METHOD_TCP,
		    .port = i % 4 == 0 ? 443 : 80,
		    .at_us = LESSON_FROM + i * LESSON_MIN,
		    .answer = sample_random(&random) % 5};
		lesson_learn(l, &tcp, &s);
		s.method = METHOD_UDP;
		lesson_learn(l, &udp, &s);
		learn_port(l, &tcp, s.target);
		if (i % 3 == 2)
			learn_run_over(l, i % 2 ? &tcp : &udp);
	}
}

static void
the_file_brings_it_back(void **state)
{
	struct fault f = {0};
	struct learn *l = learn_open(*state, &f);
	assert_non_null(l);
	assert_int_equal(l->n, 0);
	fill(l);
	char *text = learn_format(l);
	assert_true(learn_save(l, &f));
	learn_close(l);

	l = learn_open(*state, &f);
	assert_int_equal(l->n, 3);
	assert_int_equal(l->ncampaigns, 2);
	char *again = learn_format(l);
	assert_string_equal(again, text);
	free(again);
	free(text);

	/* What did not change is not written. */
	char *path = xasprintf("%s/learned", (const char *)*state);
	assert_int_equal(unlink(path), 0);
	assert_true(learn_save(l, &f));
	assert_int_equal(access(path, F_OK), -1);
	fill(l);
	assert_true(learn_save(l, &f));
	assert_int_equal(access(path, F_OK), 0);
	free(path);
	learn_close(l);
}

static void
what_cannot_be_written_waits(void **state)
{
	struct fault f = {0};
	struct learn *l = learn_open(*state, &f);
	char *gone = xasprintf("%s.away", (const char *)*state);
	fill(l);
	assert_int_equal(rename(*state, gone), 0);
	assert_false(learn_save(l, &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	assert_non_null(strstr(f.text, "learned: cannot write"));
	assert_int_equal(rename(gone, *state), 0);
	assert_true(learn_save(l, &f));
	learn_close(l);
	l = learn_open(*state, &f);
	assert_int_equal(l->n, 3);
	learn_close(l);
	free(gone);
}

static void
no_part_of_a_file_is_taken_for_it(void **state)
{
	(void)state;
	struct learn *l = lesson_empty();
	fill(l);
	char *text = learn_format(l);
	size_t len = strlen(text);
	learn_close(l);
	for (size_t n = 0; n < len; n++) {
		char *part = xmemdup(text, n); /* the sanitizer sees its end */
		struct fault f = {0};
		assert_null(learn_parse(part, n, &f));
		assert_int_equal(f.status, EX_DATAERR);
		free(part);
	}
	l = learn_parse(text, len, NULL);
	assert_non_null(l);
	learn_close(l);
	free(text);
}

#define C "campaign a 900 5 1 0 0\n"
#define T "target 10.0.0.1 1 -1 -1 -1 -1 5 5\n"
static const struct bad {
	int line;
	const char *text;
} bad[] = {
    {1, ""},
    {1, "tumen-learned 2\nend\n"},
    {1, "tumen-learned 1 \nend\n"},
    {1, "tumen-learned  1\nend\n"},
    {2, "tumen-learned 1\n\nend\n"},
    {2, "tumen-learned 1\nend\nend\n"},
    {2, "tumen-learned 1\nend\r\n"},
    {2, "tumen-learned 1\nwhat 1\nend\n"},
    {2, "tumen-learned 1\nservice 80 1 1 1 1\nend\n"},
    {2, "tumen-learned 1\npast a 0 8 0 0 0\nend\n"},
    {2, "tumen-learned 1\ncampaign a 0 5 1 0 0\nend\n"},
    {2, "tumen-learned 1\ncampaign a 900 5 1 0\nend\n"},
    {2, "tumen-learned 1\ncampaign a 900 5 1 0 0 0\nend\n"},
    {2, "tumen-learned 1\ncampaign A 900 5 1 0 0\nend\n"},
    {2, "tumen-learned 1\ncampaign a 900 5 -2 0 0\nend\n"},
    {2, "tumen-learned 1\ncampaign a 900 05 1 0 0\nend\n"},
    {2, "tumen-learned 1\ncampaign a 900 +5 1 0 0\nend\n"},
    {2, "tumen-learned 1\ncampaign a 900 5x 1 0 0\nend\n"},
    {2, "tumen-learned 1\n"
	"campaign a 900 99999999999999999999999999 1 0 0\nend\n"},
    {2, "tumen-learned 1\n"
	"campaign a 900 9223372036854776 1 0 0\nend\n"},
    {2, "tumen-learned 1\n"
	"campaign aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 900 5 1 0 0\n"
	"end\n"},
    {3, "tumen-learned 1\n" C C "end\n"},
    {3, "tumen-learned 1\n" T T "end\n"},
    {3, "tumen-learned 1\n" T "target 10.0.0.0 1 1 1 1 1 1 1\nend\n"},
    {3, "tumen-learned 1\n" T "target 10.0.0 1 1 1 1 1 1 1\nend\n"},
    {3, "tumen-learned 1\n" T C "end\n"},
    {3, "tumen-learned 1\n" T "service 0 1 1 1 1\nend\n"},
    {3, "tumen-learned 1\n" T "service 65536 1 1 1 1\nend\n"},
    {4, "tumen-learned 1\n" T "service 80 1 1 1 1\nservice 80 1 1 1 1\nend\n"},
    {3, "tumen-learned 1\n" T "past a 0 8 0 0 0\nend\n"},
    {4, "tumen-learned 1\n" C T "past a 9 8 0 0 0\nend\n"},
    {4, "tumen-learned 1\n" C T "past a 0 9 0 0 0\nend\n"},
    {4, "tumen-learned 1\n" C T "past a 0 8 3 0 0\nend\n"},
    {4, "tumen-learned 1\n" C T "past a 0 8 0 2 0\nend\n"},
    {5, "tumen-learned 1\n" C T "past a 0 8 0 0 0\npast a 0 8 0 0 0\nend\n"},
};

static void
bad_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fault f = {0};
		char *line = xasprintf("line %d: ", bad[i].line);
		assert_null(learn_parse(bad[i].text, strlen(bad[i].text), &f));
		assert_int_equal(f.status, EX_DATAERR);
		assert_non_null(strstr(f.text, line));
		free(line);
	}
	static const char good[] =
	    "tumen-learned 1\n" C T "service 80 1 1 1 1\n"
	    "past a 0 8 0 0 0\nend\n";
	struct learn *l = learn_parse(good, sizeof(good) - 1, NULL);
	assert_non_null(l);
	learn_close(l);
}

static void
too_many_lines(void **state)
{
	(void)state;
	struct wr w = {0};
	char line[80];
	wr_bytes(&w, "tumen-learned 1\n", 16);
	for (int i = 0; i <= TARGETS_MAX; i++) {
		int n = snprintf(line, sizeof(line),
		    "target 10.0.%d.%d 1 1 1 1 1 1 1\n", i >> 8, i & 255);
		wr_bytes(&w, line, (size_t)n);
	}
	wr_bytes(&w, "end\n", 4);
	struct fault f = {0};
	assert_null(learn_parse(w.p, w.len, &f));
	assert_non_null(strstr(f.text, "line 4098:"));
	wr_free(&w);
}

static void
put(const char *path, const char *text, off_t len)
{
	FILE *file = fopen(path, "w");
	fputs(text, file);
	fclose(file);
	if (len > 0)
		assert_int_equal(truncate(path, len), 0);
}

static void
a_damaged_file_is_put_aside(void **state)
{
	struct fault f = {0};
	char *path = xasprintf("%s/learned", (const char *)*state);
	char *aside = xasprintf("%s.damaged", path);
	static const struct {
		const char *text;
		off_t len;
	} damaged[] = {{"tumen-learned 1\nnonsense\n", 0}, {"", 0},
	    {"tumen-learned 1\n", INT64_C(1) << 32}, /* 4 GiB of zeros */
	    {"tumen-learned 1\nend\n", 30}};
	for (int i = 0; i < 4; i++) {
		put(path, damaged[i].text, damaged[i].len);
		struct learn *l = learn_open(*state, &f);
		assert_non_null(l);
		assert_int_equal(l->n, 0);
		assert_int_equal(access(path, F_OK), -1);
		assert_int_equal(access(aside, F_OK), 0);
		fill(l);
		assert_true(learn_save(l, &f));
		learn_close(l);
		l = learn_open(*state, &f);
		assert_int_equal(l->n, 3);
		learn_close(l);
	}
	free(path);
	free(aside);
}

static void
what_cannot_be_read(void **state)
{
	struct fault f = {0};
	char *path = xasprintf("%s/learned", (const char *)*state);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_null(learn_open(*state, &f));
	assert_int_equal(f.status, EX_IOERR);
	assert_non_null(strstr(f.text, "learned: cannot read"));
	free(path);
	learn_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_target_itself_answers),
	    cmocka_unit_test(what_teaches_nothing),
	    cmocka_unit_test(services_are_open_or_closed),
	    cmocka_unit_test(the_oldest_target_is_forgotten),
	    cmocka_unit_test(a_sweep_leaves_who_answered),
	    cmocka_unit_test(services_and_campaigns_are_bounded),
	    cmocka_unit_test_setup_teardown(
		the_file_brings_it_back, sample_set_up, sample_tear_down),
	    cmocka_unit_test_setup_teardown(
		what_cannot_be_written_waits, sample_set_up, sample_tear_down),
	    cmocka_unit_test(no_part_of_a_file_is_taken_for_it),
	    cmocka_unit_test(bad_lines),
	    cmocka_unit_test(too_many_lines),
	    cmocka_unit_test_setup_teardown(
		a_damaged_file_is_put_aside, sample_set_up, sample_tear_down),
	    cmocka_unit_test_setup_teardown(
		what_cannot_be_read, sample_set_up, sample_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
