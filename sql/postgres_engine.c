/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "sql/postgres_conn.h"
#include "sql/postgres_wait.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

const char *
postgres_sqlstate(const struct db *db)
{
	return ((const struct postgres *)db)->sqlstate;
}

bool
postgres_exec(struct db *db, const char *sql, struct fault *f)
{
	char tag[TAG_LEN];
	return postgres_run(postgres_of(db), sql, tag, f);
}

static void
postgres_close(struct db *db)
{
	struct postgres *p = postgres_of(db);
	postgres_disconnect(p);
	names_free(&p->names);
	free(p->awaits);
	free(p->where);
	free(p);
}

void
postgres_await(struct postgres *p, enum await_kind kind, const char *name)
{
	if (p->nawaits == p->awaits_room) {
		p->awaits_room = p->awaits_room ? p->awaits_room * 2 : 64;
		p->awaits = xreallocarray(
		    p->awaits, p->awaits_room, sizeof(*p->awaits));
	}
	struct await *a = &p->awaits[p->nawaits++];
	a->kind = kind;
	snprintf(a->name, sizeof(a->name), "%s", name);
}

static bool
open_all(
    struct postgres *p, const char *url, enum db_mode mode, struct fault *f)
{
	if (!postgres_connect(p, url, f) ||
	    !postgres_session(&p->db, p->where, p->writes, f))
		return false;
	if (!p->writes)
		return postgres_schema_check(&p->db, p->where, f);
	return postgres_schema_apply(&p->db, p->where, mode == DB_CREATE, f) &&
	       postgres_rights(&p->db, &p->may, f);
}

static bool
postgres_may_read(const struct db *db)
{
	const struct postgres *p = (const struct postgres *)db;
	return !p->writes || p->may.read;
}

static struct db *
postgres_open(const char *where, enum db_mode mode, struct fault *f)
{
	if (mode == DB_PRIVATE || mode == DB_SEALED) {
		fault_set(f, EX_USAGE, "postgresql://...: a file is needed");
		return NULL;
	}
	struct postgres *p = xcalloc(1, sizeof(*p));
	p->patience_ms = POSTGRES_PATIENCE_MS;
	p->db.engine = &postgres_engine;
	p->writes = mode != DB_READ;
	if (open_all(p, where, mode, f))
		return &p->db;
	postgres_close(&p->db);
	return NULL;
}

static void
postgres_rollback(struct db *db)
{
	struct postgres *p = postgres_of(db);
	if (p->in_transaction)
		postgres_exec(db, "ROLLBACK", NULL);
	p->in_transaction = false;
}

static bool
postgres_begin(struct db *db, struct fault *f)
{
	struct postgres *p = postgres_of(db);
	const char *const *part = postgres_begin_sql(&p->may);
	char *all = xstrdup("");
	for (; *part != NULL; part++) {
		char *longer = xasprintf("%s%s;", all, *part);
		free(all);
		all = longer;
	}
	p->in_transaction = true;
	bool ok = postgres_exec(db, all, f);
	free(all);
	if (!ok)
		postgres_rollback(db);
	return ok;
}

static bool
postgres_commit(struct db *db, struct fault *f)
{
	struct postgres *p = postgres_of(db);
	char tag[TAG_LEN];
	p->warned = false;
	bool ok = postgres_run(p, "COMMIT", tag, f);
	if (ok) {
		p->in_transaction = false;
		ok = postgres_committed(f, p->where, tag, p->warned);
	}
	postgres_rollback(db);
	return ok;
}

static bool
postgres_seal(struct db *db, struct fault *f)
{
	return fault_set(
	    f, EX_USAGE, "%s: no file to be sealed", postgres_of(db)->where);
}

/* A damaged page is an error of the statement that reads it (XX001). */
static bool
postgres_check(struct db *db, struct fault *f)
{
	return postgres_exec(db, "SELECT 1", f);
}

const struct db_engine postgres_engine = {
    .name = "PostgreSQL",
    .partitions = true,
    .open = postgres_open,
    .close = postgres_close,
    .begin = postgres_begin,
    .commit = postgres_commit,
    .rollback = postgres_rollback,
    .seal = postgres_seal,
    .check = postgres_check,
    .may_read = postgres_may_read,
    .exec = postgres_exec,
    .insert_many = postgres_bulk_insert,
    .ahead_begin = postgres_ahead_begin,
    .ahead_commit = postgres_ahead_commit,
    .ahead_answer = postgres_ahead_answer,
    .ahead_push = postgres_ahead_push,
    .ahead_end = postgres_ahead_end,
    .prepare = postgres_prepare,
    .finish = postgres_finish,
    .bind_null = postgres_bind_null,
    .bind_int = postgres_bind_int,
    .bind_real = postgres_bind_real,
    .bind_text = postgres_bind_text,
    .bind_blob = postgres_bind_blob,
    .step = postgres_step,
    .reset = postgres_reset,
    .changes = postgres_changes,
    .is_null = postgres_is_null,
    .get_int = postgres_get_int,
    .get_real = postgres_get_real,
    .get_text = postgres_text,
    .get_blob = postgres_blob,
};
