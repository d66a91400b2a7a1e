# SPDX-License-Identifier: ISC
"""Which flows took another way, by tumen diff and by scamper's sc_tracediff, of the
same pairs of traces.

sc_tracediff takes what its manual recommends: files of one flow each, of the same
ports before and after, matched by the destination (-m dst, the default; -m userid
would match the same traces of a file with all flows, but it does not print which
is which). Without -a it prints the pairs that it holds for changed, with -a all."""
import concurrent.futures
import json
import os
import re
import subprocess

import warts

TUMEN = os.path.realpath(os.environ.get("TUMEN", "build/tumen"))
RIVAL = "sc_tracediff"
HEAD = re.compile(r"traceroute from \S+ to (\S+)$")
ROW = re.compile(r" *(\d+) (\S+)(?: !\S+)? +(\S+)(?: !\S+)? *$")
SAID = {0: "no change", 1: "a change"}


def write_ndjson(path, traces):
    with open(path, "w", encoding="ascii") as file:
        file.writelines(t.ndjson() for t in traces)


def write_warts(path, traces):
    with open(path, "wb") as file:
        file.write(warts.head())
        file.writelines(map(warts.trace, traces))


def tumen(a, b, *options):
    """{(id of a, id of b): (class, first TTL)} of two files of NDJSON."""
    done = subprocess.run([TUMEN, "diff", "--json", *options, a, b],
                          capture_output=True, text=True)
    if done.returncode not in SAID:
        raise ChildProcessError(f"tumen diff: {done.returncode}, {done.stderr[:400]}")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {(r["a"], r["b"]): (r["verdict"], r["first_ttl"] or 0)
            for r in rows if r["record"] == "diff"}


def differs(before, after):
    """How far two columns differ: 2 they name two addresses, 1 only one goes on."""
    if "*" in (before, after) or before == after:
        return 0
    return 1 if "-" in (before, after) else 2


def first_row(rows):
    """The TTL where a reader of both columns sees them part; 0: nowhere."""
    for least in (2, 1):
        for ttl, before, after in rows:
            if differs(before, after) >= least:
                return ttl
    return 0


def printed(text):
    """{target: [(ttl, before, after)]}"""
    found, rows = {}, None
    for line in text.splitlines():
        head, row = HEAD.match(line), ROW.match(line)
        if head:
            rows = found[head[1]] = []
        elif row:
            rows.append((int(row[1]), row[2], row[3]))
    return found


def sc_tracediff(a, b):
    """{target: (whether it changed, TTL)} of two files of one flow."""
    texts = [subprocess.run([RIVAL, *options, a, b], check=True, capture_output=True,
                            text=True).stdout for options in ([], ["-a"])]
    changed, whole = map(printed, texts)
    return {target: (target in changed, first_row(rows)) for target, rows in whole.items()}


def write_pairs(folder, pairs):
    """All traces as NDJSON, and a file of warts for each flow: (a, b), {flow: (a, b)}."""
    ours = tuple(f"{folder}/{side}.ndjson" for side in "ab")
    theirs = {flow: tuple(f"{folder}/{side}.{flow}.warts" for side in "ab")
              for flow in sorted({p.a.flow for p in pairs})}
    for path, side in zip(ours, "ab"):
        write_ndjson(path, (getattr(p, side) for p in pairs))
    for flow, paths in theirs.items():
        for path, side in zip(paths, "ab"):
            write_warts(path, (getattr(p, side) for p in pairs if p.a.flow == flow))
    return ours, theirs


def at_once(function, pairs):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda pair: function(*pair), pairs))
