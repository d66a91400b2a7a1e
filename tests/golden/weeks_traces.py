#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Two weeks of three vantages, of which all is known, as NDJSON on standard output.

Every six hours from 3 November 2026 on each traces three prefixes, of the third one two
flows. 175.45.178.0/24 moves from TransTeleCom to Unicom on the 9th at noon; hkg alone had
it over Unicom before, but for the 5th, when nothing answers it there beyond its second
hop; 175.45.176.0/24 is Unicom's for all, 175.45.177.0/24 TransTeleCom's. mow answers
last: its rounds begin an hour later. Traces are written newest first, one in ten by hand
(without a campaign).
"""
import datetime
import hashlib
import json

DAY = 86400 * 10**6
START = int(datetime.datetime(2026, 11, 3, tzinfo=datetime.timezone.utc).timestamp()) * 10**6
MOVE = START + 6 * DAY + DAY // 2
DARK = (START + 2 * DAY, START + 3 * DAY)
HOME = {"sel": [("112.174.1.1", 2), ("112.174.2.5", 4)],
        "hkg": [("203.131.240.1", 1), ("203.131.241.9", 3)],
        "mow": [("188.254.100.1", 1), ("188.254.33.1", 2)]}
UNICOM = [("219.158.100.1", 52), ("219.158.101.2", 60), ("103.35.253.2", 75)]
TTK = [("188.43.1.1", 130), ("188.43.12.2", 170), ("188.43.225.153", 180)]
NAP = {"sel": 0, "hkg": 7, "mow": 40}  # ms farther away
TARGETS = (("175.45.176.71", 0), ("175.45.177.10", 0), ("175.45.178.161", 0),
           ("175.45.178.161", 1))


def path(vantage, target, at):
    if target.startswith("175.45.178."):
        early = at < MOVE and vantage != "hkg"
        if vantage == "hkg" and DARK[0] <= at < DARK[1]:
            return HOME[vantage] + [None] * 5
    else:
        early = target.startswith("175.45.177.")
    beyond = [(a, ms + NAP[vantage]) for a, ms in (TTK if early else UNICOM)]
    return HOME[vantage] + beyond + [None, (target, beyond[-1][1] + 10)]


def probe(ttl, hop, tx_us, reached):
    one = {"attempt": 1, "reply_no": 0, "tx_us": tx_us, "tx_ns": 7, "rtt_us": None, "addr": None,
           "reply_ttl": None, "reply_ipid": None, "quoted_ttl": None, "quoted_tos": None,
           "icmp_type": None, "icmp_code": None, "tcp_flags": None, "mpls": [], "ext": [],
           "proof": None, "silent": "lost", "late": False}
    if hop is not None:
        one.update(rtt_us=hop[1] * 1000 + ttl / 8, addr=hop[0], reply_ttl=64 - ttl, reply_ipid=ttl,
                   quoted_ttl=1, quoted_tos=0, icmp_type=3 if reached else 11,
                   icmp_code=3 if reached else 0, proof="both", silent=None)
    return one


def trace(vantage, seq, at, target, flow):
    key = vantage.encode() + b"\0" + b"".join(n.to_bytes(8, "big") for n in (11, seq, at))
    h = bytearray(hashlib.sha256(key).digest()[:16])
    h[6], h[8] = h[6] & 0x0f | 0x80, h[8] & 0x3f | 0x80
    h = h.hex()
    when = datetime.datetime.fromtimestamp(at / 10**6, datetime.timezone.utc)
    hops = path(vantage, target, at)
    by_hand = seq % 10 == 0
    return {"record": "trace", "v": 1,
            "id": f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}", "vantage": vantage,
            "campaign": None if by_hand else "weeks", "run": None if by_hand else at // DAY,
            "epoch": 11, "seq": seq, "target": target,
            "prefix": target[:target.rindex(".")] + ".0/24", "method": "udp", "port": None,
            "flow": flow, "src": "192.0.2.7", "sport": 24576 + flow, "dport": 33434,
            "start": when.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "start_us": at,
            "duration_us": 2000000, "stop": "reached" if hops[-1] else "gap", "stop_detail": None,
            "hops": [{"ttl": i + 1, "probes": [probe(i + 1, hop, at + 1000 * i, hop and
                                                     hop[0] == target)]}
                     for i, hop in enumerate(hops)],
            "tool": "weeks_traces 1", "clock_step": False, "drops": 0, "control": False}


made = []
for vantage in HOME:
    seq = 0
    for n in range(14 * 4):
        for i, (target, flow) in enumerate(TARGETS):
            seq += 1
            at = START + n * DAY // 4 + i * 10**6 + (3600 * 10**6 if vantage == "mow" else 0)
            made.append((at, json.dumps(trace(vantage, seq, at, target, flow),
                                        separators=(",", ":"))))
for _, line in sorted(made, reverse=True):
    print(line)
