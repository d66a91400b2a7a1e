/* SPDX-License-Identifier: ISC */
/* Packed by the libraries themselves, in several members, and cut or spoilt. */
#include "analysis/exchange/feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <bzlib.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <zlib.h>
#include <zstd.h>

enum { PLAIN_LEN = 300000, MEMBERS = 3, ROOM = 1 << 20 };

struct file {
	char bytes[ROOM];
	size_t len;
};

typedef void pack(struct file *to, char *text, size_t len);

static void
pack_plain(struct file *to, char *text, size_t len)
{
	memcpy(to->bytes + to->len, text, len);
	to->len += len;
}

static void
pack_gzip(struct file *to, char *text, size_t len)
{
	z_stream z = {0};
	assert_int_equal(
	    deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)text;
	z.avail_in = (uInt)len;
	z.next_out = (Bytef *)to->bytes + to->len;
	z.avail_out = (uInt)(ROOM - to->len);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	to->len += z.total_out;
	deflateEnd(&z);
}

static void
pack_bzip2(struct file *to, char *text, size_t len)
{
	unsigned room = (unsigned)(ROOM - to->len);
	assert_int_equal(BZ2_bzBuffToBuffCompress(to->bytes + to->len, &room,
			     text, (unsigned)len, 1, 0, 0),
	    BZ_OK);
	to->len += room;
}

static void
pack_zstd(struct file *to, char *text, size_t len)
{
	size_t n =
	    ZSTD_compress(to->bytes + to->len, ROOM - to->len, text, len, 3);
	assert_false(ZSTD_isError(n));
	to->len += n;
}

static pack *const packs[] = {pack_plain, pack_gzip, pack_bzip2, pack_zstd};
enum { PACKS = sizeof(packs) / sizeof(*packs) };

static void
make_text(char *text, size_t len)
{
	uint32_t x = 1;
	for (size_t i = 0; i < len; i++) {
		x = x * 1664525 + 1013904223;
		text[i] = "{}[]\",:0123456789abc \n"[x >> 24 & 15];
	}
}

/* What it holds, read in pieces of that room; the fault's status. */
static int
read_all(const struct file *file, size_t room, char *to, size_t *len)
{
	struct fault f = {0};
	FILE *in = tmpfile();
	assert_non_null(in);
	assert_int_equal(fwrite(file->bytes, 1, file->len, in), file->len);
	rewind(in);
	struct feed *feed = feed_open(in, "x.json", &f);
	assert_non_null(feed);
	ptrdiff_t n;
	*len = 0;
	while ((n = feed_read(feed, to + *len, room, &f)) > 0) {
		assert_true((size_t)n <= room);
		*len += (size_t)n;
	}
	if (n == 0)
		assert_int_equal(feed_stored(feed), file->len);
	else
		assert_non_null(strstr(f.text, "x.json: "));
	feed_close(feed);
	fclose(in);
	return f.status;
}

static struct file file;
static char text[PLAIN_LEN], got[PLAIN_LEN + ROOM];

static void
test_members(void **state)
{
	(void)state;
	make_text(text, PLAIN_LEN);
	for (int i = 0; i < PACKS; i++) {
		size_t part = PLAIN_LEN / MEMBERS, len;
		file.len = 0;
		for (int m = 0; m < MEMBERS; m++)
			packs[i](&file, text + (size_t)m * part, part);
		for (size_t room = 7; room <= ROOM / 2; room = room * 9 + 1) {
			assert_int_equal(read_all(&file, room, got, &len), 0);
			assert_int_equal(len, PLAIN_LEN);
			assert_memory_equal(got, text, PLAIN_LEN);
		}
	}
}

static void
test_empty(void **state)
{
	(void)state;
	size_t len = 1;
	for (int i = 0; i < PACKS; i++) {
		file.len = 0;
		packs[i](&file, text, 0);
		assert_int_equal(read_all(&file, 100, got, &len), 0);
		assert_int_equal(len, 0);
	}
}

/* Cut anywhere but between two members it is told, behind what came. */
static void
test_cut(void **state)
{
	(void)state;
	make_text(text, 2000);
	for (int i = 1; i < PACKS; i++) {
		size_t len, half;
		file.len = 0;
		packs[i](&file, text, 1000);
		half = file.len;
		packs[i](&file, text + 1000, 1000);
		size_t all = file.len;
		for (file.len = 4; file.len < all; file.len++) {
			int status = read_all(&file, 64, got, &len);
			int right = file.len == half ? 0 : EX_DATAERR;
			assert_int_equal(status, right);
			assert_true(len <= 2000);
			assert_memory_equal(got, text, len);
			assert_true(len >= (file.len < half ? 0 : 1000));
		}
	}
}

static void
test_damaged(void **state)
{
	(void)state;
	make_text(text, PLAIN_LEN);
	for (int i = 1; i < PACKS; i++) {
		size_t len;
		file.len = 0;
		packs[i](&file, text, 5000);
		file.bytes[file.len / 2] ^= 0x55;
		int status = read_all(&file, 4096, got, &len);
		/* A frame of ZSTD_compress() has no checksum. */
		if (packs[i] != pack_zstd)
			assert_int_equal(status, EX_DATAERR);
		file.len = 0;
		packs[i](&file, text, 5000);
		memcpy(file.bytes + file.len, "garbage", 7);
		file.len += 7;
		assert_int_equal(read_all(&file, 4096, got, &len), EX_DATAERR);
		assert_int_equal(len, 5000);
	}
}

/* A frame that wants to look back 128 MiB; pzstd's begins with a note. */
static void
test_zstd_frames(void **state)
{
	static const char note[] = "\x50\x2a\x4d\x18\x04\0\0\0abcd";
	(void)state;
	size_t len;
	ZSTD_CCtx *z = ZSTD_createCCtx();
	ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, 27);
	ZSTD_CCtx_setParameter(z, ZSTD_c_contentSizeFlag, 0);
	ZSTD_inBuffer from = {.src = text, .size = 1000};
	ZSTD_outBuffer to = {.dst = file.bytes, .size = ROOM};
	ZSTD_compressStream2(z, &to, &from, ZSTD_e_flush);
	ZSTD_compressStream2(z, &to, &from, ZSTD_e_end);
	ZSTD_freeCCtx(z);
	file.len = to.pos;
	assert_int_equal(read_all(&file, 4096, got, &len), EX_DATAERR);
	assert_int_equal(len, 0);
	memcpy(file.bytes, note, sizeof(note) - 1);
	file.len = sizeof(note) - 1;
	pack_zstd(&file, text, 1000);
	assert_int_equal(read_all(&file, 4096, got, &len), 0);
	assert_int_equal(len, 1000);
}

static void
test_unreadable(void **state)
{
	struct fault f = {0};
	(void)state;
	FILE *in = fopen("/", "r");
	assert_non_null(in);
	assert_null(feed_open(in, "/", &f));
	assert_int_equal(f.status, EX_IOERR);
	fclose(in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_members),
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_damaged),
	    cmocka_unit_test(test_zstd_frames),
	    cmocka_unit_test(test_unreadable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
