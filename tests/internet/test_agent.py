#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A life of the real agent: other configurations while it works, an uplink that dies, surveys beside
campaigns, what is kept, who is left in peace, and how it is seen. Vantages of lablib/road.py, one for
each scene, all at once; 198.51.100.192/26 lies behind two routers that share the flows."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from lablib import netns, road  # noqa: E402
from lablib.road import NOBODY, PROBE, tumen  # noqa: E402
from lablib.scene import Scene, ask, runs  # noqa: E402
from lablib.tap import Tap  # noqa: E402

UNAVAILABLE, NOPERM, SECOND_US = 69, 77, 1000000
REASON = "the configuration was changed"
QUICK = {"interval": "1s", "phase": 0, "linger": 0, "max_ttl": 3, "window": 3, "gap": 3,
         "attempts": 1, "wait": 200}
t = Tap()


def anchored(interval, after=2):
    """Slot 1000 begins so many seconds from now; and when, in seconds."""
    at = int(time.time()) + after
    return {"interval": f"{interval}s", "phase": 0, "jitter": 0,
            "anchor": f"@{at - 1000 * interval}"}, at


def counters(names_rules):
    """At r1: how much of what comes in, by name."""
    netns.nft("table ip seen {\n" + "".join(f"counter {n} {{ }}\n" for n in names_rules) +
              "chain in { type filter hook prerouting priority -400;\n" +
              "".join(f"{rule} counter name {n}\n" for n, rule in names_rules.items()) + "}\n}\n",
              "r1")


def counted(name):
    with netns.inside("r1"):
        done = subprocess.run([netns.tool("nft"), "-j", "list", "counter", "ip", "seen", name],
                              capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["nftables"][1]["counter"]["packets"]


def wall(i, *rules):
    """What r1 drops of vantage i, instead of what it did before."""
    table = f"wall{i}"
    netns.nft(f"table ip {table} {{ }}\ndelete table ip {table}\ntable ip {table} {{\n"
              "chain in { type filter hook prerouting priority -200;\n" +
              "".join(f"{rule} drop\n" for rule in rules) + "}\n}\n", "r1")


# --- another configuration -----------------------------------------------------

SLOW = {"gap": 12, "attempts": 2, "wait": 1000, "linger": 0}
SILENT_A, SILENT_B, LEFT_ALONE, BESIDE = (f"203.0.113.{i}" for i in (1, 2, 66, 67))
A = {"target_rate": 6, "burst": 10}


def life(scene):
    """Every setting that a start alone takes in, with another value."""
    return {"name": "other", "contact": "noc@example.org", "spool": f"{scene.folder}/other",
            "key": f"{scene.folder}/key", "interface": "l1", "source": "10.1.1.1", "rate": 77,
            "target_rate": 7, "responder_rate": 7, "burst": 77, "user": "daemon",
            "metrics": f"{scene.folder}/other.prom"}


def refuse(scene, campaigns):
    """What is wrong in a file of conf.d is refused, with its place; nothing else happens."""
    agent, more = scene.agent, scene.agent.folder / "conf.d"
    more.mkdir()
    bad = more / "bad.conf"
    bad.write_text("[campaign bad]\ntargets = 198.51.100.5\ninterval = 0\n")
    since = scene.hang_up()
    scene.wait("event=reload", "state=refused", since=since)
    line = scene.log("event=reload", since=since)[0]
    scene.ok("conf.d/bad.conf:3: " in line and "1s..7d" in line,
             "a reload with an error is refused, with file and line", line)
    scene.wait("event=run-end", "campaign=steady", "state=done", n=2, since=since)
    said = scene.status()
    scene.ok(said.returncode == 1 and "conf.d/bad.conf:3: " in said.stdout,
             "status ends with 1 and says it", said)
    bad.unlink()
    said = scene.status("--json")
    one = json.loads(said.stdout)
    scene.ok(said.returncode == 1 and "bad.conf:3: " in one["config_error"] and
             any("bad.conf:3: " in want for want in one["wants"]),
             "and still does when the file is right, until it is read", said)
    wrong = ""
    for key, value in life(scene).items():
        scene.change({key: value}, campaigns)
        since = scene.hang_up()
        scene.wait("event=reload", since=since)
        line = scene.log("event=reload", since=since)[0]
        if "state=refused" not in line or f"[vantage] {key} {value}: the agent was" not in line:
            wrong += f"{key}: {line}\n"
    scene.ok(not wrong, f"{len(life(scene))} settings need a start, and are refused by name", wrong)
    lost = [line for line in scene.log("event=run-end") if "state=done" not in line]
    scene.ok(not lost and not scene.log("event=run-end", "campaign=keeps"),
             "no run ended for it", agent.said())


def take(scene, campaigns):
    """A right one; what is counted of the target that is to be left alone."""
    agent = scene.agent
    after = {name: dict(keys) for name, keys in campaigns.items() if name != "goes"}
    after["changes"]["attempts"] = 3
    (agent.folder / "conf.d" / "more.conf").write_text(
        "[campaign comes]\ntargets = 198.51.100.5\ninterval = 1s\nphase = 0\nlinger = 0\n")
    scene.change({"do_not_probe": LEFT_ALONE}, after)
    since = scene.hang_up()
    scene.wait("event=reload", "state=taken", "campaigns=5", since=since)
    alone, beside = counted("alone"), counted("beside")
    scene.wait("event=run-end", "campaign=comes", "state=done", n=2, since=since)
    scene.wait("event=run-end", "campaign=careful", n=2, since=since)
    scene.ok(alone > 0 and counted("beside") > beside and counted("alone") == alone,
             "not one more packet to who was put under do_not_probe",
             f"{alone} {counted('alone')}, beside it {beside} {counted('beside')}")
    said = json.loads(scene.status("--json").stdout)
    scene.ok(said["config_error"] is None and
             sorted(c["campaign"] for c in said["campaigns"]) ==
             ["careful", "changes", "comes", "keeps", "steady"],
             "status says the campaigns of now, and no error", said)
    scene.wait("event=run-end", "campaign=keeps", since=since)


def check_process(scene):
    lines = pathlib.Path(f"/proc/{scene.agent.process.pid}/status").read_text().splitlines()
    now = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    caps = [int(now[f"Cap{x}"], 16) for x in ("Inh", "Prm", "Eff", "Amb")]
    scene.ok(now["Seccomp"] == "2" and not any(caps) and
             set(now["Uid"].split()) == {str(NOBODY)} and now["NoNewPrivs"] == "1",
             f"{scene.agent.name}: in its sandbox, as nobody, without a capability", now)


def check_reload(scene, db, reloaded_us):
    steady = runs(db, "steady")
    slots = [r["slot"] for r in steady]
    scene.ok(slots == list(range(slots[0], slots[0] + len(slots))) and
             all(r["state"] == "done" for r in steady[:-1]),
             "a campaign without a change goes on without a gap", steady)
    kept = runs(db, "keeps")
    scene.ok([(r["slot"], r["state"]) for r in kept[:1]] == [(1000, "done")] and
             kept[0]["started_us"] < reloaded_us < kept[0]["finished_us"],
             "its run under way comes to its end", f"{kept} {reloaded_us}")
    for name in ("changes", "goes", "careful"):
        rows = [r for r in runs(db, name) if r["state"] == "aborted"]
        scene.ok(rows and rows[0]["reason"] == REASON and
                 abs(rows[0]["finished_us"] - reloaded_us) < SECOND_US,
                 f"the run of one that {name} is aborted, and says why", runs(db, name))
    scene.ok(len(runs(db, "goes")) == 1, "one that is taken out has no run more", runs(db, "goes"))
    scene.ok(len(runs(db, "comes")) >= 2, "one that is new begins", runs(db, "comes"))


def another_configuration(scene):
    often, at = anchored(4)
    once, at = anchored(20)
    settings = {**A, "metrics": f"{scene.folder}/v{scene.i}/metrics/tumen.prom"}
    campaigns = {"steady": {**QUICK, "targets": "198.51.100.1", "max_ttl": 2, "window": 2},
                 "keeps": {**SLOW, **once, "targets": SILENT_A, "flows": 2},
                 "changes": {**SLOW, **once, "targets": SILENT_B},
                 "goes": {**SLOW, **once, "targets": "203.0.113.3"},
                 "careful": {**SLOW, **often, "targets": f"{LEFT_ALONE} {BESIDE}", "gap": 4,
                             "window": 5, "wait": 400}}
    agent = scene.set_up(settings, campaigns)
    metrics = agent.folder / "metrics"
    metrics.mkdir()
    os.chown(metrics, NOBODY, NOBODY)
    agent.start()
    scene.wait("event=run-begin", "campaign=keeps")
    refuse(scene, campaigns)
    # A run of every campaign is under way when the right one comes.
    scene.wait("event=run-begin", "campaign=careful", n=len(scene.log(
        "event=run-end", "campaign=careful")) + 1)
    reloaded_us = int(time.time() * SECOND_US)
    take(scene, campaigns)
    check_process(scene)
    with netns.inside(agent.node):
        second = subprocess.run([PROBE, "agent", "-c", str(agent.conf)], capture_output=True,
                                text=True, timeout=20, check=False)
    scene.ok(second.returncode == UNAVAILABLE and str(agent.spool) in second.stderr and
             len(second.stderr.splitlines()) == 1, "a second agent on a spool is refused: 69",
             second)
    since = scene.mark()
    scene.wait("event=run-end", "campaign=steady", "state=done", n=2, since=since)
    check_metrics(scene, metrics / "tumen.prom")
    check_reload(scene, scene.stop(), reloaded_us)


STRICT = """
import json, sys
from prometheus_client.openmetrics import parser
print(json.dumps([(s.name, s.labels, s.value) for f in
    parser.text_string_to_metric_families(open(sys.argv[1]).read()) for s in f.samples]))
"""


def check_metrics(scene, path):
    """Against the status of the same moment, and both against the log's runs."""
    for _ in range(20):
        text, said = path.read_text(), json.loads(scene.status("--json").stdout)
        if path.read_text() == text:
            break
    path = path.parent / "copy"
    path.write_text(text)
    rows = {state: len(scene.log("event=run-end", "campaign=steady", f"state={state}"))
            for state in ("done", "skipped", "aborted")}
    one = next(c for c in said["campaigns"] if c["campaign"] == "steady")
    scene.ok(0 <= rows["done"] - one["runs_done"] <= 1 and one["last_state"] == "done" and
             one["last_traces"] == 1 and one["last_sent"] == one["last_received"] == 2 and
             one["next_us"] - one["last_began_us"] < 2.5 * SECOND_US and one["targets"] == 1,
             "status says what the rows will say", f"{rows} {one}")
    scene.ok(said["alive"] and said["pid"] == scene.agent.process.pid and
             said["target_rate"] == A["target_rate"] and 0 < said["sent_peak"] <= 110,
             "and how the agent is", said)
    done = subprocess.run(["/usr/bin/python3", "-c", STRICT, str(path)], capture_output=True,
                          text=True, check=False)
    if "No module named" in done.stderr:
        return
    scene.ok(done.returncode == 0, "the metrics of an agent at work are OpenMetrics", done.stderr)
    at = {(name, labels.get("campaign"), labels.get("state")): value
          for name, labels, value in json.loads(done.stdout)}
    scene.ok(at["tumen_probe_runs_total", "steady", "done"] == one["runs_done"] and
             at["tumen_probe_packets_sent_total", None, None] == said["sent"] and
             at["tumen_probe_config_last_reload_successful", None, None] == 1 and
             at["tumen_probe_last_run_traces", "steady", None] == one["last_traces"],
             "with the numbers of status", f"{at} {said}")


# --- a way out that is lost ------------------------------------------------------

CONTROL = "198.51.100.20"


def dead_uplink(scene):
    target = "198.51.100.10"
    agent = scene.set_up({"control": CONTROL}, {
        "watch": {**QUICK, "targets": target, "interval": "2s"}})
    agent.start()
    scene.wait("event=run-end", "campaign=watch", "state=done", n=2)
    up = scene.mark()
    wall(scene.i, f"ip saddr 10.1.{scene.i}.1", f"ip daddr 10.1.{scene.i}.1")
    scene.wait("event=run-end", n=3, since=up)
    said = json.loads(scene.status("--json").stdout)["campaigns"][0]["uplink"]
    dead = scene.mark()
    wall(scene.i, f"ip saddr 10.1.{scene.i}.1 ip daddr {target}")
    scene.wait("event=run-end", n=3, since=dead)
    scene.ok(said == "down", "status says that the uplink is down", said)
    lines = [line.split("state=")[1].split()[0] for line in scene.log("event=uplink")]
    squeezed = [a for a, b in zip(lines, [None, *lines]) if a != b and a != "unstable"]
    scene.ok(squeezed == ["up", "down", "up"] and lines == [
        a for a, b in zip(lines, [None, *lines]) if a != b],
             "the log says each change of the uplink, once", lines)
    check_health(scene, scene.stop())


def check_health(scene, db):
    rows = ask(db, "SELECT * FROM v_health ORDER BY started_us")
    numbers = [(r["uplink"], r["controls_n"], r["reached_n"], r["targets_n"], r["answered_n"])
               for r in rows]
    want = [("up", 2, 2, 1, 1), ("down", 2, 0, 1, 0), ("up", 2, 2, 1, 0)]
    scene.ok(len(rows) == len(runs(db, "watch")), "each round has its row of health", rows)
    for n, what in zip(want, ("well", "a dead uplink", "a dark target")):
        scene.ok(numbers.count(n) >= 2, f"health of {what}", numbers)
    scene.ok(numbers[:2] == want[:1] * 2 and numbers[-2:] == want[2:] * 2, "in that order", numbers)
    alive = [r for r in rows if r["uplink"] == "up"]
    scene.ok({(r["source"], r["interface"], r["gateway"]) for r in alive} ==
             {(f"10.1.{scene.i}.1", "l1", f"10.1.{scene.i}.2")},
             "it knows source, interface and gateway", rows)
    wrong = [r for r in rows if not (
        0 <= r["late_us"] <= SECOND_US and r["jitter_us"] == 0 and r["quiet_n"] == 0 and
        r["clock_step_us"] == 0 and r["clock_synced"] in (0, 1) and (r["control_rtt_us"] or 0) < SECOND_US)]
    scene.ok(not wrong and all(r["control_rtt_us"] for r in alive), "and how it met the slot", wrong)
    traces = ask(db, "SELECT target, method, control, count(*) AS n FROM v_trace GROUP BY 1, 2, 3")
    kinds = {(r["target"], r["method"], r["control"]): r["n"] for r in traces}
    scene.ok(kinds == {(CONTROL, "icmp", 1): 2 * len(rows), ("198.51.100.10", "udp", 0): len(rows)},
             "traces of control destinations are marked", kinds)
    done = tumen("infer", "--db", db)
    judged = ask(db, "SELECT control, count(*) AS n FROM v_trace t JOIN v_verdict v USING (trace) "
                     "GROUP BY 1")
    scene.ok(done.returncode == 0 and judged == [{"control": 0, "n": len(rows)}],
             "infer judges the others alone", f"{done} {judged}")


def lost_in_between(scene):
    """One long round: the uplink is there when it begins, and not when it ends."""
    agent = scene.set_up({"control": CONTROL, "target_rate": 6, "burst": 10}, {
        "long": {"targets": SILENT_A, "interval": "1h", "flows": 2, "gap": 8, "max_ttl": 8,
                 "window": 4, "attempts": 2, "wait": 400, "linger": 0}})
    with open(agent.log, "ab") as log, netns.inside(agent.node):
        agent.process = subprocess.Popen([PROBE, "agent", "-c", str(agent.conf), "--once"],
                                         stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    for _ in range(200):
        if counted("back"):
            break
        time.sleep(0.05)
    wall(scene.i, f"ip saddr 10.1.{scene.i}.1")
    status = agent.process.wait(20)
    scene.ok(status == 0, "--once ends after the round", agent.said())
    rows = ask(scene.upload(), "SELECT * FROM v_health")
    scene.ok(len(rows) == 1 and (rows[0]["uplink"], rows[0]["controls_n"], rows[0]["reached_n"],
                                 rows[0]["late_us"]) == ("unstable", 2, 1, None),
             "an uplink that is lost during a round is unstable", rows)
    scene.ok(len(scene.log("event=uplink", "state=unstable", "controls=2", "reached=1")) == 1,
             "and the log says it", agent.said())


# --- surveys ----------------------------------------------------------------------

def surveys(scene):
    once, at = anchored(60)
    later, at = anchored(60, 9)
    agent = scene.set_up({"responder_rate": 400, "target_rate": 400}, {
        "plain": {**QUICK, "targets": "198.51.100.50"},
        "paths": {**once, "targets": "198.51.100.193", "mda": 95, "wait": 300, "max_ttl": 8},
        "block": {**once, "targets": "198.51.100.200/29", "sweep": "yes", "wait": 300,
                  "linger": 0},
        "dark": {**later, "targets": "203.0.113.64/26", "sweep": "yes", "attempts": 5,
                 "wait": 2000}})
    agent.start()
    for name in ("paths", "block"):
        scene.wait("event=run-end", f"campaign={name}", within=20)
    scene.wait("event=run-begin", "campaign=dark", within=20)
    time.sleep(1)
    db = scene.stop()
    paths, block, dark = (runs(db, name) for name in ("paths", "block", "dark"))
    scene.ok([r["state"] for r in paths + block] == ["done", "done"],
             "a search for all paths and a sweep are done", paths + block)
    traces = ask(db, "SELECT campaign, target, flow, count(*) AS n FROM v_trace GROUP BY 1, 2, 3")
    flows = [r["flow"] for r in traces if r["campaign"] == "paths"]
    at_two = {r["addr"] for r in ask(db, "SELECT addr FROM v_hop WHERE campaign = 'paths' "
                                         "AND ttl = 2 AND addr IS NOT NULL")}
    scene.ok(len(set(flows)) >= 6 and at_two == {"10.0.2.2", "10.0.3.2"},
             "all paths: many flows, by both routers", f"{flows} {at_two}")
    swept = sorted(r["target"] for r in traces if r["campaign"] == "block")
    scene.ok(swept == [f"198.51.100.{i}" for i in range(200, 208)], "a sweep: every address", swept)
    scene.ok([(r["state"], r["reason"]) for r in dark] == [("aborted", "the agent was stopped")] and
             dark[0]["sent_n"] > 0, "SIGTERM in the middle of a sweep: its row is aborted", dark)
    plain = runs(db, "plain")
    slots = [r["slot"] for r in plain]
    scene.ok(len(slots) >= 8 and slots == list(range(slots[0], slots[0] + len(slots))) and
             all(r["state"] == "done" for r in plain[:-1]),
             "an ordinary campaign goes on beside them", plain)


# --- what is kept, and who is left in peace ------------------------------------------

def kept_and_left(scene):
    fast, at = anchored(1)
    kinds = {kind: {**QUICK, "targets": "198.51.100.30", "interval": "3s", "evidence": kind}
             for kind in ("none", "edge", "all")}
    agent = scene.set_up({}, {
        **kinds,
        "ends": {**QUICK, **fast, "targets": "198.51.100.31", "start": f"@{at}",
                 "until": f"@{at + 2}"},
        "mixed": {**QUICK, "targets": "198.51.100.32", "interval": "3s",
                  "method": "udp, icmp, tcp", "ports": "443 22"},
        "web": {**QUICK, "targets": "198.51.100.33", "interval": "3s", "method": "tcp"},
        "quiet": {**QUICK, "targets": "198.51.100.40 198.51.100.41", "quiet": 4}})
    wall(scene.i, f"ip saddr 10.1.{scene.i}.1 ip daddr 198.51.100.41")
    agent.start()
    scene.wait("event=run-end", "campaign=quiet", n=22, within=40)
    db = scene.stop()
    check_evidence(scene, db)
    check_quiet(scene, db)
    ends = runs(db, "ends")
    scene.ok([(r["slot"], r["state"]) for r in ends] == [(1000, "done"), (1001, "done")],
             "until: the slots before it, and none later", ends)
    ports = ask(db, "SELECT DISTINCT campaign, method, port FROM v_trace "
                    "WHERE campaign IN ('mixed', 'web') ORDER BY 1, 2")
    scene.ok([tuple(r.values()) for r in ports] == [
        ("mixed", "icmp", None), ("mixed", "tcp", 443), ("mixed", "udp", None),
        ("web", "tcp", 80)], "several methods, each with the port in use alone", ports)


def check_evidence(scene, db):
    n = {r["name"]: r for r in ask(
        db, "SELECT c.name, count(DISTINCT t.seq) AS traces, count(e.seq) AS packets, "
            "min(e.ttl) AS ttl, sum(e.reply IS NOT NULL) AS replies FROM trace t "
            "JOIN campaign c USING (campaign_id) LEFT JOIN evidence e "
            "USING (started_us, vantage_id, epoch, seq) GROUP BY 1")}
    received = {r["name"]: r["n"] for r in ask(
        db, "SELECT c.name, sum(received_n) AS n FROM run JOIN campaign c USING (campaign_id) "
            "GROUP BY 1")}
    every, edge = n["all"], n["edge"]
    scene.ok(n["none"]["packets"] == 0 and n["none"]["traces"] >= 3, "evidence = none", n)
    scene.ok(every["replies"] == received["all"] > every["traces"], "evidence = all: each reply",
             f"{n} {received}")
    scene.ok(edge["traces"] <= edge["replies"] <= received["edge"], "evidence = edge", n)


def check_quiet(scene, db):
    """Silent in eight runs, then one slot of four."""
    slots = {target: [r["slot"] for r in ask(
        db, "SELECT slot FROM v_trace WHERE campaign = 'quiet' AND "
            f"target = '198.51.100.{target}' ORDER BY slot")] for target in (40, 41)}
    later, span = slots[41][8:], slots[40][8:]
    scene.ok(slots[41][:8] == slots[40][:8] and len(span) >= 12 and len(later) >= 2 and
             later == [s for s in span if s % 4 == later[0] % 4],
             "a silent target of a prefix that answers: one slot of four", slots)
    rows = ask(db, "SELECT slot, targets_n, quiet_n FROM v_health WHERE campaign = 'quiet'")
    wrong = [r for r in rows if (r["targets_n"], r["quiet_n"]) !=
             ((2, 0) if r["slot"] in slots[41] else (1, 1))]
    scene.ok(len(rows) >= 20 and not wrong[:-1], "health counts who was left out", wrong)


# --- without root ---------------------------------------------------------------------

def without_root(scene):
    agent = scene.set_up({"user": None}, {"plain": {**QUICK, "targets": "198.51.100.60"}})
    program = agent.folder / "tumen-probe"
    shutil.copy(PROBE, program)
    someone = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    command = [str(program), "agent", "-c", str(agent.conf)]
    with open(agent.log, "ab") as log, netns.inside(agent.node):
        bare = subprocess.run([*someone, *command], capture_output=True, text=True, timeout=20,
                              check=False)
        agent.process = subprocess.Popen(
            [*someone, "--inh-caps=+net_raw", "--ambient-caps=+net_raw", *command],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    scene.ok(bare.returncode == NOPERM and "CAP_NET_RAW" in bare.stderr,
             "without the capability: 77", bare)
    scene.wait("event=run-end", "campaign=plain", "state=done", n=2)
    check_process(scene)
    since = scene.hang_up()
    scene.wait("event=reload", "state=taken", since=since)
    scene.wait("event=run-end", "campaign=plain", "state=done", n=2, since=since)
    rows = runs(scene.stop(), "plain")
    scene.ok(len(rows) >= 4 and all(r["state"] == "done" and r["received_n"] > 0
                                    for r in rows[:-1]),
             "with CAP_NET_RAW alone: it works, also after a reload", rows)


# --- killed in a run that overlaps the next slot ----------------------------------------

def overlapping(scene):
    agent = scene.set_up({"target_rate": 4, "burst": 10}, {
        "slow": {**QUICK, "targets": SILENT_A, "interval": "2s", "gap": 20, "max_ttl": 32,
                 "window": 20, "wait": 400}})
    agent.start()
    scene.wait("event=run-end", "state=skipped", "overlap: ")
    agent.kill()
    since = scene.mark()
    agent.start()
    scene.wait("event=run-begin", since=since)
    rows = runs(scene.stop(), "slow")
    slots = [r["slot"] for r in rows]
    scene.ok(slots == list(range(slots[0], slots[0] + len(slots))) and
             (rows[0]["state"], rows[0]["reason"]) == ("aborted", "the agent died") and
             rows[1]["state"] == "skipped" and rows[1]["reason"].startswith("overlap: "),
             "kill -9 in a run that overlaps the next slot: both have their row", rows)


# --- all of them -----------------------------------------------------------------------

def diamond():
    """From r1 to 198.51.100.192/26 by b2 or b3."""
    for i in (2, 3):
        netns.ip_batch([f"netns add b{i}"])
        netns.ip_batch([f"link add x{i} type veth peer name l1 netns b{i}",
                        f"addr add 10.0.{i}.1/24 dev x{i}", f"link set x{i} up"], "r1")
        netns.ip_batch(["link set lo up", f"link add l2 type veth peer name y{i} netns r2",
                        f"addr add 10.0.{i}.2/24 dev l1", "link set l1 up",
                        f"addr add 10.0.{i + 2}.1/24 dev l2", "link set l2 up",
                        f"route add 10.1.0.0/16 via 10.0.{i}.1",
                        f"route add 198.51.100.0/24 via 10.0.{i + 2}.2 dev l2 onlink"], f"b{i}")
        netns.ip_batch([f"addr add 10.0.{i + 2}.2/24 dev y{i}", f"link set y{i} up"], "r2")
    # What is dropped at TTL 2 and above still needs a way out at TTL 1.
    netns.ip_batch(["route add 203.0.113.0/24 via 10.0.0.2 dev m1 onlink",
                    "route add 198.51.100.192/26 nexthop via 10.0.2.2 nexthop via 10.0.3.2"],
                   "r1")
    for name in ("r1", "r2", "b2", "b3"):
        with netns.inside(name):
            for key, value in (("ip_forward", 1), ("icmp_ratelimit", 0), ("icmp_ratemask", 0),
                               ("fib_multipath_hash_policy", 1), ("conf/all/rp_filter", 0),
                               ("icmp_msgs_per_sec", 100000), ("icmp_msgs_burst", 10000)):
                netns.sysctl("ipv4/" + key, value)


def test(folder):
    plays = [another_configuration, dead_uplink, lost_in_between, surveys, kept_and_left,
             without_root, overlapping]
    only = os.environ.get("TUMEN_SCENES", "").split()
    road.build(len(plays))
    diamond()
    counters({"alone": f"ip saddr 10.1.1.1 ip daddr {LEFT_ALONE}",
              "beside": f"ip saddr 10.1.1.1 ip daddr {BESIDE}",
              "back": f"ip saddr {CONTROL} ip daddr 10.1.3.1 icmp type echo-reply"})
    scenes = [Scene(folder, i, play) for i, play in enumerate(plays, 1)
              if not only or play.__name__ in only]
    for scene in scenes:
        scene.start()
    for scene in scenes:
        scene.join()
    for scene in scenes:
        for said in scene.said:
            t.ok(*said)


sys.exit(road.alone(t, test, 0))
