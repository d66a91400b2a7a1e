/* SPDX-License-Identifier: ISC */
#include "probe/base/log.h"
#include "probe/base/mem.h"
#include "sql/audit_part.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

const char *
audit_state_name(enum audit_state state)
{
	static const char *const names[AUDIT_STATES] = {
	    [AUDIT_DONE] = "done",
	    [AUDIT_PARTIAL] = "partial",
	    [AUDIT_SKIPPED] = "skipped",
	    [AUDIT_FAILED] = "failed",
	    [AUDIT_ABORTED] = "aborted",
	};
	return names[state];
}

struct audit_vantage *
audit_vantage(struct audit_work *w, int64_t id)
{
	struct audit *a = w->a;
	for (size_t i = 0; i < a->nvantages; i++)
		if (a->vantages[i].id == id)
			return &a->vantages[i];
	if (a->nvantages == a->room) {
		a->room = a->room ? a->room * 2 : 16;
		a->vantages =
		    xreallocarray(a->vantages, a->room, sizeof(*a->vantages));
	}
	struct audit_vantage *v = &a->vantages[a->nvantages++];
	char buf[RECORD_NAME_MAX + 1];
	*v = (struct audit_vantage){.id = id};
	snprintf(
	    v->name, sizeof(v->name), "%s", audit_name(&w->vantages, id, buf));
	log_sanitize(v->name);
	return v;
}

void
audit_say(struct audit_work *w, int64_t vantage_id, struct finding *it)
{
	if (vantage_id >= 0) {
		struct audit_vantage *v = audit_vantage(w, vantage_id);
		snprintf(it->vantage, sizeof(it->vantage), "%s", v->name);
		v->faults += finding_is_fault(it->kind);
		if (it->kind == FINDING_GAP_UNUSED)
			v->unused += it->last - it->first + 1;
	}
	log_sanitize(it->campaign);
	log_sanitize(it->detail);
	findings_add(&w->a->findings, it);
}

void
audit_progress(const struct audit_work *w, const char *what, int64_t n)
{
	if (w->a->progress != NULL)
		w->a->progress(what, n);
}

const char *
audit_name(const struct audit_texts *t, int64_t id,
    char buf[static RECORD_NAME_MAX + 1])
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].id == id)
			return t->v[i].name;
	snprintf(buf, RECORD_NAME_MAX + 1, "#%" PRId64, id);
	return buf;
}

static void
say_account(void *arg, const struct account *a, const struct finding *it)
{
	struct finding copy = *it;
	audit_say(arg, a->vantage_id, &copy);
}

/* An upload may have added lines and traces since the ledger was read. */
static bool
reread_ledger(struct audit_work *w, struct fault *f)
{
	for (size_t i = 0; i < w->accounts.n; i++) {
		struct account *a = &w->accounts.v[i];
		if (account_has_segments(a) &&
		    a->traces - a->early.count > a->ledger_traces &&
		    !audit_ledger_again(w, a, f))
			return false;
	}
	return true;
}

static bool
do_all(struct audit_work *w, struct fault *f)
{
	return audit_read_texts(w, f) && audit_list_files(w, f) &&
	       audit_ledger(w, f) && audit_compare_files(w, f) &&
	       audit_runs(w, f) && audit_traces(w, f) && audit_odd_runs(w, f) &&
	       audit_dictionaries(w, f) &&
	       (w->accounts.window || reread_ledger(w, f));
}

static void
work_free(struct audit_work *w)
{
	audit_forget_files(w);
	free(w->lacks);
	free(w->vantages.v);
	free(w->campaigns.v);
	free(w->prefixes.v);
	tally_free(&w->tally);
	accounts_free(&w->accounts);
}

static int
by_name(const void *va, const void *vb)
{
	const struct audit_vantage *a = va, *b = vb;
	return strcmp(a->name, b->name);
}

bool
audit_run(struct audit *a, struct fault *f)
{
	const struct store_filter *filter = &a->filter;
	struct audit_work w = {.a = a,
	    .db = a->store->db,
	    .since_us = filter->since_us,
	    .until_us = filter->until_us > 0 ? filter->until_us : INT64_MAX,
	    .vantage_hi = INT32_MAX}; /* ids have 31 bits */
	if (filter->vantage != NULL)
		w.vantage_lo = w.vantage_hi = row_text_id(filter->vantage);
	w.accounts.window_ends = filter->until_us > 0;
	w.accounts.window = filter->since_us > 0 || filter->until_us > 0;
	bool ok = do_all(&w, f);
	if (ok)
		accounts_close(&w.accounts, say_account, &w);
	if (a->nvantages > 0)
		qsort(a->vantages, a->nvantages, sizeof(*a->vantages), by_name);
	work_free(&w);
	if (ok && filter->vantage != NULL && a->nvantages == 0)
		return fault_set(f, EX_UNAVAILABLE,
		    "--vantage %s: nothing of it in this database and time",
		    filter->vantage);
	return ok;
}

void
audit_free(struct audit *a)
{
	free(a->vantages);
	findings_free(&a->findings);
	a->vantages = NULL;
	a->nvantages = a->room = 0;
}
