/* SPDX-License-Identifier: ISC */
#include "analysis/origin/input.h"

#include "analysis/origin/bzip2.h"
#include "analysis/origin/compress.h"
#include "analysis/origin/gzip.h"
#include "probe/base/mem.h"
#include "probe/base/wr.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static bool
slurp(const char *path, struct wr *out, struct fault *f)
{
	FILE *file = fopen(path, "rbe");
	if (file == NULL)
		return fault_set(f, EX_IOERR, "%s: %s", path, strerror(errno));
	uint8_t chunk[1 << 16];
	size_t n = 0;
	do {
		n = fread(chunk, 1, sizeof(chunk), file);
		wr_bytes(out, chunk, n);
	} while (n == sizeof(chunk) && out->len <= INPUT_LEN_MAX);
	bool failed = ferror(file) != 0;
	int error = errno;
	fclose(file);
	if (failed)
		return fault_set(f, EX_IOERR, "%s: %s", path, strerror(error));
	if (out->len > INPUT_LEN_MAX)
		return fault_set(f, EX_DATAERR, "%s: longer than %zu bytes",
		    path, INPUT_LEN_MAX);
	return true;
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
unpack(const char *path, struct wr *w, struct fault *f)
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
		    path, pack->name);
	struct rd r = rd_make(w->p, w->len);
	enum unpack end = pack->read(&r, INPUT_LEN_MAX, &plain);
	size_t len = w->len;
	wr_free(w);
	*w = plain;
	return end == UNPACK_WHOLE ||
	       fault_set(f, EX_DATAERR,
		   "%s: %s, %s at byte %zu of %zu (%zu unpacked, at most %zu)",
		   path, pack->name, ends[end], len - r.left, len, plain.len,
		   INPUT_LEN_MAX);
}

bool
input_load(const char *path, struct input *in, struct fault *f)
{
	struct wr w = {0};
	*in = (struct input){.name = xstrdup(path)};
	bool ok = slurp(path, &w, f);
	if (ok) {
		in->stored_len = w.len;
		hash_sha256(w.p, w.len, in->sha256);
		ok = unpack(path, &w, f);
	}
	in->bytes = w.p;
	in->len = w.len;
	return ok;
}

void
input_clear(struct input *in)
{
	free(in->name);
	free(in->bytes);
	*in = (struct input){0};
}

struct rd
input_rd(const struct input *in)
{
	return rd_make(in->bytes, in->len);
}
