/* SPDX-License-Identifier: ISC */
#include "analysis/archive/plain.h"
#include "analysis/commands.h"
#include "analysis/query.h"
#include "probe/base/json.h"
#include "probe/base/opt.h"
#include "sql/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

static const char help[] =
    "usage: tumen audit --db DB [--spool DIR]... [--archive DIR]\n"
    "                   [--vantage V] [--since T] [--until T] [--json]\n"
    "\n"
    "The accounting: whether all that was planned has an outcome, and all "
    "that\n"
    "was observed is in the database. Ends with 1 when something is missing.\n"
    "  --db DB        the shared database (or $TUMEN_DB)\n"
    "  --spool DIR    also look at the spool of an agent; may be repeated\n"
    "  --archive DIR  also look at archived segments (tumen upload --archive)\n"
    "  --vantage V    only this vantage\n"
    "  --since T, --until T  only this window; then whole epochs cannot be\n"
    "                 compared with the ledger\n"
    "  --json         one object a line, notes too, see tumen-audit(1)\n";

static void
progress(const char *what, int64_t n)
{
	if (n > 0)
		fprintf(stderr, "\r\033[K%s: %" PRId64 " ", what, n);
	else
		fprintf(stderr, "\r\033[K%s ", what);
}

static void
print_finding(const struct finding *it)
{
	char text[FINDING_TEXT_LEN];
	finding_text(it, text);
	puts(text);
}

static void
print_vantage(const struct audit_vantage *v)
{
	int64_t runs = 0;
	const char *sep = " (";
	for (int i = 0; i < AUDIT_STATES; i++)
		runs += v->runs[i];
	if (v->faults == 0)
		printf("%s: balanced: ", v->name);
	else
		printf("%s: %" PRId64 " faults: ", v->name, v->faults);
	printf("%" PRId64 " runs", runs);
	for (int i = 0; i < AUDIT_STATES; i++) {
		if (v->runs[i] == 0)
			continue;
		printf("%s%" PRId64 " %s", sep, v->runs[i],
		    audit_state_name((enum audit_state)i));
		sep = ", ";
	}
	printf("%s, %" PRId64 " segments, %" PRId64 " traces",
	    runs > 0 ? ")" : "", v->segments, v->traces);
	if (v->imported > 0)
		printf(", %" PRId64 " of them of other tools", v->imported);
	if (v->unused > 0)
		printf(", %" PRId64 " numbers never used", v->unused);
	if (v->waiting > 0)
		printf(", %" PRId64 " segments wait", v->waiting);
	if (v->open > 0)
		printf(", %" PRId64 " being written", v->open);
	if (v->quarantined > 0)
		printf(", %" PRId64 " in quarantine", v->quarantined);
	putchar('\n');
}

static void
print_all(const struct audit *a)
{
	const struct findings *all = &a->findings;
	for (size_t i = 0; i < all->n; i++)
		if (finding_is_fault(all->v[i].kind))
			print_finding(&all->v[i]);
	for (int k = 0; k < FINDING_KINDS; k++)
		if (finding_is_fault((enum finding_kind)k) &&
		    all->count[k] > FINDING_NAMED_MAX)
			printf("audit: %s: and %" PRId64 " more\n",
			    finding_name((enum finding_kind)k),
			    all->count[k] - FINDING_NAMED_MAX);
	for (size_t i = 0; i < a->nvantages; i++)
		print_vantage(&a->vantages[i]);
	if (a->nvantages == 0 && findings_faults(all) == 0)
		puts("nothing to account for");
}

static void
begin_json(struct json *j, const char *kind)
{
	json_object(j, NULL);
	json_text(j, "record", "audit");
	json_int(j, "v", 1);
	json_text(j, "kind", kind);
}

static const char *
or_null(const char *text)
{
	return text[0] == '\0' ? NULL : text;
}

static void
finding_json(const struct finding *it)
{
	struct json j = {0};
	char text[FINDING_TEXT_LEN];
	finding_text(it, text);
	begin_json(&j, finding_name(it->kind));
	json_bool(&j, "fault", finding_is_fault(it->kind));
	json_text(&j, "vantage", or_null(it->vantage));
	json_text(&j, "campaign", or_null(it->campaign));
	json_int_or_null(&j, "epoch", it->epoch);
	json_int_or_null(&j, "first", it->first);
	json_int_or_null(&j, "last", it->last);
	json_int_or_null(&j, "expected", it->expected);
	json_int_or_null(&j, "found", it->found);
	json_text(&j, "detail", or_null(it->detail));
	json_text(&j, "text", text);
	json_object_end(&j);
	json_line(&j, stdout);
}

static void
vantage_json(const struct audit_vantage *v)
{
	struct json j = {0};
	begin_json(&j, "vantage");
	json_text(&j, "vantage", v->name);
	json_bool(&j, "balanced", v->faults == 0);
	json_int(&j, "faults", v->faults);
	for (int i = 0; i < AUDIT_STATES; i++)
		json_int(&j, audit_state_name((enum audit_state)i), v->runs[i]);
	json_int(&j, "segments", v->segments);
	json_int(&j, "traces", v->traces);
	json_int(&j, "imported", v->imported);
	json_int(&j, "unused", v->unused);
	json_int(&j, "waiting", v->waiting);
	json_int(&j, "open", v->open);
	json_int(&j, "quarantined", v->quarantined);
	json_object_end(&j);
	json_line(&j, stdout);
}

/* The last line: how many of each kind, named or not. */
static void
sum_json(const struct audit *a)
{
	struct json j = {0};
	const struct findings *all = &a->findings;
	begin_json(&j, "sum");
	json_bool(&j, "balanced", findings_faults(all) == 0);
	json_int(&j, "faults", findings_faults(all));
	json_object(&j, "kinds");
	for (int k = 0; k < FINDING_KINDS; k++)
		if (all->count[k] > 0)
			json_int(&j, finding_name((enum finding_kind)k),
			    all->count[k]);
	json_object_end(&j);
	json_object_end(&j);
	json_line(&j, stdout);
}

static void
all_json(const struct audit *a)
{
	for (size_t i = 0; i < a->findings.n; i++)
		finding_json(&a->findings.v[i]);
	for (size_t i = 0; i < a->nvantages; i++)
		vantage_json(&a->vantages[i]);
	sum_json(a);
}

static bool
run(const struct query *q, struct audit *a, struct fault *f)
{
	bool terminal = isatty(STDERR_FILENO) == 1;
	a->store = query_store(q, STORE_READ, f);
	if (a->store == NULL)
		return false;
	a->progress = terminal ? progress : NULL;
	bool ok = audit_run(a, f);
	store_close(a->store);
	if (terminal)
		fputs("\r\033[K", stderr);
	return ok;
}

static bool
unpack(void *arg, const char *path, const char **plain, struct fault *f)
{
	struct plain *p = arg;
	if (!plain_open(p, path, PLAIN_SEGMENT_MAX, f))
		return false;
	*plain = p->path;
	return true;
}

static void
forget(void *arg)
{
	plain_close(arg);
}

int
cmd_audit(int argc, char **argv)
{
	struct fault f = {0};
	struct query q;
	struct plain plain;
	if (!query_parse(&q,
		QUERY_DB | QUERY_SEGMENTS | QUERY_JSON | QUERY_VANTAGE |
		    QUERY_WINDOW,
		argc, argv, &f))
		return opt_fail(&f);
	if (q.help)
		return fputs(help, stdout) < 0;
	struct audit a = {.spools = q.spool,
	    .nspools = q.nspools,
	    .archive = q.archive,
	    .unpack = unpack,
	    .forget = forget,
	    .arg = &plain,
	    .filter = q.filter};
	bool ok = run(&q, &a, &f);
	if (ok && q.json)
		all_json(&a);
	else if (ok)
		print_all(&a);
	bool balanced = findings_faults(&a.findings) == 0;
	audit_free(&a);
	if (ok && fflush(stdout) != 0)
		ok = fault_set(&f, EX_IOERR, "stdout: cannot be written");
	if (!ok)
		return opt_fail(&f);
	return balanced ? EX_OK : 1;
}
