/* SPDX-License-Identifier: ISC */
#include "analysis/infer/named.h"

#include "analysis/infer/carrier.h"
#include "analysis/infer/model.h"
#include "analysis/origin/asked.h"
#include "analysis/origin/origin_set.h"
#include "probe/base/json.h"
#include "probe/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_LEN = 16 };

struct one {
	char name[NAME_LEN + 1];
	char *json;
};

struct named {
	const struct origin_set *tables;
	size_t n;
	struct one *one; /* n: as many as origin_asked_n(), and one for none */
};

static void
carriers_digest(const struct carriers *c, uint8_t out[static HASH_SHA256_LEN])
{
	struct hash *h = hash_open();
	for (size_t i = 0; i < c->n; i++) {
		char line[CARRIER_NAME_MAX + 40];
		const struct carrier_row *row = &c->row[i];
		int len = snprintf(line, sizeof(line), "%u %d %d %s\n",
		    (unsigned)row->asn, (int)row->kind, row->satellite,
		    row->name);
		hash_add(h, line, (size_t)len);
	}
	hash_close(h, out);
}

static void
model_digest(const struct model *m, uint8_t out[static HASH_SHA256_LEN])
{
	struct hash *h = hash_open();
	for (int p = 0; p < MODEL_PARAMS; p++) {
		char line[80];
		int len = snprintf(line, sizeof(line), "%s %a\n",
		    model_name((enum model_param)p), m->value[p]);
		hash_add(h, line, (size_t)len);
	}
	hash_close(h, out);
}

static char *
listed(const struct basis *basis, size_t which)
{
	uint8_t digest[HASH_SHA256_LEN];
	struct json j = {0};
	json_object(&j, NULL);
	json_text(&j, "record", "basis");
	json_int(&j, "v", 1);
	origin_asked_json(basis->tables, which, "tables", &j);
	json_int(&j, "limit_days", basis->tables->limit_days);
	carriers_digest(basis->classes, digest);
	json_hex(&j, "carriers", digest, sizeof(digest));
	model_digest(
	    basis->model != NULL ? basis->model : model_default(), digest);
	json_hex(&j, "model", digest, sizeof(digest));
	json_object_end(&j);
	return json_take(&j);
}

static void
name_it(struct one *one)
{
	uint8_t digest[HASH_SHA256_LEN];
	hash_sha256(one->json, strlen(one->json), digest);
	hash_hex(digest, NAME_LEN / 2, one->name);
}

struct named *
named_new(const struct basis *basis)
{
	struct named *n = xcalloc(1, sizeof(*n));
	n->tables = basis->tables;
	n->n = origin_asked_n(basis->tables) + 1;
	n->one = xcalloc(n->n, sizeof(*n->one));
	for (size_t i = 0; i < n->n; i++) {
		n->one[i].json = listed(basis, i);
		name_it(&n->one[i]);
	}
	return n;
}

void
named_free(struct named *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; i < n->n; i++)
		free(n->one[i].json);
	free(n->one);
	free(n);
}

const char *
named_at(const struct named *n, int64_t at_us)
{
	return n->one[origin_asked_at(n->tables, at_us)].name;
}

const char *
named_json(const struct named *n, int64_t at_us)
{
	return n->one[origin_asked_at(n->tables, at_us)].json;
}
