#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Real agents are killed (-9) again and again, at any moment: while they start, probe, write, seal and
rename; uploaders, too. What was committed when one died arrives, once; every slot has one end; and
the schedule goes on. TUMEN_KILLS=1000 for the whole of it; TUMEN_SEED replays the draws.

Where an agent is in its work when it dies is drawn by the clock, or by system calls (ptrace)."""

import collections
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from lablib import road, steps  # noqa: E402
from lablib.road import TUMEN, Agent, tumen  # noqa: E402
from lablib.tap import Tap  # noqa: E402

KILLS = int(os.environ.get("TUMEN_KILLS", "80"))
SEED = int(os.environ.get("TUMEN_SEED", time.time_ns() % 1000000))
VANTAGES = 8
# How it is drawn when an agent dies: soon after its start; at any time; at any system call; when a
# small file is just being replaced, or a segment sealed.
WAYS = ("start", "clock", "calls", "calls", "replace", "seal")
STATES = {"done", "partial", "skipped", "failed", "aborted"}
SECOND_US = 1000000
ALWAYS = {"phase": 0, "linger": 0}
CAMPAIGNS = {
    "quick": {"targets": ", ".join(f"198.51.100.{i}" for i in range(1, 9)), "interval": "1s",
              "method": "udp, icmp", **ALWAYS},
    "slow": {"targets": "203.0.113.9, 198.51.100.9, 203.0.113.10", "interval": "2s", "flows": 4,
             "gap": 12, "attempts": 2, "wait": 150, **ALWAYS},
}
SETTINGS = {"rate": 400, "burst": 100}
INTERVAL_US = {"quick": SECOND_US, "slow": 2 * SECOND_US}
t = Tap()


def ask(path, sql, mode=""):
    db = sqlite3.connect(f"file:{path}{mode}", uri=True)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


class Vantage:
    """An agent that is killed and comes back, and what it had committed each time."""

    def __init__(self, folder, i):
        self.agent = Agent(folder, i, SETTINGS, CAMPAIGNS)
        self.copy = folder / f"copy{i}"
        self.random = random.Random(f"{SEED}/{i}")
        self.committed = set()  # (epoch, seq, hash of the row)
        self.largest = 0  # traces of a segment
        self.read = set()  # sealed segments
        self.lock = threading.Lock()
        self.died = collections.Counter()
        self.wrong, self.stopped_us = "", 0

    def take(self, rows):
        self.committed |= set(rows)
        self.largest = max(self.largest, len(rows))

    def read_sealed(self):
        """Before an uploader may take them away."""
        with self.lock:
            for path in sorted(self.agent.spool.glob("*.db")):
                if path.name not in self.read:
                    self.take(ask(path, "SELECT epoch, seq, rec_hash FROM trace",
                                  "?immutable=1"))
                    self.read.add(path.name)

    def read_open(self):
        """What a kill left open, of a copy with its log; and in which state it was."""
        opened = [p for p in self.agent.spool.iterdir() if p.suffix == ".open"]
        if len(opened) != 1:
            self.wrong += f"{opened} are open\n" if opened else ""
            return "nothing open"
        shutil.rmtree(self.copy, ignore_errors=True)
        self.copy.mkdir()
        for path in self.agent.spool.glob(opened[0].name + "*"):
            if not path.name.endswith("-shm"):
                shutil.copy(path, self.copy)
        path = self.copy / opened[0].name
        logs = any(p.stat().st_size for p in self.copy.iterdir() if p != path)
        try:
            rows = ask(path, "SELECT epoch, seq, rec_hash FROM trace")
            lines = ask(path, "SELECT sealed_us FROM segment")
        except sqlite3.OperationalError as e:
            if "no such table" not in f"{e}":
                raise
            return "no tables yet"
        self.take(rows)
        self.check_numbers(rows)
        if lines and lines[0][0] is not None:
            return "being sealed" if logs else "sealed, not renamed"
        return "traces in it" if rows else "no trace in it"

    def check_numbers(self, rows):
        """Nothing is written that the memory of the spool does not know of."""
        epoch = (self.agent.spool / "epoch").read_text().split()
        known = dict(zip(epoch[2::2], epoch[3::2]))
        over = [r[1] for r in rows if r[1] >= int(known["seq"])]
        if over or any(r[0] != int(known["epoch"]) for r in rows):
            self.wrong += f"seq {over} of {known}\n"

    def replacing(self):
        return any(self.agent.spool.glob(".*.new"))

    def sealing(self):
        """The log is gone, and the name not yet another."""
        names = {p.suffix for p in self.agent.spool.glob("*.open*")}
        return names == {".open"}

    def go_on_until_drawn(self, how):
        """From the start of a life to its end; whether it came there."""
        pid, draw = self.agent.process.pid, self.random
        if how == "start":
            time.sleep(draw.uniform(0, 0.08))
        elif how == "clock":
            time.sleep(draw.uniform(0, 2))
        elif how == "calls":
            time.sleep(draw.choice((0, 0, 1)) * draw.uniform(0, 1.2))
            return steps.walk(pid, draw.randrange(1, 3000))
        elif how == "replace":
            return steps.walk(pid, draw.randrange(1, 10), self.replacing)
        else:
            return steps.walk(pid, draw.randrange(1, 50), self.sealing)
        return True

    def live(self):
        """One life, of a length that is drawn."""
        self.agent.start()
        how = self.random.choice(WAYS)
        if not self.go_on_until_drawn(how):
            how = "clock"
        status = self.agent.kill()
        if status != -signal.SIGKILL:
            raise RuntimeError(f"{self.agent.name} ended with {status}: "
                               f"{self.agent.said()[-1500:]}")
        self.died[how] += 1
        self.died[self.read_open()] += 1
        self.died["a file being replaced"] += self.replacing()
        time.sleep(self.random.choice((0,) * 9 + (2,)) * self.random.random())

    def play(self, kills):
        try:
            for _ in range(kills):
                self.live()
            self.finish()
        except Exception as e:  # or it would end a thread unseen
            self.wrong += f"{type(e).__name__} {e}\n"

    def finish(self):
        """The last life ends as it should, with a run of each campaign behind it."""
        began = self.agent.log.stat().st_size
        self.agent.start()
        time.sleep(2.25 * max(INTERVAL_US.values()) / SECOND_US)
        self.stopped_us = time.time_ns() // 1000
        status = self.agent.stop()
        if status != 0:
            self.wrong += f"SIGTERM ends it with {status}: {self.agent.said(began)}\n"


class Uploaders:
    """One after the other into the shared database; every third is killed."""

    def __init__(self, vantages, db, log):
        self.vantages, self.db, self.log = vantages, db, log
        self.random = random.Random(f"{SEED}/uploaders")
        self.killed, self.ended, self.present, self.again = 0, 0, 0, 0
        self.wrong, self.over = "", False

    def command(self):
        spools = [x for v in self.vantages for x in ("--spool", str(v.agent.spool))]
        return [TUMEN, "upload", "--json", "--db", str(self.db), *spools]

    def one(self, dies):
        for v in self.vantages:
            v.read_sealed()
        with open(self.log, "ab") as log:
            process = subprocess.Popen(self.command(), stdout=subprocess.PIPE, stderr=log)
        if dies:
            time.sleep(self.random.uniform(0, 0.06))
            process.kill()
        out, _ = process.communicate(timeout=60)
        if process.returncode == -signal.SIGKILL:
            self.killed += 1
        elif process.returncode != 0:
            self.wrong += f"upload ended with {process.returncode}\n"
        else:
            self.ended += 1
            self.present += json.loads(out)["present"]

    def play(self):
        while not self.over:
            try:
                self.one(self.random.random() < 1 / 3)
            except Exception as e:
                self.wrong += f"uploader: {e}\n"
            time.sleep(self.random.uniform(0, 0.5))


def lost(vantage, stored):
    gone = vantage.committed - stored
    return f"{vantage.agent.name}: {len(gone)} lost, {sorted(gone)[:5]}\n" if gone else ""


def check_traces(db, vantages, uploaders):
    wrong, total = "", 0
    for v in vantages:
        rows = ask(db, "SELECT epoch, seq, rec_hash FROM trace JOIN vantage USING (vantage_id) "
                       f"WHERE name = '{v.agent.name}'")
        wrong += lost(v, set(rows))
        total += len(v.committed)
    t.ok(not wrong and total, f"0 of {total} traces that were committed are lost", wrong)
    twice = ask(db, "SELECT vantage_id, epoch, seq, count(*) FROM trace "
                    "GROUP BY 1, 2, 3 HAVING count(*) > 1")
    t.ok(not twice, "none is there twice", twice)
    again = ask(db, "SELECT vantage_id, campaign_id, slot, target, method, port, flow, count(*) "
                    "FROM trace GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING count(*) > 1")
    t.ok(not again, "nor is a flow traced twice in one slot", again)
    most = uploaders.killed * max(v.largest for v in vantages)
    t.ok(uploaders.present <= most, "a killed uploader repeats what it had in flight at most",
         f"{uploaders.present} traces, {most} at most")
    epochs = ask(db, "SELECT vantage_id, count(DISTINCT epoch) FROM trace GROUP BY 1")
    t.ok(len(epochs) == VANTAGES and all(n == 1 for _, n in epochs),
         "each spool keeps its epoch", epochs)


def slots_of(db, vantage, campaign):
    return ask(db, "SELECT slot, planned_us, started_us, state, reason, traces_n FROM v_run "
                   f"WHERE vantage = '{vantage}' AND campaign = '{campaign}' ORDER BY slot")


def faults(rows, interval_us):
    """What is wrong with the rows of one campaign."""
    slots = [r[0] for r in rows]
    if slots != list(range(slots[0], slots[0] + len(slots))):
        yield f"slots {slots}"
    for slot, planned, started, state, reason, traces in rows:
        if planned != slot * interval_us:
            yield f"slot {slot} planned for {planned}"
        if state not in STATES or (state != "done" and not reason):
            yield f"slot {slot} ended as {state}, {reason}"
        if state == "skipped" and (started is not None or traces):
            yield f"slot {slot} was skipped with {traces} traces"
        if state == "done" and not planned <= started < planned + interval_us:
            yield f"slot {slot} began {started - planned} us after the plan"


def check_slots(db, vantages):
    wrong, late, states = "", "", collections.Counter()
    for v in vantages:
        for campaign, interval_us in INTERVAL_US.items():
            rows = slots_of(db, v.agent.name, campaign)
            where = f"{v.agent.name} {campaign}: "
            if len(rows) < 2:
                wrong += f"{where}{len(rows)} slots\n"
                continue
            wrong += "".join(where + w + "\n" for w in faults(rows, interval_us))
            states.update(r[3] for r in rows)
            behind_us = v.stopped_us - rows[-1][1]
            if not 0 <= behind_us <= 2 * interval_us:
                late += f"{where}stopped {behind_us} us behind {rows[-1]}\n"
            if "done" not in [r[3] for r in rows[-2:]]:
                late += f"{where}{rows[-2:]}\n"
    print(f"# slots: {dict(states)}")
    t.ok(not wrong, "every slot has one end, without gap, as it was planned", wrong)
    t.ok(not late, "and the schedule goes on to the end", late)
    t.ok(states["done"] and states["aborted"], "runs were killed, and others came to their end",
         states)
    odd = ask(db, "SELECT r.slot, r.traces_n, count(t.seq) FROM run r LEFT JOIN trace t "
                  "USING (vantage_id, campaign_id, slot, epoch) WHERE r.state <> 'aborted' "
                  "GROUP BY r.vantage_id, r.campaign_id, r.slot HAVING r.traces_n <> count(t.seq)")
    t.ok(not odd, "each row has as many traces as it says", odd)


def check_kills(vantages, uploaders, began):
    died = sum((v.died for v in vantages), collections.Counter())
    kills = sum(died[way] for way in set(WAYS))
    wrong = "".join(v.wrong for v in vantages) + uploaders.wrong
    print(f"# seed {SEED}, {time.monotonic() - began:.0f} s, {kills} agents killed: {dict(died)}")
    print(f"# uploaders: {uploaders.killed} killed, {uploaders.ended} ended, "
          f"{uploaders.present} traces sent once more")
    t.ok(not wrong, f"{kills} agents are killed, and the next one goes on at once", wrong)
    t.ok(died["traces in it"] and died["nothing open"] and uploaders.killed and
         (died["sealed, not renamed"] or not died["seal"]), "they were killed at work", died)


def test(folder):
    began = time.monotonic()
    road.build(VANTAGES)
    vantages = [Vantage(folder, i) for i in range(1, VANTAGES + 1)]
    db = folder / "shared.db"
    uploaders = Uploaders(vantages, db, folder / "upload.log")
    threads = [threading.Thread(target=v.play, args=(-(-KILLS // VANTAGES),)) for v in vantages]
    carrier = threading.Thread(target=uploaders.play)
    for thread in [*threads, carrier]:
        thread.start()
    for thread in threads:
        thread.join()
    uploaders.over = True
    carrier.join()
    uploaders.one(False)
    check_kills(vantages, uploaders, began)
    left = [str(p) for v in vantages for end in ("*.db", "*.open", "quarantine/*")
            for p in v.agent.spool.glob(end)]
    t.ok(not left, "all of it is uploaded, nothing is refused", left)
    check_traces(db, vantages, uploaders)
    check_slots(db, vantages)
    audit = tumen("audit", "--db", db, *[x for v in vantages
                                         for x in ("--spool", v.agent.spool)])
    print("# " + audit.stdout.strip().replace("\n", "\n# "))
    t.ok(audit.returncode == 0, "the audit balances", audit.stdout + audit.stderr)


sys.exit(road.alone(t, test, SEED))
