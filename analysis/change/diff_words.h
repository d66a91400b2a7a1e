/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_CHANGE_DIFF_WORDS_H
#define TUMEN_CHANGE_DIFF_WORDS_H

#include "analysis/change/compared.h"

#include <stdio.h>

/*
 * What changed in a named pair, in sentences on one line (no newline): what
 * and where, who handed over before and after, how the round trips moved.
 */
void diff_words(
    const struct compared *c, const struct origin_set *tables, FILE *out);

#endif
