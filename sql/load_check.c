/* SPDX-License-Identifier: ISC */
#include "sql/load_check.h"

#include "sql/store_db.h"

#include <string.h>

static bool
check_item(struct store *to, const struct load_item *item, bool all_new,
    struct fault *f)
{
	const struct record *r = &item->row.r;
	if (item->is_run)
		return store_vantage(to, item->run.vantage, f) != 0 &&
		       store_campaign(to, item->run.campaign, f) != 0 &&
		       (all_new || store_same_run(to, &item->run, f));
	return store_vantage(to, r->vantage, f) != 0 &&
	       (r->campaign[0] == '\0' ||
		   store_campaign(to, r->campaign, f) != 0) &&
	       store_prefix(to, &r->prefix, f) != 0 &&
	       (all_new || store_same_trace(to, &item->row, f));
}

bool
load_check(struct store *to, const struct load_item *items, size_t n,
    bool all_new, struct fault *f)
{
	bool ok = true;
	for (size_t i = 0; ok && i < n; i++)
		ok = check_item(to, &items[i], all_new, f);
	return ok;
}

static bool
knows(struct store *to, const struct load_item *item)
{
	const struct record *r = &item->row.r;
	char prefix[PREFIX_STRLEN];
	if (item->is_run)
		return store_knows(to, "vantage", item->run.vantage) &&
		       store_knows(to, "campaign", item->run.campaign);
	return store_knows(to, "vantage", r->vantage) &&
	       (r->campaign[0] == '\0' ||
		   store_knows(to, "campaign", r->campaign)) &&
	       store_knows(to, "prefix", prefix_format(&r->prefix, prefix));
}

bool
load_knows(struct store *to, const struct load_item *items, size_t n)
{
	bool all = true;
	for (size_t i = 0; all && i < n; i++)
		all = knows(to, &items[i]);
	return all;
}
