/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/atlas_result.h"

#include "probe/base/digits.h"
#include "probe/base/record_reply.h"

#include <stdlib.h>
#include <string.h>

enum { US = 1000000 };

/* --- what an answer was --------------------------------------------------- */

static void
set_icmp(struct record_probe *p, int type, int code)
{
	p->icmp_type = (int16_t)type;
	p->icmp_code = (int16_t)code;
}

/*
 * Without "err" and "flags" it was a time exceeded, or of the target what the
 * probes are to bring about there: an echo reply, or a port unreachable (for
 * which the probe writes no "err" but with ICMP). An echo reply quotes nothing.
 */
static void
set_kind(
    struct record_probe *p, const struct record *r, const struct atlas_item *i)
{
	bool target = p->addr == r->target;
	if (p->tcp_flags >= 0 || p->icmp_type >= 0)
		return;
	if (!target || (r->method == METHOD_ICMP && i->quotes))
		set_icmp(p, ICMP_T_TIME_EXCEEDED, 0);
	else if (r->method == METHOD_ICMP)
		set_icmp(p, ICMP_T_ECHO_REPLY, 0);
	else
		set_icmp(p, ICMP_T_UNREACHABLE, ICMP_C_PORT);
}

/* "ittl" is left out when it is 1; firmware 1 knows nothing of it. */
static void
set_quoted(struct record_probe *p, const struct atlas_result *a)
{
	if (p->icmp_type > ICMP_T_ECHO_REPLY && p->quoted_ttl < 0 &&
	    !a->printed)
		p->quoted_ttl = 1;
}

static void
unanswer(struct record_probe *p)
{
	struct record_probe no = record_unanswered(p->ttl, p->attempt);
	free(p->ext.p);
	no.silent = p->silent == 0 ? SILENT_UNKNOWN : p->silent;
	*p = no;
}

static void
finish_answer(struct record_probe *p, const struct record *r,
    const struct atlas_result *a, const struct atlas_item *i)
{
	if (!p->answered) {
		unanswer(p);
		return;
	}
	p->proof = PROOF_UNTOLD;
	p->silent = 0;
	p->late = i->late > 0;
	if (p->late) /* the firmware counts from the last probe */
		p->rtt_ns = -1;
	set_kind(p, r, i);
	set_quoted(p, a);
}

/* --- whose answer it was -------------------------------------------------- */

struct sent {
	size_t n;
	uint16_t item[RECORD_PROBES_MAX]; /* of each probe sent, in order */
};

static bool
is_own(const struct atlas_item *i)
{
	return i->late == 0 && !i->dup;
}

/* Numbers the probes of each TTL in the order in which they were sent. */
static bool
number(struct json_read *in, struct record *r, const struct atlas_result *a,
    struct sent *sent)
{
	int attempt = 0, place = -1;
	sent->n = 0;
	for (size_t i = 0; i < r->nprobes; i++) {
		const struct atlas_item *item = &a->item[i];
		if (item->place != place)
			attempt = 0;
		place = item->place;
		if (!is_own(item))
			continue;
		if (++attempt > RECORD_ATTEMPT_TOP) {
			json_read_bad(in, "hop %d: more than %d probes",
			    item->hop, RECORD_ATTEMPT_TOP);
			return false;
		}
		r->probes[i].attempt = (uint8_t)attempt;
		sent->item[sent->n++] = (uint16_t)i;
	}
	return true;
}

/*
 * The probe that was the last one sent when item i arrived, as its number in
 * sent; before is how many of them stand before i. A probe's item is written
 * when it is answered or given up: so it is the next one of that hop, or, while
 * the probe waits for duplicates of the last one, that one.
 */
static int
latest(
    const struct record *r, const struct atlas_result *a, size_t i, int before)
{
	for (size_t k = i + 1;
	     k < r->nprobes && a->item[k].place == a->item[i].place; k++)
		if (is_own(&a->item[k]))
			return before;
	return before - 1;
}

/* Gives item i as one more answer to the probe of item to. */
static void
give(struct json_read *in, struct record *r, struct atlas_result *a, size_t i,
    size_t to)
{
	struct record_probe *p = &r->probes[i], *own = &r->probes[to];
	a->item[i].hop = a->item[to].hop;
	p->ttl = own->ttl;
	p->attempt = own->attempt;
	if (!p->answered) {
		a->item[i].gone = true;
		return;
	}
	if (!own->answered)
		a->item[to].gone = true;
	if (a->item[to].replies > UINT8_MAX)
		json_read_bad(in, "hop %d: more than 256 replies to a probe",
		    a->item[to].hop);
	p->reply_no = (uint8_t)a->item[to].replies++;
}

static void
place(struct json_read *in, struct record *r, struct atlas_result *a,
    const struct sent *sent)
{
	int before = 0;
	for (size_t i = 0; i < r->nprobes; i++) {
		struct atlas_item *item = &a->item[i];
		if (is_own(item)) {
			item->replies = r->probes[i].answered ? 1 : 0;
			before++;
			continue;
		}
		int to = item->dup && item->late == 0
			     ? before - 1
			     : latest(r, a, i, before) - item->late;
		if (to < 0)
			item->gone = true;
		else
			give(in, r, a, i, sent->item[to]);
	}
}

void
atlas_leave_out(struct record *r, const struct atlas_result *a)
{
	size_t kept = 0;
	for (size_t i = 0; i < r->nprobes; i++) {
		if (a->item[i].gone)
			free(r->probes[i].ext.p);
		else if (kept++ != i)
			r->probes[kept - 1] = r->probes[i];
	}
	r->nprobes = kept;
}

static void
leave_out_far(struct record *r, struct atlas_result *a)
{
	for (size_t i = 0; i < r->nprobes; i++)
		if (a->item[i].hop > RECORD_TTL_MAX)
			a->item[i].gone = true;
	atlas_leave_out(r, a);
}

/* --- the trace ------------------------------------------------------------ */

static void
fact_word(struct foreign *f, const char *name, const struct json_word *w)
{
	if (!w->escaped && w->len <= FACT_VALUE_MAX) /* else no address */
		foreign_fact_octets(f, name, w->p, w->len);
}

static void
fact_number(struct foreign *f, const char *name, int64_t v)
{
	char text[DIGITS_MAX];
	if (v >= 0)
		foreign_fact_octets(f, name, text,
		    (size_t)(digits_u64(text, (uint64_t)v) - text));
}

static void
facts(struct foreign *f, const struct atlas_result *a)
{
	foreign_fact(f, "platform", "ripe-atlas");
	fact_number(f, "probe", a->prb_id);
	fact_word(f, "address", &a->from);
	fact_word(f, "local-address", &a->src);
	fact_number(f, "firmware", a->fw);
	fact_number(f, "measurement", a->msm_id);
}

/* "name 17", or "name -1" where the result has none. */
static char *
add(char *p, const char *name, int64_t v)
{
	p = stpcpy(p, name);
	if (v < 0)
		*p++ = '-';
	return digits_u64(p, (uint64_t)(v < 0 ? -v : v));
}

static void
head(struct foreign *f, struct record *r, struct atlas_result *a)
{
	char name[DIGITS_MAX + 1];
	*digits_u64(name, (uint64_t)a->prb_id) = '\0';
	foreign_vantage(f, "atlas", name);
	memcpy(r->vantage, f->vantage, sizeof(r->vantage));
	r->target = a->target;
	r->method = a->method == 0 ? METHOD_UDP : a->method;
	r->flow = a->paris_id < 0 ? 0 : (uint32_t)a->paris_id;
	atlas_addr(&a->src, &r->src);
	r->start_us = a->timestamp * US;
	r->duration_us = -1;
	if (a->endtime >= a->timestamp)
		r->duration_us = (a->endtime - a->timestamp) * US;
	else if (a->endtime >= 0)
		a->backwards = true;
	r->clock_step = a->backwards;
	if (a->fw < 0)
		memcpy(r->tool, "ripe-atlas", sizeof("ripe-atlas"));
	else
		*add(r->tool, "ripe-atlas ", a->fw) = '\0';
}

static void
end(struct json_read *in, struct foreign *f, struct record *r,
    const struct atlas_result *a)
{
	char identity[160], *p = identity;
	p = add(p, "msm_id ", a->msm_id);
	p = add(p, "\nprb_id ", a->prb_id);
	p = add(p, "\ntimestamp ", a->timestamp);
	p = add(p, "\nparis_id ", a->paris_id);
	*p = '\0';
	foreign_end(f, r, identity, in);
}

void
atlas_trace(struct json_read *in, struct foreign *f, struct atlas_result *a)
{
	struct record *r = &f->record[f->n - 1];
	struct sent sent;
	head(f, r, a);
	facts(f, a);
	for (size_t i = 0; i < r->nprobes; i++)
		finish_answer(&r->probes[i], r, a, &a->item[i]);
	if (!number(in, r, a, &sent))
		return;
	place(in, r, a, &sent);
	atlas_stop(r, a);
	leave_out_far(r, a);
	if (json_read_ok(in))
		end(in, f, r, a);
}
