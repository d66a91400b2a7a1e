/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_ENGINE_H
#define TUMEN_SQL_ENGINE_H

#include "sql/bulk.h"

/*
 * What an engine does for db.h; one file each. An engine embeds struct db and
 * struct db_stmt as the first member of its own.
 */
struct db_engine {
	const char *name; /* for people */
	bool partitions;  /* sql/partition.h */
	struct db *(*open)(const char *where, enum db_mode, struct fault *);
	void (*close)(struct db *);
	bool (*begin)(struct db *, struct fault *);
	bool (*commit)(struct db *, struct fault *);
	void (*rollback)(struct db *);
	bool (*seal)(struct db *, struct fault *);
	bool (*check)(struct db *, struct fault *);
	bool (*may_read)(const struct db *);
	bool (*exec)(struct db *, const char *sql, struct fault *);
	bool (*insert_many)(
	    struct db *, const struct bulk *, int64_t *changes, struct fault *);
	/* NULL: db_ahead() says no. */
	bool (*ahead_begin)(struct db *, struct fault *);
	bool (*ahead_commit)(struct db *, struct fault *);
	bool (*ahead_answer)(
	    struct db *, int64_t *changes, size_t n, struct fault *);
	void (*ahead_push)(struct db *);
	void (*ahead_end)(struct db *);
	struct db_stmt *(*prepare)(
	    struct db *, const char *sql, struct fault *);
	void (*finish)(struct db_stmt *);
	void (*bind_null)(struct db_stmt *, int i);
	void (*bind_int)(struct db_stmt *, int i, int64_t v);
	void (*bind_real)(struct db_stmt *, int i, double v);
	void (*bind_text)(struct db_stmt *, int i, const char *v);
	void (*bind_blob)(struct db_stmt *, int i, const void *v, size_t len);
	enum db_row (*step)(struct db_stmt *, struct fault *);
	void (*reset)(struct db_stmt *);
	int64_t (*changes)(struct db_stmt *);
	bool (*is_null)(struct db_stmt *, int i);
	int64_t (*get_int)(struct db_stmt *, int i);
	double (*get_real)(struct db_stmt *, int i);
	const char *(*get_text)(struct db_stmt *, int i);
	const void *(*get_blob)(struct db_stmt *, int i, size_t *len);
};

struct db {
	const struct db_engine *engine;
};

struct db_stmt {
	const struct db_engine *engine;
};

extern const struct db_engine sqlite_engine, postgres_engine;

/*
 * The engines of a program, by how an address begins; the last, with NULL, is
 * that for paths. The table stands in engines.c beside a program's main: a
 * vantage has SQLite alone, and no libpq.
 */
struct db_scheme {
	const char *url;
	const struct db_engine *engine;
};
extern const struct db_scheme db_schemes[];

#endif
