/* SPDX-License-Identifier: ISC */
#include "analysis/origin/asked.h"

#include "analysis/origin/changes.h"
#include "analysis/origin/origin_set.h"

size_t
origin_asked_n(const struct origin_set *set)
{
	return set->n;
}

size_t
origin_asked_at(const struct origin_set *set, int64_t at_us)
{
	const struct origin_moment *m = origin_set_moment(set, at_us);
	return m == NULL ? set->n : (size_t)(m - set->moments);
}

static bool
is_asked(const struct origin_moment *m, const struct snapshot *s)
{
	for (int k = HOLDS_NOTHING + 1; k < HOLDS_KINDS; k++)
		if (m->has[k] == s)
			return true;
	return false;
}

void
origin_asked_json(
    const struct origin_set *set, size_t which, const char *key, struct json *j)
{
	uint8_t identity[HASH_SHA256_LEN];
	char day[CLOCK_STRLEN];
	json_array(j, key);
	for (size_t i = which; i < set->n; i++) {
		const struct snapshot *s = set->tables[i];
		if (!is_asked(&set->moments[which], s))
			continue;
		changes_identity(s, identity);
		clock_format_us(s->asof_us, day);
		day[10] = '\0';
		json_object(j, NULL);
		json_text(j, "asof", day);
		json_hex(j, "identity", identity, sizeof(identity));
		json_object_end(j);
	}
	json_array_end(j);
}
