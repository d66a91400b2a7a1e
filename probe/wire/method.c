/* SPDX-License-Identifier: ISC */
#include "probe/wire/method.h"

const struct method *
method_of(enum record_method m)
{
	switch (m) {
	case METHOD_UDP:
		return &method_udp;
	case METHOD_ICMP:
		return &method_icmp;
	case METHOD_TCP:
		return &method_tcp;
	}
	return NULL;
}

bool
method_witness(const struct method *m, const struct flow_id *flow,
    const struct reply *reply, struct method_witness *w)
{
	if (reply->kind == REPLY_ICMP_ERROR)
		return m->quoted(flow, &reply->quote, w);
	return reply->kind == m->answer && m->direct(flow, reply, w);
}
