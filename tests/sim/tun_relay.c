/* SPDX-License-Identifier: ISC */
#include "tests/sim/tun_relay.h"

#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "tests/sim/play_bytes.h"
#include "tests/sim/tun_queue.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	READS = 16,	  /* probes between two looks at what is due */
	SPIN_NS = 100000, /* a sleep may take so much longer than asked */
	TURNS = 512,	  /* between two looks at the child */
	ROWS = 65536,
};

/* Rows stay in memory until the end: a disk would be in the way. */
struct page {
	struct page *next;
	size_t n;
	struct tun_row row[ROWS];
};

struct state {
	struct tun_relay *relay;
	struct tun_queue *queue;
	struct page *first, *last;
	int64_t now_ns; /* never falls */
	struct play_reply out[PLAY_REPLIES];
	uint8_t packet[PLAY_PACKET];
};

static int64_t
look(struct state *s)
{
	int64_t now_ns = wall_now().ns;
	s->now_ns = now_ns > s->now_ns ? now_ns : s->now_ns;
	return s->now_ns;
}

static void
note(struct state *s, const struct tun_row *row)
{
	if (s->relay->log == NULL)
		return;
	if (s->last == NULL || s->last->n == ROWS) {
		struct page *page = xcalloc(1, sizeof(*page));
		*(s->last == NULL ? &s->first : &s->last->next) = page;
		s->last = page;
	}
	s->last->row[s->last->n++] = *row;
}

static int
write_log(struct state *s)
{
	FILE *f = s->relay->log;
	for (struct page *p = s->first, *next; p != NULL; p = next) {
		next = p->next;
		if (fwrite(p->row, sizeof(p->row[0]), p->n, f) != p->n)
			return -EIO;
		free(p);
		s->first = next;
	}
	return f != NULL && fflush(f) != 0 ? -EIO : 0;
}

static void
reply(struct state *s, const struct tun_row *probe, size_t i)
{
	const struct play_reply *r = &s->out[i];
	struct tun_item *item = tun_queue_new(s->queue, r->len);
	memcpy(item->bytes, r->bytes, r->len);
	item->row = *probe;
	item->row.due_ns = r->at_ns;
	item->row.responder = r->addr;
	item->row.genuine = r->genuine;
	item->row.proof = (uint8_t)r->proof;
	item->row.len = (uint16_t)r->len;
	tun_queue_push(s->queue, item);
}

static void
probe(struct state *s, size_t len)
{
	struct tun_row row = {
	    .read_ns = look(s), .due_ns = -1, .written_ns = -1};
	s->relay->in++;
	if (len < QUOTE || s->packet[0] >> 4 != 4) {
		s->relay->foreign++;
		return;
	}
	size_t n =
	    play_send(s->relay->play, s->packet, len, row.read_ns, s->out);
	row.dst = get32(s->packet + 16);
	row.ipid = get16(s->packet + 4);
	row.ttl = s->packet[8];
	row.fate = (uint8_t)play_fate(s->relay->play, &row.responder);
	if (n == 0)
		note(s, &row);
	for (size_t i = 0; i < n; i++)
		reply(s, &row, i);
}

/* Whether there was anything to read. */
static int
read_probes(struct state *s)
{
	int n = 0;
	while (n < READS) {
		ssize_t len = read(s->relay->fd, s->packet, sizeof(s->packet));
		if (len == -1)
			return errno == EAGAIN || errno == EINTR ? n : -errno;
		probe(s, (size_t)len);
		n++;
	}
	return n;
}

static void
write_due(struct state *s)
{
	struct tun_relay *r = s->relay;
	if (tun_queue_due_ns(s->queue) > s->now_ns)
		return;
	int64_t until_ns = s->now_ns;
	while (tun_queue_due_ns(s->queue) <= until_ns) {
		struct tun_item *item = tun_queue_pop(s->queue);
		item->row.written_ns = look(s);
		tun_late_add(&r->late, item->row.written_ns - item->row.due_ns);
		ssize_t len = write(r->fd, item->bytes, item->len);
		if (len == -1)
			item->row.written_ns = -1;
		r->refused += len == -1;
		r->out += len != -1;
		note(s, &item->row);
		tun_queue_free(s->queue, item);
	}
}

/* Sleeps until a packet or the child's end, or until shortly before `due`. */
static int
rest(struct state *s)
{
	struct pollfd fd[] = {{.fd = s->relay->fd, .events = POLLIN},
	    {.fd = s->relay->pidfd, .events = POLLIN}};
	struct timespec wait = {.tv_sec = 1};
	int64_t left_ns = tun_queue_due_ns(s->queue) - look(s) - SPIN_NS;
	if (s->relay->busy || left_ns <= 0)
		wait = (struct timespec){0};
	else if (left_ns < NS_PER_S)
		wait = (struct timespec){.tv_nsec = left_ns};
	if (ppoll(fd, 2, &wait, NULL) == -1)
		return errno == EINTR ? 1 : -errno;
	return fd[1].revents == 0;
}

/* One turn; 1 to go on, 0 at the end, -errno. */
static int
turn(struct state *s, unsigned *turns)
{
	look(s);
	write_due(s);
	int n = read_probes(s);
	if (n < 0)
		return n;
	bool idle = n == 0;
	bool soon = tun_queue_due_ns(s->queue) - s->now_ns < SPIN_NS;
	if ((idle && !soon && !s->relay->busy) || ++*turns % TURNS == 0)
		return rest(s);
	return 1;
}

int
tun_relay_run(struct tun_relay *r)
{
	struct state *s = xcalloc(1, sizeof(*s));
	unsigned turns = 0;
	int more = 1;
	s->relay = r;
	s->queue = tun_queue_open();
	while (more == 1)
		more = turn(s, &turns);
	int logged = write_log(s);
	tun_queue_close(s->queue);
	free(s);
	return more < 0 ? more : logged;
}
