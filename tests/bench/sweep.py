#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""All 1,024 addresses of the four prefixes, beside scamper in one run."""

import tempfile

import rig

RUNS = 3
RATE = 10000
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


def places(hops):
    """(target, ttl): where balancers go by ports, each tool has its path."""
    return {(target, ttl) for target, ttl, _ in hops}


def scamper_run(scenario, targets, rate, options, seed):
    return rig.play(scenario, rig.scamper(
        f"trace -P udp-paris {options}", targets, rate), seed=seed)


def tumen_run(scenario, responder_rate, seed, prefix=PREFIX):
    argv = [rig.PROBE, "trace", "--sweep", "--json", "--rate", str(RATE),
            "--burst", "100", "--responder-rate", str(responder_rate), prefix]
    return rig.play(scenario, argv, seed=seed)


def growth(many, one):
    """What a destination adds to the memory of one, in KiB."""
    return (many.rss_kib - one.rss_kib) / 1023


def line(name, run, one, sent, found, union):
    print(f"  {name:28s} {run.wall:7.2f} s {sent:7d} probes "
          f"{run.cpu / max(sent, 1) * 1e6:6.2f} us CPU a probe "
          f"{run.cpu * 1e3:6.0f} ms in all {run.rss_kib / 1024:5.1f} MiB "
          f"({growth(run, one):4.2f} KiB a destination) "
          f"{100 * len(found) / max(len(union), 1):7.3f} % of the hops")


def compare(title, scenario, responder_rate, rivals):
    print(f"{title}, {RUNS} networks, hops of all that anybody found there:")
    missed = 0
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as targets:
        for i in range(1024):
            targets.write(f"175.45.{176 + i // 256}.{i % 256}\n")
        targets.flush()
        for seed in range(1, RUNS + 1):
            us = tumen_run(scenario, responder_rate, seed)
            one = tumen_run(scenario, responder_rate, seed, "175.45.176.1/32")
            their_one = rig.play(scenario, rig.scamper(
                "trace -P udp-paris", "175.45.176.1", RATE), seed=seed)
            found = places(completed(us.records()))
            sent = rig.probes_of(us.records())[0]
            them = [(f"scamper -p {rate} {options}", scamper_run(
                scenario, targets.name, rate, options, seed))
                for rate, options in rivals]
            theirs = [(n, r, count, places(hops)) for n, r, (count, hops) in
                      ((n, r, rig.scamper_probes(r.records()))
                       for n, r in them)]
            union = found.union(*[t[3] for t in theirs])
            line("tumen-probe --sweep", us, one, sent, found, union)
            for name, run, count, hops in theirs:
                line(name, run, their_one, count, hops, union)
            missed += len(union - found)
            best = min(theirs, key=lambda t: (-len(t[3]) // 100, t[1].wall))
            print(f"  ratios: time {us.wall / best[1].wall:.2f}, probes "
                  f"{sent / best[2]:.2f}, CPU a probe "
                  f"{us.cpu / sent / (best[1].cpu / best[2]):.2f}, CPU in all "
                  f"{us.cpu / best[1].cpu:.2f}, memory a destination "
                  f"{growth(us, one) / growth(best[1], their_one):.2f}")
    print(f"  hops that scamper found and we did not: {missed}")


if rig.have("scamper"):
    compare("easy network (3 ms a hop, all answer)", "sweep-easy.play", 10000,
            [(10000, "")])
    compare("hard network (10 % silent routers, 1 % loss, 500 replies/s)",
            "sweep-hard.play", 450,
            [(10000, "-w 1 -q 2"), (4200, "-w 1 -q 2 -g 5 -G 1"),
             (2000, "-w 1 -q 3")])
