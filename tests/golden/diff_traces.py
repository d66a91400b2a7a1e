#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Two days of flows, one of each class that tumen diff knows, as NDJSON.

    diff_traces.py FOLDER

writes before.ndjson and after.ndjson, all flows of 20 and of 21 November 2026, two rounds a
day; NAME.a.ndjson and NAME.b.ndjson, the newest trace of one flow each; and odd.ndjson, with
names as only a file of somebody else has them; many.a.ndjson and many.b.ndjson, 25 flows of
one vantage to one target that all changed.
"""
import datetime
import hashlib
import json
import sys

FOLDER = sys.argv[1]
SRC = "112.175.1.2"
DAY = 86400 * 10**6
START = int(datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.timezone.utc).timestamp()) * 10**6
NOTHING = (None, 0)

HOME = [("112.174.1.1", 2), ("112.174.2.5", 4)]
UNICOM = HOME + [("219.158.100.1", 52), ("219.158.101.2", 60), ("219.158.103.6", 61),
                 ("103.35.253.2", 75)]
TTK = HOME + [("188.43.1.1", 130), ("188.43.12.2", 170), ("188.43.225.153", 180)]


def to(target, path, rtt=90):
    return path + [NOTHING, (target, rtt)]


def swapped(path, **by):
    """The path with another answer at some TTLs: t4=(address, rtt)."""
    path = list(path)
    for ttl, hop in by.items():
        path[int(ttl[1:]) - 1] = hop
    return path


def slower(path, ttl, ms):
    return [(a, r + ms if i + 1 >= ttl else r) for i, (a, r) in enumerate(path)]


def probe(ttl, hop, target, tx_us, unreachable, jitter):
    addr, rtt = hop
    reached = addr == target
    answered = addr is not None
    kind, code = (3, 3) if reached else (3, 1) if unreachable else (11, 0)
    return {"attempt": 1, "reply_no": 0, "tx_us": tx_us, "tx_ns": 0,
            "rtt_us": rtt * 1000 + jitter + ttl / 8 if answered else None, "addr": addr,
            "reply_ttl": 64 - ttl if answered else None, "reply_ipid": 0 if answered else None,
            "quoted_ttl": 1 if answered else None, "quoted_tos": 0 if answered else None,
            "icmp_type": kind if answered else None, "icmp_code": code if answered else None,
            "tcp_flags": None, "mpls": [], "ext": [], "proof": "both" if answered else None,
            "silent": None if answered else "lost", "late": False}


class Day:
    """Traces of one day; the sequence number goes on over both."""
    seq = 0

    def __init__(self, start_us):
        self.start_us = start_us
        self.lines = []
        self.newest = {}

    def add(self, name, path, target, **more):
        """A flow in two rounds, an hour apart; the first with first= if that is given."""
        for i in range(2):
            hops = more.get("first", path) if i == 0 else path
            self.trace(name, hops, target, self.start_us + (i * 3600 + len(self.lines)) * 10**6,
                       more)

    def trace(self, name, path, target, start_us, more):
        Day.seq += 1
        vantage = more.get("vantage", "sel")
        key = vantage.encode() + b"\0" + b"".join(
            n.to_bytes(8, "big") for n in (7, Day.seq, start_us))
        h = bytearray(hashlib.sha256(key).digest()[:16])
        h[6] = h[6] & 0x0f | 0x80
        h[8] = h[8] & 0x3f | 0x80
        h = h.hex()
        at = datetime.datetime.fromtimestamp(start_us / 10**6, datetime.timezone.utc)
        cut = more.get("unreachable", False)
        one = {"record": "trace", "v": 1,
               "id": f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}", "vantage": vantage,
               "campaign": "border", "run": None, "epoch": 7, "seq": Day.seq, "target": target,
               "prefix": more.get("prefix", target[:target.rindex(".")] + ".0/24"),
               "method": more.get("method", "udp"), "port": more.get("port"),
               "flow": more.get("flow", 0), "src": SRC, "sport": 24576 + more.get("flow", 0),
               "dport": more.get("port") or 33434,
               "start": at.strftime("%Y-%m-%dT%H:%M:%S.") + "%06dZ" % at.microsecond,
               "start_us": start_us, "duration_us": 2000000,
               "stop": "unreachable" if cut else "reached" if path[-1][0] == target else "gap",
               "stop_detail": more.get("detail", "code 1" if cut else None),
               "hops": [{"ttl": i + 1, "probes": [
                   probe(i + 1, hop, target, start_us + 1000 * i, cut and i + 1 == len(path),
                         Day.seq % 7 * 100)]}
                        for i, hop in enumerate(path)],
               "tool": "diff_traces 1", "clock_step": False, "drops": 0,
               "control": more.get("control", False)}
        line = json.dumps(one, separators=(",", ":"))
        self.lines.append(line)
        self.newest[name] = line

    def write_all(self, name):
        with open(f"{FOLDER}/{name}.ndjson", "w", encoding="ascii") as out:
            out.write("\n".join(self.lines) + "\n")

    def write_each(self, side):
        for flow, line in self.newest.items():
            with open(f"{FOLDER}/{flow}.{side}.ndjson", "w", encoding="ascii") as out:
                out.write(line + "\n")


before, after = Day(START), Day(START + DAY)
T6, T7, T9 = "175.45.176.71", "175.45.177.10", "175.45.179.69"
T8, T8B = "175.45.178.161", "175.45.178.10"
SAME = to(T6, UNICOM)
before.add("same", SAME, T6)
after.add("same", SAME, T6)
before.add("rtt", SAME, T6, method="icmp")
after.add("rtt", slower(SAME, 3, 60), T6, method="icmp")
LEFT = to(T9, UNICOM)
RIGHT = swapped(LEFT, t4=("219.158.102.9", 60))
for flow in (0, 1):
    before.add("balanced%d" % flow, RIGHT if flow else LEFT, T9, flow=flow)
    after.add("balanced%d" % flow, LEFT if flow else RIGHT, T9, flow=flow)
before.add("silent", to(T7, TTK), T7)
after.add("silent", swapped(to(T7, TTK), t2=NOTHING, t4=NOTHING), T7)
# The carrier; the newest trace of the day shows it, the one before does not.
before.add("carrier", to(T8, TTK, 190), T8)
after.add("carrier", to(T8, UNICOM), T8, first=to(T8, TTK, 190))
before.add("detour", to(T8B, UNICOM), T8B, method="tcp", port=80)
after.add("detour", swapped(to(T8B, UNICOM), t4=("219.158.105.2", 60)), T8B, method="tcp",
          port=80)
before.add("longer", to(T9, UNICOM), T9, method="icmp")
after.add("longer", slower(to(T9, UNICOM[:4] + [("219.158.110.9", 60)] + UNICOM[4:]), 4, 25), T9,
          method="icmp")
before.add("end", to(T7, TTK), T7, method="tcp", port=443, vantage="mow")
after.add("end", TTK[:3], T7, method="tcp", port=443, vantage="mow", unreachable=True)
before.add("dark", to(T7, TTK), T7, method="icmp")
after.add("dark", [NOTHING] * 7, T7, method="icmp")
before.add("gone", to(T6, UNICOM), T6, vantage="fra")
after.add("new", to(T6, UNICOM), T6, vantage="a-vantage-with-a-long-name")
CONTROL = {"vantage": "mow", "control": True, "prefix": "1.1.1.0/24"}
before.add("control", to("1.1.1.1", TTK), "1.1.1.1", **CONTROL)
after.add("control", to("1.1.1.1", UNICOM), "1.1.1.1", **CONTROL)
before.write_all("before")
before.write_each("a")
after.write_all("after")
after.write_each("b")

for side, path in (("a", TTK), ("b", UNICOM)):
    many = Day(START if side == "a" else START + DAY)
    for flow in range(25):
        many.add("", to(T8, path), T8, flow=flow)
    many.write_all(f"many.{side}")

odd = Day(START)
odd.add("odd", TTK[:3], T6, vantage="\x1b[2J\x9b\u202e\ufe0f", unreachable=True,
        detail="\x1b]0;x\x07\r\x7f")
odd.write_all("odd")
