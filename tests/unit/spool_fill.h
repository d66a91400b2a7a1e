/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_SPOOL_FILL_H
#define TUMEN_TESTS_SPOOL_FILL_H

/* Spools with sample traces, keys and uploads of them. */

#include "sql/keys.h"
#include "sql/segment.h"
#include "sql/upload.h"
#include "tests/unit/store_place.h"
#include "tests/unit/store_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* n traces in segments of `each`, signed when there is a key; the epoch. */
static inline uint64_t
spool_fill(const struct place *p, const struct sign_key *key, int n, int each)
{
	struct fault f = {0};
	struct segment *s = segment_open_signed(p->spool, "sel", key, &f);
	if (s == NULL)
		fail_msg("%s", f.text);
	uint64_t epoch = segment_epoch(s);
	for (int i = 1; i <= n; i++) {
		struct record r =
		    sample_record("sel", epoch, segment_next_seq(s));
		if (!segment_add(s, &r, &f) ||
		    (i % each == 0 && !segment_seal(s, &f)))
			fail_msg("%s", f.text);
		record_clear(&r);
	}
	segment_close(s);
	return epoch;
}

/* A key of a vantage in the folder of the test. */
static inline struct sign_key
spool_key(const struct place *p, const char *file, const char *vantage)
{
	struct fault f = {0};
	struct sign_public public;
	struct sign_key key = {0};
	char *path = xasprintf("%s/%s", p->dir, file);
	if (!sign_key_make(path, vantage, &public, &f) ||
	    !sign_key_load(&key, path, &f))
		fail_msg("%s", f.text);
	free(path);
	return key;
}

/* The keys FILE.pub in the folder of the test. */
static inline struct keys *
spool_keys(const struct place *p, const char *file)
{
	struct fault f = {0};
	char *path = xasprintf("%s/%s.pub", p->dir, file);
	struct keys *k = keys_load(path, &f);
	if (k == NULL)
		fail_msg("%s", f.text);
	free(path);
	return k;
}

static inline struct upload
spool_upload(const struct place *p, struct upload how)
{
	struct fault f = {0};
	how.to = store_open(p->db, STORE_CREATE, &f);
	if (how.to == NULL || !upload_spool(&how, p->spool, &f))
		fail_msg("%s", f.text);
	store_close(how.to);
	return how;
}

#endif
