# SPDX-License-Identifier: ISC
"""A scene of a test: one agent of lablib/road.py that is played with, in a thread of its own."""
import signal
import sqlite3
import subprocess
import threading
import time

from lablib import netns
from lablib.road import PROBE, Agent, tumen


class Scene(threading.Thread):
    """An agent of vantage i, and what is said of it in the end."""

    def __init__(self, folder, i, play):
        super().__init__()
        self.folder, self.i, self.play, self.said = folder, i, play, []
        self.agent, self.settings = None, {}

    def set_up(self, settings, campaigns):
        self.settings = {"rate": 400, "burst": 100, **settings}
        self.agent = Agent(self.folder, self.i, self.settings, campaigns)
        return self.agent

    def change(self, settings, campaigns):
        """The configuration, but not yet for the agent."""
        self.agent.configure({**self.settings, **settings}, campaigns)

    def ok(self, good, text, why=""):
        self.said.append((bool(good), text, why))

    def run(self):
        began = time.monotonic()
        try:
            self.play(self)
        except Exception as e:  # whatever it is: said in TAP
            self.ok(False, f"{self.play.__name__} runs to its end", f"{type(e).__name__} {e}\n" +
                    (self.agent.said()[-3000:] if self.agent else ""))
        if self.agent and self.agent.process and self.agent.process.poll() is None:
            self.agent.kill()
        print(f"# {self.play.__name__}: {time.monotonic() - began:.0f} s", flush=True)

    def log(self, *words, since=0):
        """The lines with all of these words."""
        return [line for line in self.agent.said(since).splitlines()
                if all(w in line.split() or w in line for w in words)]

    def wait(self, *words, n=1, since=0, within=15):
        """Until there are n such lines."""
        end = time.monotonic() + within
        while len(self.log(*words, since=since)) < n:
            if time.monotonic() > end or self.agent.process.poll() is not None:
                raise RuntimeError(f"not {n} times within {within} s: {words}")
            time.sleep(0.02)

    def mark(self):
        return self.agent.log.stat().st_size

    def hang_up(self):
        """A reload; where its lines begin."""
        since = self.mark()
        self.agent.process.send_signal(signal.SIGHUP)
        return since

    def status(self, *options):
        with netns.inside(self.agent.node):
            return subprocess.run([PROBE, "status", "-c", str(self.agent.conf), *options],
                                  capture_output=True, text=True, timeout=20, check=False)

    def upload(self):
        """Into a database of its own, which is balanced; the database."""
        db = self.agent.folder / "shared.db"
        tumen("upload", "--spool", self.agent.spool, "--db", db)
        audit = tumen("audit", "--spool", self.agent.spool, "--db", db)
        self.ok(audit.returncode == 0, f"{self.agent.name}: the audit balances", audit.stdout)
        return db

    def stop(self):
        """By SIGTERM; the database."""
        status = self.agent.stop()
        self.ok(status == 0, f"{self.agent.name}: SIGTERM ends it with 0", self.agent.said()[-2000:])
        left = list(self.agent.spool.glob("*.open*"))
        self.ok(not left, f"{self.agent.name}: nothing stays open", left)
        return self.upload()


def ask(db, sql):
    with sqlite3.connect(f"file:{db}?mode=ro", uri=True) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql)]


def runs(db, campaign):
    return ask(db, "SELECT r.* FROM run r JOIN campaign c USING (campaign_id) "
                   f"WHERE c.name = '{campaign}' ORDER BY slot")
