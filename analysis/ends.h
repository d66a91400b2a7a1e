/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_ENDS_H
#define TUMEN_ENDS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * For a command that stays: SIGTERM and SIGINT wait until it sleeps or asks, so
 * that neither cuts a step in two.
 */
void ends_block(sigset_t *ends);

/* Sleeps; true when a signal came that ends the program, also before. */
bool ends_sleep(const sigset_t *ends, int64_t ms);

#endif
