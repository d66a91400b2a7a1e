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
	for (size_t i = 0; i < c.n; i++) {
		struct schedule s = config_schedule(&c, &c.campaigns[i]);
		require(c.campaigns[i].targets.n > 0);
		require(s.interval_us > 0 && s.phase_us >= 0 &&
			s.phase_us < s.interval_us);
		require(schedule_slot(&s, schedule_planned_us(&s, 7)) == 7);
	}
	config_clear(&c);
	return 0;
}
