/* SPDX-License-Identifier: ISC */
#include "probe/base/ext.h"
#include "probe/wire/icmpext.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is decoded lies inside the objects, and they inside the list. */
static void
walk(const uint8_t *objects, size_t len)
{
	struct rd list = rd_make(objects, len);
	struct ext_object o;
	struct ext_label l;
	struct ext_interface i;
	const uint8_t *end = objects;
	while (ext_next(&list, &o)) {
		assert(o.body.p == end + 4);
		end = o.body.p + o.body.left;
		assert(end <= objects + len);
		if (ext_interface(&o, &i)) {
			assert(o.class == EXT_CLASS_INTERFACE);
			assert(strlen(i.name) <= EXT_NAME_MAX);
			assert(strlen(i.addr) < sizeof(i.addr));
		}
		while (ext_label(&o, &l))
			assert(l.label < 1 << 20 && l.tc < 8 && l.s < 2);
	}
}

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
	if (p == NULL)
		return 0;
	assert(p == body + quote_len + 4 && p + objects_len == data + size);
	walk(p, objects_len);
	return 0;
}
