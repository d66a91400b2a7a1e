/* SPDX-License-Identifier: ISC */
/*
 * What an agent leaves behind, for tests/golden/test_status.sh:
 *   agent well|sick SECOND FOLDER    status and tumen-probe.prom in FOLDER
 */
#include "tests/unit/view_sample.h"

#include <stdlib.h>
#include <string.h>

int
main(int argc, char **argv)
{
	struct fault f = {0};
	if (argc != 4)
		return 64;
	int64_t now_us = atoll(argv[2]) * VIEW_S;
	struct view v = strcmp(argv[1], "well") == 0 ? view_sample(now_us)
						     : view_sick(now_us);
	char *prom = xasprintf("%s/tumen-probe.prom", argv[3]);
	if (!view_write(&v, argv[3], &f) || !view_metrics(&v, prom, &f))
		fprintf(stderr, "%s\n", f.text);
	free(prom);
	view_clear(&v);
	return f.status;
}
