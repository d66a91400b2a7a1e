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
