/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TEST_STORE_SAMPLE_H
#define TUMEN_TEST_STORE_SAMPLE_H

/* Records, folders and processes for the tests of the store. */

#include "probe/base/mem.h"
#include "probe/base/record.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A small generator, so that every run sees the same records. */
static inline uint32_t
sample_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

static inline struct record_bytes
sample_bytes(uint64_t *state, uint16_t len)
{
	struct record_bytes b = {.p = xcalloc(len, 1), .len = len};
	for (uint16_t i = 0; i < len; i++)
		b.p[i] = (uint8_t)sample_random(state);
	return b;
}

/* A well-formed object of RFC 4884, class 2, with len octets of body. */
static inline struct record_bytes
sample_ext(uint64_t *state, uint16_t body)
{
	struct record_bytes b = sample_bytes(state, (uint16_t)(body + 4));
	b.p[0] = 0;
	b.p[1] = (uint8_t)b.len;
	b.p[2] = 2;
	b.p[3] = 1;
	return b;
}

static inline void
sample_answer(struct record_probe *p, uint64_t *state, bool last, uint32_t at)
{
	p->answered = true;
	p->rtt_ns = 1000000 + sample_random(state) % 300000000;
	p->addr = last ? at : 0x0a000000u + p->ttl * 256u + 1;
	p->reply_ttl = (int16_t)(64 - p->ttl);
	p->reply_ipid = (int32_t)(sample_random(state) & 0xffff);
	p->quoted_ttl = 1;
	p->quoted_tos = 0;
	p->icmp_type = last ? 3 : 11;
	p->icmp_code = last ? 3 : 0;
	p->proof = PROOF_BOTH;
	if (p->ttl == 3)
		p->ext = sample_ext(state, 8);
	if (p->ttl >= 8)
		p->reply = sample_bytes(state, 56);
}

static inline struct record_probe
sample_probe(uint64_t *state, uint8_t ttl)
{
	return (struct record_probe){.ttl = ttl,
	    .attempt = 1,
	    .tx_ns = INT64_C(1795280000000000000) + ttl * 50000000 +
		     sample_random(state) % 1000000,
	    .rtt_ns = -1,
	    .reply_ttl = -1,
	    .reply_ipid = -1,
	    .quoted_ttl = -1,
	    .quoted_tos = -1,
	    .icmp_type = -1,
	    .icmp_code = -1,
	    .tcp_flags = -1};
}

/* A trace of 10 TTLs towards 175.45.176.71 with every kind of field set. */
static inline struct record
sample_record(const char *vantage, uint64_t epoch, uint64_t seq)
{
	uint64_t state = epoch * 1000003 + seq;
	struct record r = {.run = (int64_t)seq % 3 - 1,
	    .epoch = epoch,
	    .seq = seq,
	    .target = 0xaf2db047,
	    .prefix = {.addr = 0xaf2db000, .len = 24},
	    .method = (enum record_method)(1 + seq % 3),
	    .port = seq % 3 == 2 ? 80 : -1,
	    .flow = (uint32_t)(seq % 4),
	    .src = 0xc0a80102,
	    .sport = 33456,
	    .dport = 33434,
	    .start_us = INT64_C(1795280000000000) + (int64_t)seq * 1000003,
	    .duration_us = 1234567,
	    .stop = STOP_REACHED,
	    .clock_step = seq % 7 == 0,
	    .drops = (uint32_t)(seq % 5)};
	snprintf(r.vantage, sizeof(r.vantage), "%s", vantage);
	if (r.run >= 0)
		snprintf(r.campaign, sizeof(r.campaign), "hourly");
	snprintf(r.tool, sizeof(r.tool), "tumen-probe 0.1.0");
	if (seq % 2 == 0)
		snprintf(r.stop_detail, sizeof(r.stop_detail), "port");
	r.nprobes = 11;
	r.probes = xcalloc(r.nprobes, sizeof(*r.probes));
	for (uint8_t i = 0; i < 10; i++) {
		struct record_probe *p = &r.probes[i];
		*p = sample_probe(&state, (uint8_t)(i + 1));
		if (i == 4 || sample_random(&state) % 20 == 0)
			p->silent = SILENT_LOST;
		else
			sample_answer(p, &state, i == 9, r.target);
		if (i == 9)
			p->sent = sample_bytes(&state, 40);
	}
	/* The last probe was answered twice. */
	r.probes[10] = sample_probe(&state, 10);
	r.probes[10].tx_ns = r.probes[9].tx_ns;
	r.probes[10].reply_no = r.probes[9].answered ? 1 : 0;
	r.probes[10].attempt = r.probes[9].answered ? 1 : 2;
	sample_answer(&r.probes[10], &state, true, r.target);
	r.probes[10].late = true;
	return r;
}

static inline bool
same_bytes(const struct record_bytes *a, const struct record_bytes *b)
{
	return a->len == b->len &&
	       (a->len == 0 || memcmp(a->p, b->p, a->len) == 0);
}

static inline bool
same_probe(
    const struct record_probe *a, const struct record_probe *b, bool with_raw)
{
	return a->ttl == b->ttl && a->attempt == b->attempt &&
	       a->reply_no == b->reply_no && a->answered == b->answered &&
	       a->late == b->late && a->tx_ns == b->tx_ns &&
	       a->rtt_ns == b->rtt_ns && a->addr == b->addr &&
	       a->reply_ttl == b->reply_ttl && a->reply_ipid == b->reply_ipid &&
	       a->quoted_ttl == b->quoted_ttl &&
	       a->quoted_tos == b->quoted_tos && a->icmp_type == b->icmp_type &&
	       a->icmp_code == b->icmp_code && a->tcp_flags == b->tcp_flags &&
	       a->proof == b->proof && a->silent == b->silent &&
	       same_bytes(&a->ext, &b->ext) &&
	       (!with_raw || (same_bytes(&a->sent, &b->sent) &&
				 same_bytes(&a->reply, &b->reply)));
}

static inline bool
same_record(const struct record *a, const struct record *b, bool with_raw)
{
	bool same =
	    strcmp(a->vantage, b->vantage) == 0 &&
	    strcmp(a->campaign, b->campaign) == 0 && a->run == b->run &&
	    a->epoch == b->epoch && a->seq == b->seq &&
	    a->target == b->target && a->prefix.addr == b->prefix.addr &&
	    a->prefix.len == b->prefix.len && a->method == b->method &&
	    a->port == b->port && a->flow == b->flow && a->src == b->src &&
	    a->sport == b->sport && a->dport == b->dport &&
	    a->start_us == b->start_us && a->duration_us == b->duration_us &&
	    a->stop == b->stop && strcmp(a->stop_detail, b->stop_detail) == 0 &&
	    a->clock_step == b->clock_step && a->drops == b->drops &&
	    strcmp(a->tool, b->tool) == 0 && a->nprobes == b->nprobes;
	for (size_t i = 0; same && i < a->nprobes; i++)
		same = same_probe(&a->probes[i], &b->probes[i], with_raw);
	return same;
}

/* A new folder below the temporary one; sample_remove() ends it. */
static inline char *
sample_folder(void)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = xasprintf("%s/tumen-test-XXXXXX", tmp ? tmp : "/tmp");
	if (mkdtemp(dir) == NULL)
		abort();
	return dir;
}

static inline int
sample_unlink(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static inline void
sample_remove(char *dir)
{
	nftw(dir, sample_unlink, 16, FTW_DEPTH | FTW_PHYS);
	free(dir);
}

/* The whole of a file, NUL behind it; NULL when it is not there. */
static inline char *
sample_read(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	if (f == NULL)
		return NULL;
	char *text = xcalloc(16 << 20, 1);
	*len = fread(text, 1, (16 << 20) - 1, f);
	fclose(f);
	return text;
}

/* The exit status of a child, 128 + signal when one killed it. */
static inline int
sample_wait(pid_t pid)
{
	int status = 0;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif
