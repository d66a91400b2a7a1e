/* SPDX-License-Identifier: ISC */
#include "analysis/origin/mrt_message.h"

#include "analysis/origin/mrt_record.h"

#include <stddef.h>

/* What a subtype of BGP4MP says about its record. */
enum {
	MESSAGE = 1,
	STATE = 2,
	AS4 = 4,      /* ASNs have 4 octets, also in AS_PATH */
	ADD_PATH = 8, /* a path id before each prefix */
	LOCAL = 16,   /* sent by the collector */
};

static const uint8_t forms[MRT_MESSAGE_SUBTYPE_MAX + 1] = {
    [0] = STATE,
    [1] = MESSAGE, /* 2 and 3 were never in use */
    [4] = MESSAGE | AS4,
    [5] = STATE | AS4,
    [6] = MESSAGE | LOCAL,
    [7] = MESSAGE | AS4 | LOCAL,
    [8] = MESSAGE | ADD_PATH,
    [9] = MESSAGE | AS4 | ADD_PATH,
    [10] = MESSAGE | ADD_PATH | LOCAL,
    [11] = MESSAGE | AS4 | ADD_PATH | LOCAL,
};

enum { SAFI_UNICAST = 1, SAFI_MULTICAST = 2 };
enum { BGP_HEADER_LEN = 19, BGP_MARKER_LEN = 16, BGP_UPDATE = 2 };

static enum mrt_message_kind
update(struct rd r, struct mrt_message *m)
{
	m->withdrawn = rd_sub(&r, rd_u16(&r));
	m->attrs = rd_sub(&r, rd_u16(&r));
	m->announced = r;
	return rd_ok(&r) ? MRT_MESSAGE_UPDATE : MRT_MESSAGE_CUT;
}

static enum mrt_message_kind
message(struct rd r, struct mrt_message *m)
{
	rd_skip(&r, BGP_MARKER_LEN);
	uint16_t len = rd_u16(&r);
	uint8_t type = rd_u8(&r);
	if (!rd_ok(&r))
		return MRT_MESSAGE_CUT;
	if (len < BGP_HEADER_LEN)
		return MRT_MESSAGE_SYNTAX;
	if (type != BGP_UPDATE)
		return MRT_MESSAGE_OTHER;
	return update(rd_sub(&r, (size_t)len - BGP_HEADER_LEN), m);
}

static enum mrt_message_kind
state_change(struct rd r, struct mrt_message *m)
{
	m->before = rd_u16(&r);
	m->after = rd_u16(&r);
	return rd_ok(&r) ? MRT_MESSAGE_STATE : MRT_MESSAGE_CUT;
}

enum mrt_message_kind
mrt_message_split(struct rd body, uint16_t subtype, struct mrt_message *m)
{
	unsigned form = subtype <= MRT_MESSAGE_SUBTYPE_MAX ? forms[subtype] : 0;
	*m = (struct mrt_message){
	    .add_path = form & ADD_PATH, .width = form & AS4 ? 4 : 2};
	if (form == 0 || form & LOCAL)
		return form & LOCAL ? MRT_MESSAGE_LOCAL : MRT_MESSAGE_OTHER;
	m->peer_asn = form & AS4 ? rd_u32(&body) : rd_u16(&body);
	rd_skip(&body, m->width); /* the collector's AS */
	rd_skip(&body, 2);	  /* interface */
	uint16_t afi = rd_u16(&body);
	m->peer_addr_len = afi == MRT_AFI_IPV6 ? 16 : 4;
	const uint8_t *addr = rd_bytes(&body, m->peer_addr_len);
	rd_skip(&body, m->peer_addr_len); /* the collector's address */
	if (!rd_ok(&body))
		return MRT_MESSAGE_CUT;
	if (afi != MRT_AFI_IPV4 && afi != MRT_AFI_IPV6)
		return MRT_MESSAGE_SYNTAX;
	m->peer_addr = addr;
	return form & STATE ? state_change(body, m) : message(body, m);
}

struct mrt_nlri
mrt_nlri_plain(const struct mrt_message *m, struct rd list)
{
	return (struct mrt_nlri){.list = list, .add_path = m->add_path};
}

bool
mrt_nlri_multiprotocol(
    struct rd attr, bool reach, bool add_path, struct mrt_nlri *nlri)
{
	uint16_t afi = rd_u16(&attr);
	uint8_t safi = rd_u8(&attr);
	if (reach) {
		rd_skip(&attr, rd_u8(&attr)); /* next hop */
		rd_skip(&attr, 1);
	}
	*nlri = (struct mrt_nlri){.list = attr,
	    .ipv6 = afi == MRT_AFI_IPV6,
	    .multicast = safi != SAFI_UNICAST,
	    .add_path = add_path,
	    .bad = !rd_ok(&attr)};
	return rd_ok(&attr) && (afi == MRT_AFI_IPV4 || afi == MRT_AFI_IPV6) &&
	       safi <= SAFI_MULTICAST;
}

bool
mrt_nlri_next(struct mrt_nlri *nlri, struct mrt_prefix *p)
{
	struct rd *r = &nlri->list;
	if (r->left == 0 || nlri->bad)
		return false;
	p->path_id = nlri->add_path ? rd_u32(r) : 0;
	uint8_t len = rd_u8(r);
	size_t octets = ((size_t)len + 7) / 8;
	p->prefix = (struct prefix){.len = len};
	for (size_t i = 0; i < octets; i++) {
		uint8_t octet = rd_u8(r);
		if (i < 4)
			p->prefix.addr |= (uint32_t)octet << (24 - 8 * i);
	}
	nlri->bad = !rd_ok(r) || len > (nlri->ipv6 ? 128 : 32);
	if (!nlri->bad && len <= 32)
		p->prefix.addr &= prefix_mask(len); /* the rest says nothing */
	return !nlri->bad;
}
