#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The ceilings for one target and for one router, by what a played network
saw: token buckets, so n packets take at least (n - burst) / rate."""

import os
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from lablib.tap import ALONE, Tap  # noqa: E402

PROBE = os.path.realpath(os.environ.get("TUMEN_PROBE", "build/tumen-probe"))
TUN = os.path.realpath(os.environ.get("TUMEN_TUN", "build/tests/sim/tun"))
SCENARIO = os.path.realpath("tests/sim/scenarios/line15.play")
ROW = struct.Struct("=qqqIIHHBBBB")
READ, WRITTEN, DST, RESPONDER = 0, 2, 3, 4
LATE = 0.02  # the machine may be busy: seconds that a packet may be early
t = Tap()


def play(*options):
    with tempfile.TemporaryDirectory() as work:
        log = os.path.join(work, "log")
        run = subprocess.run(
            ["unshare", *ALONE, TUN, SCENARIO, "--log", log, "--", PROBE,
             "trace", "--json", *options],
            capture_output=True, text=True, timeout=120, check=False)
        with open(log, "rb") as rows:
            found = sorted(ROW.iter_unpack(rows.read()))
    return run, found


def excess(times, rate, burst):
    """By how many packets the worst window is over the bucket."""
    worst = 0
    for i, first in enumerate(times):
        for j in range(i + burst, len(times)):
            allowed = burst + rate * ((times[j] - first) / 1e9 + LATE) + 1
            worst = max(worst, j - i + 1 - allowed)
    return worst


def main():
    if os.geteuid() != 0 or not os.path.exists("/dev/net/tun"):
        t.skip("test_ceilings", "needs root and TUN")
        return t.end()
    fast = ["--rate", "2000", "--flows", "3", "--responder-rate", "10000"]
    run, rows = play(*fast, "--burst", "5", "--target-rate", "40",
                     "175.45.176.9")
    times = [r[READ] for r in rows]
    t.ok(run.returncode == 0 and len(times) >= 45, "three flows to a target",
         run.stderr)
    t.ok(excess(times, 40, 5) <= 0, "the ceiling of a target holds",
         excess(times, 40, 5))
    t.ok(times[-1] - times[0] < 4e9 and excess(times, 30, 5) > 0,
         "and is used", (times[-1] - times[0]) / 1e9)

    run, rows = play("--rate", "2000", "--burst", "20", "--responder-rate",
                     "25", "--target-rate", "10000",
                     *[f"175.45.177.{i}" for i in range(1, 49)])
    t.ok(run.returncode == 0, "48 targets behind the same routers", run.stderr)
    worst, over = 0, 0
    for router in {r[RESPONDER] for r in rows}:
        mine = [r for r in rows if r[RESPONDER] == router]
        known = min(r[WRITTEN] for r in mine if r[WRITTEN] >= 0) + 10**7
        asked = [r[READ] for r in mine if r[READ] > known]
        worst = max(worst, excess(asked, 25, 20))
        over += excess(asked, 20, 20) > 0
    t.ok(worst <= 0, "a router that is known is not asked too often", worst)
    t.ok(over > 0, "and as often as allowed", over)
    return t.end()


sys.exit(main())
