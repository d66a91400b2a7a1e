# SPDX-License-Identifier: ISC
"""What bgpdump reads in a file of MRT, and the table that follows from it by the
rules of tumen-origin(1): of every prefix the origins, those of most peers first."""
import collections
import functools
import re
import struct
import subprocess

from asking import network
from rules import Lpm, kept, unlike_an_as

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


class Dump:
    """Prefixes in order; of each the origins with the peers that see them."""

    def __init__(self, path):
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

    def table(self):
        rows = list(self.rows())
        spaces = [network(prefix) for prefix, _ in rows]
        many = sum(len(asns) > 1 for _, asns in rows)
        print(f"# {self.lines} routes, {len(rows)} prefixes, {many} of them MOAS; by rule"
              f" {self.left} left out (default routes, no path), {self.sets} paths"
              " with a set", flush=True)
        return Lpm(rows), [(s[0], s[2]) for s in spaces]
