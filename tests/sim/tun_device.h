/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_TUN_DEVICE_H
#define TUMEN_TESTS_TUN_DEVICE_H

#include "probe/base/fault.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether this network namespace has no interface but lo, so that nothing sent
 * here can leave the machine. False, and EX_NOPERM, if it has one, or if that
 * cannot be found out.
 */
bool tun_device_alone(struct fault *f);

/*
 * Brings up lo and a TUN device `play0` that has the address and the default
 * route, and tells the kernel not to filter or limit what comes and goes.
 * Returns its descriptor, which does not block; -1 and EX_UNAVAILABLE.
 */
int tun_device_open(uint32_t addr, struct fault *f);

/* Packets that the device had no room for, because we read too slowly. */
uint64_t tun_device_dropped(void);

#endif
