# SPDX-License-Identifier: ISC
"""Waits until the routing protocols have nothing more to say."""
import json
import time

from lablib import apply, bird, birdconf, kernel

TIMEOUT_S = 30
POLL_S = 0.15
EQUAL_READINGS = 3


def wait(topo, scenario):
    """Returns once every session is up and three readings of all kernels are the same."""
    end = time.monotonic() + TIMEOUT_S
    pending = _expected(topo, scenario)
    before, equal = None, 0
    while equal < EQUAL_READINGS:
        if time.monotonic() > end:
            raise TimeoutError(f"not converged in {TIMEOUT_S} s: "
                               + (", ".join(sorted(pending)[:5]) or "the routes keep changing"))
        time.sleep(POLL_S)
        pending = {name: want for name, want in pending.items() if not _settled(name, want)}
        if pending:
            continue
        now = kernel.raw_routes([n.name for n in topo.routers()])
        complete = not _igp_missing(topo, scenario, now)
        equal = equal + 1 if complete and now == before else int(complete)
        before = now


def _expected(topo, scenario):
    """Node -> (BGP protocols that must be Established, those that must not)."""
    want = {n.name: (set(), set()) for n in apply.speakers(topo)}
    for a, b in topo.ebgp():
        pair = frozenset((a.node, b.node))
        gone = pair in scenario.links_down or pair in scenario.sessions_down
        # on an exchange, a member's own cable can be down
        gone |= any(frozenset((p.node, p.name)) in scenario.links_down for p in (a, b))
        want[a.node][gone].add(birdconf.protocol(b.node))
        want[b.node][gone].add(birdconf.protocol(a.node))
    for name, loopbacks in _igp(topo, scenario).items():
        for other in loopbacks:
            want[name][0].add(birdconf.protocol(other))
    return want


def _settled(name, want):
    up, down = want
    try:
        states = bird.sessions(name)
        return (all(states.get(p) == "Established" for p in up)
                and not any(states.get(p) == "Established" for p in down))
    except OSError:
        return False  # still starting


def _igp(topo, scenario):
    """Router -> {router of the same network: the neighbours a shortest path may start with}."""
    edges = {n.name: [] for n in topo.routers()}
    for link in topo.links:
        if link.kind == "core" and frozenset((link.a.node, link.b.node)) not in scenario.links_down:
            edges[link.a.node].append((link.b.node, link.cost))
            edges[link.b.node].append((link.a.node, link.cost))
    cost = {name: _distances(edges, name) for name in edges}
    return {a: {b: {n for n, step in edges[a] if b in cost[n] and step + cost[n][b] == total}
                for b, total in cost[a].items() if b != a} for a in edges}


def _distances(edges, start):
    cost, todo = {start: 0}, [start]
    while todo:
        node = todo.pop(0)
        for other, step in edges[node]:
            if cost[node] + step < cost.get(other, 1 << 30):
                cost[other] = cost[node] + step
                todo.append(other)
    return cost


def _igp_missing(topo, scenario, raw):
    """True while a loopback is not reached over exactly the shortest paths' first links."""
    for name, loopbacks in _igp(topo, scenario).items():
        if not loopbacks:
            continue
        have = {route["dst"]: {hop["dev"] for hop in route.get("nexthops", [route])}
                for route in json.loads(raw[name]) if route.get("type", "unicast") == "unicast"}
        for other, neighbours in loopbacks.items():
            if have.get(topo.nodes[other].loopback) != neighbours:
                return True
    return False
