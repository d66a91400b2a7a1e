#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Patroni decides who takes over: two servers under Patroni and etcd (all from
Debian), whose leader is killed with its Patroni under load, again and again.
With Patroni's synchronous_mode no row that was acknowledged is lost. Not part
of make check, because each failover waits for a lease of 20 s to end:
make check-patroni."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "internet")]
from fleet import (SEED, Load, Server, Spool, account,  # noqa: E402
                   as_nobody, main, say)
from lablib.tap import Tap  # noqa: E402

FAILOVERS = int(os.environ.get("TUMEN_FAILOVERS", "3"))
LEASE_S = 20  # the least that Patroni takes
t = Tap()


class Node(Server):
    """A server that Patroni makes, starts and promotes."""

    def __init__(self, programs, folder, number):
        super().__init__(programs, folder)
        self.port, self.rest = 5433 + number, 8008 + number
        self.file = folder / "patroni.json"
        here = f"127.0.0.1:{self.port}"
        trust = ["local all all trust", "host all all 127.0.0.1/32 trust",
                 "host replication all 127.0.0.1/32 trust"]
        self.file.write_text(json.dumps({
            "scope": "tumen", "name": f"n{number}",
            "restapi": {"listen": f"127.0.0.1:{self.rest}",
                        "connect_address": f"127.0.0.1:{self.rest}"},
            "etcd3": {"host": "127.0.0.1:2379"},
            "bootstrap": {
                "dcs": {"ttl": LEASE_S, "loop_wait": 1, "retry_timeout": 3,
                        "synchronous_mode": True,
                        "postgresql": {"use_pg_rewind": True,
                                       "parameters": {"wal_log_hints": "on"}}},
                "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}],
                "pg_hba": trust},
            "postgresql": {
                "listen": here, "connect_address": here, "pg_hba": trust,
                "data_dir": str(self.data), "bin_dir": programs,
                "pgpass": str(folder / "pgpass"),
                "basebackup": [{"checkpoint": "fast"}],
                "parameters": {"unix_socket_directories": str(self.socket)},
                "authentication": {"superuser": {"username": "tester"},
                                   "replication": {"username": "copier"}}}}),
            encoding="utf-8")

    def start(self, wait=60):
        with open(self.log, "ab") as log:
            self.process = as_nobody("patroni", self.file, stdout=log, stderr=log)

    def psql(self, *arguments, **options):
        return super().psql("-p", str(self.port), *arguments, **options)

    def url(self, user, name="tumen"):
        return f"postgresql://{user}@127.0.0.1:{self.port}/{name}"

    def answers(self, path):
        """Whether Patroni says yes: /primary, /synchronous."""
        try:
            with urllib.request.urlopen(
                    f"http://127.0.0.1:{self.rest}{path}", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def wait(self, path, seconds, meanwhile):
        end = time.monotonic() + seconds
        while not self.answers(path):
            if time.monotonic() > end:
                raise RuntimeError(f"no {path} in {seconds} s: {say(self.log)}")
            meanwhile()

    def kill(self):
        """Patroni and the server, as a machine that loses its power."""
        self.process.kill()
        self.process.wait()
        for child in self.children():
            try:
                os.kill(child, signal.SIGKILL)
            except ProcessLookupError:
                pass
        while self.children():
            time.sleep(0.01)


def start_etcd(folder):
    data, log = folder / "etcd", folder / "etcd.log"
    with open(log, "ab") as out:
        etcd = subprocess.Popen(["etcd", "--data-dir", str(data)],
                                stdout=out, stderr=out)
    for _ in range(200):
        done = subprocess.run(
            ["etcdctl", "--endpoints", "127.0.0.1:2379", "endpoint", "health"],
            env={**os.environ, "ETCDCTL_API": "3"}, capture_output=True,
            check=False)
        if done.returncode == 0:
            return etcd
        time.sleep(0.1)
    raise RuntimeError(f"etcd: {say(log)}")


def pause():
    time.sleep(0.2)


def play(programs, folder):
    draw = random.Random(SEED)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    etcd = start_etcd(folder)
    leader, other = (Node(programs, folder / name, number)
                     for number, name in enumerate("ab"))
    leader.start()
    leader.wait("/primary", 60, pause)
    operator, agent = leader.fleet("sel")
    role = agent.split("/")[2].split("@")[0]
    hosts = f"127.0.0.1:{leader.port},127.0.0.1:{other.port}"
    db = {k: f"postgresql://{who}@{hosts}/tumen?target_session_attrs=read-write"
          for k, who in (("operator", "alice"), ("agent", role))}
    other.start()
    other.wait("/synchronous", 60, pause)
    spool = Spool(folder, folder, "spool")
    load = Load(spool, db["agent"], folder / "uploads")
    longest = 0
    for _ in range(FAILOVERS):
        load.work(draw.uniform(1, 3))
        leader.kill()
        begun = time.monotonic()
        other.wait("/primary", 3 * LEASE_S, lambda: load.work(0.2))
        longest = max(longest, time.monotonic() - begun)
        load.work(draw.uniform(1, 3))
        leader, other = other, leader
        other.start()
        other.wait("/synchronous", 60, lambda: load.work(0.2))
    load.stop()
    spool.finish()
    wrong = account(spool, leader, db)
    print(f"# seed {SEED}, {FAILOVERS} failovers, the longest {longest:.1f} s, "
          f"uploads ended {load.ended}, "
          f"{len(spool.acknowledged('trace'))} traces acknowledged")
    t.ok(not wrong, "Patroni's standby takes over: nothing lost, nothing twice",
         wrong)
    t.ok(load.ended.get(0, 0) > 0, "and it was under load", load.ended)
    etcd.kill()


missing = [p for p in ("patroni", "etcd", "etcdctl") if not shutil.which(p)]
if missing:
    t.skip("test_patroni", f"{', '.join(missing)}: not installed (patroni, "
           "etcd-server, etcd-client)")
    sys.exit(t.end())
sys.exit(main(t, play))
