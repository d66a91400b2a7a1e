/* SPDX-License-Identifier: ISC */
#include "analysis/report/planes_text.h"

#include "analysis/change/cells.h"
#include "analysis/change/event_text.h"
#include "analysis/control/control_runs.h"

#include <inttypes.h>

/* Whether the window ends in the run: the last of its prefix that began. */
static bool
ends_in(const struct control_answer *a, size_t i)
{
	const struct control_run *run = &a->control->run[i];
	bool begun = run->last_us >= a->from_us &&
		     (a->to_us == 0 || run->since_us < a->to_us);
	return begun && (run->until_us < 0 ||
			    (a->to_us != 0 && run->until_us >= a->to_us));
}

/* "through unicom (AS4837)" */
static void
put_end(
    const struct control_run *run, const struct carriers *classes, FILE *out)
{
	char name[RUN_CARRIER_MAX + 1];
	control_name(run, classes, name);
	if (!run->known) {
		fputs("not known", out);
		return;
	}
	if (!run->routed) {
		fputs("without a route", out);
		return;
	}
	fprintf(out, "through %s", name);
	for (size_t i = 0; i < run->nupstreams; i++)
		fprintf(out, "%sAS%" PRIu32 "%s", i > 0 ? ", " : " (",
		    run->upstream[i].asn, i + 1 == run->nupstreams ? ")" : "");
}

/* How many of the runs from the k-th on end as run i does. */
static size_t
alike(const struct control_answer *a, size_t i, size_t k)
{
	const struct control_run *run = a->control->run;
	size_t n = 0;
	for (; k < a->control->n; k++)
		n += ends_in(a, k) && control_same_way(&run[k], &run[i]);
	return n;
}

/* The prefixes that end as run i does, if it is the first of them. */
static void
put_prefixes(const struct control_answer *a, size_t i, FILE *out)
{
	const struct control_run *run = a->control->run;
	char prefix[PREFIX_STRLEN];
	size_t left = alike(a, i, i);
	if (left < alike(a, i, 0))
		return;
	for (size_t k = i; k < a->control->n; k++) {
		if (!ends_in(a, k) || !control_same_way(&run[k], &run[i]))
			continue;
		left--;
		fprintf(out, "%s%s", prefix_format(&run[k].prefix, prefix),
		    left > 1	? ", "
		    : left == 1 ? " and "
				: "");
	}
	fputc(' ', out);
	put_end(&run[i], a->classes, out);
	fputs(". ", out);
}

void
control_answer_print(const struct control_answer *a, FILE *out)
{
	struct cells text;
	char at[EVENT_TIME_STRLEN];
	int64_t end_us = 0;
	for (size_t i = 0; i < a->control->n; i++)
		if (a->control->run[i].last_us > end_us)
			end_us = a->control->run[i].last_us;
	if (a->to_us != 0 && a->to_us < end_us)
		end_us = a->to_us;
	if (a->control->n == 0)
		return;
	if (end_us < a->from_us) {
		fputs("BGP said nothing in this window.\n\n", out);
		return;
	}
	cells_open(&text);
	fprintf(text.to, "By BGP, %s UTC: ", event_time(end_us, at));
	for (size_t i = 0; i < a->control->n; i++)
		if (ends_in(a, i))
			put_prefixes(a, i, text.to);
	cells_wrap(&text, a->width, out);
	fputc('\n', out);
}
