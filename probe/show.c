/* SPDX-License-Identifier: ISC */
#include "probe/base/record_name.h"
#include "probe/commands.h"

#include <errno.h>
#include <inttypes.h>

enum { ICMP_UNREACHABLE = 3 };

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
	if (p->icmp_type != ICMP_UNREACHABLE)
		return;
	size_t code = (size_t)p->icmp_code;
	if (code < sizeof(known) / sizeof(known[0]) && known[code] != NULL)
		fprintf(f, " %s", known[code]);
	else
		fprintf(f, " !<%zu>", code);
}

static void
show_probe(const struct record_probe *p, uint32_t *last, FILE *f)
{
	char addr[ADDR_STRLEN];
	if (!p->answered) {
		fputs(p->silent == SILENT_NOT_SENT ? "  not sent" : "  *", f);
		return;
	}
	if (p->addr != *last)
		fprintf(f, "  %s", addr_format(p->addr, addr));
	*last = p->addr;
	if (p->rtt_ns >= 0)
		fprintf(f, "  %.3f ms", (double)p->rtt_ns / 1e6);
	else
		fputs("  ? ms", f);
	show_code(p, f);
	if (p->late)
		fputs(" late", f);
	if (p->proof != PROOF_BOTH)
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
		fprintf(f, "  %" PRIu32 " packets dropped: replies may lack\n",
		    r->drops);
}

int
show_trace(const struct record *r, FILE *f)
{
	uint8_t ttl = 0;
	uint32_t last = 0;
	show_head(r, f);
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (p->ttl != ttl) {
			fprintf(f, "%s%3u", i > 0 ? "\n" : "", p->ttl);
			last = 0;
		}
		ttl = p->ttl;
		show_probe(p, &last, f);
	}
	errno = EIO;
	return fputs(r->nprobes > 0 ? "\n" : "  nothing was sent\n", f) < 0 ||
		       fflush(f) != 0
		   ? -errno
		   : 0;
}
