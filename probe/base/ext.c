/* SPDX-License-Identifier: ISC */
#include "probe/base/ext.h"

#include <arpa/inet.h>
#include <string.h>

enum {
	OBJECT_HEADER = 4,
	CLASS_MPLS = 1,
	TYPE_INCOMING_STACK = 1,
	LSE_LEN = 4,
	/* The low bits of the type name the fields, in this order. */
	HAS_IFINDEX = 8,
	HAS_ADDR = 4,
	HAS_NAME = 2,
	HAS_MTU = 1,
	/* Address families, RFC 5837, section 4.2. */
	AFI_IPV4 = 1,
	AFI_IPV6 = 2,
};

bool
ext_next(struct rd *list, struct ext_object *o)
{
	if (list->left < OBJECT_HEADER)
		return false;
	uint16_t len = rd_u16(list);
	o->class = rd_u8(list);
	o->type = rd_u8(list);
	if (len < OBJECT_HEADER)
		return false;
	o->body = rd_sub(list, (size_t)len - OBJECT_HEADER);
	return rd_ok(list);
}

bool
ext_label(struct ext_object *o, struct ext_label *l)
{
	if (o->class != CLASS_MPLS || o->type != TYPE_INCOMING_STACK ||
	    o->body.left < LSE_LEN)
		return false;
	uint32_t lse = rd_u32(&o->body);
	l->label = lse >> 12;
	l->tc = lse >> 9 & 7;
	l->s = lse >> 8 & 1;
	l->ttl = (uint8_t)lse;
	return true;
}

/* An unknown family has no length that one could step over. */
static bool
read_addr(struct rd *r, char addr[static INET6_ADDRSTRLEN])
{
	uint16_t afi = rd_u16(r);
	rd_skip(r, 2); /* reserved */
	int family = afi == AFI_IPV6 ? AF_INET6 : AF_INET;
	const uint8_t *p = rd_bytes(r, afi == AFI_IPV6 ? 16 : 4);
	return p != NULL && (afi == AFI_IPV4 || afi == AFI_IPV6) &&
	       inet_ntop(family, p, addr, INET6_ADDRSTRLEN) != NULL;
}

/* The length counts itself, in whole words of at most 64 octets (4.3). */
static bool
read_name(struct rd *r, char name[static EXT_NAME_MAX + 1])
{
	uint8_t len = rd_u8(r);
	if (len == 0 || len % 4 != 0 || len > EXT_NAME_MAX + 1)
		return false;
	const uint8_t *p = rd_bytes(r, (size_t)len - 1);
	if (p == NULL)
		return false;
	memcpy(name, p, (size_t)len - 1);
	name[len - 1] = '\0'; /* the padding is NUL as well */
	return true;
}

bool
ext_interface(const struct ext_object *o, struct ext_interface *i)
{
	/* RFC 5837, section 4.1: the two high bits of the type. */
	static const char *const role[] = {
	    "incoming", "sub-ip", "outgoing", "next-hop"};
	struct rd r = o->body;
	*i = (struct ext_interface){
	    .role = role[o->type >> 6], .ifindex = -1, .mtu = -1};
	if (o->class != EXT_CLASS_INTERFACE)
		return false;
	if (o->type & HAS_IFINDEX)
		i->ifindex = rd_u32(&r);
	if (o->type & HAS_ADDR && !read_addr(&r, i->addr))
		return false;
	if (o->type & HAS_NAME && !read_name(&r, i->name))
		return false;
	if (o->type & HAS_MTU)
		i->mtu = rd_u32(&r);
	return rd_ok(&r);
}
