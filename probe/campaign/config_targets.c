/* SPDX-License-Identifier: ISC */
#include "probe/campaign/config_check.h"

#include "probe/base/mem.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

static bool
add_words(
    struct config_campaign *k, const struct draft_section *s, struct fault *f)
{
	for (size_t i = 0; i < s->targets.n; i++) {
		const struct draft_word *w = &s->targets.word[i];
		struct fault why = {0};
		if (!(k->sweep ? targets_add_all : targets_add)(
			&k->targets, w->text, &why))
			return draft_fault(
			    f, w->at, "[%s] targets: %s", s->name, why.text);
	}
	return true;
}

/* A pipe or a device could keep the agent waiting. */
static bool
is_list(const char *path, struct fault *f)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return fault_set(f,
		    errno == EACCES ? EX_NOPERM : EX_UNAVAILABLE, "%s: %s",
		    path, strerror(errno));
	return S_ISREG(st.st_mode) ||
	       fault_set(f, EX_CONFIG, "%s: not a regular file", path);
}

static bool
add_file(
    struct config_campaign *k, const struct draft_section *s, struct fault *f)
{
	struct place at = draft_where(s, "targets_file");
	struct fault why = {0};
	if (s->targets_file[0] == '\0' ||
	    (is_list(s->targets_file, &why) &&
		targets_read(&k->targets, s->targets_file, k->sweep, &why)))
		return true;
	draft_fault(f, at, "[%s] targets_file %s", s->name, why.text);
	if (f != NULL && why.status != EX_DATAERR)
		f->status = why.status;
	return false;
}

/* What the list of forbidden leaves. */
static bool
spare(struct config *c, struct config_campaign *k,
    const struct draft_section *s, struct fault *f)
{
	size_t taken = 0;
	struct place at = draft_where(
	    s, draft_find(s, "targets") ? "targets" : "targets_file");
	for (size_t i = 0; i < c->vantage.nforbidden; i++)
		taken += targets_remove(&k->targets, &c->vantage.forbidden[i]);
	c->ntargets_forbidden += taken;
	if (k->targets.n > 0)
		return true;
	if (taken > 0)
		return draft_fault(f, at,
		    "[%s] targets: do_not_probe forbids them all", s->name);
	return draft_fault(f, at,
	    "[%s] targets: none, neither in targets nor in targets_file",
	    s->name);
}

/* One control destination, which nobody may have forbidden. */
static bool
add_control(struct targets *t, const struct config_vantage *v,
    const struct draft_word *w, struct fault *f)
{
	char text[PREFIX_STRLEN];
	uint32_t addr = 0;
	if (strcmp(w->text, "none") == 0)
		return fault_set(f, EX_CONFIG, "none: with no other");
	if (!addr_parse(w->text, &addr))
		return fault_set(
		    f, EX_CONFIG, "%s: not an IPv4 address", w->text);
	for (size_t i = 0; i < v->nforbidden; i++)
		if (prefix_contains(&v->forbidden[i], addr))
			return fault_set(f, EX_CONFIG,
			    "%s: do_not_probe forbids it with %s", w->text,
			    prefix_format(&v->forbidden[i], text));
	if (!targets_add(t, w->text, f))
		return false;
	return t->n <= CONFIG_CONTROLS_MAX ||
	       fault_set(f, EX_CONFIG, "%s: more than %d control destinations",
		   w->text, CONFIG_CONTROLS_MAX);
}

static bool
add_controls(struct targets *t, const struct config_vantage *v,
    const struct draft_section *s, struct fault *f)
{
	const struct draft_words *words = &s->control;
	struct place at = draft_where(s, "control");
	if (words->n == 0)
		return draft_find(s, "control") == NULL ||
		       draft_fault(f, at,
			   "[%s] control: name addresses, or none", s->name);
	if (words->n == 1 && strcmp(words->word[0].text, "none") == 0)
		return true;
	for (size_t i = 0; i < words->n; i++) {
		const struct draft_word *w = &words->word[i];
		struct fault why = {0};
		if (!add_control(t, v, w, &why))
			return draft_fault(
			    f, w->at, "[%s] control: %s", s->name, why.text);
	}
	return true;
}

/* Those of the vantage, unless the campaign has its own. */
static bool
find_controls(struct draft *d, size_t i, struct fault *f)
{
	const struct config_vantage *v = &d->config->vantage;
	struct targets *t = &d->config->campaigns[i].control;
	const struct draft_section *s = &d->campaigns[i];
	if (draft_find(s, "control") != NULL)
		return add_controls(t, v, s, f);
	if (v->control.n > 0)
		t->addr = xmemdup(
		    v->control.addr, v->control.n * sizeof(*v->control.addr));
	t->n = v->control.n;
	return true;
}

/* A control destination is to answer when the targets' country does not. */
static bool
check_control(
    const struct draft *d, size_t i, uint32_t control, struct fault *f)
{
	const struct targets *t = &d->config->campaigns[i].targets;
	const struct draft_section *s = &d->campaigns[i];
	struct place at = draft_where(s, "control");
	const char *whose = draft_find(s, "control") ? "" : " of [vantage]";
	char text[ADDR_STRLEN], other[ADDR_STRLEN];
	addr_format(control, text);
	for (size_t n = 0; n < t->n; n++) {
		if (t->addr[n] == control)
			return draft_fault(f, at,
			    "[%s] control%s: %s: a target of this campaign",
			    s->name, whose, text);
		if (targets_announced(control) && targets_announced(t->addr[n]))
			return draft_fault(f, at,
			    "[%s] control%s: %s: in the network of target %s",
			    s->name, whose, text,
			    addr_format(t->addr[n], other));
	}
	return true;
}

bool
config_targets_vantage(struct draft *d, struct fault *f)
{
	struct config_vantage *v = &d->config->vantage;
	return add_controls(&v->control, v, &d->vantage, f);
}

bool
config_targets_campaign(struct draft *d, size_t i, struct fault *f)
{
	struct config_campaign *k = &d->config->campaigns[i];
	const struct draft_section *s = &d->campaigns[i];
	if (!add_words(k, s, f) || !add_file(k, s, f))
		return false;
	if (k->sweep)
		targets_sort(&k->targets);
	if (!find_controls(d, i, f))
		return false;
	for (size_t n = 0; n < k->control.n; n++)
		if (!check_control(d, i, k->control.addr[n], f))
			return false;
	return spare(d->config, k, s, f);
}
