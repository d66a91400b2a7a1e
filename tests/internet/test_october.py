#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""1 and 2 October 2017 (tests/october/facts.csv), played with real BGP in compressed time while real
agents watch: every change is found, for the right prefixes and vantages, inside its bracket, and no
other; on the control plane, too, where the laboratory's seconds are those of 2017 again.

TUMEN_KEEP=FOLDER keeps the database and the MRT files there."""
import calendar
import csv
import os
import pathlib
import shutil
import statistics
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from lablib import expected, lines, mrt, tap  # noqa: E402
from lablib.played import Play  # noqa: E402
from lablib.road import tumen  # noqa: E402
from lablib.running import Running  # noqa: E402
from lablib.vantages import Vantages  # noqa: E402

FACTS = pathlib.Path(__file__).resolve().parent.parent / "october" / "facts.csv"
# In 2017 China Unicom was the neighbour itself; in the laboratory, as today, Cenbong stands between.
NEIGHBOUR = {"unicom": "134544", "ttk": "20485"}
BEGIN = "2017-10-01T00:00:00Z"
ROUNDS = 3  # of each state: a change is believed when it repeats
TTK, TTK_PREFIXES = "ttk", [f"175.45.{i}.0/24" for i in (176, 178, 179)]
NEVER = "175.45.177.0/24"
SECOND_US = 1000000


def facts():
    """(time, [line]) of what was done at once, in order: all by China Unicom, but in the outages;
    beside it TransTelecom."""
    steps = {BEGIN: [lines.Line(FACTS.name, ["announce", "*", "via", NEIGHBOUR["unicom"]])]}
    with open(FACTS, encoding="utf-8") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            if row["what"] == "ttk":
                doing = [f"{verb} {row['prefix']} via {NEIGHBOUR['ttk']}"
                         for verb in ("announce", "withdraw")]
            elif row["what"] == "outage":
                doing = [f"{verb} * via {NEIGHBOUR['unicom']}" for verb in ("withdraw", "announce")]
            else:
                continue
            for at, text in zip((row["from"], row["to"]), doing):
                steps.setdefault(at, []).append(lines.Line(FACTS.name, text.split()))
    return sorted((at, doing) for at, doing in steps.items() if at)


def set_up(lab, folder, first):
    """The first state, before anything is watched."""
    scene = Play(lab)
    scene.take(first[0], lines.Line("before", ["withdraw", "*"]), *first[1])
    scene.steps = scene.steps[-1:]
    lab.mrt()
    topo = lab.topo
    vantages = Vantages(folder, [v.name for v in topo.of_kind("vantage")],
                        [topo.host_of(p).address for p in topo.prefixes()], {})
    vantages.table(lab.folder)
    return scene, vantages


def play(lab, folder):
    script, began = facts(), time.monotonic()
    scene, vantages = set_up(lab, folder, script[0])
    try:
        vantages.begin()
        vantages.wait(ROUNDS, 0)
        for name, doing in script[1:]:
            scene.take(name, *doing)
            vantages.wait(ROUNDS, scene.steps[-1].still_us)
        vantages.end()
    finally:
        vantages.kill()
    rounds = [agent.rounds() for agent in vantages.agents.values()]
    print(f"# {len(script)} states in {time.monotonic() - began:.0f} s, {min(rounds)} rounds or "
          f"more of {len(rounds)} vantages, {vantages.times} uploads between them")
    return scene, vantages


# --- the data plane ---------------------------------------------------------------

def check_data(t, scene, vantages):
    said = [e for e in vantages.ask("timeline", "--plane", "data") if e["record"] == "event"]
    single = expected.of_vantages(scene)
    folded = expected.together(scene)
    for wants, vantage, who in ((single, True, "the vantages saw"),
                                (folded, False, "all together saw")):
        wants = expected.with_flapping(wants)
        events = [e for e in said if (e["vantage"] is not None) == vantage]
        wrong = expected.hold(wants, events)
        t.ok(wants and not wrong, f"{len(wants)} events that {who}: each found, with its moment in "
             "the bracket, and no other", "\n".join(wrong))
    widths = [(e["before_us"] - e["after_us"]) / SECOND_US for e in said if not e["changes"]]
    print(f"# brackets: {statistics.median(widths):.2f} s, {max(widths):.2f} s at most")
    check_ttk(t, scene, said)
    check_traces(t, vantages, said)
    check_states(t, scene, vantages)


def check_ttk(t, scene, said):
    """The published table: who came and went when, by the names of the facts."""
    named = {step.name: (step.began_us, step.still_us) for step in scene.steps}
    got = {}
    for e in said:
        if e["vantage"] is None and e["carrier"] == TTK and e["kind"] in ("gained", "lost"):
            at = [name for name, (began, still) in named.items()
                  if e["after_us"] <= still and e["before_us"] >= began]
            got.setdefault(e["prefix"], []).append((e["kind"], *at))
    came, went, again = "2017-10-01T09:07:51Z", "2017-10-01T10:14:45Z", "2017-10-01T12:21:55Z"
    ends = ("2017-10-02T07:56:39Z", None, "2017-10-02T09:10:29Z")
    want = {prefix: [("gained", came), ("lost", went), ("gained", again)] +
            ([("lost", end)] if end else []) for prefix, end in zip(TTK_PREFIXES, ends)}
    t.ok(got == want, "TransTelecom: as published, for .176, .178 and .179, never for .177", got)


def check_traces(t, vantages, said):
    """The two traces of an event of who carried it show the two carriers, or no route."""
    shown = {row[0]: row[1:] for row in vantages.sql(
        "SELECT trace, vantage, prefix, CASE reach WHEN 'down' THEN 'none' ELSE carrier END, "
        "started_us FROM v_verdict")}
    wrong = []
    for e in said:
        if e["vantage"] is None or e["kind"] not in ("gained", "lost", "changed"):
            continue
        old, new = (shown.get(trace) for trace in e["traces"])
        if old != (e["vantage"], e["prefix"], e["from"], e["after_us"]) or \
                new[:3] != (e["vantage"], e["prefix"], e["to"]) or new[3] > e["before_us"]:
            wrong.append(f"{e}: {old} {new}")
    t.ok(not wrong, "the traces of each event show what was before and after", "\n".join(wrong))


def check_states(t, scene, vantages):
    """The state at the end of each step, as it is believed later."""
    wrong = []
    for step, following in zip(scene.steps, scene.steps[1:]):
        at = time.strftime("%FT%T", time.gmtime(following.began_us // SECOND_US)) + \
            f".{following.began_us % SECOND_US:06}Z"
        wrong += [f"{step.name} {w}" for w in expected.differ(
            step.rows, vantages.ask("timeline", "--plane", "data", "--at", at))]
    said = vantages.ask("status")
    wrong += [f"status {w}" for w in expected.differ(scene.steps[-1].rows, said)]
    # The agents were stopped in the middle of a round: what they cut off was not silent.
    wrong += [f"perhaps down: {v}" for line in said for v in line["vantages"]
              if v["reach_pending"] == "down"]
    t.ok(not wrong, f"--at the end of each of {len(scene.steps)} states, and status: the truth",
         "\n".join(wrong))


# --- the control plane ------------------------------------------------------------

def published_us(name):
    return calendar.timegm(time.strptime(name, "%Y-%m-%dT%H:%M:%SZ")) * SECOND_US


def clock(scene, after):
    """The seconds of the laboratory as those of 2017: each step began when it was published. None
    for what is not behind a second."""
    began = []
    for step in scene.steps:
        moved_us, _ = scene.moments.span(step.began_us, step.settled_us)
        began.append((moved_us // SECOND_US, published_us(step.name) // SECOND_US))

    def then(second):
        if second <= after:
            return None
        here, there = max(b for b in began if b[0] <= second)
        return there + second - here
    return then


def told(script):
    """(prefix, kind, upstreams before, after, when) of what Star JV told its neighbours."""
    events, upstreams = [], {}
    for name, doing in script:
        old = {prefix: set(asns) for prefix, asns in upstreams.items()}
        for line in doing:
            asn = int(line.words[2])
            for prefix in [*TTK_PREFIXES, NEVER] if line.words[0] == "*" else line.words[:1]:
                upstreams.setdefault(prefix, set())
                (upstreams[prefix].add if line.verb == "announce" else
                 upstreams[prefix].discard)(asn)
        for prefix, was in old.items():
            now = upstreams[prefix]
            if was != now:
                kind = "down" if not now else "up" if not was else \
                    "gained" if was < now else "lost"
                events.append((prefix, kind, sorted(was), sorted(now), name))
    return events


def check_control(t, lab, scene, vantages):
    """The collector's own files, in the seconds of 2017."""
    begun = max(record[0] for record in mrt.records(f"{lab.folder}/rib.mrt"))
    for name, after in (("rib.mrt", 0), ("updates.mrt", begun)):
        mrt.restamp(f"{lab.folder}/{name}", vantages.folder / name, clock(scene, after))
    done = tumen("control", "import", "--db", vantages.db, vantages.folder / "rib.mrt",
                 vantages.folder / "updates.mrt")
    t.ok(done.returncode == 0, "the collector's table and updates are imported", done)
    said = [e for e in vantages.ask("timeline", "--plane", "control")
            if e["plane"] == "control" and e["kind"] != "flapping"]
    want = told(facts())
    wrong = []
    for event in want:
        at_us = published_us(event[4])
        found = next((e for e in said if event[:4] == (
            e["prefix"], e["kind"], e["upstreams_from"], e["upstreams_to"]) and
            0 <= e["after_us"] - at_us <= SECOND_US and e["before_us"] - at_us < 5 * SECOND_US), None)
        if found:
            said.remove(found)
        else:
            wrong.append(f"not said: {event}")
    wrong += [f"said and not true: {e}" for e in said]
    t.ok(want and not wrong, f"the control plane: all {len(want)} events at their second of 2017, "
         "and no other", "\n".join(wrong))


def inside():
    t, lab = tap.Tap(), Running()
    with tempfile.TemporaryDirectory() as work:
        scene, vantages = play(lab, pathlib.Path(work))
        t.ok(not vantages.wrong, "agents, uploads and inference go on without an error",
             vantages.wrong)
        check_data(t, scene, vantages)
        check_control(t, lab, scene, vantages)
        if "TUMEN_KEEP" in os.environ:
            shutil.copytree(work, os.environ["TUMEN_KEEP"])
    return t.end()


if __name__ == "__main__":
    sys.exit(tap.in_lab(inside))
