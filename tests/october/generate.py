#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Writes the world of a seed as collectors would have: tables and updates, plain MRT.

    generate.py [--seed N] [--noise N] DIR     DIR/rrc05/..., DIR/route-views4/...

--noise: so many messages about other prefixes.
"""
import argparse
import ipaddress
import pathlib
import random
import time

from world import BEGIN, END, FILE_US, PREFIXES, TABLES, US, World, bgp, stamp

MICROSECONDS = {"rrc05": True, "route-views4": False}
IDLE, ESTABLISHED = 1, 6
TABLE = {"rrc05": "bview", "route-views4": "rib"}
# Beside the four, and an older one of North Korea's: of nobody's interest here.
NEAR = ["175.45.160.0/20", "175.45.180.0/22", "175.45.175.0/24", "210.52.109.0/24"]


def others(rng, n):
    """Prefixes that have nothing to do with 175.45.176.0/22."""
    kept, own = list(NEAR), ipaddress.ip_network("175.45.176.0/22")
    while len(kept) < n:
        bits = rng.randint(9, 24)
        net = ipaddress.ip_network((rng.randint(1 << 24, 223 << 24), bits), strict=False)
        if not net.overlaps(own):
            kept.append(str(net))
    return kept


def stamped(peer, at):
    return at if MICROSECONDS[peer.collector] else at // US * US


def told(peer, at, prefixes, path):
    """path None: they are withdrawn."""
    et = MICROSECONDS[peer.collector]
    if path is None:
        return peer.update(at, withdrawn=prefixes, et=et)
    return peer.update(at, announced=prefixes, path=text(path), et=et)


def text(path):
    return " ".join(map(str, path))


def news(peer):
    """What a peer tells of the four, and its session: (us, order, record)."""
    out, et = [], MICROSECONDS[peer.collector]
    for prefix, routes in peer.told.items():
        for at, path in routes:
            if at >= stamp(BEGIN) and not peer.is_down(at):
                at = stamped(peer, at)
                out.append((at, 1, told(peer, at, [prefix], path)))
    for begin, end in peer.down:
        begin, end = stamped(peer, begin), stamped(peer, end)
        out.append((begin, 0, peer.state(begin, ESTABLISHED, IDLE, et=et)))
        out.append((end, 0, peer.state(end, IDLE, ESTABLISHED, et=et)))
        for prefix in PREFIXES:
            path = peer.last(prefix, end + 1)
            if path:
                out.append((end, 0, told(peer, end, [prefix], path)))
    return out


def noise(world, n, prefixes):
    rng, first, last = random.Random(world.rng.random()), stamp(BEGIN), stamp(END)
    for _ in range(n):
        peer = rng.choice(world.peers)
        at = rng.randrange(first, last)
        if peer.is_down(at):
            continue
        path = [peer.asn] + [rng.randint(1, 400000) for _ in range(rng.randint(1, 6))]
        some, at = rng.sample(prefixes, rng.randint(1, 8)), stamped(peer, at)
        yield peer.collector, at, told(peer, at, some, None if rng.random() < 0.2 else path)


def table(world, collector, at, prefixes):
    peers = [p for p in world.peers if p.collector == collector and not p.is_down(at)]
    rng = random.Random(at)
    routes = [(prefix, [(i, [p.asn, rng.randint(1, 400000)]) for i, p in enumerate(peers)])
              for prefix in prefixes[:200]]
    for prefix in PREFIXES:
        have = [(i, p.last(prefix, at)) for i, p in enumerate(peers)]
        routes.append((prefix, [(i, path) for i, path in have if path]))
    routes.sort(key=lambda r: ipaddress.ip_network(r[0]))
    return bgp.index(at, peers) + b"".join(
        bgp.rib(at, prefix, [(i, text(path), 0) for i, path in entries])
        for prefix, entries in routes)


def name(kind, at):
    return f"{kind}.{time.strftime('%Y%m%d.%H%M', time.gmtime(at // US))}"


def generate(folder, seed, messages):
    world = World(seed)
    prefixes = others(world.rng, 2000)
    records = {collector: [] for collector in MICROSECONDS}
    for peer in world.peers:
        records[peer.collector] += news(peer)
    for collector, at, record in noise(world, messages, prefixes):
        records[collector].append((at, 2, record))
    for collector, rows in records.items():
        where = folder / collector
        where.mkdir(parents=True)
        for moment in TABLES:
            (where / name(TABLE[collector], stamp(moment))).write_bytes(
                table(world, collector, stamp(moment), prefixes))
        files = {}
        for at, _, record in sorted(rows, key=lambda r: r[:2]):
            files.setdefault(at // FILE_US * FILE_US, []).append(record)
        for at, content in files.items():
            (where / name("updates", at)).write_bytes(b"".join(content))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--noise", type=int, default=20000)
    parser.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()
    generate(options.folder, options.seed, options.noise)


if __name__ == "__main__":
    main()
