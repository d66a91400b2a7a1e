/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_INFER_SCENE_H
#define TUMEN_TESTS_INFER_SCENE_H

#include "analysis/infer/scene.h"
#include "analysis/origin/origin_ases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Random scenes, of which all that a weight looks at is drawn. */

static inline uint64_t
infer_draw(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x >> 11;
}

static const struct carrier_row infer_rows[] = {
    {101, CARRIER_TRANSIT, false, "one"}, {102, CARRIER_FRONT, false, "two"},
    {103, CARRIER_TRANSIT, true, "three"}};

static inline void
infer_relations_draw(struct scene *s, uint64_t *x)
{
	static const uint8_t mirror[] = {ORIGIN_UNRELATED, ORIGIN_CUSTOMER,
	    ORIGIN_PROVIDER, ORIGIN_PEER, ORIGIN_ADJACENT};
	s->related = infer_draw(x) % 4 > 0;
	s->home_related = s->related && infer_draw(x) % 2;
	for (size_t a = 0; a < s->nas; a++)
		s->neighbours[a] = 0;
	for (size_t a = 0; a < s->nas; a++)
		for (size_t b = 0; b <= a; b++) {
			uint8_t kind = a == b || !s->related
					   ? 0
					   : (uint8_t)(infer_draw(x) % 5);
			s->relation[a][b] = kind;
			s->relation[b][a] = mirror[kind];
			if (kind > 0) {
				s->neighbours[a] |= 1u << b;
				s->neighbours[b] |= 1u << a;
			}
		}
}

static inline void
infer_spot_draw(struct scene *s, size_t t, uint64_t *x)
{
	struct spot *spot = &s->spot[t];
	*spot = (struct spot){.ttl = (uint8_t)(t + 1),
	    .probed = infer_draw(x) % 8 > 0,
	    .again = t > 0 && infer_draw(x) % 8 == 0,
	    .shared = infer_draw(x) % 4 == 0};
	spot->n = spot->probed ? infer_draw(x) % 3 : 0;
	for (size_t i = 0; i < spot->n; i++) {
		struct sight *sight = &spot->sight[i];
		sight->kind = (enum sight_kind)(infer_draw(x) % SIGHT_TARGET);
		sight->proof = infer_draw(x) % 4 ? PROOF_BOTH : PROOF_ONE;
		uint64_t half = infer_draw(x);
		sight->of = (uint32_t)(half & infer_draw(x)) &
			    ((1u << s->nas) - 1) & ~(1u << SCENE_UNKNOWN);
		sight->near = (uint32_t)infer_draw(x);
	}
	spot->reputes = spot->n > 0 && infer_draw(x) % 2 ? 3 : 0;
	for (size_t k = 0; k < s->nas; k++)
		spot->repute[k] = spot->reputes * (float)(infer_draw(x) % 4) /
				  (float)(3 * s->nas);
}

/* The scene of zeros, or one that was drawn before, becomes another one. */
static inline void
infer_scene_draw(struct scene *s, size_t nas, size_t nspots, uint64_t *x)
{
	s->model = model_default();
	s->nas = nas;
	s->nspots = nspots;
	s->reached = infer_draw(x) % 2;
	s->answers = (uint32_t)infer_draw(x);
	for (size_t k = 0; k < s->nas; k++) {
		s->asn[k] = k == SCENE_UNKNOWN ? 0 : 99 + (uint32_t)k;
		s->class[k] = NULL;
		for (size_t i = 0; i < 3; i++)
			if (infer_rows[i].asn == s->asn[k])
				s->class[k] = &infer_rows[i];
	}
	infer_relations_draw(s, x);
	s->upstreams = infer_draw(x) % 2
			   ? (uint32_t)infer_draw(x) & ((1u << s->nas) - 4)
			   : 0;
	s->routed = s->upstreams != 0;
	s->rtt = (struct rtt_pair){
	    .here_ns = infer_draw(x) % 2 ? 1 : -1, .other_ns = 1};
	for (size_t t = 0; t < s->nspots; t++)
		infer_spot_draw(s, t, x);
	if (s->reached) {
		struct spot *last = &s->spot[s->nspots - 1];
		last->probed = true;
		last->n = 1;
		last->sight[0].kind = SIGHT_TARGET;
		last->sight[0].of = 1u << SCENE_HOME;
		last->reputes = 0;
	}
	s->voted = infer_draw(x) % 2;
	for (size_t a = 0; a < s->nas; a++) {
		s->habits[a] = 2;
		for (size_t b = 0; b < s->nas; b++)
			s->habit[a][b] = 2.0f / (float)s->nas;
	}
}

#endif
