#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""tumen diff beside scamper's sc_tracediff on the same pairs of traces: who says
"changed" where. Pairs that are made up, of which all is known (pairs.py), and pairs
that both programs' probers measured in the laboratory, before and after a change.

tumen must find every change that two traces show, at its TTL, and none where there
is none. sc_tracediff's figures are shown and not judged: it must only have run and
spoken of each pair. TUMEN_SEED and TUMEN_WAYS choose the pairs."""
import collections
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import pairs as made_up  # noqa: E402
import rivals  # noqa: E402
from asking import SHOWN, Tap, build  # noqa: E402
from lablib.tap import LAB, missing  # noqa: E402

SEED = int(os.environ.get("TUMEN_SEED", "8"))
WAYS = int(os.environ.get("TUMEN_WAYS", "25"))
NO, YES, UNSEEN, UNTOLD = "no", "yes", "unseen", "untold"


def truth(pair):
    """yes: changed, and the traces show it; unseen: in silence alone; untold: a
    balancer that no other flow shows, which looks the same as a change."""
    if pair.visible:
        return YES
    if not pair.told:
        return UNTOLD
    return UNSEEN if pair.first else NO


def at_its_ttl(pair, ttl):
    """Between where the way parts and where both traces show it."""
    return pair.first <= ttl <= pair.visible


def right(pair, changed, ttl):
    """Whether the traces bear it: a change in silence, and a balancer that no other
    flow shows, may be either."""
    known = truth(pair)
    if known == YES:
        return changed and (at_its_ttl(pair, ttl) or not pair.told)
    return not (known == NO and changed)


class Count:
    def __init__(self):
        self.n, self.said, self.where = 0, collections.Counter(), collections.Counter()
        self.classes = collections.Counter()

    def add(self, pair, program, changed, ttl):
        self.said[program] += changed
        self.where[program] += changed and at_its_ttl(pair, ttl)


class Table:
    """By kind and truth: how many pairs, and who says "changed", where."""

    def __init__(self):
        self.counts, self.wrong = {}, []

    def add(self, pair, ours, theirs):
        known = truth(pair)
        count = self.counts.setdefault((pair.kind, known), Count())
        changed = ours[0] == "changed"
        count.n += 1
        count.classes[ours[0]] += 1
        count.add(pair, "tumen", changed, ours[1])
        count.add(pair, rivals.RIVAL, *theirs)
        if not right(pair, changed, ours[1]):
            self.wrong.append(f"{pair.kind}: {pair.a.target} flow {pair.a.flow} {pair.a.id} "
                              f"{pair.b.id}: {known} at ttl {pair.first}..{pair.visible}, "
                              f"told {ours[0]} at {ours[1]}")

    def show(self):
        print("# changed: what is true (unseen: wholly in silence; untold: a balancer that no "
              "other flow shows);\n# then who says so, and of those at the right TTL")
        print(f"# {'kind':<24}{'changed':<8}{'pairs':>6}{'tumen':>8}{'ttl':>6}"
              f"{rivals.RIVAL:>14}{'ttl':>6}  tumen's classes")
        for (kind, known), c in self.counts.items():
            ttl = {p: c.where[p] if known == YES else "" for p in ("tumen", rivals.RIVAL)}
            classes = ", ".join(f"{name} {n}" for name, n in c.classes.most_common())
            print(f"# {kind:<24}{known:<8}{c.n:>6}{c.said['tumen']:>8}{ttl['tumen']:>6}"
                  f"{c.said[rivals.RIVAL]:>14}{ttl[rivals.RIVAL]:>6}  {classes}")
        for known, right in ((NO, "false changes"), (YES, "changes found")):
            some = [c for (_, k), c in self.counts.items() if k == known]
            print(f"# of {sum(c.n for c in some)} that did {'' if known == YES else 'not '}"
                  f"change, {right}: tumen {sum(c.said['tumen'] for c in some)}, "
                  f"{rivals.RIVAL} {sum(c.said[rivals.RIVAL] for c in some)}")

    def number(self, known):
        return sum(c.n for (_, k), c in self.counts.items() if k == known)

    def hold(self, tap, what, asked):
        """Two lines of TAP. asked: how many pairs there are."""
        self.show()
        n = sum(c.n for c in self.counts.values())
        tap.ok(n == asked > 0, f"{what}: both programs speak of each of {asked} pairs", n)
        tap.ok(not self.wrong and self.number(NO) > 0 < self.number(YES),
               f"{what}: tumen diff finds {self.number(YES)} changes at their TTLs and none in "
               f"{self.number(NO)} pairs that did not change: {len(self.wrong)} wrong",
               "\n".join(self.wrong[:SHOWN]))


def theirs(files):
    """What sc_tracediff says, {(flow, target): (changed, ttl)}, of a file a flow."""
    said = rivals.at_once(rivals.sc_tracediff, files.values())
    return {(flow, target): answer for flow, answers in zip(files, said)
            for target, answer in answers.items()}


def read_back(tap, path, traces):
    """scamper's own reader finds in a file of warts what was written."""
    done = subprocess.run(["sc_warts2json", path], check=True, capture_output=True)
    have = [(r["dst"], r["userid"], r["sport"], r["stop_reason"],
             [(h["probe_ttl"], h["probe_id"], h["addr"], h["icmp_type"], h["icmp_code"],
               round(h["rtt"] * 1000)) for h in r.get("hops", [])])
            for r in map(json.loads, done.stdout.splitlines()) if r["type"] == "trace"]
    words = {"reached": "COMPLETED", "unreachable": "UNREACH", "gap": "GAPLIMIT"}
    want = [(t.target, t.flow, t.sport, words[t.stop],
             [(ttl, r.attempt, r.addr, r.icmp_type, r.icmp_code, r.rtt_us)
              for ttl, r in t.replies()]) for t in traces]
    wrong = [f"want {w}, have {h}" for w, h in zip(want, have) if w != h]
    tap.ok(len(have) == len(want) > 0 and not wrong,
           f"sc_warts2json reads {len(want)} traces as they were written", "\n".join(wrong[:2]))


def simulated(tap, folder):
    world, pairs = made_up.generate(random.Random(SEED), WAYS)
    files, files_of_flows = rivals.write_pairs(folder, pairs)
    with open(f"{folder}/ases.txt", "w", encoding="ascii") as file:
        file.write("\n".join(world.routes()) + "\n")
    table = build(folder, "2026-01-01", "--bgp", f"{folder}/ases.txt")
    ours, others = rivals.tumen(*files, "--origin", table), theirs(files_of_flows)
    read_back(tap, files_of_flows[0][1], [p.b for p in pairs if p.b.flow == 0])
    print(f"# {len(pairs)} pairs made up, seed {SEED}")
    seen = Table()
    for p in pairs:
        key = (p.a.id, p.b.id)
        if key in ours and (p.a.flow, p.a.target) in others:
            seen.add(p, ours[key], others[p.a.flow, p.a.target])
    seen.hold(tap, "made up", len(pairs))


def flapping(tap, folder):
    """Several rounds on each side; sc_tracediff refuses a file with two traces of one
    target, and is not asked."""
    sides, pairs = made_up.flapping(random.Random(SEED), WAYS)
    files = [f"{folder}/{name}.ndjson" for name in "ab"]
    for path, traces in zip(files, sides):
        rivals.write_ndjson(path, traces)
    said = rivals.tumen(*files)
    wrong = [f"{p.a.target} flow {p.a.flow}: {said.get((p.a.id, p.b.id))}" for p in pairs
             if p.visible and said.get((p.a.id, p.b.id), ("", 0))[0] != "changed"]
    tap.ok(pairs and not wrong, f"a route that flaps is no balancer: {len(pairs)} pairs, all "
           f"flows at once, {len(wrong)} wrong", "\n".join(wrong[:SHOWN]))


def in_the_laboratory(tap, folder):
    import measured  # only where a laboratory is
    seen, asked, flows, differ = Table(), 0, 0, []
    for kind, before, after in measured.rounds(folder):
        both = list(measured.pairs_of(kind, (before, after)))
        ours = measured.tumen(before, after, both)
        others = measured.sc_tracediff(before, after)
        asked += len(both)
        for p in both:
            if p.a.key in ours and p.a.key in others:
                seen.add(p, ours[p.a.key], others[p.a.key])
        n, other = measured.disagreements(after)
        flows, differ = flows + n, differ + [(kind, *key) for key in other]
    tap.ok(flows > 0 and not differ, f"measured: scamper and tumen-probe saw {flows} flows on "
           "the same ways", differ[:SHOWN])
    seen.hold(tap, "measured", asked)


def part(tap, function):
    with tempfile.TemporaryDirectory() as folder:
        function(tap, folder)


def main():
    tap, reason = Tap(), missing()
    if not shutil.which(rivals.RIVAL):
        tap.skip("beside sc_tracediff", "scamper is not installed")
        return tap.end()
    part(tap, simulated)
    part(tap, flapping)
    if reason:
        tap.skip("beside sc_tracediff in the laboratory", reason)
        return tap.end()
    done = subprocess.run([LAB, "run", "--", sys.executable, os.path.realpath(__file__),
                           "inside", str(tap.count + 1)])
    return 1 if tap.failed else done.returncode


def inside(first):
    tap = Tap(first)
    part(tap, in_the_laboratory)
    return tap.end()


if __name__ == "__main__":
    sys.exit(inside(int(sys.argv[2])) if sys.argv[1:2] == ["inside"] else main())
