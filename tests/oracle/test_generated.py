#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Tables made up at random, where the real ones have too few of what goes wrong
elsewhere: sets of origins in every spelling, private ones first or last among
them, ASNs of 400000 and more, repeated and nested prefixes, ranges that nest and
overlap, and blocks of a registry of any size and alignment. TUMEN_SEED and
TUMEN_ROWS choose others."""
import collections
import ipaddress
import os
import random
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from asking import NOTHING, TOP, Tap, around, build, hold, network, quad  # noqa: E402
from rules import Lpm, kept, reserved  # noqa: E402

SEED = int(os.environ.get("TUMEN_SEED", "8"))
ROWS = int(os.environ.get("TUMEN_ROWS", "8000"))
DAY = "2026-01-01"
ASNS = (0, 1, 64495, 64496, 64512, 65535, 65536, 65551, 65552, 23456, 131279, 399999, 400000,
        401308, 4199999999, 4200000000, 4200000001, 4294967295)


def random_asn(rng):
    return rng.choice(ASNS) if rng.random() < 0.6 else rng.randrange(1, 600000)


def random_prefix(rng):
    """Most in a small space, so that they nest."""
    bits = min(32, max(4, int(rng.gauss(20, 5))))
    addr = (rng.randrange(20, 24) << 24 if rng.random() < 0.8 else rng.randrange(256) << 24)
    addr += rng.randrange(1 << 24)
    return f"{quad(addr & ~(TOP >> bits))}/{bits}"


def spelt(rng, asns):
    """MOAS, AS_SET, or both, as pfx2as and others write them."""
    if rng.random() < 0.2:
        return "{" + ",".join(map(str, asns)) + "}"
    return "".join(rng.choice("_,") * (i > 0) + str(a) for i, a in enumerate(asns))


def pairs(rng, file):
    """pyasn and pfx2as: (prefix, origins); those of a repeated one are united."""
    found = collections.defaultdict(list)
    for _ in range(ROWS):
        prefix = random_prefix(rng)
        asns = [random_asn(rng) for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5, 12)))]
        gap = rng.choice(("\t", " ", "  "))
        first = prefix if rng.random() < 0.5 else prefix.replace("/", gap)
        file.write(f"{first}{gap}{spelt(rng, asns)}\n")
        found[prefix] += [a for a in kept(asns) if a not in found[prefix]]
    return [(prefix, asns[:8]) for prefix, asns in found.items() if asns]


def largest(addr, first, last):
    """What the greedy split of a range into prefixes has for an address."""
    ends = map(ipaddress.IPv4Address, (first, last))
    split = ipaddress.summarize_address_range(*ends)
    return next(str(p) for p in split if ipaddress.IPv4Address(addr) in p)


def blocks(rng, file):
    """A registry's file: (first, last, ASNs of the holder)."""
    asns, found, at = collections.defaultdict(list), [], 16 << 24
    lines = ["2|apnic|20260101|9|19850101|20260101|+1000", "apnic|*|ipv4|*|9|summary",
             "apnic|*|asn|*|9|summary", "# a comment"]
    for holder in range(ROWS // 4):
        for _ in range(rng.choice((0, 1, 1, 1, 2, 9))):
            first, count = rng.randrange(70000, 900000), rng.choice((1, 1, 1, 2, 3))
            asns[holder] += [(first, count)]
            lines.append(f"apnic|KP|asn|{first}|{count}|20091221|allocated|H{holder}")
    for _ in range(ROWS):
        holder = rng.randrange(ROWS // 4)
        at += rng.choice((0, 0, 0, 1, 256, rng.randrange(1 << 12)))
        size = rng.choice((1, 2, 3, 255, 256, 768, 1024, 1280, rng.randrange(1, 1 << 14)))
        status = rng.choice(("allocated", "assigned", "allocated", "available", "reserved"))
        named = rng.random() < 0.9
        lines.append(f"apnic|KP|ipv4|{quad(at)}|{size}|20091221|{status}"
                     + (f"|H{holder}" if named else ""))
        theirs = [a + i for a, n in sorted(asns[holder]) for i in range(n)]
        if theirs and named and status in ("allocated", "assigned"):
            found.append((at, at + size - 1, kept(theirs)))
        at += size
    head, body = lines[:4], lines[4:]
    rng.shuffle(body)
    file.write("\n".join(head + body) + "\n")
    return found


def ranges(rng, file):
    """Lines of CSV: (first, last, [ASN]), nested, overlapping, none twice."""
    found = {}
    for _ in range(ROWS // 8):
        first = rng.randrange(20 << 24, 21 << 24)
        last = min(first + rng.choice((0, 1, 255, rng.randrange(1 << 18))), TOP)
        asn = rng.choice([a for a in ASNS if a]) if rng.random() < 0.5 else rng.randrange(1, 600000)
        if (first, last) not in found:
            found[first, last] = [asn]
            ends = (first, last) if rng.random() < 0.5 else (quad(first), quad(last))
            file.write(f'{ends[0]},{ends[1]},{asn},"A, ""B"""\n')
    return [(*ends, asns) for ends, asns in found.items()]


def smallest(rows, layer):
    """The smallest range that holds an address; of equal ones the first."""
    rows = sorted(rows)

    def expect(addr, _):
        holding = [r for r in rows if r[0] <= addr <= r[1]]
        if reserved(addr) or not holding:
            return reserved(addr) or NOTHING
        first, last, asns = min(holding, key=lambda r: r[1] - r[0])
        return ",".join(map(str, asns)), layer, largest(addr, first, last)
    return expect


def cursor(rows):
    """As smallest(), of rows that do not overlap, for ascending addresses."""
    rows, at = sorted(rows), [0]

    def expect(addr, text):
        while at[0] < len(rows) and rows[at[0]][1] < addr:
            at[0] += 1
        return smallest(rows[at[0]:at[0] + 1], "registry")(addr, text)
    return expect


def longest(rows):
    table = Lpm(rows)
    return lambda addr, _: reserved(addr) or table.find(addr) or NOTHING


def one(tap, make, option, oracle):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, make.__name__)
        with open(path, "w", encoding="ascii") as file:
            rows = make(random.Random(SEED), file)
        spaces = [r[:2] if len(r) == 3 else network(r[0])[::2] for r in rows]
        hold(tap, f"{make.__name__}, seed {SEED}, {len(rows)} rows",
             (build(folder, DAY, option, path), DAY), around(spaces), oracle(rows))


def main():
    tap = Tap()
    one(tap, pairs, "--bgp", longest)
    one(tap, blocks, "--registry", cursor)
    one(tap, ranges, "--bgp", lambda rows: smallest(rows, "bgp"))
    return tap.end()


sys.exit(main())
