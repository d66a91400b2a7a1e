/* SPDX-License-Identifier: ISC */
#include "analysis/change/timeline_text.h"

static void
begin(struct json *j, const char *record, const struct prefix *prefix)
{
	char text[PREFIX_STRLEN];
	json_object(j, NULL);
	json_text(j, "record", record);
	json_int(j, "v", 1);
	json_text(j, "plane", "data");
	json_text(j, "prefix", prefix_format(prefix, text));
}

static void
end(struct json *j, FILE *out)
{
	json_object_end(j);
	json_line(j, out);
}

static void
piece_json(const struct folded_piece *p, FILE *out)
{
	struct json j = {0};
	begin(&j, "folded-run", &p->prefix);
	json_text(&j, "carrier", p->carrier);
	json_text(&j, "reach", p->reach);
	json_int(&j, "since_us", p->since_us);
	json_int(&j, "until_us", p->until_us);
	json_int(&j, "agreeing", (int64_t)p->agreeing);
	json_array(&j, "vantages");
	for (size_t i = 0; i < p->n; i++) {
		json_object(&j, NULL);
		json_text(&j, "vantage", p->vote[i]->vantage);
		json_text(&j, "carrier", p->vote[i]->carrier);
		json_int_or_null(&j, "entry_as", p->vote[i]->entry_as);
		json_object_end(&j);
	}
	json_array_end(&j);
	end(&j, out);
}

static void
times_json(struct json *j, const int64_t us[static 3])
{
	json_int(j, "since_us", us[0]);
	json_int(j, "decided_us", us[1]);
	json_int(j, "last_us", us[2]);
}

static void
traces_json(struct json *j, const uint8_t *first, const uint8_t *last)
{
	char text[UUID_STRLEN];
	json_array(j, "traces");
	json_text(j, NULL, uuid_format(first, text));
	json_text(j, NULL, uuid_format(last, text));
	json_array_end(j);
}

static void
run_json(const struct run *run, FILE *out)
{
	struct json j = {0};
	begin(&j, "run", &run->prefix);
	json_text(&j, "vantage", run->vantage);
	json_text(&j, "carrier", run->carrier);
	json_int_or_null(&j, "entry_as", run->entry_as);
	json_real(&j, "p", run->p, 3);
	times_json(
	    &j, (int64_t[]){run->since_us, run->decided_us, run->last_us});
	traces_json(&j, run->first_trace, run->last_trace);
	end(&j, out);
}

static void
reach_json(const struct reach_run *run, FILE *out)
{
	struct json j = {0};
	begin(&j, "reach-run", &run->prefix);
	json_text(&j, "vantage", run->vantage);
	json_text(&j, "reach", run->reach);
	times_json(
	    &j, (int64_t[]){run->since_us, run->decided_us, run->last_us});
	traces_json(&j, run->first_trace, run->last_trace);
	end(&j, out);
}

void
timeline_runs_json(const struct folded *f, const struct timeline *t,
    const struct timeline_look *look, FILE *out)
{
	for (size_t i = 0; i < f->n; i++)
		if (timeline_shows(
			look, f->piece[i].since_us, f->piece[i].until_us))
			piece_json(&f->piece[i], out);
	for (size_t i = 0; i < t->n; i++)
		if (timeline_shows(look, t->run[i].since_us, t->run[i].last_us))
			run_json(&t->run[i], out);
	for (size_t i = 0; i < t->nreach; i++)
		if (timeline_shows(
			look, t->reach[i].since_us, t->reach[i].last_us))
			reach_json(&t->reach[i], out);
}
