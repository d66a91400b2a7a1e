/* SPDX-License-Identifier: ISC */
#include "analysis/origin/bzip2.h"
#include "analysis/origin/compress.h"
#include "analysis/origin/gzip.h"
#include "analysis/origin/input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <bzlib.h>
#include <zlib.h>

#include <cmocka.h>

enum { STREAMS = 3, TEXT_LEN = 3000, ROOM = 1 << 16 };

static void
gzip_write(void *bytes, size_t len, struct wr *out)
{
	z_stream z = {.next_in = bytes, .avail_in = (uInt)len};
	assert_int_equal(
	    deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, 0), Z_OK);
	z.next_out = wr_room(out, ROOM);
	z.avail_out = ROOM;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->len += ROOM - z.avail_out;
	deflateEnd(&z);
}

static void
bzip2_write(void *bytes, size_t len, struct wr *out)
{
	unsigned n = ROOM;
	char *to = (char *)wr_room(out, ROOM);
	assert_int_equal(
	    BZ2_bzBuffToBuffCompress(to, &n, bytes, (unsigned)len, 9, 0, 0),
	    BZ_OK);
	out->len += n;
}

static void
zstd_write(void *bytes, size_t len, struct wr *out)
{
	compress_zstd(bytes, len, out);
}

static const struct form {
	const char *name;
	void (*write)(void *bytes, size_t len, struct wr *out);
	enum unpack (*read)(struct rd *r, size_t max, struct wr *out);
} forms[] = {
    {"gzip", gzip_write, gzip_read},
    {"bzip2", bzip2_write, bzip2_read},
    {"zstd", zstd_write, decompress_zstd},
};
enum { FORMS = sizeof(forms) / sizeof(forms[0]) };

/* The text in streams, the second of them empty; where each of them ends. */
static void
pack(const struct form *form, uint8_t *text, struct wr *out, size_t *ends)
{
	static const size_t lens[STREAMS] = {1000, 0, TEXT_LEN - 1000};
	for (size_t i = 0, at = 0; i < STREAMS; at += lens[i++]) {
		form->write(text + at, lens[i], out);
		ends[i] = out->len;
	}
}

static void
fill(uint8_t text[static TEXT_LEN])
{
	for (uint32_t i = 0, x = 1; i < TEXT_LEN; i++) {
		x = x * 1103515245 + 12345;
		text[i] = (uint8_t)(x >> 28);
	}
}

/* In a block of its own length, so that a sanitizer sees a read beyond it. */
static enum unpack
read_exactly(const struct form *form, const struct wr *w, size_t len,
    size_t max, struct wr *out)
{
	uint8_t *bytes = malloc(len ? len : 1);
	memcpy(bytes, w->p, len);
	struct rd r = rd_make(bytes, len);
	out->len = 0;
	enum unpack end = form->read(&r, max, out);
	if (end == UNPACK_CUT || end == UNPACK_WHOLE)
		assert_int_equal(r.left, 0);
	free(bytes);
	return end;
}

static void
streams_one_behind_the_other(void **state)
{
	(void)state;
	uint8_t text[TEXT_LEN];
	fill(text);
	for (size_t i = 0; i < FORMS; i++) {
		size_t ends[STREAMS];
		struct wr w = {0}, out = {0};
		pack(&forms[i], text, &w, ends);
		assert_int_equal(
		    read_exactly(&forms[i], &w, w.len, TEXT_LEN, &out),
		    UNPACK_WHOLE);
		assert_int_equal(out.len, TEXT_LEN);
		assert_memory_equal(out.p, text, TEXT_LEN);
		assert_int_equal(
		    read_exactly(&forms[i], &w, w.len, TEXT_LEN - 1, &out),
		    UNPACK_TOO_LONG);
		wr_free(&w);
		wr_free(&out);
	}
}

/* Whole only where a stream ends; what came before the cut is always right. */
static void
cut_at_every_octet(void **state)
{
	(void)state;
	uint8_t text[TEXT_LEN];
	fill(text);
	for (size_t i = 0; i < FORMS; i++) {
		size_t ends[STREAMS], at = 0;
		struct wr w = {0}, out = {0};
		pack(&forms[i], text, &w, ends);
		for (size_t len = 1; len < w.len; len++) {
			enum unpack end =
			    read_exactly(&forms[i], &w, len, TEXT_LEN, &out);
			at += at < STREAMS && len > ends[at];
			assert_int_equal(
			    end, len == ends[at] ? UNPACK_WHOLE : UNPACK_CUT);
			assert_in_range(out.len, 0, TEXT_LEN);
			assert_memory_equal(out.p, text, out.len);
		}
		wr_free(&w);
		wr_free(&out);
	}
}

static void
wrong_octet(const struct form *form, struct wr *w, size_t at,
    const uint8_t text[static TEXT_LEN])
{
	struct wr out = {0};
	w->p[at] ^= 0x40;
	if (read_exactly(form, w, w->len, 1 << 20, &out) == UNPACK_WHOLE) {
		assert_int_equal(out.len, TEXT_LEN);
		assert_memory_equal(out.p, text, TEXT_LEN);
	}
	w->p[at] ^= 0x40;
	wr_free(&out);
}

/* A wrong octet ends the reading or changes nothing (a time in a header). */
static void
damage_is_seen(void **state)
{
	(void)state;
	uint8_t text[TEXT_LEN];
	fill(text);
	for (size_t i = 0; i < FORMS - 1; i++) { /* zstd: no checksum */
		size_t ends[STREAMS];
		struct wr w = {0};
		pack(&forms[i], text, &w, ends);
		for (size_t at = 0; at < w.len; at++)
			wrong_octet(&forms[i], &w, at, text);
		wr_free(&w);
	}
}

static bool
load(const void *bytes, size_t len, struct input *in, struct fault *f)
{
	char path[] = "/tmp/tumen-unpack-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
	bool ok = input_load(path, in, f);
	unlink(path);
	return ok;
}

/* The fault of a file names what it is and the octet where it stopped. */
static void
files_are_told_by_their_magic(void **state)
{
	(void)state;
	uint8_t text[TEXT_LEN];
	char where[64];
	struct input in;
	fill(text);
	for (size_t i = 0; i < FORMS; i++) {
		size_t ends[STREAMS];
		struct wr w = {0};
		struct fault f = {0};
		pack(&forms[i], text, &w, ends);
		assert_true(load(w.p, w.len, &in, &f));
		assert_int_equal(in.len, TEXT_LEN);
		assert_int_equal(in.stored_len, w.len);
		input_clear(&in);
		assert_false(load(w.p, w.len - 3, &in, &f));
		input_clear(&in);
		assert_int_equal(f.status, EX_DATAERR);
		snprintf(where, sizeof(where), ": %s, cut off at byte %zu of ",
		    forms[i].name, w.len - 3);
		assert_non_null(strstr(f.text, where));
		wr_free(&w);
	}
	struct fault f = {0};
	assert_false(load("\xfd\x37zXZ", 5, &in, &f));
	input_clear(&in);
	assert_int_equal(f.status, EX_DATAERR);
	assert_non_null(strstr(f.text, "xz"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(streams_one_behind_the_other),
	    cmocka_unit_test(cut_at_every_octet),
	    cmocka_unit_test(damage_is_seen),
	    cmocka_unit_test(files_are_told_by_their_magic),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
