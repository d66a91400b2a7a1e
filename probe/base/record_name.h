/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_RECORD_NAME_H
#define TUMEN_BASE_RECORD_NAME_H

#include "probe/base/record.h"

/*
 * The words of tumen-record(5) for what a record holds: "udp", "reached",
 * "both", "lost", ...; "?" for a value that has none. An untold proof has no
 * word: NULL, as missing texts are told.
 */
const char *record_method_name(enum record_method m);
const char *record_stop_name(enum record_stop s);
const char *record_proof_name(enum record_proof p);
const char *record_silent_name(enum record_silent s);

/* The value of a word; false, with the value 0, when it is none of them. */
bool record_method_parse(const char *s, enum record_method *m);
bool record_stop_parse(const char *s, enum record_stop *stop);
bool record_proof_parse(const char *s, enum record_proof *p);
bool record_silent_parse(const char *s, enum record_silent *silent);

#endif
