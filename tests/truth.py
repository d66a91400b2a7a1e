#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Holds what tumen says against what the kernels of the test internet do.

usage: truth.py status STATUS TRUTH                  every vantage x prefix
       truth.py changes EVENTS BEFORE AFTER FROM TO  every event, and no other
       truth.py fresh STATUS SINCE                   how many vantages measured all later

STATUS is `tumen status --json`, EVENTS `tumen timeline --json`, BEFORE, AFTER
and TRUTH `lab truth --json`; what was done was done between FROM and TO, in
microseconds. Prints one line with the count, then what differs; exit 1 when
something does.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "internet"))
from lablib import expected  # noqa: E402
from lablib.played import Step, Steps  # noqa: E402


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def rows(path):
    """(vantage, prefix) -> what the kernels' routes say."""
    return {(row["vantage"], row["prefix"]): row for row in lines(path)}


def truth(path):
    """(vantage, prefix) -> (carrier, entry AS, reach)."""
    return {key: (*expected.carriage(row), expected.reach(row)[0])
            for key, row in rows(path).items()}


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


def changes(events, before, after, since, until):
    steps = Steps(Step(before, 0, 0, 0, rows(before)),
                  Step(after, int(since), int(until), int(until), rows(after)))
    wants = expected.of_vantages(steps) + expected.together(steps)
    wrong = expected.hold(wants, [e for e in lines(events) if e["record"] == "event"])
    missing = sum(w.startswith("not said") for w in wrong)
    print(f"{len(wants) - missing} of {len(wants)} events that the kernels' routes ask for were "
          f"found, each with its moment in the bracket, and {len(wrong) - missing} others")
    for line in wrong:
        print("  " + line)
    return 1 if wrong or not wants else 0


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
    if len(argv) == 7 and argv[1] == "changes":
        return changes(*argv[2:])
    if len(argv) == 4 and argv[1] == "fresh":
        return fresh(argv[2], int(argv[3]))
    print(__doc__, file=sys.stderr)
    return 64


if __name__ == "__main__":
    sys.exit(main(sys.argv))
