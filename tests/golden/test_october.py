#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The control plane of October 2017: the published table, to the second, from what
collectors would have written (tests/october), over several worlds in which peers
hear of it late, explore, keep stuck routes and lose sessions. Prints TAP.
TUMEN_TEST_DB=postgresql://... does one world in that (empty) database.
TUMEN_SEED=N begins there, TUMEN_WORLDS=N is how many."""
import itertools
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
os.chdir(ROOT)
sys.path += [str(ROOT / "tests/internet"), str(ROOT / "tests/october")]
sys.dont_write_bytecode = True
from generate import generate  # noqa: E402
from lablib.tap import Tap  # noqa: E402
from world import BEGIN, END, PEERS, PREFIXES, STARJV, TTK, UNICOM, US, facts, holds, stamp  # noqa: E402

TUMEN = os.environ.get("TUMEN", "build/tumen")
DB = os.environ.get("TUMEN_TEST_DB")
SEED = int(os.environ.get("TUMEN_SEED", "1"))
WORLDS = 1 if DB else int(os.environ.get("TUMEN_WORLDS", "3"))
NOISE = 10000
HOUR_US, WAVE_US = 3600 * US, 75 * US
NAMES = {(): "none", (UNICOM,): "unicom", (TTK,): "ttk", (UNICOM, TTK): "both"}


def tumen(*arguments):
    done = subprocess.run([TUMEN, *arguments], capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"{arguments[:3]}: {done.returncode} {done.stderr}")
    return done.stdout


def told(db, *more):
    return tumen("timeline", "--db", db, "--plane", "control", *more)


def published(prefix):
    """[(us, upstreams)] of a prefix, as the facts have it."""
    rows = [r for r in facts() if holds(r, prefix) and r["what"] in ("ttk", "outage")]
    times = sorted({t for r in rows for t in (r["at"], r["to"]) if t})
    found = [(stamp(BEGIN), (UNICOM,))]
    for at in times:
        now = [r["what"] for r in rows if r["at"] <= at and (r["to"] is None or at < r["to"])]
        state = () if "outage" in now else (UNICOM, TTK) if "ttk" in now else (UNICOM,)
        if state != found[-1][1]:
            found.append((at, state))
    return found


def kind(old, new):
    if not old or not new:
        return "up" if new else "down"
    if set(old) < set(new):
        return "gained"
    return "lost" if set(new) < set(old) else "changed"


def expected_events(prefix):
    runs, seen = published(prefix), set()
    for (_, old), (at, new) in itertools.pairwise(runs):
        seen |= set(old)
        unseen = sorted(set(new) - seen)
        yield (at, kind(old, new), NAMES[old], NAMES[new], list(old), list(new),
               "upstream" if unseen else None, unseen[0] if unseen else None)


def flappings(events):
    """The rule of tumen-timeline(1), over the ends of the brackets."""
    stretch, last = [], None
    for e in events + [None]:
        if stretch and (e is None or e["before_us"] - last >= HOUR_US):
            if len(stretch) >= 4:
                yield stretch[0]["after_us"], stretch[-1]["before_us"], len(stretch)
            stretch = []
        if e is not None:
            stretch.append(e)
            last = e["before_us"]


def check_prefix(runs, events, prefix):
    """What is wrong, or nothing."""
    got = [(r["since_us"], tuple(u["asn"] for u in r["upstreams"])) for r in runs]
    if got != published(prefix):
        return f"runs {got}, not {published(prefix)}"
    plain = [e for e in events if e["kind"] != "flapping"]
    got = [(e["after_us"], e["kind"], e["from"], e["to"], e["upstreams_from"],
            e["upstreams_to"], e["suspect"], e["suspect_as"]) for e in plain]
    if got != list(expected_events(prefix)):
        return f"events {got}, not {list(expected_events(prefix))}"
    flaps = [(e["after_us"], e["before_us"], e["changes"]) for e in events
             if e["kind"] == "flapping"]
    if flaps != list(flappings(plain)) or len(flaps) != 1:
        return f"flapping {flaps}, not {list(flappings(plain))}"
    for e in plain:
        if not 0 < e["before_us"] - e["after_us"] <= WAVE_US or e["vantage"] is not None:
            return f"a bracket that is no wave: {e}"
    for r in runs:
        if not (r["known"] and PEERS - 1 <= r["peers_known"] <= PEERS
                and (r["peers"] <= 1 if not r["upstreams"] else r["peers"] >= PEERS - 2)
                and r["origins"] == ([STARJV] if r["upstreams"] else []) and not r["few"]):
            return f"peers: {r}"
    last = runs[-1]
    if last["until_us"] is not None or not stamp(END) - HOUR_US < last["last_us"] < stamp(END):
        return f"the newest run: {last}"
    return ""


def check(name, tap, text):
    lines = [json.loads(line) for line in text.splitlines()]
    prefixes = {line["prefix"] for line in lines}
    tap.ok(prefixes == set(PREFIXES), f"{name}: these four prefixes and no other", prefixes)
    for prefix in PREFIXES:
        ours = [line for line in lines if line["prefix"] == prefix]
        runs = [line for line in ours if line["record"] == "route-run"]
        events = [line for line in ours if line["record"] == "event"
                  and line["plane"] == "control"]
        wrong = check_prefix(runs, events, prefix)
        if len(runs) + len(events) != len(ours):
            wrong = wrong or "other records"
        tap.ok(not wrong, f"{name}: {prefix} as published, and no other event", wrong)


def imported(db, files, rng=None):
    """With a rng each file twice, in any order. What was said of each."""
    files = list(map(str, files))
    if rng:
        files += files
        rng.shuffle(files)
    out = tumen("control", "import", "--json", "--db", db, *files)
    return [json.loads(line) for line in out.splitlines()]


def one_peer(db, tap):
    rows = [json.loads(line) for line in
            tumen("control", "runs", "--db", db, "--json", "--prefix", PREFIXES[2]).splitlines()]
    peers = {(r["collector"], r["peer"]) for r in rows}
    tap.ok(len(peers) == PEERS, "control runs: every peer", peers)
    stuck = [r for r in rows if r["until_us"] is None and r["upstream"] == TTK
             and r["since_us"] < stamp("2017-10-01T10:00:00Z")]
    tap.ok(len(stuck) == 1, "control runs: the one that kept TTK all the time", stuck)
    if not stuck:
        return
    asked = ["--peer", f"AS{stuck[0]['peer_as']}"], ["--peer", stuck[0]["peer"]]
    for option in asked:
        text = tumen("control", "runs", "--db", db, *option, "--prefix", PREFIXES[2],
                     "--from", "2017-10-02", "--to", "2017-10-03")
        line = text.splitlines()[-1]
        tap.ok(len(text.splitlines()) == 2 and line.endswith(stuck[0]["as_path"]),
               f"control runs {option[1]}: alone, as text", text)


def usage(db, tap):
    for arguments, text in ((["--peer", "x"], "--peer x: neither an address nor an AS"),
                            (["--peer", "AS4294967296"], "not a number in 0..4294967295"),
                            (["--from", "soon"], "--from soon: no time"),
                            (["--prefix", "175.45.176.1/24"], "no IPv4 prefix"),
                            (["--from", "2017-10-02", "--to", "2017-10-01"], "ends before"),
                            (["--loud"], "--loud: no such option"),
                            (["extra"], "extra: not an option")):
        done = subprocess.run([TUMEN, "control", "runs", "--db", db, *arguments],
                              capture_output=True, text=True, timeout=60)
        tap.ok(done.returncode == 64 and text in done.stderr and not done.stdout,
               f"64: control runs {' '.join(arguments)}", done.stderr)


def as_text(db, tap):
    text = told(db, "--prefix", PREFIXES[0])
    for at in ("2017-10-01 09:07:51", "2017-10-01 10:14:45", "2017-10-01 12:21:55",
               "2017-10-02 07:56:39"):
        tap.ok(at in text, f"{PREFIXES[0]} as text: {at}", text)


def world(seed, folder, tap):
    name, rng = f"TUMEN_SEED={seed}", random.Random(seed)
    generate(folder, seed, NOISE)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    plain, mixed = DB or str(folder / "plain.db"), str(folder / "mixed.db")
    imported(plain, files)
    answer = told(plain, "--runs", "--json")
    check(name, tap, answer)
    again = imported(plain, files)
    tap.ok(again and all(line["added"] == 0 for line in again), f"{name}: again is nothing new",
           [line for line in again if line["added"]][:3])
    tap.ok(told(plain, "--runs", "--json") == answer, f"{name}: and changes nothing")
    imported(mixed, files, rng)
    tap.ok(told(mixed, "--runs", "--json") == answer,
           f"{name}: each twice, in any order: the same bytes")
    if seed == SEED:
        one_peer(plain, tap)
        usage(plain, tap)
        as_text(plain, tap)


def main():
    tap = Tap()
    for seed in range(SEED, SEED + WORLDS):
        with tempfile.TemporaryDirectory() as folder:
            world(seed, pathlib.Path(folder), tap)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
