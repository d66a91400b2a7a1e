# SPDX-License-Identifier: ISC
"""What tumen-origin(1) promises, written a second time and in the plainest way."""
import bisect

from asking import TOP, network

# IANA's registries: special-purpose space that is not globally reachable, and
# multicast. Of 192.0.0.0/24 only what is assigned.
RESERVED = [network(text) + (text,) for text in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/29", "192.0.0.8/32", "192.0.0.170/31", "192.0.2.0/24",
    "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4", "240.0.0.0/4")]
STARTS = [block[0] for block in RESERVED]
OCTETS = {octet for b in RESERVED for octet in range(b[0] >> 24, (b[2] >> 24) + 1)}
ORIGINS_MAX = 8


def reserved(addr):
    """The answer for special-purpose space, or nothing."""
    if addr >> 24 not in OCTETS:
        return None
    block = RESERVED[bisect.bisect_right(STARTS, addr) - 1]
    return ("", "reserved", block[3]) if addr <= block[2] else None


def inside_reserved(first, last):
    """Whether a range holds nothing else: no two blocks touch but the last ones."""
    return reserved(first) is not None and (reserved(first) == reserved(last) or first >> 28 == 14)


def rows_of(spaces):
    """How many ranges are rows: those wholly in special-purpose space are none."""
    return sum(not inside_reserved(*space) for space in spaces)


def unlike_an_as(asn):
    """ASNs that stand for no network: RFC 7607, 6793, 5398, 6996, 7300."""
    return asn in (0, 23456) or 64496 <= asn <= 65551 or asn >= 4200000000


def kept(asns):
    """The origins of a row: each once, the public ones if there are any."""
    asns = [a for a in dict.fromkeys(asns) if a != 0]
    public = [a for a in asns if not unlike_an_as(a)]
    return (public or asns)[:ORIGINS_MAX]


class Lpm:
    """Longest prefix match: a dictionary for each length."""

    def __init__(self, rows):
        """rows: (prefix as text, its origins in their order)"""
        self.by_length = {}
        for text, asns in rows:
            first, bits, _ = network(text)
            answer = (",".join(map(str, asns)), "bgp", text)
            self.by_length.setdefault(bits, {})[first] = answer
        self.lengths = sorted(self.by_length, reverse=True)

    def find(self, addr):
        for bits in self.lengths:
            found = self.by_length[bits].get(addr & ~(TOP >> bits))
            if found:
                return found
        return None
