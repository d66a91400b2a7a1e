# SPDX-License-Identifier: ISC
"""Pairs of traces that scamper and tumen-probe measured in the laboratory: the same
flows of the same vantages, before and after something changed there. What is true
is walked over the kernels' routes. Runs inside `lab run`."""
import dataclasses
import json
import os
import subprocess
import time

import pairs
import rivals
from lablib import kernel, netns, truth
from lablib.running import Running
from lablib.tap import LAB

PROBE = os.path.realpath(os.environ.get("TUMEN_PROBE", "build/tumen-probe"))
VANTAGES, FLOWS = ("sel", "fra", "mow"), 8
FIRST_PORT, DPORT = 24576, 33434
LIMIT_S = 60
ROUNDS = (  # what it is, and the commands of the laboratory that make it so
    ("silence", ("loud sj1 sj2 sj3",)),
    ("nothing", ()),
    ("hop of a balancer", ("link cu3 cu5 down",)),
    ("balancer, narrower", ("link cu5 cu6 down",)),
    ("AS", ("announce 175.45.176.0/24 via 20485", "withdraw 175.45.176.0/24 via 134544")),
    ("detour", ("link lv2 tt1 down",)),
    ("end, refused", ("filter sj-ttk prohibit udp",)),
    ("silence at the end", ("silent sj-* sj? kp*",)),
)


@dataclasses.dataclass
class Measured:
    """What a record shows of a trace, up to the target's first answer."""
    id: str
    vantage: str
    target: str
    flow: int
    hops: list  # for each TTL from 1 who answered first, or None
    refused: int = 0  # the TTL where a router said unreachable

    @property
    def probed(self):
        return len(self.hops)

    def first(self, ttl):
        return self.hops[ttl - 1] if ttl <= len(self.hops) else None

    def shown(self):
        return {(ttl, addr) for ttl, addr in enumerate(self.hops, 1) if addr}

    @property
    def key(self):
        return self.vantage, self.flow, self.target


def lab(*words):
    return subprocess.run([LAB, *words], capture_output=True, text=True, check=True).stdout


def of_tumen(record):
    answers = {}
    for hop in record["hops"]:
        answers[hop["ttl"]] = next((p["addr"] for p in hop["probes"] if p["addr"]), None)
    hops = [answers.get(ttl) for ttl in range(1, max(answers) + 1)]
    if record["target"] in hops:
        hops = hops[:hops.index(record["target"]) + 1]
    last = max((ttl for ttl, addr in answers.items() if addr), default=0)
    return Measured(record["id"], record["vantage"], record["target"], record["flow"], hops,
                    last if record["stop"] == "unreachable" else 0)


def of_scamper(vantage, record):
    hops = [None] * record["hop_count"]
    for hop in reversed(record.get("hops", [])):
        hops[hop["probe_ttl"] - 1] = hop["addr"]
    return Measured("", vantage, record["dst"], record["userid"], hops)


def together(commands):
    """Runs (vantage, path of its output, command) at once, each at its vantage."""
    running = []
    for vantage, path, command in commands:
        with open(path, "wb") as out, netns.inside(vantage):
            running.append(subprocess.Popen(command, stdout=out))
    end = time.monotonic() + LIMIT_S
    for process in running:
        if process.wait(timeout=max(0, end - time.monotonic())) != 0:
            raise ChildProcessError(f"{process.args}: {process.returncode}")


class State:
    """The files of one moment, and what was true then."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        os.mkdir(f"{folder}/{name}")
        self.kernels = kernel.Kernels(list(Running().topo.nodes))
        self.walked = {(row["vantage"], row["target"]): row["routers"] + row["lost"]
                       for row in truth.truth(Running().topo, self.kernels)}
        self.measure([line.split()[0] for line in lab("targets").splitlines()])

    def path(self, *what):
        return os.path.join(self.folder, self.name, ".".join(map(str, what)))

    def measure(self, targets):
        """First scamper, a process for each flow, as it sends several flows to one
        target one after the other; then tumen-probe, from the same ports."""
        together((v, self.path(v, flow, "log"),
                  ["scamper", "-O", "warts", "-o", self.path(v, flow, "warts"), "-p", "1000", "-c",
                   f"trace -P udp-paris -s {FIRST_PORT + flow} -d {DPORT} -U {flow} -w 1 -q 1 -g 5",
                   "-i", *targets]) for v in VANTAGES for flow in range(FLOWS))
        together((v, self.path(v, "ndjson"),
                  [PROBE, "trace", "--json", "--vantage", v, "--flows", str(FLOWS),
                   "--rate", "2000", "--burst", "100", "--target-rate", "2000",
                   "--responder-rate", "2000", "--wait", "500", *targets]) for v in VANTAGES)

    def files(self):
        return [self.path(v, "ndjson") for v in VANTAGES]

    def ours(self):
        """{(vantage, flow, target): trace}"""
        found = {}
        for path in self.files():
            with open(path, encoding="utf-8") as file:
                for t in map(of_tumen, map(json.loads, file)):
                    found[t.key] = t
        return found

    def theirs(self):
        found = {}
        for v in VANTAGES:
            paths = [self.path(v, flow, "warts") for flow in range(FLOWS)]
            done = subprocess.run(["sc_warts2json", *paths], capture_output=True, check=True)
            for record in map(json.loads, done.stdout.splitlines()):
                if record["type"] == "trace":
                    t = of_scamper(v, record)
                    found[t.key] = t
        return found

    def nodes(self, trace, ttl):
        """Who may stand at a TTL, by the kernels' routes."""
        return {path[ttl] for path in self.walked[trace.vantage, trace.target]
                if ttl < len(path)}


def one_place(a, states):
    """Whether the routers with these addresses may stand there before and after."""
    def same(ttl, addrs):
        nodes = {states[0].kernels.owner.get(addr) for addr in addrs}
        return all(nodes <= state.nodes(a, ttl) for state in states)
    return same


def pairs_of(kind, states):
    """The pairs of two states, by tumen's records."""
    before, after = (state.ours() for state in states)
    shown = {}
    for side, traces in enumerate((before, after)):
        for t in traces.values():
            shown.setdefault((t.vantage, t.target), (set(), set()))[side].update(t.shown())
    for key, a in before.items():
        b = after[key]
        visible, told = pairs.seen((a, b), one_place(a, states), shown[a.vantage, a.target])
        yield pairs.Pair(kind, a, b, visible, visible, told)


def disagreements(state):
    """How many flows there are, and those that the two probers saw on different ways."""
    ours, theirs = state.ours(), state.theirs()
    wrong = [key for key in ours.keys() | theirs.keys()
             if key not in ours or key not in theirs
             or any(None not in both and both[0] != both[1]
                    for both in zip(ours[key].hops, theirs[key].hops))]
    return len(ours), wrong


def rounds(folder):
    """(kind, before, after) of every round; the laboratory changes in between."""
    before = State(folder, "base")
    for kind, commands in ROUNDS:
        for command in commands:
            lab(*command.split())
        after = State(folder, kind.replace(" ", "-"))
        yield kind, before, after
        before = after


def sc_tracediff(before, after):
    """{(vantage, flow, target): (changed, ttl)}"""
    keys = [(v, flow) for v in VANTAGES for flow in range(FLOWS)]
    said = rivals.at_once(rivals.sc_tracediff,
                          [(before.path(*key, "warts"), after.path(*key, "warts"))
                           for key in keys])
    return {(*key, target): answer
            for key, answers in zip(keys, said) for target, answer in answers.items()}


def tumen(before, after, pairs_of_both):
    """{(vantage, flow, target): (class, ttl)}"""
    said = {}
    for a, b in zip(before.files(), after.files()):
        said.update(rivals.tumen(a, b))
    return {p.a.key: said[p.a.id, p.b.id] for p in pairs_of_both if (p.a.id, p.b.id) in said}
