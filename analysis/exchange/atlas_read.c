/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/atlas_result.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t ID_MAX = (INT64_C(1) << 53) - 1;
static const int64_t SECONDS_MAX =
    INT64_MAX / 4000 / 1000000; /* start_us of tumen-record(5) */

enum key {
	KEY_RESULT,
	KEY_AF,
	KEY_PF, /* 4400: af */
	KEY_DST_ADDR,
	KEY_ADDR, /* 4400: dst_addr */
	KEY_DST_NAME,
	KEY_NAME, /* 4400: dst_name */
	KEY_SRC_ADDR,
	KEY_SRCADDR, /* 4400: src_addr */
	KEY_FROM,
	KEY_PROTO,
	KEY_MODE, /* 4400: proto and af in one */
	KEY_PARIS_ID,
	KEY_PARIS_DASH_ID, /* 4400: paris_id */
	KEY_FW,
	KEY_LTS,
	KEY_MSM_ID,
	KEY_PRB_ID,
	KEY_TIMESTAMP,
	KEY_ENDTIME,
	KEY_TYPE,
	KEY_ID,
	KEY_TUMEN,
	KEY_MSM_NAME, /* this and those behind it: not for the record */
	KEY_SIZE,
	KEYS
};

static const struct json_names names = {
    (const struct json_name[]){JSON_NAME("result"), JSON_NAME("af"),
	JSON_NAME("pf"), JSON_NAME("dst_addr"), JSON_NAME("addr"),
	JSON_NAME("dst_name"), JSON_NAME("name"), JSON_NAME("src_addr"),
	JSON_NAME("srcaddr"), JSON_NAME("from"), JSON_NAME("proto"),
	JSON_NAME("mode"), JSON_NAME("paris_id"), JSON_NAME("paris-id"),
	JSON_NAME("fw"), JSON_NAME("lts"), JSON_NAME("msm_id"),
	JSON_NAME("prb_id"), JSON_NAME("timestamp"), JSON_NAME("endtime"),
	JSON_NAME("type"), JSON_NAME("id"), JSON_NAME("tumen"),
	JSON_NAME("msm_name"), JSON_NAME("size")},
    KEYS};

struct reading {
	struct json_read *in;
	struct foreign *f;
	struct atlas_result *a;
	int64_t id; /* of a probe; -1 */
	bool is_probe;
};

static bool
says(const struct json_word *w, const char *text)
{
	return json_read_is(w, text);
}

/* "UDP", "ICMP", "TCP", or in 4400 with the family: "UDP4", "ICMP6". */
static void
read_proto(struct json_read *in, struct atlas_result *a)
{
	struct json_word w = json_read_word(in);
	if (w.len > 1 && (w.p[w.len - 1] == '4' || w.p[w.len - 1] == '6'))
		a->af = w.p[--w.len] - '0';
	if (says(&w, "UDP"))
		a->method = METHOD_UDP;
	else if (says(&w, "ICMP"))
		a->method = METHOD_ICMP;
	else if (says(&w, "TCP"))
		a->method = METHOD_TCP;
	else if (a->bad[0] == '\0')
		snprintf(a->bad, sizeof(a->bad),
		    "proto: \"%.*s\" is none of UDP, ICMP and TCP",
		    (int)(w.len < 16 ? w.len : 16), w.p);
}

/*
 * Which type of measurement it is may stand behind: what cannot be read as
 * hops is stepped over until then.
 */
static void
read_result(struct reading *r)
{
	struct json_read before = *r->in;
	enum json_kind kind = json_read_kind(r->in);
	r->a->has_result = true;
	if (kind == JSON_ARRAY)
		atlas_hops(r->in, r->f, r->a);
	else if (kind == JSON_STRING)
		atlas_printed(r->in, r->f, r->a);
	else
		json_read_bad(r->in, "result: no list of hops");
	if (r->in->state != JSON_READ_BROKEN)
		return;
	memcpy(r->a->bad, r->in->why, sizeof(r->a->bad));
	*r->in = before;
	json_read_skip(r->in);
}

static void
read_number(struct reading *r, enum key k)
{
	struct json_read *in = r->in;
	struct atlas_result *a = r->a;
	if (k == KEY_AF || k == KEY_PF)
		a->af = (int)json_read_integer(in, 0, 255);
	else if (k == KEY_PARIS_ID || k == KEY_PARIS_DASH_ID)
		a->paris_id = json_read_integer(in, 0, UINT32_MAX);
	else if (k == KEY_FW)
		a->fw = json_read_integer(in, 0, INT32_MAX);
	else if (k == KEY_LTS)
		a->lts = json_read_integer(in, -1, ID_MAX);
	else if (k == KEY_MSM_ID)
		a->msm_id = json_read_integer(in, 0, ID_MAX);
	else if (k == KEY_PRB_ID)
		a->prb_id = json_read_integer(in, 0, ID_MAX);
	else if (k == KEY_TIMESTAMP)
		a->timestamp = json_read_integer(in, 0, SECONDS_MAX);
	else if (k == KEY_ENDTIME)
		a->endtime = json_read_integer(in, 0, SECONDS_MAX);
	else
		r->id = json_read_integer(in, 0, ID_MAX);
}

static void
read_word(struct reading *r, enum key k)
{
	struct json_word w = json_read_word(r->in);
	if (k == KEY_DST_ADDR || k == KEY_ADDR)
		r->a->dst = w;
	else if (k == KEY_DST_NAME || k == KEY_NAME)
		r->a->name = w;
	else if (k == KEY_SRC_ADDR || k == KEY_SRCADDR)
		r->a->src = w;
	else if (k == KEY_FROM)
		r->a->from = w;
	else
		r->a->type = w;
}

/* Of an object about a probe, or of no use. */
static void
read_other(struct reading *r)
{
	struct json_word key = r->in->key;
	r->is_probe |=
	    json_read_is(&key, "asn_v4") || json_read_is(&key, "country_code");
	if (!atlas_probe_member(r->in, &key, r->f))
		json_read_skip(r->in);
}

static void
read_member(struct reading *r, enum key k)
{
	if (k == KEYS)
		read_other(r);
	else if (k >= KEY_MSM_NAME)
		json_read_skip(r->in);
	if (k >= KEY_MSM_NAME || json_name_null(r->in))
		return;
	switch (k) {
	case KEY_RESULT:
		read_result(r);
		break;
	case KEY_DST_ADDR:
	case KEY_ADDR:
	case KEY_DST_NAME:
	case KEY_NAME:
	case KEY_SRC_ADDR:
	case KEY_SRCADDR:
	case KEY_FROM:
	case KEY_TYPE:
		read_word(r, k);
		break;
	case KEY_PROTO:
	case KEY_MODE:
		read_proto(r->in, r->a);
		break;
	case KEY_TUMEN:
		atlas_own_trace(r->in, r->a, &r->f->record[r->f->n - 1]);
		break;
	case KEY_AF:
	case KEY_PF:
	case KEY_PARIS_ID:
	case KEY_PARIS_DASH_ID:
	case KEY_FW:
	case KEY_LTS:
	case KEY_MSM_ID:
	case KEY_PRB_ID:
	case KEY_TIMESTAMP:
	case KEY_ENDTIME:
	case KEY_ID:
		read_number(r, k);
		break;
	case KEY_MSM_NAME:
	case KEY_SIZE:
	case KEYS:
		break;
	}
}

/* --- what it was ---------------------------------------------------------- */

/* The trace that was begun is none. */
static void
drop(struct foreign *f)
{
	record_clear(&f->record[f->n - 1]);
	f->n--;
}

static void __attribute__((format(printf, 2, 3)))
other(struct foreign *f, const char *fmt, ...)
{
	va_list ap;
	drop(f);
	f->nfacts = 0;
	va_start(ap, fmt);
	vsnprintf(f->other, sizeof(f->other), fmt, ap);
	va_end(ap);
}

static void
end_probe(struct reading *r)
{
	char id[24];
	snprintf(id, sizeof(id), "%" PRId64, r->id);
	drop(r->f);
	foreign_vantage(r->f, "atlas", id);
	foreign_fact(r->f, "platform", "ripe-atlas");
	foreign_fact(r->f, "probe", id);
	snprintf(r->f->other, sizeof(r->f->other), "probe");
}

static bool
has(const struct json_word *w, char c)
{
	return w->len > 0 && memchr(w->p, c, w->len) != NULL;
}

static bool
is_six(const struct atlas_result *a)
{
	return a->af == 6 || has(&a->dst, ':') ||
	       (a->dst.len == 0 && has(&a->name, ':'));
}

/* "dst_addr", or what fw 1 printed, or a name that is an address. */
static void
find_target(struct json_read *in, struct atlas_result *a)
{
	if (a->dst.len == 0) {
		a->has_target =
		    a->has_target || atlas_addr(&a->name, &a->target);
		return;
	}
	a->has_target = atlas_addr(&a->dst, &a->target);
	if (!a->has_target)
		json_read_bad(in, "dst_addr: \"%.*s\" is no address",
		    (int)(a->dst.len < 24 ? a->dst.len : 24), a->dst.p);
}

static void
end_traceroute(struct reading *r)
{
	struct atlas_result *a = r->a;
	if (is_six(a)) {
		other(r->f, "IPv6 traceroute");
		return;
	}
	if (a->bad[0] != '\0')
		json_read_bad(r->in, "%s", a->bad);
	else if (!a->has_result)
		json_read_bad(r->in, "result: missing");
	else if (a->prb_id < 0)
		json_read_bad(r->in, "prb_id: missing");
	else if (a->timestamp < 0)
		json_read_bad(r->in, "timestamp: missing");
	else
		find_target(r->in, a);
	if (!json_read_ok(r->in))
		return;
	if (a->has_target)
		atlas_trace(r->in, r->f, a);
	else
		other(r->f, "traceroute without an address");
}

/* Whether "result" looks like that of a traceroute, without a "type". */
static bool
looks(const struct reading *r)
{
	const struct atlas_result *a = r->a;
	return a->printed || a->places > 0 ||
	       r->f->record[r->f->n - 1].nprobes > 0;
}

static void
end_object(struct reading *r)
{
	struct atlas_result *a = r->a;
	if (a->own && a->bad[0] != '\0')
		json_read_bad(r->in, "%s", a->bad);
	else if (a->own)
		atlas_own_end(r->in, r->f, a);
	else if (!a->has_result && r->id >= 0 && r->is_probe)
		end_probe(r);
	else if (a->prb_id < 0 && r->id >= 0)
		other(r->f, "measurement");
	else if (json_read_is(&a->type, "traceroute") ||
		 (a->type.len == 0 && looks(r)))
		end_traceroute(r);
	else if (a->type.len > 0)
		other(r->f, "%.*s", (int)(a->type.len < 32 ? a->type.len : 32),
		    a->type.p);
	else
		other(r->f, "result without a type");
}

static void
begin(struct atlas_result *a)
{
	memset(a, 0, offsetof(struct atlas_result, item));
	a->fw = a->msm_id = a->prb_id = a->timestamp = -1;
	a->endtime = a->paris_id = -1;
	a->lts = ATLAS_NO_LTS;
	a->dst.p = a->from.p = a->src.p = a->type.p = a->name.p = "";
}

void
atlas_read(struct json_read *in, struct foreign *f)
{
	unsigned k = KEYS + 1;
	struct atlas_result a;
	struct reading r = {.in = in, .f = f, .a = &a, .id = -1};
	struct json_guess *guess = &f->guess[GUESS_OBJECT];
	begin(&a);
	f->format = FORMAT_ATLAS;
	foreign_trace(f);
	for (json_read_object(in); json_name_next(in, &names, guess, &k);)
		read_member(&r, (enum key)k);
	if (json_read_ok(in))
		end_object(&r);
}
