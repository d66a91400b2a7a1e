/* SPDX-License-Identifier: ISC */
#include "probe/base/record_source.h"

bool
record_format_ok(const char *word, size_t len)
{
	bool ok = len >= 1 && len <= RECORD_FORMAT_MAX;
	for (size_t i = 0; ok && i < len; i++)
		ok = (word[i] >= 'a' && word[i] <= 'z') || word[i] == '-' ||
		     (word[i] >= '0' && word[i] <= '9');
	return ok;
}
