/* SPDX-License-Identifier: ISC */
#include "probe/campaign/config.h"
#include "probe/campaign/config_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

/* Each test in a folder of its own, which is the working directory. */
static int
enter(void **state)
{
	static char dir[] = "/tmp/test_config_files.XXXXXX";
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	*state = dir;
	return mkdtemp(dir) != NULL && chdir(dir) == 0 ? 0 : -1;
}

static int
leave(void **state)
{
	char command[64];
	snprintf(command, sizeof(command), "rm -rf '%s'", (char *)*state);
	return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void
folder(void)
{
	assert_int_equal(mkdir("conf.d", 0700), 0);
}

static void
refused(int status, const char *fault)
{
	struct config c;
	struct fault f = {0};
	assert_false(config_load(&c, "t.conf", &f));
	assert_string_equal(f.text, fault);
	assert_int_equal(f.status, status);
	assert_null(c.campaigns);
	assert_null(c.vantage.forbidden);
}

#define CAMPAIGN(name)                                                         \
	"[campaign " name "]\ntargets = 192.0.2.1\ninterval = 1h\n"

static void
one_file(void **state)
{
	(void)state;
	struct config c;
	struct fault f = {0};
	refused(EX_UNAVAILABLE, "t.conf: No such file or directory");
	assert_false(config_load(&c, "/nowhere/t.conf", &f));
	assert_string_equal(
	    f.text, "/nowhere/t.conf: No such file or directory");
	assert_false(config_load(&c, "/", &f));
	assert_int_equal(f.status, EX_UNAVAILABLE);
	put("t.conf", "[vantage]\nname = sel\n" CAMPAIGN("a"));
	assert_true(config_load(&c, "t.conf", &f));
	assert_int_equal(c.n, 1);
	config_clear(&c);
}

/* Sections and keys of a vantage may be spread, in the order of the names. */
static void
several_files(void **state)
{
	(void)state;
	struct config c;
	struct fault f = {0};
	put("t.conf", "[vantage]\nname = sel\n");
	folder();
	put("conf.d/20.conf", CAMPAIGN("b"));
	put("conf.d/10.conf", CAMPAIGN("z") "[vantage]\nrate = 7\n");
	put("conf.d/9.conf", CAMPAIGN("x"));
	put("conf.d/.hidden.conf", "no");
	put("conf.d/30.conf.bak", "no");
	put("conf.d/conf", "no");
	put("conf.d/.conf", "no");
	put("elsewhere", CAMPAIGN("y"));
	assert_int_equal(mkdir("conf.d/dir.conf", 0700), 0);
	assert_int_equal(mkfifo("conf.d/pipe.conf", 0600), 0);
	assert_int_equal(symlink("../elsewhere", "conf.d/15.conf"), 0);
	assert_int_equal(symlink("/dev/null", "conf.d/null.conf"), 0);
	if (!config_load(&c, "t.conf", &f))
		fail_msg("%s", f.text);
	assert_int_equal(c.n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(c.campaigns[i].name[0], "zybx"[i]);
	assert_int_equal(c.vantage.rate, 7);
	config_clear(&c);
}

/* The folder lies beside the file, wherever that is. */
static void
beside_the_file(void **state)
{
	struct config c;
	struct fault f = {0};
	char path[80];
	folder();
	put("t.conf", "[vantage]\nname = sel\n");
	put("conf.d/a.conf", CAMPAIGN("a"));
	snprintf(path, sizeof(path), "%s/t.conf", (char *)*state);
	assert_int_equal(chdir("/"), 0);
	assert_true(config_load(&c, path, &f));
	assert_int_equal(c.n, 1);
	config_clear(&c);
}

static void
what_is_said_twice(void **state)
{
	(void)state;
	folder();
	put("t.conf", "[vantage]\nname = sel\ndo_not_probe = 192.0.2.9\n");
	put("conf.d/a.conf", CAMPAIGN("a"));
	put("conf.d/b.conf", "\n[vantage]\nname = vvo\n");
	refused(EX_CONFIG,
	    "conf.d/b.conf:3: [vantage] name: given twice, first at t.conf:2");
	put("conf.d/b.conf", "[vantage]\n do_not_probe = 192.0.2.8\n");
	refused(EX_CONFIG,
	    "conf.d/b.conf:2: [vantage] do_not_probe: given twice, first at "
	    "t.conf:3");
	put("conf.d/b.conf", "# more\n[campaign a]\nflows = 2\n");
	refused(EX_CONFIG,
	    "conf.d/b.conf:2: [campaign a]: begun at conf.d/a.conf:1, and a "
	    "campaign lies in one file");
}

static void
no_more_than_64(void **state)
{
	(void)state;
	struct config_files files;
	struct fault f = {0};
	char path[32];
	folder();
	put("t.conf", "[vantage]\nname = sel\n");
	for (int i = 0; i < CONFIG_FILES_MAX; i++) {
		snprintf(path, sizeof(path), "conf.d/%02d.conf", i);
		put(path, "#\n");
	}
	assert_true(config_files_find(&files, "t.conf", &f));
	assert_int_equal(files.n, 65);
	for (int i = 0; i < CONFIG_FILES_MAX; i++) {
		snprintf(path, sizeof(path), "conf.d/%02d.conf", i);
		assert_string_equal(files.path[1 + i], path);
	}
	config_files_clear(&files);
	put("conf.d/x.conf", "#\n");
	refused(EX_CONFIG, "conf.d: more than 64 files *.conf");
}

static void
what_cannot_be_read(void **state)
{
	(void)state;
	put("t.conf", "[vantage]\nname = sel\n" CAMPAIGN("a"));
	put("conf.d", "");
	refused(EX_UNAVAILABLE, "conf.d: Not a directory");
	assert_int_equal(unlink("conf.d"), 0);
	folder();
	assert_int_equal(symlink("nowhere", "conf.d/a.conf"), 0);
	refused(EX_UNAVAILABLE, "conf.d/a.conf: No such file or directory");
	assert_int_equal(unlink("conf.d/a.conf"), 0);
	if (geteuid() == 0)
		return; /* reads everything */
	put("conf.d/a.conf", "");
	assert_int_equal(chmod("conf.d/a.conf", 0), 0);
	refused(EX_NOPERM, "conf.d/a.conf: Permission denied");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(one_file, enter, leave),
	    cmocka_unit_test_setup_teardown(several_files, enter, leave),
	    cmocka_unit_test_setup_teardown(beside_the_file, enter, leave),
	    cmocka_unit_test_setup_teardown(what_is_said_twice, enter, leave),
	    cmocka_unit_test_setup_teardown(no_more_than_64, enter, leave),
	    cmocka_unit_test_setup_teardown(what_cannot_be_read, enter, leave),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
