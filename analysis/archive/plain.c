/* SPDX-License-Identifier: ISC */
#include "analysis/archive/plain.h"

#include "analysis/origin/compress.h"
#include "probe/base/mem.h"
#include "sql/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static bool
said(enum unpack end, const char *name, int64_t max, struct fault *f)
{
	switch (end) {
	case UNPACK_WHOLE:
		return true;
	case UNPACK_CUT:
		return fault_set(f, EX_DATAERR, "%s: cut off", name);
	case UNPACK_DAMAGED:
		return fault_set(
		    f, EX_DATAERR, "%s: damaged, or not zstd throughout", name);
	case UNPACK_TOO_LONG:
		return fault_set(f, EX_DATAERR,
		    "%s: expands beyond %" PRId64 " MiB; unpack it with "
		    "zstd -d if that is right",
		    name, max >> 20);
	}
	return false;
}

static bool
unpack(const struct plain *p, const char *name, int64_t max, struct fault *f)
{
	uint8_t unused[HASH_SHA256_LEN];
	int from = open(name, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		return folder_fault(f, errno, name, "cannot open");
	int to = open(p->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int error = to < 0 ? errno : 0;
	enum unpack end = UNPACK_WHOLE;
	struct hash *h = hash_open();
	if (to >= 0) {
		end = decompress_file(from, to, max, h, &error);
		close(to);
	}
	hash_close(h, unused);
	close(from);
	if (error != 0)
		return folder_fault(
		    f, error, p->path, "cannot unpack there ($TMPDIR)");
	return said(end, name, max, f);
}

bool
plain_open(struct plain *p, const char *name, int64_t max, struct fault *f)
{
	const char *tmp = getenv("TMPDIR");
	p->dir = xasprintf("%s/tumen-XXXXXX", tmp != NULL ? tmp : "/tmp");
	p->path = NULL;
	if (mkdtemp(p->dir) == NULL) {
		folder_fault(f, errno, p->dir, "cannot unpack there ($TMPDIR)");
		free(p->dir);
		p->dir = NULL;
		return false;
	}
	p->path = xasprintf("%s/plain", p->dir);
	if (unpack(p, name, max, f))
		return true;
	plain_close(p);
	return false;
}

void
plain_close(struct plain *p)
{
	if (p->path != NULL)
		unlink(p->path);
	if (p->dir != NULL)
		rmdir(p->dir);
	free(p->path);
	free(p->dir);
	*p = (struct plain){0};
}

bool
plain_packed(FILE *in)
{
	uint8_t magic[4] = {0};
	bool is = fread(magic, 1, sizeof(magic), in) == sizeof(magic) &&
		  memcmp(magic, "\x28\xb5\x2f\xfd", sizeof(magic)) == 0;
	rewind(in);
	return is;
}

static void
rename_fault(const char *path, const char *name, struct fault *f)
{
	size_t len = strlen(path);
	struct fault old = *f;
	if (strncmp(f->text, path, len) == 0)
		fault_set(f, old.status, "%s%s", name, old.text + len);
}

bool
plain_read(const char *name, plain_reader *read, void *arg, struct fault *f)
{
	struct plain p;
	if (!plain_open(&p, name, PLAIN_SEGMENT_MAX, f))
		return false;
	FILE *in = fopen(p.path, "re");
	bool ok = in != NULL ? read(arg, p.path, in, f)
			     : fault_set(f, EX_IOERR, "%s: %s", p.path,
				   strerror(errno));
	if (in != NULL)
		fclose(in);
	if (!ok)
		rename_fault(p.path, name, f);
	plain_close(&p);
	return ok;
}
