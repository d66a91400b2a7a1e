/* SPDX-License-Identifier: ISC */
#include "probe/base/log.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What one call writes to stderr. */
static int kept;
static FILE *place;

static void
begin(void)
{
	fflush(stderr);
	place = tmpfile();
	kept = dup(STDERR_FILENO);
	dup2(fileno(place), STDERR_FILENO);
}

static void
wrote(const char *text)
{
	static char got[8192];
	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	close(kept);
	rewind(place);
	size_t len = fread(got, 1, sizeof(got) - 1, place);
	got[len] = '\0';
	fclose(place);
	assert_string_equal(got, text);
}

static void
lines(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	begin();
	log_line(LOG_WARN, "%s: a \033[31mtext\n", "x");
	wrote("test_log: x: a ?[31mtext?\n");
	setenv("JOURNAL_STREAM", "8:1", 1);
	begin();
	log_line(LOG_WARN, "x");
	wrote("<4>x\n");
	begin();
	log_line(LOG_DETAIL, "x");
	wrote("");
	log_level_set(LOG_DETAIL);
	begin();
	log_line(LOG_DETAIL, "x");
	wrote("<7>x\n");
	log_level_set(LOG_NOTE);
	unsetenv("JOURNAL_STREAM");
}

static void
events(void **state)
{
	(void)state;
	begin();
	log_event(LOG_NOTE, "run-end", "campaign=%s slot=%d reason=%s",
	    "border", 5, log_word("disk-full: \"3\" KiB free").s);
	wrote("test_log: event=run-end campaign=border slot=5 "
	      "reason=\"disk-full: \\\"3\\\" KiB free\"\n");
	setenv("JOURNAL_STREAM", "8:1", 1);
	begin();
	log_event(LOG_ERROR, "reload", "state=refused reason=%s",
	    log_word("a\033]0;x\a\nb").s);
	wrote("<3>event=reload state=refused reason=\"a?]0;x??b\"\n");
	unsetenv("JOURNAL_STREAM");
	begin();
	log_event(LOG_DETAIL, "x", "y=%d", 1);
	wrote("");
}

static void
word(const char *text, const char *as)
{
	assert_string_equal(log_word(text).s, as);
}

static void
words(void **state)
{
	(void)state;
	word("border", "border");
	word("175.45.176.0/24", "175.45.176.0/24");
	word("late,by:1s'", "late,by:1s'");
	word("", "\"\"");
	word(NULL, "\"\"");
	word("a b", "\"a b\"");
	word("a=b", "\"a=b\"");
	word("\"", "\"\\\"\"");
	word("c:\\x", "\"c:\\\\x\"");
	word("\xc3\xbc", "\"\xc3\xbc\"");
	word("a\tb", "\"a\tb\"");
}

/* The longest value of nothing but quotes: still one line with an end. */
static void
long_words(void **state)
{
	(void)state;
	char text[2 * LOG_WORD_MAX];
	memset(text, 'x', sizeof(text));
	text[LOG_WORD_MAX] = '\0';
	assert_int_equal(strlen(log_word(text).s), LOG_WORD_MAX);
	assert_null(strstr(log_word(text).s, "..."));
	text[LOG_WORD_MAX] = 'x';
	text[LOG_WORD_MAX + 1] = '\0';
	assert_int_equal(strlen(log_word(text).s), LOG_WORD_MAX);
	assert_string_equal(log_word(text).s + LOG_WORD_MAX - 4, "x...");
	memset(text, '"', LOG_WORD_MAX);
	text[LOG_WORD_MAX] = '\0';
	char want[4 * LOG_WORD_MAX];
	snprintf(want, sizeof(want), "test_log: event=%040d a=%s\n", 0,
	    log_word(text).s);
	assert_int_equal(strlen(log_word(text).s), 2 * LOG_WORD_MAX + 2);
	begin();
	log_event(LOG_NOTE, "0000000000000000000000000000000000000000000",
	    "a=%s", log_word(text).s);
	wrote(want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines),
	    cmocka_unit_test(events),
	    cmocka_unit_test(words),
	    cmocka_unit_test(long_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
