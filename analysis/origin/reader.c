/* SPDX-License-Identifier: ISC */
#include "analysis/origin/reader.h"

#include "analysis/origin/kind.h"
#include "probe/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* "3 syntax, 1 default-route": what was left out, for the text of a fault. */
static void
describe(const struct source *s, char *text, size_t room)
{
	size_t used = 0;
	snprintf(text, room, "no record at all");
	for (int i = COUNT_SYNTAX; i < COUNT_OVERLAP && used < room; i++)
		if (s->counts[i] > 0)
			used += (size_t)snprintf(text + used, room - used,
			    "%s%" PRIu64 " %s", used ? ", " : "", s->counts[i],
			    source_count_name((enum source_count)i));
}

static char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return xstrdup(slash ? slash + 1 : path);
}

static bool
misplaced(const struct input *in, const struct kind *k, enum origin_layer layer,
    struct fault *f)
{
	if (layer == ORIGIN_NONE)
		return fault_set(f, EX_DATAERR,
		    "%s: holds %s, which are no relations, organisations or "
		    "VRPs",
		    in->name, k->text);
	return fault_set(f, EX_DATAERR,
	    "%s: holds %s, which do not go to the layer '%s'", in->name,
	    k->text, origin_layer_name(layer));
}

bool
reader_take(struct table *t, enum origin_layer layer, const struct input *in,
    struct fault *f)
{
	char left_out[256];
	const struct kind *k = kind_of(in);
	if (k == NULL)
		return fault_set(f, EX_DATAERR,
		    "%s: not a kind of file that is known here (at byte 0)",
		    in->name);
	if ((k->layers & 1u << layer) == 0)
		return misplaced(in, k, layer, f);
	if (t->nsources == UINT16_MAX)
		return fault_set(f, EX_DATAERR, "%s: more than %d sources",
		    in->name, UINT16_MAX);
	struct source *s = table_begin(t, layer);
	s->name = base_name(in->name);
	s->kind = xstrdup(k->name);
	s->bytes = in->stored_len;
	k->read(in, t);
	input_sha256(in, s->sha256); /* taken beside the reading */
	source_date_by_name(s);
	if (s->counts[COUNT_ROWS] > 0 || s->counts[COUNT_NO_HOLDER] > 0)
		return true;
	describe(s, left_out, sizeof(left_out));
	return fault_set(f, EX_DATAERR, "%s: %s: no usable record (%s)",
	    in->name, k->text, left_out);
}

bool
reader_load(
    struct table *t, enum origin_layer layer, const char *path, struct fault *f)
{
	struct input in;
	bool ok = input_load(path, &in, f) && reader_take(t, layer, &in, f);
	input_clear(&in);
	return ok;
}
