# SPDX-License-Identifier: ISC
"""The real program: snapshots made by it, many addresses asked of it, and each
answer held against what an oracle says."""
import itertools
import json
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "internet"))
from lablib.tap import ALONE, Tap  # noqa: E402,F401

TUMEN = os.path.realpath(os.environ.get("TUMEN", "build/tumen"))
TOP = (1 << 32) - 1
NOTHING = ("", "none", "")  # origins, layer, prefix
ANSWER = re.compile(r'\{"record":"origin","v":1,"addr":"([0-9.]*)","at_us":[0-9]*,"origins":\[([0-9,]*)\],'
                    r'"layer":"([a-z]+)","prefix":(?:null|"([0-9./]*)").*\n')
SHOWN, BATCH = 8, 10000


def quad(addr):
    return socket.inet_ntoa(addr.to_bytes(4, "big"))


def number(text):
    return int.from_bytes(socket.inet_aton(text), "big")


def network(text):
    """Address, length, last address of `a.b.c.d/len`."""
    addr, bits = text.split("/")
    first = number(addr)
    return first, int(bits), first | TOP >> int(bits)


def around(ranges):
    """First, last, middle address of every range, and the ones before and
    behind it; ascending, each once."""
    found = set()
    for first, last in ranges:
        found.update((first, last, first + last >> 1, first - 1, last + 1))
    return sorted(found.difference((-1, TOP + 1)))


def build(folder, asof, *sources):
    """The path of a snapshot. Sources: "--bgp", FILE, ..."""
    out = os.path.join(folder, f"{asof}.origin")
    subprocess.run([TUMEN, "origin", "build", "-o", out, "--asof", asof, *sources],
                   check=True, stderr=subprocess.PIPE)
    return out


def counts(snapshot):
    """What was counted of its first source, by name."""
    done = subprocess.run([TUMEN, "origin", "info", "--json", "--origin", snapshot],
                          check=True, capture_output=True)
    return json.loads(done.stdout)["sources"][0]["counts"]


def quads(addrs):
    return map(socket.inet_ntoa, map(struct.Struct("!I").pack, addrs))


def answers(snapshot, at, addrs):
    """The text of the answers, a piece for each BATCH of addresses. The program
    must end well and say nothing more."""
    with tempfile.TemporaryFile() as asked:
        asked.write("\n".join(quads(addrs)).encode())
        asked.seek(0)
        run = subprocess.Popen([TUMEN, "origin", "lookup", "--json", "--origin", snapshot,
                                "--at", at], stdin=asked, stdout=subprocess.PIPE, text=True)
        with run:
            for _ in range(0, len(addrs), BATCH):
                yield list(itertools.islice(run.stdout, BATCH))
            more = run.stdout.read()
        if run.returncode != 0 or more:
            raise ChildProcessError(f"tumen origin lookup: {run.returncode}, {more[:200]}")


def misread(line):
    """Whether a parser of JSON sees another answer than ANSWER does."""
    row = json.loads(line)
    whole = (row["addr"], ",".join(map(str, row["origins"])), row["layer"], row["prefix"] or "")
    return [whole] != ANSWER.findall(line)


def hold(tap, what, table, addrs, expect):
    """A line of TAP: the table (snapshot, time) is asked about every address;
    expect(addr, text) says origins, layer and prefix of the answer."""
    at, wrong = 0, []
    for lines in answers(*table, addrs):
        some = addrs[at:at + BATCH]
        want = [(text, *expect(addr, text)) for addr, text in zip(some, quads(some))]
        have = ANSWER.findall("".join(lines))
        at += len(lines)
        if have != want or misread(lines[0]):
            wrong += [f"want {w}, have {h}" for w, h in
                      itertools.zip_longest(want, have) if w != h] or [lines[0]]
    tap.ok(at == len(addrs) > 0 and not wrong,
           f"{what}: {at} look-ups, {len(wrong)} disagreements", "\n".join(wrong[:SHOWN]))
