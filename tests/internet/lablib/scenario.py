# SPDX-License-Identifier: ISC
"""A scenario file: who carries which prefix, what fails, what is silent, what to expect."""
import fnmatch
import json
import os

from lablib import lines

ANSWERS = ("open", "closed", "reply", "unreachable", "silent")
FILTERED = ("udp", "icmp", "tcp")


class Scenario:
    """The state of the laboratory beside its topology; sets, so that switching is a difference."""

    def __init__(self, name):
        self.name = name
        self.announced = set()   # (prefix, neighbour AS)
        self.rejected = set()    # (network, prefix of the target that it believes nobody)
        self.links_down = set()  # frozenset of two nodes
        self.sessions_down = set()
        self.silent = set()      # nodes that send nothing of their own but routing protocols
        self.reply_out = set()   # routers that answer from the interface of the reply
        self.filters = []        # [node, drop|prohibit, [protocol...], rate or None]
        self.expects = []        # [vantage, prefix, carrier, entry or None]
        self.answers = []        # [vantage, address, protocol, port, answer, detail or None]
        self.traces = []         # [vantage, address, sees|misses, [address...]]

    def to_json(self):
        plain = dict(vars(self))
        for key in ("links_down", "sessions_down"):
            plain[key] = sorted(sorted(pair) for pair in plain[key])
        for key in ("announced", "rejected", "silent", "reply_out"):
            plain[key] = sorted(plain[key])
        return json.dumps(plain, indent=1)

    @staticmethod
    def from_json(text):
        scenario = Scenario("")
        vars(scenario).update(json.loads(text))
        for key in ("links_down", "sessions_down"):
            setattr(scenario, key, {frozenset(p) for p in getattr(scenario, key)})
        scenario.announced = {tuple(a) for a in scenario.announced}
        scenario.rejected = {tuple(r) for r in scenario.rejected}
        scenario.silent = set(scenario.silent)
        scenario.reply_out = set(scenario.reply_out)
        return scenario


class Reader:
    """Turns the lines of a scenario file, and of a command, into changes of a Scenario."""

    def __init__(self, topology, scenario):
        self.topo = topology
        self.to = scenario

    def take(self, line):
        reader = getattr(self, "_" + line.verb, None)
        if not reader:
            raise line.bad("unknown word at the start of a line")
        reader(line)

    def _like(self, line):
        """Everything of another scenario but what it expects."""
        line.shape(1, 1, "SCENARIO")
        other = load(self.topo, line.words[0])
        for key in ("name", "expects", "answers", "traces"):
            setattr(other, key, getattr(self.to, key))
        vars(self.to).update(vars(other))

    def _announce(self, line):
        self.to.announced |= self._routes(line)

    def _withdraw(self, line):
        self.to.announced -= self._routes(line)

    def _routes(self, line):
        line.shape(1, 3, "PREFIX|* [via ASN|ROUTER]")
        via = self._neighbours(line)
        return {(prefix, asn) for prefix in self._prefixes(line, line.words[0]) for asn in via}

    def _reject(self, line):
        self.to.rejected |= self._believes(line)

    def _accept(self, line):
        self.to.rejected -= self._believes(line)

    def _believes(self, line):
        line.shape(2, 2, "ASN PREFIX|*")
        asn = line.one_of(line.asn(line.words[0]), set(self.topo.ases), "network")
        return {(asn, prefix) for prefix in self._prefixes(line, line.words[1])}

    def _prefixes(self, line, word):
        """The target's own that 'PREFIX|*' means."""
        own = self.topo.prefixes()
        if word != "*":
            own = [line.one_of(line.net(word), own, "prefix of the target")]
        return [str(prefix) for prefix in own]

    def _neighbours(self, line):
        """The neighbour ASes of the target that 'via WORD' means; without via, all."""
        target = self.topo.target
        pairs = [(a, b) if self.topo.asn(a.node) == target else (b, a)
                 for a, b in self.topo.ebgp()
                 if target in (self.topo.asn(a.node), self.topo.asn(b.node))]
        if len(line.words) == 1:
            return {self.topo.asn(b.node) for a, b in pairs}
        line.shape(3, 3, "PREFIX|* [via ASN|ROUTER]")
        line.one_of(line.words[1], ["via"], "word")
        word = line.words[2]
        found = {self.topo.asn(b.node) for a, b in pairs
                 if word in (a.node, b.node, str(self.topo.asn(b.node)))}
        if not found:
            raise line.bad(f"'{word}' is neither a neighbour of AS{target} nor a router there")
        return found

    def _link(self, line):
        self._switch(line, self.to.links_down, self.topo.link)

    def _session(self, line):
        known = {frozenset((a.node, b.node)) for a, b in self.topo.ebgp()}
        self._switch(line, self.to.sessions_down, lambda a, b: frozenset((a, b)) in known)

    def _switch(self, line, down, exists):
        line.shape(3, 3, "LEFT RIGHT up|down")
        a, b, state = line.words
        line.one_of(state, ["up", "down"], "state")
        if not exists(a, b):
            raise line.bad(f"there is no {line.verb} between '{a}' and '{b}'")
        (down.add if state == "down" else down.discard)(frozenset((a, b)))

    def _silent(self, line):
        self.to.silent |= self._nodes(line)

    def _loud(self, line):
        self.to.silent -= self._nodes(line)

    def _reply(self, line):
        self.to.reply_out |= self._nodes(line)

    def _filter(self, line):
        line.shape(3, 6, "NODE drop|prohibit PROTOCOL... [rate N]")
        self._named(line, line.words[0])
        line.one_of(line.words[1], ["drop", "prohibit"], "action")
        words, rate = line.words[2:], None
        if "rate" in words:
            rate = line.number(words[-1], 1, 1000, "rate")
            words = words[:words.index("rate")]
        for word in words:
            line.one_of(word, FILTERED, "protocol")
        self.to.filters.append([line.words[0], line.words[1], words, rate])

    def _expect(self, line):
        line.shape(3, 5, "VANTAGE|* PREFIX|* CARRIER [entry ASN]")
        entry = None
        if len(line.words) > 3:
            line.shape(5, 5, "VANTAGE|* PREFIX|* CARRIER entry ASN")
            line.one_of(line.words[3], ["entry"], "word")
            entry = line.asn(line.words[4])
        for vantage in self._vantages(line):
            for prefix in self._prefixes(line, line.words[1]):
                self.to.expects.append([vantage, prefix, line.words[2], entry])

    def _answer(self, line):
        line.shape(5, 6, f"VANTAGE ADDRESS udp|icmp|tcp PORT {'|'.join(ANSWERS)} [TYPE/CODE]")
        line.one_of(line.words[2], FILTERED, "protocol")
        port = line.number(line.words[3], 0, 65535, "port")
        line.one_of(line.words[4], ANSWERS, "answer")
        detail = line.words[5] if len(line.words) > 5 else None
        for vantage in self._vantages(line):
            self.to.answers.append([vantage, line.addr(line.words[1]), line.words[2], port,
                                    line.words[4], detail])

    def _trace(self, line):
        line.shape(4, 99, "VANTAGE ADDRESS sees|misses ADDRESS...")
        line.one_of(line.words[2], ["sees", "misses"], "word")
        hops = [line.addr(w) for w in line.words[3:]]
        for vantage in self._vantages(line):
            self.to.traces.append([vantage, line.addr(line.words[1]), line.words[2], hops])

    def _vantages(self, line):
        known = [v.name for v in self.topo.of_kind("vantage")]
        if line.words[0] == "*":
            return known
        return [line.one_of(line.words[0], known, "vantage")]

    def _nodes(self, line):
        line.shape(1, 99, "NODE... (* and ? match)")
        return {name for word in line.words for name in self._named(line, word)}

    def _named(self, line, word):
        found = fnmatch.filter(self.topo.nodes, word)
        if not found:
            raise line.bad(f"no router, host or vantage is called '{word}'")
        return found


def folder():
    return os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "scenarios")


def load(topology, name):
    """The scenario of that name, or of that file when there is a / in it."""
    path = name if "/" in name else os.path.join(folder(), name)
    if not os.path.isfile(path):
        raise lines.BadLine(f"there is no scenario '{name}', known: "
                            + " ".join(sorted(os.listdir(folder()))))
    scenario = Scenario(os.path.basename(path))
    reader = Reader(topology, scenario)
    for line in lines.read(path):
        reader.take(line)
    return scenario
