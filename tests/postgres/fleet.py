# SPDX-License-Identifier: ISC
"""What the tests of kills and full disks work with: servers, spools, accounts.

All of it in namespaces of its own, which take every process with them."""

import json
import os
import pathlib
import shlex
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from lablib.tap import ALONE

SEED = int(os.environ.get("TUMEN_SEED", time.time_ns() % 1000000))
VERSION = os.environ.get("TUMEN_POSTGRES", "15")
BUILD = os.path.realpath(os.environ.get("TUMEN_BUILD", "build"))
TUMEN = os.path.realpath(os.environ.get("TUMEN", f"{BUILD}/tumen"))
WRITER = f"{BUILD}/tests/postgres/writer"
NOBODY = 65534  # the server refuses root


def say(file):
    """The end of a log, as a reason."""
    return "".join(pathlib.Path(file).read_text(errors="replace")[-1500:])


def bash(script):
    return subprocess.run(["bash", "-c", f". tests/postgres/server.sh; {script}"],
                          capture_output=True, text=True, check=False)


def find_server(version, folder):
    """The folder of its programs, or None and why there is none."""
    done = bash(f"server_find {version} {shlex.quote(str(folder))}")
    text = done.stdout.strip()
    return (None, text) if done.returncode else (text, None)


def as_nobody(*command, **options):
    return subprocess.Popen([str(c) for c in command], user=NOBODY, group=NOBODY,
                            extra_groups=[], stdin=subprocess.DEVNULL, **options)


def mount(folder, size, owner=0):
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o",
                    f"size={size},mode=755,uid={owner},gid={owner}", "tmpfs",
                    str(folder)], check=True)


def kill_if_there(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Server:
    """A PostgreSQL server that is killed and comes back; superuser tester."""

    def __init__(self, programs, folder, *settings):
        self.programs, self.folder, self.process = programs, folder, None
        self.frozen = []
        self.data, self.socket = folder / "data", folder / "socket"
        self.log = folder / "log"
        for made in (folder, self.socket):
            made.mkdir(exist_ok=True)
            os.chown(made, NOBODY, NOBODY)
        self.settings = settings

    def make(self, *options):
        with open(self.log, "ab") as log:
            made = as_nobody(f"{self.programs}/initdb", "-D", self.data, "-U",
                             "tester", "-A", "trust", "-E", "UTF8",
                             "--locale=C.UTF-8", *options, stdout=log, stderr=log)
        if made.wait() != 0:
            raise RuntimeError(say(self.log))
        self.configure(f"unix_socket_directories = '{self.socket}'",
                       "listen_addresses = ''", *self.settings)
        self.start()

    def configure(self, *lines):
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write("\n".join(lines) + "\n")

    def start(self, wait=30):
        with open(self.log, "ab") as log:
            self.process = as_nobody(f"{self.programs}/postgres", "-D", self.data,
                                     stdout=log, stderr=log)
        end = time.monotonic() + wait
        while self.ask("SELECT 1", check=False) != "1":
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError("no start: " + say(self.log))
            time.sleep(0.02)

    def start_again(self):
        """Killed first: one that goes down by itself may not yet be down."""
        self.kill()
        self.start()

    def children(self):
        """The processes that work in its data, by what they call themselves."""
        found = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(entry / "cwd") == str(self.data):
                    title = (entry / "cmdline").read_bytes()
                    found[int(entry.name)] = title.decode(errors="replace")
            except OSError:
                pass  # gone meanwhile
        return found

    def freeze(self, title):
        """A child that does nothing from now on."""
        for child, name in self.children().items():
            if title in name:
                os.kill(child, signal.SIGSTOP)
                self.frozen.append(child)

    def thaw(self):
        while self.frozen:
            os.kill(self.frozen.pop(), signal.SIGCONT)

    def kill(self):
        """The postmaster, as `kill -9` does; its children notice by themselves,
        but one that waits for a slow disk does so only when it is done."""
        self.process.kill()
        self.process.wait()
        while self.frozen:
            os.kill(self.frozen.pop(), signal.SIGKILL)
        began = time.monotonic()
        while children := self.children():
            waited = time.monotonic() - began
            if waited > 60:
                raise RuntimeError(f"children stay: {children}")
            for child in children if waited > 10 else ():
                kill_if_there(child)
            time.sleep(0.01)

    def kill_backend(self, random):
        """One that works for an agent; then the server starts all of them anew."""
        found = [p for p, title in self.children().items() if "agent_" in title]
        if found:
            os.kill(random.choice(found), signal.SIGKILL)
        return bool(found)

    def psql(self, *arguments, user="tester", name="tumen", check=True):
        done = subprocess.run(
            ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-h",
             str(self.socket), "-U", user, "-d", name, *arguments],
            capture_output=True, text=True, timeout=60, check=False)
        if check and done.returncode:
            raise RuntimeError(f"psql {arguments}: {done.stderr}")
        return done.stdout.strip()

    def ask(self, sql, name="postgres", check=True):
        return self.psql("-c", sql, name=name, check=check)

    def url(self, user, name="tumen"):
        return f"postgresql://{user}@/{name}?host={self.socket}"

    def fleet(self, vantage):
        """A database with all roles: the addresses of its operator and agent."""
        self.ask("CREATE DATABASE tumen")
        self.psql("-f", "deploy/postgres/roles.sql")
        self.ask("CREATE ROLE alice LOGIN; GRANT tumen_operator TO alice;"
                 "ALTER ROLE alice SET role = tumen_operator")
        run(["import", "--db", self.url("alice"), "/dev/null"], 0)
        self.psql("-f", "deploy/postgres/roles.sql")
        agent = self.psql("-v", f"name={vantage}", "-f",
                          "deploy/postgres/vantage.sql")
        return self.url("alice"), self.url(agent)

    def rows(self, sql):
        return [tuple(line.split("|")) for line in
                self.psql("-c", sql).splitlines()]


class File:
    """The same questions to a SQLite file."""

    def __init__(self, path):
        self.path = path

    def rows(self, sql):
        with sqlite3.connect(self.path) as db:
            return [tuple(str(v) for v in row) for row in db.execute(sql)]


def who_waits():
    """Every process here, its state and what it waits for in the kernel."""
    lines = []
    for entry in sorted(pathlib.Path("/proc").glob("[0-9]*")):
        try:
            title = (entry / "cmdline").read_bytes().replace(b"\0", b" ")[:90]
            state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
            lines.append(f"{entry.name} {state} {(entry / 'wchan').read_text()} "
                         f"{title.decode(errors='replace')}")
        except OSError:
            pass  # gone meanwhile
    return "\n".join(lines)


def run(arguments, *statuses):
    try:
        done = subprocess.run([TUMEN, *map(str, arguments)], text=True,
                              capture_output=True, timeout=120, check=False)
    except subprocess.TimeoutExpired as e:
        raise RuntimeError(f"tumen {arguments[0]}: no end after 120 s: "
                           f"{e.stderr}\n{who_waits()}") from e
    if statuses and done.returncode not in statuses:
        raise RuntimeError(f"tumen {arguments[0]}: {done.returncode} {done.stderr}")
    return done


class Spool:
    """The spool of a vantage, its writer, and what that acknowledged."""

    def __init__(self, disk, folder, name, vantage="sel"):
        self.folder, self.vantage = disk / name, vantage
        self.told, self.errors = folder / f"{name}.told", folder / f"{name}.errors"
        self.folder.mkdir(exist_ok=True)
        self.told.touch()
        self.errors.touch()

    def write(self, runs, per_second=0):
        with open(self.told, "ab") as told, open(self.errors, "ab") as errors:
            return subprocess.Popen(
                [WRITER, str(self.folder), self.vantage, str(runs),
                 str(per_second)], stdout=told, stderr=errors,
                stdin=subprocess.DEVNULL)

    def finish(self, runs=1):
        """Whatever a crash left is sealed."""
        status = self.write(runs).wait(60)
        if status:
            raise RuntimeError(f"writer: {status} {say(self.errors)}")

    def acknowledged(self, what):
        lines = self.told.read_text().splitlines()
        return [tuple(l.split()[1:]) for l in lines if l.startswith(what + " ")]

    def sealed(self):
        return sorted(self.folder.glob("*.db"))

    def poisoned(self):
        return sorted(self.folder.glob("quarantine/*"))

    def upload(self, db, *options):
        return ["upload", "--db", str(db), "--spool", str(self.folder), *options]


class Load:
    """A writer, and an uploader that comes back whenever it ends."""

    def __init__(self, spool, url, errors):
        self.command = [TUMEN, *spool.upload(url)]
        self.errors, self.ended, self.uploader = errors, {}, None
        self.writer = spool.write(10**9, 200)

    def work(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.uploader is None or self.uploader.poll() is not None:
                if self.uploader is not None:
                    self.told(self.uploader.poll())
                with open(self.errors, "ab") as errors:
                    self.uploader = subprocess.Popen(
                        self.command, stdout=subprocess.DEVNULL, stderr=errors)
            time.sleep(0.01)

    def told(self, status):
        self.ended[status] = self.ended.get(status, 0) + 1
        if status not in (0, 69):
            raise RuntimeError(f"uploader: {status} {say(self.errors)}")

    def stop(self):
        for process in (self.writer, self.uploader):
            process.send_signal(signal.SIGKILL)
            process.wait()


def upload_all(spool, db):
    """Until nothing is left; the last words of an uploader that gave up."""
    for _ in range(50):
        done = run(spool.upload(db), 0, 69)
        if done.returncode == 0 and not spool.sealed():
            return ""
        time.sleep(0.1)
    return done.stderr + f"{len(spool.sealed())} segments left"


def account(spool, store, db):
    """What is wrong: lost, twice, in quarantine, out of balance. "" if all is well."""
    wrong = upload_all(spool, db["agent"])
    stored = store.rows("SELECT epoch, seq FROM trace")
    runs = store.rows("SELECT epoch, slot FROM run")
    told = spool.acknowledged("trace")
    lost = set(told) - set(stored)
    lost_runs = set(spool.acknowledged("run")) - set(runs)
    if lost or lost_runs:
        wrong += f"lost: {len(lost)} traces {sorted(lost)[:5]}, runs {lost_runs}\n"
    if len(stored) != len(set(stored)) or len(runs) != len(set(runs)):
        wrong += f"twice: {len(stored) - len(set(stored))} traces\n"
    if not told or len(told) != len(set(told)):
        wrong += f"acknowledged {len(told)}, {len(set(told))} of them different\n"
    if spool.poisoned():
        wrong += f"in quarantine: {spool.poisoned()}\n"
    audit = run(["audit", "--db", db["operator"], "--spool", spool.folder])
    if audit.returncode != 0:
        wrong += f"audit: {audit.returncode} {audit.stdout}{audit.stderr}"
    return wrong


def summary(done):
    """What an uploader says that it did."""
    return json.loads(done.stdout.strip().splitlines()[-1])


def inside(t, test, programs, folder):
    mount(folder, "2g")
    try:
        test(programs, folder)
    except (RuntimeError, subprocess.SubprocessError, OSError) as e:
        t.ok(False, "the test runs to its end", f"seed {SEED}: {e}")
    return t.end()


def main(t, test):
    """Runs test(PROGRAMS, FOLDER) where nothing else is; a status to exit with."""
    if len(sys.argv) == 4 and sys.argv[1] == "inside":
        return inside(t, test, sys.argv[2], pathlib.Path(sys.argv[3]))
    name = os.path.basename(sys.argv[0])
    if os.geteuid() != 0:
        t.skip(name, "needs root, for namespaces and small disks")
        return t.end()
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o755)
        programs, reason = find_server(VERSION, work)
        if programs is None:
            t.skip(name, f"PostgreSQL {VERSION}: {reason}")
            return t.end()
        place = pathlib.Path(work, "place")
        place.mkdir()
        # A shell is the first process there: it buries the orphans.
        return subprocess.run(
            ["unshare", *ALONE, "bash", "-c", '"$@"; exit $?', "bash",
             sys.executable, os.path.realpath(sys.argv[0]), "inside", programs,
             str(place)], env={**os.environ, "TUMEN_SEED": str(SEED),
                               "PGPASSFILE": "/nonexistent"},
            check=False).returncode
