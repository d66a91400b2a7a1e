#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Debian's libloc-database: for every network with an ASN the first and the last
address, as libloc and we look them up. The networks without an ASN, which say which
country, lie around those that have one: libloc's longest match is ours."""
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from asking import NOTHING, Tap, ascending, build, counts, hold, network  # noqa: E402
from rules import OCTETS, reserved, unlike_an_as  # noqa: E402

FILE = os.environ.get("TUMEN_LOCATION", "/usr/share/libloc-location/location.db")
DAY = "2022-10-29"


def pairs(database, folder):
    """The rows, and a file of `prefix ASN` lines."""
    path = os.path.join(folder, "location.pairs")
    rows = [(str(n), n.asn) for n in database.networks if n.family == 2 and n.asn]
    with open(path, "w", encoding="ascii") as file:
        file.writelines(f"{prefix} {asn}\n" for prefix, asn in rows)
    return rows, path


def search(database):
    """What libloc says."""
    lookup = database.lookup

    def expect(addr, text):
        known = addr >> 24 in OCTETS and reserved(addr)
        if known:
            return known
        found = lookup(text)
        return (str(found.asn), "bgp", str(found)) if found and found.asn else NOTHING
    return expect


def main():
    if not os.path.exists(FILE):
        return Tap().skip("libloc", "the Debian package libloc-database is not installed")
    tap, database = Tap(), location.Database(FILE)
    with tempfile.TemporaryDirectory() as folder:
        rows, path = pairs(database, folder)
        snapshot = build(folder, DAY, "--bgp", path)
        have = counts(snapshot)
        tap.ok(have["rows"] == len(rows), f"libloc: {len(rows)} networks with an ASN,"
               f" {sum(unlike_an_as(r[1]) for r in rows)} of them private", have)
        ends = ascending(end for prefix, _ in rows for end in network(prefix)[::2])
        hold(tap, "libloc", (snapshot, DAY), ends, search(database))
    return tap.end()


try:
    import location
except ImportError:
    Tap().skip("libloc", "the Debian package python3-location is not installed")
    sys.exit(0)
sys.exit(main())
