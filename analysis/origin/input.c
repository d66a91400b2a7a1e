/* SPDX-License-Identifier: ISC */
#include "analysis/origin/input.h"

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

static bool
starts(const struct wr *w, const char *magic, size_t len)
{
	return w->len >= len && memcmp(w->p, magic, len) == 0;
}

/* Replaces the content by what it holds; plain content stays. */
static bool
unpack(const char *path, struct wr *w, struct fault *f)
{
	struct wr plain = {0};
	bool ok = true;
	if (starts(w, "\x28\xb5\x2f\xfd", 4))
		ok = decompress_zstd(w->p, w->len, INPUT_LEN_MAX, &plain);
	else if (starts(w, "\x1f\x8b", 2))
		ok = gzip_read(w->p, w->len, INPUT_LEN_MAX, &plain);
	else if (starts(w, "BZh", 3) || starts(w, "\xfd\x37zXZ", 5))
		return fault_set(f, EX_DATAERR,
		    "%s: compressed by bzip2 or xz: unpack it first (gzip and "
		    "zstd are read as they are)",
		    path);
	else
		return true;
	wr_free(w);
	*w = plain;
	return ok || fault_set(f, EX_DATAERR,
			 "%s: does not decompress to 0..%zu bytes (stopped "
			 "after %zu)",
			 path, INPUT_LEN_MAX, plain.len);
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
