/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ORIGIN_CLONES_H
#define TUMEN_ORIGIN_CLONES_H

/*
 * A function that counts bits is compiled twice where the compiler can, with
 * the instruction for that (in all x86 since 2008) and without, one that goes
 * over many numbers with the wide instructions (since 2013) and without; the
 * loader takes the one that the machine has. (clang 14 exports it by a wrong
 * name.)
 */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__)
#define CLONES_POPCNT __attribute__((target_clones("popcnt", "default")))
#define CLONES_WIDE   __attribute__((target_clones("avx2", "default")))
#else
#define CLONES_POPCNT
#define CLONES_WIDE
#endif

/* For what such a function calls: it is part of both. */
#define CLONES_PART static inline __attribute__((always_inline))

#endif
