#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""18 March 2025: a ROA for 175.45.176.0/22 with maxLength 22 made the four /24
invalid; within minutes only 4 of 36 peers of RIPE RIS kept 175.45.176.0/24, until
about 02:00 of the next day (Kentik; RIPE Labs, R. Fontugne). Nothing was down, and
nobody else announced it: that has to be told apart. Prints TAP."""
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
from lablib.tap import Tap  # noqa: E402
from world import US, bgp, stamp  # noqa: E402

TUMEN = os.environ.get("TUMEN", "build/tumen")
PREFIX, PEERS, KEPT = "175.45.176.0/24", 36, 4
BEGIN, BAD, GOOD, END = map(stamp, ("2025-03-18T00:00:00Z", "2025-03-18T09:30:15Z",
                                    "2025-03-19T02:00:00Z", "2025-03-19T04:00:00Z"))
VRPS = {"2025-03-17T00:00:00Z": 24, "2025-03-18T09:30:00Z": 22, "2025-03-19T01:55:00Z": 24}


def tumen(*arguments):
    return subprocess.run([TUMEN, *arguments], check=True, capture_output=True, text=True,
                          timeout=60).stdout


def updates(rng):
    """A table, those who drop what is invalid one by one, and those who have it again."""
    peers = [bgp.Peer(f"192.0.2.{n + 1}", 3000 + n) for n in range(PEERS)]
    path = {p: f"{p.asn} 4837 131279" for p in peers}
    records = [(BEGIN, bgp.index(BEGIN, peers) + bgp.rib(
        BEGIN, PREFIX, [(i, path[p], 0) for i, p in enumerate(peers)]))]
    at = BAD
    for n, peer in enumerate(rng.sample(peers, PEERS - KEPT)):
        records.append((at, peer.update(at, withdrawn=[PREFIX], et=True)))
        back = GOOD + n * US
        records.append((back, peer.update(back, announced=[PREFIX], path=path[peer], et=True)))
        at += rng.randint(1, 30 * US)
    for minute in range(0, (END - BEGIN) // (60 * US), 20):  # the collector listens
        at = BEGIN + minute * 60 * US
        records.append((at, peers[0].update(at, announced=["198.51.100.0/24"], path="3000 1")))
    return b"".join(record for _, record in sorted(records, key=lambda r: r[0]))


def tables(folder):
    options = []
    for at, length in VRPS.items():
        csv, out = folder / f"vrps-{length}.csv", folder / f"{at[:13]}.origin"
        csv.write_text("ASN,IP Prefix,Max Length,Trust Anchor\n"
                       f"AS131279,175.45.176.0/22,{length},apnic\n", encoding="ascii")
        tumen("origin", "build", "-o", str(out), "--asof", at, "--vrp", str(csv))
        options += ["--origin", str(out)]
    return options


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        db, mrt = str(folder / "t.db"), folder / "rrc00-updates"
        mrt.write_bytes(updates(random.Random(18)))
        tumen("control", "import", "--db", db, "--collector", "rrc00", str(mrt))
        ask = ["timeline", "--db", db, "--plane", "control", "--prefix", PREFIX,
               *tables(folder)]
        lines = [json.loads(x) for x in tumen(*ask, "--runs", "--json").splitlines()]
        runs = [r for r in lines if r["record"] == "route-run"]
        said = [(r["since_us"], r["carrier"], r["few"], r["peers"], r["rpki"]) for r in runs]
        want = [(BEGIN, "unicom", False, PEERS, "valid"), (BAD, "unicom", True, KEPT, "invalid"),
                (GOOD, "unicom", False, PEERS, "valid")]
        tap.ok(said == want, "few peers have it, and it is invalid, in these hours", said)
        events = [(e["kind"], e["after_us"], e["peers"], e["peers_known"], e["suspect"])
                  for e in lines if e["record"] == "event"]
        want = [("changed", BAD, KEPT, PEERS, None), ("changed", GOOD, PEERS, PEERS, None)]
        tap.ok(events == want, "neither down, nor another upstream, nor anything suspect", events)
        text = " ".join(tumen(*ask).split())  # however it is folded
        tap.ok("few peers" in text and "RPKI invalid" in text and "4 of 36 peers" in text,
               "the text says so", text)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
