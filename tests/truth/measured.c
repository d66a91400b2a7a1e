/* SPDX-License-Identifier: ISC */
#include "tests/truth/measured.h"

#include "analysis/origin/replace.h"
#include "tests/truth/tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

struct truth *
measured_world(uint64_t seed, struct fault *f)
{
	const struct truth_order order = {
	    .table = "analysis/origin/data/shipped.tbl.zst", .seed = seed};
	return truth_open(&order, f);
}

struct origin_set *
measured_tables(struct truth *t, struct fault *f)
{
	char path[] = "/tmp/tables-XXXXXX";
	const char *name = path;
	struct table table = {0};
	struct wr bytes = {0};
	int fd = mkstemp(path);
	if (fd < 0) {
		fault_set(f, EX_IOERR, "%s: %s", path, strerror(errno));
		return NULL;
	}
	close(fd);
	tables_fill(t, &table);
	snapshot_pack(&table, truth_asof_us(), &bytes);
	bool ok = replace_file(path, bytes.p, bytes.len, f);
	struct origin_set *set = ok ? origin_set_open(&name, 1, f) : NULL;
	unlink(path);
	wr_free(&bytes);
	table_clear(&table);
	return set;
}
