/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_INFER_INFER_H
#define TUMEN_INFER_INFER_H

#include "analysis/infer/verdict.h"
#include "analysis/infer/votes.h"

/*
 * Decides who carried a trace: the record, the tables of its day and the
 * carrier classes in, the verdict out. Pure. What it rests on is in model.h.
 */
void
infer(const struct record *r, const struct basis *basis, struct verdict *v);

/* The same beside the other traces of its prefix and time. */
void infer_voted(const struct record *r, const struct basis *basis,
    const struct votes *votes, size_t ballot, struct verdict *v);

/*
 * The same in its parts, for a scene that was made of that record and basis
 * before: the verdict, with the votes when they were shown; then their count.
 */
void infer_scene(const struct record *r, const struct basis *basis,
    const struct scene *s, struct verdict *v);
void infer_count(const struct votes *votes, size_t ballot, struct verdict *v);

#endif
