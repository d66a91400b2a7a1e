/* SPDX-License-Identifier: ISC */
#include "analysis/change/dependence.h"

#include "probe/base/clock.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct tm
calendar(int64_t us)
{
	time_t s = us / US_PER_S;
	struct tm tm;
	gmtime_r(&s, &tm);
	return tm;
}

/* When the month after that of a moment begins. */
static int64_t
next_month_us(int64_t us)
{
	struct tm tm = calendar(us);
	struct tm next = {
	    .tm_year = tm.tm_year, .tm_mon = tm.tm_mon + 1, .tm_mday = 1};
	return timegm(&next) * US_PER_S;
}

static struct dependence_month *
month_of(struct dependence *d, const struct prefix *p, int64_t us)
{
	struct tm tm = calendar(us);
	struct dependence_month *last = d->n > 0 ? &d->month[d->n - 1] : NULL;
	if (last != NULL && last->prefix.addr == p->addr &&
	    last->prefix.len == p->len && last->year == tm.tm_year + 1900 &&
	    last->month == tm.tm_mon + 1)
		return last;
	d->month = xreallocarray(d->month, d->n + 1, sizeof(*d->month));
	last = &d->month[d->n++];
	*last = (struct dependence_month){.prefix = *p,
	    .year = tm.tm_year + 1900,
	    .month = tm.tm_mon + 1,
	    .since_us = us};
	return last;
}

/* Its place among the carriers, which are by time; false: no room. */
static bool
add_alone(struct dependence_month *m, const char *carrier, int64_t us)
{
	size_t i = 0;
	while (i < m->n && strcmp(m->alone[i].carrier, carrier) != 0)
		i++;
	if (i == DEPENDENCE_CARRIERS_MAX)
		return false;
	if (i == m->n)
		snprintf(m->alone[m->n++].carrier, sizeof(m->alone[i].carrier),
		    "%s", carrier);
	m->alone[i].us += us;
	for (; i > 0 && m->alone[i].us > m->alone[i - 1].us; i--) {
		char name[RUN_CARRIER_MAX + 1];
		int64_t less = m->alone[i - 1].us;
		memcpy(name, m->alone[i - 1].carrier, sizeof(name));
		m->alone[i - 1] = m->alone[i];
		m->alone[i].us = less;
		memcpy(m->alone[i].carrier, name, sizeof(name));
	}
	return true;
}

static void
add_part(struct dependence_month *m, const char *word, int64_t us)
{
	m->all_us += us;
	if (strcmp(word, "none") == 0)
		m->none_us += us;
	else if (strcmp(word, "unknown") == 0)
		m->unknown_us += us;
	else if (strcmp(word, "both") == 0 || strcmp(word, "several") == 0 ||
		 !add_alone(m, word, us))
		m->several_us += us;
}

void
dependence_add(struct dependence *d, const struct dependence_stretch *s)
{
	for (int64_t us = s->since_us; us < s->until_us;) {
		int64_t end = next_month_us(us);
		if (end > s->until_us)
			end = s->until_us;
		struct dependence_month *m = month_of(d, s->prefix, us);
		add_part(m, s->word, end - us);
		m->until_us = us = end;
	}
}

void
dependence_free(struct dependence *d)
{
	free(d->month);
	*d = (struct dependence){0};
}

static void
share_json(struct json *j, const char *key, const struct dependence_month *m,
    int64_t us)
{
	json_real(j, key, (double)us / (double)m->all_us, 6);
}

void
dependence_json(
    const struct dependence_month *m, enum event_plane plane, struct json *j)
{
	char text[PREFIX_STRLEN], month[16];
	int64_t alone_us = 0;
	for (size_t i = 0; i < m->n; i++)
		alone_us += m->alone[i].us;
	snprintf(month, sizeof(month), "%04d-%02d", m->year, m->month);
	json_object(j, NULL);
	json_text(j, "record", "dependence");
	json_int(j, "v", 1);
	json_text(j, "plane", plane == PLANE_DATA ? "data" : "control");
	json_text(j, "prefix", prefix_format(&m->prefix, text));
	json_text(j, "month", month);
	json_int(j, "since_us", m->since_us);
	json_int(j, "until_us", m->until_us);
	json_int(j, "seen_us", m->all_us);
	share_json(j, "single", m, alone_us);
	json_array(j, "on");
	for (size_t i = 0; i < m->n; i++) {
		json_object(j, NULL);
		json_text(j, "carrier", m->alone[i].carrier);
		share_json(j, "share", m, m->alone[i].us);
		json_object_end(j);
	}
	json_array_end(j);
	share_json(j, "several", m, m->several_us);
	share_json(j, "none", m, m->none_us);
	share_json(j, "unknown", m, m->unknown_us);
	json_object_end(j);
}
