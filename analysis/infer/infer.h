/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_INFER_INFER_H
#define TUMEN_INFER_INFER_H

#include "analysis/infer/verdict.h"

/*
 * Decides who carried a trace. Pure: the record, the tables of its day and the
 * carrier classes in, the verdict out.
 *
 * First form. A hop's owner is the origin of its address. Walking back from
 * the target's first answer, or from the last answer when the target was not
 * reached, the first hop of a known owner other than the target's AS names
 * entry_as: the router may be the target's own, numbered by its provider, but
 * that provider is the neighbour either way (the classic trap of Zhang et al.,
 * PAM 2010, moves the border by one hop, not the pair of ASes). Walking on, the
 * nearest AS of a carrier class names the carrier. What kept the evidence from
 * being better decides the class, and the class bounds the probability.
 */
void infer(const struct record *r, const struct origin_set *tables,
    const struct carriers *classes, struct verdict *v);

#endif
