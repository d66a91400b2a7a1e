#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""How long a user waits for one path, beside the rivals, in one run."""

import rig

RUNS = 5
TARGET = "175.45.176.71"
RIVALS = [
    ("scamper, defaults", ["scamper"],
     rig.scamper("trace -P udp-paris", TARGET, 1000)),
    ("scamper -w 1", ["scamper"],
     rig.scamper("trace -P udp-paris -w 1", TARGET, 1000)),
    ("traceroute -q1 -N32", ["traceroute"],
     ["traceroute", "-n", "-q1", "-N32", TARGET]),
]
OURS = ("tumen-probe, defaults", [], [rig.PROBE, "trace", "--json", TARGET])


def probes(run):
    records = run.records()
    if not records:
        return None
    if records[0].get("record"):
        return rig.probes_of(records)[0]
    return rig.scamper_probes(records)[0]


def compare(scenario, title):
    print(f"{title}, median of {RUNS}, interleaved:")
    rivals = [r for r in [OURS, *RIVALS] if rig.have(*r[1])]
    walls = {name: [] for name, _, _ in rivals}
    sent = {}
    for seed in range(RUNS):
        for name, _, argv in rivals:
            run = rig.play(scenario, argv, seed=seed + 1)
            walls[name].append(run.wall)
            sent[name] = probes(run)
    ours = rig.median(walls[OURS[0]])
    for name, _, _ in rivals:
        wall = rig.median(walls[name])
        count = "" if sent[name] is None else f"{sent[name]:4d} probes"
        print(f"  {name:24s} {wall:8.3f} s {wall / ours:7.1f} x  {count}")


compare("line15.play", "15 hops at 100 ms")
compare("line15-silent.play",
        "the same, destination and every tenth router silent")
