/* SPDX-License-Identifier: ISC */
#include "probe/trace/silence.h"

#include "probe/base/record_reply.h"
#include "probe/trace/silence_scene.h"

#include <math.h>

/*
 * Each silence is explained by one of these, and the explanation is named when
 * its probability, given all that was seen, is 99 % or more; else it is
 * unknown.
 *
 *   lost, rate-limited   Somebody answers there: an attempt of this record, or
 *            with some probability whoever answered there before. What that
 *            router was asked and when it answered decides between the two
 *            (silence_bucket.c).
 *   filtered Nobody answers there, although later probes pass, or although
 *            probes to the same target or prefix come beyond: each of n
 *            silences would else be a loss or a limit. Two losses in one trace
 *            are not independent (LOSS_AGAIN); two traces are.
 *   late     The record ended sooner than that router has ever answered.
 *   overflow This host dropped packets, at least as many as answers are
 *            missing, and by far more of them are missing than the path loses.
 *
 * The played networks of tests/sim/test_silence.c know the truth: of each name
 * more than 99 % are right, with loss up to 20 %, limits from 1 to 100 a
 * second, mute routers and firewalls. From the third round of a campaign on, 19
 * in 20 silences on the path get their name; of a single trace, most stay
 * unknown.
 */
#define SURE 0.99

/* That a probe is lost when one was lost seconds before, at least. */
#define LOSS_AGAIN 0.1

/*
 * The priors are set, not fitted; a factor of two changes little where several
 * probes have asked.
 *
 * Of a hop about which nothing is known, that it never answers: one to three
 * of some twenty routers of a path do not.
 */
#define PRIOR_MUTE 0.1
/*
 * That a router which answered this very flow does not any more: routes last
 * for hours to days (Paxson, End-to-End Routing Behavior in the Internet,
 * 1997), traces of a campaign follow within minutes, one router in ten is mute.
 */
#define PRIOR_TURNED 1e-5
/* That the end of a path, which answers such probes, is deaf to some TTL. */
#define PRIOR_END 1e-5
/* That a firewall which refuses such probes drops some without a word. */
#define PRIOR_REFUSAL 0.2
/* That this flow or target is filtered where others are not. */
#define PRIOR_FIREWALL 0.05
/* That a path is down for one trace, while others to its prefix are not. */
#define PRIOR_OUTAGE 0.01

/* That two targets of a /24 come to the same router at a TTL. */
#define SAME_ROUTER 0.9

enum {
	TAIL_HOPS = 3, /* that are counted: more say nothing new */
	OWN_CAPACITY = 2 * RECORD_TTL_MAX,
};

/* What may explain the silences of one hop; weights, not normalised. */
struct weights {
	double mute;  /* filtered */
	double right; /* the expected router answers: lost or limited */
	double wrong; /* another router answers: lost */
	double other; /* what has no name here */
	struct worth worth;
};

struct naming {
	struct record *record;
	struct scene scene;
	size_t end;	/* the hop that said it is the end of the path */
	size_t refused; /* the hop that refused for a policy */
	size_t tail;	/* the hop behind the last that answered */
	size_t transit; /* the hop behind the last that sent probes on */
};

/* --- what the record says ------------------------------------------------- */

static bool
ends(const struct record_probe *p)
{
	return p->answered && p->icmp_type != ICMP_T_TIME_EXCEEDED;
}

static bool
refuses(const struct record_probe *p)
{
	return p->answered && p->icmp_type == ICMP_T_UNREACHABLE &&
	       (p->icmp_code == ICMP_C_NET_PROHIBITED ||
		   p->icmp_code == ICMP_C_HOST_PROHIBITED ||
		   p->icmp_code == ICMP_C_ADMIN_PROHIBITED);
}

/* The hop behind the last that let a probe die, so had sent others on. */
static size_t
behind_transit(const struct scene *s)
{
	size_t behind = 0;
	for (size_t h = 0; h < s->hops; h++)
		for (size_t i = s->hop[h].first; i < s->hop[h].end; i++)
			if (s->record->probes[i].answered &&
			    s->record->probes[i].icmp_type ==
				ICMP_T_TIME_EXCEEDED)
				behind = h + 1;
	return behind;
}

/*
 * The first hop with such an answer; hops when there is none. Not where other
 * probes were sent on from beyond: there the path does not end.
 */
static size_t
first(const struct scene *s, bool (*is)(const struct record_probe *))
{
	size_t transit = behind_transit(s);
	for (size_t h = transit > 0 ? transit - 1 : 0; h < s->hops; h++)
		for (size_t i = s->hop[h].first; i < s->hop[h].end; i++)
			if (is(&s->record->probes[i]))
				return h;
	return s->hops;
}

static bool
to_name(const struct record_probe *p)
{
	return !p->answered && p->silent != SILENT_NOT_SENT &&
	       p->silent != SILENT_LATE;
}

/* --- weights -------------------------------------------------------------- */

/* That all of n probes in so many traces were lost. */
static double
all_lost(struct bucket_loss l, uint32_t n, uint32_t traces)
{
	double p = 1;
	for (uint32_t i = 0; i < n && p > 1e-30; i++) {
		double next = (l.lost + i) / (l.lost + l.kept + i);
		p *= i < traces ? next : fmax(next, LOSS_AGAIN);
	}
	return p;
}

/* What silence this flow has met here since it was last answered. */
static struct responder_place
run_at(const struct scene *s, size_t h)
{
	const struct responder_place *p =
	    responders_place(s->known, s->record, s->hop[h].ttl, SCOPE_PATH);
	struct responder_place here = {
	    .run = s->hop[h].silent, .run_records = 1};
	return p == NULL || p->run < here.run ? here : *p;
}

/*
 * By how much the silence of all others to this /24 makes it likelier that a
 * router here is mute: they mostly come to the same one.
 */
static double
others_mute(struct scene *s, size_t h, uint32_t mine)
{
	const struct responder_place *net =
	    responders_place(s->known, s->record, s->hop[h].ttl, SCOPE_NET);
	if (net == NULL || net->addr != 0 || net->silent <= mine)
		return 1;
	double lost = all_lost(scene_loss(s, h), net->silent - mine, 1);
	double differs = (1 - SAME_ROUTER) * PRIOR_MUTE;
	return (SAME_ROUTER + differs) / (SAME_ROUTER * lost + differs);
}

/*
 * Who is expected; where only the end of the path answers from beyond, and
 * nobody else is known, that may be here already.
 */
static struct guess
expected(const struct naming *n, size_t h)
{
	const struct scene *s = &n->scene;
	struct guess g = scene_expect(s, h);
	if ((g.addr != 0 && g.scope != SCOPE_ANY) || h < n->transit ||
	    n->end == s->hops)
		return g;
	g = (struct guess){s->hop[n->end].addr, 0.5, SCOPE_ANY};
	for (size_t i = 0; i < h; i++)
		if (s->hop[i].addr == g.addr)
			g.share = SURE;
	return g;
}

/* A hop that probes pass, and that has not answered this trace. */
static void
weigh_passed(struct naming *n, size_t h, struct weights *w)
{
	struct scene *s = &n->scene;
	struct guess g = expected(n, h);
	struct responder_place run = run_at(s, h);
	double lost = all_lost(scene_loss(s, h), run.run, run.run_records);
	*w = (struct weights){.wrong = lost};
	if (g.addr == 0) {
		w->mute = PRIOR_MUTE * others_mute(s, h, run.run);
		return;
	}
	w->worth = scene_weigh(s, h, h + 1, g.addr);
	w->mute = PRIOR_TURNED;
	if (g.scope != SCOPE_PATH)
		w->mute += PRIOR_MUTE * (1 - g.share);
	w->right = g.share * w->worth.right *
		   pow(w->worth.usual, run.run - s->hop[h].silent);
	w->wrong *= 1 - g.share;
}

/* Hops at which an attempt was answered, or behind the end of the path. */
static void
weigh_known(
    struct naming *n, size_t from, size_t to, uint32_t addr, struct weights *w)
{
	*w = (struct weights){.mute = from > n->end ? PRIOR_END : 0};
	w->worth = scene_weigh(&n->scene, from, to, addr);
	w->right = w->worth.right;
}

/* --- names ---------------------------------------------------------------- */

/* Heard too short: late, when that router has never been that quick. */
static enum record_silent
unheard(const struct naming *n, const struct record_probe *p, uint32_t addr)
{
	const struct responder_past *past =
	    responders_past(n->scene.known, addr);
	int64_t listened_ns = responders_listened_ns(n->record, p);
	return past != NULL && listened_ns >= 0 &&
		       past->least_rtt_ns > listened_ns
		   ? SILENT_LATE
		   : SILENT_UNKNOWN;
}

/* The name that the weights give to a silence that is limited so likely. */
static enum record_silent
surest(const struct weights *w, double limited)
{
	double sure = SURE * (w->mute + w->right + w->wrong + w->other);
	if (w->mute >= sure)
		return SILENT_FILTERED;
	if (w->right * limited >= sure)
		return SILENT_RATE_LIMITED;
	if (w->right * (1 - limited) + w->wrong >= sure)
		return SILENT_LOST;
	return SILENT_UNKNOWN;
}

/* The silences of the hops from..to-1, which were weighed together. */
static void
name_hops(struct naming *n, size_t from, size_t to, const struct weights *w,
    uint32_t addr)
{
	const struct scene *s = &n->scene;
	const struct responder_past *past = responders_past(s->known, addr);
	int64_t rtt_ns = past == NULL ? -1 : past->rtt_ns;
	uint32_t nth = 0;
	for (size_t i = s->hop[from].first; i < s->hop[to - 1].end; i++) {
		struct record_probe *p = &n->record->probes[i];
		bool counted = responders_silent(n->record, p, -1);
		bool weighed = counted && nth < BUCKET_NEW;
		double limited = weighed ? w->worth.limited[nth] : 0;
		nth += counted;
		if (!to_name(p))
			continue;
		p->silent = responders_silent(n->record, p, rtt_ns)
				? surest(w, limited)
				: unheard(n, p, addr);
	}
}

/* Without times, only what never answers can be told. */
static void
name_untimed(struct naming *n, size_t h)
{
	struct weights w = {.other = 1};
	if (n->scene.hop[h].addr == 0 && n->scene.hop[h].passed)
		weigh_passed(n, h, &w);
	w.other += w.right + w.wrong;
	w.right = w.wrong = 0;
	name_hops(n, h, h + 1, &w, 0);
}

static bool
is_refuser(const struct naming *n, uint32_t addr)
{
	return addr != 0 && n->refused < n->scene.hops &&
	       n->scene.hop[n->refused].addr == addr;
}

static void
name_one(struct naming *n, size_t h)
{
	struct scene *s = &n->scene;
	struct weights w = {.other = 1};
	uint32_t addr = s->hop[h].addr;
	if (addr != 0)
		weigh_known(n, h, h + 1, addr, &w);
	else if (s->hop[h].passed)
		weigh_passed(n, h, &w);
	if (is_refuser(n, scene_expect(s, h).addr))
		w.mute += PRIOR_REFUSAL;
	name_hops(n, h, h + 1, &w, addr);
}

/* Whatever came so far was refused, or is for the one who said that it is. */
static void
name_beyond(struct naming *n)
{
	const struct scene *s = &n->scene;
	struct weights w = {.mute = 1};
	uint32_t addr = s->hop[n->end].addr;
	if (n->end + 1 >= s->hops)
		return;
	if (n->refused != n->end)
		weigh_known(n, n->end + 1, s->hops, addr, &w);
	name_hops(n, n->end + 1, s->hops, &w, addr);
}

/* --- the tail ------------------------------------------------------------- */

/*
 * Behind the last answer nobody need be. But where others came further, to the
 * same target or through routers to its prefix, somebody is: then all these
 * hops have one explanation, a firewall, an outage, another path, or loss and
 * limits one by one.
 */
struct tail {
	size_t first; /* the first hop where somebody is expected */
	uint32_t n;
	enum responder_scope scope; /* of that hop */
	struct weights w;
};

static void
add_tail(struct scene *s, size_t h, struct tail *t)
{
	struct guess g = scene_expect(s, h);
	if (g.addr == 0 || g.scope == SCOPE_ANY || t->n == TAIL_HOPS)
		return;
	if (t->n++ == 0) {
		t->first = h;
		t->scope = g.scope;
		t->w.wrong = 1 - g.share;
	}
	t->w.right *= scene_weigh(s, h, h + 1, g.addr).right;
	t->w.wrong *= PRIOR_MUTE;
}

static struct tail
weigh_tail(struct naming *n)
{
	struct scene *s = &n->scene;
	struct tail t = {.first = s->hops, .w = {.right = 1}};
	for (size_t h = n->tail; h < s->hops; h++)
		add_tail(s, h, &t);
	if (t.n == 0)
		return t;
	struct responder_place run = run_at(s, t.first);
	bool own = t.scope == SCOPE_PATH;
	t.w.other = t.w.wrong +
		    (own ? PRIOR_OUTAGE : pow(PRIOR_OUTAGE, run.run_records));
	t.w.wrong = 0;
	t.w.mute = own ? PRIOR_TURNED : PRIOR_FIREWALL;
	return t;
}

static void
name_tail(struct naming *n)
{
	struct tail t = weigh_tail(n);
	for (size_t h = n->tail; h < n->scene.hops; h++) {
		struct weights w = {.other = 1};
		struct guess g = scene_expect(&n->scene, h);
		if (h >= t.first)
			w = t.w;
		if (h >= t.first && g.addr != 0)
			w.worth = scene_weigh(&n->scene, h, h + 1, g.addr);
		else if (w.right > 0) {
			w.other += w.right;
			w.right = 0;
		}
		name_hops(n, h, h + 1, &w, g.addr);
	}
}

/* --- overflow ------------------------------------------------------------- */

static void
rename_lost(struct record *r, enum record_silent to)
{
	for (size_t i = 0; i < r->nprobes; i++)
		if (r->probes[i].silent == SILENT_LOST)
			r->probes[i].silent = to;
}

/*
 * What is named lost so far was answered by somebody, or would have been. When
 * this host dropped packets, at least that many, and the loss of this path, as
 * seen at other times, is too small beside it, then this host did it.
 */
static void
name_overflow(struct naming *n)
{
	struct record *r = n->record;
	uint32_t lost = 0, answered = 0;
	for (size_t i = 0; i < r->nprobes; i++) {
		lost += r->probes[i].silent == SILENT_LOST;
		answered += r->probes[i].answered && r->probes[i].reply_no == 0;
	}
	struct bucket_loss l = scene_loss(&n->scene, 0);
	double usual = (l.lost - r->drops) / (l.lost - r->drops + l.kept);
	double here = (double)lost / (lost + answered + 1e-9);
	rename_lost(r, lost <= r->drops && here >= SURE * (here + usual)
			   ? SILENT_OVERFLOW
			   : SILENT_UNKNOWN);
}

static void
name_all(struct naming *n)
{
	const struct scene *s = &n->scene;
	bool ended = n->end < s->hops;
	size_t path = ended ? n->end + 1 : n->tail;
	for (size_t h = 0; h < path; h++)
		name_one(n, h);
	if (ended)
		name_beyond(n);
	else
		name_tail(n);
	if (n->record->drops > 0)
		name_overflow(n);
}

bool
silence_any(const struct record *record)
{
	for (size_t i = 0; i < record->nprobes; i++)
		if (to_name(&record->probes[i]))
			return true;
	return false;
}

void
silence_name(struct record *record, const struct responders *r)
{
	struct responders *own = NULL;
	struct naming n = {.record = record};
	if (!silence_any(record)) /* judging a router costs some 100 us */
		return;
	if (r == NULL) {
		r = own = responders_open(1, 1, OWN_CAPACITY);
		responders_learn(own, record);
	}
	scene_open(&n.scene, record, r);
	n.transit = behind_transit(&n.scene);
	n.end = first(&n.scene, ends);
	n.refused = first(&n.scene, refuses);
	for (size_t h = 0; h < n.scene.hops; h++)
		if (n.scene.hop[h].addr != 0)
			n.tail = h + 1;
	if (record->clock_step)
		for (size_t h = 0; h < n.scene.hops; h++)
			name_untimed(&n, h);
	else
		name_all(&n);
	responders_close(own);
}
