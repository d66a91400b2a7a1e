/* SPDX-License-Identifier: ISC */
#include "tests/sim/year_driver.h"

#include "probe/base/mem.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static int64_t
now_us(void *arg)
{
	const struct year_driver *d = arg;
	return (d->world->true_ns + d->world->offset_ns) / 1000;
}

/* All of it is time since the host was started: it never is, here. */
static int64_t
offset_ns(void *arg)
{
	const struct year_driver *d = arg;
	return d->world->offset_ns;
}

static struct clock_trust
trust(void *arg)
{
	(void)arg;
	return (struct clock_trust){1, 1000, 100};
}

const char *const year_names[YEAR_CAMPAIGNS] = {"border", "paths", "days"};

int
year_campaign(const char *name)
{
	for (int i = 0; i < YEAR_CAMPAIGNS; i++)
		if (strcmp(year_names[i], name) == 0)
			return i;
	return -1;
}

/* Numbers of slots are small, those of runs without a plan microseconds. */
static void
count_run(struct year_world *w, const struct agent_job *job)
{
	int c = year_campaign(job->campaign->name);
	if (c < 0 || job->run > INT32_MAX || w->run[c] == job->run)
		return;
	w->run[c] = job->run;
	if (w->first_slot[c] == 0)
		w->first_slot[c] = job->run;
	int64_t at = job->run - w->first_slot[c];
	assert(at >= 0 && at < YEAR_SLOTS);
	w->begun[c][at]++;
}

static bool
start(void *arg, const struct agent_job *job, struct fault *f)
{
	struct year_driver *d = arg;
	struct year_world *w = d->world;
	bool survey = job->seq == 0;
	assert(d->n < YEAR_JOBS);
	count_run(w, job);
	if (w->link_down)
		return fault_set(f, 69, "no route from this host");
	struct year_job *j = &d->jobs[d->n++];
	*j = (struct year_job){.job = *job,
	    .round = *job->round,
	    .start_us = now_us(d),
	    .end_ns =
		w->true_ns +
		random_range(&w->random, 1, survey ? 600 : 40) * NS_PER_S};
	snprintf(j->campaign, sizeof(j->campaign), "%s", job->campaign->name);
	return true;
}

static struct record
record_of(const struct year_job *j)
{
	const struct plan_job *to = &j->round.job;
	struct record r = {.run = j->job.run,
	    .epoch = j->job.epoch,
	    .seq = j->job.seq,
	    .target = to->target,
	    .prefix = to->prefix,
	    .method = to->method,
	    .port = to->method == METHOD_TCP ? to->port : -1,
	    .flow = to->flow,
	    .control = j->round.kind == ROUND_CONTROL,
	    .src = 0xc0000201,
	    .sport = 24576,
	    .dport = 33434,
	    .start_us = j->start_us,
	    .stop = j->aborted ? STOP_ERROR : STOP_GAP,
	    .tool = "year"};
	memcpy(r.campaign, j->campaign, sizeof(r.campaign));
	snprintf(r.vantage, sizeof(r.vantage), "sel");
	return r;
}

/* What it was answered with: by every other target, at TTL 3. */
static void
answer(struct record *r, const struct year_job *j)
{
	struct record_probe p = {.ttl = 3,
	    .attempt = 1,
	    .answered = true,
	    .tx_ns = r->start_us * 1000,
	    .rtt_ns = 5 * NS_PER_MS,
	    .addr = r->target,
	    .reply_ttl = 60,
	    .reply_ipid = 1,
	    .quoted_ttl = -1,
	    .quoted_tos = -1,
	    .icmp_type = 0,
	    .icmp_code = 0,
	    .tcp_flags = -1,
	    .proof = PROOF_BOTH};
	r->probes = xmemdup(&p, sizeof(p));
	r->nprobes = 1;
	if (!j->aborted)
		r->stop = STOP_REACHED;
}

static void
finish(struct year_driver *d, const struct year_job *j)
{
	struct record r = record_of(j);
	d->world->traces++;
	if (r.target % 2 == 0 || r.control)
		answer(&r, j);
	if (j->job.seq != 0) {
		agent_done(d->agent, &r);
		return;
	}
	for (uint32_t flow = 1; flow < 3; flow++) {
		struct record more;
		record_copy(&more, &r);
		more.flow = flow;
		more.start_us += flow;
		agent_surveyed(d->agent, &more);
	}
	agent_surveyed(d->agent, &r);
	agent_survey_over(d->agent);
}

int64_t
year_finish(struct year_driver *d)
{
	int64_t next = INT64_MAX;
	for (size_t i = 0; i < d->n;) {
		struct year_job j = d->jobs[i];
		if (j.end_ns > d->world->true_ns) {
			next = j.end_ns < next ? j.end_ns : next;
			i++;
			continue;
		}
		d->jobs[i] = d->jobs[--d->n];
		finish(d, &j);
		i = 0; /* what ended may have ended others */
		next = INT64_MAX;
	}
	return next;
}

static void
abort_jobs(void *arg, const char *campaign)
{
	struct year_driver *d = arg;
	for (size_t i = 0; i < d->n;) {
		struct year_job j = d->jobs[i];
		if (campaign != NULL && strcmp(campaign, j.campaign) != 0) {
			i++;
			continue;
		}
		d->jobs[i] = d->jobs[--d->n];
		j.aborted = true;
		finish(d, &j);
		i = 0;
	}
}

static size_t
running(void *arg, const char *campaign)
{
	const struct year_driver *d = arg;
	size_t n = 0;
	for (size_t i = 0; i < d->n; i++)
		n += campaign == NULL ||
		     strcmp(campaign, d->jobs[i].campaign) == 0;
	return n;
}

static uint32_t
drops(void *arg)
{
	(void)arg;
	return 0;
}

static const char *
interface(void *arg, uint32_t source)
{
	(void)arg;
	return source != 0 ? "eth0" : NULL;
}

const struct agent_ops year_ops = {.now_us = now_us,
    .offset_ns = offset_ns,
    .trust = trust,
    .start = start,
    .abort = abort_jobs,
    .running = running,
    .drops = drops,
    .interface = interface};
