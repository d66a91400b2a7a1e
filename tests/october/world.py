# SPDX-License-Identifier: ISC
"""What the peers of two collectors were told on 1 and 2 October 2017, made from
facts.csv: a world with two upstreams of AS131279 and peers who hear of each
change late, explore longer paths, keep a route that got stuck, or lose their
session. Another seed is another world in which the facts are the same."""
import csv
import datetime
import ipaddress
import pathlib
import random
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "golden"))
import bgp  # noqa: E402

STARJV, UNICOM, TTK, US = 131279, 4837, 20485, 1_000_000
PREFIXES = [f"175.45.{n}.0/24" for n in range(176, 180)]
PEERS, SPREAD_S, EXPLORE_S = 14, 40, 25
BEGIN, END = "2017-10-01T00:00:00Z", "2017-10-02T12:00:00Z"
TABLES = [BEGIN, "2017-10-01T16:00:00Z", "2017-10-02T08:00:00Z"]
FILE_US = 900 * US


def stamp(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()) * US


def facts(name="facts.csv"):
    with open(HERE / name, encoding="ascii") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return [dict(row, at=stamp(row["from"]), to=stamp(row["to"]) if row["to"] else None)
                for row in rows]


def holds(row, prefix):
    return ipaddress.ip_network(prefix).subnet_of(ipaddress.ip_network(row["prefix"]))


class Peer(bgp.Peer):
    def __init__(self, number, rng):
        self.number = number
        # RIPE RIS stamps microseconds, RouteViews seconds; one peer speaks IPv6.
        self.collector = "rrc05" if number % 3 else "route-views4"
        super().__init__("2001:db8::4" if number == 4 else f"192.0.2.{10 + number}",
                         3000 + 17 * number)
        self.transit = rng.sample(range(6000, 9000), rng.randint(0, 2))
        self.prefers_ttk = self.stuck = self.flaps = False
        self.told = {p: [] for p in PREFIXES}  # prefix -> [(us, path or None)], by time
        self.down = []                         # [(from us, to us)]

    def path(self, upstream, longer=0):
        return [self.asn, *self.transit, *([upstream] * (1 + longer)), STARJV]

    def tell(self, at_us, prefix, path):
        self.told[prefix].append((at_us, path))

    def last(self, prefix, at_us):
        """The route just before a time."""
        return next((p for t, p in reversed(self.told[prefix]) if t < at_us), None)

    def is_down(self, at_us):
        return any(begin <= at_us < end for begin, end in self.down)


class World:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.facts = facts()
        self.peers = [Peer(i, self.rng) for i in range(PEERS)]
        odd = self.rng.sample(self.peers, 2)
        odd[0].stuck, odd[1].flaps = True, True
        self.plain = [p for p in self.peers if p not in odd]
        for peer in self.rng.sample(self.plain, self.rng.randint(3, 8)):
            peer.prefers_ttk = True
        odd[0].prefers_ttk = True
        for prefix in PREFIXES:
            self.live(prefix)
        self.lose_sessions(odd[1])

    def turns(self, prefix):
        """When what can be had changes: (us, TTK is there, Unicom is there, for how long)."""
        rows = [r for r in self.facts if holds(r, prefix)]
        ttk = [r for r in rows if r["what"] == "ttk"]
        out = [r for r in rows if r["what"] == "outage"]
        times = sorted({t for r in ttk + out for t in (r["at"], r["to"]) if t})

        def during(rs, t):
            return any(r["at"] <= t and (r["to"] is None or t < r["to"]) for r in rs)
        ends = times[1:] + [stamp(END)]
        return [(t, during(ttk, t) and not during(out, t), not during(out, t), end - t)
                for t, end in zip(times, ends)]

    def live(self, prefix):
        for peer in self.peers:
            peer.tell(stamp(BEGIN) - 3600 * US, prefix, peer.path(UNICOM))
        for at, ttk, unicom, lasts in self.turns(prefix):
            self.turn(prefix, at, (ttk, unicom), lasts)
        self.shake(prefix)
        for peer in self.peers:
            peer.told[prefix].sort(key=lambda told: told[0])

    def turn(self, prefix, at, there, lasts):
        ttk, unicom = there
        moves = []
        for peer in self.peers:
            want = TTK if ttk and peer.prefers_ttk else UNICOM if unicom else None
            path = peer.path(want) if want else None
            old = peer.last(prefix, at)
            if path != old and not (peer.stuck and self.sticks(prefix, old, path)):
                moves.append((peer, path))
        # Somebody hears of it first: that is the time that is published.
        first = self.rng.choice([peer for peer, _ in moves if peer in self.plain])
        for peer, path in moves:
            if peer is first:
                peer.tell(at, prefix, path)
            else:
                self.move(peer, prefix, at, path, lasts)

    @staticmethod
    def sticks(prefix, old, path):
        """It misses every withdrawal, and of one prefix all that comes after TTK."""
        return path is None or (prefix == PREFIXES[2] and TTK in old)

    def move(self, peer, prefix, at, path, lasts):
        old = peer.last(prefix, at)
        explores = self.rng.random() < 0.4 and lasts > (SPREAD_S + EXPLORE_S) * US
        at += self.rng.randint(0, (SPREAD_S - 2) * US)
        if path is None and explores:
            upstream = TTK if TTK in old else UNICOM
            peer.tell(at, prefix, peer.path(upstream, longer=2))
            at += self.rng.randint(3 * US, EXPLORE_S * US)
        elif path and old and explores and self.rng.random() < 0.3:
            peer.tell(at, prefix, None)
            at += self.rng.randint(US, 6 * US)
        peer.tell(at, prefix, path)

    def shake(self, prefix):
        """Paths that get longer and shorter over the same upstream, while it is unstable."""
        row = next(r for r in self.facts if r["what"] == "unstable")
        calm = [(t - 5 * US, t + 90 * US) for t, *_ in self.turns(prefix)]
        for peer in self.peers:
            at = row["at"]
            while (at := at + self.rng.randint(60 * US, 400 * US)) < row["to"]:
                now = peer.last(prefix, at)
                if now and not any(a <= at < b for a, b in calm):
                    peer.told[prefix].append((at, peer.path(now[-2], self.rng.randint(0, 3))))
                    peer.told[prefix].sort(key=lambda told: told[0])

    def lose_sessions(self, peer):
        at = stamp(BEGIN) + 900 * US
        while (at := at + self.rng.randint(600 * US, 5400 * US)) < stamp(END) - 3600 * US:
            back = at + self.rng.randint(2 * US, 300 * US)
            if not any(at - 30 * US <= stamp(t) < back + 30 * US for t in TABLES):
                peer.down.append((at, back))
            at = back
