/* SPDX-License-Identifier: ISC */
#include "analysis/broken_told.h"

#include "probe/base/digits.h"

#include <inttypes.h>
#include <sysexits.h>

void
broken_tell(struct broken_told *t, const struct exchange_broken *b)
{
	if (t->n++ < BROKEN_TOLD_MAX)
		fprintf(stderr,
		    "tumen: %s:%" PRId64 ": octet %" PRId64 ": %s\n", t->file,
		    b->line, b->offset, b->why);
}

/* With a comma between thousands. */
static void
print_grouped(int64_t n)
{
	char digits[DIGITS_MAX];
	size_t len = (size_t)(digits_u64(digits, (uint64_t)n) - digits);
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			fputc(',', stderr);
		fputc(digits[i], stderr);
	}
}

void
broken_tell_more(const struct broken_told *t, const char *behind)
{
	if (t->n <= BROKEN_TOLD_MAX)
		return;
	fprintf(stderr, "tumen: %s: and ", t->file);
	print_grouped(t->n - BROKEN_TOLD_MAX);
	fprintf(stderr, " more%s\n", behind);
}

/* A stream whose traces go to somebody else. */
struct passing {
	struct trace_file_to *to;
	struct broken_told told;
};

static bool
pass(void *arg, const struct record *r, struct fault *f)
{
	const struct passing *p = arg;
	return p->to->each(p->to->arg, r, f);
}

static bool
broken(void *arg, const struct exchange_broken *b, struct fault *f)
{
	struct passing *p = arg;
	(void)f;
	broken_tell(&p->told, b);
	return true;
}

bool
broken_told_read(
    struct trace_file_to *to, FILE *in, const char *name, struct fault *f)
{
	struct passing p = {to, {name, 0}};
	struct exchange x = {.name = name,
	    .hints = {.start_us = -1},
	    .without_source = true,
	    .sink = {.trace = pass, .broken = broken, .arg = &p}};
	struct feed *feed = feed_open(in, name, f);
	bool ok = feed != NULL && exchange_read(&x, feed, f);
	feed_close(feed);
	broken_tell_more(&p.told, "");
	to->broken += p.told.n;
	return ok;
}

bool
broken_told_filter(store_each *each, void *arg, struct fault *f)
{
	struct trace_file_to to = {.each = each, .arg = arg};
	return broken_told_read(&to, stdin, "stdin", f) &&
	       broken_told_none(to.broken, f);
}

bool
broken_told_none(int64_t n, struct fault *f)
{
	return n == 0 || fault_set(f, EX_DATAERR,
			     "%" PRId64 " objects cannot be read; the others "
			     "are done",
			     n);
}
