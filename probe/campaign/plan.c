/* SPDX-License-Identifier: ISC */
#include "probe/campaign/plan.h"

size_t
plan_jobs(const struct plan *p)
{
	return p->targets->n * p->methods->n * p->flows;
}

static int32_t
port_of(const struct plan *p, const struct plan_job *job)
{
	switch (job->method) {
	case METHOD_UDP:
		return p->port;
	case METHOD_ICMP:
		return -1;
	case METHOD_TCP:
		return p->port >= 0 ? p->port : targets_port(job->target);
	}
	return -1;
}

struct plan_job
plan_job(const struct plan *p, size_t n)
{
	size_t at = n % p->targets->n, round = n / p->targets->n;
	struct plan_job job = {
	    .target = p->targets->addr[at],
	    .prefix = targets_prefix(p->targets->addr[at]),
	    .method = p->methods->method[(at + round) % p->methods->n],
	    .flow = p->flow_first + (uint32_t)(round / p->methods->n),
	};
	job.port = port_of(p, &job);
	return job;
}
