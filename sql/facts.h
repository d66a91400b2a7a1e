/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_FACTS_H
#define TUMEN_SQL_FACTS_H

#include "sql/store.h"

/*
 * What imports told about who observed (table vantage_fact): a set of names
 * and values of each vantage, which only grows.
 */
struct store_fact {
	const char *vantage, *name, *value;
};

/* Adding it again changes nothing; *added tells (may be NULL). */
bool store_add_fact(struct store *s, const struct store_fact *fact, bool *added,
    struct fault *f);

/* By vantage, name, value; of one vantage, or of all when NULL. */
typedef bool
store_each_fact(void *arg, const struct store_fact *fact, struct fault *f);
bool store_facts(struct store *s, const char *vantage, store_each_fact *each,
    void *arg, struct fault *f);

/*
 * Adds all of another database, in batches. store_copy_facts() and
 * store_copy_broken() may be done again.
 */
bool store_copy_facts(struct store *from, struct store *to, struct fault *f);

/*
 * An object of an imported file that could not be read (table broken), kept
 * apart until somebody looks. Known by the SHA-256 of file name, offset and
 * what is kept of it: the same import again adds nothing. Of file and why, what
 * is not UTF-8 is stored as question marks.
 */
enum { STORE_BROKEN_MAX = 64 << 10 };

struct store_broken {
	const char *file, *format, *why;
	int64_t offset, octets, at_us; /* at_us: when it was imported */
	const void *text; /* its first octets, at most STORE_BROKEN_MAX */
	size_t len;
};
bool store_add_broken(struct store *s, const struct store_broken *b,
    bool *added, struct fault *f);

/* By file, offset; its texts change with the next call. */
typedef bool
store_each_broken(void *arg, const struct store_broken *b, struct fault *f);
bool store_brokens(
    struct store *s, store_each_broken *each, void *arg, struct fault *f);
bool store_copy_broken(struct store *from, struct store *to, struct fault *f);

#endif
