#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A collector's updates, read by `tumen control import` (the whole command, into a
new database) and by bgpdump: messages a second by the clock and of one core, medians
of runs in turn. The messages are background: one to three prefixes, a path of three
to seven ASes, communities; some withdraw, some are of IPv6, one in 20,000 is about a
prefix that is looked for. TUMEN_MESSAGES says how many, TUMEN_MRT names a file of
your own."""
import json
import os
import random
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "../golden"))
import bgp  # noqa: E402
from spent import cost  # noqa: E402

TUMEN = os.path.realpath(os.environ.get("TUMEN", "build/tumen"))
MESSAGES = int(os.environ.get("TUMEN_MESSAGES", "1000000"))
BLOCK, RUNS, AT, EVERY = 40000, 3, 1506816000, 20000
RIVAL = 20  # bgpdump reads a file of so much less


def network(dice):
    bits = dice.choice((16, 19, 20, 22, 23, 24, 24, 24, 24))
    third = dice.randrange(256) & 0xff << max(0, 24 - bits) & 0xff if bits > 16 else 0
    return f"{dice.randrange(1, 223)}.{dice.randrange(256)}.{third}.0/{bits}"


def message(dice, peers, number):
    peer = dice.choice(peers)
    path = " ".join(str(a) for a in [peer.asn] + [dice.randrange(1, 400000)
                                                  for _ in range(dice.randrange(2, 7))])
    pick = [network(dice) for _ in range(dice.choice((1, 1, 1, 2, 3)))]
    med = bgp.attribute(4, b"\0\0\0\1", 0x80)
    more = med + bgp.attribute(32, bytes(dice.randrange(256) for _ in range(
        12 * dice.randrange(0, 4))), 0xc0)  # large communities, beside the one that all have
    if number % EVERY == EVERY // 2:
        return peer.update(AT * 1000000, ["175.45.176.0/24"], (), f"{peer.asn} 4837 131279", et=True)
    kind = dice.random()
    if kind < 0.1:
        return peer.update(AT * 1000000, (), pick, et=True)
    if kind < 0.3:
        return peer.update(AT * 1000000, (), (), path, more + bgp.reach(
            [f"2001:{dice.randrange(1, 65536):x}::/32"], 2), et=True)
    return peer.update(AT * 1000000, pick, (), path, more, et=True)


def write_updates(path, n):
    """The block again and again, each time later."""
    dice = random.Random(1)
    peers = [bgp.Peer(f"192.0.2.{i}", dice.randrange(1, 400000)) for i in range(1, 41)]
    records = [message(dice, peers, i) for i in range(BLOCK)]
    block, places, at = bytearray(b"".join(records)), [], 0
    for record in records:
        places.append(at)
        at += len(record)
    with open(path, "wb") as out:
        for copy in range(max(1, n // BLOCK)):
            for i, place in enumerate(places):
                us = (copy * BLOCK + i) * 3000
                struct.pack_into("!I", block, place, AT + us // 1000000)
                struct.pack_into("!I", block, place + 12, us % 1000000)
            out.write(block)


def ours(folder, path):
    db = os.path.join(folder, "t.db")
    if os.path.exists(db):
        os.unlink(db)
    return cost(["taskset", "-c", "0", TUMEN, "control", "import", "--db", db, path])


def say(name, runs, messages):
    clock, cpu = (statistics.median(column) for column in zip(*runs))
    print(f"{name}: {messages / clock / 1e6:.2f} million messages a second by the clock, "
          f"{messages / cpu / 1e6:.2f} by the processor ({messages} in {clock:.2f} s)", flush=True)
    return messages / cpu


def count(folder, path):
    """How many messages a file has."""
    said = subprocess.run([TUMEN, "control", "import", "--json", "--db",
                           os.path.join(folder, "c.db"), path],
                          check=True, capture_output=True, text=True).stdout
    return json.loads(said)["messages"]


def main():
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        path = part = os.environ.get("TUMEN_MRT")
        if path is None:
            path, part = os.path.join(folder, "updates.mrt"), os.path.join(folder, "part.mrt")
            write_updates(path, MESSAGES)
            write_updates(part, MESSAGES // RIVAL)
        messages, fewer = count(folder, path), count(folder, part)
        print(f"{os.path.getsize(path) / messages:.0f} octets a message, one core")
        rival = shutil.which("bgpdump")
        runs = [(ours(folder, path), cost(["taskset", "-c", "0", rival, "-m", part]) if rival else None)
                for _ in range(RUNS)]
        mine = say("tumen control import", [r[0] for r in runs], messages)
        if not rival:
            return print("bgpdump: not installed")
        theirs = say("bgpdump -m", [r[1] for r in runs], fewer)
        print(f"ratio, by the processor: {mine / theirs:.1f}")


main()
