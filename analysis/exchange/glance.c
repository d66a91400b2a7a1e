/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/glance.h"

struct telling {
	const char *word;
	enum exchange_format format;
};

/*
 * Keys that objects of one format have and those of the others do not: results
 * of RIPE Atlas, its probes, sc_warts2json's objects, mtr's, ours.
 */
static const struct telling keys[] = {
    {"record", FORMAT_TUMEN},
    {"report", FORMAT_MTR},
    {"fw", FORMAT_ATLAS},
    {"af", FORMAT_ATLAS},
    {"prb_id", FORMAT_ATLAS},
    {"msm_id", FORMAT_ATLAS},
    {"msm_name", FORMAT_ATLAS},
    {"mver", FORMAT_ATLAS},
    {"lts", FORMAT_ATLAS},
    {"dst_addr", FORMAT_ATLAS},
    {"dst_name", FORMAT_ATLAS},
    {"src_addr", FORMAT_ATLAS},
    {"endtime", FORMAT_ATLAS},
    {"paris_id", FORMAT_ATLAS},
    {"group_id", FORMAT_ATLAS},
    {"stored_timestamp", FORMAT_ATLAS},
    {"address_v4", FORMAT_ATLAS},
    {"address_v6", FORMAT_ATLAS},
    {"asn_v4", FORMAT_ATLAS},
    {"asn_v6", FORMAT_ATLAS},
    {"prefix_v4", FORMAT_ATLAS},
    {"is_anchor", FORMAT_ATLAS},
    {"country_code", FORMAT_ATLAS},
    {"userid", FORMAT_SCAMPER},
    {"stop_reason", FORMAT_SCAMPER},
    {"hop_count", FORMAT_SCAMPER},
    {"firsthop", FORMAT_SCAMPER},
    {"list_name", FORMAT_SCAMPER},
    {"linkc", FORMAT_SCAMPER},
    {"nodec", FORMAT_SCAMPER},
    {"version", FORMAT_SCAMPER},
};

/* Values of "type", which results of RIPE Atlas and scamper have both. */
static const struct telling types[] = {
    {"trace", FORMAT_SCAMPER},
    {"tracelb", FORMAT_SCAMPER},
    {"cycle-start", FORMAT_SCAMPER},
    {"cycle-stop", FORMAT_SCAMPER},
    {"cycle-def", FORMAT_SCAMPER},
    {"traceroute", FORMAT_ATLAS},
    {"sslcert", FORMAT_ATLAS},
    {"dns", FORMAT_ATLAS},
    {"ntp", FORMAT_ATLAS},
};

static enum exchange_format
told(const struct json_word *w, const struct telling *of, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (json_read_is(w, of[i].word))
			return of[i].format;
	return FORMAT_UNKNOWN;
}

static enum exchange_format
type(struct json_read *in)
{
	if (json_read_kind(in) != JSON_STRING) {
		json_read_skip(in);
		return FORMAT_UNKNOWN;
	}
	struct json_word w = json_read_word(in);
	return told(&w, types, sizeof(types) / sizeof(*types));
}

bool
glance_list(struct json_read *in, const struct json_word *key)
{
	if (!json_read_is(key, "objects") && !json_read_is(key, "results"))
		return false;
	if (json_read_kind(in) != JSON_ARRAY)
		return false;
	json_read_array(in);
	return json_read_ok(in);
}

struct glance
glance_object(struct json_read *in)
{
	struct glance g = {FORMAT_UNKNOWN, false};
	struct json_word key;
	json_read_object(in);
	while (json_read_member(in, &key)) {
		g.format = told(&key, keys, sizeof(keys) / sizeof(*keys));
		if (g.format != FORMAT_UNKNOWN)
			break;
		g.list = glance_list(in, &key);
		if (g.list)
			break;
		if (!json_read_is(&key, "type"))
			json_read_skip(in);
		else if ((g.format = type(in)) != FORMAT_UNKNOWN)
			break;
	}
	return g;
}
