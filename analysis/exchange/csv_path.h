/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_CSV_PATH_H
#define TUMEN_EXCHANGE_CSV_PATH_H

#include "probe/base/record.h"
#include "probe/base/wr.h"

/*
 * One line for each distinct path of each series (vantage, target, method,
 * port, flow): its hops, its first and last trace, how many there were. The
 * memory grows with the distinct paths, some 300 octets each, not with traces.
 */
struct csv_path;

struct csv_path *csv_path_open(void);
void csv_path_add(struct csv_path *p, const struct record *r);
void csv_path_close(struct csv_path *p);

void csv_path_names(struct wr *out);

/*
 * How many lines there are; puts them in order: by the columns of the series
 * as they stand, then first, path. Nothing is added after it.
 */
size_t csv_path_sort(struct csv_path *p);
void csv_path_line(const struct csv_path *p, size_t i, struct wr *out);

#endif
