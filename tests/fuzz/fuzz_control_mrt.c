/* SPDX-License-Identifier: ISC */
#include "tests/fuzz/control_sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Whatever the octets are, what is kept of them is something that a store
 * takes. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct control_sink *sink;
	if (sink == NULL)
		sink = sink_open();
	sink_take(sink, bytes, len);
	return 0;
}
