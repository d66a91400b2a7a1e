/* SPDX-License-Identifier: ISC */
#ifndef TUMEN_TESTS_DIFF_PATH_H
#define TUMEN_TESTS_DIFF_PATH_H

#include "probe/base/record_reply.h"

#include <stdlib.h>

/*
 * Records from a text: a word for each TTL from 1 on. A letter is a router's
 * answer (T: the target's), `*` silence, `_` no probe; behind it `!13` says
 * that it is an unreachable of that code, `@120` its round trip in ms, `~` that
 * it was late, `?` that it had no proof, `1` one witness. Several answers of
 * one TTL stand together with `/` as further attempts, with `+` as replies to
 * one probe: "A B/C *+D T".
 */
enum { PATH_PROBES = 256, PATH_RTT_MS = 10 };

static inline uint32_t
path_addr(char name)
{
	return 0xc6336400u + (uint32_t)(unsigned char)name;
}

struct path {
	struct record r;
	struct record_probe probe[PATH_PROBES];
};

static inline const char *
path_marks(struct record_probe *p, const char *s)
{
	char *end;
	for (;; s = end) {
		end = (char *)(uintptr_t)s + 1;
		switch (*s) {
		case '!':
			p->icmp_type = ICMP_T_UNREACHABLE;
			p->icmp_code = (int16_t)strtol(s + 1, &end, 10);
			break;
		case '@':
			p->rtt_ns = strtol(s + 1, &end, 10) * 1000000;
			break;
		case '~':
			p->late = true;
			break;
		case '?':
			p->proof = PROOF_NONE;
			break;
		case '1':
			p->proof = PROOF_ONE;
			break;
		default:
			return s;
		}
	}
}

static inline const char *
path_reply(struct record_probe *p, const char *s)
{
	char name = *s++;
	if (name == '*')
		return s;
	*p = (struct record_probe){.ttl = p->ttl,
	    .attempt = p->attempt,
	    .reply_no = p->reply_no,
	    .answered = true,
	    .addr = path_addr(name),
	    .rtt_ns = PATH_RTT_MS * INT64_C(1000000),
	    .icmp_type = ICMP_T_TIME_EXCEEDED,
	    .proof = PROOF_BOTH};
	return path_marks(p, s);
}

/* p->r borrows p->probe: nothing is to be freed. */
static inline void
path_read(struct path *p, const char *s)
{
	uint8_t ttl = 1, attempt = 1, no = 0;
	p->r = (struct record){.target = path_addr('T'), .probes = p->probe};
	while (*s != '\0') {
		if (*s == ' ') {
			ttl++;
			attempt = 1;
			no = 0;
			s++;
		} else if (*s == '/') {
			attempt++;
			no = 0;
			s++;
		} else if (*s == '+') {
			no++;
			s++;
		} else if (*s == '_') {
			s++;
		} else {
			struct record_probe *q = &p->probe[p->r.nprobes++];
			*q = record_unanswered(ttl, attempt);
			q->reply_no = no;
			s = path_reply(q, s);
		}
	}
}

#endif
