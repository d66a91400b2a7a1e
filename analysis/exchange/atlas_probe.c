/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/atlas_result.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/*
 * What lists of probes tell, those of the API
 * (https://atlas.ripe.net/docs/apis/rest-api-reference/probes/) and of the
 * archive (https://ftp.ripe.net/ripe/atlas/probes/archive/).
 */

/* A text or a number as it stands there; null and others are no fact. */
static void
read_fact(struct json_read *in, struct foreign *f, const char *name)
{
	char text[4 * FACT_VALUE_MAX];
	enum json_kind kind = json_read_kind(in);
	const char *begin = in->p;
	struct json_read again = *in;
	json_read_skip(in);
	if (!json_read_ok(in))
		return;
	size_t len = (size_t)(in->p - begin);
	if (kind == JSON_STRING) {
		if (json_read_text(&again, text, sizeof(text)) > 0)
			foreign_fact(f, name, text);
	} else if (kind == JSON_NUMBER && len <= FACT_VALUE_MAX) {
		memcpy(text, begin, len);
		text[len] = '\0';
		foreign_fact(f, name, text);
	}
}

/* {"type":"Point","coordinates":[longitude,latitude]} */
static void
read_geometry(struct json_read *in, struct foreign *f)
{
	struct json_word key;
	if (json_read_null(in))
		return;
	for (json_read_object(in); json_read_member(in, &key);) {
		static const char *const name[] = {"longitude", "latitude"};
		size_t i = 0;
		if (!json_read_is(&key, "coordinates")) {
			json_read_skip(in);
			continue;
		}
		for (json_read_array(in); json_read_item(in); i++)
			if (i < 2)
				read_fact(in, f, name[i]);
			else
				json_read_skip(in);
	}
}

/* ["nat", ...] or [{"name":"NAT","slug":"nat"}, ...] */
static void
read_tags(struct json_read *in, struct foreign *f)
{
	struct json_word key;
	if (json_read_null(in))
		return;
	for (json_read_array(in); json_read_item(in);) {
		if (json_read_kind(in) != JSON_OBJECT) {
			read_fact(in, f, "tag");
			continue;
		}
		for (json_read_object(in); json_read_member(in, &key);)
			if (json_read_is(&key, "slug"))
				read_fact(in, f, "tag");
			else
				json_read_skip(in);
	}
}

bool
atlas_probe_member(
    struct json_read *in, const struct json_word *key, struct foreign *f)
{
	static const char *const names[][2] = {
	    {"asn_v4", "asn"},
	    {"address_v4", "address"},
	    {"prefix_v4", "prefix"},
	    {"country_code", "country"},
	    {"latitude", "latitude"},
	    {"longitude", "longitude"},
	    {"description", "description"},
	    {"firmware_version", "firmware"},
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (json_read_is(key, names[i][0])) {
			read_fact(in, f, names[i][1]);
			return true;
		}
	bool tags = json_read_is(key, "tags");
	if (!tags && !json_read_is(key, "geometry"))
		return false;
	if (tags)
		read_tags(in, f);
	else
		read_geometry(in, f);
	return true;
}
