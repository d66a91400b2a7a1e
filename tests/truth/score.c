/* SPDX-License-Identifier: ISC */
#include "tests/truth/score.h"

#include <inttypes.h>

static void
add(struct score_row *row, bool answered, bool right)
{
	row->traces++;
	row->right += right;
	row->wrong += answered && !right;
}

void
score_add(struct score *s, const struct truth_trace *t, uint32_t entry_as)
{
	bool right = entry_as == t->entry_as;
	add(&s->all, entry_as != 0, right);
	if (!TRUTH_IS(t, TRUTH_ANSWERED_NEXT))
		add(&s->without_next, entry_as != 0, right);
	for (int tag = 0; tag < TRUTH_TAGS; tag++)
		if (TRUTH_IS(t, tag))
			add(&s->tag[tag], entry_as != 0, right);
}

static void
print(const struct score_row *row, const char *what, FILE *out)
{
	double n = row->traces ? (double)row->traces : 1;
	fprintf(out, "  %-26s %8" PRIu64 " %7.2f %% right %7.2f %% wrong\n",
	    what, row->traces, 100 * (double)row->right / n,
	    100 * (double)row->wrong / n);
}

void
score_print(const struct score *s, const char *name, FILE *out)
{
	fprintf(out, "%s: entry AS\n", name);
	print(&s->all, "all", out);
	for (int tag = 0; tag < TRUTH_TAGS; tag++)
		print(&s->tag[tag], truth_tag_name((enum truth_tag)tag), out);
	print(&s->without_next, "no answer next to border", out);
}
