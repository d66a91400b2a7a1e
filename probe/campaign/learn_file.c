/* SPDX-License-Identifier: ISC */
#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "probe/base/rd.h"
#include "probe/base/wr.h"
#include "probe/campaign/learn_state.h"
#include "probe/campaign/setting.h"
#include "sql/folder.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/*
 * The file `learned`, words between single blanks, a missing time is -1:
 *
 *	tumen-learned 1
 *	campaign NAME INTERVAL_S LAST_US AWAKE_US ANSWER SILENT
 *	target ADDRESS KNOWN_US, then TRIED_US ANSWERED_US of udp, icmp, tcp
 *	service PORT TRIED_US OPEN_US CLOSED_US FAILED_US
 *	past CAMPAIGN SILENT MISSED LAST CURRENT PORT
 *	end
 *
 * Campaigns first; then each target, by address, with its services and its
 *pasts behind it. What the words mean is in learn_state.h.
 */

/* As much as all that can be remembered, and more than ever is. */
enum { FILE_MAX = 32 << 20 };
enum { WORDS_MAX = 9, WORD_MAX = RECORD_NAME_MAX, LINE_MAX_LEN = 256 };

/* Intervals and sweeps are far smaller. */
enum { NUMBER_MAX = 1000000000 };

/* What it is, and its version. */
static const char *const first_line[] = {"tumen-learned", "1"};

/* --- writing ------------------------------------------------------------- */

static void __attribute__((format(printf, 2, 3)))
put(struct wr *w, const char *fmt, ...)
{
	char text[LINE_MAX_LEN];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	wr_bytes(w, text, (size_t)n);
}

static void
put_campaign(struct wr *w, const struct learn_campaign *e)
{
	put(w,
	    "campaign %s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
	    " %" PRId64 "\n",
	    e->name, e->interval_s, e->last_us, e->awake_us, e->answer,
	    e->silent);
}

static void
put_service(struct wr *w, const struct learn_service *p)
{
	put(w, "service %u %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n",
	    p->port, p->tried_us, p->open_us, p->closed_us, p->failed_us);
}

static void
put_past(struct wr *w, const struct learn *l, const struct learn_past *p)
{
	put(w, "past %s %u %u %u %u %u\n", l->campaigns[p->campaign].name,
	    p->silent, p->missed, (unsigned)p->last, p->current, p->port);
}

static void
put_target(struct wr *w, const struct learn *l, const struct learn_target *t)
{
	char addr[ADDR_STRLEN];
	put(w, "target %s %" PRId64, addr_format(t->addr, addr), t->known_us);
	for (int i = 0; i < LEARN_METHODS; i++)
		put(w, " %" PRId64 " %" PRId64, t->tried_us[i],
		    t->answered_us[i]);
	put(w, "\n");
	for (size_t i = 0; i < t->nservices; i++)
		put_service(w, &t->services[i]);
	for (size_t i = 0; i < t->npasts; i++)
		put_past(w, l, &t->pasts[i]);
}

char *
learn_format(const struct learn *l)
{
	struct wr w = {0};
	put(&w, "%s %s\n", first_line[0], first_line[1]);
	for (size_t i = 0; i < l->ncampaigns; i++)
		put_campaign(&w, &l->campaigns[i]);
	for (size_t i = 0; i < l->n; i++)
		put_target(&w, l, l->targets[i]);
	put(&w, "end\n");
	wr_u8(&w, '\0');
	return (char *)w.p;
}

/* --- reading ------------------------------------------------------------- */

/* The words of one line; ok goes, and stays away, with the first bad one. */
struct words {
	char word[WORDS_MAX][WORD_MAX + 1];
	size_t n;
	bool ok;
};

/* Up to a blank or the line's end; false when it is empty or too long. */
static bool
read_word(struct rd *line, char word[static WORD_MAX + 1])
{
	size_t len = 0;
	while (line->left > 0) {
		uint8_t c = rd_u8(line);
		if (c == ' ')
			return len > 0 && line->left > 0;
		if (len == WORD_MAX || c <= ' ' || c > '~')
			return false;
		word[len++] = (char)c;
		word[len] = '\0';
	}
	return len > 0;
}

static bool
read_words(struct rd *all, struct words *w)
{
	const uint8_t *end =
	    all->left > 0 ? memchr(all->p, '\n', all->left) : NULL;
	*w = (struct words){.ok = end != NULL};
	if (end == NULL)
		return false;
	struct rd line = rd_sub(all, (size_t)(end - all->p));
	rd_skip(all, 1);
	while (w->ok && line.left > 0) {
		w->ok = w->n < WORDS_MAX && read_word(&line, w->word[w->n]);
		w->n++;
	}
	return w->ok;
}

/* "-1" where that is legal, else digits, as they are written. */
static int64_t
number(struct words *w, size_t i, int64_t lo, int64_t hi)
{
	const char *s = w->word[i];
	int64_t v = 0;
	if (lo < 0 && strcmp(s, "-1") == 0)
		return -1;
	bool ok = s[0] != '\0' && (s[0] != '0' || s[1] == '\0');
	for (; ok && *s != '\0'; s++) {
		ok = *s >= '0' && *s <= '9' && v <= hi / 10;
		v = ok ? v * 10 + (*s - '0') : 0;
	}
	w->ok &= ok && v >= lo && v <= hi;
	return v;
}

static int64_t
time_us(struct words *w, size_t i)
{
	return number(w, i, -1, LEARN_TIME_MAX);
}

static bool
parse_campaign(struct learn *l, struct words *w)
{
	if (w->n != 7 || l->n > 0 || l->ncampaigns == LEARN_CAMPAIGNS_MAX ||
	    !setting_is_name(w->word[1]) ||
	    learn_find_campaign(l, w->word[1]) < LEARN_CAMPAIGNS_MAX)
		return false;
	struct learn_campaign *e =
	    &l->campaigns[learn_add_campaign(l, w->word[1])];
	e->interval_s = number(w, 2, 1, NUMBER_MAX);
	e->last_us = time_us(w, 3);
	e->awake_us = time_us(w, 4);
	e->answer = number(w, 5, 0, NUMBER_MAX);
	e->silent = number(w, 6, 0, NUMBER_MAX);
	return w->ok;
}

static bool
parse_target(struct learn *l, struct words *w)
{
	uint32_t addr;
	if (w->n != 9 || l->n == TARGETS_MAX ||
	    !addr_parse(w->word[1], &addr) ||
	    (l->n > 0 && addr <= l->targets[l->n - 1]->addr))
		return false;
	struct learn_target *t = learn_add(l, addr, false);
	t->known_us = time_us(w, 2);
	for (size_t i = 0; i < LEARN_METHODS; i++) {
		t->tried_us[i] = time_us(w, 3 + 2 * i);
		t->answered_us[i] = time_us(w, 4 + 2 * i);
	}
	return w->ok;
}

static bool
parse_service(struct learn_target *t, struct words *w)
{
	uint16_t port = (uint16_t)number(w, 1, 1, UINT16_MAX);
	if (w->n != 6 || !w->ok || t == NULL ||
	    t->nservices == LEARN_SERVICES_MAX ||
	    learn_find_service(t, port) != NULL)
		return false;
	struct learn_service *p = learn_add_service(t, port);
	p->tried_us = time_us(w, 2);
	p->open_us = time_us(w, 3);
	p->closed_us = time_us(w, 4);
	p->failed_us = time_us(w, 5);
	return w->ok;
}

static bool
parse_past(struct learn *l, struct learn_target *t, struct words *w)
{
	size_t campaign = learn_find_campaign(l, w->word[1]);
	if (w->n != 7 || t == NULL || campaign == LEARN_CAMPAIGNS_MAX ||
	    learn_find_past(t, campaign) != NULL)
		return false;
	struct learn_past *p = learn_add_past(t, campaign);
	p->silent = (uint8_t)number(w, 2, 0, LEARN_SILENT);
	p->missed = (uint8_t)number(w, 3, 0, LEARN_SILENT);
	p->last = (enum learn_last)number(w, 4, LAST_NONE, LAST_ANSWERED);
	p->current = number(w, 5, 0, 1) == 1;
	p->port = (uint16_t)number(w, 6, 0, UINT16_MAX);
	return w->ok;
}

static bool
parse_line(struct learn *l, struct words *w)
{
	struct learn_target *t = l->n > 0 ? l->targets[l->n - 1] : NULL;
	const char *what = w->word[0];
	if (strcmp(what, "campaign") == 0)
		return parse_campaign(l, w);
	if (strcmp(what, "target") == 0)
		return parse_target(l, w);
	if (strcmp(what, "service") == 0)
		return parse_service(t, w);
	return strcmp(what, "past") == 0 && parse_past(l, t, w);
}

/* Up to its last line, behind which is nothing; *line: the one that is bad. */
static bool
parse_all(struct learn *l, struct rd *r, int *line)
{
	struct words w;
	*line = 1;
	bool ok = read_words(r, &w) && w.n == 2 &&
		  strcmp(w.word[0], first_line[0]) == 0 &&
		  strcmp(w.word[1], first_line[1]) == 0;
	while (ok) {
		++*line;
		if (!read_words(r, &w) || w.n == 0)
			return false;
		if (w.n == 1 && strcmp(w.word[0], "end") == 0)
			return r->left == 0;
		ok = parse_line(l, &w);
	}
	return false;
}

struct learn *
learn_parse(const void *bytes, size_t len, struct fault *f)
{
	struct learn *l = xcalloc(1, sizeof(*l));
	struct rd r = rd_make(bytes, len);
	int line = 0;
	if (parse_all(l, &r, &line))
		return l;
	learn_close(l);
	fault_set(f, EX_DATAERR, "line %d: not what is written there", line);
	return NULL;
}

/* --- the file ------------------------------------------------------------ */

/* All of it, or one octet more than may be. False: errno. */
static bool
read_all(const char *path, struct wr *w)
{
	FILE *file = fopen(path, "re");
	size_t n = 1;
	if (file == NULL)
		return false;
	while (n > 0 && w->len <= FILE_MAX) {
		n = fread(wr_room(w, BUFSIZ), 1, BUFSIZ, file);
		w->len += n;
	}
	int error = ferror(file) ? errno : 0;
	fclose(file);
	errno = error;
	return error == 0;
}

/* One is kept: to look at, not to fill the disk. */
static bool
put_aside(const char *dir, const char *path, struct fault *f)
{
	char *aside = xasprintf("%s.damaged", path);
	bool ok = rename(path, aside) == 0
		      ? folder_sync(dir, f)
		      : folder_fault(f, errno, path, "cannot move");
	free(aside);
	return ok;
}

static struct learn *
read_or_begin(
    const char *dir, const char *path, const struct wr *w, struct fault *f)
{
	struct fault why = {0};
	struct learn *l = NULL;
	if (w->len > FILE_MAX)
		fault_set(&why, EX_DATAERR, "longer than %d octets", FILE_MAX);
	else
		l = learn_parse(w->p, w->len, &why);
	if (l != NULL || !put_aside(dir, path, f))
		return l;
	log_line(LOG_WARN,
	    "%s: %s; put aside as learned.damaged: what is known of targets is "
	    "learnt again",
	    path, why.text);
	return xcalloc(1, sizeof(*l));
}

struct learn *
learn_open(const char *dir, struct fault *f)
{
	char *path = xasprintf("%s/learned", dir);
	struct wr w = {0};
	struct learn *l = NULL;
	if (read_all(path, &w))
		l = read_or_begin(dir, path, &w, f);
	else if (errno == ENOENT)
		l = xcalloc(1, sizeof(*l));
	else
		folder_fault(f, errno, path, "cannot read");
	if (l != NULL)
		l->dir = xstrdup(dir);
	wr_free(&w);
	free(path);
	return l;
}

bool
learn_save(struct learn *l, struct fault *f)
{
	if (!l->changed)
		return true;
	char *text = learn_format(l);
	l->changed = !folder_write(l->dir, "learned", text, f);
	free(text);
	return !l->changed;
}
