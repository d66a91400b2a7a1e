/* SPDX-License-Identifier: ISC */
#include "probe/campaign/view.h"

#include "probe/base/mem.h"
#include "probe/base/opt.h"
#include "probe/base/wr.h"
#include "probe/campaign/section.h"
#include "probe/campaign/setting.h"
#include "probe/campaign/view_fields.h"
#include "sql/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* --- to the file ------------------------------------------------------------
 */

static void
put(struct wr *w, const char *key, const char *value)
{
	wr_bytes(w, key, strlen(key));
	wr_bytes(w, " = ", 3);
	wr_bytes(w, value, strlen(value));
	wr_u8(w, '\n');
}

/* What is missing is left out. */
static void
put_fields(struct wr *w, const void *base, const struct view_field *field)
{
	for (; field->name != NULL; field++) {
		char text[sizeof(((struct view *)0)->config_error)];
		if (field->kind == VIEW_TEXT)
			snprintf(
			    text, sizeof(text), "%s", view_string(base, field));
		else if (view_number(base, field) >= 0)
			snprintf(text, sizeof(text), "%" PRId64,
			    view_number(base, field));
		else
			text[0] = '\0';
		view_plain(text);
		if (text[0] != '\0')
			put(w, field->name, text);
	}
}

char *
view_text(const struct view *v)
{
	struct wr w = {0};
	const char *head = "# of tumen-probe agent, for tumen-probe status\n"
			   "[agent]\n";
	wr_bytes(&w, head, strlen(head));
	put_fields(&w, v, view_fields);
	for (size_t i = 0; i < v->n; i++) {
		char section[RECORD_NAME_MAX + 16];
		int len = snprintf(section, sizeof(section), "[campaign %s]\n",
		    v->campaigns[i].name);
		wr_bytes(&w, section, (size_t)len);
		put_fields(&w, &v->campaigns[i], view_campaign_fields);
	}
	wr_u8(&w, '\0');
	return (char *)w.p;
}

bool
view_write(const struct view *v, const char *spool, struct fault *f)
{
	char *text = view_text(v);
	bool ok = folder_write(spool, "status", text, f);
	free(text);
	return ok;
}

/* --- from the file ----------------------------------------------------------
 */

struct parse {
	struct view *view;
	uint64_t seen; /* fields of the section */
	char section[RECORD_NAME_MAX + 16];
};

static void
set_missing(void *base, const struct view_field *field)
{
	for (; field->name != NULL; field++) {
		int64_t none = -1;
		if (field->kind == VIEW_NUMBER)
			memcpy(
			    (char *)base + field->offset, &none, sizeof(none));
	}
}

static bool
store(void *base, const struct view_field *field, const char *value,
    struct fault *f)
{
	char *to = (char *)base + field->offset;
	bool flag = field->kind == VIEW_FLAG;
	int64_t number = 0;
	if (field->kind == VIEW_TEXT) {
		if (strlen(value) >= field->size)
			return fault_set(f, EX_DATAERR,
			    "%s: longer than %zu bytes", field->name,
			    field->size - 1);
		memcpy(to, value, strlen(value) + 1);
		view_plain(to);
		return true;
	}
	if (!opt_number(field->name, value,
		(struct opt_range){0, flag ? 1 : INT64_MAX}, &number, f))
		return false;
	if (flag)
		*(bool *)to = number == 1;
	else
		memcpy(to, &number, sizeof(number));
	return true;
}

/* The campaign of a section that begins. */
static bool
add_campaign(struct view *v, const char *name, struct fault *f)
{
	if (!setting_is_name(name))
		return fault_set(f, EX_DATAERR,
		    "no name of a campaign: 1..%d of a-z 0-9 . _ -",
		    RECORD_NAME_MAX);
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->campaigns[i].name, name) == 0)
			return fault_set(
			    f, EX_DATAERR, "campaign %s twice", name);
	if (v->n == CONFIG_CAMPAIGNS_MAX)
		return fault_set(f, EX_DATAERR, "more than %d campaigns",
		    CONFIG_CAMPAIGNS_MAX);
	v->campaigns =
	    xreallocarray(v->campaigns, v->n + 1, sizeof(*v->campaigns));
	struct view_campaign *c = &v->campaigns[v->n++];
	*c = (struct view_campaign){0};
	snprintf(c->name, sizeof(c->name), "%s", name);
	set_missing(c, view_campaign_fields);
	return true;
}

static bool
enter(struct parse *p, const char *section, struct fault *f)
{
	const char *prefix = "campaign ";
	if (strcmp(section, p->section) == 0)
		return true;
	p->seen = 0;
	snprintf(p->section, sizeof(p->section), "%s", section);
	if (strncmp(section, prefix, strlen(prefix)) == 0)
		return add_campaign(p->view, section + strlen(prefix), f);
	return (strcmp(section, "agent") == 0 && p->view->n == 0) ||
	       fault_set(f, EX_DATAERR,
		   "not [agent] and then [campaign NAME] sections");
}

static bool
on_line(void *arg, const struct section_line *l, struct fault *f)
{
	struct parse *p = arg;
	if (!enter(p, l->section, f))
		return false;
	bool agent = p->view->n == 0;
	const struct view_field *fields =
	    agent ? view_fields : view_campaign_fields;
	void *base = agent ? (void *)p->view
			   : (void *)&p->view->campaigns[p->view->n - 1];
	const struct view_field *field = fields;
	while (field->name != NULL && strcmp(field->name, l->key) != 0)
		field++;
	if (field->name == NULL)
		return fault_set(f, EX_DATAERR, "%.40s: no such key", l->key);
	uint64_t bit = UINT64_C(1) << (field - fields);
	if ((p->seen & bit) != 0)
		return fault_set(f, EX_DATAERR, "%s: given twice", l->key);
	p->seen |= bit;
	return store(base, field, l->value, f);
}

bool
view_parse(struct view *v, const char *name, const char *text, size_t len,
    struct fault *f)
{
	struct section_text t = {name, text, len};
	struct parse p = {.view = v, .section = "\n"}; /* no section yet */
	*v = (struct view){0};
	set_missing(v, view_fields);
	bool ok = section_read(&t, on_line, &p, f);
	if (ok && (v->vantage[0] == '\0' || v->written_us < 0))
		ok = fault_set(f, EX_DATAERR,
		    "%s: no vantage or no written_us in [agent]", name);
	if (ok)
		return true;
	view_plain(f->text); /* names what the file holds */
	view_clear(v);
	return false;
}

/* Whoever may write to the spool may have put anything there. */
static int
open_file(const char *path, struct fault *f)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) {
		folder_fault(f, errno, path, "cannot read");
		return -1;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	fault_set(f, EX_DATAERR, "%s: not a regular file", path);
	close(fd);
	return -1;
}

bool
view_read(struct view *v, const char *spool, struct fault *f)
{
	char *path = xasprintf("%s/status", spool);
	char *text = xcalloc(1, VIEW_FILE_MAX);
	int fd = open_file(path, f);
	FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
	size_t len = file != NULL ? fread(text, 1, VIEW_FILE_MAX, file) : 0;
	bool ok = file != NULL;
	*v = (struct view){0};
	if (ok && ferror(file))
		ok = folder_fault(f, errno, path, "cannot read");
	else if (ok && len == VIEW_FILE_MAX)
		ok = fault_set(f, EX_DATAERR, "%s: longer than %d bytes", path,
		    VIEW_FILE_MAX - 1);
	else if (ok)
		ok = view_parse(v, path, text, len, f);
	if (file != NULL)
		fclose(file);
	free(text);
	free(path);
	return ok;
}

void
view_clear(struct view *v)
{
	free(v->campaigns);
	*v = (struct view){0};
}
