#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A route collector's table, read by `tumen origin build` and by bgpdump: entries
a second of processor time, and the ratios. TUMEN_MRT names a file of your own."""
import bz2
import gzip
import os
import random
import re
import resource
import shutil
import struct
import subprocess
import sys
import tempfile

PREFIXES, PEERS, RUNS = 10000, 40, 3


def record(subtype, body):
    return struct.pack(">IHHI", 1795291666, 13, subtype, len(body)) + body


def attributes(dice, origin):
    path = [dice.randrange(1, 64000) for _ in range(dice.randrange(2, 6))] + [origin]
    value = struct.pack(">BB%dI" % len(path), 2, len(path), *path)
    communities = bytes(dice.randrange(256) for _ in range(4 * dice.randrange(0, 6)))
    attrs = b"\x40\x01\x01\x00\x50\x02" + struct.pack(">H", len(value)) + value
    attrs += b"\x40\x03\x04" + bytes([10, 0, 0, 9])
    return attrs + (b"\xc0\x08" + bytes([len(communities)]) + communities if communities else b"")


def write_table(path):
    """As a collector with full feeds writes it: an entry for each peer."""
    dice = random.Random(1)
    with open(path, "wb") as out:
        index = struct.pack(">IHH", 1, 0, PEERS)
        for peer in range(PEERS):
            index += struct.pack(">BIII", 2, peer, peer, 100 + peer)
        out.write(record(1, index))
        for i in range(PREFIXES):
            origin = dice.randrange(1, 64000)
            body = struct.pack(">IB", i, 24) + (0x01000000 + (i << 8)).to_bytes(4, "big")[:3]
            body += struct.pack(">H", PEERS)
            for peer in range(PEERS):
                attrs = attributes(dice, origin)
                body += struct.pack(">HIH", peer, 1795291666, len(attrs)) + attrs
            out.write(record(2, body))


def cost(command):
    """Processor seconds, the best of some runs (other work makes them longer)."""
    best = None
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = used if best is None else min(best, used)
    return best


def reader_cost(path):
    runs = [subprocess.run(["build/tests/unit/test_origin_bgpdump"], capture_output=True, text=True,
                           check=True, env=dict(os.environ, TUMEN_BENCH=path)) for _ in range(RUNS)]
    return min(float(re.search(r"# reader ([0-9.]+)", r.stdout + r.stderr).group(1)) for r in runs)


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    if shutil.which("bgpdump") is None:
        sys.exit("bench/mrt: bgpdump is not installed (Debian package bgpdump)")
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
        print(f"a table of {lines} entries, {len(plain) >> 20} MiB; processor time, best of {RUNS}:")
        theirs = cost(["bgpdump", "-m", raw])
        rows = [("reader alone", reader_cost(raw), theirs)]
        for suffix in ("", ".gz", ".bz2"):
            mine = cost(["build/tumen", "origin", "build", "-o", os.path.join(folder, "table"),
                         "--bgp", raw + suffix])
            rows.append(("whole, " + (suffix[1:] or "raw"), mine, cost(["bgpdump", "-m", raw + suffix])))
        rows.append(("SHA-256, raw", cost(["sha256sum", raw]), theirs))
        for name, mine, other in rows:
            print(f"  {name:13} {lines / mine / 1e6:7.2f} M/s   bgpdump {lines / other / 1e6:5.2f} M/s"
                  f"   ratio {other / mine:6.1f}")


if __name__ == "__main__":
    main()
