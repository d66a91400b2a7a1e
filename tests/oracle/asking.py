# SPDX-License-Identifier: ISC
"""The real program: snapshots made by it, many addresses asked of it, and each
answer held against what an oracle says."""
import calendar
import gc
import itertools
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "internet"))
from lablib.tap import ALONE, Tap  # noqa: E402,F401

TUMEN = os.path.realpath(os.environ.get("TUMEN", "build/tumen"))
TOP = (1 << 32) - 1
os.environ["PATH"] = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"  # daemons
gc.disable()  # millions of small rows and no cycles

NOTHING = ("", "none", None)  # origins, layer, prefix
SHOWN = 8


def quad(addr):
    return socket.inet_ntoa(addr.to_bytes(4, "big"))


def number(text):
    return int.from_bytes(socket.inet_aton(text), "big")


def network(text):
    """Address, length, last address of `a.b.c.d/len`."""
    addr, bits = text.split("/")
    first = number(addr)
    return first, int(bits), first | TOP >> int(bits)


def ascending(addrs):
    """Each address once, in order. (For what is nearly sorted, twice as fast as a set.)"""
    addrs = sorted(addrs)
    return [a for a, b in zip(addrs, addrs[1:] + [-1]) if a != b and 0 <= a <= TOP]


def around(ranges):
    """First, last, middle address of every range, and the ones before and
    behind it; ascending, each once."""
    ranges = list(ranges)
    return ascending([r[0] for r in ranges] + [r[1] for r in ranges]
                     + [r[0] + r[1] >> 1 for r in ranges]
                     + [r[0] - 1 for r in ranges] + [r[1] + 1 for r in ranges])


def build(folder, asof, *sources):
    """The path of a snapshot. Sources: "--bgp", FILE, ..."""
    out = os.path.join(folder, f"{asof}.origin")
    subprocess.run([TUMEN, "origin", "build", "-o", out, "--asof", asof, *sources],
                   check=True, stderr=subprocess.PIPE)
    return out


def asked_for(origins):
    return [word for asn in origins for word in ("--towards", str(asn))]


def counts(snapshot):
    """What was counted of its first source, by name."""
    done = subprocess.run([TUMEN, "origin", "info", "--json", "--origin", snapshot],
                          check=True, capture_output=True)
    return json.loads(done.stdout)["sources"][0]["counts"]


def answers(snapshot, at, texts):
    """A line of --json for each address; the program must end well and say
    nothing more."""
    with tempfile.TemporaryFile() as asked:
        asked.write("\n".join(texts).encode())
        asked.seek(0)
        run = subprocess.Popen([TUMEN, "origin", "lookup", "--json", "--origin", snapshot,
                                "--at", at], stdin=asked, stdout=subprocess.PIPE, text=True)
        with run:
            yield from itertools.islice(run.stdout, len(texts))
            more = run.stdout.read()
        if run.returncode != 0 or more:
            raise ChildProcessError(f"tumen origin lookup: {run.returncode}, {more[:200]}")


def parsed(line):
    row = json.loads(line)
    return (row["addr"], ",".join(map(str, row["origins"])), row["layer"], row["prefix"])


def hold_upstreams(tap, what, table, expect):
    """Two lines of TAP: how many upstreams the table (snapshot, day) has, and those
    of every prefix of expect, {prefix: {ASN: peers}}, that itself answers somewhere."""
    want = sum(map(len, expect.values()))
    have = counts(table[0])["upstreams-seen"]
    tap.ok(have == want > 0, f"{what}: {want} upstreams of {len(expect)} prefixes", have)
    addrs, asked, wrong = around(network(prefix)[::2] for prefix in expect), 0, []
    for line in answers(*table, [quad(a) for a in addrs]):
        row = json.loads(line)
        told = [(u["asn"], u["peers"]) for u in row.get("upstreams", [])]
        asked += bool(told)
        if told != sorted(expect.get(row["prefix"], {}).items()):
            wrong.append(line.strip())
    tap.ok(asked > 0 and not wrong,
           f"{what}: {len(addrs)} look-ups, {asked} with upstreams, {len(wrong)} disagreements",
           "\n".join(wrong[:SHOWN]))


def hold(tap, what, table, addrs, expect):
    """A line of TAP: the table (snapshot, day) is asked about every address;
    expect(addr, text) says origins, layer and prefix of the answer. A line that
    does not begin as those today do is parsed."""
    midnight = calendar.timegm(time.strptime(table[1], "%Y-%m-%d")) * 1000000
    head, asked, wrong = '{"record":"origin","v":1,"addr":"', 0, []
    texts = list(map(socket.inet_ntoa, map(struct.Struct("!I").pack, addrs)))
    for addr, text, line in zip(addrs, texts, answers(*table, texts), strict=True):
        origins, layer, prefix = expect(addr, text)
        quoted = f'"{prefix}"' if prefix else "null"
        asked += 1
        if not line.startswith(f'{head}{text}","at_us":{midnight},"origins":[{origins}],'
                               f'"layer":"{layer}","prefix":{quoted},"names":['):
            want = (text, origins, layer, prefix)
            if parsed(line) != want:
                wrong.append(f"want {want}, have {line.strip()}")
    tap.ok(asked > 0 and not wrong, f"{what}: {asked} look-ups, {len(wrong)} disagreements",
           "\n".join(wrong[:SHOWN]))
