#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The three tables that come with pyasn: for every prefix its first, last and
middle address and the ones before and behind it, as pyasn and we look them up.

What we do otherwise is predicted by rules.py: special-purpose space has no
origin; AS 0 and the default route are no rows. Both are counted."""
import gzip
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from asking import NOTHING, Tap, around, build, counts, hold, network  # noqa: E402
from rules import OCTETS, reserved, rows_of, unlike_an_as  # noqa: E402

DATA = os.environ.get("TUMEN_PYASN", "/usr/lib/python3/dist-packages/data")
TABLES = (("2008-05-01", "ipasn_20080501_v12"), ("2014-05-13", "ipasn_20140513"),
          ("2015-11-01", "ipasn6_20151101"))


def rows(path):
    """Prefix and ASN, as the file has them."""
    with gzip.open(path, "rt") as file:
        return [line.split() for line in file if line[0] not in "#;"]


def oracle(tree):
    """The look-up of pyasn, which has an object for each prefix."""
    best, answers = tree.radix.search_best, {None: NOTHING}

    def expect(addr, text):
        known = addr >> 24 in OCTETS and reserved(addr)
        if known:
            return known
        node = best(text)
        answer = answers.get(node)
        if not answer:
            answer = answers[node] = (str(node.asn), "bgp", node.prefix)
        return answer
    return expect


def one(tap, folder, day, name):
    path = f"{DATA}/{name}.dat.gz"
    every = rows(path)
    four = [r for r in every if ":" not in r[0]]
    used = [r for r in four if r[1] != "0" and not r[0].endswith("/0")]
    spaces = [network(r[0])[::2] for r in used]
    bogons = len(spaces) - rows_of(spaces)
    snapshot = build(folder, day, "--bgp", path)
    have = counts(snapshot)
    tap.ok(have["rows"] == rows_of(spaces) and have["bogon"] == bogons
           and have["ipv6"] == len(every) - len(four),
           f"{name}: {len(used)} rows, {len(every) - len(four)} of IPv6", have)
    print(f"# by rule: {len(four) - len(used)} rows of AS 0 or the default route left out,"
          f" {bogons} lie in special-purpose space,"
          f" {sum(unlike_an_as(int(r[1])) for r in used)} have a private origin alone and keep it")
    tree = pyasn.pyasn(None, ipasn_string="".join(f"{p}\t{a}\n" for p, a in used))
    del every, four, used
    hold(tap, name, (snapshot, day), around(spaces), oracle(tree))


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        for day, name in TABLES:
            one(tap, folder, day, name)
    return tap.end()


try:
    import pyasn
except ImportError:
    Tap().skip("pyasn", "the Debian package python3-pyasn is not installed")
    sys.exit(0)
sys.exit(main())
