#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The real agent and the real uploader, for long, while the network under them flaps and the shared
database (PostgreSQL) goes away and comes back. Memory and descriptors stay as they are, no ceiling is
passed (a router has the time of every packet), probing goes on after each flap, and in the end all
of it is delivered and balances. TUMEN_SOAK=1800 for half an hour; TUMEN_SEED replays the draws."""

import os
import pathlib
import random
import re
import signal
import statistics
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "postgres")]
from fleet import SEED, Server, main, run, say  # noqa: E402
from lablib import netns, road  # noqa: E402
from lablib.road import TUMEN, Agent  # noqa: E402
from lablib.router import Capture, most  # noqa: E402
from lablib.tap import Tap  # noqa: E402

SECONDS = float(os.environ.get("TUMEN_SOAK", "20"))
RATE, BURST, ONE_RATE = 200, 40, 100  # the last: towards one target, and of one responder
LATE_S = 0.05  # the machine may be busy: so much may a packet be late
SETTINGS = {"rate": RATE, "burst": BURST}
CAMPAIGNS = {
    "second": {"targets": ", ".join(f"198.51.100.{i}" for i in range(1, 13)), "interval": "1s",
               "method": "udp, icmp", "linger": 0, "wait": 400},
    "five": {"targets": ", ".join(["203.0.113.9"] + [f"198.51.100.{i}" for i in range(20, 44)]),
             "interval": "5s", "method": "udp, icmp", "flows": 4, "linger": 0, "wait": 400},
}
AGAIN_S = 6  # probes are at the router after a flap
STEADY_S = 120  # a shorter test sees the first work of an uploader alone, and its memory
CALM_S = 6  # at first, so that each campaign has a run that nothing disturbs
LOOK_S = 10  # an uploader that stays looks so often
TO_KEEP_KIB, TO_KEEP = 512, 1.02  # what memory may grow by
t = Tap()


def here(*commands):
    netns.ip_batch(commands, "a1")


DEFAULT = "route replace default via 10.1.1.2"


# Each breaks the road of a1, and, when it is called again, mends it.
def link_down():
    here("link set l1 down")
    yield
    here("link set l1 up", DEFAULT)


def carrier_lost():
    netns.ip_batch(["link set k1 down"], "r1")
    yield
    netns.ip_batch(["link set k1 up"], "r1")


def route_gone():
    here("route del default")
    yield
    here(DEFAULT)


def address_gone():
    here("addr del 10.1.1.1/24 dev l1")
    yield
    here("addr add 10.1.1.1/24 dev l1", DEFAULT)


def interface_remade():
    netns.ip_batch(["link del k1"], "r1")
    yield
    road.connect(1)


def address_changed():
    here("addr del 10.1.1.1/24 dev l1", "addr add 10.1.1.77/24 dev l1", DEFAULT)
    yield
    here("addr del 10.1.1.77/24 dev l1", "addr add 10.1.1.1/24 dev l1", DEFAULT)


FLAPS = (link_down, carrier_lost, route_gone, address_gone, interface_remade, address_changed)


class Flaps:
    """One after the other, each kind as often as any other."""

    def __init__(self, capture):
        self.capture, self.random = capture, random.Random(f"{SEED}/flaps")
        self.done, self.slowest, self.wrong = 0, 0, ""

    def await_probe(self, what, source):
        began_ns = time.time_ns()
        while time.time_ns() < began_ns + AGAIN_S * 10**9:
            if self.capture.came_since(began_ns, source):
                self.slowest = max(self.slowest, (time.time_ns() - began_ns) / 1e9)
                return
            time.sleep(0.02)
        self.wrong += f"{what}: no probe from {source} within {AGAIN_S} s\n"

    def one(self, flap):
        steps = flap()
        next(steps)
        if flap is address_changed:
            self.await_probe("another address", "10.1.1.77")
        time.sleep(self.random.uniform(0.2, 1.5))
        next(steps, None)
        self.await_probe(flap.__name__, "10.1.1.1")
        self.done += 1

    def play(self, until):
        while time.monotonic() < until:
            for flap in self.random.sample(FLAPS, len(FLAPS)):
                if time.monotonic() < until:
                    self.one(flap)
                    time.sleep(self.random.uniform(0.2, 2) * (1 if SECONDS < 60 else 3))


class Gauge:
    """Memory and descriptors of a process, ten times a second.

    spare: descriptors that it has at some times more than at others, at rest and at most.
    """

    def __init__(self, name, pid, spare):
        self.name, self.pid, self.spare, self.rows = name, pid, spare, []

    def look(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        if "VmRSS" not in status:
            return  # it has ended, which is told in the end
        sizes = [int(re.search(rf"{key}:\s+(\d+)", status)[1]) for key in ("VmRSS", "RssAnon")]
        self.rows.append((*sizes, len(os.listdir(f"/proc/{self.pid}/fd"))))

    def quarter(self, n, column):
        size = len(self.rows) // 4
        return [r[column] for r in self.rows[(n - 1) * size:n * size]]

    def check(self):
        for column, what in enumerate(("resident memory", "anonymous memory")):
            before, after = (statistics.median(self.quarter(n, column)) for n in (2, 4))
            t.ok(after <= max(before * TO_KEEP, before + TO_KEEP_KIB),
                 f"{self.name}: {what} is flat, {before:.0f} and {after:.0f} KiB",
                 self.some())
        before, after = self.quarter(2, 2), self.quarter(4, 2)
        t.ok(min(after) <= min(before) + self.spare[0] and
             max(after) <= max(before) + self.spare[1],
             f"{self.name}: descriptors are flat, {min(before)} to {max(before)} "
             f"and {min(after)} to {max(after)}", self.some())

    def some(self):
        return self.rows[::max(1, len(self.rows) // 20)]


def watch(gauges, over):
    while not over.wait(0.1):
        for gauge in gauges:
            gauge.look()


class Away:
    """The server is killed and comes back, in every minute for a while."""

    def __init__(self, server):
        self.server, self.random = server, random.Random(f"{SEED}/away")
        self.times, self.wrong = 0, ""

    def play(self, over):
        """At first and in the end it is there."""
        length = min(SECONDS, 60)
        began, last = time.monotonic(), time.monotonic() + SECONDS - length / 2
        while time.monotonic() < last and not over.wait(length * self.random.uniform(0.2, 0.3)):
            try:
                self.server.kill()
                over.wait(length * self.random.uniform(0.2, 0.3))
                self.server.start()
            except Exception as e:  # or it would end a thread unseen
                self.wrong += f"the server: {e}\n"
                return
            self.times += 1
            over.wait(max(0, began + self.times * length - time.monotonic()))


def check_ceilings(capture):
    probes = capture.probes
    times = [p.at_ns for p in probes]
    peak, ceiling = most(times), BURST + int(RATE * (1 + LATE_S))
    t.ok(peak <= ceiling, f"no second has more than {ceiling} packets, the fullest {peak}")
    t.ok(peak >= RATE, "and what is allowed is used", peak)
    targets = {}
    for p in probes:
        targets.setdefault(p.target, []).append(p.at_ns)
    peak, ceiling = max(map(most, targets.values())), BURST + int(ONE_RATE * (1 + LATE_S))
    t.ok(peak <= ceiling, f"nor more than {ceiling} for one target, the fullest {peak}")
    known = capture.first_answer_ns + 10**7
    peak = most([p.at_ns for p in probes if p.ttl == 1 and p.at_ns > known])
    t.ok(peak <= ceiling, f"nor more than {ceiling} that one router answers, the fullest {peak}")
    t.ok(peak >= ONE_RATE * 0.9, "which is used, too", peak)
    t.ok(capture.lost() == 0, "and the router saw all of them", capture.lost())


def waiting_s(agent):
    """For how long the oldest sealed segment has waited."""
    ages = [time.time() - p.stat().st_mtime for p in agent.spool.glob("*.db")]
    return max(ages, default=0)


def check_delivered(agent, uploader, server, urls, log):
    waited_s = waiting_s(agent)
    t.ok(agent.process.poll() is None and uploader.poll() is None, "agent and uploader are alive",
         f"{agent.said()[-1500:]} {say(log)}")
    t.ok(waited_s < LOOK_S + 5, f"the uploader is not behind ({waited_s:.0f} s)", say(log))
    status = agent.stop()
    t.ok(status == 0, "SIGTERM ends the agent with 0", agent.said()[-1500:])
    uploader.send_signal(signal.SIGTERM)
    t.ok(uploader.wait(30) == 0, "and the uploader", say(log))
    done = run(["upload", "--db", urls[1], "--spool", agent.spool])
    left = [str(p) for end in ("*.db", "*.open", "quarantine/*") for p in agent.spool.glob(end)]
    t.ok(done.returncode == 0 and not left, "all of it is delivered", f"{left} {done.stderr}")
    print("# runs: " + ", ".join("|".join(r) for r in server.rows(
        "SELECT campaign, state, count(*), sum(traces_n) FROM v_run GROUP BY 1, 2 ORDER BY 1, 2")))
    audit = run(["audit", "--db", urls[0], "--spool", agent.spool])
    print("# " + audit.stdout.strip().replace("\n", "\n# "))
    t.ok(audit.returncode == 0, "the audit balances", audit.stdout + audit.stderr)


def soak(agent, server, urls, log):
    capture = Capture("r1", "10.1.1.")
    agent.start()
    with open(log, "ab") as errors:
        uploader = subprocess.Popen(
            [TUMEN, "upload", "--watch", "--retry-max", "2", "--db", urls[1], "--spool",
             str(agent.spool)], stdout=subprocess.DEVNULL, stderr=errors)
    over = threading.Event()
    # A connection is one, and takes some more for a moment to come about.
    gauges = [Gauge("agent", agent.process.pid, (0, 3)), Gauge("uploader", uploader.pid, (1, 12))]
    flaps, away = Flaps(capture), Away(server)
    threads = [threading.Thread(target=watch, args=(gauges, over)),
               threading.Thread(target=away.play, args=(over,))]
    for thread in threads:
        thread.start()
    flaps.await_probe("the start", "10.1.1.1")
    if agent.process.poll() is not None:
        raise RuntimeError(agent.said())
    until = time.monotonic() + SECONDS
    time.sleep(CALM_S)
    flaps.play(until)
    over.set()
    for thread in threads:
        thread.join()
    capture.stop()
    print(f"# seed {SEED}: {SECONDS:.0f} s, {flaps.done} flaps, probes are back after "
          f"{flaps.slowest:.1f} s at the latest, the database was away {away.times} times, "
          f"{len(capture.probes)} packets")
    t.ok(not flaps.wrong and flaps.done, "probing goes on after each flap", flaps.wrong)
    t.ok(not away.wrong and away.times, "the database was away", away.wrong)
    gauges[0].check()
    print(f"# uploader: KiB resident and anonymous, descriptors: {gauges[1].some()}")
    if SECONDS >= STEADY_S:
        gauges[1].check()
    check_ceilings(capture)
    check_delivered(agent, uploader, server, urls, log)


def test(programs, folder):
    road.build(1)
    server = Server(programs, folder / "server")
    server.make()
    agent = Agent(folder, 1, SETTINGS, CAMPAIGNS)
    soak(agent, server, server.fleet(agent.name), folder / "upload.log")
    server.kill()


sys.exit(main(t, test))
