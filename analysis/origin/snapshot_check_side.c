/* SPDX-License-Identifier: ISC */
#include "analysis/origin/be.h"
#include "analysis/origin/snapshot_ases.h"
#include "analysis/origin/snapshot_check.h"
#include "analysis/origin/snapshot_form.h"

static bool
check_vrps(const struct snapshot *s, struct fault *f)
{
	const uint8_t *p = s->vrps.p;
	uint32_t addr = 0, asn = 0;
	int len = -1;
	for (size_t i = 0; i < s->nvrps; i++, p += FORM_VRP_LEN) {
		uint32_t x = be_u32(p), y = be_u32(p + 4);
		bool later = x > addr || (x == addr && p[8] > len) ||
			     (x == addr && p[8] == len && y > asn);
		if (!later || p[8] > p[9] || p[9] > 32 ||
		    (x & ~prefix_mask(p[8])) != 0)
			return snapshot_bad(s, s->vrps.at + i * FORM_VRP_LEN,
			    "VRP out of order or with a value out of range", f);
		addr = x;
		asn = y;
		len = p[8];
	}
	return true;
}

static bool
check_upstreams(const struct snapshot *s, struct fault *f)
{
	const uint8_t *p = s->upstreams.p, *last = NULL;
	for (size_t i = 0; i < s->nupstreams; i++, p += FORM_UPSTREAM_LEN) {
		struct table_upstream u = snapshot_upstream(s, i), v = {0};
		if (last != NULL)
			v = snapshot_upstream(s, i - 1);
		bool later =
		    last == NULL || u.addr > v.addr ||
		    (u.addr == v.addr && u.len > v.len) ||
		    (u.addr == v.addr && u.len == v.len && u.asn > v.asn);
		if (!later || u.len > 32 || u.peers == 0 || p[9] != 0 ||
		    (u.addr & ~prefix_mask(u.len)) != 0)
			return snapshot_bad(s,
			    s->upstreams.at + i * FORM_UPSTREAM_LEN,
			    "upstream out of order or with a value out of "
			    "range",
			    f);
		last = p;
	}
	return true;
}

static bool
check_orgs(const struct snapshot *s, struct fault *f)
{
	const uint8_t *p = s->orgs.p;
	uint32_t before = 0;
	for (size_t i = 0; i < s->norgs; i++, p += FORM_ORG_LEN) {
		uint32_t asn = be_u32(p);
		if (asn <= before || be_u32(p + 4) >= s->text.len ||
		    be_u32(p + 8) >= s->text.len)
			return snapshot_bad(s, s->orgs.at + i * FORM_ORG_LEN,
			    "organisation out of order or without its texts",
			    f);
		before = asn;
	}
	return true;
}

bool
snapshot_check_side(struct snapshot *s, struct fault *f)
{
	s->nvrps = s->vrps.len / FORM_VRP_LEN;
	s->nupstreams = s->upstreams.len / FORM_UPSTREAM_LEN;
	s->norgs = s->orgs.len / FORM_ORG_LEN;
	s->org_text = s->text;
	if (s->vrps.len % FORM_VRP_LEN != 0)
		return snapshot_bad(s, s->vrps.at, "VRPs of a wrong length", f);
	if (s->upstreams.len % FORM_UPSTREAM_LEN != 0)
		return snapshot_bad(
		    s, s->upstreams.at, "upstreams of a wrong length", f);
	if (s->orgs.len % FORM_ORG_LEN != 0)
		return snapshot_bad(
		    s, s->orgs.at, "organisations of a wrong length", f);
	return check_vrps(s, f) && check_upstreams(s, f) && check_orgs(s, f);
}
