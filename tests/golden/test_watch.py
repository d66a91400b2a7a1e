#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""tumen timeline --watch: every believed event is told once, whatever kills the
watcher and whenever observations come. Verdicts are written into the database
as `tumen infer` would. Prints TAP."""
import collections
import json
import os
import random
import signal
import sqlite3
import subprocess
import tempfile
import time

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
TUMEN = os.environ.get("TUMEN", "build/tumen")
SEED = int(os.environ.get("SEED", "20171001"))
KILLS = 60
MINUTE = 60 * 1000000
START = 1506848400 * 1000000
ENTRY = {"ttk": 20485, "unicom": 134544, "intelsat": 22351}
done = 0


def ok(good, name):
    global done
    done += 1
    print("%s %d - %s" % ("ok" if good else "not ok", done, name), flush=True)


class World:
    """A database, the state of a watcher and what it called."""

    def __init__(self, work):
        self.work = work
        self.path = self.at("t.db")
        run("import", "--db", self.path, "tests/golden/traces.ndjson")
        self.open()
        self.vantages = dict(self.db.execute("SELECT name, vantage_id FROM vantage"))
        self.prefixes = [row[0] for row in
                         self.db.execute("SELECT prefix_id FROM prefix ORDER BY 1")]
        self.rows = 0

    def open(self):
        self.db = sqlite3.connect(self.path, isolation_level=None, timeout=20)

    def at(self, name):
        return os.path.join(self.work, name)

    def add(self, prefix, vantage, minute, carrier):
        """A round of one verdict."""
        self.rows += 1
        none = carrier == "none"
        self.db.execute(
            "INSERT INTO verdict VALUES (?, ?, ?, ?, ?, 1, 0, ?, ?, ?, ?, ?, "
            "'gap-adjacent', NULL, NULL, 0, ?, '{}', NULL, NULL)",
            (self.prefixes[prefix], self.vantages[vantage],
             START + minute * MINUTE, self.rows.to_bytes(16, "big"),
             bytes([175, 45, 176 + prefix, 1]), START + minute * MINUTE + 5,
             0 if none else 1, "down" if none else "up", ENTRY.get(carrier),
             "unknown" if none else carrier, None if none else 0.9))

    def watch(self, *more, command='cat >>"$CALLS"', state="state"):
        return subprocess.Popen(
            [TUMEN, "timeline", "--db", self.path, "--watch", "--every", "1",
             "--json", "--from", "@%d" % (START // 1000000), "--state",
             self.at(state), "--exec", command, *more],
            env=dict(os.environ, CALLS=self.at("calls")), text=True,
            stdout=open(self.at("told"), "a"), stderr=open(self.at("log"), "a"))

    def lines(self, name):
        try:
            return open(self.at(name)).read().splitlines()
        except FileNotFoundError:
            return []

    def timeline(self):
        return run("timeline", "--db", self.path, "--json", "--from",
                   "@%d" % (START // 1000000)).splitlines()

    def wait_for_calls(self, n, s=15):
        until = time.monotonic() + s
        while time.monotonic() < until and len(self.lines("calls")) < n:
            time.sleep(0.05)
        return len(self.lines("calls"))


def run(*args):
    return subprocess.run([TUMEN, *args], check=True, capture_output=True,
                          text=True, timeout=60).stdout


def end(watcher, how=signal.SIGTERM):
    watcher.send_signal(how)
    return watcher.wait(timeout=20)


def identity(e):
    """What makes it that event, but for the bracket."""
    who = e["carrier"] if e["kind"] in ("gained", "lost") else None
    states = (e["from"], e["to"])
    if e["kind"] == "flapping":
        states = e["from"] in ("up", "down")
    return e["plane"], e["prefix"], e["vantage"], e["kind"], who, states


def overlap(a, b):
    return (identity(a) == identity(b) and a["after_us"] <= b["before_us"]
            and b["after_us"] <= a["before_us"])


def tells_all(world):
    world.add(0, "mow", 0, "unicom")
    world.add(0, "mow", 10, "unicom")
    world.add(0, "sel", 0, "unicom")
    world.add(0, "sel", 30, "unicom")
    watcher = world.watch(command='cat >>"$CALLS"; exit 3')
    time.sleep(0.5)
    ok(not world.lines("calls"), "nothing changed, nothing is told")
    world.add(0, "mow", 20, "ttk")
    time.sleep(1.5)
    ok(not world.lines("calls"), "nor what one round alone saw")
    world.add(0, "mow", 30, "ttk")
    world.wait_for_calls(2)
    ok(sorted(world.lines("calls")) == sorted(world.timeline())
       and len(world.timeline()) == 2,
       "a believed event is called with the object of timeline --json")
    ok(sorted(world.lines("told")) == sorted(world.timeline()), "and printed")
    ok(any("status 3" in line for line in world.lines("log")),
       "that the command failed is said")
    world.add(0, "mow", 15, "unicom")
    world.add(0, "mow", 17, "unicom")
    time.sleep(2)
    ok(len(world.lines("calls")) == 2 and
       json.loads(world.timeline()[0])["after_us"] == START + 17 * MINUTE,
       "late observations that narrow its bracket make it no other")
    world.add(0, "sel", 31, "ttk")
    world.add(0, "sel", 10, "intelsat")
    world.add(0, "sel", 12, "intelsat")
    world.add(0, "sel", 32, "ttk")
    late = len(world.timeline())
    world.wait_for_calls(late)
    ok(late > 4 and len(world.lines("calls")) >= late - 1,
       "what comes late is told, too")
    second = world.watch()
    ok(second.wait(timeout=20) == 69 and
       any("held by another process" in line for line in world.lines("log")),
       "a second watcher of one state is refused")
    ok(end(watcher) == 0, "a signal ends it")
    before = len(world.lines("calls"))
    watcher = world.watch()
    time.sleep(1.5)
    ok(end(watcher) == 0 and len(world.lines("calls")) == before,
       "after a restart nothing is told again")


def grow(world, rng, minute):
    """One more round of each vantage and prefix; some wander, some are late."""
    for prefix in range(3):
        for vantage in ("mow", "sel"):
            if rng.random() < 0.35:
                world.mood[prefix, vantage] = rng.choice(
                    ["ttk", "unicom", "none", "intelsat"])
            if rng.random() < 0.1:
                continue
            carrier = world.mood[prefix, vantage]
            # Upwards alone: a late row of another state is another history.
            world.add(prefix, vantage, minute, carrier)
            if rng.random() < 0.5:
                world.add(prefix, vantage, minute + 1, carrier)


def survives_kills(world):
    rng = random.Random(SEED)
    world.mood = collections.defaultdict(lambda: "unicom")
    minute, killed = 0, 0
    while killed < KILLS:
        watcher = world.watch(command='cat >>"$CALLS"; sleep 0.02')
        until = time.monotonic() + rng.choice([0.02, 0.1, 0.4]) * rng.random()
        while time.monotonic() < until:
            grow(world, rng, minute)
            minute += rng.choice([3, 7, 65])
            time.sleep(0.01)
        grow(world, rng, minute)
        minute += 5
        end(watcher, signal.SIGKILL)
        killed += 1
    watcher = world.watch()
    calls = -1
    while calls < len(world.lines("calls")):
        calls = len(world.lines("calls"))
        time.sleep(3)
    ended = end(watcher)
    check_calls(world, ended)


def check_calls(world, ended):
    state = [line.split("\t") for line in world.lines("state")]
    lost = {line[1] for line in state if line[0] == "lost"}
    called = [json.loads(line) for line in world.lines("calls")]
    events = [json.loads(line) for line in world.timeline()]
    times, there = (collections.Counter(
        identity(e) + (e["after_us"], e["before_us"]) for e in list_) for list_ in (called, events))
    missing = [e for e in events if not any(overlap(e, c) for c in called)]
    cut_off = [line for line in world.lines("log") if "its end is not known" in line]
    print("# %d events, %d calls, %d lost, seed %d" %
          (len(events), len(called), len(lost), SEED))
    ok(ended == 0 and len(events) > 200, "many events under many kills")
    twice = [k for k, n in times.items() if n > max(1, there[k])]
    for e in twice[:5]:
        print("# twice:", e)
    ok(not twice, "none is called twice")
    begun = [line for line in state if line[0] == "call"]
    ok(len(called) <= len(begun) <= len(called) + len(lost),
       "no call that is not in the state, none but the lost that was not made")
    ok(len(missing) <= len(lost), "no event but those is missing")
    ok(len(cut_off) == len(lost) > 0, "each that a kill cut off is said once")
    spans = collections.defaultdict(list)
    for e in called:
        spans[identity(e)].append(e)
    again = [(a, b) for group in spans.values() for a in group for b in group
             if a is not b and overlap(a, b)]
    distinct = [(a, b) for a, b in again if a in events and b in events]
    ok(len(again) == len(distinct), "two that overlap are two in the timeline, too")


def waits(world):
    """The database is not there, then it is; nothing is lost meanwhile."""
    watcher = world.watch()
    time.sleep(2.5)
    log = [line for line in world.lines("log") if "no such database" in line]
    ok(len(log) == 1 and watcher.poll() is None,
       "a database that is away is said once")
    os.rename(world.at("away.db"), world.path)
    world.open()
    for minute, carrier in enumerate(["ttk", "ttk", "unicom", "unicom"]):
        world.add(1, "mow", minute, carrier)
    ok(world.wait_for_calls(2) == 2 and time.sleep(1) is None and
       any("goes on" in line for line in world.lines("log")),
       "and it goes on when it is back")
    ok(end(watcher, signal.SIGINT) == 0, "SIGINT ends it")


with tempfile.TemporaryDirectory() as work:
    tells_all(World(work))
with tempfile.TemporaryDirectory() as work:
    survives_kills(World(work))
with tempfile.TemporaryDirectory() as work:
    world = World(work)
    world.db.close()
    os.rename(world.path, world.at("away.db"))
    waits(world)
print("1..%d" % done)
