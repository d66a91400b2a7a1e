#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Round trips against the played network's truth, beside scamper in one run.

The truth of a probe is the time between the network reading it and writing the
reply. What a tool reports beyond that is its error, with the network's own
delay in reading included: it is stated apart. Both tools send one probe after
the other, at the same rate: the network reads a volley one by one, and its
last probe would wait for the others. Ours ends at the target, 11 hops away, so
that both ask as much."""

import struct
import subprocess
import tempfile

import rig

RATE = 400
RUNS = 5
TARGETS = [f"175.45.{176 + i % 4}.{1 + i}" for i in range(100)]
ROW = struct.Struct("=qqqIIHHBBBB")


def address(text):
    return int.from_bytes(bytes(map(int, text.split("."))), "big")


def truths(path):
    """(dst, ttl) -> [(read, written)] in the order of the probes."""
    found = {}
    with open(path, "rb") as log:
        data = log.read()
    for row in ROW.iter_unpack(data):
        if row[2] >= 0:
            found.setdefault((row[3], row[7]), []).append((row[0], row[2]))
    return found


def ours(records):
    for r in records:
        if r["record"] != "trace":
            continue
        for hop in r["hops"]:
            for p in hop["probes"]:
                if p["rtt_us"] is not None and p["attempt"] == 1:
                    yield (address(r["target"]), hop["ttl"],
                           p["rtt_us"] * 1000,
                           p["tx_us"] * 1000 + p["tx_ns"])


def scampers(records):
    for r in records:
        if r.get("type") != "trace":
            continue
        for hop in r.get("hops", []):
            if hop["probe_id"] == 1:
                tx = hop["tx"]["sec"] * 10**9 + hop["tx"]["usec"] * 1000
                yield (address(r["dst"]), hop["probe_ttl"],
                       hop["rtt"] * 1e6, tx)


def errors(argv, probes):
    with tempfile.TemporaryDirectory() as work:
        log = f"{work}/log"
        run = rig.play("sweep-easy.play", argv,
                       tun=["--busy", "--log", log], pin=True)
        truth = truths(log)
    found, reading = [], []
    for dst, ttl, rtt_ns, tx_ns in probes(run.records()):
        pairs = truth.get((dst, ttl), [])
        if len(pairs) != 1:
            continue
        read, written = pairs[0]
        found.append((rtt_ns - (written - read)) / 1000)
        reading.append((read - tx_ns) / 1000)
    return sorted(found), sorted(reading)


def at(values, share):
    return values[min(int(len(values) * share), len(values) - 1)]


def figures(result):
    err, reading = result
    size = sorted(abs(e) for e in err)
    return {"median": at(size, .5), "p99": at(size, .99),
            "reading": at(reading, .5), "reading99": at(reading, .99)}


def show(name, runs):
    mid = {k: rig.median([r[k] for r in runs]) for k in runs[0]}
    print(f"  {name:12s} error median {mid['median']:6.1f} us, p99 "
          f"{mid['p99']:7.1f} us; of it the network read "
          f"{mid['reading']:5.1f} us after the tool's transmit time "
          f"(p99 {mid['reading99']:.1f})")
    return mid["p99"]


def main(title, busy):
    print(f"{title}, median of {RUNS} runs, interleaved:")
    hogs = [subprocess.Popen(["taskset", "-c", "1", "sh", "-c",
                              "while :; do :; done"]) for _ in range(busy)]
    us, them = [], []
    try:
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as targets:
            targets.write("\n".join(TARGETS) + "\n")
            targets.flush()
            rival = rig.have("scamper")
            for _ in range(RUNS):
                us.append(figures(errors(
                    [rig.PROBE, "trace", "--json", "--rate", str(RATE),
                     "--burst", "1", "--target-rate", "1000",
                     "--responder-rate", "1000", "--max-ttl", "11",
                     *TARGETS], ours)))
                if rival:
                    them.append(figures(errors(rig.scamper(
                        "trace -P udp-paris", targets.name, RATE), scampers)))
    finally:
        for hog in hogs:
            hog.kill()
    p99 = show("tumen-probe", us)
    if them:
        print(f"  ratio of the p99: {p99 / show('scamper', them):.2f}")


main("quiet", 0)
main("with the tool's core busy", 1)
