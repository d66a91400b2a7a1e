/* SPDX-License-Identifier: ISC */
#include "analysis/origin/bzip2.h"
#include "analysis/origin/bzip2_stream.h"
#include "analysis/origin/compress.h"
#include "analysis/origin/gzip.h"
#include "analysis/origin/input.h"

#include <pthread.h>
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

/* As bzip2_read() is said to be: one stream after the other. */
static enum unpack
bzip2_one_by_one(struct rd *r, size_t max, struct wr *out)
{
	enum unpack end = UNPACK_WHOLE;
	while (end == UNPACK_WHOLE && r->left > 0)
		end = bzip2_stream(r, max, out);
	return end;
}

/* The way by blocks gives what the plain way gives, whatever the bytes are. */
static enum unpack
both_ways(const struct wr *w, size_t len, size_t max)
{
	struct wr a = {0}, b = {0};
	struct rd r = rd_make(w->p, len), q = r;
	enum unpack end = bzip2_one_by_one(&r, max, &a);
	assert_int_equal(bzip2_read(&q, max, &b), end);
	assert_int_equal(q.left, r.left);
	assert_int_equal(b.len, a.len);
	assert_memory_equal(b.p, a.p, a.len);
	wr_free(&a);
	wr_free(&b);
	return end;
}

enum {
	LARGE_LEN = 420000,
	LARGE_STREAMS = 3,
	LARGE_STEP = 77777,
	LARGE_CONTENT = LARGE_LEN + LARGE_LEN - 2 * LARGE_STEP
};

/* Three streams of blocks of 100,000 octets, which begin at any bit. */
static void
write_large(struct wr *w)
{
	char *text = malloc(LARGE_LEN);
	for (uint32_t i = 0, x = 1; i < LARGE_LEN; i++) {
		x = x * 1103515245 + 12345;
		text[i] = (char)(x >> 16 & (i % 50000 < 20000 ? 0 : 0x0b));
	}
	for (unsigned i = 0; i < LARGE_STREAMS; i++) {
		unsigned n = LARGE_LEN;
		char *to = (char *)wr_room(w, LARGE_LEN);
		assert_int_equal(
		    BZ2_bzBuffToBuffCompress(to, &n, text,
			i == 1 ? 0 : LARGE_LEN - i * LARGE_STEP, 1, 0, 0),
		    BZ_OK);
		w->len += n;
	}
	free(text);
}

static void
blocks_at_once_are_as_one_by_one(void **state)
{
	(void)state;
	struct wr w = {0};
	size_t whole = LARGE_CONTENT;
	write_large(&w);
	assert_int_equal(both_ways(&w, w.len, whole), UNPACK_WHOLE);
	assert_int_equal(both_ways(&w, w.len, whole - 1), UNPACK_TOO_LONG);
	assert_int_equal(both_ways(&w, w.len, 1), UNPACK_TOO_LONG);
	for (size_t i = 1; i <= 10; i++) {
		assert_int_equal(both_ways(&w, w.len - i, whole), UNPACK_CUT);
		both_ways(&w, w.len * i / 11, whole);
	}
	for (size_t i = 0; i < 24; i++) {
		uint8_t *p = &w.p[w.len * i / 24];
		*p ^= (uint8_t)(1u << i % 8);
		both_ways(&w, w.len, whole);
		*p ^= (uint8_t)(1u << i % 8);
	}
	wr_free(&w);
}

/* Marks of a block or of an end where none is, and what looks like a stream. */
static void
false_marks_change_nothing(void **state)
{
	(void)state;
	static const char *const marks[] = {"\x31\x41\x59\x26\x53\x59",
	    "\x17\x72\x45\x38\x50\x90", "BZh1\x17\x72\x45\x38\x50\x90",
	    "BZhX\x17\x72\x45\x38\x50\x90\0\0\0", "BZh9"};
	size_t whole = LARGE_CONTENT;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		struct wr w = {0};
		size_t len = strlen(marks[i]);
		write_large(&w);
		for (size_t at = 20; at + len < w.len; at += w.len / 7) {
			uint8_t was[16];
			memcpy(was, w.p + at, len);
			memcpy(w.p + at, marks[i], len);
			assert_int_equal(
			    both_ways(&w, w.len, whole), UNPACK_DAMAGED);
			memcpy(w.p + at, was, len);
		}
		wr_bytes(&w, marks[i], len);
		wr_bytes(&w, "\0\0\0\0", 4);
		both_ways(&w, w.len, whole);
		wr_free(&w);
	}
}

/* A member of 64 MiB in 64 KiB stops where it must, with the room for that. */
static void
bombs_stop_at_the_limit(void **state)
{
	(void)state;
	enum { BOMB_LEN = 1 << 26, LIMIT = 1 << 20, PACKED = ROOM * 4 };
	uint8_t *zeros = calloc(1, BOMB_LEN);
	struct wr w = {0}, out = {0};
	z_stream z = {.next_in = zeros, .avail_in = BOMB_LEN};
	assert_int_equal(
	    deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, 0), Z_OK);
	z.next_out = wr_room(&w, PACKED);
	z.avail_out = PACKED;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	w.len = PACKED - z.avail_out;
	deflateEnd(&z);
	struct rd r = rd_make(w.p, w.len);
	assert_int_equal(gzip_read(&r, LIMIT, &out), UNPACK_TOO_LONG);
	assert_in_range(out.len, LIMIT + 1, 2 * LIMIT);
	assert_in_range(out.room, LIMIT + 1, 4 * LIMIT);
	out.len = 0;
	r = rd_make(w.p, w.len);
	assert_int_equal(gzip_read(&r, BOMB_LEN, &out), UNPACK_WHOLE);
	assert_int_equal(out.len, BOMB_LEN);
	assert_memory_equal(out.p, zeros, BOMB_LEN);
	free(zeros);
	wr_free(&w);
	wr_free(&out);
}

/* The hash is that of the file as stored, packed or not, short or long. */
static void
hash_is_of_the_stored_file(void **state)
{
	(void)state;
	enum { LONG_LEN = 3 << 20 };
	uint8_t *bytes = calloc(1, LONG_LEN);
	static const size_t lens[] = {0, 1, 63, 64, 1 << 20, LONG_LEN};
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		uint8_t want[HASH_SHA256_LEN], got[HASH_SHA256_LEN];
		struct input in;
		struct fault f = {0};
		for (size_t k = 0; k < lens[i]; k++)
			bytes[k] = (uint8_t)(k * k >> 7);
		hash_sha256(bytes, lens[i], want);
		assert_true(load(bytes, lens[i], &in, &f));
		for (int again = 0; again < 2; again++) {
			input_sha256(&in, got);
			assert_memory_equal(got, want, sizeof(want));
		}
		assert_int_equal(in.stored_len, lens[i]);
		input_clear(&in);
	}
	struct wr w = {0};
	uint8_t want[HASH_SHA256_LEN], got[HASH_SHA256_LEN];
	struct input in;
	struct fault f = {0};
	gzip_write(bytes, 1000, &w);
	hash_sha256(w.p, w.len, want);
	assert_true(load(w.p, w.len, &in, &f));
	input_sha256(&in, got);
	assert_memory_equal(got, want, sizeof(want));
	input_clear(&in);
	wr_free(&w);
	free(bytes);
}

static void *
feed(void *fd)
{
	uint8_t piece[5000];
	for (size_t i = 0; i < sizeof(piece); i++)
		piece[i] = (uint8_t)i;
	for (int i = 0; i < 600; i++)
		if (write(*(int *)fd, piece, sizeof(piece)) < 0)
			break;
	close(*(int *)fd);
	return NULL;
}

/* From a pipe, whose length nobody knows, the bytes move while they come. */
static void
a_pipe_is_read_to_its_end(void **state)
{
	(void)state;
	int ends[2];
	char path[32];
	pthread_t thread;
	struct input in;
	struct fault f = {0};
	uint8_t want[HASH_SHA256_LEN], got[HASH_SHA256_LEN];
	assert_int_equal(pipe(ends), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	assert_int_equal(pthread_create(&thread, NULL, feed, &ends[1]), 0);
	assert_true(input_load(path, &in, &f));
	pthread_join(thread, NULL);
	assert_int_equal(in.len, 3000000);
	for (size_t i = 0; i < in.len; i++)
		assert_int_equal(in.bytes[i], (uint8_t)(i % 5000));
	hash_sha256(in.bytes, in.len, want);
	input_sha256(&in, got);
	assert_memory_equal(got, want, sizeof(want));
	input_clear(&in);
	close(ends[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(streams_one_behind_the_other),
	    cmocka_unit_test(cut_at_every_octet),
	    cmocka_unit_test(damage_is_seen),
	    cmocka_unit_test(files_are_told_by_their_magic),
	    cmocka_unit_test(blocks_at_once_are_as_one_by_one),
	    cmocka_unit_test(false_marks_change_nothing),
	    cmocka_unit_test(bombs_stop_at_the_limit),
	    cmocka_unit_test(hash_is_of_the_stored_file),
	    cmocka_unit_test(a_pipe_is_read_to_its_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
