/* SPDX-License-Identifier: ISC */
#include "probe/campaign/config_ini.h"

#include "probe/campaign/setting.h"

#include <ctype.h>
#include <ini.h>
#include <string.h>

/* The state of one file: inih asks for lines and hands over values. */
struct reader {
	struct draft *draft;
	const char *text;
	size_t left;
	struct place at;     /* the line that was read last */
	struct place header; /* of the section that it is in; line 0: none */
	bool has_key;	     /* that section */
	bool indented;	     /* that line */
	bool failed;
	struct fault *fault;
};

/* inih says nothing of a section without a key; it is a mistake. */
static bool
end_section(struct reader *r)
{
	if (r->header.line == 0 || r->has_key || r->failed)
		return true;
	r->failed = true;
	return draft_fault(r->fault, r->header, "a section without a key");
}

/* Sees sections, and lines that go on with the one before, as inih does. */
static void
look_at(struct reader *r, const char *line)
{
	const char *start = line;
	if (r->at.line == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0)
		start = line += 3;
	while (isspace((unsigned char)*start))
		start++;
	r->indented = start > line;
	if (*start != '[' || strchr(start, ']') == NULL)
		return;
	if ((r->indented && r->has_key) || !end_section(r))
		return;
	r->header = r->at;
	r->has_key = false;
}

/* Not every version of inih does that in a line that goes on. */
static void
cut_comment(char *line)
{
	for (char *c = strchr(line, ';'); c != NULL; c = strchr(c + 1, ';'))
		if (c > line && isspace((unsigned char)c[-1]))
			*c = '\0';
}

/* fgets() for inih, which counts the lines and refuses those that are cut. */
static char *
next_line(char *to, int size, void *stream)
{
	struct reader *r = stream;
	if (r->left == 0 || r->failed)
		return NULL;
	const char *end = memchr(r->text, '\n', r->left);
	size_t len = end != NULL ? (size_t)(end - r->text) + 1 : r->left;
	r->at.line++;
	if (len >= (size_t)size - 2)
		r->failed = !draft_fault(
		    r->fault, r->at, "line longer than %d bytes", size - 3);
	else if (memchr(r->text, '\0', len) != NULL)
		r->failed = !draft_fault(
		    r->fault, r->at, "a NUL byte: not a text file");
	if (r->failed)
		return NULL;
	memcpy(to, r->text, len);
	to[len] = '\0';
	r->text += len;
	r->left -= len;
	look_at(r, to);
	if (r->indented)
		cut_comment(to);
	return r->failed ? NULL : to;
}

static bool
in_campaign(struct reader *r, const char *section, const struct setting *s)
{
	const char *name = section + strlen("campaign ");
	if (!setting_is_name(name))
		return draft_fault(r->fault, r->header,
		    "[%s]: the name of a campaign is not 1..%d of a-z 0-9 . _ "
		    "-",
		    section, RECORD_NAME_MAX);
	size_t i = draft_campaign(r->draft, name, r->header);
	if (i == CONFIG_CAMPAIGNS_MAX)
		return draft_fault(r->fault, r->header,
		    "[%s]: more than %d campaigns", section,
		    CONFIG_CAMPAIGNS_MAX);
	const struct place *first = &r->draft->campaigns[i].at;
	if (strcmp(first->file, r->at.file) != 0)
		return draft_fault(r->fault, r->header,
		    "[%s]: begun at %s:%d, and a campaign lies in one file",
		    section, first->file, first->line);
	return setting_campaign(r->draft, i, s, r->fault);
}

static bool
take(struct reader *r, const char *section, const struct setting *s)
{
	struct place *vantage = &r->draft->vantage.at;
	if (strncmp(section, "campaign ", strlen("campaign ")) == 0)
		return in_campaign(r, section, s);
	if (strcmp(section, "vantage") != 0)
		return draft_fault(r->fault,
		    r->header.line > 0 ? r->header : r->at,
		    "[%s]: no such section ([vantage] or [campaign NAME])",
		    section);
	if (vantage->line == 0)
		*vantage = r->header;
	return setting_vantage(r->draft, s, r->fault);
}

/* inih's handler: nonzero goes on. */
static int
on_value(void *user, const char *section, const char *key, const char *value)
{
	struct reader *r = user;
	struct setting s = {key, value, r->at, r->indented && r->has_key};
	r->has_key = true;
	r->failed = r->failed || !take(r, section, &s);
	return !r->failed;
}

bool
config_ini_read(struct draft *d, const struct config_text *t, struct fault *f)
{
	struct reader r = {.draft = d,
	    .text = t->text,
	    .left = t->len,
	    .at = {t->name, 0},
	    .header = {t->name, 0},
	    .fault = f};
	int line = ini_parse_stream(next_line, &r, on_value, &r);
	/* inih reads on behind a line that it cannot split. */
	if (line > 0 && (!r.failed || line < r.at.line)) {
		r.at.line = line;
		return draft_fault(
		    f, r.at, "neither a [section] nor a key = value");
	}
	return end_section(&r) && !r.failed;
}
