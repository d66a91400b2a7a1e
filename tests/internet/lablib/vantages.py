# SPDX-License-Identifier: ISC
"""Real agents at vantages of the running laboratory; what they seal is uploaded and inferred while
they go on."""
import json
import re
import sqlite3
import threading
import time

from lablib.road import Agent, tumen

CAMPAIGN, SECOND_US = "watch", 1000000
ENDED = re.compile(r"event=run-end .*slot=(?P<slot>\d+) state=(done|failed)")
# Outside of Star JV, behind each of its neighbours: a router of China Unicom and one of TransTelecom.
CONTROLS = ("219.158.64.9", "188.43.0.5")
SETTINGS = {"rate": 400, "target_rate": 400, "responder_rate": 400, "burst": 100,
            "control": " ".join(CONTROLS)}
ROUND_S = 20  # the longest that a round is waited for, and many times what it takes


class LabAgent(Agent):
    """The agent at a vantage of the laboratory; root there may be any user outside."""
    USER = ("root", 0)

    def place(self, i):
        return i, i

    def rounds(self, since_us=0):
        """How many slots behind that moment came to an end of their own; without a way out they
        fail at once. A slot is a second since 1970."""
        return sum(int(end["slot"]) * SECOND_US >= since_us
                   for end in map(ENDED.search, self.said().splitlines()) if end)


class Vantages(threading.Thread):
    """All agents, and who carries what they saw to the database."""

    def __init__(self, folder, names, targets, settings):
        super().__init__()
        campaign = {"targets": " ".join(targets), "interval": "1s", "phase": 0, "linger": 0,
                    "attempts": 1, "wait": 250, **settings}
        self.agents = {name: LabAgent(folder, name, SETTINGS, {CAMPAIGN: campaign})
                       for name in names}
        self.folder, self.db, self.origin = folder, folder / "shared.db", folder / "day.origin"
        self.lock, self.over, self.wrong, self.times = threading.Lock(), False, "", 0

    def table(self, lab):
        """The address table of the laboratory as it is now."""
        done = tumen("origin", "build", "-o", self.origin, "--asof", "2026-01-01",
                     "--bgp", f"{lab}/rib.mrt", "--registry", f"{lab}/registry.txt",
                     "--ixp", f"{lab}/ixp.txt", "--as-rel", f"{lab}/asrel.txt")
        if done.returncode:
            raise RuntimeError(f"tumen origin build: {done.stderr}")

    def begin(self):
        for agent in self.agents.values():
            agent.start()
        self.start()

    def carry(self):
        """Uploads and infers once."""
        spools = [x for agent in self.agents.values() for x in ("--spool", agent.spool)]
        with self.lock:
            for command in (["upload", "--db", self.db, *spools],
                            ["infer", "--db", self.db, "--origin", self.origin]):
                done = tumen(*command)
                if done.returncode:
                    self.wrong += f"{command[0]} ended with {done.returncode}: {done.stderr}\n"
            self.times += 1

    def run(self):
        while not self.over:
            try:
                self.carry()
            except Exception as e:  # or it would end a thread unseen
                self.wrong += f"{type(e).__name__} {e}\n"
            time.sleep(1)

    def wait(self, n, since_us):
        """Until each has begun and ended n rounds behind that moment."""
        waiting, end = list(self.agents.values()), time.monotonic() + n * ROUND_S
        while waiting:
            waiting = [agent for agent in waiting if agent.rounds(since_us) < n]
            for agent in waiting:
                if agent.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"{agent.name}: not {n} rounds: {agent.said()[-2000:]}")
            time.sleep(0.05)

    def end(self):
        """Stops all; what they had sealed is in the database then."""
        for agent in self.agents.values():
            status = agent.stop()
            if status:
                self.wrong += f"{agent.name} ended with {status}: {agent.said()[-2000:]}\n"
        self.over = True
        self.join()
        self.carry()

    def kill(self):
        self.over = True
        for agent in self.agents.values():
            if agent.process and agent.process.poll() is None:
                agent.kill()

    def text(self, command, *options):
        """What `tumen COMMAND` prints."""
        done = tumen(command, "--db", self.db, *options)
        if done.returncode:
            raise RuntimeError(f"tumen {command}: {done.returncode} {done.stderr}")
        return done.stdout

    def ask(self, command, *options):
        """The lines of `tumen COMMAND --json`."""
        return [json.loads(line) for line in
                self.text(command, "--json", *options).splitlines()]

    def sql(self, query):
        with sqlite3.connect(f"file:{self.db}?mode=ro", uri=True) as connection:
            return connection.execute(query).fetchall()
