/* SPDX-License-Identifier: ISC */
#include "tests/sim/play.h"

#include "tests/sim/play_bytes.h"
#include "tests/sim/play_reply.h"
#include "tests/sim/play_table.h"
#include "tests/sim/play_twist.h"
#include "tests/sim/play_walk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 4 << 20, IP_FRAGMENT = 0x3fff };

struct play *
play_load(const char *path, uint64_t seed, char why[static 160])
{
	FILE *f = fopen(path, "r");
	if (f == NULL) {
		snprintf(why, 160, "%.100s: %s", path, strerror(errno));
		return NULL;
	}
	char *text = calloc(1, TEXT_MAX + 1);
	size_t n = text == NULL ? 0 : fread(text, 1, TEXT_MAX, f);
	bool whole = text != NULL && n < TEXT_MAX && !ferror(f);
	fclose(f);
	struct play *p = NULL;
	if (whole)
		p = play_parse(text, seed, why);
	else
		snprintf(why, 160, "%.100s: cannot be read", path);
	free(text);
	return p;
}

void
play_close(struct play *p)
{
	if (p == NULL)
		return;
	free(p->router);
	free(p->link);
	free(p->route);
	free(p->hosts);
	free(p->deny);
	free(p->span);
	free(p->next);
	free(p->share);
	free(p->slot);
	free(p->flow);
	free(p);
}

uint32_t
play_source(const struct play *p)
{
	return p->source;
}

/* A whole IPv4 packet from the source, that is no fragment. */
static bool
is_probe(const struct play *p, const uint8_t *b, size_t len)
{
	return len >= QUOTE && b[0] == 0x45 && get16(b + 2) <= len &&
	       get16(b + 2) >= QUOTE && get16(b + 2) <= PLAY_PACKET &&
	       get32(b + 12) == p->source && (get16(b + 6) & IP_FRAGMENT) == 0;
}

static bool
chance(struct play *p, uint32_t per_million)
{
	return per_million > 0 && random_chance(&p->random, per_million);
}

/* Takes a token, if there is one. */
static bool
token(struct play_bucket *b, int64_t at_ns)
{
	if (b->interval_ns == 0)
		return true;
	int64_t full_ns = b->full_ns > at_ns ? b->full_ns : at_ns;
	if (full_ns - at_ns > (b->burst - 1) * b->interval_ns)
		return false;
	b->full_ns = full_ns + b->interval_ns;
	return true;
}

/* Why the responder keeps to itself what it would have said. */
static enum play_fate
withheld(struct play *p, struct play_manner *m, int64_t at_ns)
{
	if (m->silent)
		return PLAY_SILENT;
	if (chance(p, m->loss))
		return PLAY_LOST;
	return token(&m->bucket, at_ns) ? PLAY_ANSWERED : PLAY_RATE_LIMITED;
}

/* A router's or host's answer, as far as it gets. */
static enum play_fate
respond(struct play *p, const struct play_walk *w, int64_t now_ns,
    struct play_reply *r)
{
	struct play_router *router =
	    w->hosts == NULL ? &p->router[w->node] : NULL;
	struct play_manner *m = router != NULL
				    ? &router->manner
				    : &p->hosts[w->hosts - p->hosts].manner;
	if (w->lost)
		return PLAY_LOST;
	if (!play_reply_make(p, w, r))
		return PLAY_SILENT;
	if (router != NULL)
		router->asked++;
	enum play_fate fate = withheld(p, m, now_ns + w->out_ns);
	if (fate != PLAY_ANSWERED)
		return fate;
	if (router != NULL)
		router->answered++;
	r->at_ns = now_ns + w->out_ns + w->back_ns;
	if (chance(p, m->late.chance))
		r->at_ns +=
		    random_range(&p->random, m->late.lo_ns, m->late.hi_ns);
	/* a firewall that keeps errors out lets the target's own word pass */
	if (w->denied_back && r->icmp_type > 0)
		return PLAY_FILTERED;
	return w->lost_back ? PLAY_LOST : PLAY_ANSWERED;
}

static enum play_fate
outcome(struct play *p, const struct play_walk *w, int64_t now_ns,
    struct play_reply *r)
{
	p->responder = 0;
	if (w->end == WALK_NOWHERE)
		return w->lost ? PLAY_LOST : PLAY_NOBODY;
	if (w->end == WALK_DENIED)
		return w->lost ? PLAY_LOST : PLAY_FILTERED;
	p->responder = play_walk_addr(p, w);
	return respond(p, w, now_ns, r);
}

size_t
play_send(struct play *p, const uint8_t *probe, size_t len, int64_t now_ns,
    struct play_reply out[static PLAY_REPLIES])
{
	p->fate = PLAY_NOBODY;
	p->responder = 0;
	if (!is_probe(p, probe, len))
		return 0;
	struct play_walk w = {.probe = probe,
	    .len = get16(probe + 2),
	    .random = &p->random,
	    .ttl = probe[8]};
	play_walk(p, &w);
	p->fate = outcome(p, &w, now_ns, &out[0]);
	size_t n = p->fate == PLAY_ANSWERED;
	uint32_t duplicate = w.hosts != NULL
				 ? w.hosts->manner.duplicate
				 : p->router[w.node].manner.duplicate;
	if (n > 0 && chance(p, duplicate))
		n = play_twist_copy(p, n, out);
	return play_twist(p, &w, now_ns, n, out);
}

enum play_fate
play_fate(const struct play *p, uint32_t *responder)
{
	*responder = p->responder;
	return p->fate;
}

uint32_t
play_truth(const struct play *p, const uint8_t *probe, size_t len, uint8_t ttl)
{
	struct random random = p->random;
	struct play_walk w = {.probe = probe,
	    .len = len,
	    .ideal = true,
	    .random = &random,
	    .ttl = ttl};
	if (!is_probe(p, probe, len))
		return 0;
	/* an ideal walk changes nothing */
	play_walk((struct play *)(uintptr_t)p, &w);
	if (w.end == WALK_NOWHERE || w.end == WALK_DENIED)
		return 0;
	return play_walk_addr(p, &w);
}

bool
play_inconstant(const struct play *p)
{
	return p->inconstant;
}

bool
play_count(const struct play *p, const char *router, uint64_t *answered,
    uint64_t *asked)
{
	uint32_t r = play_router(p, router);
	if (r == PLAY_NONE)
		return false;
	*answered = p->router[r].answered;
	*asked = p->router[r].asked;
	return true;
}

const char *
play_name(const struct play *p, size_t i)
{
	return i < p->routers ? p->router[i].name : NULL;
}
