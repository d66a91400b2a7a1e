#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The engine without a throttle over 32,768 private addresses, beside the
raw limit of the same machine in the same run.

Where a probe's time goes (perf, two cores of a virtual machine, 4.4 us):
sendto(2) 39 %, of which the capture's copy of the probe is 16; the program
itself 35 %, of which the sweep's core, JSON and the parsing of the reply take
about a third each; libc 8 % (copies, the records' memory), writing the output
5 %, SipHash and SHA-256 5 %, libpcap 2 %. One sendto(2) after the other is as
fast as sendmmsg(2) of 64 here."""

import re

import rig

RUNS = 3
TARGETS = 32768
PREFIX = "10.0.0.0/17"
RAW = str(rig.ROOT / "build/tests/bench/raw")


def raw(seed):
    run = rig.play("sweep-10.play",
                   [RAW, "192.0.2.1", "10.0.0.0", "300000", "3"],
                   seed=seed, tun=["--busy", "--fifo"])
    m = re.search(r"([0-9.]+) packets/s, ([0-9.]+) us", run.out)
    return float(m.group(1)), float(m.group(2))


def sweep(seed):
    argv = [rig.PROBE, "trace", "--sweep", "--json", "--rate", "2000000",
            "--burst", "1000", "--responder-rate", "1000000",
            "--target-rate", "10000", PREFIX]
    run = rig.play("sweep-10.play", argv, seed=seed, tun=["--busy", "--fifo"])
    records = run.records()
    traces = [r for r in records if r["record"] == "trace"]
    sent, _ = rig.probes_of(traces)
    first = min(p["tx_us"] for r in traces for h in r["hops"]
                for p in h["probes"] if p["tx_us"] is not None)
    last = max(p["tx_us"] for r in traces for h in r["hops"]
               for p in h["probes"] if p["tx_us"] is not None)
    reached = sum(r["stop"] == "reached" for r in traces)
    return {"pps": sent / ((last - first) / 1e6), "sent": sent,
            "us": run.cpu / sent * 1e6, "reached": reached / TARGETS,
            "kib": run.rss_kib / TARGETS, "wall": run.wall}


def main():
    print(f"{TARGETS} addresses behind the TUN, no throttle, median of {RUNS}:")
    limits = [raw(s) for s in range(1, RUNS + 1)]
    runs = [sweep(s) for s in range(1, RUNS + 1)]
    mid = {k: rig.median([r[k] for r in runs]) for k in runs[0]}
    pps = rig.median([l[0] for l in limits])
    us = rig.median([l[1] for l in limits])
    print(f"  raw sendto     {pps:9.0f} packets/s {us:6.2f} us CPU a packet")
    print(f"  tumen-probe    {mid['pps']:9.0f} packets/s {mid['us']:6.2f} us "
          f"CPU a probe, {mid['sent']:.0f} probes, "
          f"{100 * mid['reached']:.3f} % reached, {mid['wall']:.2f} s, "
          f"{mid['kib']:.2f} KiB a trace in all")
    print(f"  ratio          {mid['pps'] / pps:9.2f}           "
          f"{mid['us'] / us:6.2f}")


main()
