/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_PLAY_OPTION_H
#define TUMEN_TESTS_PLAY_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The words `name` and `name=value` behind a statement of a scenario. */
enum option_kind {
	OPTION_FLAG,	/* bool; no value */
	OPTION_CHANCE,	/* uint32_t per million, from "0.5%" */
	OPTION_TIME,	/* int64_t ns, from "5ms" */
	OPTION_ADDR,	/* uint32_t */
	OPTION_NUMBER,	/* int16_t, lo..hi */
	OPTION_RATE,	/* int64_t ns from one to the next, from "500/s" */
	OPTION_DELAY,	/* struct play_delay, from "10%:1s-4s" or "10%:2s" */
	OPTION_QUOTE,	/* uint16_t octets, lo..hi, or "long" */
	OPTION_CHOICE,	/* uint8_t: which of choices; no value means lo */
	OPTION_SET,	/* uint16_t: bits, one for each of choices */
	OPTION_WEIGHTS, /* struct option_weights */
};

enum { OPTION_WEIGHTS_MAX = 128, OPTION_WHY = 144 };

struct option_weights {
	uint32_t n, weight[OPTION_WEIGHTS_MAX];
};

struct play_option {
	const char *name; /* NULL ends a table */
	enum option_kind kind;
	size_t at; /* offset in what is set */
	int lo, hi;
	const char *choices; /* "a|b|c" */
};

/* One table and what its offsets are into. */
struct option_set {
	const struct play_option *table;
	void *into;
};

/*
 * Sets what the word says, in the first set that knows its name. False, and
 * the word and what would have been legal in why, when it is wrong. A set
 * without a table ends the array.
 */
bool option_parse(const struct option_set *sets, const char *word,
    char why[static OPTION_WHY]);

/* Whole words: "500us" to ns; "2.5%" to parts of a million; which of "a|b". */
bool option_time(const char *s, int64_t *ns);
bool option_chance(const char *s, uint32_t *per_million);
bool option_choice(const char *choices, const char *s, uint8_t *which);

/* lo..hi in decimal, nothing behind it. */
bool option_number(const char *s, long lo, long hi, long *n);

#endif
