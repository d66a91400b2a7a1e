/* SPDX-License-Identifier: ISC */
#include "analysis/change/side.h"

#include "probe/base/mem.h"
#include "probe/base/rd.h"
#include "probe/base/record_pack.h"

#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static int
order(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int
by_place(const void *a, const void *b)
{
	const struct side_place *p = a, *q = b;
	int first = order(p->target, q->target);
	return first != 0 ? first : strcmp(p->vantage, q->vantage);
}

int
side_order(const struct side_flow *a, const struct side_flow *b)
{
	const struct record *p = &a->head, *q = &b->head;
	int by = order(p->target, q->target);
	if (by == 0)
		by = strcmp(p->vantage, q->vantage);
	if (by == 0)
		by = order(p->method, q->method);
	if (by == 0)
		by = order(p->port, q->port);
	return by != 0 ? by : order(p->flow, q->flow);
}

static int
by_flow(const void *a, const void *b)
{
	return side_order(a, b);
}

/* The TTL - 1 of a sight, and two bits beside it. */
enum { SIGHT_TTL = 0x3f, SIGHT_SURE = 0x80, SIGHT_MORE = 0x40 };
_Static_assert(RECORD_TTL_MAX <= SIGHT_TTL + 1, "a TTL needs its bits");

/* Adds what it does not show yet. */
static void
sights_unpack(const struct side_sights *sights, struct flows *all)
{
	struct rd r = rd_make(sights->p, sights->len);
	while (r.left > 0) {
		uint8_t head = rd_u8(&r);
		uint32_t addr = rd_u32(&r);
		uint8_t i = head & SIGHT_TTL;
		if (head & SIGHT_MORE)
			all->more |= UINT64_C(1) << i;
		flows_add_router(
		    all, (uint8_t)(i + 1), addr, (head & SIGHT_SURE) != 0);
	}
}

static void
sights_pack(const struct flows *all, struct side_sights *sights)
{
	struct wr out = {0};
	for (int i = 0; i < RECORD_TTL_MAX; i++)
		for (int k = 0; k < all->n[i]; k++) {
			bool sure = all->sure[i] >> k & 1;
			bool more = all->more >> i & 1;
			wr_u8(&out, (uint8_t)(i | (sure ? SIGHT_SURE : 0) |
					      (more ? SIGHT_MORE : 0)));
			wr_u32(&out, all->addr[i][k]);
		}
	free(sights->p);
	sights->p =
	    xmemdup(out.p != NULL ? out.p : (const uint8_t *)"", out.len);
	sights->len = out.len;
	wr_free(&out);
}

static uint64_t
distance(int64_t a, int64_t b)
{
	return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

static void
see(struct side_flow *flow, const struct record *r, int64_t near_us)
{
	struct trail t;
	struct flows shown = {0};
	struct side_sights *to = &flow->near;
	int64_t at_us = near_us != 0 ? near_us : INT64_MAX;
	uint64_t old = distance(to->start_us, at_us);
	uint64_t new = distance(r->start_us, at_us);
	/* Of two as near the later one, whatever comes first. */
	if (to->p != NULL &&
	    (old < new || (old == new && to->start_us > r->start_us) ||
		(to->start_us == r->start_us && to->seq > r->seq)))
		return;
	trail_make(&t, r);
	flows_add(&shown, &t);
	sights_pack(&shown, to);
	to->start_us = r->start_us;
	to->seq = r->seq;
}

/* The entry of the tree that equals *key, or one that was made of it. */
static void *
find(void **tree, const void *key, size_t size,
    int (*by)(const void *, const void *), bool *is_new)
{
	void **node = tfind(key, tree, by);
	*is_new = node == NULL;
	if (node != NULL)
		return *node;
	void *made = xcalloc(1, size);
	memcpy(made, key, size);
	if (tsearch(made, tree, by) == NULL)
		abort(); /* out of memory, as everywhere */
	return made;
}

/* What the record that it is a copy of owns. */
static void
forget_owned(struct record *head)
{
	head->probes = NULL;
	head->nprobes = 0;
	head->source = (struct record_source){0};
}

static struct side_place *
place_of(struct side *s, const struct record *r)
{
	bool is_new = false;
	struct side_place key = {.target = r->target};
	memcpy(key.vantage, r->vantage, sizeof(key.vantage));
	return find(&s->place_tree, &key, sizeof(key), by_place, &is_new);
}

static struct side_flow *
flow_of(struct side *s, const struct record *r)
{
	bool is_new = false;
	struct side_flow key = {.head = *r};
	forget_owned(&key.head);
	struct side_flow *flow =
	    find(&s->flow_tree, &key, sizeof(key), by_flow, &is_new);
	if (is_new) {
		flow->place = place_of(s, r);
		flow->next = flow->place->flows;
		flow->place->flows = flow;
	}
	return flow;
}

void
side_see(struct side *s, const struct record *r)
{
	see(flow_of(s, r), r, s->near_us);
}

static bool
is_newer(const struct record *r, const struct record *than)
{
	if (r->start_us != than->start_us)
		return r->start_us > than->start_us;
	return r->seq > than->seq;
}

static bool
keep(struct side_flow *flow, const struct record *r, struct fault *f)
{
	struct wr out = {0};
	struct record again = *r;
	char id[UUID_STRLEN];
	uint8_t uuid[UUID_LEN];
	forget_owned(&again);
	record_pack(r, &out);
	bool ok = record_unpack(out.p, out.len, &again);
	record_clear(&again);
	if (!ok) {
		wr_free(&out);
		record_id(r, uuid);
		return fault_set(f, EX_DATAERR,
		    "trace %s: no probes that a trace can have",
		    uuid_format(uuid, id));
	}
	free(flow->packed);
	flow->packed = xmemdup(out.p, out.len);
	flow->len = out.len;
	wr_free(&out);
	flow->head = *r;
	forget_owned(&flow->head);
	return true;
}

bool
side_add(struct side *s, const struct record *r, struct fault *f)
{
	struct side_flow *flow = flow_of(s, r);
	bool first = flow->traces++ == 0;
	s->n += first;
	s->ntraces++;
	see(flow, r, s->near_us);
	return (!first && !is_newer(r, &flow->head)) || keep(flow, r, f);
}

struct list {
	struct side_flow **flow;
	size_t n;
};

static void
collect(const void *node, VISIT visit, void *closure)
{
	struct list *list = closure;
	struct side_flow *flow = *(struct side_flow *const *)node;
	if ((visit == postorder || visit == leaf) && flow->traces > 0)
		list->flow[list->n++] = flow;
}

void
side_sort(struct side *s)
{
	struct list list = {
	    .flow = xcalloc(s->n + 1, sizeof(struct side_flow *))};
	twalk_r(s->flow_tree, collect, &list);
	free(s->flow);
	s->flow = list.flow;
}

static void
free_place(void *entry)
{
	struct side_place *place = entry;
	free(place->all.p);
	free(place);
}

static void
free_flow(void *entry)
{
	struct side_flow *flow = entry;
	free(flow->near.p);
	free(flow->packed);
	free(flow);
}

void
side_close(struct side *s)
{
	tdestroy(s->flow_tree, free_flow);
	tdestroy(s->place_tree, free_place);
	free(s->flow);
	*s = (struct side){0};
}

void
side_record(const struct side_flow *flow, struct record *r)
{
	*r = flow->head;
	record_unpack(flow->packed, flow->len, r);
}

/* The same for all flows of a place, so it is put together once. */
void
side_flows(const struct side_flow *flow, struct flows *all)
{
	struct side_place *place = flow->place;
	*all = (struct flows){0};
	if (place->all.p != NULL) {
		sights_unpack(&place->all, all);
		return;
	}
	for (const struct side_flow *one = place->flows; one; one = one->next)
		if (one->near.p != NULL)
			sights_unpack(&one->near, all);
	sights_pack(all, &place->all);
}
