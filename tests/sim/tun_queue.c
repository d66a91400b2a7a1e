/* SPDX-License-Identifier: ISC */
#include "tests/sim/tun_queue.h"

#include "probe/base/mem.h"

#include <assert.h>
#include <stdlib.h>

_Static_assert(sizeof(struct tun_row) == 40, "a row has no gaps");

/*
 * A heap of four children a node: pushes of times that mostly grow cost next
 * to nothing, and a pop touches half as many lines as with two.
 */
enum { WAYS = 4, SMALL = 192, LARGE = 1500, SLAB = 512, SLABS = 1 << 16 };

struct waiting {
	int64_t due_ns;
	struct tun_item *item;
};

struct tun_queue {
	struct waiting *heap;
	size_t n, room;
	struct tun_item *spare[2]; /* small, large */
	void *slab[SLABS];
	size_t slabs;
};

struct tun_queue *
tun_queue_open(void)
{
	return xcalloc(1, sizeof(struct tun_queue));
}

void
tun_queue_close(struct tun_queue *q)
{
	if (q == NULL)
		return;
	for (size_t i = 0; i < q->slabs; i++)
		free(q->slab[i]);
	free(q->heap);
	free(q);
}

static void
more(struct tun_queue *q, bool large)
{
	size_t room = large ? LARGE : SMALL;
	size_t size = (sizeof(struct tun_item) + room + 63) / 64 * 64;
	assert(q->slabs < SLABS);
	char *slab = xcalloc(SLAB, size);
	q->slab[q->slabs++] = slab;
	for (size_t i = 0; i < SLAB; i++) {
		struct tun_item *item = (void *)(slab + i * size);
		item->large = large;
		tun_queue_free(q, item);
	}
}

struct tun_item *
tun_queue_new(struct tun_queue *q, size_t len)
{
	bool large = len > SMALL;
	if (q->spare[large] == NULL)
		more(q, large);
	struct tun_item *item = q->spare[large];
	q->spare[large] = item->next;
	item->len = len;
	return item;
}

void
tun_queue_free(struct tun_queue *q, struct tun_item *item)
{
	item->next = q->spare[item->large];
	q->spare[item->large] = item;
}

void
tun_queue_push(struct tun_queue *q, struct tun_item *item)
{
	struct waiting w = {item->row.due_ns, item};
	if (q->n == q->room) {
		q->room = q->room == 0 ? 1024 : q->room * 2;
		q->heap = xreallocarray(q->heap, q->room, sizeof(q->heap[0]));
	}
	size_t i = q->n++;
	while (i > 0 && q->heap[(i - 1) / WAYS].due_ns > w.due_ns) {
		q->heap[i] = q->heap[(i - 1) / WAYS];
		i = (i - 1) / WAYS;
	}
	q->heap[i] = w;
}

int64_t
tun_queue_due_ns(const struct tun_queue *q)
{
	return q->n == 0 ? INT64_MAX : q->heap[0].due_ns;
}

static size_t
earliest_child(const struct tun_queue *q, size_t i)
{
	size_t first = i * WAYS + 1, best = first;
	size_t end = first + WAYS < q->n ? first + WAYS : q->n;
	for (size_t c = first + 1; c < end; c++)
		if (q->heap[c].due_ns < q->heap[best].due_ns)
			best = c;
	return best;
}

struct tun_item *
tun_queue_pop(struct tun_queue *q)
{
	assert(q->n > 0);
	struct tun_item *item = q->heap[0].item;
	struct waiting last = q->heap[--q->n];
	size_t i = 0;
	while (i * WAYS + 1 < q->n) {
		size_t c = earliest_child(q, i);
		if (q->heap[c].due_ns >= last.due_ns)
			break;
		q->heap[i] = q->heap[c];
		i = c;
	}
	if (q->n > 0)
		q->heap[i] = last;
	return item;
}
