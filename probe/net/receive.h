/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_NET_RECEIVE_H
#define TUMEN_NET_RECEIVE_H

#include "probe/net/prober_state.h"

/* The way in: from a captured packet to the trace that it answers. */

/* For capture_read(); arg is the prober. */
void receive_packet(void *arg, const struct capture_packet *packet);

/* Copies the bytes of the reply that is being stepped. */
void receive_keep(struct prober *p, struct record_probe *probe);

#endif
