/* SPDX-License-Identifier: ISC */
#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "probe/base/opt.h"
#include "tests/truth/files.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* They want this order; the library's headers do not include what they use. */
#include <sys/time.h>

#include <scamper_addr.h>
#include <scamper_file.h>
#include <scamper_list.h>
#include <scamper_trace.h>

/*
 * warts SEED TRACES DIR
 * The same traces as generate's, in the form of the rival sc_bdrmap, which
 * knows one vantage at a time: NAME.warts for each, and the tables beside them:
 *   sc_bdrmap -d routers -a ip2as.txt -g delegated.txt -r as-rel.txt \
 *       -v NAME.asn -x ixp.txt NAME.warts
 * It names the borders of the network that hosts the vantage, whose ASes -v
 * lists. NAME.asn has the vantage's AS alone, as is meant; NAME.near all ASes
 * on the true paths but the targets, so that their borders to the targets
 * count.
 */
enum { VANTAGES_MAX = 256, PROBE_LEN = 44 };

/* ASes, each perhaps several times. */
struct near {
	uint32_t *asn;
	size_t n, room;
};

struct files {
	const char *folder;
	scamper_file_t *file[VANTAGES_MAX];
	uint32_t home[VANTAGES_MAX]; /* AS of each vantage */
	struct near near[VANTAGES_MAX];
	scamper_list_t *list;
	scamper_cycle_t *cycle;
};

static scamper_addr_t *
address(uint32_t addr)
{
	struct in_addr in = {htonl(addr)};
	return scamper_addr_alloc(SCAMPER_ADDR_TYPE_IPV4, &in);
}

static struct timeval
moment(int64_t us)
{
	return (struct timeval){
	    .tv_sec = us / US_PER_S, .tv_usec = us % US_PER_S};
}

/* --- one trace ------------------------------------------------------------ */

static void
fill_reply(scamper_trace_hop_t *hop, const struct record_probe *p)
{
	hop->hop_addr = address(p->addr);
	hop->hop_probe_id = (uint8_t)(p->attempt - 1);
	hop->hop_probe_ttl = p->ttl;
	hop->hop_probe_size = PROBE_LEN;
	hop->hop_reply_ttl = (uint8_t)p->reply_ttl;
	hop->hop_reply_size = PROBE_LEN;
	hop->hop_reply_ipid = (uint16_t)p->reply_ipid;
	hop->hop_flags = SCAMPER_TRACE_HOP_FLAG_REPLY_TTL;
	hop->hop_tx = moment(p->tx_ns / 1000);
	hop->hop_rtt = moment(p->rtt_ns / 1000);
	if (p->tcp_flags >= 0) {
		hop->hop_flags |= SCAMPER_TRACE_HOP_FLAG_TCP;
		hop->hop_tcp_flags = (uint8_t)p->tcp_flags;
		return;
	}
	hop->hop_icmp_type = (uint8_t)p->icmp_type;
	hop->hop_icmp_code = (uint8_t)p->icmp_code;
	hop->hop_icmp_q_ttl = (uint8_t)(p->quoted_ttl < 0 ? 1 : p->quoted_ttl);
	hop->hop_icmp_q_ipl = PROBE_LEN;
}

/* Up to the first answer of the target, where scamper would have stopped. */
static uint16_t
last_hop(const struct record *r)
{
	uint16_t last = 0;
	for (size_t i = 0; i < r->nprobes; i++) {
		if (!r->probes[i].answered)
			continue;
		last = r->probes[i].ttl;
		if (r->probes[i].addr == r->target ||
		    r->probes[i].icmp_type == 3)
			break;
	}
	return last;
}

static bool
fill_hops(scamper_trace_t *trace, const struct record *r)
{
	uint16_t last = last_hop(r);
	if (last == 0 || scamper_trace_hops_alloc(trace, last) != 0)
		return false;
	trace->hop_count = last;
	for (size_t i = r->nprobes; i-- > 0;) {
		const struct record_probe *p = &r->probes[i];
		if (!p->answered || p->ttl > last || p->rtt_ns < 0)
			continue;
		scamper_trace_hop_t *hop = calloc(1, sizeof(*hop));
		if (hop == NULL)
			return false;
		fill_reply(hop, p);
		hop->hop_next = trace->hops[p->ttl - 1];
		trace->hops[p->ttl - 1] = hop;
	}
	return true;
}

static uint8_t
stop_of(const struct record *r)
{
	switch (r->stop) {
	case STOP_REACHED:
		return SCAMPER_TRACE_STOP_COMPLETED;
	case STOP_UNREACHABLE:
		return SCAMPER_TRACE_STOP_UNREACH;
	case STOP_GAP:
		return SCAMPER_TRACE_STOP_GAPLIMIT;
	case STOP_LOOP:
		return SCAMPER_TRACE_STOP_LOOP;
	case STOP_MAX_TTL:
		return SCAMPER_TRACE_STOP_HOPLIMIT;
	case STOP_ERROR:
		break;
	}
	return SCAMPER_TRACE_STOP_ERROR;
}

static uint8_t
type_of(enum record_method method)
{
	switch (method) {
	case METHOD_UDP:
		return SCAMPER_TRACE_TYPE_UDP_PARIS;
	case METHOD_TCP:
		return SCAMPER_TRACE_TYPE_TCP;
	case METHOD_ICMP:
		break;
	}
	return SCAMPER_TRACE_TYPE_ICMP_ECHO_PARIS;
}

static scamper_trace_t *
converted(const struct files *f, const struct record *r)
{
	scamper_trace_t *trace = scamper_trace_alloc();
	if (trace == NULL)
		return NULL;
	trace->list = scamper_list_use(f->list);
	trace->cycle = scamper_cycle_use(f->cycle);
	trace->src = address(r->src);
	trace->dst = address(r->target);
	trace->start = moment(r->start_us);
	trace->type = type_of(r->method);
	trace->stop_reason = stop_of(r);
	trace->attempts = 2;
	trace->gaplimit = 5;
	trace->hoplimit = 32;
	trace->gapaction = SCAMPER_TRACE_GAPACTION_STOP;
	trace->firsthop = 1;
	trace->wait = 2;
	trace->probe_size = PROBE_LEN;
	trace->probec = (uint16_t)r->nprobes;
	trace->sport = r->sport;
	trace->dport = r->dport;
	if (fill_hops(trace, r))
		return trace;
	scamper_trace_free(trace);
	return NULL;
}

/* --- the files ------------------------------------------------------------ */

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

/* Everything before the target, in a world where no target sells transit. */
static void
add_near(struct near *near, const struct truth_trace *t)
{
	for (size_t i = 0; i + 1 < t->nas; i++) {
		if (near->n == near->room) {
			near->room = near->room ? near->room * 2 : 256;
			near->asn = xreallocarray(
			    near->asn, near->room, sizeof(*near->asn));
		}
		near->asn[near->n++] = t->as_path[i];
	}
}

/* One ASN a line, each once. */
static bool
write_ases(const struct files *f, size_t vantage, const char *kind,
    struct near *ases, struct fault *fault)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/v%02zu.%s", f->folder, vantage, kind);
	FILE *out = fopen(path, "w");
	if (out == NULL)
		return fault_set(
		    fault, EX_IOERR, "%s: %s", path, strerror(errno));
	if (ases->n > 0)
		qsort(ases->asn, ases->n, sizeof(*ases->asn), by_number);
	for (size_t i = 0; i < ases->n; i++)
		if (i == 0 || ases->asn[i] != ases->asn[i - 1])
			fprintf(out, "%" PRIu32 "\n", ases->asn[i]);
	return fclose(out) == 0 ||
	       fault_set(fault, EX_IOERR, "%s: %s", path, strerror(errno));
}

/* Ends the files of one vantage. */
static bool
finish(struct files *f, size_t vantage, struct fault *fault)
{
	if (f->file[vantage] == NULL)
		return true;
	scamper_file_close(f->file[vantage]);
	struct near home = {&f->home[vantage], 1, 1};
	bool ok = write_ases(f, vantage, "asn", &home, fault) &&
		  write_ases(f, vantage, "near", &f->near[vantage], fault);
	free(f->near[vantage].asn);
	return ok;
}

static scamper_file_t *
file_of(struct files *f, const struct truth_trace *t, struct fault *fault)
{
	char path[4096], type[] = "warts";
	unsigned long v = strtoul(t->record.vantage + 1, NULL, 10);
	if (v >= VANTAGES_MAX) {
		fault_set(
		    fault, EX_USAGE, "more than %d vantages", VANTAGES_MAX);
		return NULL;
	}
	add_near(&f->near[v], t);
	f->home[v] = t->as_path[0];
	if (f->file[v] != NULL)
		return f->file[v];
	snprintf(
	    path, sizeof(path), "%s/%s.warts", f->folder, t->record.vantage);
	f->file[v] = scamper_file_open(path, 'w', type);
	if (f->file[v] == NULL) {
		fault_set(fault, EX_IOERR, "%s: cannot be written", path);
		return NULL;
	}
	scamper_file_write_cycle_start(f->file[v], f->cycle);
	return f->file[v];
}

static bool
write_one(struct files *f, const struct truth_trace *t, struct fault *fault)
{
	scamper_file_t *file = file_of(f, t, fault);
	scamper_trace_t *trace = converted(f, &t->record);
	bool ok = file != NULL;
	if (ok && trace != NULL && scamper_file_write_trace(file, trace) != 0)
		ok = fault_set(fault, EX_IOERR, "%s.warts", t->record.vantage);
	if (trace != NULL) /* NULL: nobody answered */
		scamper_trace_free(trace);
	return ok;
}

static bool
write_all(struct truth *t, int64_t traces, const char *folder, struct fault *f)
{
	struct files files = {.folder = folder};
	bool ok = files_write_bdrmap(t, folder, f);
	files.list = scamper_list_alloc(1, "truth", NULL, NULL);
	files.cycle = scamper_cycle_alloc(files.list);
	files.cycle->id = 1;
	for (int64_t i = 0; ok && i < traces; i++)
		ok = write_one(&files, truth_next(t), f);
	for (size_t v = 0; v < VANTAGES_MAX; v++)
		ok = finish(&files, v, f) && ok;
	scamper_cycle_free(files.cycle);
	scamper_list_free(files.list);
	return ok;
}

int
main(int argc, char **argv)
{
	struct fault f = {0};
	int64_t seed = 0, traces = 0;
	if (argc != 4) {
		fprintf(stderr, "usage: warts SEED TRACES DIR\n");
		return EX_USAGE;
	}
	if (!opt_number(
		"SEED", argv[1], (struct opt_range){0, INT64_MAX}, &seed, &f) ||
	    !opt_number("TRACES", argv[2], (struct opt_range){0, 1000000000},
		&traces, &f))
		return opt_fail(&f);
	struct truth_order o = {.table = "analysis/origin/data/shipped.tbl.zst",
	    .seed = (uint64_t)seed};
	struct truth *t = truth_open(&o, &f);
	bool ok = t != NULL && write_all(t, traces, argv[3], &f);
	truth_close(t);
	return ok ? EX_OK : opt_fail(&f);
}
