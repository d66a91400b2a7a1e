/* SPDX-License-Identifier: ISC */
#include "analysis/origin/source.h"
#include "probe/base/clock.h"

#include <stdio.h>
#include <string.h>

enum { YEAR_MIN = 1995, YEAR_MAX = 2100 };

/* n digits as a number; -1 when there are fewer. */
static int
digits(const char *text, size_t n)
{
	int v = 0;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		v = v * 10 + (text[i] - '0');
	}
	return v;
}

static size_t
run_of_digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* False when there is no such moment, the 31st of February for one. */
static bool
moment(int year, int month, int day, int minutes, int64_t *us)
{
	char text[64], back[CLOCK_STRLEN];
	if (year < YEAR_MIN || year > YEAR_MAX || minutes >= 24 * 60)
		return false;
	snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:00Z", year,
	    month, day, minutes / 60, minutes % 60);
	return clock_parse_us(text, us) &&
	       strncmp(clock_format_us(*us, back), text, 16) == 0;
}

/* A day at the begin of text; its length, or 0. */
static size_t
day_of(const char *text, int *year, int *month, int *day)
{
	size_t gap = run_of_digits(text) == 8 ? 0 : 1;
	char sep = text[run_of_digits(text)];
	*year = digits(text, 4);
	if (*year < 0 || (gap > 0 && (run_of_digits(text) != 4 ||
					 (sep != '-' && sep != '_'))))
		return 0;
	*month = digits(text + 4 + gap, 2);
	if (*month < 0 || (gap > 0 && text[7] != sep))
		return 0;
	*day = digits(text + 6 + 2 * gap, 2);
	size_t len = 8 + 2 * gap;
	return *day < 0 || run_of_digits(text + len) > 0 ? 0 : len;
}

bool
source_day(const char *text, int64_t *us)
{
	int year = 0, month = 0, day = 0;
	size_t len = day_of(text, &year, &month, &day);
	return len > 0 && text[len] == '\0' && moment(year, month, day, 0, us);
}

/* A date with its time, if there is one, at the begin of text. */
static bool
dated(const char *text, int64_t *us)
{
	int year = 0, month = 0, day = 0, minutes = 0;
	size_t len = day_of(text, &year, &month, &day);
	const char *time = text + len + 1;
	if (len == 0)
		return false;
	if ((text[len] == '.' || text[len] == '-') &&
	    run_of_digits(time) == 4 && digits(time + 2, 2) < 60)
		minutes = digits(time, 2) * 60 + digits(time + 2, 2);
	return moment(year, month, day, minutes, us) ||
	       moment(year, month, day, 0, us);
}

static bool
month(const char *text, int64_t *us)
{
	return run_of_digits(text) == 6 &&
	       moment(digits(text, 4), digits(text + 4, 2), 1, 0, us);
}

/* The first date in name that is read by one of the forms. */
static bool
find(const char *name, bool (*form)(const char *text, int64_t *us), int64_t *us)
{
	while (*name != '\0') {
		size_t n = run_of_digits(name);
		if (n > 0 && form(name, us))
			return true;
		name += n > 0 ? n : 1;
	}
	return false;
}

void
source_date_by_name(struct source *s)
{
	int64_t us = -1;
	if (s->asof_us >= 0 || s->name == NULL ||
	    (!find(s->name, dated, &us) && !find(s->name, month, &us)))
		return;
	s->asof_us = us;
	s->counts[COUNT_NAME_DATE]++;
}
