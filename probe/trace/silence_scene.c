/* SPDX-License-Identifier: ISC */
#include "probe/trace/silence_scene.h"

#include <math.h>
#include <string.h>

/*
 * Before anything is measured: half a probe in 25 is lost, which is usual on
 * the Internet and soon outweighed. Older asks count for at most so many, for
 * paths change.
 */
#define LOSS_LOST  0.5
#define LOSS_ASKED 25.0
#define LOSS_MOST  200.0

/*
 * Whether the same router answers again, before anything is counted: so many
 * of so many times, by enum responder_scope.
 */
static const struct {
	double same, of;
} again[] = {
    [SCOPE_PATH] = {99, 100},
    [SCOPE_TARGET] = {9, 10},
    [SCOPE_NET] = {9, 10},
    [SCOPE_ANY] = {1, 2},
};
#define SHARE_TARGET 0.99

enum {
	LOSS_HOPS = 4,
	JITTER_MIN_NS = 1000000,
	JITTER_BLIND_NS = 50000000, /* when no round trip is known */
};

/* --- loss ----------------------------------------------------------------- */

static void
ask_past(const struct responder_past *past, struct bucket_case *c)
{
	c->asks = 0;
	c->whole = true;
	c->jitter_ns = JITTER_BLIND_NS;
	c->loss = (struct bucket_loss){LOSS_LOST, LOSS_ASKED - LOSS_LOST};
	if (past == NULL)
		return;
	c->asks = past->asks;
	c->whole = past->whole;
	if (past->rtt_ns >= 0)
		c->jitter_ns = JITTER_MIN_NS + past->jitter_ns;
	memcpy(c->ask, past->ask, past->asks * sizeof(c->ask[0]));
}

static uint32_t
silences(const struct bucket_case *c)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < c->asks; i++)
		n += !past_answered(c->ask[i]);
	return n;
}

static struct bucket_loss
measure(const struct responder_past *past)
{
	struct bucket_case c;
	struct bucket_verdict v;
	ask_past(past, &c);
	if (silences(&c) == 0)
		return (struct bucket_loss){0, c.asks};
	double answered = c.asks - silences(&c);
	bucket_judge(&c, &v);
	return (struct bucket_loss){v.lost, answered};
}

/* Adds what hop i has seen; false when it has seen nothing. */
static bool
add_seen(struct scene *s, size_t i, struct bucket_loss *sum)
{
	if (s->hop[i].addr == 0)
		return false;
	if (!s->measured[i])
		s->seen[i] = measure(responders_past(s->known, s->hop[i].addr));
	s->measured[i] = true;
	sum->lost += s->seen[i].lost;
	sum->kept += s->seen[i].kept;
	return true;
}

struct bucket_loss
scene_loss(struct scene *s, size_t h)
{
	struct bucket_loss sum = {0, 0};
	int n = 0;
	for (size_t i = h + 1; i < s->hops && n < LOSS_HOPS; i++)
		n += add_seen(s, i, &sum);
	for (size_t i = h; i-- > 0 && n < LOSS_HOPS;)
		n += add_seen(s, i, &sum);
	double scale = fmin(1, LOSS_MOST / (sum.lost + sum.kept + 1));
	sum.lost = sum.lost * scale + LOSS_LOST;
	sum.kept = sum.kept * scale + LOSS_ASKED - LOSS_LOST;
	if (s->record->drops > 0) /* each may have been an answer */
		sum.lost += s->record->drops;
	return sum;
}

static struct guess
at_place(const struct scene *s, size_t h, enum responder_scope scope)
{
	const struct responder_place *p =
	    responders_place(s->known, s->record, s->hop[h].ttl, scope);
	if (p == NULL || p->addr == 0 ||
	    (p->host && p->addr != s->record->target))
		return (struct guess){0};
	double share =
	    (p->same + again[scope].same) / (p->again + again[scope].of);
	return (struct guess){p->addr, share, scope};
}

/* The nearest place at which somebody answered; the wider ones may agree. */
static struct guess
nearest(const struct scene *s, size_t h)
{
	struct guess nearest = {0};
	for (int scope = SCOPE_PATH; scope <= SCOPE_ANY; scope++) {
		struct guess g = at_place(s, h, (enum responder_scope)scope);
		if (nearest.addr == 0)
			nearest = g;
		else if (nearest.addr == g.addr && g.share > nearest.share)
			nearest.share = g.share;
	}
	return nearest;
}

struct guess
scene_expect(const struct scene *s, size_t h)
{
	uint8_t reach = responders_reach(s->known, s->record->target);
	if (s->hop[h].addr != 0)
		return (struct guess){s->hop[h].addr, 1, SCOPE_PATH};
	if (reach != 0 && s->hop[h].ttl >= reach)
		return (struct guess){
		    s->record->target, SHARE_TARGET, SCOPE_TARGET};
	return nearest(s, h);
}

/* --- what the silences of a hop are worth ----------------------------------
 */

/* The round trip of the nearest hop before, for a router never timed. */
static int64_t
rtt_near(const struct scene *s, size_t h)
{
	for (size_t i = h + 1; i-- > 0;)
		for (size_t j = s->hop[i].first; j < s->hop[i].end; j++)
			if (s->record->probes[j].rtt_ns >= 0)
				return s->record->probes[j].rtt_ns;
	return 0;
}

/* The silences of these hops, as asks. */
static uint32_t
asks_of(const struct scene *s, size_t from, size_t to, int64_t rtt_ns,
    int64_t ask[static BUCKET_NEW])
{
	const struct record *r = s->record;
	uint32_t n = 0;
	for (size_t i = s->hop[from].first; i < s->hop[to - 1].end; i++)
		if (responders_silent(r, &r->probes[i], -1) && n < BUCKET_NEW)
			ask[n++] = (r->probes[i].tx_ns + rtt_ns) & ~INT64_C(1);
	return n;
}

/* Where it is or should be among the asks. */
static uint32_t
position(const struct bucket_case *c, int64_t ask)
{
	uint32_t i = 0;
	while (i < c->asks && c->ask[i] < ask)
		i++;
	return i;
}

static void
insert(struct bucket_case *c, int64_t ask)
{
	uint32_t i = position(c, ask);
	memmove(c->ask + i + 1, c->ask + i, (c->asks - i) * sizeof(c->ask[0]));
	c->ask[i] = ask;
	c->asks++;
}

static void
take_out(struct bucket_case *c, int64_t ask)
{
	uint32_t i = position(c, ask);
	if (i == c->asks || c->ask[i] != ask)
		return;
	c->asks--;
	memmove(c->ask + i, c->ask + i + 1, (c->asks - i) * sizeof(c->ask[0]));
}

/*
 * The router's past without these silences, and with them: the quotient of
 * both likelihoods is what they are worth.
 */
struct worth
scene_weigh(struct scene *s, size_t from, size_t to, uint32_t addr)
{
	const struct responder_past *past = responders_past(s->known, addr);
	bool timed = past != NULL && past->rtt_ns >= 0;
	int64_t rtt_ns = timed ? past->rtt_ns : rtt_near(s, from);
	int64_t ask[BUCKET_NEW];
	uint32_t n = asks_of(s, from, to, rtt_ns, ask);
	struct bucket_case c;
	struct bucket_verdict without, with;
	ask_past(past, &c);
	struct worth w = {.usual = (silences(&c) + 1.) / (c.asks + 2.)};
	c.loss = scene_loss(s, from);
	for (uint32_t i = 0; i < n; i++)
		take_out(&c, ask[i]);
	bucket_judge(&c, &without);
	for (uint32_t i = 0; i < n; i++)
		insert(&c, ask[i]);
	bucket_judge(&c, &with);
	w.right = with.likelihood / without.likelihood;
	for (uint32_t i = 0; i < n; i++)
		w.limited[i] = with.limited[position(&c, ask[i])];
	return w;
}

void
scene_open(struct scene *s, const struct record *record,
    const struct responders *known)
{
	*s = (struct scene){.record = record, .known = known};
	for (size_t i = 0; i < record->nprobes && s->hops <= RECORD_TTL_MAX;) {
		struct responder_hop h = responders_hop(record, i);
		s->hop[s->hops++] = h;
		i = h.end;
	}
}
