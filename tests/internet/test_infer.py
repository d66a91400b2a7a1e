#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Who carried it, by tumen, in every scenario: held against the kernels' routes."""
import ipaddress
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from lablib import tap  # noqa: E402
from lablib.tap import LAB  # noqa: E402

PROBE = os.environ.get("TUMEN_PROBE", "build/tumen-probe")
TUMEN = os.environ.get("TUMEN", "build/tumen")
METHODS = "udp,icmp,tcp"

# The kernel's links have no delay. What light needs to a geostationary satellite
# and down, there and back, is added to what comes over it.
SATELLITE_AS, SATELLITE_US = 22351, 477476
TARGET_NET = ipaddress.ip_network("175.45.176.0/22")


def lab(*words):
    return subprocess.run([LAB, *words], capture_output=True, text=True, check=True).stdout


def table(work):
    """The tables of the scenario that is on."""
    here = os.environ["TUMEN_LAB"]
    path = os.path.join(work, "day.origin")
    subprocess.run([TUMEN, "origin", "build", "-o", path, "--asof", "2026-01-01",
                    "--bgp", f"{here}/rib.mrt", "--registry", f"{here}/registry.txt",
                    "--ixp", f"{here}/ixp.txt", "--as-rel", f"{here}/asrel.txt"],
                   check=True, capture_output=True)
    return path


def traces(work, vantages, targets):
    """One trace of every method from every vantage to every target, all vantages at once."""
    running = []
    for v in vantages:
        with open(f"{work}/{v}", "wb") as out:
            running.append(subprocess.Popen(
                [LAB, "exec", v, PROBE, "trace", "--json", "--vantage", v, "--method", METHODS,
                 "--rate", "300", "--wait", "300", *targets], stdout=out))
    for p in running:
        p.wait(timeout=60)
    return b"".join(open(f"{work}/{v}", "rb").read() for v in vantages)


def delayed(line, truth):
    """A trace as it would be had the satellite link its delay."""
    trace = json.loads(line)
    at = truth[trace["vantage"], trace["prefix"]]
    if SATELLITE_AS in {path[-2] for path in at["as_paths"] if len(path) > 1}:
        for probe in (p for hop in trace["hops"] for p in hop["probes"]):
            if probe["addr"] and ipaddress.ip_address(probe["addr"]) in TARGET_NET:
                probe["rtt_us"] += SATELLITE_US
    return json.dumps(trace).encode()


def verdicts(path, lines):
    done = subprocess.run([TUMEN, "infer", "--origin", path, "-"], input=lines,
                          capture_output=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def told(v):
    return (f"{v['vantage']} {v['target']} {v['method']}: AS{v['entry_as']} {v['carrier']} "
            f"{v['evidence']} p {v['p']}")


def judge(verdict, truth):
    """None when nothing is claimed, else whether the claim is right."""
    if verdict["entry_as"] is None:
        return None
    entries = {path[-2] for path in truth["as_paths"]}
    return (verdict["entry_as"] in entries and
            verdict["carrier"] in truth["carrier"].split("+"))


def scenario(t, name, work, vantages, targets):
    lab("scenario", name)
    truth = {(line["vantage"], line["prefix"]): line
             for line in map(json.loads, lab("truth", "--json").splitlines())}
    lines = traces(work, vantages, targets).splitlines()
    got = verdicts(table(work), b"\n".join(delayed(line, truth) for line in lines))
    wrong, right, silent = [], 0, []
    for v in got:
        at = truth[v["vantage"], v["prefix"]]
        if judge(v, at) is None:
            silent += [told(v)] if at["reachable"] else []
            right += not at["reachable"]
        elif judge(v, at):
            right += 1
        else:
            wrong.append(f"{told(v)}; the truth: {at['entry_as']} {at['carrier']}")
    t.ok(not wrong and len(got) == len(vantages) * len(targets) * 3 and right > 0,
         f"{name}: {right} right, {len(wrong)} wrong, {len(silent)} not decided",
         "\n".join(wrong + silent))


def inside():
    t = tap.Tap()
    vantages = [line.split()[0] for line in lab("vantages").splitlines()]
    targets = list({line.split()[1]: line.split()[0]
                    for line in lab("targets").splitlines()}.values())
    with tempfile.TemporaryDirectory() as work:
        for name in lab("scenarios").split():
            scenario(t, name, work, vantages, targets)
    return t.end()


if __name__ == "__main__":
    sys.exit(tap.in_lab(inside))
