/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TUN_QUEUE_H
#define TUMEN_TESTS_TUN_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the log of `tun` consists of: in this order, in the byte order of the
 * machine, without gaps (Python: "=qqqIIHHBBBB"). Times are CLOCK_REALTIME.
 */
struct tun_row {
	int64_t read_ns;    /* when the probe had been read from the device */
	int64_t due_ns;	    /* when the reply had to come; -1: there is none */
	int64_t written_ns; /* just before it was written; -1: it was not */
	uint32_t dst, responder;
	uint16_t ipid, len;	/* of the probe; of the reply, or 0 */
	uint8_t ttl, fate;	/* of the probe; enum play_fate */
	uint8_t genuine, proof; /* of the reply, as play.h has it */
};

/* A reply that waits for its time. */
struct tun_item {
	struct tun_item *next; /* while it is free */
	struct tun_row row;
	bool large;
	size_t len;
	uint8_t bytes[];
};

/* Replies by the time they are due; of equal ones any. */
struct tun_queue;

struct tun_queue *tun_queue_open(void);
void tun_queue_close(struct tun_queue *q);

/* An item with room for len <= 1500 octets; goes back by _push or _free. */
struct tun_item *tun_queue_new(struct tun_queue *q, size_t len);
void tun_queue_free(struct tun_queue *q, struct tun_item *item);

/* Borrows it until _pop() returns it. */
void tun_queue_push(struct tun_queue *q, struct tun_item *item);

/* When the first one is due; INT64_MAX: none waits. */
int64_t tun_queue_due_ns(const struct tun_queue *q);
struct tun_item *tun_queue_pop(struct tun_queue *q);

#endif
