/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_BASE_LOG_H
#define TUMEN_BASE_LOG_H

/* Syslog severities; the numbers are those of syslog(3). */
enum log_level { LOG_ERROR = 3, LOG_WARN = 4, LOG_NOTE = 5, LOG_DETAIL = 7 };

/* Lines less severe than level are not written. The default is LOG_NOTE. */
void log_level_set(enum log_level level);

/*
 * One line on stderr, "program: text"; under systemd (JOURNAL_STREAM is set)
 * with the "<N>" priority that journald reads. Control bytes in the text are
 * replaced, so that nothing from the network reaches a terminal.
 */
void log_line(enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Replaces control bytes of s by '?', in place, and returns s. */
char *log_sanitize(char *s);

#endif
