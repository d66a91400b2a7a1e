#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""1 and 2 October 2017 (tests/data/october-2017), played with real BGP in compressed time while real
agents watch: every change is found, for the right prefixes and vantages, inside its bracket, and no
other; on the control plane, too."""
import os
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from lablib import lines, tap  # noqa: E402
from lablib.played import Play  # noqa: E402
from lablib.running import Running  # noqa: E402
from lablib.vantages import Vantages  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
FACTS = HERE.parent / "data" / "october-2017"
# In 2017 China Unicom was the neighbour itself; in the laboratory, as today, Cenbong stands between.
NEIGHBOUR = {"4837": "134544", "20485": "20485"}
ROUNDS = 3  # of each state: a change is believed when it repeats


def facts():
    """(time, [line]) of what was done at once."""
    steps = {}
    for line in lines.read(FACTS):
        verb, prefix, via, asn, stamp = line.words
        steps.setdefault(line.verb, []).append(
            lines.Line(line.where, [verb, prefix, via, NEIGHBOUR[asn]]))
    return list(steps.items())


def play(t, folder):
    lab = Running()
    began = time.monotonic()
    script = facts()
    scene = Play(lab)
    scene.take("before", lines.Line("october", ["withdraw", "*"]))
    scene.take(script[0][0], *script[0][1])
    scene.steps = scene.steps[-1:]
    lab.mrt()
    vantages = Vantages(folder, [v.name for v in lab.topo.of_kind("vantage")],
                        [lab.topo.host_of(p).address for p in lab.topo.prefixes()], {})
    vantages.table(lab.folder)
    try:
        vantages.begin()
        vantages.wait(ROUNDS)
        for name, doing in script[1:]:
            scene.take(name, *doing)
            vantages.wait(ROUNDS)
            print(f"# {time.monotonic() - began:.1f} s {name}", flush=True)
        vantages.end()
    finally:
        vantages.kill()
    print(f"# {time.monotonic() - began:.1f} s, {vantages.times} uploads")
    print(vantages.wrong)
    if "OCT_KEEP" in os.environ:
        os.system(f"cp -r {folder} {os.environ['OCT_KEEP']}; cp {lab.folder}/*.mrt {os.environ['OCT_KEEP']}")
    for e in vantages.ask("timeline"):
        print(e)


def inside():
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as work:
        play(t, pathlib.Path(work))
    return t.end()


def main():
    if "TUMEN_LAB" in os.environ:
        return inside()
    os.execv(tap.LAB, [tap.LAB, "run", "--", sys.executable, os.path.realpath(__file__)])


if __name__ == "__main__":
    sys.exit(main())
