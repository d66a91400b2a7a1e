/* SPDX-License-Identifier: ISC */
#include "probe/wire/icmpext.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first octet is the length field. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t quote_len, objects_len;
	if (size < 1)
		return 0;
	const uint8_t *body = data + 1;
	const uint8_t *p =
	    icmpext_find(body, size - 1, data[0], &quote_len, &objects_len);
	assert(quote_len <= size - 1);
	assert((p == NULL) == (objects_len == 0));
	if (p != NULL)
		assert(p == body + quote_len + 4 &&
		       p + objects_len == data + size);
	return 0;
}
