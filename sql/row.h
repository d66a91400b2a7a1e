/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_ROW_H
#define TUMEN_SQL_ROW_H

#include "probe/base/fault.h"
#include "probe/base/record.h"
#include "probe/base/wr.h"

/*
 * A trace as the table holds it: the record's columns, its packed bytes, and
 * what follows from both. The packed bytes are stored once and copied from
 * database to database unchanged, never packed again.
 */
struct row {
	struct record r;
	uint8_t trace_id[UUID_LEN], path_id[UUID_LEN];
	bool reached;
	bool has_source; /* in the table, where that was asked for */
	int64_t hash;	 /* 63 bits of the SHA-256 of all that was observed */
	uint8_t *rec;	 /* heap-owned */
	size_t rec_len;
	struct wr path; /* canonical bytes of record_path() */
};

/*
 * The row of an observed trace, whose probes are borrowed: end with
 * row_forget(). EX_DATAERR for a record that no reader could take back.
 */
bool row_of_record(struct row *row, const struct record *r, struct fault *f);
void row_forget(struct row *row);

/*
 * Completes a row that was read: unpacks the probes (then owned: end with
 * row_free()) and derives the path. EX_DATAERR when its id, path or hash is
 * not what its content says.
 */
bool row_unpack(struct row *row, struct fault *f);
void row_free(struct row *row);

/* What the row holds, with the raw packets and source that go with it. */
size_t row_octets(const struct row *row);

/*
 * Whether a stored trace with the key of row is row: by its hash or, where that
 * one was packed by another version of record_pack(), by its content.
 */
struct row_stored {
	int64_t hash;
	const void *rec;
	size_t rec_len;
};
bool row_same(const struct row *row, const struct row_stored *stored);

/*
 * The id of a dictionary's text: 31 bits of its SHA-256, never 0, so that
 * agents that know nothing of each other agree.
 */
int64_t row_text_id(const char *text);

#endif
