/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_INFER_CARRIER_H
#define TUMEN_INFER_CARRIER_H

#include "probe/base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The carrier classes: configuration, not code. The grammar stands at the top
 * of carriers.txt, whose text is built in as the default.
 */
enum { CARRIER_NAME_MAX = 24, CARRIER_ROWS_MAX = 4096 };

enum carrier_kind {
	CARRIER_NONE,
	CARRIER_TRANSIT,
	CARRIER_FRONT,
	CARRIER_TARGET
};

struct carrier_row {
	uint32_t asn;
	enum carrier_kind kind;
	bool satellite; /* brings the traffic over a geostationary satellite */
	char name[CARRIER_NAME_MAX + 1];
};

/* Sorted by ASN; an ASN is in one class. */
struct carriers {
	struct carrier_row *row;
	size_t n;
};

/*
 * Reads a table: NULL path takes the default. EX_UNAVAILABLE when the file
 * cannot be read, EX_CONFIG with file:line when a line is wrong. The caller
 * ends with carriers_free(), also after a failure.
 */
bool carriers_load(struct carriers *c, const char *path, struct fault *f);
bool carriers_parse(
    struct carriers *c, const char *name, const char *text, struct fault *f);
void carriers_free(struct carriers *c);

/* The row of an ASN, or NULL when it is in no class. */
const struct carrier_row *carriers_find(const struct carriers *c, int64_t asn);

#endif
