#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Who hands over to the target's network? Longest-prefix match, sc_bdrmap and
tumen on the same traces of a generated world (tests/truth), whose truth is
known; by what makes a trace hard.

sc_bdrmap names the borders of the network that hosts the vantage. So that the
border of the target is one of them, all ASes before it are declared to be that
network, which gives it more than a user has. It then says which routers are the
target's; the first of them is numbered by the AS that hands over, or that is
the AS of longest-prefix match of the hop before it.

TUMEN_SEED and TUMEN_TRACES choose the world and how many traces.
"""
import bisect
import collections
import ipaddress
import json
import os
import pathlib
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("B", ROOT / "build"))
SEED = os.environ.get("TUMEN_SEED", "1")
TRACES = os.environ.get("TUMEN_TRACES", "10000")


def run(*command, stdin=None, stdout=subprocess.PIPE):
    begin = time.monotonic()
    done = subprocess.run([str(c) for c in command], cwd=ROOT, check=True,
                          stdin=stdin, stdout=stdout)
    return done.stdout, time.monotonic() - begin


class Routes:
    """Longest-prefix match: every address is in the last segment before it."""

    def __init__(self, path):
        rows = []
        for line in path.read_text().splitlines():
            net, length, origins = line.split("\t")
            first = int(ipaddress.ip_address(net))
            rows.append((first, int(length), int(origins.split("_")[0])))
        self.starts, self.origins = [], []
        stack = []  # (end, origin) of the prefixes around
        for first, length, origin in sorted(rows):
            self.close(stack, first)
            self.put(first, origin)
            stack.append((first + (1 << 32 - length), origin))
        self.close(stack, 1 << 32)

    def put(self, start, origin):
        if self.starts and self.starts[-1] == start:
            self.origins[-1] = origin
        else:
            self.starts.append(start)
            self.origins.append(origin)

    def close(self, stack, before):
        while stack and stack[-1][0] <= before:
            end = stack.pop()[0]
            self.put(end, stack[-1][1] if stack else None)

    def origin(self, addr):
        at = bisect.bisect_right(self.starts, int(ipaddress.ip_address(addr)))
        return self.origins[at - 1] if at else None


def answers(trace):
    """[(ttl, addr)] of the routers that answered, the target left out."""
    found = []
    for hop in trace["hops"]:
        addr = next((p["addr"] for p in hop["probes"] if p["addr"]), None)
        if addr == trace["target"]:
            break
        if addr is not None:
            found.append((hop["ttl"], addr))
    return found


def entry(hops, routes, is_target, target_as):
    """The origin of the last hop that has one before the target's first."""
    last = None
    for _, addr in hops:
        origin = routes.origin(addr)
        if is_target(addr, origin):
            # a border router of the target, numbered by who hands over
            return origin if origin not in (None, target_as) else last
        if origin is not None and origin != target_as:
            last = origin
    return last


def bdrmap(folder, vantage):
    """addr -> AS of the routers that it gives to a neighbour."""
    out, seconds = run(
        "sc_bdrmap", "-d", "routers", "-a", folder / "ip2as.txt",
        "-g", folder / "delegated.txt", "-r", folder / "as-rel.txt",
        "-v", folder / f"{vantage}.near", "-x", folder / "ixp.txt",
        folder / f"{vantage}.warts")
    owner = {}
    for line in out.decode().splitlines():
        words = line.split()
        if not line.startswith(" ") or len(words) < 4 or words[1] == "self":
            continue
        for word in words[3:]:
            if "." in word:
                owner[word.rstrip("*")] = int(words[0])
    return owner, seconds


class Score:
    def __init__(self):
        self.n = collections.Counter()
        self.right = collections.Counter()
        self.wrong = collections.Counter()

    def add(self, truth, said):
        for tag in ["all"] + truth["tags"]:
            self.n[tag] += 1
            self.right[tag] += said == truth["entry_as"]
            self.wrong[tag] += said not in (None, truth["entry_as"])


def by_lines(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def compare(folder, verdicts):
    routes = Routes(folder / "ip2as.txt")
    names = sorted(f.stem for f in folder.glob("*.warts"))
    owners, seconds = {}, 0.0
    for name in names:
        owners[name], took = bdrmap(folder, name)
        seconds += took
    scores = {"LPM": Score(), "sc_bdrmap": Score(), "tumen": Score()}
    for trace, truth in zip(by_lines(folder / "traces.ndjson"),
                            by_lines(folder / "truth.ndjson")):
        assert trace["id"] == truth["trace"]
        hops, target = answers(trace), truth["target_as"]
        of = owners[trace["vantage"]]
        scores["LPM"].add(truth, entry(
            hops, routes, lambda a, o: o == target, target))
        scores["sc_bdrmap"].add(truth, entry(
            hops, routes, lambda a, o: of.get(a, o) == target, target))
        scores["tumen"].add(truth, verdicts.get(trace["id"]))
    return scores, seconds


def table(scores):
    print(f"  {'entry AS, right/wrong %':<26}{'traces':>8}" +
          "".join(f"{name:>16}" for name in scores))
    any_score = next(iter(scores.values()))
    for tag in ["all"] + sorted(any_score.n.keys() - {"all"}):
        n = any_score.n[tag]
        print(f"  {tag:<26}{n:>8}" + "".join(
            f"{100 * s.right[tag] / n:9.2f}/{100 * s.wrong[tag] / n:6.2f}"
            for s in scores.values()))


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with open(folder / "traces.ndjson", "wb") as out:
            _, made = run(BUILD / "tests/truth/generate", "--seed", SEED,
                          "--traces", TRACES, "--tables", folder,
                          "--origin", folder / "world.origin",
                          "--truth", folder / "truth.ndjson", stdout=out)
        run(BUILD / "tests/truth/warts", SEED, TRACES, folder)
        with open(folder / "traces.ndjson", "rb") as traces:
            out, took = run(BUILD / "tumen", "infer",
                            "--origin", folder / "world.origin",
                            "--carriers", folder / "carriers.txt", "-",
                            stdin=traces)
        said = (json.loads(line) for line in out.splitlines())
        verdicts = {v["trace"]: v["entry_as"] for v in said
                    if v["record"] == "verdict"}
        scores, rival = compare(folder, verdicts)
    print(f"{TRACES} traces of the world of seed {SEED}, made in {made:.1f} s:")
    table(scores)
    print("  bdrmapIT, as published of other networks (IMC 2018): 91.8 to 98.8 %")
    print(f"  time: sc_bdrmap {rival:.1f} s (one run for each vantage), tumen {took:.1f} s")


if __name__ == "__main__":
    main()
