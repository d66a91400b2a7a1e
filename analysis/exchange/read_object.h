/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_EXCHANGE_READ_OBJECT_H
#define TUMEN_EXCHANGE_READ_OBJECT_H

#include "analysis/exchange/glance.h"

/*
 * Reads the object that in stands before into f, by the reader of the format
 * that it shows; broken when it shows none. Where it holds a list of objects
 * and may (page), f stays empty and in is inside the list. Several threads may
 * do so at once.
 */
struct glance read_object(struct json_read *in, bool page, struct foreign *f);

#endif
