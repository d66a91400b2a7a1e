/* SPDX-License-Identifier: ISC */
#include "analysis/origin/reader.h"

#include "analysis/origin/line.h"
#include "probe/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

enum {
	IN_NONE = 1 << ORIGIN_NONE, /* says nothing about addresses */
	IN_IXP = 1 << ORIGIN_IXP,
	IN_BGP = 1 << ORIGIN_BGP,
	IN_REGISTRY = 1 << ORIGIN_REGISTRY,
	IN_CURATED = 1 << ORIGIN_CURATED,
};

struct kind {
	const char *name;
	const char *text;
	unsigned layers;
	void (*read)(const struct input *in, struct table *t);
};

static const struct kind packed = {
    "packed", "ranges as packed columns", IN_BGP, read_packed};
static const struct kind mrt = {
    "mrt", "records of MRT (RFC 6396)", IN_BGP, read_mrt};
static const struct kind ranges = {"ranges", "ranges with an ASN (CSV)",
    IN_BGP | IN_REGISTRY | IN_CURATED, read_ranges};
static const struct kind pairs = {"pairs", "prefixes with an ASN",
    IN_BGP | IN_REGISTRY | IN_CURATED, read_pairs};
static const struct kind delegated = {
    "delegated", "delegations of a registry", IN_REGISTRY, read_delegated};
static const struct kind rows = {
    "rows", "rows with a source each", IN_REGISTRY | IN_CURATED, read_rows};
static const struct kind prefixes = {
    "prefixes", "prefixes without an ASN", IN_IXP, read_prefixes};

static const struct kind relations = {
    "as-rel", "relations of ASes", IN_NONE, read_as_rel};

static size_t
separators(const char *line, char sep)
{
	size_t n = 0;
	for (; *line != '\0'; line++)
		n += *line == sep;
	return n;
}

/* By the shape of the first line that is no comment. */
static const struct kind *
kind_of_line(const char *line)
{
	size_t bars = separators(line, '|');
	size_t word = strcspn(line, " \t#");
	const char *rest = line + word + strspn(line + word, " \t");
	bool slash = memchr(line, '/', word) != NULL;
	if ((bars == 2 || bars == 3) && strspn(line, "0123456789|") > 3)
		return &relations;
	if (bars >= 3)
		return slash ? &rows : bars >= 5 ? &delegated : NULL;
	if (!slash && separators(line, ',') >= 2)
		return &ranges;
	if (*rest != '\0' && *rest != '#' && strchr(line, '.') != NULL)
		return &pairs;
	return slash ? &prefixes : NULL;
}

static const struct kind *
detect(const struct input *in)
{
	char line[LINE_MAX_LEN];
	struct rd r = input_rd(in);
	if (read_packed_is(r))
		return &packed;
	if (read_mrt_is(r))
		return &mrt;
	while (line_next(&r, line))
		if (!line_is_comment(line))
			return kind_of_line(line);
	return NULL;
}

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

bool
reader_take(struct table *t, enum origin_layer layer, const struct input *in,
    struct fault *f)
{
	char left_out[256];
	const struct kind *k = detect(in);
	if (k == NULL)
		return fault_set(f, EX_DATAERR,
		    "%s: not a kind of file that is known here", in->name);
	if ((k->layers & 1u << layer) == 0)
		return fault_set(f, EX_DATAERR,
		    "%s: holds %s, which do not go to the layer '%s'", in->name,
		    k->text, origin_layer_name(layer));
	if (t->nsources == UINT16_MAX)
		return fault_set(f, EX_DATAERR, "%s: more than %d sources",
		    in->name, UINT16_MAX);
	struct source *s = table_begin(t, layer);
	s->name = base_name(in->name);
	s->kind = xstrdup(k->name);
	s->bytes = in->stored_len;
	k->read(in, t);
	input_sha256(in, s->sha256); /* taken beside the reading */
	if (s->counts[COUNT_ROWS] > 0)
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
