/* SPDX-License-Identifier: ISC */
#include "analysis/control/updates.h"

#include "analysis/origin/be.h"
#include "analysis/origin/mrt_message.h"
#include "probe/base/clock.h"

#include <string.h>

/*
 * Nearly all messages are about other prefixes. The octets of what is withdrawn
 * and announced say so, before an attribute is parsed or a peer is looked up.
 */

enum { MP_REACH_NLRI = 14, MP_UNREACH_NLRI = 15, ATTR_EXTENDED = 0x10 };

/* One record on its way. */
struct reading {
	struct intake *in;
	struct intake_source *source;
	int64_t at; /* its octet in the file */
	struct store_route of;
	struct fault *f;
};

static bool
multiprotocol_may(
    const struct interest *interest, struct rd attr, bool reach, bool add_path)
{
	struct mrt_nlri list;
	if (!mrt_nlri_multiprotocol(attr, reach, add_path, &list))
		return list.bad;
	return !list.ipv6 && !list.multicast &&
	       interest_may(interest, list.list, add_path);
}

/* Also when they end too early. */
static bool
attributes_may(const struct interest *interest, const struct mrt_message *m)
{
	struct rd r = m->attrs;
	while (r.left > 0) {
		const uint8_t *head = rd_bytes(&r, 3);
		if (head == NULL)
			return true;
		size_t len = head[2];
		if (head[0] & ATTR_EXTENDED)
			len = len << 8 | rd_u8(&r);
		struct rd value = rd_sub(&r, len);
		if (!rd_ok(&r))
			return true;
		bool reach = head[1] == MP_REACH_NLRI;
		if ((reach || head[1] == MP_UNREACH_NLRI) &&
		    multiprotocol_may(interest, value, reach, m->add_path))
			return true;
	}
	return false;
}

static bool
may_matter(const struct interest *interest, const struct mrt_message *m)
{
	return interest_may(interest, m->announced, m->add_path) ||
	       interest_may(interest, m->withdrawn, m->add_path) ||
	       attributes_may(interest, m);
}

/* Takes what is looked for out of a list; false when it makes no sense. */
static bool
take(struct intake *in, struct mrt_nlri *list, bool announced)
{
	struct mrt_prefix p;
	while (mrt_nlri_next(list, &p)) {
		const struct told_change one = {p.prefix, p.path_id, announced};
		if (interest_holds(in->interest, &p.prefix))
			told_add(&in->told, &one);
	}
	return !list->bad;
}

static bool
take_multiprotocol(struct intake *in, struct rd attr, bool reach, bool add_path)
{
	struct mrt_nlri list;
	if (attr.p == NULL)
		return true;
	if (!mrt_nlri_multiprotocol(attr, reach, add_path, &list))
		return !list.bad;
	return list.ipv6 || list.multicast || take(in, &list, reach);
}

static bool
take_all(struct intake *in, const struct mrt_message *m, struct mrt_attrs *a)
{
	struct mrt_nlri withdrawn = mrt_nlri_plain(m, m->withdrawn);
	struct mrt_nlri announced = mrt_nlri_plain(m, m->announced);
	in->told.n = 0;
	return mrt_attrs_split(m->attrs, a) && take(in, &withdrawn, false) &&
	       take(in, &announced, true) &&
	       take_multiprotocol(in, a->unreach, false, m->add_path) &&
	       take_multiprotocol(in, a->reach, true, m->add_path);
}

static bool
update(struct reading *r, const struct mrt_message *m)
{
	struct mrt_attrs a;
	struct as_path path;
	r->of.no = intake_turn(r->in, r->source, &r->of);
	if (!may_matter(r->in->interest, m)) {
		intake_skip(r->in, r->source, SKIP_ELSEWHERE);
		return true;
	}
	if (!take_all(r->in, m, &a)) {
		intake_broken(r->in, r->source, r->at);
		return true;
	}
	if (r->in->told.n == 0) {
		intake_skip(r->in, r->source, SKIP_ELSEWHERE);
		return true;
	}
	as_path_of(&a, m->width, &path);
	return intake_told(r->in, r->source, &r->of, &path, r->f);
}

static bool
state_change(struct reading *r, const struct mrt_message *m)
{
	bool before = m->before == MRT_STATE_ESTABLISHED;
	bool after = m->after == MRT_STATE_ESTABLISHED;
	r->of.no = intake_turn(r->in, r->source, &r->of);
	if (before == after) {
		intake_skip(r->in, r->source, SKIP_SESSION);
		return true;
	}
	r->of.kind = after ? ROUTE_UP : ROUTE_DOWN;
	return intake_keep(r->in, r->source, &r->of, NULL, r->f);
}

static void
name_peer(const struct mrt_message *m, struct store_route *of)
{
	if (m->peer_addr == NULL)
		return;
	of->peer_addr_len = m->peer_addr_len;
	memcpy(of->peer_addr, m->peer_addr, m->peer_addr_len);
	of->peer_asn = m->peer_asn;
}

static bool
message(struct reading *r, struct rd body, uint16_t subtype)
{
	struct mrt_message m;
	enum mrt_message_kind kind = mrt_message_split(body, subtype, &m);
	name_peer(&m, &r->of);
	switch (kind) {
	case MRT_MESSAGE_UPDATE:
		return update(r, &m);
	case MRT_MESSAGE_STATE:
		return state_change(r, &m);
	case MRT_MESSAGE_OTHER:
		intake_skip(r->in, r->source, SKIP_OTHER);
		return true;
	case MRT_MESSAGE_LOCAL:
		intake_skip(r->in, r->source, SKIP_LOCAL);
		return true;
	case MRT_MESSAGE_CUT:
	case MRT_MESSAGE_SYNTAX:
		break;
	}
	intake_broken(r->in, r->source, r->at);
	return true;
}

bool
updates_read(struct intake *in, struct intake_source *source,
    const struct mrt_record *record, int64_t at, struct fault *f)
{
	struct reading r = {.in = in, .source = source, .at = at, .f = f};
	struct rd body = record->body;
	r.of.at_us = (int64_t)record->time * US_PER_S;
	uint32_t us = record->type == MRT_BGP4MP_ET ? rd_u32(&body) : 0;
	bool sense = rd_ok(&body) && us < US_PER_S;
	r.of.at_us += sense ? us : 0;
	intake_count(in, source, r.of.at_us);
	if (sense && !record->cut)
		return message(&r, body, record->subtype);
	intake_broken(in, source, at);
	return true;
}
