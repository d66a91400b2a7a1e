/* SPDX-License-Identifier: ISC */
#include "probe/base/record_name.h"
#include "probe/base/record_reply.h"
#include "probe/commands.h"

#include <errno.h>
#include <inttypes.h>

/* What a reply says beyond its address, in traceroute's letters. */
static void
show_code(const struct record_probe *p, FILE *f)
{
	static const char *const known[] = {[0] = "!N",
	    [1] = "!H",
	    [2] = "!P",
	    [3] = "!p",
	    [4] = "!F",
	    [9] = "!X",
	    [10] = "!X",
	    [13] = "!X"};
	if (p->icmp_type != ICMP_T_UNREACHABLE)
		return;
	size_t code = (size_t)p->icmp_code;
	if (code < sizeof(known) / sizeof(known[0]) && known[code] != NULL)
		fprintf(f, " %s", known[code]);
	else
		fprintf(f, " !<%zu>", code);
}

/* A reason, where there is one: most silences have none that is proved. */
static void
show_silence(const struct record_probe *p, FILE *f)
{
	if (p->silent == SILENT_NOT_SENT) {
		fputs("  not sent", f);
		return;
	}
	fputs("  *", f);
	if (p->silent != 0 && p->silent != SILENT_UNKNOWN)
		fprintf(f, " %s", record_silent_name(p->silent));
}

static void
show_probe(const struct record_probe *p, uint32_t *last, FILE *f)
{
	char addr[ADDR_STRLEN];
	if (!p->answered) {
		show_silence(p, f);
		return;
	}
	if (p->addr != *last)
		fprintf(f, "  %-15s", addr_format(p->addr, addr));
	*last = p->addr;
	if (p->rtt_ns >= 0)
		fprintf(f, "  %8.3f ms", (double)p->rtt_ns / 1e6);
	else
		fprintf(f, "  %8s ms", "?");
	show_code(p, f);
	if (p->late)
		fputs(" late", f);
	if (p->proof < PROOF_BOTH)
		fprintf(f, " proof:%s", record_proof_name(p->proof));
}

static void
show_head(const struct record *r, FILE *f)
{
	char target[ADDR_STRLEN], src[ADDR_STRLEN];
	fprintf(f, "%s  %s", addr_format(r->target, target),
	    record_method_name(r->method));
	if (r->port >= 0)
		fprintf(f, " port %" PRId32, r->port);
	fprintf(f, " flow %" PRIu32 "  from %s  %s", r->flow,
	    addr_format(r->src, src), record_stop_name(r->stop));
	if (r->stop_detail[0] != '\0')
		fprintf(f, " (%s)", r->stop_detail);
	fprintf(f, "  %.1f s\n", (double)r->duration_us / 1e6);
	if (r->clock_step)
		fputs("  the clock was set meanwhile: times are wrong\n", f);
	if (r->drops > 0)
		fprintf(f,
		    "  the kernel dropped %" PRIu32
		    " packet%s meanwhile: silence proves little\n",
		    r->drops, r->drops == 1 ? "" : "s");
}

/* Where the probes of the TTL end that begins at i. */
static size_t
hop_end(const struct record *r, size_t i)
{
	uint8_t ttl = r->probes[i].ttl;
	while (i < r->nprobes && r->probes[i].ttl == ttl)
		i++;
	return i;
}

static bool
is_of_target(const struct record *r, const struct record_probe *p)
{
	return p->answered && p->addr == r->target;
}

/* The first TTL that the target answered; above it the path says no more. */
static uint8_t
last_hop(const struct record *r)
{
	for (size_t i = 0; i < r->nprobes; i++)
		if (is_of_target(r, &r->probes[i]))
			return r->probes[i].ttl;
	return RECORD_TTL_MAX;
}

/* Whether somebody else answered: the target alone would repeat itself. */
static bool
has_other(const struct record *r, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (r->probes[i].answered && !is_of_target(r, &r->probes[i]))
			return true;
	return false;
}

int
show_trace(const struct record *r, FILE *f)
{
	uint8_t last = last_hop(r);
	show_head(r, f);
	for (size_t i = 0, end; i < r->nprobes; i = end) {
		uint32_t addr = 0;
		end = hop_end(r, i);
		if (r->probes[i].ttl > last && !has_other(r, i, end))
			continue;
		fprintf(f, "%3u", r->probes[i].ttl);
		for (size_t n = i; n < end; n++)
			show_probe(&r->probes[n], &addr, f);
		fputc('\n', f);
	}
	if (r->nprobes == 0)
		fputs("  nothing was sent\n", f);
	errno = EIO;
	return fflush(f) != 0 || ferror(f) ? -errno : 0;
}
