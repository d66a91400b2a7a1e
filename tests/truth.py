#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Holds what tumen says against what the kernels of the test internet do.

usage: truth.py status STATUS TRUTH           every vantage x prefix
       truth.py changes EVENTS BEFORE AFTER   every change, and no other
       truth.py fresh STATUS SINCE            how many vantages measured all later

STATUS is `tumen status --json`, EVENTS `tumen timeline --json`, the others
`lab truth --json`. Prints one line with the count, then what differs; exit 1
when something does.
"""
import json
import sys


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def truth(path):
    """(vantage, prefix) -> (carrier, entry AS, reach) from the kernels' routes."""
    table = {}
    for row in lines(path):
        reach = "up" if row["reachable"] else "down"
        table[row["vantage"], row["prefix"]] = (row["carrier"], row["entry_as"], reach)
    return table


def said(path):
    table = {}
    for row in lines(path):
        for v in row["vantages"]:
            state = (v["carrier"], v["entry_as"], v["reach"])
            table[v["vantage"], row["prefix"]] = state
    return table


def report(what, want, got):
    wrong = [key for key in sorted(want.keys() | got.keys())
             if want.get(key) != got.get(key)]
    right = len(want) - sum(key in want for key in wrong)
    print(f"{right} of {len(want)} {what}")
    for key in wrong:
        print(f"  {' '.join(key)}: truth {want.get(key)}, tumen says {got.get(key)}")
    return 1 if wrong or not want else 0


def changes(events, before, after):
    old, new = truth(before), truth(after)
    want = {key: (old[key][0], new[key][0]) for key in new if old[key] != new[key]}
    got = {}
    for e in lines(events):
        key = (e["vantage"], e["prefix"])
        got[key] = got.get(key, ()) + (e["from"], e["to"])
    return report("changes of the kernels' routes were found, and no other", want, got)


def fresh(status, since):
    last = {}
    for row in lines(status):
        for v in row["vantages"]:
            last.setdefault(v["vantage"], []).append(v["last_us"])
    print(sum(min(times) >= since and len(times) == 4 for times in last.values()))
    return 0


def main(argv):
    if len(argv) == 4 and argv[1] == "status":
        return report("verdicts equal the truth", truth(argv[3]), said(argv[2]))
    if len(argv) == 5 and argv[1] == "changes":
        return changes(*argv[2:])
    if len(argv) == 4 and argv[1] == "fresh":
        return fresh(argv[2], int(argv[3]))
    print(__doc__, file=sys.stderr)
    return 64


if __name__ == "__main__":
    sys.exit(main(sys.argv))
