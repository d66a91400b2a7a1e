#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A route collector's table, read by `tumen origin build` (the whole command, to a
snapshot on disk) and by bgpdump, from the raw file, .gz and .bz2: entries a second
by the clock, medians of runs in turn; for .bz2 also bzip2 alone, on one core and on
all. TUMEN_MRT names a file of your own."""
import bz2
import gzip
import os
import random
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile

from spent import cost

PREFIXES, PEERS, COPIES, RUNS = 10000, 40, 4, 3


def record(subtype, body):
    return struct.pack(">IHHI", 1795291666, 13, subtype, len(body)) + body


def attributes(dice, origin):
    path = [dice.randrange(1, 64000) for _ in range(dice.randrange(2, 6))] + [origin]
    value = struct.pack(">BB%dI" % len(path), 2, len(path), *path)
    communities = bytes(dice.randrange(256) for _ in range(4 * dice.randrange(0, 6)))
    attrs = b"\x40\x01\x01\x00\x50\x02" + struct.pack(">H", len(value)) + value
    attrs += b"\x40\x03\x04" + bytes([10, 0, 0, 9])
    return attrs + (b"\xc0\x08" + bytes([len(communities)]) + communities if communities else b"")


def entries_of(dice, origin):
    entries = b""
    for peer in range(PEERS):
        attrs = attributes(dice, origin)
        entries += struct.pack(">HIH", peer, 1795291666, len(attrs)) + attrs
    return entries


def write_table(path):
    """As a collector with full feeds writes it: an entry for each peer."""
    dice = random.Random(1)
    rows = [entries_of(dice, dice.randrange(1, 64000)) for _ in range(PREFIXES)]
    with open(path, "wb") as out:
        index = struct.pack(">IHH", 1, 0, PEERS)
        for peer in range(PEERS):
            index += struct.pack(">BIII", 2, peer, peer, 100 + peer)
        out.write(record(1, index))
        for i in range(COPIES * PREFIXES):
            head = struct.pack(">IB", i, 24) + (0x01000000 + (i << 8)).to_bytes(4, "big")[:3]
            out.write(record(2, head + struct.pack(">H", PEERS) + rows[i % PREFIXES]))


def medians(*commands):
    """Of each command, the runs of all in turn: other work meets them alike."""
    runs = [[cost(command) for command in commands] for _ in range(RUNS)]
    return [tuple(statistics.median(column) for column in zip(*of)) for of in zip(*runs)]


def reader_cost(path):
    runs = [subprocess.run(["build/tests/unit/test_origin_bgpdump"], capture_output=True, text=True,
                           check=True, env=dict(os.environ, TUMEN_BENCH=path)) for _ in range(RUNS)]
    return statistics.median(float(re.search(r"# reader ([0-9.]+)", r.stdout + r.stderr).group(1))
                             for r in runs)


def against_bgpdump(name, lines, mine, other):
    print(f"  {name:18} {lines / mine[0] / 1e6:7.2f} M/s by the clock, {lines / mine[1] / 1e6:6.2f} a"
          f" processor second   bgpdump {lines / other[0] / 1e6:5.2f}, {lines / other[1] / 1e6:5.2f}"
          f"   ratio {other[0] / mine[0]:6.1f}, {other[1] / mine[1]:6.1f}")


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    for program in ("bgpdump", "bzip2", "taskset"):
        if shutil.which(program) is None:
            sys.exit(f"bench/mrt: {program} is not installed")
    own = os.environ.pop("TUMEN_MRT", None)
    with tempfile.TemporaryDirectory() as folder:
        raw = os.path.join(folder, "rib")
        shutil.copy(own, raw) if own else write_table(raw)
        with open(raw, "rb") as file:
            plain = file.read()
        for suffix, pack in ((".gz", gzip.compress), (".bz2", bz2.compress)):
            with open(raw + suffix, "wb") as file:
                file.write(pack(plain))
        lines = subprocess.run(["bgpdump", "-m", raw], capture_output=True).stdout.count(b"\n")
        cores = len(os.sched_getaffinity(0))
        print(f"a table of {lines} entries, {len(plain) >> 20} MiB, {cores} cores; medians of {RUNS}:")

        def build(path):
            return ["build/tumen", "origin", "build", "-o", os.path.join(folder, "table"), "--bgp", path]

        for suffix in ("", ".gz"):
            mine, theirs = medians(build(raw + suffix), ["bgpdump", "-m", raw + suffix])
            against_bgpdump("whole, " + (suffix[1:] or "raw"), lines, mine, theirs)
        reader = reader_cost(raw)
        against_bgpdump("reader alone", lines, (reader, reader), theirs)
        one = ["taskset", "-c", str(min(os.sched_getaffinity(0)))]
        mine, bzip2, spread = medians(one + build(raw + ".bz2"), one + ["bzip2", "-dc", raw + ".bz2"],
                                      build(raw + ".bz2"))
        print(f"  whole, bz2, one core {mine[0]:6.2f} s   bzip2 -dc {bzip2[0]:5.2f}"
              f"   time ratio {mine[0] / bzip2[0]:5.2f} by the clock, {mine[1] / bzip2[1]:.2f} of the processor")
        print(f"  whole, bz2, {cores} cores  {spread[0]:6.2f} s   bzip2 -dc {bzip2[0]:5.2f}"
              f"   time ratio {spread[0] / bzip2[0]:5.2f} by the clock")


if __name__ == "__main__":
    main()
