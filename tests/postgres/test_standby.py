#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A standby takes over: the primary is killed under load and the standby is
promoted, again and again. With synchronous replication no row that was
acknowledged is lost, since a segment is unlinked only when both have it."""

import os
import random
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "internet")]
from fleet import (SEED, Load, Server, Spool, TUMEN, account,  # noqa: E402
                   as_nobody, main, say)
from lablib.tap import Tap  # noqa: E402

FAILOVERS = int(os.environ.get("TUMEN_FAILOVERS", "3"))
t = Tap()


def follow(primary, standby):
    """A copy of the primary that streams from it, and is waited for."""
    shutil.rmtree(standby.data, ignore_errors=True)
    with open(standby.log, "ab") as log:
        copy = as_nobody(f"{standby.programs}/pg_basebackup", "-R", "-X", "stream",
                         "-c", "fast", "-h", primary.socket, "-U", "tester",
                         "-D", standby.data, stdout=log, stderr=log)
    if copy.wait() != 0:
        raise RuntimeError(f"pg_basebackup: {say(standby.log)}")
    standby.configure(f"unix_socket_directories = '{standby.socket}'")
    standby.start()
    # From now on a commit waits for it; a copy inherits that.
    primary.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
    primary.ask("SELECT pg_reload_conf()")
    for _ in range(200):
        if primary.ask("SELECT 1 FROM pg_stat_replication "
                       "WHERE state = 'streaming' AND sync_state = 'sync'"):
            return
        time.sleep(0.05)
    raise RuntimeError(f"not in step: {say(standby.log)}")


def promote(standby):
    done = as_nobody(f"{standby.programs}/pg_ctl", "-D", standby.data, "-w",
                     "promote", stdout=subprocess.DEVNULL)
    if done.wait() != 0:
        raise RuntimeError(f"promote: {say(standby.log)}")


def cancelled(primary, standby, spool, url):
    """Neither a wait for the standby that is cancelled acknowledges anything,
    nor that all rows are there when the upload is tried again."""
    waits = ("FROM pg_stat_activity WHERE usename LIKE 'agent_%' "
             "AND wait_event = 'SyncRep'")
    spool.finish(4)
    before = len(spool.sealed())
    primary.freeze("walsender")
    first = subprocess.Popen([TUMEN, *spool.upload(url)], text=True,
                             stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    end = time.monotonic() + 10
    while first.poll() is None and time.monotonic() < end:
        primary.ask(f"SELECT pg_cancel_backend(pid) {waits}")
        time.sleep(0.05)
    said = first.communicate(timeout=10)[1]
    t.ok(first.returncode == 69 and "no standby has it yet" in said and
         len(spool.sealed()) == before > 0,
         "a wait that is cancelled acknowledges nothing",
         f"{first.returncode} {said} {before} {len(spool.sealed())}")
    second = subprocess.Popen([TUMEN, *spool.upload(url)],
                              stdout=subprocess.DEVNULL)
    while not primary.ask(f"SELECT 1 {waits}") and second.poll() is None:
        time.sleep(0.05)
    time.sleep(0.5)
    t.ok(second.poll() is None and len(spool.sealed()) == before,
         "nor do rows that are there already", len(spool.sealed()))
    primary.thaw()
    t.ok(second.wait(30) == 0 and not spool.sealed() and
         standby.psql("-c", "SELECT count(*) FROM trace") ==
         str(len(spool.acknowledged("trace"))),
         "with the standby it goes on", spool.sealed())


def play(programs, folder):
    draw = random.Random(SEED)
    primary = Server(programs, folder / "a", "synchronous_commit = on")
    standby = Server(programs, folder / "b")
    primary.make()
    operator, agent = primary.fleet("sel")
    role = agent.split("/")[2][:-1]
    hosts = f"{primary.socket},{standby.socket}"
    db = {k: f"postgresql://{who}@/tumen?host={hosts}"
          for k, who in (("operator", "alice"), ("agent", role))}
    follow(primary, standby)
    spool = Spool(folder, folder, "spool")
    cancelled(primary, standby, spool, db["agent"])
    load = Load(spool, db["agent"], folder / "uploads")
    for i in range(FAILOVERS):
        load.work(draw.uniform(1, 2))
        if i % 3 < 2:  # the standby falls behind
            primary.freeze("walsender")
            load.work(draw.uniform(0.5, 1.5))
        primary.kill()
        load.work(draw.uniform(0, 0.3))
        promote(standby)
        load.work(draw.uniform(0, 0.3))
        primary, standby = standby, primary
        follow(primary, standby)
    load.stop()
    spool.finish()
    wrong = account(spool, primary, db)
    print(f"# seed {SEED}, {FAILOVERS} failovers, uploads ended {load.ended}, "
          f"{len(spool.acknowledged('trace'))} traces acknowledged")
    t.ok(not wrong, "a standby takes over: nothing lost, nothing twice", wrong)
    t.ok(load.ended.get(0, 0) > 0, "and it was under load", load.ended)


sys.exit(main(t, play))
