/* SPDX-License-Identifier: ISC */
#include "analysis/control/live.h"

#include "analysis/origin/json_scan.h"
#include "probe/base/clock.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* AS_PATH as BGP writes it, from the numbers of "path". */
enum { AS_SET = 1, AS_SEQUENCE = 2, SEGMENT_MAX = 255 };

/* A message, member by member. */
struct message {
	struct intake *in;
	bool bad; /* some member makes no sense */
	bool has_time;
	char host[COLLECTOR_NAME_MAX + 1], type[32], state[32];
	char outer[32]; /* the type of what "data" stands in */
	struct store_route of;
	struct wr path;
	size_t segment;	       /* where the last of it begins; SIZE_MAX none */
	const uint8_t *behind; /* the last number of the path in the line */
};

/* "1568365292.84": six digits of the fraction count. */
static bool
parse_time(const char *text, int64_t *us)
{
	int64_t s = 0, part = 0;
	size_t n = strspn(text, "0123456789");
	if (n == 0 || n > 12)
		return false;
	for (size_t i = 0; i < n; i++)
		s = s * 10 + (text[i] - '0');
	text += n;
	size_t digits = *text == '.' ? strspn(text + 1, "0123456789") : 0;
	if (*text != '\0' && (digits == 0 || text[1 + digits] != '\0'))
		return false;
	for (size_t i = 0; i < 6; i++)
		part = part * 10 + (i < digits ? text[1 + i] - '0' : 0);
	*us = s * US_PER_S + part;
	return s <= INT64_C(253402300799); /* the year 9999 */
}

static bool
parse_asn(const char *text, uint32_t *asn)
{
	size_t n = strspn(text, "0123456789");
	unsigned long long v = strtoull(text, NULL, 10);
	*asn = (uint32_t)v;
	return n > 0 && n <= 10 && text[n] == '\0' && v <= UINT32_MAX;
}

static bool
parse_peer(const char *text, struct store_route *of)
{
	bool ipv6 = strchr(text, ':') != NULL;
	memset(of->peer_addr, 0, sizeof(of->peer_addr));
	of->peer_addr_len = ipv6 ? 16 : 4;
	return inet_pton(ipv6 ? AF_INET6 : AF_INET, text, of->peer_addr) == 1;
}

/* Those of IPv6 are not looked for. */
static void
take_prefix(struct message *m, const char *text, bool announced)
{
	struct told_change one = {.announced = announced};
	if (strchr(text, ':') != NULL)
		return;
	if (!prefix_parse(text, &one.prefix))
		m->bad = true;
	else if (interest_holds(m->in->interest, &one.prefix))
		told_add(&m->in->told, &one);
}

/* A number of the path; two arrays side by side are two sets. */
static void
take_asn(struct message *m, const struct json_scan *s, bool set)
{
	uint32_t asn = 0;
	const uint8_t *was = m->behind, *now = s->r.p;
	bool apart = was == NULL || memchr(was, ']', (size_t)(now - was));
	uint8_t type = set ? AS_SET : AS_SEQUENCE;
	if (!parse_asn(s->text, &asn)) {
		m->bad = true;
		return;
	}
	const uint8_t *last =
	    m->segment != SIZE_MAX ? m->path.p + m->segment : NULL;
	if (last == NULL || last[0] != type || last[1] == SEGMENT_MAX ||
	    (set && apart)) {
		m->segment = m->path.len;
		wr_u8(&m->path, type);
		wr_u8(&m->path, 0);
	}
	m->path.p[m->segment + 1]++;
	wr_u32(&m->path, asn);
	m->behind = now;
}

static void
copy(char *to, size_t room, const char *text)
{
	size_t len = strnlen(text, room - 1);
	memcpy(to, text, len);
	to[len] = '\0';
}

/* A member of the message itself. */
static void
take_member(struct message *m, const char *key, const char *text)
{
	if (strcmp(key, "timestamp") == 0)
		m->has_time = parse_time(text, &m->of.at_us);
	else if (strcmp(key, "peer") == 0)
		m->bad |= !parse_peer(text, &m->of);
	else if (strcmp(key, "peer_asn") == 0)
		m->bad |= !parse_asn(text, &m->of.peer_asn);
	else if (strcmp(key, "host") == 0)
		copy(m->host, sizeof(m->host), text);
	else if (strcmp(key, "type") == 0)
		copy(m->type, sizeof(m->type), text);
	else if (strcmp(key, "state") == 0)
		copy(m->state, sizeof(m->state), text);
}

/* Whether the value stands in the member `key` of the message. */
static bool
below(const struct json_scan *s, unsigned base, const char *key)
{
	return strcmp(s->keys[base - 1], key) == 0;
}

/* base: how deep the message's own members are. */
static void
take(struct message *m, const struct json_scan *s, unsigned base)
{
	unsigned deep = s->depth - base;
	if (deep == 0)
		take_member(m, s->key, s->text);
	else if (deep <= 2 && below(s, base, "path"))
		take_asn(m, s, deep == 2);
	else if (deep == 1 && below(s, base, "withdrawals"))
		take_prefix(m, s->text, false);
	else if (deep == 3 && below(s, base, "announcements") &&
		 strcmp(s->key, "prefixes") == 0)
		take_prefix(m, s->text, true);
}

/* False when the line is no object, or is broken. */
static bool
scan(struct message *m, struct rd text)
{
	struct json_scan s = {.r = text, .lines = true};
	if (!json_scan_record(&s))
		return false;
	while (json_scan_value(&s)) {
		bool outer = strcmp(s.keys[0], "data") == 0;
		bool envelope =
		    json_scan_is(&s, "type") && strncmp(s.text, "ris_", 4) == 0;
		if (envelope)
			copy(m->outer, sizeof(m->outer), s.text);
		else if (s.depth >= (outer ? 2U : 1U))
			take(m, &s, outer ? 2 : 1);
	}
	return !s.broken;
}

static void
name_host(const struct message *m, const char *collector, char *name)
{
	copy(name, COLLECTOR_NAME_MAX + 1,
	    collector != NULL ? collector : m->host);
	char *domain = collector != NULL ? NULL : strchr(name, '.');
	if (domain != NULL)
		*domain = '\0';
}

static bool
session(struct message *m, struct intake_source *source, struct fault *f)
{
	bool up = strcmp(m->state, "connected") == 0;
	if (!up && strcmp(m->state, "down") != 0) {
		intake_skip(m->in, source, SKIP_SESSION);
		return true;
	}
	m->of.kind = up ? ROUTE_UP : ROUTE_DOWN;
	return intake_keep(m->in, source, &m->of, NULL, f);
}

static bool
update(struct message *m, struct intake_source *source, struct fault *f)
{
	struct as_path path;
	struct mrt_attrs a = {.path = rd_make(m->path.p, m->path.len)};
	if (m->in->told.n == 0) {
		intake_skip(m->in, source, SKIP_ELSEWHERE);
		return true;
	}
	as_path_of(&a, 4, &path);
	return intake_told(m->in, source, &m->of, &path, f);
}

static bool
keep(struct message *m, struct intake_source *source, struct fault *f)
{
	bool is_update = strcmp(m->type, "UPDATE") == 0;
	if (!is_update && strcmp(m->type, "RIS_PEER_STATE") != 0) {
		intake_skip(m->in, source, SKIP_OTHER);
		return true;
	}
	m->of.no = intake_turn(m->in, source, &m->of);
	return is_update ? update(m, source, f) : session(m, source, f);
}

/* Subscriptions, errors and the like of the service. */
static bool
is_message(const struct message *m)
{
	return m->outer[0] == '\0' || strcmp(m->outer, "ris_message") == 0;
}

bool
live_read(struct intake *in, const char *collector,
    const struct live_line *line, struct fault *f)
{
	struct message m = {.in = in, .segment = SIZE_MAX};
	char name[COLLECTOR_NAME_MAX + 1];
	in->told.n = 0;
	bool object = scan(&m, line->text), none = object && !is_message(&m);
	bool whole =
	    object && !none && !m.bad && m.has_time && m.of.peer_addr_len > 0;
	name_host(&m, collector, name);
	struct intake_source *source =
	    whole ? intake_source(in, name, "live") : NULL;
	bool ok = true;
	if (none) {
		intake_skip(in, NULL, SKIP_OTHER);
	} else if (source == NULL) {
		intake_broken(in, NULL, line->at);
	} else {
		intake_count(in, source, m.of.at_us);
		ok = keep(&m, source, f);
	}
	wr_free(&m.path);
	return ok;
}

bool
live_blank(struct rd text)
{
	while (text.left > 0 && strchr(" \t\r", *text.p) != NULL &&
	       *text.p != '\0')
		rd_skip(&text, 1);
	return text.left == 0;
}
