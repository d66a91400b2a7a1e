/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/atlas_result.h"

#include "probe/base/record_reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LATE_MAX = 65535, RTT_DECIMALS = 6 };

static const int64_t RTT_NS_MAX = INT64_C(1000000000000000); /* 11 days */

enum key {
	KEY_FROM,
	KEY_RTT,
	KEY_TTL,
	KEY_X,
	KEY_ERR,
	KEY_ITTL,
	KEY_LATE,
	KEY_DUP,
	KEY_FLAGS,
	KEY_ITOS,
	KEY_EDST,
	KEY_MTU,
	KEY_ERROR,
	KEY_TUMEN,
	KEY_ICMPEXT,
	KEY_SIZE, /* this and those behind it: not for the record */
	KEY_HDROPTS,
	KEYS
};

static const struct json_names names = {
    (const struct json_name[]){JSON_NAME("from"), JSON_NAME("rtt"),
	JSON_NAME("ttl"), JSON_NAME("x"), JSON_NAME("err"), JSON_NAME("ittl"),
	JSON_NAME("late"), JSON_NAME("dup"), JSON_NAME("flags"),
	JSON_NAME("itos"), JSON_NAME("edst"), JSON_NAME("mtu"),
	JSON_NAME("error"), JSON_NAME("tumen"), JSON_NAME("icmpext"),
	JSON_NAME("size"), JSON_NAME("hdropts")},
    KEYS};

enum hop_key { HOP_HOP, HOP_RESULT, HOP_ERROR, HOP_KEYS };

static const struct json_names hop_names = {
    (const struct json_name[]){
	JSON_NAME("hop"), JSON_NAME("result"), JSON_NAME("error")},
    HOP_KEYS};

bool
atlas_addr(const struct json_word *w, uint32_t *addr)
{
	char text[ADDR_STRLEN];
	*addr = 0;
	if (w->len >= sizeof(text))
		return false;
	memcpy(text, w->p, w->len);
	text[w->len] = '\0';
	return addr_parse(text, addr);
}

/* What would be wrong in an IPv4 traceroute; whether it is one shows later. */
static void __attribute__((format(printf, 3, 4)))
doubt(struct atlas_result *a, int hop, const char *fmt, ...)
{
	char why[64];
	va_list ap;
	if (a->bad[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	snprintf(a->bad, sizeof(a->bad), "hop %d: %s", hop, why);
}

struct record_probe *
atlas_item(
    struct json_read *in, struct foreign *f, struct atlas_result *a, int hop)
{
	struct record_probe *p = foreign_probe(f, hop, 1);
	if (p == NULL) {
		json_read_bad(in, "result: more than %d probes and replies",
		    RECORD_PROBES_MAX);
		return NULL;
	}
	size_t i = f->record[f->n - 1].nprobes - 1;
	a->item[i] =
	    (struct atlas_item){.place = a->places, .hop = (uint8_t)hop};
	return p;
}

static void
read_error(struct json_read *in, struct atlas_result *a)
{
	char text[4 * RECORD_DETAIL_MAX];
	struct json_read again = *in;
	struct json_word w = json_read_word(in);
	if (json_read_text(&again, text, sizeof(text)) == 0)
		snprintf(
		    text, sizeof(text), "an error, %zu octets of text", w.len);
	snprintf(a->error, sizeof(a->error), "%.*s", (int)sizeof(a->error) - 1,
	    text);
}

/* Codes of an ICMP unreachable (RFC 792) by their letters; -1: none. */
static int
code_of(const struct json_word *w)
{
	static const char letter[] = "NHPpA";
	static const int code[] = {
	    0, 1, 2, ICMP_C_PORT, ICMP_C_ADMIN_PROHIBITED};
	const char *at = w->len == 1 ? strchr(letter, w->p[0]) : NULL;
	return at == NULL || *at == '\0' ? -1 : code[at - letter];
}

/* "err": a letter, or the number of the code. */
static void
read_err(struct json_read *in, struct atlas_result *a, struct record_probe *p,
    struct atlas_item *i)
{
	int code = 0;
	if (json_read_kind(in) == JSON_NUMBER) {
		code = (int)json_read_integer(in, 0, 255);
	} else {
		struct json_word w = json_read_word(in);
		code = code_of(&w);
		if (code < 0)
			doubt(a, i->hop, "err: \"%.*s\" is no code of ICMP",
			    (int)(w.len < 8 ? w.len : 8), w.p);
	}
	p->icmp_type = ICMP_T_UNREACHABLE;
	p->icmp_code = (int16_t)code;
	i->quotes = true;
}

/* Mostly the one that answered last answers again. */
static void
read_from(struct json_read *in, struct atlas_result *a, struct record_probe *p,
    int hop)
{
	if (json_name_again(in, &a->last)) {
		p->addr = a->last_addr;
		p->answered = true;
		return;
	}
	struct json_word w = json_read_word(in);
	p->answered = atlas_addr(&w, &p->addr);
	if (p->answered) {
		a->last = w;
		a->last_addr = p->addr;
	} else {
		doubt(a, hop, "from: \"%.*s\" is no IPv4 address",
		    (int)(w.len < 24 ? w.len : 24), w.p);
	}
}

static void
read_edst(struct json_read *in, struct atlas_result *a, struct atlas_item *i)
{
	struct json_word w = json_read_word(in);
	if (!atlas_addr(&w, &i->edst))
		doubt(a, i->hop, "edst: \"%.*s\" is no IPv4 address",
		    (int)(w.len < 24 ? w.len : 24), w.p);
	i->quotes = true;
}

/* "SA": letters of the flags, the lowest bit first. */
static void
read_flags(struct json_read *in, struct record_probe *p)
{
	static const char bits[] = "FSRPAU";
	struct json_word w = json_read_word(in);
	int flags = 0;
	for (size_t k = 0; k < w.len; k++) {
		const char *at = memchr(bits, w.p[k], sizeof(bits) - 1);
		if (at == NULL) {
			json_read_bad(in, "flags: other letters than FSRPAU");
			return;
		}
		flags |= 1 << (at - bits);
	}
	p->tcp_flags = (int16_t)flags;
}

static void
read_mtu(struct json_read *in, struct record_probe *p, struct atlas_item *i)
{
	enum { FRAGMENTATION_NEEDED = 4 };
	json_read_integer(in, 0, INT32_MAX);
	if (p->icmp_type < 0) {
		p->icmp_type = ICMP_T_UNREACHABLE;
		p->icmp_code = FRAGMENTATION_NEEDED;
	}
	i->quotes = true;
}

static void
read_rtt(struct json_read *in, struct atlas_result *a, struct record_probe *p)
{
	int64_t ns =
	    json_read_scaled(in, RTT_DECIMALS, -RTT_NS_MAX, RTT_NS_MAX);
	a->backwards |= ns < 0;
	p->rtt_ns = ns < 0 ? -1 : ns;
}

static bool
read_dup(struct json_read *in)
{
	if (json_read_kind(in) == JSON_NUMBER)
		return json_read_integer(in, 0, 255) != 0;
	return json_read_bool(in);
}

/* An item in the making. */
struct making {
	struct atlas_result *a;
	struct record_probe *p;
	struct atlas_item *i;
	bool any; /* it tells anything at all */
};

static void
read_quoted(struct json_read *in, int16_t *to, struct atlas_item *i)
{
	*to = (int16_t)json_read_integer(in, 0, 255);
	i->quotes = true;
}

static void
read_extension(struct json_read *in, struct making *m)
{
	free(m->p->ext.p);
	m->p->ext = atlas_ext(in);
	m->i->quotes = true;
}

static void
read_told(struct json_read *in, struct making *m)
{
	if (m->i->told)
		free(m->a->told.ext.p);
	m->a->told = (struct record_probe){0};
	atlas_own_probe(in, m->i->hop, &m->a->told);
	m->i->told = true;
}

static void
read_member(struct json_read *in, enum key k, struct making *m)
{
	if (k >= KEY_SIZE) {
		json_read_skip(in);
		return;
	}
	if (json_name_null(in))
		return;
	m->any = true;
	switch (k) {
	case KEY_FROM:
		read_from(in, m->a, m->p, m->i->hop);
		break;
	case KEY_RTT:
		read_rtt(in, m->a, m->p);
		break;
	case KEY_TTL:
		m->p->reply_ttl = (int16_t)json_read_integer(in, 0, 255);
		break;
	case KEY_ERR:
		read_err(in, m->a, m->p, m->i);
		break;
	case KEY_ITTL:
		read_quoted(in, &m->p->quoted_ttl, m->i);
		break;
	case KEY_LATE:
		m->i->late = (int32_t)json_read_integer(in, 0, LATE_MAX);
		break;
	case KEY_DUP:
		m->i->dup = read_dup(in);
		break;
	case KEY_FLAGS:
		read_flags(in, m->p);
		break;
	case KEY_ITOS:
		read_quoted(in, &m->p->quoted_tos, m->i);
		break;
	case KEY_EDST:
		read_edst(in, m->a, m->i);
		break;
	case KEY_MTU:
		read_mtu(in, m->p, m->i);
		break;
	case KEY_ERROR:
		read_error(in, m->a);
		m->p->silent = SILENT_NOT_SENT;
		break;
	case KEY_TUMEN:
		read_told(in, m);
		break;
	case KEY_ICMPEXT:
		read_extension(in, m);
		break;
	case KEY_X:
	case KEY_SIZE:
	case KEY_HDROPTS:
	case KEYS:
		json_read_skip(in);
		break;
	}
}

/* A reply, a timeout or an error; an empty one is of no probe. */
static void
read_item(
    struct json_read *in, struct foreign *f, struct atlas_result *a, int hop)
{
	unsigned k = KEYS + 1;
	struct record *r = &f->record[f->n - 1];
	struct json_guess *guess = &f->guess[GUESS_REPLY];
	struct making m = {.a = a, .p = atlas_item(in, f, a, hop)};
	if (m.p == NULL)
		return;
	m.i = &a->item[r->nprobes - 1];
	for (json_read_object(in); json_name_next(in, &names, guess, &k);)
		read_member(in, (enum key)k, &m);
	if (m.i->told) {
		free(m.p->ext.p);
		*m.p = a->told;
	}
	if (!m.any)
		r->nprobes--;
}

/* Puts the hop before the reason. */
static void
tell_hop(struct json_read *in, int hop)
{
	char why[JSON_READ_WHY_MAX];
	if (in->state != JSON_READ_BROKEN || hop == 0)
		return;
	memcpy(why, in->why, sizeof(why));
	snprintf(in->why, sizeof(in->why), "hop %d: %.80s", hop, why);
}

/* "hop" behind "result": the items were read as of hop 1. */
static void
say_hop(struct record *r, struct atlas_result *a, size_t first, int hop)
{
	for (size_t i = first; i < r->nprobes; i++) {
		a->item[i].hop = (uint8_t)hop;
		if (!a->item[i].told || r->probes[i].ttl == 1)
			r->probes[i].ttl = (uint8_t)hop;
	}
}

static void
read_items(
    struct json_read *in, struct foreign *f, struct atlas_result *a, int hop)
{
	for (json_read_array(in); json_read_item(in);)
		read_item(in, f, a, hop == 0 ? 1 : hop);
}

/* {"hop":1,"result":[...]}, {"hop":1,"error":"..."} or {"error":"..."}. */
static void
read_hop(struct json_read *in, struct foreign *f, struct atlas_result *a)
{
	unsigned k = HOP_KEYS + 1;
	struct record *r = &f->record[f->n - 1];
	struct json_guess *guess = &f->guess[GUESS_HOP];
	size_t first = r->nprobes;
	int hop = 0;
	bool error = false, late_hop = false;
	for (json_read_object(in); json_name_next(in, &hop_names, guess, &k);) {
		if (k == HOP_HOP) {
			hop = (int)json_read_integer(in, 1, ATLAS_LAST_DITCH);
			late_hop = r->nprobes > first;
		} else if (k == HOP_RESULT) {
			read_items(in, f, a, hop);
		} else if (k == HOP_ERROR) {
			read_error(in, a);
			error = true;
		} else {
			json_read_skip(in);
		}
	}
	if (late_hop)
		say_hop(r, a, first, hop);
	if (hop == 0 && !error)
		json_read_bad(in, "result: a hop without \"hop\"");
	if (error && hop != 0 && r->nprobes == first && json_read_ok(in)) {
		struct record_probe *p = atlas_item(in, f, a, hop);
		if (p != NULL)
			p->silent = SILENT_NOT_SENT;
	}
	tell_hop(in, hop);
	if (hop > 0)
		a->places++;
}

void
atlas_hops(struct json_read *in, struct foreign *f, struct atlas_result *a)
{
	for (json_read_array(in); json_read_item(in);) {
		if (a->places == UINT16_MAX) {
			json_read_bad(in, "result: more than 65535 hops");
			return;
		}
		read_hop(in, f, a);
	}
}
