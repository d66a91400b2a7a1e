/* SPDX-License-Identifier: ISC */
#include "probe/show_survey.h"

#include "probe/base/addr.h"
#include "probe/base/clock.h"
#include "probe/base/record_name.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { GROUPED_MAX = 32 };

/* 2310 as "2,310". */
static char *
grouped(uint64_t v, char text[static GROUPED_MAX])
{
	char digits[GROUPED_MAX];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, v);
	char *p = text;
	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			*p++ = ',';
		*p++ = digits[i];
	}
	*p = '\0';
	return text;
}

void
show_progress(const struct show_progress *p, FILE *f)
{
	char probes[GROUPED_MAX];
	fprintf(f, "\r\x1b[K%s: ", p->what);
	if (p->all > 0)
		fprintf(f, "%zu of %zu %s, ", p->done, p->all, p->units);
	fprintf(f, "%s probes, %.1f s", grouped(p->probes, probes),
	    (double)p->ns / 1e9);
	fflush(f);
}

void
show_erase(FILE *f)
{
	fputs("\r\x1b[K", f);
	fflush(f);
}

/* Probes that plain traces would have sent, and these did not. */
static int64_t
saved_probes(const struct sweep_saved *s)
{
	return (int64_t)s->plain - (int64_t)s->sent;
}

void
show_sweep_json(const struct show_sweep *s, struct json *j)
{
	const struct record *r = s->about;
	char text[CLOCK_STRLEN];
	json_object(j, NULL);
	json_text(j, "record", "sweep");
	json_int(j, "v", 1);
	json_text(j, "vantage", r->vantage);
	json_int(j, "epoch", (int64_t)r->epoch);
	json_text(j, "method", record_method_name(r->method));
	json_int_or_null(j, "port", r->port);
	json_int(j, "flow", r->flow);
	json_text(j, "src", addr_format(r->src, text));
	json_text(j, "start", clock_format_us(r->start_us, text));
	json_int(j, "start_us", r->start_us);
	json_int(j, "duration_us", s->duration_us);
	json_int(j, "targets", (int64_t)s->saved.targets);
	json_int(j, "started", (int64_t)s->saved.started);
	json_int(j, "finished", (int64_t)s->saved.finished);
	json_int(j, "reached", (int64_t)s->reached);
	json_int(j, "joined", (int64_t)s->saved.joined);
	json_int(j, "routers", (int64_t)s->saved.routers);
	json_int(j, "probes", (int64_t)s->saved.sent);
	json_int(j, "probes_saved", saved_probes(&s->saved));
	json_int(j, "replies_too_late", (int64_t)s->saved.too_late);
	json_bool(j, "aborted", s->aborted);
	json_text(j, "tool", r->tool);
	json_object_end(j);
}

int
show_sweep(const struct show_sweep *s, FILE *f)
{
	const struct sweep_saved *v = &s->saved;
	int64_t saved = saved_probes(v);
	char probes[GROUPED_MAX], less[GROUPED_MAX];
	fprintf(f, "%ssweep: %zu of %zu targets traced, %zu reached; %s probes",
	    s->aborted ? "aborted " : "", v->finished, v->targets, s->reached,
	    grouped(v->sent, probes));
	if (saved > 0)
		fprintf(f, ", %s fewer (%.0f %%) than traces one by one",
		    grouped((uint64_t)saved, less),
		    100 * (double)saved / (double)v->plain);
	fprintf(f, "; %zu paths join another; %zu routers seen; %.1f s\n",
	    v->joined, v->routers, (double)s->duration_us / 1e6);
	errno = EIO;
	return fflush(f) != 0 || ferror(f) ? -errno : 0;
}
