/* SPDX-License-Identifier: ISC */
#include "analysis/control/stream.h"
#include "tests/fuzz/control_sink.h"

#include <string.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* How many rows and broken lines there were in all stretches. */
struct sum {
	int64_t kept, broken;
};

static void
add(struct import *im, void *arg)
{
	struct sum *sum = arg;
	for (size_t i = 0; i < im->in->nsources; i++)
		sum->kept += im->in->source[i].kept;
	sum->broken += im->in->skips[SKIP_BROKEN];
}

static void
read_stream(
    struct control_sink *s, const uint8_t *bytes, size_t len, struct sum *sum)
{
	struct fault f = {0};
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len ||
	    lseek(fd, 0, SEEK_SET) != 0 || !store_begin(s->store, &f))
		abort();
	const struct stream from = {
	    .fd = fd, .name = "fuzz", .stretch = add, .arg = sum};
	if (!stream_read(&s->import, &from, &f) && f.status != 65)
		abort();
	store_rollback(s->store);
	close(fd);
}

/* Lines as a file and as a stream are the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct control_sink *sink;
	struct sum file = {0}, stream = {0};
	if (sink == NULL)
		sink = sink_open();
	if (len == 0 || bytes[0] != '{')
		return 0; /* not taken for RIS Live as a file */
	sink_take(sink, bytes, len);
	add(&sink->import, &file);
	read_stream(sink, bytes, len, &stream);
	if (memcmp(&file, &stream, sizeof(file)) != 0)
		abort();
	return 0;
}
