/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_SQL_POSTGRES_WAIT_H
#define TUMEN_SQL_POSTGRES_WAIT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How long a server may say nothing while answers to what was sent ahead are
 * due: longer than the locks that it waits for (postgres_session.c). One whose
 * disk hangs, or that was stopped, would else keep an uploader for ever: the
 * kernel behind it goes on acknowledging.
 */
enum { POSTGRES_PATIENCE_MS = 360 * 1000 };

/*
 * Waits until there is something to read from a socket, or room to write when
 * sending. When nothing of it has come after so many milliseconds the socket is
 * shut down, as if the server had closed it: false.
 */
bool postgres_wait(int fd, bool sending, int64_t ms);

#endif
