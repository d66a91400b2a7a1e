#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The route collectors' tables that come with pyasn (the first megabyte of each),
and files of your own: TUMEN_MRT="FILE...". Of every prefix the origins, in the
order of distinct peers, as bgpdump's lines give them and as we do."""
import bz2
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from asking import (NOTHING, Tap, around, asked_for, build, counts, hold,  # noqa: E402
                    hold_upstreams)
from dumped import Dump, whole_records  # noqa: E402
from rules import reserved, rows_of  # noqa: E402

DATA = os.environ.get("TUMEN_PYASN", "/usr/lib/python3/dist-packages/data")
FILES = (f"{DATA}/rib.20080501.0644_firstMB.bz2", f"{DATA}/rib.20140523.0600_firstMB.bz2")
SEEDS = ("tests/fuzz/seeds/origin_mrt/bird.mrt",)


def plain(path, folder):
    """A copy without compression, without the record that the end cuts off."""
    out = os.path.join(folder, os.path.basename(path) + ".mrt")
    with open(path, "rb") as file:
        data = file.read()
    if data[:3] == b"BZh":
        data = bz2.BZ2Decompressor().decompress(data)
    with open(out, "wb") as file:
        file.write(whole_records(data))
    return out


def compare(tap, folder, path, name):
    dump = Dump(path)
    table, spaces = dump.table()
    towards = dump.some_origins()
    snapshot = build(folder, "2026-01-01", "--bgp", path, *asked_for(towards))
    have = counts(snapshot)
    tap.ok(have["rows"] == rows_of(spaces) > 0,
           f"{name}: {len(spaces)} prefixes", have)
    hold(tap, name, (snapshot, "2026-01-01"), around(spaces),
         lambda addr, text: reserved(addr) or table.find(addr) or NOTHING)
    hold_upstreams(tap, name, (snapshot, "2026-01-01"), dump.upstreams(towards))


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        for path in (*FILES, *SEEDS, *os.environ.get("TUMEN_MRT", "").split()):
            name = os.path.basename(path)
            if os.path.exists(path):
                compare(tap, folder, plain(path, folder), name)
            else:
                tap.skip(name, "the Debian package python3-pyasn is not installed")
    return tap.end()


if __name__ == "__main__":
    if not shutil.which("bgpdump"):
        Tap().skip("bgpdump", "the Debian package bgpdump is not installed")
        sys.exit(0)
    sys.exit(main())
