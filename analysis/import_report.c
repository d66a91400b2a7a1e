/* SPDX-License-Identifier: ISC */
#include "analysis/import_report.h"

#include "probe/base/clock.h"
#include "probe/base/json.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const titles[FORMATS] = {
    [FORMAT_UNKNOWN] = "unknown",
    [FORMAT_TUMEN] = "tumen",
    [FORMAT_ATLAS] = "RIPE Atlas",
    [FORMAT_SCAMPER] = "scamper",
    [FORMAT_MTR] = "mtr",
};

static const char *
plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

static bool
has(const struct manifest *m, int format)
{
	return m->traces[format] + m->others[format] + m->broken[format] > 0;
}

static void
format_json(struct json *j, const struct manifest *m, enum exchange_format f)
{
	const char *const *lacks = foreign_lacks(f);
	json_object(j, NULL);
	json_text(j, "format", foreign_format_name(f));
	json_int(j, "traces", m->traces[f]);
	json_int(j, "other", m->others[f]);
	json_int(j, "broken", m->broken[f]);
	json_array(j, "lacks");
	for (; lacks != NULL && *lacks != NULL; lacks++)
		json_text(j, NULL, *lacks);
	json_array_end(j);
	json_object_end(j);
}

static void
kinds_json(struct json *j, const struct manifest *m)
{
	json_array(j, "other");
	for (size_t i = 0; i <= MANIFEST_KINDS; i++) {
		const struct manifest_kind *k = &m->kind[i];
		if (k->n == 0)
			continue;
		json_object(j, NULL);
		json_text(j, "format",
		    i < MANIFEST_KINDS ? foreign_format_name(k->format) : NULL);
		json_text(j, "kind", k->what);
		json_int(j, "count", k->n);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
holds_json(struct json *j, const struct manifest *m)
{
	bool any = m->nvantages > 0;
	json_int(j, "traces", manifest_traces(m));
	json_int(j, "probes", m->probes);
	json_int(j, "answered", m->answered);
	json_int(j, "outside", m->outside);
	json_int(j, "unkept", m->unkept);
	json_int(j, "broken", manifest_broken(m));
	kinds_json(j, m);
	json_array(j, "formats");
	for (int i = 0; i < FORMATS; i++)
		if (has(m, i))
			format_json(j, m, i);
	json_array_end(j);
	json_int(j, "vantages", m->nvantages);
	json_int_or_null(j, "first_us", any ? m->first_us : -1);
	json_int_or_null(j, "last_us", any ? m->last_us : -1);
}

void
import_report_json(const struct import_report *r)
{
	struct json j = {0};
	json_object(&j, NULL);
	json_text(&j, "record", "import");
	json_int(&j, "v", 1);
	json_text(&j, "file", r->file);
	json_int(&j, "added", r->added);
	json_int(&j, "present", r->present);
	json_int(&j, "runs", r->runs);
	json_int(&j, "refused", r->refused);
	json_text(&j, "signature", r->signature);
	json_bool(&j, "dry_run", r->dry);
	if (r->dry || !r->database)
		holds_json(&j, &r->holds);
	json_int(&j, "facts", r->facts);
	json_object_end(&j);
	json_line(&j, stdout);
}

/* ", 6 passed over (3 ping, 1 IPv6 traceroute, 2 outside the prefix)" */
static void
passed_over(const struct manifest *m)
{
	int64_t all = manifest_others(m) + m->outside;
	const char *between = "";
	if (all == 0)
		return;
	printf(", %" PRId64 " passed over (", all);
	for (size_t i = 0; i <= MANIFEST_KINDS; i++) {
		if (m->kind[i].n == 0)
			continue;
		printf(
		    "%s%" PRId64 " %s", between, m->kind[i].n, m->kind[i].what);
		between = ", ";
	}
	if (m->outside > 0)
		printf("%s%" PRId64 " outside the prefix", between, m->outside);
	putchar(')');
}

static void
first_line(const struct import_report *r)
{
	const struct manifest *m = &r->holds;
	int64_t traces = manifest_traces(m) - m->outside;
	if (r->dry)
		printf("%s: %" PRId64 " trace%s, %" PRId64 " probe%s, %" PRId64
		       " answered",
		    r->file, traces, plural(traces), m->probes,
		    plural(m->probes), m->answered);
	else
		printf("%s: %" PRId64 " trace%s added, %" PRId64
		       " already there, %" PRId64 " run%s, %" PRId64 " refused",
		    r->file, r->added, plural(r->added), r->present, r->runs,
		    plural(r->runs), r->refused);
	passed_over(m);
	if (manifest_broken(m) > 0)
		printf(", %" PRId64 " broken", manifest_broken(m));
	if (r->signature != NULL)
		printf(", signature: %s", r->signature);
	fputs(r->dry ? "; nothing is stored\n" : "\n", stdout);
}

static void
vantages(const struct manifest *m)
{
	int64_t n = m->nvantages;
	char from[CLOCK_STRLEN], to[CLOCK_STRLEN];
	if (n == 0)
		return;
	printf("  %" PRId64 " %s:", n, n == 1 ? "vantage" : "vantages");
	for (int64_t i = 0; i < n && i < MANIFEST_VANTAGES; i++)
		printf("%s %s", i > 0 ? "," : "", m->vantage[i]);
	clock_format_us(m->first_us, from);
	clock_format_us(m->last_us, to);
	printf("%s; from %.16sZ to %.16sZ\n",
	    n > MANIFEST_VANTAGES ? ", ..." : "", from, to);
}

static void
formats(const struct manifest *m)
{
	const char *between = "  formats: ";
	for (int i = 0; i < FORMATS; i++) {
		if (!has(m, i))
			continue;
		printf("%s%s (%" PRId64 " trace%s)", between, titles[i],
		    m->traces[i], plural(m->traces[i]));
		between = ", ";
	}
	putchar('\n');
}

/* Once a format: what its traces never have. */
static void
lacks(const struct manifest *m, bool said[FORMATS])
{
	for (int i = 0; i < FORMATS; i++) {
		const char *const *word = foreign_lacks(i);
		if (m->traces[i] == 0 || said[i] || word == NULL ||
		    *word == NULL)
			continue;
		said[i] = true;
		printf("  %s does not tell:", titles[i]);
		for (const char *comma = ""; *word != NULL; word++) {
			printf("%s %s", comma, *word);
			comma = ",";
		}
		putchar('\n');
	}
}

static void
facts(int64_t n)
{
	if (n > 0)
		printf("  %" PRId64 " new fact%s about vantages (v_vantage)\n",
		    n, plural(n));
}

static bool
foreign(const struct manifest *m)
{
	for (int i = 0; i < FORMATS; i++)
		if (i != FORMAT_TUMEN && m->traces[i] > 0)
			return true;
	return false;
}

void
import_report_text(const struct import_report *r, bool lacking[FORMATS])
{
	const struct manifest *m = &r->holds;
	first_line(r);
	if (r->dry || foreign(m)) {
		formats(m);
		vantages(m);
	}
	if (m->unkept > 0)
		printf("  %" PRId64 " traces without their text: it is longer "
		       "than 1 MiB\n",
		    m->unkept);
	facts(r->facts);
	lacks(m, lacking);
}
