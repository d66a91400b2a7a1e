#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""All 1,024 addresses of the four prefixes, beside scamper in one run."""

import tempfile

import rig

RUNS = 3
RATE = 10000
ROUTER_LIMIT = 450
PREFIX = "175.45.176.0/22"


def completed(records):
    """(target, ttl, address) of every trace, with what it joins filled in."""
    traces = {r["id"]: r for r in records if r["record"] == "trace"}
    paths = {}

    def path(key):
        if key in paths:
            return paths[key]
        trace = traces[key]
        found = {}
        for hop in trace["hops"]:
            for p in hop["probes"]:
                if p["addr"] is not None and p["proof"] == "both":
                    found.setdefault(hop["ttl"], set()).add(p["addr"])
        paths[key] = found
        joins = trace.get("joins")
        if joins and joins["trace"] in traces:
            for ttl, addrs in path(joins["trace"]).items():
                if ttl < joins["ttl"]:
                    found.setdefault(ttl, set()).update(addrs)
        return found

    return {(traces[k]["target"], ttl, a)
            for k in traces for ttl, addrs in path(k).items() for a in addrs}


def scamper_runs(scenario, targets, options, seeds):
    return [rig.play(scenario, rig.scamper(
        f"trace -P udp-paris {options}", targets, RATE), seed=s)
        for s in seeds]


def tumen_runs(scenario, seeds):
    argv = [rig.PROBE, "trace", "--sweep", "--json", "--rate", str(RATE),
            "--burst", "100", "--responder-rate", str(ROUTER_LIMIT), PREFIX]
    return [rig.play(scenario, argv, seed=s) for s in seeds]


def line(name, run, sent, found, union):
    print(f"  {name:26s} {run.wall:7.2f} s {sent:7d} probes "
          f"{run.cpu / max(sent, 1) * 1e6:6.2f} us/probe "
          f"{run.rss_kib / 1024:6.1f} MiB "
          f"{100 * len(found) / max(len(union), 1):7.3f} % of the hops")


def compare(title, scenario, options):
    print(f"{title}, median of {RUNS} by time, one run after the other:")
    seeds = range(1, RUNS + 1)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as targets:
        for i in range(1024):
            targets.write(f"175.45.{176 + i // 256}.{i % 256}\n")
        targets.flush()
        ours = tumen_runs(scenario, seeds)
        theirs = scamper_runs(scenario, targets.name, options, seeds)
    ours.sort(key=lambda r: r.wall)
    theirs.sort(key=lambda r: r.wall)
    us, them = ours[RUNS // 2], theirs[RUNS // 2]
    found = [completed(r.records()) for r in ours]
    other = [rig.scamper_probes(r.records())[1] for r in theirs]
    union = set().union(*found, *other)
    mid = completed(us.records())
    sent = rig.probes_of(us.records())[0]
    their_sent, their_found = rig.scamper_probes(them.records())
    line("tumen-probe --sweep", us, sent, mid, union)
    line(f"scamper {options}", them, their_sent, their_found, union)
    print(f"  ratio time {us.wall / them.wall:.2f}, probes "
          f"{sent / their_sent:.2f}, CPU/probe "
          f"{us.cpu / sent / (them.cpu / their_sent):.2f}; hops that scamper "
          f"found in any run and we missed in all: "
          f"{len(set().union(*other) - set().union(*found))}")
    for text in us.err.splitlines():
        if "limit" in text or "late" in text:
            print(f"  network: {text}")


if rig.have("scamper"):
    compare("easy network (3 ms a hop, all answer)", "sweep-easy.play", "")
    compare("hard network (10 % silent routers, 1 % loss, 500 replies/s)",
            "sweep-hard.play", "-w 1 -q 2")
