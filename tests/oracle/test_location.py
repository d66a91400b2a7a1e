#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Debian's libloc-database: of every network with an ASN the first address, of those
that can have others inside the last one too, as libloc and we look them up. The
networks without an ASN, which say which country, lie around those that have one:
libloc's longest match is ours."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from asking import NOTHING, Tap, ascending, build, counts, hold, network  # noqa: E402
from rules import OCTETS, reserved, rows_of  # noqa: E402

FILE = os.environ.get("TUMEN_LOCATION", "/usr/share/libloc-location/location.db")
DAY = "2022-10-29"


def dumped(folder):
    """What the program `location` prints of the same database."""
    path = os.path.join(folder, "location.txt")
    subprocess.run(["location", "--database", FILE, "--quiet", "dump", path], check=True)
    return path


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
    if not os.path.exists(FILE) or not shutil.which("location"):
        return Tap().skip("libloc", "libloc-database or location is not installed")
    tap, database = Tap(), location.Database(FILE)
    nets = [(str(n), n.asn) for n in database.networks if n.family == socket.AF_INET]
    rows = [n for n in nets if n[1]]
    spaces = [network(n[0])[::2] for n in rows]
    with tempfile.TemporaryDirectory() as folder:
        snapshot = build(folder, DAY, "--bgp", dumped(folder))
        have = counts(snapshot)
        tap.ok(have["rows"] == rows_of(spaces) and have["no-origin"] == len(nets) - len(rows),
               f"libloc: {len(rows)} networks with an ASN,"
               f" {len(nets) - len(rows)} without", have)
        ends = ascending([s[0] for s in spaces] + [s[1] for s in spaces if s[1] - s[0] > 255])
        hold(tap, "libloc", (snapshot, DAY), ends, search(database))
    return tap.end()


try:
    import location
except ImportError:
    Tap().skip("libloc", "the Debian package python3-location is not installed")
    sys.exit(0)
sys.exit(main())
