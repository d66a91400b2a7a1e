/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_DEPENDENCE_TEXT_H
#define TUMEN_CHANGE_DEPENDENCE_TEXT_H

#include "analysis/change/dependence.h"

/* A line a prefix and month, in lines of at most width columns. */
void dependence_print(const struct dependence *d, size_t width, FILE *out);

#endif
