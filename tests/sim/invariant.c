/* SPDX-License-Identifier: ISC */
#include "tests/sim/invariant.h"

#include "probe/base/record_path.h"
#include "tests/sim/random_world.h"

#include <string.h>

#define require(condition)                                                     \
	do {                                                                   \
		if (!(condition))                                              \
			return #condition;                                     \
	} while (0)

static const struct world_truth *
told(const struct world *w, const struct record_probe *p, bool genuine)
{
	for (size_t i = 0; i < w->truths; i++) {
		const struct world_truth *t = &w->truth[i];
		const struct play_reply *r = &t->reply;
		if (t->ttl == p->ttl && t->attempt == p->attempt &&
		    r->genuine == genuine && r->addr == p->addr &&
		    r->icmp_type == p->icmp_type &&
		    r->icmp_code == p->icmp_code && t->rtt_ns == p->rtt_ns)
			return t;
	}
	return NULL;
}

/* In time: before the longest wait was over, and before the trace was. */
static const char *
check_time(const struct world *w, const struct record_probe *p, int64_t at_ns)
{
	int64_t over = p->rtt_ns - w->config.wait_ns;
	bool settled = at_ns >= w->settled_ns;
	require(!p->late || over >= 0 || settled);
	require(p->late || over <= RANDOM_SEND_DELAY_NS);
	require(p->late || at_ns <= w->settled_ns);
	return NULL;
}

enum invariant_source
invariant_source(const struct world *w, const struct record_probe *p)
{
	if (p->proof == PROOF_NONE || told(w, p, true) != NULL)
		return INVARIANT_GENUINE;
	return told(w, p, false) != NULL ? INVARIANT_FORGED : INVARIANT_LUCKY;
}

/* No false hop: what is proved was said by that router about that probe. */
static const char *
check_answer(const struct world *w, const struct record_probe *p)
{
	const struct world_truth *t = told(w, p, true);
	require(p->silent == 0);
	require(p->proof >= PROOF_NONE && p->proof <= PROOF_BOTH);
	if (p->proof == PROOF_NONE) {
		require(p->addr == w->net.dst && p->rtt_ns == -1);
		require(p->ttl > w->net.hops); /* never nearer than it is */
		return NULL;
	}
	if (p->proof == PROOF_BOTH) {
		require(t != NULL);
		require(t->reply.proof == PROOF_BOTH);
		const char *wrong = check_time(w, p, t->reply.at_ns);
		if (wrong != NULL)
			return wrong;
	}
	if (t != NULL)
		require(p->proof <= t->reply.proof);
	return NULL;
}

static const char *
check_silence(const struct record_probe *p)
{
	require(p->silent != 0 && p->proof == 0);
	require(p->reply_no == 0);
	if (p->silent == SILENT_NOT_SENT)
		require(p->tx_ns == -1);
	else
		require(p->tx_ns >= WORLD_EPOCH);
	require(p->silent == SILENT_NOT_SENT || p->silent == SILENT_UNKNOWN);
	return NULL;
}

/* The highest TTL that was probed as one of a row: below the last word. */
static uint8_t
row_end(const struct world *w)
{
	uint8_t ttl = (uint8_t)(w->config.first_ttl - 1);
	for (size_t i = 0; i < w->record.nprobes; i++)
		if (w->record.probes[i].ttl <= ttl + 1)
			ttl = w->record.probes[i].ttl;
	return ttl;
}

/* Without holes, but for one probe of the highest TTL. */
static const char *
check_first(const struct world *w, size_t i)
{
	const struct record_probe *p = &w->record.probes[i];
	uint8_t before = i > 0 ? w->record.probes[i - 1].ttl
			       : (uint8_t)(w->config.first_ttl - 1);
	require(p->attempt == 1 && p->reply_no == 0);
	require(p->ttl == before + 1 || (p->ttl == w->config.max_ttl && i > 0));
	return NULL;
}

/* A silent TTL has at least this long to answer before it is tried again. */
static int64_t
least_distance(const struct world *w)
{
	int64_t least_ns = 750 * NS_PER_MS;
	return least_ns < w->config.wait_ns ? least_ns : w->config.wait_ns;
}

/* Sorted, and one attempt after the other. */
static const char *
check_order(const struct world *w, size_t i)
{
	const struct record_probe *p = &w->record.probes[i];
	const struct record_probe *before =
	    &w->record.probes[i > 0 ? i - 1 : 0];
	require(p->ttl >= w->config.first_ttl && p->ttl <= w->config.max_ttl);
	require(p->attempt >= 1 && p->attempt <= w->config.attempts);
	if (i == 0 || before->ttl != p->ttl)
		return check_first(w, i);
	if (p->attempt == before->attempt) {
		require(p->reply_no == before->reply_no + 1);
		require(p->tx_ns == before->tx_ns && p->answered);
		return NULL;
	}
	require(p->attempt == before->attempt + 1 && p->reply_no == 0);
	require(p->ttl <= row_end(w));
	if (p->tx_ns >= 0 && before->tx_ns >= 0)
		require(p->tx_ns - before->tx_ns >= least_distance(w));
	return NULL;
}

static const char *
check_probes(const struct world *w)
{
	const struct record *r = &w->record;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		const char *wrong = check_order(w, i);
		if (wrong == NULL)
			wrong =
			    p->answered ? check_answer(w, p) : check_silence(p);
		if (wrong != NULL)
			return wrong;
	}
	return NULL;
}

/* A TTL is settled: answered, or all of its attempts were made. */
static bool
settled(const struct world *w, uint8_t ttl)
{
	int attempts = 0;
	for (size_t i = 0; i < w->record.nprobes; i++)
		attempts += w->record.probes[i].ttl == ttl &&
			    w->record.probes[i].reply_no == 0;
	return attempts == w->config.attempts ||
	       record_answer(&w->record, ttl) != NULL;
}

/* The highest answer in the row, from which the gap is counted. */
static int
last_answer(const struct world *w, bool with_late)
{
	const struct record *r = &w->record;
	int ttl = w->config.first_ttl - 1, end = row_end(w);
	for (size_t i = 0; i < r->nprobes; i++)
		if (r->probes[i].answered && r->probes[i].ttl <= end &&
		    (with_late || !r->probes[i].late))
			ttl = r->probes[i].ttl;
	return ttl;
}

static const char *
check_gap(const struct world *w)
{
	const struct record *r = &w->record;
	const struct trace_config *c = &w->config;
	int last = row_end(w), gap = last_answer(w, false) + c->gap;
	int any = last_answer(w, true) + c->gap;
	for (int ttl = c->first_ttl; ttl <= gap && ttl <= last; ttl++)
		require(settled(w, (uint8_t)ttl));
	if (r->stop == STOP_MAX_TTL) {
		require(last == c->max_ttl && any > c->max_ttl);
		return NULL;
	}
	require(last >= gap); /* so many silent ones in a row */
	int volley = c->first_ttl + c->window - 1;
	int most = any > volley ? any : volley;
	require(last <= most || (last == most + 1 && last == c->max_ttl));
	require(record_last_ttl(r) == c->max_ttl);
	return NULL;
}

/* The lowest TTL of an answer from the target, or of a refusal by others. */
uint8_t
invariant_lowest(const struct record *r, bool target)
{
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct record_probe *p = &r->probes[i];
		if (p->answered && (p->addr == r->target) == target &&
		    (target || p->icmp_type == 3))
			return p->ttl;
	}
	return 0;
}

static const char *
check_stop(const struct world *w)
{
	const struct record *r = &w->record;
	uint8_t reached = invariant_lowest(r, true),
		refused = invariant_lowest(r, false);
	require((r->stop == STOP_REACHED) == (reached != 0));
	require(record_reached(r) == (reached != 0));
	if (reached == 0)
		require((r->stop == STOP_UNREACHABLE) == (refused != 0));
	switch (r->stop) {
	case STOP_REACHED:
	case STOP_UNREACHABLE:
		break;
	case STOP_GAP:
	case STOP_MAX_TTL:
		return check_gap(w);
	case STOP_LOOP:
		/* Three forgeries may name one router by chance. */
		require(w->net.loop_at != 0 || w->net.forged > 0);
		require(w->net.loop_len > 1 || w->net.forged > 0);
		require(r->stop_detail[0] != '\0');
		break;
	case STOP_ERROR:
		require(w->failed_sends >= w->config.attempts);
		break;
	}
	return NULL;
}

/* Whether an end, the target's or a refusal, was known while it ran. */
static bool
end_in_time(const struct world *w)
{
	for (size_t i = 0; i < w->record.nprobes; i++) {
		const struct record_probe *p = &w->record.probes[i];
		if (p->answered && !p->late && p->ttl <= row_end(w) &&
		    (p->addr == w->record.target || p->icmp_type == 3))
			return true;
	}
	return false;
}

/*
 * Below the first sign of an end every TTL is completed, or up to the gap
 * limit when that ended the trace first. Higher ones need not be, when the
 * target answers after a refusal had ended the trace.
 */
static const char *
check_complete(const struct world *w)
{
	int reached = invariant_lowest(&w->record, true);
	int refused = invariant_lowest(&w->record, false);
	int end = reached == 0 || (refused != 0 && refused < reached) ? refused
								      : reached;
	int gap = last_answer(w, false) + w->config.gap;
	if (w->net.loop_at != 0 || w->failed_sends > 0)
		return NULL;
	if (!end_in_time(w) && gap < end)
		end = gap + 1;
	for (int ttl = w->config.first_ttl; ttl < end; ttl++)
		require(settled(w, (uint8_t)ttl));
	return NULL;
}

/* When the first proved answer of an end at this TTL came; far off: never. */
static int64_t
end_known(const struct world *w, bool target, uint8_t ttl)
{
	for (size_t i = 0; i < w->record.nprobes; i++) {
		const struct record_probe *p = &w->record.probes[i];
		if (p->ttl == ttl && p->answered && p->rtt_ns >= 0 &&
		    (p->addr == w->record.target) == target &&
		    (target || p->icmp_type == 3))
			return p->tx_ns + p->rtt_ns;
	}
	return INT64_MAX;
}

/* From when an end is known, nothing leaves for a higher TTL. */
static const char *
check_nothing_above(const struct world *w)
{
	bool target = w->record.stop == STOP_REACHED;
	uint8_t end = invariant_lowest(&w->record, target);
	int64_t known_ns = end_known(w, target, end);
	if (end == 0)
		return NULL;
	for (size_t i = 0; i < w->record.nprobes; i++)
		if (w->record.probes[i].ttl > end)
			require(w->record.probes[i].tx_ns <= known_ns);
	return NULL;
}

/* The gap limit binds every further attempt, the window the volley. */
static const char *
check_loudness(const struct world *w)
{
	const struct trace_config *c = &w->config;
	int gap = last_answer(w, true) + c->gap;
	require(w->volley <= c->window);
	if (c->hint_ttl >= c->first_ttl)
		require(w->volley <= c->hint_ttl + 2 - c->first_ttl);
	for (size_t i = 0; i < w->record.nprobes; i++)
		if (w->record.probes[i].attempt > 1)
			require(w->record.probes[i].ttl <= gap);
	return NULL;
}

static bool
all_answered(const struct record *r)
{
	for (size_t i = 0; i < r->nprobes; i++)
		if (!r->probes[i].answered &&
		    r->probes[i].silent != SILENT_NOT_SENT)
			return false;
	return true;
}

/* Nothing is waited for longer than the longest wait. */
static const char *
check_duration(const struct world *w)
{
	const struct trace_config *c = &w->config;
	int64_t waited_ns = w->settled_ns - w->left_ns;
	int64_t lingered_ns = w->now_ns - w->settled_ns;
	require(waited_ns <= c->wait_ns);
	require(lingered_ns <= c->linger_ns);
	require(lingered_ns == c->linger_ns || all_answered(&w->record));
	require(w->record.duration_us == (w->settled_ns - NS_PER_S) / 1000);
	return NULL;
}

/* Says so where the last word was answered, and only there. */
static const char *
check_detail(const struct world *w)
{
	static const char beyond[] = "beyond the gap limit: ";
	const struct record *r = &w->record;
	bool said = strncmp(r->stop_detail, beyond, sizeof(beyond) - 1) == 0;
	bool answered = record_last_ttl(r) > row_end(w) &&
			record_answer(r, record_last_ttl(r)) != NULL;
	uint8_t reached = invariant_lowest(r, true);
	require(!said || answered);
	if (answered && r->stop == STOP_REACHED)
		require(said == (reached > row_end(w)));
	if (answered && r->stop == STOP_GAP)
		require(said);
	return NULL;
}

/* Every good reply that came in time for the record is in it. */
static const char *
check_nothing_lost(const struct world *w)
{
	size_t both = 0, recorded = 0;
	for (size_t i = 0; i < w->truths; i++) {
		const struct play_reply *r = &w->truth[i].reply;
		both += r->genuine && r->proof == PROOF_BOTH &&
			r->at_ns < w->now_ns;
	}
	for (size_t i = 0; i < w->record.nprobes; i++)
		recorded += w->record.probes[i].proof == PROOF_BOTH;
	require(recorded >= both);
	return NULL;
}

/*
 * A guess that named a probe before it left, once in a million traces: it has
 * one witness and no transmit stamp, and the row of TTLs may have a hole.
 */
static bool
guessed_ahead(const struct world *w)
{
	for (size_t i = 0; i < w->record.nprobes; i++) {
		const struct record_probe *p = &w->record.probes[i];
		if (p->proof == PROOF_ONE && p->tx_ns < 0 &&
		    invariant_source(w, p) == INVARIANT_LUCKY)
			return true;
	}
	return false;
}

const char *
invariant_broken(const struct world *w)
{
	static const char *(*const checks[])(const struct world *) = {
	    check_probes,
	    check_stop,
	    check_complete,
	    check_nothing_lost,
	    check_nothing_above,
	    check_loudness,
	    check_duration,
	    check_detail,
	};
	const struct trace_config *c = &w->config;
	const char *wrong = NULL;
	if (guessed_ahead(w))
		return NULL;
	require(w->asked <= c->attempts * (c->max_ttl - c->first_ttl + 1));
	require(!w->net.inconstant);
	require(w->truths < WORLD_REPLIES && w->events < WORLD_EVENTS);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (wrong == NULL)
			wrong = checks[i](w);
	return wrong;
}
