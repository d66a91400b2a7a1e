/* SPDX-License-Identifier: ISC */
#include "analysis/origin/input.h"

#include "analysis/origin/bzip2.h"
#include "analysis/origin/compress.h"
#include "analysis/origin/gzip.h"
#include "probe/base/mem.h"
#include "probe/base/wr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { PIECE_LEN = 1 << 20 };

/* Reads to the end; 0, -errno, or -EFBIG when there is more than may be. */
static int
read_all(int fd, struct wr *out, struct digest *d)
{
	struct stat st;
	bool known = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		     st.st_size >= 0 && (size_t)st.st_size <= INPUT_LEN_MAX;
	wr_room(out, known ? (size_t)st.st_size + 1 : PIECE_LEN);
	while (out->len <= INPUT_LEN_MAX) {
		if (out->len == out->room) {
			digest_wait(d); /* the bytes move */
			wr_room(out, PIECE_LEN);
		}
		size_t room = out->room - out->len;
		ssize_t n = read(
		    fd, out->p + out->len, room < PIECE_LEN ? room : PIECE_LEN);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		digest_add(d, out->p + out->len, n > 0 ? (size_t)n : 0);
		out->len += n > 0 ? (size_t)n : 0;
	}
	return -EFBIG;
}

static bool
slurp(const char *path, struct wr *out, struct digest *d, struct fault *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int error = fd < 0 ? -errno : read_all(fd, out, d);
	if (fd >= 0)
		close(fd);
	if (error == -EFBIG)
		return fault_set(f, EX_DATAERR, "%s: longer than %zu bytes",
		    path, INPUT_LEN_MAX);
	return error == 0 ||
	       fault_set(f, EX_IOERR, "%s: %s", path, strerror(-error));
}

/* The kinds of packed files, told by their first octets. */
static const struct pack {
	const char *name, *magic;
	size_t magic_len;
	enum unpack (*read)(struct rd *r, size_t max, struct wr *out);
} packs[] = {
    {"gzip", "\x1f\x8b", 2, gzip_read},
    {"bzip2", "BZh", 3, bzip2_read},
    {"zstd", "\x28\xb5\x2f\xfd", 4, decompress_zstd},
    {"xz", "\xfd\x37zXZ", 5, NULL},
};

static const struct pack *
pack_of(const struct wr *w)
{
	for (size_t i = 0; w->p != NULL && i < sizeof(packs) / sizeof(packs[0]);
	     i++)
		if (w->len >= packs[i].magic_len &&
		    memcmp(w->p, packs[i].magic, packs[i].magic_len) == 0)
			return &packs[i];
	return NULL;
}

/* Replaces the content by what it holds; plain content stays. */
static bool
unpack(struct input *in, struct wr *w, struct fault *f)
{
	static const char *const ends[] = {[UNPACK_CUT] = "cut off",
	    [UNPACK_DAMAGED] = "damaged",
	    [UNPACK_TOO_LONG] = "too long"};
	struct wr plain = {0};
	const struct pack *pack = pack_of(w);
	if (pack == NULL)
		return true;
	if (pack->read == NULL)
		return fault_set(f, EX_DATAERR,
		    "%s: compressed by %s: unpack it first (gzip, bzip2 and "
		    "zstd are read as they are)",
		    in->name, pack->name);
	struct rd r = rd_make(w->p, w->len);
	enum unpack end = pack->read(&r, INPUT_LEN_MAX, &plain);
	size_t len = w->len;
	digest_wait(in->digest);
	wr_free(w);
	*w = plain;
	in->unpacked = true;
	return end == UNPACK_WHOLE ||
	       fault_set(f, EX_DATAERR,
		   "%s: %s, %s at byte %zu of %zu (%zu unpacked, at most %zu)",
		   in->name, pack->name, ends[end], len - r.left, len,
		   plain.len, INPUT_LEN_MAX);
}

bool
input_load(const char *path, struct input *in, struct fault *f)
{
	struct wr w = {0};
	*in = (struct input){.name = xstrdup(path)};
	in->digest = digest_open();
	bool ok = slurp(path, &w, in->digest, f);
	if (ok) {
		in->stored_len = w.len;
		ok = unpack(in, &w, f);
	}
	in->bytes = w.p;
	in->len = w.len;
	return ok;
}

void
input_clear(struct input *in)
{
	digest_close(in->digest);
	free(in->name);
	free(in->bytes);
	*in = (struct input){0};
}

struct rd
input_rd(const struct input *in)
{
	return rd_make(in->bytes, in->len);
}

void
input_sha256(const struct input *in, uint8_t out[static HASH_SHA256_LEN])
{
	memset(out, 0, HASH_SHA256_LEN);
	if (in->digest != NULL)
		digest_sha256(in->digest, out);
}
