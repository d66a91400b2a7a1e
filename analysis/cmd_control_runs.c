/* SPDX-License-Identifier: ISC */
#include "analysis/change/cells.h"
#include "analysis/change/event_text.h"
#include "analysis/commands.h"
#include "analysis/control/peer_runs.h"
#include "probe/base/clock.h"
#include "probe/base/json.h"
#include "probe/base/opt.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

const char control_runs_help[] =
    "usage: tumen control runs --db DB [--prefix P] [--peer A] [--from T]\n"
    "                          [--to T] [--json]\n"
    "\n"
    "What each peer of the collectors said of each prefix, and when.\n"
    "  --db DB             the shared database (or $TUMEN_DB)\n"
    "  --prefix P          only prefixes inside this one or around it\n"
    "  --peer A            only this peer: its address, or AS64500\n"
    "  --from T, --to T    only what was so in this window\n"
    "  --json              one \"peer-run\" object a line, see "
    "tumen-control(1)\n";

struct runs_query {
	const char *db;
	bool json, help;
	bool has_prefix;
	struct prefix prefix;
	int64_t from_us, to_us; /* to: 0 open */
	/* --peer: its address or its AS; neither when lengths are 0. */
	uint8_t addr[16], addr_len;
	int64_t asn; /* -1 */
};

static bool
take_time(const char *name, int64_t *us, struct fault *f)
{
	return clock_parse_us(optarg, us) ||
	       fault_set(f, EX_USAGE,
		   "%s %s: no time (2026-11-21, 2026-11-21T16:53:59Z or "
		   "@SECONDS, UTC, 1970..2262)",
		   name, optarg);
}

static bool
take_peer(struct runs_query *q, struct fault *f)
{
	memset(q->addr, 0, sizeof(q->addr));
	q->asn = -1;
	q->addr_len = 0;
	if (strncasecmp(optarg, "AS", 2) == 0)
		return opt_number("--peer AS", optarg + 2,
		    (struct opt_range){0, UINT32_MAX}, &q->asn, f);
	if (inet_pton(AF_INET, optarg, q->addr) == 1)
		q->addr_len = 4;
	else if (inet_pton(AF_INET6, optarg, q->addr) == 1)
		q->addr_len = 16;
	return q->addr_len != 0 ||
	       fault_set(f, EX_USAGE,
		   "--peer %s: neither an address nor an AS (192.0.2.1, "
		   "2001:db8::1, AS64500)",
		   optarg);
}

static bool
take(struct runs_query *q, int option, struct fault *f)
{
	switch (option) {
	case 'h':
		return q->help = true;
	case 'd':
		q->db = optarg;
		return true;
	case 'j':
		return q->json = true;
	case 'p':
		q->has_prefix = true;
		return prefix_parse(optarg, &q->prefix) ||
		       fault_set(f, EX_USAGE,
			   "--prefix %s: no IPv4 prefix (a.b.c.d/0..32, no "
			   "host bits)",
			   optarg);
	case 'a':
		return take_peer(q, f);
	case 'F':
		return take_time("--from", &q->from_us, f);
	case 'T':
		return take_time("--to", &q->to_us, f);
	default:
		return false;
	}
}

static bool
parse(struct runs_query *q, int argc, char **argv, struct fault *f)
{
	static const struct option known[] = {{"help", no_argument, NULL, 'h'},
	    {"db", required_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'},
	    {"prefix", required_argument, NULL, 'p'},
	    {"peer", required_argument, NULL, 'a'},
	    {"from", required_argument, NULL, 'F'},
	    {"to", required_argument, NULL, 'T'}, {NULL, 0, NULL, 0}};
	*q = (struct runs_query){.db = getenv("TUMEN_DB"), .asn = -1};
	opterr = 0;
	optind = 1;
	int c = 0;
	while ((c = getopt_long(argc, argv, ":", known, NULL)) != -1) {
		if (c == '?' || c == ':')
			return fault_set(f, EX_USAGE,
			    "%s: %s (see `tumen control runs --help`)",
			    argv[optind - 1],
			    c == ':' ? "needs a value" : "no such option");
		if (!take(q, c, f))
			return false;
	}
	if (q->help)
		return true;
	if (optind < argc)
		return fault_set(
		    f, EX_USAGE, "%s: not an option", argv[optind]);
	if (q->db == NULL)
		return fault_set(f, EX_USAGE,
		    "no database: --db DB or $TUMEN_DB (a path, or "
		    "postgresql://...)");
	return q->to_us == 0 || q->to_us > q->from_us ||
	       fault_set(f, EX_USAGE, "the window ends before it begins");
}

static bool
shown(const struct runs_query *q, const struct peer_runs *p,
    const struct peer_run *run)
{
	const struct peer *peer = &p->silences.peers.peer[run->peer];
	if (q->asn >= 0 && peer->asn != q->asn)
		return false;
	if (q->addr_len != 0 && (peer->addr_len != q->addr_len ||
				    memcmp(peer->addr, q->addr, 16) != 0))
		return false;
	return (run->until_us < 0 || run->until_us > q->from_us) &&
	       (q->to_us == 0 || run->since_us < q->to_us);
}

static const char *
state_name(const struct peer_run *run)
{
	if (!run->known)
		return "unknown";
	return run->routed ? "routed" : "withdrawn";
}

static void
run_json(const struct peer_runs *p, const struct peer_run *run)
{
	const struct peer *peer = &p->silences.peers.peer[run->peer];
	char text[PEER_STRLEN];
	struct json j = {0};
	json_object(&j, NULL);
	json_text(&j, "record", "peer-run");
	json_int(&j, "v", 1);
	json_text(&j, "prefix", prefix_format(&run->prefix, text));
	json_text(&j, "collector", peer->collector);
	json_text(&j, "peer", peer_format(peer, text));
	json_int(&j, "peer_as", peer->asn);
	json_int(&j, "path_id", run->path_id);
	json_text(&j, "state", state_name(run));
	json_int(&j, "since_us", run->since_us);
	json_int_or_null(&j, "until_us", run->until_us);
	json_int_or_null(&j, "upstream", run->upstream_as);
	json_int_or_null(&j, "origin", run->origin_as);
	json_text(&j, "as_path", run->as_path);
	json_object_end(&j);
	json_line(&j, stdout);
}

static void
run_print(const struct peer_runs *p, const struct peer_run *run)
{
	const struct peer *peer = &p->silences.peers.peer[run->peer];
	char prefix[PREFIX_STRLEN], since[EVENT_TIME_STRLEN];
	char addr[PEER_STRLEN], name[COLLECTOR_NAME_MAX + 64];
	struct cells line;
	cells_open(&line);
	snprintf(name, sizeof(name), "%s %s AS%" PRIu32, peer->collector,
	    peer_format(peer, addr), peer->asn);
	fprintf(line.to, "%-18s  %-32s  %s  ",
	    prefix_format(&run->prefix, prefix), name,
	    event_time(run->since_us, since));
	fputs(run->as_path != NULL ? run->as_path : state_name(run), line.to);
	cells_line(&line, stdout);
}

static void
show(const struct runs_query *q, const struct peer_runs *p)
{
	bool any = false;
	for (size_t i = 0; i < p->n; i++) {
		if (!shown(q, p, &p->run[i]))
			continue;
		if (!any && !q->json)
			printf("%-18s  %-32s  %-19s  %s\n", "PREFIX",
			    "COLLECTOR AND PEER", "SINCE (UTC)", "AS PATH");
		any = true;
		if (q->json)
			run_json(p, &p->run[i]);
		else
			run_print(p, &p->run[i]);
	}
	if (!any && !q->json)
		puts("No route in this selection.");
}

static bool
each_route(void *arg, const struct store_route *r, struct fault *f)
{
	(void)f;
	peer_runs_add(arg, r);
	return true;
}

static bool
read_runs(struct peer_runs *p, struct cover *cover, struct store *s,
    const struct runs_query *q, struct fault *f)
{
	/* What began before the window is in it, too. */
	const struct store_filter filter = {
	    .prefix = q->has_prefix ? &q->prefix : NULL};
	if (!cover_read(cover, s, f) ||
	    !store_routes(s, &filter, each_route, p, f))
		return false;
	peer_runs_end(p);
	return true;
}

int
cmd_control_runs(int argc, char **argv)
{
	struct fault f = {0};
	struct runs_query q;
	struct peer_runs p;
	struct cover cover = COVER_NONE;
	if (!parse(&q, argc, argv, &f))
		return opt_fail(&f);
	if (q.help)
		return fputs(control_runs_help, stdout) < 0;
	struct store *store = store_open(q.db, STORE_READ, &f);
	if (store == NULL)
		return opt_fail(&f);
	peer_runs_open(&p, &cover, 0);
	bool ok = read_runs(&p, &cover, store, &q, &f);
	if (ok)
		show(&q, &p);
	peer_runs_free(&p);
	cover_free(&cover);
	store_close(store);
	if (!ok)
		return opt_fail(&f);
	return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}
