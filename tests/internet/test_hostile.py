#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The real program in a network that lies: forged, broken, cut, fuzzed, late
and amplified replies, answers from other addresses. It neither fails nor
believes: every hop with full proof was told by that router about a probe with
that TTL, as the log of the played network says."""

import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from lablib.tap import ALONE, Tap  # noqa: E402

PROBE = os.path.realpath(os.environ.get("TUMEN_PROBE", "build/tumen-probe"))
TUN = os.path.realpath(os.environ.get("TUMEN_TUN", "build/tests/sim/tun"))
SCENARIO = pathlib.Path("tests/sim/scenarios/hostile.play").read_text()
SEEDS = int(os.environ.get("TUMEN_SEEDS", "2"))
ROW = struct.Struct("=qqqIIHHBBBB")
BOTH = 3
FAST = ["--json", "--rate", "2000", "--target-rate", "2000",
        "--responder-rate", "2000"]
RUNS = {
    "traces": [*FAST, "--method", "udp,icmp,tcp", "--wait", "800",
               *[f"175.45.{176 + i % 4}.{i + 1}" for i in range(12)]],
    "a sweep": [*FAST, "--sweep", "175.45.177.0/27"],
    "all paths": [*FAST, "--mda", "95", "--wait", "800", "175.45.178.9"],
}
t = Tap()


def dotted(number):
    return ".".join(str(number >> s & 255) for s in (24, 16, 8, 0))


def scenario(seed):
    """Behind a NAT few replies have full proof: every other network has none."""
    lines = SCENARIO.splitlines(keepends=True)
    return "".join(l for l in lines if seed % 2 or not l.startswith("nat cgn"))


def play(seed, options):
    with tempfile.TemporaryDirectory() as work:
        log, net = pathlib.Path(work, "log"), pathlib.Path(work, "net.play")
        net.write_text(scenario(seed))
        run = subprocess.run(
            ["unshare", *ALONE, TUN, str(net), "--seed", str(seed), "--log",
             str(log), "--", PROBE, "trace", *options],
            capture_output=True, text=True, timeout=120, check=False)
        rows = log.read_bytes() if log.exists() else b""
    told = {(dotted(r[3]), r[7], dotted(r[4]))
            for r in ROW.iter_unpack(rows) if r[9] and r[10] == BOTH}
    return run, told


def false_hops(records, told):
    found = 0
    for r in records:
        if r["record"] != "trace":
            continue
        for hop in r["hops"]:
            for p in hop["probes"]:
                if p["proof"] != "both":
                    continue
                found += 1
                if (r["target"], hop["ttl"], p["addr"]) not in told:
                    yield found, (r["target"], hop["ttl"], p)
    if found == 0:
        yield 0, "no hop at all"


def main():
    if os.geteuid() != 0 or subprocess.run(
            ["unshare", *ALONE, "true"], stderr=subprocess.DEVNULL,
            check=False).returncode != 0 or not os.path.exists("/dev/net/tun"):
        t.skip("test_hostile", "needs root, namespaces and TUN")
        return t.end()
    runs = []
    for seed in range(1, SEEDS + 1):
        for name, options in RUNS.items():
            run, told = play(seed, options)
            runs.append(run)
            records = [json.loads(l) for l in run.stdout.splitlines()]
            t.ok(run.returncode == 0 and records, f"seed {seed}: {name} end",
                 f"{run.returncode} {run.stderr[-300:]}")
            wrong = [w for _, w in false_hops(records, told)]
            t.ok(not wrong, f"seed {seed}: {name} believe nothing false",
                 str(wrong[:2])[:400])
    told = "".join(run.stderr for run in runs)
    t.ok(re.search(r"left out as malformed: .*[0-9]+ (checksum|short|quote)", told),
         "and what was malformed is counted by reason", told[-300:])
    return t.end()


sys.exit(main())
