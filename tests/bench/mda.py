#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""All paths through a diamond of width 4 at 100 ms, beside tracelb."""

import rig

RUNS = 50
RIVAL_RUNS = 3
TARGET = "175.45.176.71"


def links_of_graph(records):
    graph = [r for r in records if r["record"] == "graph"][0]
    links = {(l["from"], l["to"]) for l in graph["links"]
             if l["from"] and l["to"]}
    return graph["probes"], links


def links_of_tracelb(records):
    lb = [r for r in records if r.get("type") == "tracelb"][0]
    links = set()
    for node in lb["nodes"]:
        for hop in node.get("links", []):
            for link in hop:
                links.add((node["addr"], link["addr"]))
    return lb["probec"], links


def main():
    ours = [rig.play("diamond4.play",
                     [rig.PROBE, "trace", "--json", "--mda", "95",
                      "--rate", "1000", "--burst", "200", TARGET], seed=s)
            for s in range(1, RUNS + 1)]
    found = [links_of_graph(r.records()) for r in ours]
    truth = set().union(*[links for _, links in found])
    share = sum(len(links) for _, links in found) / (RUNS * len(truth))
    wall = rig.median([r.wall for r in ours])
    print(f"width 4 at 100 ms, 95 %, median of {RUNS}:")
    print(f"  tumen-probe --mda {wall:7.2f} s "
          f"{rig.median([n for n, _ in found]):5.0f} probes (at most "
          f"{max(n for n, _ in found)}), {100 * share:.2f} % of "
          f"{len(truth)} links")
    if not rig.have("scamper"):
        return
    theirs = [rig.play("diamond4.play",
                       rig.scamper("tracelb -c 95", TARGET, 1000), seed=s)
              for s in range(1, RIVAL_RUNS + 1)]
    lb = [links_of_tracelb(r.records()) for r in theirs]
    rival = rig.median([r.wall for r in theirs])
    print(f"  scamper tracelb   {rival:7.2f} s "
          f"{rig.median([n for n, _ in lb]):5.0f} probes, median of "
          f"{RIVAL_RUNS}; ratio {rival / wall:.1f} x")


main()
