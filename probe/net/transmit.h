/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_NET_TRANSMIT_H
#define TUMEN_NET_TRANSMIT_H

#include "probe/net/prober_state.h"

/* The way out of the prober: what waits to be sent, what waits for its stamp.
 */

/* Queues a probe; forgets those of a task. */
void transmit_queue(struct prober *p, struct task *task, size_t index);
void transmit_forget(struct prober *p, const struct task *task);

/* Sends what the ceilings allow, gives up what has no stamp. */
void transmit_run(struct prober *p);

/* The packet was seen leaving; false when it is no probe that waits for it. */
bool transmit_stamp(struct prober *p, const struct capture_packet *packet);

/* A reply came: the probe has left, whether it has its stamp or not. */
void transmit_proved(struct prober *p, struct task *task, size_t index);

/* When transmit_run() is due; false when there is nothing to do. */
bool transmit_wake(struct prober *p, struct mono now, struct mono *at);

#endif
