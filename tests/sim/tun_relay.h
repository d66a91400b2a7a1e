/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TUN_RELAY_H
#define TUMEN_TESTS_TUN_RELAY_H

#include "tests/sim/play.h"
#include "tests/sim/tun_late.h"

#include <stdio.h>
#include <sys/types.h>

/* Plays a network in real time behind a TUN device. */
struct tun_relay {
	int fd, pidfd;
	bool busy;	   /* never sleeps */
	struct play *play; /* borrowed */
	FILE *log;	   /* rows of struct tun_row; NULL none */

	uint64_t in, out, foreign; /* packets; what is no probe */
	uint64_t refused;	   /* by the kernel */
	struct tun_late late;	   /* from due to written */
};

/* Until the process of pidfd has ended. 0, or -errno. */
int tun_relay_run(struct tun_relay *r);

#endif
