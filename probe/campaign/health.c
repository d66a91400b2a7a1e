/* SPDX-License-Identifier: ISC */
#include "probe/campaign/health.h"

#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A lesser one is the error of two readings, not a clock that was set. */
enum { STEP_US = 1000 };

void
health_begin(struct health *h, const struct round *round, int64_t offset_ns)
{
	*h = (struct health){.offset_ns = offset_ns};
	h->answered = xcalloc(round->targets.n, sizeof(*h->answered));
}

void
health_clear(struct health *h)
{
	free(h->answered);
	*h = (struct health){0};
}

void
health_start(struct health *h, const struct round_job *job, uint64_t seq)
{
	if (job->kind == ROUND_CONTROL && !job->after)
		h->before_seq = seq;
}

void
health_fail(struct health *h, const struct round_job *job)
{
	if (job->kind != ROUND_CONTROL)
		return;
	h->before += !job->after;
	h->after += job->after;
}

/* The shortest round trip to the target itself; -1 it did not answer. */
static int64_t
answer_ns(const struct record *r)
{
	int64_t best = -1;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (!p->answered || p->addr != r->target || p->rtt_ns < 0)
			continue;
		if (best < 0 || p->rtt_ns < best)
			best = p->rtt_ns;
	}
	return best;
}

static void
control(struct health *h, const struct record *r)
{
	bool reached = r->stop == STOP_REACHED;
	int64_t rtt_ns = answer_ns(r);
	if (r->seq <= h->before_seq) {
		h->before++;
		h->before_reached += reached;
	} else {
		h->after++;
		h->after_reached += reached;
	}
	if (reached && rtt_ns >= 0 &&
	    h->nrtt < sizeof(h->rtt_ns) / sizeof(h->rtt_ns[0]))
		h->rtt_ns[h->nrtt++] = rtt_ns;
}

static void
target(struct health *h, const struct round *round, uint32_t addr)
{
	for (size_t i = 0; i < round->targets.n; i++) {
		if (round->targets.addr[i] != addr)
			continue;
		h->nanswered += !h->answered[i];
		h->answered[i] = true;
		return;
	}
}

void
health_trace(
    struct health *h, const struct round *round, const struct record *r)
{
	if (r->src != 0)
		h->source = r->src;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (p->ttl == 1 && p->answered && p->addr != r->target)
			h->gateway = p->addr;
	}
	if (r->control)
		control(h, r);
	else if (r->stop == STOP_REACHED)
		target(h, round, r->target);
}

static int
ascending(const void *va, const void *vb)
{
	const int64_t *a = va, *b = vb;
	return (*a > *b) - (*a < *b);
}

/* Below half of an even number: a value that was measured. */
static int64_t
median_us(struct health *h)
{
	if (h->nrtt == 0)
		return -1;
	qsort(h->rtt_ns, h->nrtt, sizeof(h->rtt_ns[0]), ascending);
	return h->rtt_ns[(h->nrtt - 1) / 2] / 1000;
}

static const char *
uplink(const struct health *h)
{
	if (h->before + h->after == 0)
		return "unknown";
	if (h->before_reached + h->after_reached == 0)
		return "down";
	/* Of a run that was aborted one half speaks for both. */
	bool lost = (h->before > 0 && h->before_reached == 0) ||
		    (h->after > 0 && h->after_reached == 0);
	return lost ? "unstable" : "up";
}

void
health_row(struct health *h, const struct round *round,
    const struct store_run *run, const struct health_end *end,
    struct store_health *row)
{
	int64_t step_us = (end->offset_ns - h->offset_ns) / 1000;
	*row = (struct store_health){.slot = run->slot,
	    .epoch = run->epoch,
	    .at_us = end->now_us,
	    .uplink = uplink(h),
	    .controls = (int64_t)(h->before + h->after),
	    .reached = (int64_t)(h->before_reached + h->after_reached),
	    .control_rtt_us = median_us(h),
	    .source = h->source,
	    .interface = end->interface,
	    .gateway = h->gateway,
	    .targets = (int64_t)round->targets.n,
	    .answered = (int64_t)h->nanswered,
	    .quiet = (int64_t)round->quiet,
	    .late_us = end->late_us,
	    .jitter_us = end->jitter_us,
	    .clock_synced = end->trust.synced,
	    .clock_error_us = end->trust.error_us,
	    .clock_step_us = llabs(step_us) > STEP_US ? step_us : 0};
	memcpy(row->vantage, run->vantage, sizeof(row->vantage));
	memcpy(row->campaign, run->campaign, sizeof(row->campaign));
}
