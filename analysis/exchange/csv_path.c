/* SPDX-License-Identifier: ISC */
#include "analysis/exchange/csv_path.h"

#include "analysis/exchange/csv.h"
#include "probe/base/clock.h"
#include "probe/base/mem.h"
#include "probe/base/rd.h"
#include "probe/base/record_name.h"
#include "probe/base/record_path.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The columns of a line's series as octets whose order is that of the lines:
 * vantage, target, method, port + 1, flow, prefix, control; then the path's id.
 */
enum {
	SERIES_LEN = RECORD_NAME_MAX + 1 + 4 + 1 + 4 + 4 + 5 + 1,
	KEY_LEN = SERIES_LEN + UUID_LEN,
};

struct line {
	uint8_t key[KEY_LEN];
	int64_t first_us, last_us, traces;
	uint8_t *hops; /* record_path(), heap-owned */
	size_t hops_len;
};

struct csv_path {
	size_t n, room;
	struct line *line;
	size_t nslots; /* a power of two, more than n */
	size_t *slot;  /* 1 + the index of a line; 0 free */
	struct wr key, hops;
};

enum { FIRST_SLOTS = 1024 };

struct csv_path *
csv_path_open(void)
{
	struct csv_path *p = xcalloc(1, sizeof(*p));
	p->nslots = FIRST_SLOTS;
	p->slot = xcalloc(p->nslots, sizeof(*p->slot));
	return p;
}

void
csv_path_close(struct csv_path *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n; i++)
		free(p->line[i].hops);
	wr_free(&p->key);
	wr_free(&p->hops);
	free(p->line);
	free(p->slot);
	free(p);
}

/* FNV-1a, 64 bits: the key ends with what SHA-256 made. */
static size_t
hash(const uint8_t *key)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < KEY_LEN; i++)
		h = (h ^ key[i]) * UINT64_C(0x100000001b3);
	return (size_t)(h ^ h >> 32);
}

/* Its slot, or the free one that is to have it. */
static size_t *
find(const struct csv_path *p, const uint8_t *key)
{
	size_t at = hash(key) & (p->nslots - 1);
	while (p->slot[at] != 0 &&
	       memcmp(p->line[p->slot[at] - 1].key, key, KEY_LEN) != 0)
		at = (at + 1) & (p->nslots - 1);
	return &p->slot[at];
}

static void
widen(struct csv_path *p)
{
	free(p->slot);
	p->nslots *= 2;
	p->slot = xcalloc(p->nslots, sizeof(*p->slot));
	for (size_t i = 0; i < p->n; i++)
		*find(p, p->line[i].key) = i + 1;
}

static struct line *
append(struct csv_path *p)
{
	if (p->n == p->room) {
		p->room = p->room > 0 ? 2 * p->room : FIRST_SLOTS / 2;
		p->line = xreallocarray(p->line, p->room, sizeof(p->line[0]));
	}
	struct line *l = &p->line[p->n++];
	*l = (struct line){.first_us = INT64_MAX,
	    .last_us = INT64_MIN,
	    .hops = xmemdup(p->hops.p, p->hops.len),
	    .hops_len = p->hops.len};
	memcpy(l->key, p->key.p, KEY_LEN);
	return l;
}

static void
make_key(struct csv_path *p, const struct record *r)
{
	uint8_t id[UUID_LEN];
	char vantage[RECORD_NAME_MAX + 1] = "";
	p->key.len = p->hops.len = 0;
	record_path(r, &p->hops);
	uuid_of(p->hops.p, p->hops.len, id);
	snprintf(vantage, sizeof(vantage), "%s", r->vantage);
	wr_bytes(&p->key, vantage, sizeof(vantage));
	wr_u32(&p->key, r->target);
	wr_u8(&p->key, (uint8_t)r->method);
	wr_u32(&p->key, (uint32_t)(r->port + 1));
	wr_u32(&p->key, r->flow);
	wr_u32(&p->key, r->prefix.addr);
	wr_u8(&p->key, r->prefix.len);
	wr_u8(&p->key, r->control);
	wr_bytes(&p->key, id, sizeof(id));
}

static struct line *
line_of(struct csv_path *p)
{
	size_t *slot = find(p, p->key.p);
	if (*slot != 0)
		return &p->line[*slot - 1];
	struct line *l = append(p);
	*slot = p->n;
	if (2 * p->n >= p->nslots)
		widen(p);
	return l;
}

void
csv_path_add(struct csv_path *p, const struct record *r)
{
	make_key(p, r);
	struct line *l = line_of(p);
	l->traces++;
	if (r->start_us < l->first_us)
		l->first_us = r->start_us;
	if (r->start_us > l->last_us)
		l->last_us = r->start_us;
}

static int
in_order(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int c = memcmp(x->key, y->key, SERIES_LEN);
	if (c == 0 && x->first_us != y->first_us)
		c = x->first_us < y->first_us ? -1 : 1;
	return c != 0 ? c : memcmp(x->key, y->key, KEY_LEN);
}

size_t
csv_path_sort(struct csv_path *p)
{
	if (p->n > 0)
		qsort(p->line, p->n, sizeof(p->line[0]), in_order);
	return p->n;
}

void
csv_path_names(struct wr *out)
{
	static const char names[] =
	    "vantage,target,prefix,method,port,flow,path,hops,first,last,"
	    "traces,control,";
	wr_bytes(out, names, strlen(names));
	csv_end(out);
}

/* The word of v_path.kind, "" for the usual answer of a router. */
static void
mark(uint8_t kind, char text[static 20])
{
	static const char *const words[] = {[KIND_ECHO_REPLY] = "!echo-reply",
	    [KIND_TCP] = "!tcp",
	    [KIND_UDP] = "!udp",
	    [KIND_OTHER] = "!other"};
	text[0] = '\0';
	if (kind >= KIND_UNREACHABLE)
		snprintf(text, 20, "!unreachable-%d", kind - KIND_UNREACHABLE);
	else if (kind <= KIND_OTHER && words[kind] != NULL)
		snprintf(text, 20, "%s", words[kind]);
}

/* "1:10.0.0.1 2:* 3:192.0.2.1!unreachable-3", and the comma. */
static void
put_hops(struct wr *out, const struct line *l)
{
	struct rd r = rd_make(l->hops, l->hops_len);
	while (r.left > 0) {
		char addr[ADDR_STRLEN] = "*", kind_text[20], text[64];
		uint8_t ttl = rd_u8(&r), kind = rd_u8(&r);
		if (kind != KIND_SILENT)
			addr_format(rd_u32(&r), addr);
		mark(kind, kind_text);
		int n = snprintf(text, sizeof(text), "%u:%s%s%s", ttl, addr,
		    kind_text, r.left > 0 ? " " : "");
		wr_bytes(out, text, (size_t)n);
	}
	csv_text(out, NULL);
}

void
csv_path_line(const struct csv_path *p, size_t i, struct wr *out)
{
	const struct line *l = &p->line[i];
	struct rd r = rd_make(l->key, KEY_LEN);
	char hex[2 * UUID_LEN + 1], text[CLOCK_STRLEN];
	struct prefix prefix = {0};
	csv_text(out, (const char *)l->key);
	rd_skip(&r, RECORD_NAME_MAX + 1);
	uint32_t target = rd_u32(&r);
	uint8_t method = rd_u8(&r);
	uint32_t port = rd_u32(&r), flow = rd_u32(&r);
	prefix.addr = rd_u32(&r);
	prefix.len = rd_u8(&r);
	csv_addr(out, target);
	csv_text(out, prefix_format(&prefix, text));
	csv_text(out, record_method_name((enum record_method)method));
	csv_number_or_none(out, (int64_t)port - 1);
	csv_number(out, flow);
	csv_text(out, hash_hex(l->key + SERIES_LEN, UUID_LEN, hex));
	put_hops(out, l);
	csv_text(out, clock_format_us(l->first_us, text));
	csv_text(out, clock_format_us(l->last_us, text));
	csv_number(out, l->traces);
	csv_number(out, rd_u8(&r));
	csv_end(out);
}
