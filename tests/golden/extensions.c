/* SPDX-License-Identifier: ISC */
#include "probe/base/mem.h"
#include "probe/base/rd.h"
#include "probe/base/record_json.h"
#include "probe/wire/reply.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * What the program makes of each packet of a capture on stdin: a line like
 * those of `tumen-probe trace --live`, or {"bad":"..."}. The capture is a
 * big-endian pcap file whose packets begin with the IP header.
 */
enum { PCAP_MAGIC = 0xa1b2c3d4, PCAP_HEADER_REST = 20, CAPTURE_MAX = 1 << 24 };

static void
show(const uint8_t *packet, size_t len, struct json *j)
{
	struct reply reply;
	struct record record = {.vantage = "golden", .method = METHOD_UDP};
	struct record_probe probe = {
	    .ttl = 1, .attempt = 1, .answered = true, .proof = PROOF_ONE};
	enum reply_bad bad = reply_parse(packet, len, &reply);
	if (bad != REPLY_GOOD) {
		json_object(j, NULL);
		json_text(j, "bad", reply_bad_name(bad));
		json_object_end(j);
		return;
	}
	probe.addr = reply.src;
	if (reply.ext != NULL)
		probe.ext.p = xmemdup(reply.ext, reply.ext_len);
	probe.ext.len = (uint16_t)reply.ext_len;
	record_json_reply(&record, &probe, j);
	free(probe.ext.p);
}

static int
show_all(struct rd in)
{
	if (rd_u32(&in) != PCAP_MAGIC)
		return 65;
	rd_skip(&in, PCAP_HEADER_REST);
	while (rd_ok(&in) && in.left > 0) {
		struct json j = {0};
		rd_skip(&in, 8); /* time */
		uint32_t len = rd_u32(&in);
		rd_skip(&in, 4); /* length before the capture cut it */
		struct rd packet = rd_sub(&in, len);
		if (!rd_ok(&in))
			return 65;
		/* its own allocation, so that a sanitizer sees its end */
		uint8_t *copy = xmemdup(packet.p, packet.left);
		show(copy, packet.left, &j);
		free(copy);
		if (json_line(&j, stdout) < 0)
			return 74;
	}
	return rd_ok(&in) ? 0 : 65;
}

int
main(void)
{
	uint8_t *bytes = xcalloc(1, CAPTURE_MAX);
	size_t len = fread(bytes, 1, CAPTURE_MAX, stdin);
	int status = show_all(rd_make(bytes, len));
	free(bytes);
	return status;
}
