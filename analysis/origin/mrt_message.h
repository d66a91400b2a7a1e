/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_MRT_MESSAGE_H
#define TUMEN_ORIGIN_MRT_MESSAGE_H

#include "probe/base/addr.h"
#include "probe/base/rd.h"

/*
 * Records of BGP4MP (RFC 6396 section 4.4, RFC 8050 section 3), split into
 * their parts: what one neighbour of a collector told it, or a change of its
 * session.
 */

enum mrt_message_kind {
	MRT_MESSAGE_UPDATE,
	MRT_MESSAGE_STATE,
	MRT_MESSAGE_OTHER,  /* another message, or a subtype without any */
	MRT_MESSAGE_LOCAL,  /* sent by the collector itself */
	MRT_MESSAGE_CUT,    /* ends before what it announces */
	MRT_MESSAGE_SYNTAX, /* makes no sense */
};

/* The highest subtype there is. */
enum { MRT_MESSAGE_SUBTYPE_MAX = 11 };

/* States of a session (RFC 4271 section 8.2.2). */
enum { MRT_STATE_ESTABLISHED = 6 };

struct mrt_message {
	/* Whose: not of MRT_MESSAGE_LOCAL and those without any. */
	const uint8_t *peer_addr; /* NULL: not known */
	uint8_t peer_addr_len;	  /* 4 or 16 */
	uint32_t peer_asn;

	uint16_t before, after; /* of MRT_MESSAGE_STATE */

	/* Of MRT_MESSAGE_UPDATE: */
	bool add_path; /* a path id before each prefix */
	uint8_t width; /* octets of an ASN in AS_PATH */
	struct rd withdrawn, attrs, announced;
};

/* Splits a record's body; all of it is borrowed from there. */
enum mrt_message_kind
mrt_message_split(struct rd body, uint16_t subtype, struct mrt_message *m);

/* Prefixes of one family, one behind the other. */
struct mrt_nlri {
	struct rd list;
	bool ipv6, multicast, add_path;
	bool bad; /* set when one makes no sense: there it ends */
};

/* The prefixes of IPv4 unicast that stand in a message itself. */
struct mrt_nlri mrt_nlri_plain(const struct mrt_message *m, struct rd list);

/*
 * Those of MP_REACH_NLRI or MP_UNREACH_NLRI (RFC 4760); false when it has none
 * that can be read: of another family, or (bad is set) cut off.
 */
bool mrt_nlri_multiprotocol(
    struct rd attr, bool reach, bool add_path, struct mrt_nlri *nlri);

struct mrt_prefix {
	struct prefix prefix; /* of IPv6: its first 4 octets */
	uint32_t path_id;     /* RFC 7911; 0 without */
};

/* The next of a list (RFC 4271 section 4.3, RFC 7911 section 3). */
bool mrt_nlri_next(struct mrt_nlri *nlri, struct mrt_prefix *p);

#endif
