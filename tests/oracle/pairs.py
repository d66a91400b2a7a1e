# SPDX-License-Identifier: ISC
"""Pairs of traces of one flow, before and after, of which all is known. A way is a
row of stages; a stage is one router, or those that a balancer spreads flows or
packets over. Several flows go each way, so that a balancer shows itself."""
import dataclasses
import socket
import struct

import traced

FIRST_AS, BLOCK = 100000, 20 << 24  # AS 100000 + n has 20.0.0.0/24 + n
START_US = 1767225600 * 10**6
HOUR_US = 3600 * 10**6
LATER_US = 6 * HOUR_US
FLOWS = 12
LOSS_MAX = 0.2
WAIT_US = 2000000
FLOW, PACKET = "flow", "packet"
UNREACHABLE, PORT, HOST, PROHIBITED = 3, 3, 1, 13


def hashed(flow, salt, n):
    return (flow * 2654435761 + salt * 40503 >> 7) % n


@dataclasses.dataclass(slots=True)
class Stage:
    asn: int
    routers: tuple
    rtt_us: int
    spread: str = FLOW
    salt: int = 0
    answers: float = 1.0  # how likely a router answers a probe

    def router(self, rng, flow):
        if len(self.routers) == 1:
            return self.routers[0]
        if self.spread == PACKET:
            return rng.choice(self.routers)
        return self.routers[hashed(flow, self.salt, len(self.routers))]


@dataclasses.dataclass(slots=True)
class Way:
    """What a packet meets; the last stage is the target. end: None, or who
    refuses (a code of ICMP type 3), or "dark"; then the stages end before it.
    by_pass: (where, how many stages, salt): a balancer sends half of the flows past
    these."""
    stages: list
    target: Stage
    end: object = None
    by_pass: tuple = None

    def rows(self):
        """The stages that flows go by, one or two rows."""
        if not self.by_pass:
            return [self.stages]
        at, n, _ = self.by_pass
        return [self.stages, self.stages[:at] + self.stages[at + n:]]

    def row(self, flow):
        rows = self.rows()
        return rows[hashed(flow, self.by_pass[2], 2)] if self.by_pass else rows[0]

    def met(self, row, ttl):
        """The stage at a TTL and what it answers; None: nobody is there."""
        if ttl <= len(row):
            return row[ttl - 1], (11, 0)
        if self.end is None:
            return self.target, (UNREACHABLE, PORT)
        if self.end == "dark":
            return None, None
        return row[-1], (UNREACHABLE, self.end)

    def places(self, ttl):
        """All that may answer at a TTL, whatever the flow."""
        return {(addr, what) for stage, what in (self.met(row, ttl) for row in self.rows())
                if stage for addr in stage.routers}


@dataclasses.dataclass(slots=True)
class Weather:
    loss: float = 0.0
    late: float = 0.0
    repeated: float = 0.0


CALM = Weather()


@dataclasses.dataclass(slots=True)
class Pair:
    kind: str
    a: object       # traced.Trace, or what is like one
    b: object
    first: int      # the first TTL where the way is another; 0: it is the same
    visible: int    # the first that shows it; 0: none
    told: bool      # other flows show all that balancers did to this one


class World:
    """Makes networks, ways and traces; all by one random source."""

    def __init__(self, rng):
        self.rng, self.ases, self.seq = rng, 0, 0

    def routes(self):
        """`prefix ASN` of every AS so far."""
        return [f"{quad(BLOCK + (n << 8))}/24 {FIRST_AS + n}" for n in range(self.ases)]

    def network(self):
        """A new AS: its number and an endless row of its addresses."""
        self.ases += 1
        block = BLOCK + (self.ases - 1 << 8)
        return FIRST_AS + self.ases - 1, map(quad, self.rng.sample(range(block + 1, block + 255), 254))

    def stretch(self, n, rtt_us, asn=None):
        """n routers one behind the other, in one new AS."""
        number, addrs = self.network()
        return [Stage(asn or number, (next(addrs),), rtt_us + 700 * i) for i in range(n)]

    def way(self):
        """From the vantage to a target, in 4 to 7 ASes."""
        stages = []
        for _ in range(self.rng.randint(3, 6)):
            stages += self.stretch(self.rng.randint(1, 4), 1000 + 3000 * len(stages))
        last = self.stretch(2, 1000 + 3000 * len(stages))
        return Way(stages + last[:1], last[1])

    def balance(self, way, spread, length=1):
        """One place of the way becomes a balancer's branches of some length."""
        rng = self.rng
        at = rng.randrange(1, len(way.stages) - length)
        width, salt = rng.randint(2, 4), rng.getrandbits(32)
        for stage in way.stages[at:at + length]:
            _, addrs = self.network()
            stage.routers = tuple(next(addrs) for _ in range(width))
            stage.spread, stage.salt = spread, salt

    def trace(self, way, flow, start_us, weather):
        self.seq += 1
        prefix = way.target.routers[0].rsplit(".", 1)[0] + ".0/24"
        t = traced.Trace("sim", "192.0.2.10", way.target.routers[0], prefix, flow, self.seq,
                         start_us, [])
        now = start_us
        while t.stop == "gap" and len(t.hops) < traced.MAX_TTL and not silent(t.hops, t.gap):
            hop, now = self.hop(way, t, now, weather)
            t.hops.append(hop)
        if silent(t.hops, t.gap) and way.end is None:
            t.beyond, _ = self.hop(way, t, now, CALM, traced.MAX_TTL)
            t.stop = "gap"
        return t

    def hop(self, way, t, now, weather, ttl=None):
        """Attempts until one is answered in time."""
        hop, (stage, what) = [], way.met(way.row(t.flow), ttl or len(t.hops) + 1)
        for attempt in range(1, t.attempts + 1):
            addr = self.answer(stage, t.flow, weather)
            now += 5000
            if addr is None:
                hop.append(traced.Silence(attempt, now))
                now += WAIT_US
                continue
            hop += self.replies(traced.Reply(
                attempt, now, stage.rtt_us + self.rng.randrange(1500), addr,
                64 - len(t.hops), *what, self.rng.getrandbits(16)), weather)
            if what[0] == UNREACHABLE:
                t.stop = "reached" if what[1] == PORT else "unreachable"
            if not hop[-1].late:
                break
        return hop, now

    def answer(self, stage, flow, weather):
        rng = self.rng
        if stage is None or rng.random() >= stage.answers or rng.random() < weather.loss:
            return None
        return stage.router(rng, flow)

    def replies(self, reply, weather):
        rng = self.rng
        if rng.random() < weather.late:
            reply.late, reply.rtt_us = True, WAIT_US + rng.randrange(WAIT_US)
        if rng.random() >= weather.repeated:
            return [reply]
        again = dataclasses.replace(reply, reply_no=1, rtt_us=reply.rtt_us + 900)
        return [reply, again]


def quad(addr):
    return socket.inet_ntoa(struct.pack("!I", addr))


def silent(hops, n):
    """Whether the last n TTLs were."""
    return len(hops) >= n and not any(
        isinstance(p, traced.Reply) for hop in hops[-n:] for p in hop)


# --- what happens between before and after ------------------------------------------

def copied(way):
    return dataclasses.replace(way, stages=[dataclasses.replace(s) for s in way.stages])


def unchanged(world, way):
    return copied(way)


def limited(world, way):
    """Some routers answer rarely, some never."""
    for stage in way.stages:
        stage.answers = world.rng.choice((1.0, 1.0, 1.0, 0.3, 0.0))
    return copied(way)


def long_silence(world, way):
    """Four silent routers before the target: with a loss, the gap limit of five."""
    way.stages += world.stretch(4, way.target.rtt_us)
    for stage in way.stages[-4:]:
        stage.answers = 0.0
    return copied(way)


def by_flow(world, way):
    world.balance(way, FLOW)
    world.balance(way, FLOW, 2)
    return copied(way)


def by_packet(world, way):
    world.balance(way, PACKET)
    return copied(way)


def new_hash(world, way):
    """The balancers spread the same flows otherwise, as after a restart."""
    by_flow(world, way)
    after = copied(way)
    for stage in after.stages:
        stage.salt += 1
    return after


def unequal(world, way):
    """The same with a balancer whose branches are not of one length."""
    n = world.rng.randint(1, 2)
    at = world.rng.randrange(1, len(way.stages) - n)
    after = copied(way)
    way.by_pass = (at, n, 0)
    after.by_pass = (at, n, 3)
    return after


def round_trip(world, way):
    after = copied(way)
    for stage in after.stages[len(after.stages) // 2:]:
        stage.rtt_us += 40000
    after.target = dataclasses.replace(way.target, rtt_us=way.target.rtt_us + 40000)
    return after


def around(world, way):
    """Balancers and silence elsewhere, which a change has to be told from."""
    rng = world.rng
    if rng.random() < 0.4:
        world.balance(way, FLOW)
    if rng.random() < 0.3:
        world.balance(way, PACKET)
    if rng.random() < 0.3:
        rng.choice(way.stages).answers = 0.0


def replaced(world, way, new_of_old, least=1, most=3):
    """Another row of stages in place of some; new_of_old says how many."""
    rng = world.rng
    around(world, way)
    old = rng.randint(least, min(most, len(way.stages) - 2))
    at = rng.randrange(1, len(way.stages) - old)
    after = copied(way)
    new = world.stretch(new_of_old(old), way.stages[at].rtt_us)
    for stage in new:
        stage.answers = rng.choice((1.0,) * 6 + (0.3, 0.0))
    after.stages[at:at + old] = new
    return after


def hop(world, way):
    return replaced(world, way, lambda old: old, 1, 1)


def longer(world, way):
    return replaced(world, way, lambda old: old + world.rng.randint(1, 3))


def shorter(world, way):
    return replaced(world, way, lambda old: world.rng.randrange(old))


def as_long(world, way):
    return replaced(world, way, lambda old: old, 2, 4)


def network(world, way):
    """All of one AS gives place to another, of any length."""
    rng = world.rng
    around(world, way)
    asn = rng.choice(sorted({s.asn for s in way.stages[1:-1]}))
    at = next(i for i, s in enumerate(way.stages) if s.asn == asn)
    after = copied(way)
    old = sum(s.asn == asn for s in way.stages)
    after.stages[at:at + old] = world.stretch(rng.randint(1, 4), way.stages[at].rtt_us)
    return after


def branch(world, way):
    """One router of a balancer gives place to another: the flows of the rest stay."""
    world.balance(way, FLOW)
    after = copied(way)
    stage = next(s for s in after.stages if len(s.routers) > 1)
    stage.routers = (world.stretch(1, 0)[0].routers[0],) + stage.routers[1:]
    return after


def ended(world, way, end):
    around(world, way)
    after = copied(way)
    del after.stages[world.rng.randrange(1, len(after.stages)):]
    after.end = end
    return after


def refused(world, way):
    return ended(world, way, world.rng.choice((HOST, PROHIBITED)))


def dark(world, way):
    return ended(world, way, "dark")


def in_silence(world, way):
    """One that never answers in place of another such."""
    at = world.rng.randrange(1, len(way.stages))
    way.stages[at].answers = 0.0
    after = copied(way)
    after.stages[at] = world.stretch(1, way.stages[at].rtt_us)[0]
    after.stages[at].answers = 0.0
    return after


STORM = Weather(late=0.01, repeated=0.02)
KINDS = (  # name, what happens, the weather; None: with loss
    ("unchanged", unchanged, CALM),
    ("unchanged, loss", unchanged, None),
    ("unchanged, limits", limited, STORM),
    ("unchanged, long silence", long_silence, None),
    ("balancing, by flow", by_flow, None),
    ("balancing, by packet", by_packet, None),
    ("balancing, new hash", new_hash, None),
    ("balancing, unequal", unequal, None),
    ("round trip", round_trip, None),
    ("hop", hop, None),
    ("hop of a balancer", branch, None),
    ("AS", network, None),
    ("detour, as long", as_long, None),
    ("detour, longer", longer, None),
    ("detour, shorter", shorter, None),
    ("end, refused", refused, None),
    ("end, dark", dark, None),
    ("hop in silence", in_silence, None),
)


# --- the truth -----------------------------------------------------------------------

def route(way, flow, ttl):
    """Who may answer this flow at a TTL, and what."""
    stage, what = way.met(way.row(flow), ttl)
    if stage is None:
        return set()
    if stage.spread == PACKET:
        return {(addr, what) for addr in stage.routers}
    return {(stage.router(None, flow), what)}


def one_balancer(ways):
    """Whether addresses at a TTL are what one balancer spreads flows over, before
    and after."""
    def same(ttl, addrs):
        return all(set(addrs) <= {addr for addr, _ in w.places(ttl)} for w in ways)
    return same


def first_other(ways, flow):
    """The first TTL where this flow's way is another; 0: none."""
    for ttl in range(1, max(len(w.stages) for w in ways) + 2):
        a, b = (route(w, flow, ttl) for w in ways)
        if a != b and not all(a | b <= w.places(ttl) for w in ways):
            return ttl
    return 0


def ends_short(traces):
    """One of two was refused: the first TTL behind it where the other shows that it
    went on; 0: none."""
    for one, other in (traces, traces[::-1]):
        if one.refused:
            behind = range(one.refused + 1, other.probed + 1)
            return next(filter(other.first, behind), 0)
    return 0


def seen(traces, same, shown):
    """What two traces show: the first TTL where they differ and no balancer did it,
    or 0; whether other flows show where one did. shown: {(ttl, address)} of all flows,
    before and after."""
    visible, told = ends_short(traces), True
    for ttl in range(1, min(t.probed for t in traces) + 1):
        addrs = [t.first(ttl) for t in traces]
        if None in addrs or addrs[0] == addrs[1]:
            continue
        if same(ttl, addrs):
            told = told and all((ttl, addr) in side for addr in addrs for side in shown)
        else:
            visible = min(visible or ttl, ttl)
    return visible, told


def all_shown(traces):
    return {(ttl, reply.addr) for t in traces for ttl, reply in t.replies()}


def scene(world, kind, happens, weather):
    """The pairs of all flows of one way."""
    rng, before = world.rng, world.way()
    after = happens(world, before)
    loss = 0.0 if weather is CALM else rng.uniform(0, LOSS_MAX)
    weather = dataclasses.replace(weather or CALM, loss=loss)
    sides = [[world.trace(way, flow, start + flow * 10**7, weather) for flow in range(FLOWS)]
             for way, start in ((before, START_US), (after, START_US + LATER_US))]
    shown, same = [all_shown(side) for side in sides], one_balancer((before, after))
    return [Pair(kind, a, b, first_other((before, after), a.flow),
                 *seen((a, b), same, shown)) for a, b in zip(*sides)]


def generate(rng, ways):
    """The world, and the pairs of so many ways of each kind."""
    world = World(rng)
    return world, [pair for kind, happens, weather in KINDS for _ in range(ways)
                   for pair in scene(world, kind, happens, weather)]


def flapping(rng, ways):
    """Routes that flap: all flows go by one way or by another AS's, a round of each.
    The traces before and after, and the pairs of each side's newest."""
    world, sides, found = World(rng), ([], []), []
    for _ in range(ways):
        one = world.way()
        other = network(world, one)
        rounds = [[world.trace(way, flow, START_US + n * HOUR_US + flow * 10**6, CALM)
                   for flow in range(FLOWS)]
                  for n, way in enumerate((one, other, one, one, other))]
        for n, traces in enumerate(rounds):
            sides[n >= 3].extend(traces)
        for a, b in zip(rounds[2], rounds[4]):
            found.append(Pair("route that flaps", a, b, first_other((one, other), a.flow),
                              *seen((a, b), one_balancer((one, other)), ())))
    return sides, found
