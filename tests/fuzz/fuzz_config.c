/* SPDX-License-Identifier: ISC */
#include "probe/campaign/config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What is accepted must be usable as it stands; what is not, explained. */
static void
require(bool ok)
{
	if (!ok)
		abort();
}

static void
require_schedule(const struct schedule *s)
{
	int64_t first = schedule_first(s);
	require(s->interval_us > 0 && s->phase_us >= 0 &&
		s->phase_us < s->interval_us);
	require(s->jitter_us >= 0 && s->jitter_us <= s->interval_us / 4);
	require(schedule_slot(s, schedule_planned_us(s, first)) == first);
	require(schedule_planned_us(s, first) >= s->start_us);
	require(s->until_us < 0 || schedule_planned_us(s, first) < s->until_us);
}

static void
require_campaign(const struct config_campaign *k)
{
	require(k->targets.n > 0 && k->targets.n <= TARGETS_SWEEP_MAX);
	require(k->sweep || k->targets.n <= TARGETS_MAX);
	require(!k->sweep || (k->mda == 0 && k->methods.n == 1));
	require(k->control.n <= CONFIG_CONTROLS_MAX);
	for (size_t i = 0; i < k->control.n; i++)
		for (size_t n = 0; n < k->targets.n; n++)
			require(k->control.addr[i] != k->targets.addr[n]);
	require(config_same_campaign(k, k));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct config c;
	struct fault f = {0};
	if (!config_parse(&c, "fuzz", (const char *)bytes, len, &f)) {
		require(f.text[0] != '\0' && c.n == 0);
		return 0;
	}
	require(c.vantage.name[0] != '\0' && c.n > 0);
	require(c.vantage.rate >= 1 && c.vantage.burst >= 1);
	require(config_may_follow(&c, &c, NULL));
	for (size_t i = 0; i < c.n; i++) {
		struct schedule s = config_schedule(&c, &c.campaigns[i]);
		require_schedule(&s);
		require_campaign(&c.campaigns[i]);
	}
	config_clear(&c);
	return 0;
}
