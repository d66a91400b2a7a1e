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

/*
 * The same for programs that read the log: "event=NAME" and then what fmt
 * makes, keys and values as in "campaign=border slot=5". NAME and keys are of
 * a-z, '-' and '_'; a value that is no number goes through log_word():
 *   log_event(LOG_NOTE, "run-end", "slot=%d reason=%s", slot,
 *       log_word(reason).s);
 * Which events there are: tumen-probe(1).
 */
void log_event(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * A value: as it is when it has neither blanks nor quotes nor '=' in it, else
 * in double quotes with '\' before '"' and '\'. NULL is "". At most
 * LOG_WORD_MAX bytes; what is cut off a longer one stands as "...".
 */
enum { LOG_WORD_MAX = 511 };
struct log_word {
	char s[2 * LOG_WORD_MAX + 3];
};
struct log_word log_word(const char *text);

/* Replaces control bytes of s by '?', in place, and returns s. */
char *log_sanitize(char *s);

#endif
