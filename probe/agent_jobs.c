/* SPDX-License-Identifier: ISC */
#include "probe/agent_jobs.h"

#include "probe/commands.h"
#include "probe/survey_open.h"

#include <string.h>

/* Far above what a spool ever gives out: the identity of a survey's probes. */
#define SURVEY_SEQ  (UINT64_C(1) << 48)
#define SURVEY_STEP (UINT64_C(1) << 17)

static struct prober_job
prober_job(const struct jobs *j, const struct agent_job *job,
    const struct trace_config *trace)
{
	const struct plan_job *to = &job->round->job;
	struct prober_job p = {.target = to->target,
	    .prefix = to->prefix,
	    .method = to->method,
	    .port = to->port,
	    .flow = to->flow,
	    .run = job->run,
	    .epoch = job->epoch,
	    .seq = job->seq,
	    .control = job->round->kind == ROUND_CONTROL,
	    .trace = trace};
	memcpy(p.vantage, j->config->vantage.name, sizeof(p.vantage));
	memcpy(p.campaign, job->campaign->name, sizeof(p.campaign));
	return p;
}

static bool
start_survey(struct jobs *j, const struct agent_job *job,
    const struct trace_config *trace, struct fault *f)
{
	const struct config_campaign *c = job->campaign;
	struct prober_job to = prober_job(j, job, trace);
	struct survey_about about = {
	    .seq = j->survey_seq += SURVEY_STEP, .key = prober_key(j->prober)};
	struct survey_limits l = {.trace = trace,
	    .target_rate = (uint32_t)j->config->vantage.target_rate,
	    .responder_rate = (uint32_t)j->config->vantage.responder_rate,
	    .linger = true,
	    .attempts = c->attempts >= 0,
	    .window = c->window >= 0,
	    .confidence = (uint8_t)c->mda,
	    .flows = (uint16_t)engine_flows(j->config)};
	to.seq = about.seq;
	if (!prober_about(j->prober, &to, &about.record, f))
		return false;
	about.record.start_us = wall_now().ns / 1000;
	memcpy(j->campaign, c->name, sizeof(j->campaign));
	if (job->round->kind == ROUND_SWEEP) {
		j->sweep = survey_open_sweep(&about, &l, job->targets);
		prober_survey(j->prober, &sweep_ops, j->sweep);
	} else {
		j->mda = survey_open_mda(&about, &l, j->responders);
		prober_survey(j->prober, &mda_ops, j->mda);
	}
	return true;
}

static bool
start(void *arg, const struct agent_job *job, struct fault *f)
{
	struct jobs *j = arg;
	struct trace_config trace;
	engine_trace(job->campaign, &trace);
	if (job->round->kind == ROUND_CONTROL ||
	    (j->hurry && job->campaign->linger_s < 0))
		trace.linger_ns = 0;
	j->target = job->round->job.target;
	if (job->seq == 0)
		return start_survey(j, job, &trace, f);
	struct prober_job to = prober_job(j, job, &trace);
	return prober_start(j->prober, &to, f);
}

/* Of a survey the records have no epoch yet. */
static void
on_done(void *arg, struct record *r)
{
	struct jobs *j = arg;
	if (r->epoch != 0) {
		agent_done(j->agent, r);
		return;
	}
	r->prefix = targets_prefix(r->target);
	agent_surveyed(j->agent, r);
}

static void
abort_jobs(void *arg, const char *campaign)
{
	struct jobs *j = arg;
	if (campaign == NULL) {
		prober_abort(j->prober);
		return;
	}
	prober_abort_campaign(j->prober, campaign);
	if (prober_surveying(j->prober) && strcmp(campaign, j->campaign) == 0)
		prober_abort_survey(j->prober);
}

static size_t
running(void *arg, const char *campaign)
{
	const struct jobs *j = arg;
	return campaign == NULL ? prober_running(j->prober)
				: prober_running_campaign(j->prober, campaign);
}

static uint32_t
drops(void *arg)
{
	const struct jobs *j = arg;
	return prober_counts(j->prober).drops;
}

static int64_t
now_us(void *arg)
{
	(void)arg;
	return wall_now().ns / 1000;
}

static int64_t
offset_ns(void *arg)
{
	(void)arg;
	return clock_offset_ns();
}

static struct clock_trust
trust(void *arg)
{
	(void)arg;
	return clock_trust();
}

static const char *
interface(void *arg, uint32_t source)
{
	struct jobs *j = arg;
	if (source == 0 || j->target == 0)
		return NULL;
	prober_interface(j->prober, j->target, j->interface);
	return j->interface[0] != '\0' ? j->interface : NULL;
}

const struct agent_ops jobs_ops = {.now_us = now_us,
    .offset_ns = offset_ns,
    .trust = trust,
    .start = start,
    .abort = abort_jobs,
    .running = running,
    .drops = drops,
    .interface = interface};

void
jobs_open(struct jobs *j, struct prober *prober)
{
	enum { ROUTERS = 4096 };
	uint32_t rate = (uint32_t)j->config->vantage.responder_rate;
	j->prober = prober;
	j->survey_seq = SURVEY_SEQ;
	j->responders = responders_open(rate, survey_burst(rate), ROUTERS);
	prober_watch(prober, on_done, NULL, j);
}

static void
close_survey(struct jobs *j)
{
	sweep_close(j->sweep);
	mda_close(j->mda);
	j->sweep = NULL;
	j->mda = NULL;
}

void
jobs_close(struct jobs *j)
{
	close_survey(j);
	responders_close(j->responders);
}

void
jobs_turn(struct jobs *j)
{
	if ((j->sweep == NULL && j->mda == NULL) || prober_surveying(j->prober))
		return;
	close_survey(j);
	agent_survey_over(j->agent);
}
