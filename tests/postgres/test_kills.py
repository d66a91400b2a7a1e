#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Whatever is killed, whenever, and whatever disk is full: what was acknowledged
arrives, once, and the audit balances. In PostgreSQL under an agent's own role,
and in a SQLite file. TUMEN_KILLS=200 for a long run; TUMEN_SEED replays."""

import os
import random
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "internet")]
from fleet import (File, SEED, Server, Spool, TUMEN, account,  # noqa: E402
                   main, mount, run, say, summary, upload_all)
from lablib.tap import Tap  # noqa: E402

KILLS = int(os.environ.get("TUMEN_KILLS", "40"))
PER_SECOND = 200
EVER = 10**9
OK, UNAVAILABLE, IOERR = 0, 69, 74
t = Tap()


class Chaos:
    """A writer and two uploaders that come back whenever they end."""

    def __init__(self, spool, db, folder, server=None):
        self.spool, self.server = spool, server
        self.command = [TUMEN, *spool.upload(db)]
        self.errors = folder / f"{spool.folder.name}.uploaders"
        self.random = random.Random(SEED)
        self.writer = None
        self.uploaders = [None, None]
        self.due = [0, 0]  # when the next one starts
        self.killed = {"writer": 0, "uploader": 0, "server": 0, "backend": 0}
        self.ended = {}

    def count(self, process, allowed, who):
        status = process.poll()
        if status not in allowed:
            raise RuntimeError(f"{who}: {status}\n{say(self.errors)}"
                               f"{say(self.spool.errors)}")
        if who == "uploader":
            self.ended[status] = self.ended.get(status, 0) + 1

    def keep_up(self):
        """Who has ended starts again, and may have ended only as it should."""
        if self.writer is None or self.writer.poll() is not None:
            if self.writer is not None:
                self.count(self.writer, (-signal.SIGKILL,), "writer")
            self.writer = self.spool.write(EVER, PER_SECOND)
        for i, process in enumerate(self.uploaders):
            if process is not None and process.poll() is None:
                continue
            if process is not None:
                self.count(process, (OK, UNAVAILABLE, -signal.SIGKILL),
                           "uploader")
                self.due[i] = time.monotonic() + self.random.uniform(0, 0.2)
                self.uploaders[i] = None
            if time.monotonic() < self.due[i]:
                continue
            with open(self.errors, "ab") as errors:
                self.uploaders[i] = subprocess.Popen(
                    self.command, stdout=subprocess.DEVNULL, stderr=errors)

    def work(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.keep_up()
            time.sleep(0.005)

    def at_work(self, whom):
        """Waits until there is something to carry."""
        end = time.monotonic() + 1
        while (whom != "writer" and not self.spool.sealed() and
               time.monotonic() < end):
            self.work(0.005)
        self.work(self.random.uniform(0, 0.03))

    def kill(self, whom):
        if whom == "server":
            self.server.kill()
            self.work(self.random.uniform(0, 0.05))  # nobody is there
            self.server.start()
        elif whom == "backend":
            if not self.server.kill_backend(self.random):
                return
        elif whom == "writer":
            self.writer.kill()
        else:
            running = [u for u in self.uploaders if u is not None]
            if not running:
                return
            self.random.choice(running).kill()
        self.killed[whom] += 1

    def play(self, kills, whom):
        while sum(self.killed.values()) < kills:
            self.work(self.random.choice((0.02, 0.2, 0.8)) * self.random.random())
            victim = self.random.choice(whom)
            if self.random.random() < 0.5:
                self.at_work(victim)
            self.kill(victim)
        self.work(0.3)
        for process in (self.writer, *self.uploaders):
            if process is not None:
                process.kill()
                process.wait()
        if self.server:
            self.server.start_again()
        self.spool.finish()


def chaos(spool, store, db, where, kills):
    victims = ["writer", "uploader"]
    server = store if isinstance(store, Server) else None
    play = Chaos(spool, db["agent"], where, server)
    began = time.monotonic()
    wrong = ""
    try:
        play.play(kills, victims + ["server", "backend"] * bool(server))
        wrong = account(spool, store, db)
    except RuntimeError as e:
        wrong = f"{e}"
    name = "PostgreSQL" if server else "SQLite"
    print(f"# {name}: seed {SEED}, killed {play.killed}, uploaders ended "
          f"{play.ended}, {len(spool.acknowledged('trace'))} traces and "
          f"{len(spool.acknowledged('run'))} runs acknowledged, "
          f"{time.monotonic() - began:.0f} s")
    t.ok(not wrong, f"{name}: nothing lost, nothing twice after {kills} kills",
         wrong)
    t.ok(play.killed["writer"] and play.killed["uploader"] and
         play.ended.get(OK, 0), f"{name}: and it was killed at work",
         (play.killed, play.ended))


def race(spool, store, db, name):
    """Four at once over the same segments."""
    before = len(spool.acknowledged("trace"))
    for _ in range(8):
        spool.finish(3)
    traces = len(spool.acknowledged("trace")) - before
    racers = [subprocess.Popen(
        [TUMEN, *spool.upload(db["agent"], "--json")], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True) for _ in range(4)]
    added, wrong, segments = 0, "", []
    for racer in racers:
        out, err = racer.communicate(timeout=60)
        said = summary(subprocess.CompletedProcess([], 0, out))
        added += said["added"]
        segments.append(said["segments"])
        if racer.returncode != OK:
            wrong += f"{racer.returncode} {err}"
    print(f"# {name}: segments of each {segments}, {traces} traces")
    wrong += account(spool, store, db)
    t.ok(not wrong, f"{name}: four uploaders, every row once", wrong)
    t.ok(added == traces, f"{name}: and each was added by one of them",
         f"{added} added of {traces}")


def fill(folder, room):
    """Until only so many octets are free."""
    stat = os.statvfs(folder)
    size = max(0, stat.f_bavail * stat.f_frsize - room)
    with open(folder / "filler", "wb") as filler:
        os.posix_fallocate(filler.fileno(), 0, max(1, size))


def spool_full(folder, store, db):
    """A disk that runs full at another place each time, and has room again."""
    disk = folder / "small"
    mount(disk, "8m")
    spool = Spool(disk, folder, "on-small")
    draw = random.Random(SEED)
    statuses, wrong = set(), ""
    for _ in range(25):
        fill(disk, int(draw.choice((2e5, 4e6)) * draw.random()))
        statuses.add(spool.write(EVER).wait(60))
        os.unlink(disk / "filler")
        wrong += upload_all(spool, db["agent"]) if draw.random() < 0.3 else ""
    # Nothing but the spool fills the disk; an uploader makes room.
    statuses.add(spool.write(EVER).wait(60))
    texts = {line.split(": ", 2)[-1] for line in
             spool.errors.read_text().splitlines()}
    for text in sorted(texts):
        print(f"# {text}")
    t.ok(statuses == {IOERR}, "spool full: it ends with 74",
         f"{statuses} {say(spool.errors)}")
    t.ok(texts and all("full" in x or "No space left" in x for x in texts),
         "spool full: and says why", texts)
    waiting = len(spool.sealed())
    done = run(spool.upload(db["agent"]))
    t.ok(done.returncode == OK and waiting > 1,
         "spool full: an uploader needs no room there",
         f"{waiting} {done.stderr}")
    spool.finish(2)
    wrong += account(spool, store, db)
    print(f"# {len(spool.acknowledged('trace'))} traces acknowledged")
    t.ok(not wrong, "spool full: nothing lost, and it goes on", wrong)


def server_full(programs, folder):
    """The server's data on a small disk, its log on another (as it should be)."""
    disk = folder / "data-disk"
    mount(disk, "96m", 65534)
    server = Server(programs, disk)
    log = folder / "wal"
    log.mkdir()
    os.chown(log, 65534, 65534)
    server.make("--waldir", log)
    operator, agent = server.fleet("sel")
    db = {"operator": operator, "agent": agent}
    spool = Spool(folder, folder, "to-full")
    spool.finish(40)
    fill(disk, 400000)
    done = run(spool.upload(agent))
    print(f"# {done.stderr.strip()}")
    t.ok(done.returncode == IOERR, "server full: upload ends with 74",
         f"{done.returncode} {done.stderr}")
    t.ok("the server's disk is full" in done.stderr, "server full: and says why",
         done.stderr)
    waiting = len(spool.sealed())
    t.ok(waiting and not spool.poisoned(), "server full: the rest waits",
         f"{waiting} {spool.poisoned()}")
    again = run(spool.upload(agent))
    t.ok(again.returncode in (IOERR, UNAVAILABLE) and
         len(spool.sealed()) == waiting, "server full: and goes on waiting",
         again.stderr)
    os.unlink(disk / "filler")
    wrong = account(spool, server, db)
    t.ok(not wrong, "server full: with room all of it arrives, once", wrong)
    server.kill()


def log_full(programs, folder):
    """Data and log on one small disk: the server itself goes down."""
    disk = folder / "one-disk"
    mount(disk, "128m", 65534)
    server = Server(programs, disk, "min_wal_size = '2MB'", "max_wal_size = '2MB'")
    server.make("--wal-segsize=1")
    operator, agent = server.fleet("sel")
    db = {"operator": operator, "agent": agent}
    spool = Spool(folder, folder, "to-log")
    spool.finish(40)
    fill(disk, 600000)
    done = run(spool.upload(agent))
    print(f"# {done.stderr.strip()}")
    t.ok(done.returncode in (IOERR, UNAVAILABLE) and spool.sealed(),
         "server's log full: upload ends, the rest waits",
         f"{done.returncode} {done.stderr}")
    os.unlink(disk / "filler")
    server.start_again()
    wrong = account(spool, server, db)
    t.ok(not wrong, "server's log full: with room all of it arrives, once",
         wrong)
    server.kill()


def all_tests(programs, folder):
    server = Server(programs, folder / "server")
    server.make()
    operator, agent = server.fleet("sel")
    postgres = {"operator": operator, "agent": agent}
    chaos(Spool(folder, folder, "spool"), server, postgres, folder, KILLS)
    # Four at once are more than a vantage may have.
    server.ask(f"ALTER ROLE {agent.split('/')[2][:-1]} CONNECTION LIMIT 8")
    race(Spool(folder, folder, "spool"), server, postgres, "PostgreSQL")

    file = {k: folder / "shared.db" for k in ("operator", "agent")}
    chaos(Spool(folder, folder, "to-file"), File(folder / "shared.db"), file, folder,
          max(KILLS // 2, 10))
    race(Spool(folder, folder, "to-file"), File(folder / "shared.db"), file, "SQLite")

    full = {k: folder / "full.db" for k in ("operator", "agent")}
    spool_full(folder, File(folder / "full.db"), full)
    server.kill()
    server_full(programs, folder)
    log_full(programs, folder)


sys.exit(main(t, all_tests))
