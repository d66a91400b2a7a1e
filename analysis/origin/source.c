/* SPDX-License-Identifier: ISC */
#include "analysis/origin/source.h"

#include "probe/base/clock.h"
#include "probe/base/log.h"
#include "probe/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

const char *
source_count_name(enum source_count count)
{
	static const char *const names[COUNT_KINDS] = {
	    [COUNT_ROWS] = "rows",
	    [COUNT_SYNTAX] = "syntax",
	    [COUNT_IPV6] = "ipv6",
	    [COUNT_DEFAULT] = "default-route",
	    [COUNT_BOGON] = "bogon",
	    [COUNT_NO_ORIGIN] = "no-origin",
	    [COUNT_AS_SET] = "as-set-kept",
	    [COUNT_LINKS] = "links-seen",
	    [COUNT_UPSTREAMS] = "upstreams-seen",
	    [COUNT_NO_HOLDER] = "holder-without-as",
	    [COUNT_STATUS] = "not-in-use",
	    [COUNT_DELETED] = "deleted",
	    [COUNT_OUTSIDE] = "outside-lan",
	    [COUNT_OTHER] = "other-record",
	    [COUNT_MULTICAST] = "multicast",
	    [COUNT_LOCAL] = "sent-by-collector",
	    [COUNT_WITHDRAWN] = "withdrawn",
	    [COUNT_SESSION] = "session-change",
	    [COUNT_TRUNCATED] = "truncated",
	    [COUNT_SKIPPED] = "skipped-bytes",
	    [COUNT_FULL] = "table-full",
	    [COUNT_OVERLAP] = "overlap-kept",
	    [COUNT_MOAS] = "moas-kept",
	    [COUNT_MOAS_CUT] = "moas-cut",
	    [COUNT_PRIVATE] = "private-left-out",
	    [COUNT_ALL_PRIVATE] = "private-kept",
	    [COUNT_AS_TRANS] = "as-trans",
	    [COUNT_NO_ORG] = "as-without-org",
	    [COUNT_NAME_DATE] = "date-of-name",
	};
	return names[count];
}

/* The value behind "key:", or NULL when text has another key. */
static const char *
value(const char *text, const char *key)
{
	size_t len = strlen(key);
	if (strncasecmp(text, key, len) != 0 || text[len] != ':')
		return NULL;
	text += len + 1;
	return text + strspn(text, " \t");
}

static bool
take(char **to, const char *text, const char *key)
{
	const char *v = value(text, key);
	if (v == NULL)
		return false;
	free(*to);
	*to = log_sanitize(xstrdup(v));
	return true;
}

/* "Sat, 29 Oct 2022 05:59:54 GMT" (RFC 5322), as libloc writes it. */
static bool
mail_date(const char *text, int64_t *us)
{
	struct tm tm = {0};
	const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	if (end == NULL || *end != '\0' || tm.tm_year < 70)
		return false;
	*us = timegm(&tm) * US_PER_S;
	return true;
}

void
source_remark(struct source *s, const char *text)
{
	text += strspn(text, "#; \t");
	if (take(&s->title, text, "title") ||
	    take(&s->licence, text, "licence") ||
	    take(&s->credits, text, "credits"))
		return;
	if (take(&s->licence, text, "license") ||
	    take(&s->credits, text, "vendor"))
		return;
	int64_t us = 0;
	const char *date = value(text, "as-of");
	if (date != NULL && clock_parse_us(date, &us))
		s->asof_us = us;
	date = value(text, "generated");
	if (date != NULL && mail_date(date, &us))
		s->asof_us = us;
}

void
source_clear(struct source *s)
{
	free(s->name);
	free(s->kind);
	free(s->title);
	free(s->licence);
	free(s->credits);
	*s = (struct source){0};
}
