/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/read_object.h"

static foreign_reader *const readers[FORMATS] = {
    [FORMAT_TUMEN] = tumen_read,
    [FORMAT_ATLAS] = atlas_read,
    [FORMAT_SCAMPER] = scamper_read,
    [FORMAT_MTR] = mtr_read,
};

struct glance
read_object(struct json_read *in, bool page, struct foreign *f)
{
	struct json_read look = *in;
	struct glance g = glance_object(&look);
	foreign_reset(f);
	g.list = g.list && page;
	if (!json_read_ok(&look) || g.list) {
		*in = look;
		return g;
	}
	f->format = g.format;
	if (readers[g.format] == NULL)
		json_read_bad(in, "an object of no known format");
	else
		readers[g.format](in, f);
	return g;
}
