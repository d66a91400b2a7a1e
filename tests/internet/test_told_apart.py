#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Four situations that look alike from afar, each told apart while real agents watch: a vantage whose
uplink dies (its link, the router behind it, in silence), a prefix that is withdrawn, routes that stand
with nothing answering (as in 2013 and 2022), and answers where one peer has no route."""
import json
import os
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from lablib import expected, lines, netns, tap  # noqa: E402
from lablib.played import Play  # noqa: E402
from lablib.road import tumen  # noqa: E402
from lablib.running import Running  # noqa: E402
from lablib.vantages import Vantages  # noqa: E402

ROUNDS = 3  # of each state: a change is believed when it repeats
# Who dies: its own link; the router behind it loses every route and says so; that drops in silence.
NO_LINK, NO_ROUTE, SILENT = "tyo", "sel", "hkg"
DEAD = {NO_LINK, NO_ROUTE, SILENT}
WITHDRAWN, DOUBTED, DOUBTER = "175.45.177.0/24", "175.45.178.0/24", 1299
WALL = """
table ip wall {
  chain in {
    type filter hook prerouting priority -200;
    ip saddr 63.218.200.2 drop
    ip daddr 63.218.200.2 drop
  }
}
"""


def words(text):
    return lines.Line("told apart", text.split())


class Situations:
    """What is done, one after the other, and what tumen said at the end of each."""

    def __init__(self, t, lab, folder):
        topo = lab.topo
        self.t, self.lab, self.scene = t, lab, Play(lab)
        self.names = [v.name for v in topo.of_kind("vantage")]
        self.before = None  # the collector's table when all of its peers had every route
        self.prefixes = [str(p) for p in topo.prefixes()]
        self.vantages = Vantages(folder, self.names,
                                 [topo.host_of(p).address for p in topo.prefixes()], {})

    def take(self, name, *texts):
        self.scene.take(name, *map(words, texts))

    def watch(self):
        """Some rounds of it, then the lines of the status."""
        # Not from still_us on: behind a link, the way back comes by RIP, a second later.
        self.vantages.wait(ROUNDS, self.scene.steps[-1].settled_us)
        self.vantages.carry()
        return self.vantages.ask("status")

    def same(self, said, text, keys=None):
        """Carrier and reach of each vantage and prefix are what the step says they are."""
        wrong = expected.differ(self.scene.steps[-1].rows, said, keys)
        self.t.ok(not wrong, text, "\n".join(wrong))

    def uplink(self, names):
        """What the last round of each vantage says about its own way out."""
        rows = self.vantages.sql("SELECT vantage, uplink, max(started_us) FROM v_health GROUP BY 1")
        return {row[0]: row[1] for row in rows if row[0] in names}

    # --- the situations ---------------------------------------------------------

    def well(self):
        self.vantages.table(self.lab.folder)
        self.vantages.begin()
        self.same(self.watch(), "all is well")

    def dead_uplinks(self):
        netns.nft(WALL, "pc1")
        self.take("dead uplinks", f"link {NO_LINK} kd1 down", "link kt1 kt2 down")
        self.scene.blind(DEAD)
        said = self.watch()
        rows = self.scene.steps[-1].rows
        self.same(said, "three uplinks die: what the others see stays",
                  [key for key in rows if key[0] not in DEAD])
        dead = [(line["prefix"], v) for line in said for v in line["vantages"]
                if v["vantage"] in DEAD]
        wrong = [f"{prefix}: {v}" for prefix, v in dead
                 if (v["reach"], v["uplink"], v["carrier"]) !=
                 ("unknown", "down", rows[v["vantage"], prefix]["carrier"])]
        wrong += [] if len(dead) == 12 else [f"{len(dead)} states, 12 wanted"]
        self.t.ok(not wrong, "of what the three would see nothing is known: reach unknown, the "
                  "carrier as it was", "\n".join(wrong))
        uplinks = self.uplink(DEAD)
        self.t.ok(set(uplinks.values()) == {"down"} and len(uplinks) == len(DEAD),
                  "their health says that the uplink is down", uplinks)
        self.t.ok({line["reach"] for line in said} == {"up"}, "and no prefix is down", said)
        text = self.vantages.text("status")
        self.t.ok(text.count("uplink down") == 12 and "nothing answers" not in text and
                  "no route" not in text, "in words: uplink down, and no outage", text)
        netns.nft("delete table ip wall\n", "pc1")
        self.take("uplinks again", f"link {NO_LINK} kd1 up", "link kt1 kt2 up")
        self.same(self.watch(), "the uplinks come back: all is well")

    def withdrawn(self):
        self.take("withdrawn", f"withdraw {WITHDRAWN}")
        said = self.watch()
        self.same(said, f"{WITHDRAWN} is withdrawn: carrier none, down, at every vantage, and "
                  "nothing else")
        whole = {line["prefix"]: (line["carrier"], line["reach"]) for line in said}
        self.t.ok(whole.pop(WITHDRAWN) == ("none", "down") and
                  {reach for _, reach in whole.values()} == {"up"}, "and as a whole", said)
        text = self.vantages.text("status")
        self.t.ok(f"{WITHDRAWN} is reached through nobody (no route)" in text and
                  text.count("(no route)") == 1 and "uplink down" not in text,
                  "in words: no route", text)
        self.take("announced", f"announce {WITHDRAWN} via 20485")
        self.same(self.watch(), "it is announced again: all is well")

    def dark(self):
        self.take("dark", "silent sj-* sj? kp*")
        self.scene.dark()
        said = self.watch()
        self.same(said, "nothing answers, and the routes stand: the carriers stay, all is down")
        self.t.ok({line["reach"] for line in said} == {"down"} and
                  not {line["carrier"] for line in said} & {"none", "unknown"},
                  "and as a whole", said)
        text = self.vantages.text("status")
        self.t.ok(text.count("but nothing answers") == len(said) and "no route" not in text,
                  "in words: nothing answers", text)
        self.take("light", "loud sj-* kp*")
        self.same(self.watch(), "it answers again: all is well")

    def doubted(self):
        self.lab.mrt()
        self.before = shutil.copy(self.lab.path("rib.mrt"), self.vantages.folder / "before.mrt")
        self.take("doubted", f"reject {DOUBTER} {DOUBTED}")
        self.lab.mrt()
        self.same(self.watch(), f"AS{DOUBTER} has no route for {DOUBTED}: every vantage goes on")
        self.peers()
        self.take("believed", f"accept {DOUBTER} {DOUBTED}")
        self.same(self.watch(), "and has one again: all is well")

    def peers(self):
        """What the collector's tables before and after say while all vantages get answers."""
        done = tumen("control", "import", "--db", self.vantages.db, self.before,
                     self.lab.path("rib.mrt"))
        self.t.ok(done.returncode == 0, "the collector's tables are imported", done)
        said = self.vantages.ask("timeline", "--plane", "control", "--runs")
        has = {r["prefix"]: (r["peers"], r["peers_known"]) for r in said
               if r["record"] == "route-run"}
        self.t.ok(has == {p: (4 if p == DOUBTED else 5, 5) for p in self.prefixes} and
                  len(said) == len(has), "the control plane: 4 of 5 peers have it, no event", said)
        text = self.vantages.text("timeline", "--plane", "control")
        self.t.ok(text.count(" 4/5 ") == 1 and "No event" in text, "and in words", text)
        done = tumen("control", "runs", "--db", self.vantages.db, "--json")
        without = {(r["prefix"], r["peer_as"]) for r in map(json.loads, done.stdout.splitlines())
                   if r["state"] != "routed"}
        self.t.ok(without == {(DOUBTED, DOUBTER)}, "by peer: which one has no route", done)

    def events(self):
        said = [e for e in self.vantages.ask("timeline", "--plane", "data")
                if e["record"] == "event"]
        for wants, single, who in ((expected.of_vantages(self.scene), True, "of the vantages"),
                                   (expected.together(self.scene), False, "of all together")):
            wants = expected.with_flapping(wants)
            wrong = expected.hold(wants, [e for e in said if bool(e["vantage"]) == single])
            self.t.ok(wants and not wrong, f"the {len(wants)} events {who}: those of the withdrawal "
                      "and of the dark, and no other", "\n".join(wrong))

    def play(self):
        try:
            for situation in (self.well, self.dead_uplinks, self.withdrawn, self.dark,
                              self.doubted):
                situation()
            self.vantages.end()
        finally:
            self.vantages.kill()
        self.t.ok(not self.vantages.wrong, "agents, uploads and inference go on without an error",
                  self.vantages.wrong)
        self.events()


def inside():
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as work:
        Situations(t, Running(), pathlib.Path(work)).play()
    return t.end()


def main():
    if "TUMEN_LAB" in os.environ:
        return inside()
    os.execv(tap.LAB, [tap.LAB, "run", "--", sys.executable, os.path.realpath(__file__)])


if __name__ == "__main__":
    sys.exit(main())
