/* SPDX-License-Identifier: ISC */
#include "sql/load_item.h"

#include "probe/base/mem.h"

#include <stdlib.h>

static char *
copy(const char *text)
{
	return text != NULL ? xstrdup(text) : NULL;
}

struct load_item
load_item_trace(struct row *row)
{
	struct load_item item = {.kind = LOAD_A_TRACE, .row = *row};
	*row = (struct row){0};
	return item;
}

struct load_item
load_item_run(const struct store_run *run)
{
	struct load_item item = {.kind = LOAD_A_RUN,
	    .run = *run,
	    .text = {copy(run->state), copy(run->reason)}};
	item.run.state = item.text[0];
	item.run.reason = item.text[1];
	return item;
}

struct load_item
load_item_health(const struct store_health *h)
{
	struct load_item item = {.kind = LOAD_A_HEALTH,
	    .health = *h,
	    .text = {copy(h->uplink), copy(h->interface)}};
	item.health.uplink = item.text[0];
	item.health.interface = item.text[1];
	return item;
}

void
load_item_clear(struct load_item *item)
{
	if (item->kind == LOAD_A_TRACE)
		row_free(&item->row);
	for (int i = 0; i < 2; i++)
		free(item->text[i]);
	*item = (struct load_item){0};
}

size_t
load_item_octets(const struct load_item *item)
{
	if (item->kind == LOAD_A_RUN)
		return sizeof(item->run);
	if (item->kind == LOAD_A_HEALTH)
		return sizeof(item->health);
	return row_octets(&item->row);
}

const char *
load_item_vantage(const struct load_item *item)
{
	switch (item->kind) {
	case LOAD_A_RUN:
		return item->run.vantage;
	case LOAD_A_HEALTH:
		return item->health.vantage;
	case LOAD_A_TRACE:
		break;
	}
	return item->row.r.vantage;
}

const char *
load_item_campaign(const struct load_item *item)
{
	switch (item->kind) {
	case LOAD_A_RUN:
		return item->run.campaign;
	case LOAD_A_HEALTH:
		return item->health.campaign;
	case LOAD_A_TRACE:
		break;
	}
	return item->row.r.campaign;
}
