/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_PLAY_TEXT_H
#define TUMEN_TESTS_PLAY_TEXT_H

#include "tests/sim/play_graph.h"
#include "tests/sim/play_option.h"

enum { TEXT_WORDS = 64, TEXT_TREES = 64, TEXT_WHY = 160 };

/* The routers of a tree at its lowest level. */
struct text_tree {
	char name[PLAY_NAME];
	uint32_t first, n;
};

/* A scenario while it is read: line by line, word by word. */
struct text {
	struct play *play;
	char *why; /* TEXT_WHY bytes */
	unsigned line;
	size_t n;
	char *word[TEXT_WORDS];
	struct play_router router; /* the defaults */
	struct play_link link;
	struct play_hosts hosts;
	struct text_tree tree[TEXT_TREES];
	size_t trees;
};

/* Sets why to "line N: WORD: LEGAL"; false. */
bool text_bad(struct text *t, const char *word, const char *legal);

/* Reads all words from the first one on as options. */
bool text_options(struct text *t, size_t first, const struct option_set *sets);

/* Options of a router (its manner too) and of a link. */
extern const struct play_option text_manner_options[], text_router_options[],
    text_link_options[];

/* By the name at word i, which must be there; PLAY_NONE and why if not. */
uint32_t text_router(struct text *t, size_t i);

/*
 * Adds a router that is like the defaults, a link, a route. PLAY_NONE and why
 * when the name is taken.
 */
uint32_t text_add_router(
    struct text *t, const struct play_router *like, const char *name);
uint32_t text_add_link(
    struct text *t, const struct play_link *like, uint32_t from, uint32_t to);
struct play_route *
text_add_route(struct text *t, uint32_t router, struct prefix prefix);

/* A route over that link alone. */
void text_route_over(
    struct text *t, uint32_t router, struct prefix prefix, uint32_t link);

/* The statements that make many routers: `chain`, `tree`. */
bool text_chain(struct text *t);
bool text_tree(struct text *t);

/* Makes room for one more behind n elements. */
void *text_grow(void *array, uint32_t n, size_t size);

#endif
