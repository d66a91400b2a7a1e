/* SPDX-License-Identifier: ISC */
#include "probe/base/clock.h"

#include "probe/base/digits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

static int64_t
now(clockid_t id)
{
	struct timespec ts;
	clock_gettime(id, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

struct mono
mono_now(void)
{
	return (struct mono){now(CLOCK_MONOTONIC)};
}

struct wall
wall_now(void)
{
	return (struct wall){now(CLOCK_REALTIME)};
}

int64_t
clock_offset_ns(void)
{
	return now(CLOCK_REALTIME) - now(CLOCK_BOOTTIME);
}

struct clock_trust
clock_trust(void)
{
	struct timex t = {0};
	int state = adjtimex(&t);
	if (state < 0)
		return (struct clock_trust){-1, -1, -1};
	bool synced = state != TIME_ERROR && (t.status & STA_UNSYNC) == 0;
	return (struct clock_trust){
	    synced, synced ? t.maxerror : -1, synced ? t.esterror : -1};
}

/* n digits of v and what stands behind them. */
static char *
field(char *p, int64_t v, int n, char behind)
{
	p = digits_fixed(p, (uint32_t)v, n);
	*p++ = behind;
	return p;
}

char *
clock_format_us(int64_t us, char buf[static CLOCK_STRLEN])
{
	time_t s = us / US_PER_S;
	struct tm tm;
	gmtime_r(&s, &tm);
	char *p = field(buf, tm.tm_year + INT64_C(1900), 4, '-');
	p = field(p, tm.tm_mon + 1, 2, '-');
	p = field(p, tm.tm_mday, 2, 'T');
	p = field(p, tm.tm_hour, 2, ':');
	p = field(p, tm.tm_min, 2, ':');
	p = field(p, tm.tm_sec, 2, '.');
	*field(p, us % US_PER_S, 6, 'Z') = '\0';
	return buf;
}

static bool
parse_at(const char *s, int64_t *us)
{
	char *end = NULL;
	errno = 0;
	long long seconds = strtoll(s, &end, 10);
	if (errno != 0 || end == s || *end != '\0' || seconds < 0 ||
	    seconds > INT64_MAX / NS_PER_S)
		return false;
	*us = seconds * US_PER_S;
	return true;
}

/* ".483118": one digit to six; more are cut. */
static const char *
fraction(const char *s, int64_t *us)
{
	int64_t unit = US_PER_S / 10;
	if (*s != '.')
		return s;
	for (s++; *s >= '0' && *s <= '9'; s++, unit /= 10)
		*us += unit * (*s - '0');
	return s;
}

bool
clock_parse_us(const char *s, int64_t *us)
{
	struct tm tm = {0};
	int64_t micro = 0;
	if (s[0] == '@')
		return parse_at(s + 1, us);
	const char *end = strptime(s, "%Y-%m-%d", &tm);
	if (end == NULL)
		return false;
	if (*end == 'T' || *end == ' ') {
		end = strptime(end + 1, "%H:%M:%S", &tm);
		if (end == NULL)
			return false;
		end = fraction(end, &micro);
		if (*end == 'Z')
			end++;
	}
	if (*end != '\0' || tm.tm_year < 70 || tm.tm_year > 362)
		return false;
	*us = timegm(&tm) * US_PER_S + micro;
	return true;
}
