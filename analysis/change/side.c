/* SPDX-License-Identifier: ISC */
#include "analysis/change/side.h"

#include "probe/base/mem.h"
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

/* n of each TTL, then the addresses of all, packed without gaps. */
static void
sights_unpack(const uint8_t *sights, struct flows *all)
{
	*all = (struct flows){0};
	if (sights == NULL)
		return;
	memcpy(all->n, sights, sizeof(all->n));
	sights += sizeof(all->n);
	for (int i = 0; i < RECORD_TTL_MAX; i++) {
		size_t len = all->n[i] * sizeof(all->addr[i][0]);
		memcpy(all->addr[i], sights, len);
		sights += len;
	}
}

static size_t
sights_count(const uint8_t *n)
{
	size_t sum = 0;
	for (int i = 0; i < RECORD_TTL_MAX; i++)
		sum += n[i];
	return sum;
}

static uint8_t *
sights_pack(const struct flows *all)
{
	size_t sum = sights_count(all->n);
	uint8_t *sights =
	    xcalloc(1, sizeof(all->n) + sum * sizeof(all->addr[0][0]));
	uint8_t *to = sights + sizeof(all->n);
	memcpy(sights, all->n, sizeof(all->n));
	for (int i = 0; i < RECORD_TTL_MAX; i++) {
		size_t len = all->n[i] * sizeof(all->addr[i][0]);
		memcpy(to, all->addr[i], len);
		to += len;
	}
	return sights;
}

/* Most traces show nothing new. */
static void
see(struct side_place *place, const struct record *r)
{
	struct trail t;
	struct flows all;
	trail_make(&t, r);
	sights_unpack(place->sights, &all);
	flows_add(&all, &t);
	if (place->sights != NULL &&
	    sights_count(all.n) == sights_count(place->sights))
		return;
	free(place->sights);
	place->sights = sights_pack(&all);
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

static struct side_place *
see_place(struct side *s, const struct record *r)
{
	bool is_new = false;
	struct side_place key = {.target = r->target};
	memcpy(key.vantage, r->vantage, sizeof(key.vantage));
	struct side_place *place =
	    find(&s->place_tree, &key, sizeof(key), by_place, &is_new);
	see(place, r);
	return place;
}

void
side_see(struct side *s, const struct record *r)
{
	see_place(s, r);
}

static bool
is_newer(const struct record *r, const struct record *than)
{
	if (r->start_us != than->start_us)
		return r->start_us > than->start_us;
	return r->seq > than->seq;
}

static void
forget_probes(struct record *head)
{
	head->probes = NULL;
	head->nprobes = 0;
}

static bool
keep(struct side_flow *flow, const struct record *r, struct fault *f)
{
	struct wr out = {0};
	struct record again = *r;
	char id[UUID_STRLEN];
	uint8_t uuid[UUID_LEN];
	forget_probes(&again);
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
	forget_probes(&flow->head);
	return true;
}

bool
side_add(struct side *s, const struct record *r, struct fault *f)
{
	bool is_new = false;
	struct side_flow key = {.head = *r};
	forget_probes(&key.head);
	struct side_flow *flow =
	    find(&s->flow_tree, &key, sizeof(key), by_flow, &is_new);
	flow->place = see_place(s, r);
	flow->traces++;
	s->n += is_new;
	s->ntraces++;
	if (!is_new && !is_newer(r, &flow->head))
		return true;
	return keep(flow, r, f);
}

struct list {
	struct side_flow **flow;
	size_t n;
};

static void
collect(const void *node, VISIT visit, void *closure)
{
	struct list *list = closure;
	if (visit == postorder || visit == leaf)
		list->flow[list->n++] = *(struct side_flow *const *)node;
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
	free(place->sights);
	free(place);
}

static void
free_flow(void *entry)
{
	struct side_flow *flow = entry;
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

void
side_flows(const struct side_flow *flow, struct flows *all)
{
	sights_unpack(flow->place->sights, all);
}
