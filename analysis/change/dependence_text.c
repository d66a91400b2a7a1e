/* SPDX-License-Identifier: ISC */
#include "analysis/change/dependence_text.h"

#include "analysis/change/cells.h"

static double
percent(const struct dependence_month *m, int64_t us)
{
	return 100 * (double)us / (double)m->all_us;
}

static void
put_share(
    const struct dependence_month *m, const char *what, int64_t us, FILE *out)
{
	if (us > 0)
		fprintf(out, ", %s %.1f%%", what, percent(m, us));
}

/* "one carrier 50.5% (unicom 49.7%, ttk 0.8%)" */
static void
put_alone(const struct dependence_month *m, FILE *out)
{
	int64_t alone_us = 0;
	for (size_t i = 0; i < m->n; i++)
		alone_us += m->alone[i].us;
	if (m->n == 1) {
		fprintf(out, "%s alone %.1f%%", m->alone[0].carrier,
		    percent(m, alone_us));
		return;
	}
	fprintf(out, "one carrier %.1f%%", percent(m, alone_us));
	for (size_t i = 0; i < m->n; i++)
		fprintf(out, "%s%s %.1f%%%s", i ? ", " : " (",
		    m->alone[i].carrier, percent(m, m->alone[i].us),
		    i + 1 == m->n ? ")" : "");
}

static void
put_length(int64_t us, FILE *out)
{
	double hours = (double)us / 3.6e9;
	if (hours < 1)
		fprintf(out, "%.1f minutes", hours * 60);
	else if (hours < 48)
		fprintf(out, "%.1f hours", hours);
	else
		fprintf(out, "%.1f days", hours / 24);
}

static void
print_month(const struct dependence_month *m, size_t width, FILE *out)
{
	char prefix[PREFIX_STRLEN];
	struct cells line;
	cells_open(&line);
	fprintf(line.to, "%-18s  %04d-%02d  ",
	    prefix_format(&m->prefix, prefix), m->year, m->month);
	put_alone(m, line.to);
	put_share(m, "several", m->several_us, line.to);
	put_share(m, "none", m->none_us, line.to);
	put_share(m, "unknown", m->unknown_us, line.to);
	fputs(" of ", line.to);
	put_length(m->all_us, line.to);
	cells_hang(&line, 29, 29, width, out);
}

void
dependence_print(const struct dependence *d, size_t width, FILE *out)
{
	if (d->n == 0)
		fputs("Nothing was seen.\n", out);
	else
		fprintf(out, "%-18s  %-7s  %s\n", "PREFIX", "MONTH",
		    "SHARE OF THE TIME SEEN");
	for (size_t i = 0; i < d->n; i++)
		print_month(&d->month[i], width, out);
}
