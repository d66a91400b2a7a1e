#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Reading results of RIPE Atlas: tumen import against Python's json module.

Writes a file of results (tests/data/atlas/october_2017.py makes them; probes and
times differ from line to line), then reads it in turns with
  tumen import --dry-run          every trace as a record, nothing stored
  Python, json.loads              a line at a time, nothing else
  Python, json.loads and facts    of every reply its address, RTT, TTL and error
  tumen import --db               traces, paths, evidence and facts into SQLite
  Python, json and sqlite3        a row a reply into SQLite
and prints the medians, the ratios, peak memory, and whether the counts agree.

    exchange.py [--results N] [--stored N] [--rounds N]
"""
import argparse
import importlib.util
import json
import os
import pathlib
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TUMEN = os.environ.get("TUMEN", str(ROOT / "build/tumen"))
MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None
TEMPLATES = 2000


def generator():
    path = ROOT / "tests/data/atlas/october_2017.py"
    spec = importlib.util.spec_from_file_location("october_2017", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def vary(rng, result):
    """What the example has not: late and double answers, errors."""
    for hop in result["result"]:
        items = []
        for i, reply in enumerate(hop["result"]):
            chance = rng.random()
            if "rtt" in reply and chance < .01 and i < 2:  # it comes during the next probe
                items += [{"x": "*"}, {"from": reply["from"], "late": 1, "size": 28,
                                       "ttl": reply["ttl"]}]
            elif "rtt" in reply and chance < .02:
                items += [reply, {**reply, "dup": True}]
            else:
                items.append(reply)
            if "rtt" in reply and .02 < chance < .03:
                reply["err"] = rng.choice(["N", "H", "A", 9, 13])
        hop["result"] = items
    return result


def templates(rng):
    made = generator()
    rows = made.facts()
    begin = made.seconds(made.BEGIN)
    for i in range(TEMPLATES):
        probe = rng.choice(made.PROBES)
        msm = rng.choice(list(made.MEASUREMENTS))
        yield vary(rng, made.result(rng, rows, probe, msm, begin + i * 60, i))


def write(path, n):
    """A line each, no two the same: 5,000 probes, a result a minute and probe."""
    rng = random.Random(9)
    texts = []
    for r in templates(rng):
        text = json.dumps(r, sort_keys=True, separators=(",", ":"))
        texts.append(text.replace(f'"prb_id":{r["prb_id"]},', '"prb_id":PROBE,')
                     .replace(f'"timestamp":{r["timestamp"]},', '"timestamp":WHEN,'))
    with open(path, "w", encoding="ascii") as f:
        for i in range(n):
            text = texts[rng.randrange(TEMPLATES)]
            f.write(text.replace("PROBE", str(1000 + i % 5000), 1)
                    .replace("WHEN", str(1506800000 + i // 5000 * 60), 1) + "\n")


def replies(result):
    """The facts of one result, a probe each: a late answer is that of the probe
    before; the last-ditch probe, hop 255, is no hop."""
    for hop in result["result"]:
        if hop["hop"] > 64:
            continue
        last = None
        for r in hop.get("result", ()):
            if last is not None and "late" not in r:
                yield last
            last = hop["hop"], r.get("from"), r.get("rtt"), r.get("ttl"), r.get("err")
        if last is not None:
            yield last


def read_loads(path):
    n = 0
    with open(path, "rb") as f:
        for line in f:
            json.loads(line)
            n += 1
    return {"traces": n}


def read_facts(path):
    traces = probes = answered = 0
    with open(path, "rb") as f:
        for line in f:
            traces += 1
            for _, addr, _, _, _ in replies(json.loads(line)):
                probes += 1
                answered += addr is not None
    return {"traces": traces, "probes": probes, "answered": answered}


def read_store(path, db):
    con = sqlite3.connect(db)
    con.execute("CREATE TABLE trace (id INTEGER PRIMARY KEY, probe, target, started, source,"
                " UNIQUE (probe, target, started))")
    con.execute("CREATE TABLE hop (trace, hop, addr, rtt, ttl, err)")
    traces = probes = answered = 0
    with open(path, "rb") as f:
        for line in f:
            r = json.loads(line)
            traces += 1
            con.execute("INSERT INTO trace VALUES (?, ?, ?, ?, ?)",
                        (traces, r["prb_id"], r["dst_addr"], r["timestamp"], line))
            rows = [(traces, *x) for x in replies(r)]
            con.executemany("INSERT INTO hop VALUES (?, ?, ?, ?, ?, ?)", rows)
            probes += len(rows)
            answered += sum(x[2] is not None for x in rows)
            if traces % 1000 == 0:
                con.commit()
    con.commit()
    con.close()
    return {"traces": traces, "probes": probes, "answered": answered}


def resident(pid):
    try:
        for line in open(f"/proc/{pid}/status", encoding="ascii"):
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0


def run(argv):
    """(seconds, peak MiB, what it counted)"""
    begun, peak = time.monotonic(), 0
    child = subprocess.Popen(argv, stdout=subprocess.PIPE)
    while child.poll() is None:
        peak = max(peak, resident(child.pid))
        time.sleep(.005)
    spent = time.monotonic() - begun
    if child.returncode != 0:
        sys.exit(f"{argv}: status {child.returncode}")
    counted = json.loads(child.stdout.read())
    return spent, peak, {k: counted[k] for k in ("traces", "probes", "answered") if k in counted}


def turns(commands, rounds, before):
    got = {name: [] for name in commands}
    for _ in range(rounds):
        for name, argv in commands.items():
            before()
            got[name].append(run(argv))
    return got


def report(title, got, n, ours):
    print(title)
    base = statistics.median(x[0] for x in got[ours])
    for name, runs in got.items():
        s = statistics.median(x[0] for x in runs)
        print(f"  {name:32s} {s:7.2f} s  {n / s:10,.0f} traces/s  peak "
              f"{max(x[1] for x in runs):6.1f} MiB"
              + ("" if name == ours else f"  tumen is {s / base:.1f} times as fast"))
    counts = {tuple(sorted(x[2].items())) for name, runs in got.items() for x in runs
              if "probes" in x[2]}
    print("  counts agree:", dict(min(counts)) if len(counts) == 1 else f"NO: {counts}")
    return len(counts) == 1


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("--results", type=int, default=100000)
    ask.add_argument("--stored", type=int, default=20000)
    ask.add_argument("--rounds", type=int, default=3)
    a = ask.parse_args()
    this = [sys.executable, __file__, "--read"]
    with tempfile.TemporaryDirectory(dir=MEMORY) as work:
        path, few, db = (f"{work}/{x}" for x in ("all.json", "few.json", "db"))
        write(path, a.results)
        write(few, a.stored)
        print(f"{a.results} results, {os.path.getsize(path) / 1e6:.0f} MB; "
              f"median of {a.rounds} runs in turns")

        def before():
            for x in pathlib.Path(work).glob("db*"):
                x.unlink()
        fine = report("read", turns({
            "tumen import --dry-run": [TUMEN, "import", "--dry-run", "--json", path],
            "Python, json.loads": [*this, "loads", path],
            "Python, json.loads and facts": [*this, "facts", path],
        }, a.rounds, before), a.results, "tumen import --dry-run")
        fine &= report(f"stored, {a.stored} results", turns({
            "tumen import --db": [TUMEN, "import", "--json", "--db", db, few],
            "Python, json and sqlite3": [*this, "store", few, db],
        }, a.rounds, before), a.stored, "tumen import --db")
    return 0 if fine else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        how = {"loads": read_loads, "facts": read_facts, "store": read_store}[sys.argv[2]]
        print(json.dumps(how(*sys.argv[3:])))
    else:
        sys.exit(main())
