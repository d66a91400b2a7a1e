/* SPDX-License-Identifier: ISC */
#include "analysis/origin/kind.h"

#include "analysis/origin/line.h"
#include "analysis/origin/reader.h"
#include "analysis/origin/rpsl.h"

#include <string.h>

enum {
	IN_NONE = 1 << ORIGIN_NONE, /* says nothing about addresses */
	IN_IXP = 1 << ORIGIN_IXP,
	IN_BGP = 1 << ORIGIN_BGP,
	IN_REGISTRY = 1 << ORIGIN_REGISTRY,
	IN_CURATED = 1 << ORIGIN_CURATED,
	IN_ANY = IN_BGP | IN_REGISTRY | IN_CURATED,
};

enum id {
	PACKED,
	MRT,
	RANGES,
	PAIRS,
	LOCATION,
	DELEGATED,
	RPSL,
	ROWS,
	PREFIXES,
	PEERINGDB,
	IXS,
	AS_REL,
	AS_ORG,
	AS_ORG_JSON,
	VRPS_CSV,
	VRPS_JSON,
	UNKNOWN,
};

/* Lines of no kind at the begin of a file, before it is none itself. */
enum { BROKEN_MAX = 64 };

static const struct kind kinds[] = {
    [PACKED] = {"packed", "ranges as packed columns", IN_BGP, read_packed},
    [MRT] = {"mrt", "records of MRT (RFC 6396)", IN_BGP, read_mrt},
    [RANGES] = {"ranges", "ranges with an ASN (CSV)", IN_ANY, read_ranges},
    [PAIRS] = {"pairs", "prefixes with an ASN", IN_ANY, read_pairs},
    [LOCATION] = {"location", "nets of libloc", IN_BGP, read_location},
    [DELEGATED] = {"delegated", "delegations of a registry", IN_REGISTRY,
	read_delegated},
    [RPSL] = {"rpsl", "objects of a whois database (RPSL)", IN_REGISTRY,
	read_rpsl},
    [ROWS] = {"rows", "rows with a source each", IN_REGISTRY | IN_CURATED,
	read_rows},
    [PREFIXES] = {"prefixes", "prefixes without an ASN", IN_IXP, read_prefixes},
    [PEERINGDB] = {"peeringdb", "objects of PeeringDB (JSON)", IN_IXP,
	read_peeringdb},
    [IXS] = {"ixs", "exchange points of CAIDA (JSON)", IN_IXP, read_ixs},
    [AS_REL] = {"as-rel", "relations of ASes", IN_NONE, read_as_rel},
    [AS_ORG] = {"as-org", "organisations of ASes", IN_NONE, read_as_org},
    [AS_ORG_JSON] = {"as-org", "organisations of ASes (JSON)", IN_NONE,
	read_as_org_json},
    [VRPS_CSV] = {"vrps", "validated ROA payloads (CSV)", IN_NONE,
	read_vrps_csv},
    [VRPS_JSON] = {"vrps", "validated ROA payloads (JSON)", IN_NONE,
	read_vrps_json},
};

static size_t
separators(const char *line, char sep)
{
	size_t n = 0;
	for (; *line != '\0'; line++)
		n += *line == sep;
	return n;
}

/* `1|2|-1`, `1|2|0|bgp`, ...: two ASNs and a relation. */
static bool
is_relation(const char *line)
{
	static const char digits[] = "0123456789";
	for (int i = 0; i < 2; i++) {
		size_t n = strspn(line, digits);
		if (n == 0 || line[n] != '|')
			return false;
		line += n + 1;
	}
	line += *line == '-';
	return (*line == '0' || *line == '1') &&
	       (line[1] == '|' || line[1] == '\0');
}

/* Lines of "key: value"; r stands behind the first of them. */
static enum id
kind_of_object(const char *line, struct rd r)
{
	char next[LINE_MAX_LEN];
	if (rpsl_line_is(line, "net"))
		return LOCATION;
	if (rpsl_line_is(line, "aut-num") && line_next(&r, next) &&
	    rpsl_line_is(next, "name"))
		return LOCATION;
	return RPSL;
}

/* By the shape of the first line that is no comment. */
static enum id
kind_of_line(const char *line)
{
	size_t bars = separators(line, '|');
	size_t word = strcspn(line, " \t#");
	const char *rest = line + word + strspn(line + word, " \t");
	bool slash = memchr(line, '/', word) != NULL;
	if (is_relation(line))
		return AS_REL;
	if (bars >= 3)
		return slash ? ROWS : bars >= 5 ? DELEGATED : UNKNOWN;
	if (strcasestr(line, "ASN,IP Prefix,") != NULL)
		return VRPS_CSV;
	if (!slash && separators(line, ',') >= 2)
		return RANGES;
	if (*rest != '\0' && *rest != '#' && strpbrk(line, ".:") != NULL)
		return PAIRS;
	return slash ? PREFIXES : UNKNOWN;
}

static bool
begins_json(struct rd r)
{
	while (r.left > 0 && (*r.p == ' ' || *r.p == '\t'))
		rd_skip(&r, 1);
	return r.left > 0 && (*r.p == '{' || *r.p == '[');
}

/* By the keys in it: lists come in any order, and behind long others. */
static enum id
kind_of_json(struct rd r)
{
	static const struct {
		const char *key;
		enum id id;
	} keys[] = {{"\"roas\"", VRPS_JSON},
	    {"\"organizationId\"", AS_ORG_JSON}, {"\"ixlan_id\"", PEERINGDB},
	    {"\"ix_id\"", IXS}};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (memmem(r.p, r.left, keys[i].key, strlen(keys[i].key)) !=
		    NULL)
			return keys[i].id;
	return UNKNOWN;
}

/* By the first line that is like one of a kind, or by a comment that tells. */
static enum id
kind_of_text(struct rd r)
{
	char line[LINE_MAX_LEN];
	int broken = 0;
	struct rd begin = r;
	for (; broken < BROKEN_MAX && line_next(&r, line); begin = r) {
		if (strncmp(line, "# format:", 9) == 0)
			return AS_ORG;
		if (line_is_comment(line) || *line == '%')
			continue;
		if (begins_json(begin)) /* its lines may be too long */
			return kind_of_json(begin);
		enum id id = rpsl_line_is(line, NULL) ? kind_of_object(line, r)
						      : kind_of_line(line);
		if (id != UNKNOWN)
			return id;
		broken++;
	}
	return UNKNOWN;
}

const struct kind *
kind_of(const struct input *in)
{
	struct rd r = input_rd(in);
	enum id id = read_packed_is(r) ? PACKED
		     : read_mrt_is(r)  ? MRT
				       : kind_of_text(r);
	return id == UNKNOWN ? NULL : &kinds[id];
}
