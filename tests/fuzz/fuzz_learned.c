/* SPDX-License-Identifier: ISC */
#include "probe/campaign/learn_state.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

/* What is written is read again, and is the same. */
static struct learn *
again(struct learn *l)
{
	char *once = learn_format(l);
	struct learn *back = learn_parse(once, strlen(once), NULL);
	require(back != NULL);
	char *twice = learn_format(back);
	require(strcmp(once, twice) == 0);
	free(once);
	free(twice);
	learn_close(l);
	return back;
}

/* Whatever times a file has, an agent goes on with it. */
static void
use(struct learn *l, const struct config_campaign *c, uint32_t target)
{
	struct record_probe p = {.ttl = 9,
	    .attempt = 1,
	    .answered = true,
	    .addr = target,
	    .icmp_type = -1,
	    .tcp_flags = 0x12,
	    .proof = PROOF_BOTH};
	struct record r = {.target = target,
	    .prefix = targets_prefix(target),
	    .method = METHOD_TCP,
	    .port = learn_port(l, c, target),
	    .start_us = 1795280000000000,
	    .stop = STOP_REACHED,
	    .nprobes = 1,
	    .probes = &p};
	require(r.port > 0);
	learn_due(l, c, target, 443, r.start_us);
	learn_due(l, c, target, 443, 0);
	learn_quiet(l, c, target, 7);
	learn_trace(l, c, &r);
	require(learn_find(l, target)->answered_us[2] == r.start_us);
	require(!learn_quiet(l, c, target, 7));
	learn_port(l, c, target);
	learn_due(l, c, target, 443, r.start_us);
}

static void
use_all(struct learn *l, const char *name)
{
	uint32_t targets[4] = {0xaf2db047, 0, 0, 0};
	struct config_campaign c = {.methods = {{METHOD_TCP}, 1},
	    .targets = {targets, 4},
	    .port = -1,
	    .interval_s = 900,
	    .verify_s = 86400,
	    .quiet = 8,
	    .ports = {80, 443}};
	size_t answer, silent;
	memcpy(c.name, name, RECORD_NAME_MAX);
	for (size_t i = 0; i < l->n && i < 3; i++)
		targets[1 + i] = l->targets[i]->addr;
	for (size_t i = 0; i < 4; i++)
		use(l, &c, targets[i]);
	learn_run_over(l, &c);
	learn_count(l, &c, &answer, &silent);
	require(answer + silent == 4 && silent == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct fault f = {0};
	char name[RECORD_NAME_MAX + 1] = "border";
	struct learn *l = learn_parse(bytes, len, &f);
	if (l == NULL) {
		require(f.text[0] != '\0');
		return 0;
	}
	l = again(l);
	use_all(l, name);
	if (l->ncampaigns > 0)
		memcpy(name, l->campaigns[0].name, sizeof(name));
	use_all(l, name);
	learn_close(again(l));
	return 0;
}
