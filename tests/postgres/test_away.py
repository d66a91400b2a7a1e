#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The server is away while a day of segments comes together, and comes back:
all of it arrives, the oldest first, never above the rate, and the tries before
that keep their distance. Who tries is seen by what listens in the server's
place; the pace by the server's own commit times. The day is one of ten-minute
slots; only the waiting is short (--retry-max)."""

import os
import pathlib
import socket
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "internet")]
from fleet import BUILD, Server, TUMEN, main, run, say  # noqa: E402
from lablib.tap import Tap  # noqa: E402

SPOOL = f"{BUILD}/tests/golden/spool"
SLOTS, LATER, TRACES = 144, 6, 16  # a day, what is sealed meanwhile, in each
SLOT_S = 600
FIRST = 1_795_000_000 // SLOT_S
RATE = 600
RETRY_MAX_S = 2
AWAY_S = 5
SLACK_S = 0.3
t = Tap()


class Door:
    """Listens where the server did, writes down who comes, and turns them away."""

    def __init__(self, folder):
        self.path = str(folder / ".s.PGSQL.5432")
        pathlib.Path(self.path).unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o777)
        self.socket.listen(64)
        self.came = []
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        while True:
            try:
                visitor, _ = self.socket.accept()
            except OSError:
                return
            self.came.append(time.monotonic())
            visitor.close()

    def close(self):
        """From now on nobody is there; the server may come."""
        os.unlink(self.path)
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(5)


def seal(folder, first, slots):
    done = subprocess.run(
        [SPOOL, folder, "sel", str(first), str(slots), str(TRACES), "done", str(SLOT_S)],
        capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"spool: {done.stderr}")


def distances(came, began):
    """What is wrong with the times of tries: the limit doubles, up to the longest."""
    wrong, limit, last = "", 0.0, began
    for n, at in enumerate(came):
        if at - last > limit + SLACK_S:
            wrong += f"try {n} after {at - last:.2f} s, the limit was {limit} s\n"
        limit, last = min(max(1.0, limit * 2), RETRY_MAX_S), at
    # On average half of the limit lies between two.
    if not 3 <= len(came) <= 3 * AWAY_S:
        wrong += f"{len(came)} tries in {AWAY_S} s\n"
    return wrong


def busiest(commits):
    """The most rows that were committed within any second."""
    most, first, rows = 0, 0, 0
    for at, n in commits:
        rows += n
        while commits[first][0] <= at - 1_000_000:
            rows -= commits[first][1]
            first += 1
        most = max(most, rows)
    return most


def examine(server, operator, spool):
    """The server's own view of what came when."""
    stamp = "(extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1e6)::bigint"
    commits = [(int(at), int(n)) for at, n in server.rows(
        f"SELECT {stamp}, count(*) FROM trace GROUP BY xmin, 1 ORDER BY 1")]
    took = (commits[-1][0] - commits[0][0]) / 1e6
    rows, most = sum(n for _, n in commits), busiest(commits)
    largest = max(n for _, n in commits)
    print(f"# {rows} traces in {took:.1f} s, {len(commits)} transactions of at most "
          f"{largest}; {most} in the busiest second")
    t.ok(rows == (SLOTS + LATER) * TRACES, "all of it arrives, once", rows)
    # Commits are seen a little later than they were sent, some more than others:
    # one transaction may so fall into a second that is not its own.
    t.ok(most <= RATE + largest and largest <= RATE, f"never above {RATE} in any second",
         most)
    t.ok(rows / took > RATE * 0.6, "and the rate is used", f"{rows / took:.0f} a second")
    order = [int(no) for (no,) in server.rows(
        f"SELECT segment_no FROM segment ORDER BY {stamp}, segment_no")]
    t.ok(order == list(range(1, SLOTS + LATER + 1)), "the segments come oldest first", order)
    slots = [int(slot) for (slot,) in server.rows(
        f"SELECT min(slot) FROM trace GROUP BY xmin ORDER BY min({stamp})")]
    t.ok(slots == sorted(slots), "and so do their traces", slots)
    audit = run(["audit", "--db", operator, "--spool", spool])
    t.ok(audit.returncode == 0, "the audit balances", audit.stdout)


def all_tests(programs, folder):
    server = Server(programs, folder / "server", "track_commit_timestamp = on")
    server.make()
    operator, agent = server.fleet("sel")
    server.kill()
    spool, errors = folder / "spool", folder / "errors"
    spool.mkdir()
    seal(spool, FIRST, SLOTS)
    door = Door(server.socket)
    began = time.monotonic()
    with open(errors, "wb") as file:
        uploader = subprocess.Popen(
            [TUMEN, "upload", "--db", agent, "--spool", spool, "--watch", "--rate", str(RATE),
             "--retry-max", str(RETRY_MAX_S)], stdout=subprocess.DEVNULL, stderr=file)
    seal(spool, FIRST + SLOTS, LATER)  # the agent goes on
    time.sleep(max(0, began + AWAY_S - time.monotonic()))
    door.close()
    tries = door.came[::2]  # each knocks twice, to hear why it was refused
    gaps = [f"{b - a:.2f}" for a, b in zip([began] + tries, tries)]
    print(f"# {len(tries)} tries, after {' '.join(gaps)} s")
    wrong = distances(tries, began)
    t.ok(not wrong, "while it is away, tries keep to the backoff", wrong)
    t.ok(len(list(spool.glob("*.db"))) == SLOTS + LATER, "and nothing is unlinked")
    t.ok(say(errors).count("will be tried again") == 1, "which is said once", say(errors))

    server.start()
    end = time.monotonic() + RETRY_MAX_S + (SLOTS + LATER) * TRACES / RATE + 10
    while list(spool.glob("*.db")) and time.monotonic() < end and uploader.poll() is None:
        time.sleep(0.05)
    uploader.terminate()
    t.ok(uploader.wait(10) == 0 and not list(spool.glob("*.db")),
         "when it is back the spool runs empty", say(errors))
    examine(server, operator, spool)
    server.kill()


sys.exit(main(t, all_tests))
