/* SPDX-License-Identifier: ISC */
#include "probe/trace_options.h"

#include "probe/base/mem.h"
#include "probe/base/opt.h"
#include "probe/campaign/setting.h"
#include "probe/commands.h"
#include "probe/net/ports.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

struct row;
typedef bool set_value(struct trace_options *o, const struct row *row,
    const char *value, struct fault *f);

/* One option: what it takes, where it goes, what is legal. */
struct row {
	const char *name;
	set_value *set;
	size_t offset; /* of the field */
	int64_t lo, hi;
	bool bare; /* takes no value */
};

static void *
field(struct trace_options *o, const struct row *row)
{
	return (char *)o + row->offset;
}

static bool
set_flag(struct trace_options *o, const struct row *row, const char *value,
    struct fault *f)
{
	(void)value;
	(void)f;
	*(bool *)field(o, row) = true;
	return true;
}

static bool
set_number(struct trace_options *o, const struct row *row, const char *value,
    struct fault *f)
{
	char name[32];
	snprintf(name, sizeof(name), "--%s", row->name);
	return opt_number(name, value, (struct opt_range){row->lo, row->hi},
	    field(o, row), f);
}

/* What TRACE_RATE_MAX does not cover is for the laboratory: trace_rules.c. */
static bool
set_rate(struct trace_options *o, const struct row *row, const char *value,
    struct fault *f)
{
	struct opt_range range = {row->lo, row->hi};
	return opt_number("", value, range, field(o, row), NULL) ||
	       fault_set(f, EX_USAGE,
		   "--%s %s: not a number in 1..%d (1..%" PRId64
		   " towards private addresses alone)",
		   row->name, value, TRACE_RATE_MAX, row->hi);
}

static bool
set_mda(struct trace_options *o, const struct row *row, const char *value,
    struct fault *f)
{
	static const char *const words[] = {"95", "99", NULL};
	int index = 0;
	(void)row;
	if (!opt_word("--mda", value, words, &index, f))
		return false;
	o->mda = index == 0 ? 95 : 99;
	return true;
}

static bool
set_method(struct trace_options *o, const struct row *row, const char *value,
    struct fault *f)
{
	struct fault why = {0};
	(void)row;
	return methods_parse(&o->methods, value, &why) ||
	       fault_set(f, EX_USAGE, "--method %s: %s", value, why.text);
}

static bool
set_contact(struct trace_options *o, const struct row *row, const char *value,
    struct fault *f)
{
	size_t len = strlen(value);
	(void)row;
	for (size_t i = 0; value[i] != '\0'; i++)
		if (value[i] < 0x20 || value[i] > 0x7e)
			len = BUILD_CONTACT_MAX + 1;
	if (len > BUILD_CONTACT_MAX)
		return fault_set(f, EX_USAGE,
		    "--contact %s: not at most %d printable ASCII characters",
		    value, BUILD_CONTACT_MAX);
	o->prober.contact = value;
	return true;
}

static bool
set_vantage(struct trace_options *o, const struct row *row, const char *value,
    struct fault *f)
{
	(void)row;
	if (!setting_is_name(value))
		return fault_set(f, EX_USAGE,
		    "--vantage %s: not 1..%d of a-z 0-9 . _ -", value,
		    RECORD_NAME_MAX);
	o->vantage = value;
	return true;
}

static bool
set_interface(struct trace_options *o, const struct row *row, const char *value,
    struct fault *f)
{
	size_t len = strlen(value);
	(void)row;
	if (len < 1 || len > CONFIG_INTERFACE_MAX)
		return fault_set(f, EX_USAGE,
		    "--interface %s: not the name of an interface (1..%d "
		    "characters)",
		    value, CONFIG_INTERFACE_MAX);
	o->prober.interface = value;
	return true;
}

static bool
set_source(struct trace_options *o, const struct row *row, const char *value,
    struct fault *f)
{
	(void)row;
	if (!addr_parse(value, &o->prober.source))
		return fault_set(
		    f, EX_USAGE, "--source %s: not an IPv4 address", value);
	return addr_is_host(o->prober.source) ||
	       fault_set(f, EX_USAGE,
		   "--source %s: not the address of a host (1.0.0.0 to "
		   "223.255.255.255)",
		   value);
}

/* Read in the end: what a prefix means depends on --sweep. */
static void
keep_word(struct trace_options *o, const char *word, bool is_file)
{
	size_t n = o->nwords++;
	o->words = xreallocarray(o->words, n + 1, sizeof(*o->words));
	o->is_file = xreallocarray(o->is_file, n + 1, sizeof(*o->is_file));
	o->words[n] = word;
	o->is_file[n] = is_file;
}

static bool
set_targets(struct trace_options *o, const struct row *row, const char *value,
    struct fault *f)
{
	(void)row;
	(void)f;
	keep_word(o, value, true);
	return true;
}

#define AT(name) offsetof(struct trace_options, name)
static const struct row rows[] = {
    {"json", set_flag, AT(json), 0, 0, true},
    {"live", set_flag, AT(live), 0, 0, true},
    {"method", set_method, 0, 0, 0, false},
    {"port", set_number, AT(port), 1, 65535, false},
    {"flow", set_number, AT(flow), 0, PORTS_FLOWS_MAX - 1, false},
    {"flows", set_number, AT(flows), 1, CONFIG_FLOWS_MAX, false},
    {"mda", set_mda, 0, 0, 0, false},
    {"sweep", set_flag, AT(sweep), 0, 0, true},
    {"first-ttl", set_number, AT(first_ttl), 1, RECORD_TTL_MAX, false},
    {"max-ttl", set_number, AT(max_ttl), 1, RECORD_TTL_MAX, false},
    {"attempts", set_number, AT(attempts), 1, RECORD_ATTEMPTS_MAX, false},
    {"window", set_number, AT(window), 1, RECORD_TTL_MAX, false},
    {"gap", set_number, AT(gap), 1, RECORD_TTL_MAX, false},
    {"wait", set_number, AT(wait_ms), 10, 60000, false},
    {"linger", set_number, AT(linger_ms), 0, TRACE_LINGER_MAX_MS, false},
    {"rate", set_rate, AT(rate), 1, TRACE_RATE_LAB_MAX, false},
    {"burst", set_number, AT(burst), 1, 1000, false},
    {"target-rate", set_number, AT(target_rate), 1, 10000, false},
    {"responder-rate", set_rate, AT(responder_rate), 1, TRACE_RESPONDER_LAB_MAX,
	false},
    {"interface", set_interface, 0, 0, 0, false},
    {"source", set_source, 0, 0, 0, false},
    {"vantage", set_vantage, 0, 0, 0, false},
    {"contact", set_contact, 0, 0, 0, false},
    {"targets", set_targets, 0, 0, 0, false},
};
#undef AT
enum { ROWS = sizeof(rows) / sizeof(rows[0]), OPT_ROW = 256, OPT_HELP = 512 };

static void
usage(FILE *f)
{
	struct trace_config t;
	trace_config_default(&t);
	fprintf(f,
	    "usage: tumen-probe trace [OPTION]... TARGET|PREFIX...\n"
	    "  --json            one record a line (tumen-record(5))\n"
	    "  --live            with it, a line for each reply at once\n"
	    "  --method LIST     of udp, icmp, tcp; several are mixed (udp)\n"
	    "  --port N          destination port (udp 33434; tcp: the known\n"
	    "                    service of the target, else 80)\n"
	    "  --flow N          first flow (0)\n"
	    "  --flows N         how many flows (1)\n"
	    "  --mda 95|99       all paths of udp or tcp: none is missed with "
	    "so\n"
	    "                    many percent of confidence\n"
	    "  --sweep           every address of the prefixes, at most %d;\n"
	    "                    what paths share is asked once\n"
	    "  --first-ttl N     1..64 (%u)\n"
	    "  --max-ttl N       1..64 (%u)\n"
	    "  --attempts N      probes for a TTL, 1..10 (%u)\n"
	    "  --window N        TTLs in flight, 1..64 (%u; --mda: 3)\n"
	    "  --gap N           silent TTLs that end a trace, 1..64 (%u)\n"
	    "  --wait MS         for a reply, 10..60000 (%" PRId64 ")\n",
	    TARGETS_SWEEP_MAX, t.first_ttl, t.max_ttl, t.attempts, t.window,
	    t.gap, t.wait_ns / NS_PER_MS);
	fprintf(f,
	    "  --linger MS       for late replies at the end, 0..60000 "
	    "(%" PRId64 ";\n                    a sweep: 200)\n"
	    "  --rate PPS        ceiling of everything, 1..10000 (%d)\n"
	    "  --burst N         packets that leave at once, 1..1000 (%d,\n"
	    "                    or what a millisecond of the rate holds)\n"
	    "  --target-rate PPS ceiling for each target, 1..10000 (%d)\n"
	    "  --responder-rate PPS  and for each router, 1..10000 (%d)\n"
	    "  --interface IF    send and receive there only\n"
	    "  --source ADDR     an address of this host\n"
	    "  --vantage NAME    written into the records (local)\n"
	    "  --contact TEXT    carried in UDP and ICMP probes, 64 bytes\n"
	    "  --targets FILE    more targets, one a line\n"
	    "A prefix means every known target inside it: 175.45.176.0/22;\n"
	    "with --sweep every address\n"
	    "do_not_probe in " COMMANDS_CONFIG " holds here, too\n",
	    t.linger_ns / NS_PER_MS, CONFIG_RATE, CONFIG_BURST,
	    COMMANDS_TARGET_RATE, COMMANDS_RESPONDER_RATE);
}

/* For getopt_long(3): made of the rows, ended by --help and zeros. */
static void
long_options(struct option longs[static ROWS + 2])
{
	for (int i = 0; i < ROWS; i++)
		longs[i] = (struct option){.name = rows[i].name,
		    .has_arg = rows[i].bare ? no_argument : required_argument,
		    .val = OPT_ROW + i};
	longs[ROWS] = (struct option){.name = "help", .val = OPT_HELP};
	longs[ROWS + 1] = (struct option){0};
}

static bool
take(struct trace_options *o, int c, struct fault *f)
{
	const struct row *row = &rows[c - OPT_ROW];
	uint64_t bit = UINT64_C(1) << (c - OPT_ROW);
	if ((o->seen & bit) != 0 && row->set != set_targets)
		return fault_set(f, EX_USAGE, "--%s%s%s: given twice",
		    row->name, row->bare ? "" : " ", row->bare ? "" : optarg);
	o->seen |= bit;
	return row->set(o, row, optarg, f);
}

static void
begin(struct trace_options *o)
{
	*o = (struct trace_options){.port = -1,
	    .flow = -1,
	    .flows = -1,
	    .methods = {{METHOD_UDP}, 1},
	    .vantage = "local",
	    .attempts = -1,
	    .first_ttl = -1,
	    .max_ttl = -1,
	    .window = -1,
	    .gap = -1,
	    .wait_ms = -1,
	    .linger_ms = -1,
	    .rate = -1,
	    .burst = -1,
	    .target_rate = -1,
	    .responder_rate = -1};
	o->prober.contact = "";
}

bool
trace_options(int argc, char **argv, struct trace_options *o, struct fault *f)
{
	struct option longs[ROWS + 2];
	int c = 0;
	begin(o);
	long_options(longs);
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", longs, NULL)) != -1) {
		if (c == OPT_HELP) {
			usage(stdout);
			return false;
		}
		if (c == ':' || c == '?')
			return options_refuse(c, argv, f);
		if (!take(o, c, f))
			return false;
	}
	for (; optind < argc; optind++)
		keep_word(o, argv[optind], false);
	return trace_rules(o, f);
}

void
trace_options_clear(struct trace_options *o)
{
	targets_clear(&o->targets);
	free(o->words);
	free(o->is_file);
	*o = (struct trace_options){0};
}
