#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Traces of scamper (trace and tracelb, warts and JSON) and mtr, made by the
tools themselves in the laboratory: imported, held against their files field by
field, exported and imported again, and judged as our own probe's are."""
import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from decimal import Decimal

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from lablib import tap, tools  # noqa: E402
from lablib.tap import LAB  # noqa: E402
from test_infer import judge, table, told  # noqa: E402

PROBE = os.environ.get("TUMEN_PROBE", "build/tumen-probe")
TUMEN = os.environ.get("TUMEN", "build/tumen")
VANTAGES = ["sel", "mow", "fra"]
TARGETS = ["175.45.176.71", "175.45.177.10", "175.45.178.161"]
MOVED = "175.45.178.161"  # to which the carrier changes when unicom-down is on
# The ports of UDP are those of tumen-probe's flow 0: one flow of two tools.
PARIS = {"udp": "trace -P udp-paris -s 24576 -d 33434", "icmp": "trace -P icmp-paris",
         "tcp": "trace -P TCP -d 80"}
ROUNDS = 2  # after the cut: a change is believed when it repeats
SECONDS = 120


def lab(*words):
    return subprocess.run([LAB, *words], capture_output=True, text=True, check=True).stdout


def tumen(*words, stdin=None, fine=(0,)):
    done = subprocess.run([TUMEN, *words], input=stdin, capture_output=True, timeout=SECONDS)
    if done.returncode not in fine:
        raise RuntimeError(f"tumen {' '.join(words)}: {done.returncode} {done.stderr.decode()}")
    return done


def objects(*words, **more):
    return [json.loads(line, parse_float=Decimal)
            for line in tumen(*words, **more).stdout.splitlines()]


# --- the files ---------------------------------------------------------------

class Files:
    """What the tools wrote, and how it is imported."""

    def __init__(self, work):
        self.work = work
        self.scamper = []
        self.mtr = []  # (path, vantage, start_us)
        self.own = []
        self.cut_us = None

    def path(self, name):
        return os.path.join(self.work, name)

    def run_scamper(self, runs, vantage, name, command, targets):
        path = self.path(f"{vantage}-{name}")
        tools.scamper(runs, vantage, path, command, targets)
        self.scamper.append(path)

    def run_mtr(self, runs, vantage, name, target):
        path = self.path(f"{vantage}-{name}")
        self.mtr.append((path, vantage, int(time.time()) * 1000000))
        tools.mtr(runs, vantage, path, target, 3)

    def run_own(self, runs, vantage, name, targets):
        path = self.path(f"{vantage}-{name}")
        with open(path, "wb") as out:
            runs.start(vantage, [PROBE, "trace", "--json", "--vantage", vantage, "--method",
                                 "udp,icmp,tcp", "--rate", "300", "--wait", "300", *targets], out)
        self.own.append(path)

    def all_of(self):
        """Every trace that the tools' files have, read by hand."""
        found = [t for path in self.scamper for t in tools.read_scamper(path)]
        for path, vantage, start_us in self.mtr:
            found += tools.read_mtr(path, vantage, start_us)
        return found

    def add(self, db):
        """The reports of importing all of it; warts come by the pipe."""
        reports = []
        for path in self.scamper:
            words = ["import", "--db", db, "--json", "--vantage", tools.vantage_of(path)]
            if path.endswith(".json"):
                reports += objects(*words, path)
            else:
                reports += objects(*words, "-", stdin=tools.plain(path))
        for path, vantage, start_us in self.mtr:
            reports += objects("import", "--db", db, "--json", "--vantage", vantage, "--start",
                               f"@{start_us // 1000000}", path)
        return reports


def measure(files):
    """Base, with every tool; then China Unicom's link is cut, with some of them."""
    with tools.Runs(SECONDS) as runs:
        for v in VANTAGES:
            for name, command in PARIS.items():
                files.run_scamper(runs, v, f"{name}.warts", command + " -w 1 -q 2", TARGETS)
            files.run_mtr(runs, v, "mtr", TARGETS[0])
        files.run_scamper(runs, "mow", "lb.json", "tracelb -P icmp-echo -w 1 -W 15 -q 1 -g 4",
                          TARGETS[1:2])
        files.run_scamper(runs, "sel", "lb.warts", "tracelb -P udp-sport -w 1 -W 15 -q 1 -g 4",
                          TARGETS[:1])
    with tools.Runs(SECONDS) as runs:
        for v in VANTAGES:
            files.run_own(runs, v, "own", TARGETS)
        files.run_scamper(runs, "fra", "direct.json", "trace -P icmp-paris -w 1 -Q -q 2",
                          TARGETS)
    origin = table(files.work)
    truth = [json.loads(line) for line in lab("truth", "--json").splitlines()]
    files.cut_us = time.time_ns() // 1000
    lab("scenario", "unicom-down")
    for i in range(ROUNDS):
        with tools.Runs(SECONDS) as runs:
            for name, command in PARIS.items():
                files.run_scamper(runs, "sel", f"later-{name}-{i}.warts", command + " -w 1",
                                  TARGETS)
            files.run_mtr(runs, "sel", f"later-mtr-{i}", MOVED)
    return origin, {(t["vantage"], t["prefix"]): t for t in truth}


# --- field by field ----------------------------------------------------------

def answer(hop, p):
    rtt = p["rtt_us"]
    return (hop["ttl"], p["attempt"], p["addr"], p["tx_us"],
            None if rtt is None else int(rtt * 1000), p["reply_ttl"], p["reply_ipid"],
            p["icmp_type"], p["icmp_code"], p["quoted_ttl"], p["quoted_tos"], p["tcp_flags"])


def answers(record):
    return sorted((answer(hop, p) for hop in record["hops"] for p in hop["probes"] if p["addr"]),
                  key=str)


def silences(record):
    return [(hop["ttl"], p) for hop in record["hops"] for p in hop["probes"] if not p["addr"]]


def differs(found, record):
    """What a record of the database has otherwise than the file."""
    same = ["vantage", "target", "src", "method", "start_us", "stop"]
    if found["method"] != "icmp":
        same += ["sport", "dport"]
    wrong = [f"{k}: {found[k]} in the file, {record[k]} in the database"
             for k in same if found[k] != record[k]]
    if record["source"] != found["object"]:
        wrong.append(f"source: {record['source_format']} {record['source']}")
    for a, b in zip(found["answers"], answers(record)):
        if a != b:
            wrong.append(f"{a} in the file, {b} in the database")
    if len(found["answers"]) != len(answers(record)):
        wrong.append(f"{len(found['answers'])} answers in the file, {len(answers(record))} in "
                     "the database")
    answered = {a[0] for a in found["answers"]}
    for ttl, p in silences(record):
        if p["silent"] != "unknown" or p["proof"] or p["rtt_us"] is not None:
            wrong.append(f"TTL {ttl}, silent: {p}")
    if found["tool"] == "mtr" and {s[0] for s in silences(record)} != found["silent"]:
        wrong.append(f"silent: {found['silent']} in the file, {silences(record)} not")
    # Up to the last answer every TTL was probed, whether the file lists it or not.
    if {h["ttl"] for h in record["hops"]} < set(range(1, max(answered, default=0) + 1)):
        wrong.append(f"hops {[h['ttl'] for h in record['hops']]}")
    return wrong


def key(trace):
    return (trace["vantage"], trace["target"], trace["method"], trace["start_us"])


def lacking(record):
    """What no tool tells is null in the record, or what says so."""
    wrong = [k for k in ("campaign", "run") if record[k] is not None]
    wrong += ["epoch"] if record["epoch"] != 0 else []
    wrong += ["proof" for hop in record["hops"] for p in hop["probes"] if p["proof"]]
    return wrong


def one_of_a_trace(t, found, records):
    wrong, at = [], collections.defaultdict(list)
    for r in records:
        at[key(r)].append(r)
    for f in found:
        if len(at[key(f)]) != 1:
            wrong.append(f"{f['tool']} {key(f)}: {len(at[key(f)])} traces in the database")
        else:
            wrong += [f"{f['tool']} {key(f)}: {w}" for w in differs(f, at[key(f)][0])]
    n = sum(len(f["answers"]) for f in found)
    t.ok(found and n > 10 * len(found) and not wrong,
         f"{len(found)} traces with {n} answers are in the database as in the files",
         "\n".join(wrong[:20]))


def flows_of(t, found, records):
    """tracelb: one trace a flow, and together all answers that the file has."""
    wrong = []
    for f in found:
        mine = [r for r in records if key(r) == key(f)]
        if [r["source"] for r in mine if r["source"].get("type")] != [f["object"]]:
            wrong.append(f"{key(f)}: the object is not the source of one")
        got = sorted(((r["flow"], a[0], *a[2:]) for r in mine for a in answers(r)), key=str)
        if {r["flow"] for r in mine} != f["flows"] or len(mine) != len(f["flows"]):
            wrong.append(f"flows {sorted(r['flow'] for r in mine)} not {sorted(f['flows'])}")
        if got != f["answers"]:
            wrong.append(f"{key(f)}: {set(got) ^ set(f['answers'])}")
        if f["method"] == "udp" and any(r["sport"] != r["flow"] for r in mine):
            wrong.append(f"{key(f)}: sport is not the flow")
    n = sum(len(f["answers"]) for f in found)
    t.ok(found and n > 100 and not wrong,
         f"{len(found)} tracelb, {sum(len(f['flows']) for f in found)} flows, {n} answers: "
         "all in the database", "\n".join(str(w)[:800] for w in wrong))


# --- the tests ---------------------------------------------------------------

def exported(db, *more):
    return tumen("export", "--db", db, "--format", "ndjson", *more).stdout


def imports(t, files, db):
    found = files.all_of()
    traces = [f for f in found if f["tool"] != "tracelb"]
    lbs = [f for f in found if f["tool"] == "tracelb"]
    want = len(traces) + sum(len(f["flows"]) for f in lbs)
    reports = files.add(db)
    t.ok(sum(r["added"] for r in reports) == want and
         not any(r["broken"] or r["refused"] for r in reports),
         f"all {want} traces of {len(reports)} files are imported, none is broken", reports)
    records = [json.loads(line, parse_float=Decimal) for line in exported(db).splitlines()]
    one_of_a_trace(t, traces, records)
    flows_of(t, lbs, records)
    wrong = [(key(r), w) for r in records for w in lacking(r)]
    t.ok(len(records) == want and not wrong, "what the tools do not tell is null", wrong[:5])
    again = files.add(db)
    t.ok(not any(r["added"] for r in again) and sum(r["present"] for r in again) == want,
         "imported again, none is added", again)
    return want


def round_trip(t, work, db, want, form):
    """Through another tool's shape and back: every trace, whoever made it. What
    scamper wrote itself comes out as it was, with the vantage, which it did not tell."""
    back, same, new = os.path.join(work, f"{form}.db"), [], []
    for v in VANTAGES:
        shaped = tumen("export", "--db", db, "--format", form, "--vantage", v).stdout
        same += objects("import", "--db", db, "--json", "-", stdin=shaped)
        new += objects("import", "--db", back, "--json", "-", stdin=shaped)
    t.ok(not any(r["added"] or r["refused"] or r["broken"] for r in same) and
         sum(r["present"] for r in same) == want,
         f"exported in the shape of {form} and imported: none is added", same)
    t.ok(sum(r["added"] for r in new) == want, f"into an empty database: all {want}", new)
    a, b = exported(db), exported(back)
    for v in VANTAGES if form == "scamper" else ():
        b = b.replace(f',"monitor":"{v}"}}'.encode(), b"}")
    t.ok(a == b, "and they are the same, octet for octet, with the tools' own text",
         first_difference(a, b))


def first_difference(a, b):
    for x, y in zip(a.splitlines(), b.splitlines()):
        if x != y:
            at = next((i for i, (p, q) in enumerate(zip(x, y)) if p != q), 0)
            return f"{x[max(0, at - 200):at + 200]}\n{y[max(0, at - 200):at + 200]}"
    return f"{len(a)} and {len(b)} octets"


def verdicts(t, files, db, origin, truth):
    """Of all traces before the cut, held against the kernels' routes; and those of
    the tools against our own probe's of the same vantage, target and method."""
    for path in files.own:
        tumen("import", "--db", db, path)
    records = {r["id"]: r for r in
               (json.loads(line, parse_float=Decimal) for line in exported(db).splitlines())}
    got = objects("infer", "--db", db, "--origin", origin, "--json")
    before = [v for v in got if v["start_us"] < files.cut_us]
    judged = [(v, judge(v, truth[v["vantage"], v["prefix"]])) for v in before]
    wrong = [told(v) for v, good in judged if good is False]
    decided = [v for v, good in judged if good]
    theirs = [v for v in decided if records[v["trace"]]["epoch"] == 0]
    ours = {place(v): v for v in decided if records[v["trace"]]["epoch"] != 0}
    t.ok(not wrong and len(got) == len(records) and len(theirs) > 30,
         f"{len(before)} verdicts, {len(theirs)} of the tools' traces and {len(ours)} of ours say "
         f"who, {len(wrong)} wrongly", "\n".join(wrong))
    whole = [v for v in before if records[v["trace"]]["tool"].split()[-1] in ("udp-paris", "tcp",
             "icmp-echo-paris", "mtr")]
    other = [f"{told(v)}; ours: {told(ours[place(v)])}" for v in whole if place(v) in ours and
             (v["entry_as"], v["carrier"]) != (ours[place(v)]["entry_as"],
                                               ours[place(v)]["carrier"])]
    t.ok(len(whole) == 33 and len(ours) == 27 and not other,
         f"the verdicts of {len(whole)} whole traces are those of our own probe",
         "\n".join(other))
    filtered(t, files, origin, before)
    return records


def filtered(t, files, origin, before):
    """Without a database: sc_warts2json FILE | tumen infer -."""
    at = {(v["target"], v["method"], v["start_us"]): v for v in before}
    alone = [v for path in files.scamper if path.endswith("udp.warts") and "later" not in path
             for v in objects("infer", "--origin", origin, "-", stdin=tools.plain(path))]
    keys = ("prefix", "entry_as", "carrier", "reached")
    other = [told(v) for v in alone if any(
        v[k] != at[v["target"], v["method"], v["start_us"]][k] for k in keys)]
    t.ok(len(alone) == 9 and not other and all(v["vantage"].startswith("scamper-") for v in alone),
         f"{len(alone)} traces by tumen infer without a database: the same verdicts",
         "\n".join(other))


def place(v):
    return (v["vantage"], v["target"], v["method"])


def path(record):
    """Who answered at each TTL first, None for nobody, until the target did."""
    addrs = [hop["probes"][0]["addr"] for hop in record["hops"]]
    end = addrs.index(record["target"]) + 1 if record["target"] in addrs else None
    return addrs[:end]


def alike(a, b):
    """Silence says nothing."""
    return len(a) == len(b) and all(x == y or None in (x, y) for x, y in zip(a, b))


def diff(db, origin, a, b):
    done = tumen("diff", "--json", "--db", db, "--origin", origin, a["id"], b["id"], fine=(0, 1))
    return done.returncode, json.loads(done.stdout.splitlines()[0])


def differences(t, files, db, origin, records):
    """Our probe's trace and scamper's, of one moment; then one of before and after."""
    early = [r for r in records.values() if r["start_us"] < files.cut_us]
    ours = {place(r): r for r in early if r["epoch"] != 0}
    wrong, seen = [], collections.Counter()
    for r in early:
        if r["epoch"] != 0 or " lb " in r["tool"] or place(r) not in ours:
            continue
        status, d = diff(db, origin, ours[place(r)], r)
        one_flow = r["method"] == "udp"
        one_path = alike(path(r), path(ours[place(r)]))
        fine = ({"same", "rtt-only", "silent-only"} if one_path else
                {"insufficient", "balancing", "silent-only"})
        seen[d["verdict"], d["same_flow"]] += 1
        if status or d["verdict"] not in fine or d["same_flow"] != one_flow or (
                one_flow and not one_path):
            wrong.append(f"{r['tool']} {place(r)}: {status} {d['verdict']} {d['same_flow']}\n"
                         f"{path(r)}\n{path(ours[place(r)])}")
    t.ok(not wrong and seen["same", True] > 5,
         "diff with our own traces: " + ", ".join(
             f"{n} {verdict}{' (same flow)' if same else ''}" for (verdict, same), n in
             sorted(seen.items())), "\n".join(wrong))
    moved = [r for r in records.values() if place(r) == ("sel", MOVED, "udp") and r["epoch"] == 0]
    moved.sort(key=lambda r: r["start_us"])
    status, d = diff(db, origin, moved[0], moved[-1])
    t.ok(status == 1 and d["verdict"] == "changed" and d["same_flow"] and
         134544 in d["as_from"] and 20485 in d["as_to"],
         "diff of scamper's before and after: another carrier", d)


def timeline(t, files, db):
    """What the vantage saw by scamper and mtr after the cut."""
    events = objects("timeline", "--db", db, "--json", "--prefix", "175.45.178.0/24",
                     "--vantage", "sel")
    carrier = [e for e in events if e["record"] == "event" and e["to"] == "ttk"]
    t.ok(len(carrier) == 1 and carrier[0]["from"] == "unicom" and carrier[0]["vantage"] == "sel"
         and carrier[0]["after_us"] < files.cut_us < carrier[0]["before_us"],
         "timeline: from unicom to ttk, between the last trace before and the first behind",
         events)


def inside():
    t = tap.Tap()
    missing = [name for name in ("scamper", "sc_warts2json", "mtr") if not shutil.which(name)]
    if missing:
        t.skip("scamper and mtr", f"{', '.join(missing)} not installed")
        return t.end()
    with tempfile.TemporaryDirectory() as work:
        files = Files(work)
        origin, truth = measure(files)
        db = os.path.join(work, "t.db")
        want = imports(t, files, db)
        round_trip(t, work, db, want, "scamper")
        round_trip(t, work, db, want, "atlas")
        records = verdicts(t, files, db, origin, truth)
        differences(t, files, db, origin, records)
        timeline(t, files, db)
    return t.end()


if __name__ == "__main__":
    sys.exit(tap.in_lab(inside))
