/* SPDX-License-Identifier: ISC */
/*
 * Makes the table that ships from the IPv4 ranges of the npm package
 * @ip-location-db/asn: pack_table VERSION FILE.csv OUT.tbl.zst
 */
#include "analysis/origin/compress.h"
#include "analysis/origin/packed.h"
#include "analysis/origin/reader.h"
#include "analysis/origin/replace.h"
#include "probe/base/opt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static const char licence[] =
    "CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/)";
static const char credits[] =
    "RouteViews (routeviews.org); IP Geolocation by DB-IP (https://db-ip.com); "
    "NRO (nro.net); merged by ip-location-db "
    "(https://github.com/sapics/ip-location-db); packed as columns for tumen, "
    "addresses and names unchanged";

/* The version's last number is a date and an hour: 2.3.2026061719. */
static bool
version_date(const char *version, char date[static 11], struct fault *f)
{
	const char *digits = strrchr(version, '.');
	digits = digits ? digits + 1 : "";
	if (strspn(digits, "0123456789") != 10 || strlen(digits) != 10)
		return fault_set(f, EX_USAGE,
		    "version %s: does not end in .YYYYMMDDHH", version);
	snprintf(date, 11, "%.4s-%.2s-%.2s", digits, digits + 4, digits + 6);
	return true;
}

static void
head(const struct source *s, const char *version, const char *date,
    struct wr *out)
{
	char text[2048];
	char sha256[2 * HASH_SHA256_LEN + 1];
	hash_hex(s->sha256, HASH_SHA256_LEN, sha256);
	int len = snprintf(text, sizeof(text),
	    PACKED_MAGIC "title: npm @ip-location-db/asn %s\n"
			 "as-of: %s\nlicence: %s\ncredits: %s\ninput: %s\n"
			 "input-sha-256: %s\nrows: %" PRIu64
			 "\noverlaps: %" PRIu64 "\n",
	    version, date, licence, credits, s->name, sha256,
	    s->counts[COUNT_ROWS], s->counts[COUNT_OVERLAP]);
	wr_bytes(out, text, (size_t)len);
}

static bool
run(const char *version, const char *from, const char *to, struct fault *f)
{
	char date[11], asns[32];
	struct table t = {0};
	struct wr plain = {0}, frame = {0};
	bool ok = version_date(version, date, f) &&
		  reader_load(&t, ORIGIN_BGP, from, f);
	if (ok) {
		const struct source *s = table_source(&t);
		head(s, version, date, &plain);
		snprintf(asns, sizeof(asns), "asns: %zu\n\n", t.names.n);
		wr_bytes(&plain, asns, strlen(asns));
		packed_columns(&t, &plain);
		compress_zstd(plain.p, plain.len, &frame);
		ok = replace_file(to, frame.p, frame.len, f);
		printf("%s: %" PRIu64 " rows, %zu ASNs, %" PRIu64
		       " overlaps, %" PRIu64 " not understood, %zu bytes\n",
		    to, s->counts[COUNT_ROWS], t.names.n,
		    s->counts[COUNT_OVERLAP], s->counts[COUNT_SYNTAX],
		    frame.len);
	}
	wr_free(&plain);
	wr_free(&frame);
	table_clear(&t);
	return ok;
}

int
main(int argc, char **argv)
{
	struct fault f = {0};
	if (argc != 4) {
		fprintf(stderr, "usage: pack_table VERSION FILE.csv OUT\n");
		return EX_USAGE;
	}
	return run(argv[1], argv[2], argv[3], &f) ? EX_OK : opt_fail(&f);
}
