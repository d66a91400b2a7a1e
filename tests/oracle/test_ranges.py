#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The table that ships, and the CSV that it is made from where TUMEN_NPM names the
folder of @ip-location-db/asn: for every range its first, last and middle address
and the ones before and behind it, against a search in the ranges themselves. The
matched prefix is the largest that holds the address and lies in the range."""
import bisect
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from asking import NOTHING, Tap, around, build, counts, hold, quad  # noqa: E402
from rules import OCTETS, kept, reserved  # noqa: E402

PACKED = "analysis/origin/data/shipped.tbl.zst"
DAY = "2026-06-17"


def varints(data):
    """LEB128, one behind the other."""
    value = shift = 0
    for octet in data:
        value |= (octet & 127) << shift
        shift += 7
        if octet < 128:
            yield value
            value = shift = 0


def unpacked(path):
    """(first, last, ASN) of each row of the packed table; packed.h has the form."""
    data = subprocess.run(["zstd", "-dc", path], check=True, capture_output=True).stdout
    columns, at = [], data.index(b"\n\n") + 2
    for _ in range(4):
        size, shift = 0, 0
        while True:
            octet, at = data[at], at + 1
            size |= (octet & 127) << shift
            shift += 7
            if octet < 128:
                break
        columns.append(list(varints(data[at:at + size])))
        at += size
    asns, asn = [], 0
    for step in columns[3]:
        asn += step
        asns.append(asn)
    rows, first = [], 0
    for gap, length, index in zip(*columns[:3], strict=True):
        first += -(gap + 1 >> 1) if gap & 1 else gap >> 1  # zigzag
        rows.append((first, first + length, asns[index]))
        first += length + 1
    return rows


def listed(path):
    """(first, last, ASN) of each line of asn-ipv4-num.csv."""
    with open(path, encoding="utf-8") as file:
        return [tuple(map(int, line.split(",", 3)[:3])) for line in file]


def overlaps(rows):
    """How many rows reach into the next one."""
    return sum(a[1] >= b[0] for a, b in zip(rows, rows[1:]))


def largest_prefix(addr, first, last):
    """The largest prefix that holds addr and lies in first..last."""
    size = 1 << (last - first + 1).bit_length() - 1
    while addr & -size < first or addr | size - 1 > last:
        size >>= 1
    return f"{quad(addr & -size)}/{33 - size.bit_length()}"


def search(rows):
    """The smallest range that holds an address: no more than two do, and they
    follow each other."""
    rows = [(-1, -1, 0), (-1, -1, 0), *rows]
    starts = [row[0] for row in rows]

    def expect(addr, _):
        known = addr >> 24 in OCTETS and reserved(addr)
        if known:
            return known
        at = bisect.bisect_right(starts, addr)
        row, before = rows[at - 1], rows[at - 2]
        if before[1] >= addr and (row[1] < addr or before[1] - before[0] < row[1] - row[0]):
            row = before
        if row[1] < addr:
            return NOTHING
        return str(row[2]), "bgp", largest_prefix(addr, row[0], row[1])
    return expect


def one(tap, folder, path, rows):
    name = os.path.basename(path)
    rows = sorted(r for r in rows if kept(r[2:]))
    snapshot = build(folder, DAY, "--bgp", path)
    have = counts(snapshot)
    tap.ok(have["rows"] == len(rows) and have["overlap-kept"] == overlaps(rows),
           f"{name}: {len(rows)} ranges, {overlaps(rows)} overlaps", have)
    hold(tap, name, (snapshot, DAY), around(r[:2] for r in rows), search(rows))


def main():
    tap, csv = Tap(), os.environ.get("TUMEN_NPM")
    with tempfile.TemporaryDirectory() as folder:
        if shutil.which("zstd"):
            one(tap, folder, PACKED, unpacked(PACKED))
        else:
            tap.skip(PACKED, "zstd is not installed")
        if csv:
            path = os.path.join(csv, "asn-ipv4-num.csv")
            one(tap, folder, path, listed(path))
    return tap.end()


sys.exit(main())
