/* SPDX-License-Identifier: ISC */
#include "probe/campaign/round.h"

#include "probe/base/mem.h"

#include <stdlib.h>

static void
add(struct round *r, enum round_kind kind, const struct plan_job *job)
{
	if (r->n == r->room) {
		r->room = r->room ? r->room * 2 : 64;
		r->v = xreallocarray(r->v, r->room, sizeof(*r->v));
	}
	r->v[r->n++] = (struct round_job){.kind = kind, .job = *job};
}

static void
add_controls(struct round *r, const struct config_campaign *c, bool after)
{
	for (size_t i = 0; i < c->control.n; i++) {
		struct plan_job job = {.target = c->control.addr[i],
		    .prefix = targets_prefix(c->control.addr[i]),
		    .method = METHOD_ICMP,
		    .port = -1};
		add(r, ROUND_CONTROL, &job);
		r->v[r->n - 1].after = after;
	}
}

static void
choose_targets(struct round *r, const struct config_campaign *c,
    const struct learn *l, int64_t slot)
{
	r->targets.addr = xcalloc(c->targets.n, sizeof(*r->targets.addr));
	for (size_t i = 0; i < c->targets.n; i++) {
		uint32_t addr = c->targets.addr[i];
		if (!c->sweep && learn_quiet(l, c, addr, slot))
			r->quiet++;
		else
			r->targets.addr[r->targets.n++] = addr;
	}
}

static struct plan
plan_of(const struct round *r, const struct config_campaign *c)
{
	bool one = c->sweep || c->mda > 0; /* they choose the flows */
	return (struct plan){.targets = &r->targets,
	    .methods = &c->methods,
	    .flows = one ? 1 : (uint32_t)c->flows,
	    .port = (int32_t)c->port};
}

static bool
port_is_free(const struct config_campaign *c, enum record_method method)
{
	return method == METHOD_TCP && c->port < 0 && !c->sweep;
}

static void
add_targets(struct round *r, const struct config_campaign *c, struct learn *l)
{
	struct plan p = plan_of(r, c);
	size_t n = c->sweep && r->targets.n > 0 ? 1 : plan_jobs(&p);
	enum round_kind kind = c->sweep	    ? ROUND_SWEEP
			       : c->mda > 0 ? ROUND_PATHS
					    : ROUND_TRACE;
	for (size_t i = 0; i < n; i++) {
		struct plan_job job = plan_job(&p, i);
		if (port_is_free(c, job.method))
			job.port = learn_port(l, c, job.target);
		/* One port for all, whatever is known of the first of them. */
		else if (c->sweep && job.method == METHOD_TCP && c->port < 0)
			job.port = TARGETS_PORT;
		add(r, kind, &job);
	}
}

static void
add_looks(struct round *r, const struct config_campaign *c, struct learn *l,
    int64_t now_us)
{
	if (!methods_have(&c->methods, METHOD_TCP) ||
	    !port_is_free(c, METHOD_TCP) || c->verify_s == 0)
		return;
	for (size_t i = 0; i < r->targets.n; i++) {
		uint16_t ports[CONFIG_PORTS_MAX];
		uint32_t target = r->targets.addr[i];
		size_t n = learn_ports(c, target, ports, CONFIG_PORTS_MAX);
		for (size_t k = 0; k < n; k++) {
			struct plan_job job = {.target = target,
			    .prefix = targets_prefix(target),
			    .method = METHOD_TCP,
			    .port = ports[k]};
			if (learn_due(l, c, target, ports[k], now_us))
				add(r, ROUND_TRACE, &job);
		}
	}
}

void
round_make(struct round *r, const struct config_campaign *c, struct learn *l,
    int64_t slot, int64_t now_us)
{
	*r = (struct round){0};
	choose_targets(r, c, l, slot);
	add_controls(r, c, false);
	add_targets(r, c, l);
	add_looks(r, c, l, now_us);
	add_controls(r, c, true);
}

void
round_clear(struct round *r)
{
	free(r->v);
	targets_clear(&r->targets);
	*r = (struct round){0};
}
