/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/scamper_gaps.h"
#include "analysis/exchange/scamper_own.h"
#include "analysis/exchange/tracelb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct trace {
	struct scamper_head head;
	struct scamper_hops hops;
	struct scamper_own own;
	bool extra; /* hops behind the one where it stopped */
};

static void
member(struct json_read *in, const struct json_word *key, struct foreign *f,
    struct trace *t)
{
	bool beyond = json_read_is(key, "extra_hops");
	if (beyond || json_read_is(key, "hops")) {
		t->extra |= beyond;
		scamper_hops_read(in, f, &t->hops);
	} else if (json_read_is(key, "no_hops") ||
		   json_read_is(key, "extra_no_hops")) {
		scamper_hops_silent(in, f, &t->hops);
	} else if (json_read_is(key, "tumen")) {
		scamper_own_read(in, f, &t->hops, &t->own);
	} else if (!scamper_head_member(in, key, &t->head)) {
		json_read_skip(in);
	}
}

static void
end_own(struct json_read *in, struct foreign *f, struct trace *t)
{
	struct record *r = &f->record[0];
	f->format = FORMAT_TUMEN;
	f->nfacts = 0;
	scamper_hops_end(&t->hops, r);
	if (t->hops.left_out > 0)
		json_read_bad(
		    in, "hops: %zu that no record has", t->hops.left_out);
	scamper_head_record(&t->head, f, -1, r);
	foreign_end(f, r, "", in);
	scamper_own_end(in, &t->own, r);
	snprintf(f->vantage, sizeof(f->vantage), "%s", r->vantage);
}

static void
end_foreign(struct json_read *in, struct foreign *f, struct trace *t)
{
	char identity[SCAMPER_IDENTITY_MAX + 1];
	struct record *r = &f->record[0];
	scamper_hops_end(&t->hops, r);
	if (!t->hops.silent && !t->extra)
		scamper_gaps(&t->head, f, t->hops.left_out == 0);
	scamper_head_record(&t->head, f, -1, r);
	scamper_head_stop(&t->head, r);
	scamper_left_out(r, t->hops.left_out);
	scamper_head_identity(&t->head, identity);
	foreign_end(f, r, identity, in);
}

static void
read_trace(struct json_read *in, struct foreign *f)
{
	struct trace t = {.head = scamper_head_make(false)};
	struct json_word key;
	foreign_trace(f);
	for (json_read_object(in); json_read_member(in, &key);)
		member(in, &key, f, &t);
	if (!json_read_ok(in) || scamper_head_ipv6(&t.head, f)) {
		free(t.own.r.source.text);
		return;
	}
	if (t.hops.ipv6)
		json_read_bad(in, "hops: an IPv6 address towards an IPv4 one");
	scamper_head_check(in, &t.head, f);
	if (json_read_ok(in) && t.own.is)
		end_own(in, f, &t);
	else if (json_read_ok(in))
		end_foreign(in, f, &t);
	free(t.own.r.source.text);
}

/* Looks ahead; scamper writes it first. */
static void
type_of(struct json_read *in, char *type, size_t room)
{
	struct json_read ahead = *in;
	struct json_word key;
	type[0] = '\0';
	for (json_read_object(&ahead); json_read_member(&ahead, &key);) {
		if (json_read_is(&key, "type")) {
			json_read_text(&ahead, type, room);
			break;
		}
		json_read_skip(&ahead);
	}
	if (!json_read_ok(&ahead))
		*in = ahead;
	else if (type[0] == '\0')
		json_read_bad(in, "type: missing");
}

void
scamper_read(struct json_read *in, struct foreign *f)
{
	char type[FOREIGN_OTHER_MAX + 1];
	foreign_reset(f);
	f->format = FORMAT_SCAMPER;
	type_of(in, type, sizeof(type));
	if (!json_read_ok(in))
		return;
	if (strcmp(type, "trace") == 0) {
		read_trace(in, f);
	} else if (strcmp(type, "tracelb") == 0) {
		tracelb_read(in, f);
	} else {
		snprintf(f->other, sizeof(f->other), "%s", type);
		json_read_skip(in);
	}
}
