/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_PAGES_H
#define TUMEN_ORIGIN_PAGES_H

#include "probe/base/wr.h"

/*
 * wr_room() for megabytes: asks the kernel for large pages, where it has some,
 * since the first touch of a page costs more than what is written to it.
 */
uint8_t *pages_room(struct wr *w, size_t len);

#endif
