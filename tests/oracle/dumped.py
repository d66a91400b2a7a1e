# SPDX-License-Identifier: ISC
"""What bgpdump reads in a file of MRT, and the table that follows from it by the
rules of tumen-origin(1): of every prefix the origins, those of most peers first."""
import collections
import functools
import re
import struct
import subprocess

from asking import network
from rules import Lpm, inside_reserved, kept, unlike_an_as

HEADER = struct.Struct("!IHHI")
CONFED = re.compile(r"\([^)]*\)|\[[^]]*\]")


def whole_records(data):
    """The bytes up to the end of the last record that is there in full."""
    at = 0
    while at + HEADER.size <= len(data):
        end = at + HEADER.size + HEADER.unpack_from(data, at)[3]
        if end > len(data):
            break
        at = end
    return data[:at]


@functools.lru_cache(None)
def origins(path):
    """The last AS of a path, private ones at its end stepped over unless there
    is nothing else; or the set of several that it ends in. Nothing: no path."""
    words = CONFED.sub(" ", path).split()
    if not words:
        return ()
    if "," in words[-1]:
        return tuple(int(a) for a in words[-1].strip("{}").split(","))
    asns = [int(a) for word in words for a in word.strip("{}").split(",")]
    return (next((a for a in reversed(asns) if not unlike_an_as(a)), asns[-1]),)


def members(word):
    return {int(a) for a in word.strip("{}").split(",")}


@functools.lru_cache(None)
def upstream(path, origin):
    """Who hands over to an origin of the path: back from its end over the origin
    and private ASNs. Nothing where none is left, or one that has no name."""
    words = CONFED.sub(" ", path).split()
    while words and origin not in members(words[-1]):
        words.pop()
    for word in reversed(words[:-1]):
        asns = members(word)
        if len(asns) > 1 or asns == {23456}:
            return None
        if asns != {origin} and not unlike_an_as(*asns):
            return asns.pop()
    return None


class Dump:
    """Prefixes in order; of each the origins with the peers that see them, and
    all (peer, path)."""

    def __init__(self, path):
        self.routes = collections.defaultdict(set)
        self.seen, self.lines, self.sets, self.left = {}, 0, 0, 0
        said = subprocess.run(["bgpdump", "-m", path], check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for line in said.stdout.splitlines():
            self.hear(line.split("|", 8))

    def hear(self, field):
        peer, prefix = (field[3], field[4]), field[5]
        path = field[7 if field[0].endswith("_AP") else 6]  # behind the path id
        if ":" in prefix:
            return
        self.lines += 1
        self.sets += "," in path
        self.routes[prefix].add((peer, path))
        peers = self.seen.setdefault(prefix, collections.defaultdict(set))
        for asn in origins(path):
            if asn:
                peers[asn].add(peer)

    def rows(self):
        """(prefix, origins); equal numbers of peers: the smaller ASN first."""
        for prefix, votes in self.seen.items():
            asns = kept(sorted(votes, key=lambda a, v=votes: (-len(v[a]), a)))
            if asns and not prefix.endswith("/0"):
                yield prefix, asns
            else:
                self.left += 1

    def some_origins(self):
        """Up to 64 origins: those of sets, the one of North Korea, and others."""
        of_sets = {a for some in self.routes.values() for _, path in some
                   if len(origins(path)) > 1 for a in origins(path)}
        every = sorted({a for votes in self.seen.values() for a in votes})
        step = max(1, len(every) // 48)
        return [131279, *sorted(of_sets - {131279})[:12], *every[::step]][:64]

    def upstreams(self, towards):
        """By prefix {upstream: peers}; of a set's members the first of towards is
        its origin."""
        found = {}
        for prefix, _ in self.rows():
            peers = collections.defaultdict(set)
            for peer, path in self.routes[prefix]:
                origin = next((a for a in origins(path) if a in towards), None)
                peers[origin and upstream(path, origin)].add(peer)
            peers.pop(None, None)
            if peers and not inside_reserved(*network(prefix)[::2]):
                found[prefix] = {asn: len(of) for asn, of in peers.items()}
        return found

    def table(self):
        rows = list(self.rows())
        spaces = [network(prefix) for prefix, _ in rows]
        many = sum(len(asns) > 1 for _, asns in rows)
        print(f"# {self.lines} routes, {len(rows)} prefixes, {many} of them MOAS; by rule"
              f" {self.left} left out (default routes, no path), {self.sets} paths"
              " with a set", flush=True)
        return Lpm(rows), [(s[0], s[2]) for s in spaces]
