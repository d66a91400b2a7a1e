# SPDX-License-Identifier: ISC
"""Writes what a BGP collector writes: MRT (RFC 6396, RFC 8050) and lines of RIS
Live. A path is text as in "3356 (64512 64513) 4837 {131279,4808}"."""
import ipaddress
import json
import re
import struct

AS_SET, AS_SEQUENCE, CONFED_SEQUENCE, CONFED_SET = 1, 2, 3, 4
TABLE_DUMP, TABLE_DUMP_V2, BGP4MP, BGP4MP_ET = 12, 13, 16, 17
AS_TRANS = 23456
MARKS = {"{": AS_SET, "(": CONFED_SEQUENCE, "[": CONFED_SET}
UP = 6


def segments(path):
    """(kind, [ASN]) each."""
    found = []
    for mark, inside, plain in re.findall(r"([({\[])([^)}\]]*)[)}\]]|(\d+)", path):
        if plain and found and found[-1][0] == AS_SEQUENCE and len(found[-1][1]) < 255:
            found[-1][1].append(int(plain))
        elif plain:
            found.append((AS_SEQUENCE, [int(plain)]))
        else:
            found.append((MARKS[mark], [int(a) for a in re.split("[ ,]", inside)]))
    return found


def path_octets(path, width=4):
    form = "!BB%d" + ("I" if width == 4 else "H")
    octets = b""
    for kind, asns in segments(path):
        if width == 2:
            asns = [a if a < 1 << 16 else AS_TRANS for a in asns]
        octets += struct.pack(form % len(asns), kind, len(asns), *asns)
    return octets


def attribute(kind, value, flags=0x40):
    if len(value) > 255:
        return struct.pack("!BBH", flags | 0x10, kind, len(value)) + value
    return struct.pack("!BBB", flags, kind, len(value)) + value


def attributes(path, width=4, more=b""):
    """Of an announcement; with ASNs of 2 octets also AS4_PATH (RFC 6793)."""
    if path is None:
        return more
    octets = (attribute(1, b"\0") + attribute(2, path_octets(path, width))
              + attribute(3, b"\x0a\0\0\x09") + attribute(8, struct.pack("!HH", 3356, 100), 0xc0))
    if width == 2 and any(a >= 1 << 16 for _, asns in segments(path) for a in asns):
        whole = re.sub(r"[(\[][^)\]]*[)\]]", "", path)  # RFC 6793: without confederations
        octets += attribute(17, path_octets(whole), 0xc0)
    return octets + more


def prefix_octets(prefix, path_id=None):
    net = ipaddress.ip_network(prefix)
    octets = b"" if path_id is None else struct.pack("!I", path_id)
    return octets + bytes([net.prefixlen]) + net.network_address.packed[:(net.prefixlen + 7) // 8]


def reach(prefixes, afi=1, safi=1):
    """MP_REACH_NLRI (RFC 4760)."""
    hop = b"\x20\x01" + bytes(14)
    return attribute(14, struct.pack("!HBB", afi, safi, len(hop)) + hop + b"\0"
                     + b"".join(prefix_octets(p) for p in prefixes), 0x80)


def unreach(prefixes, afi=1, safi=1):
    return attribute(15, struct.pack("!HB", afi, safi)
                     + b"".join(prefix_octets(p) for p in prefixes), 0x80)


def record(stamp, kind, subtype, body):
    """stamp: microseconds; only BGP4MP_ET has them."""
    if kind == BGP4MP_ET:
        body = struct.pack("!I", stamp % 1000000) + body
    return struct.pack("!IHHI", stamp // 1000000, kind, subtype, len(body)) + body


class Peer:
    def __init__(self, address, asn):
        self.address, self.asn = ipaddress.ip_address(address), asn

    def head(self, width):
        return (struct.pack("!IIHH" if width == 4 else "!HHHH", self.asn, 64999, 0,
                            1 if self.address.version == 4 else 2)
                + self.address.packed + bytes(self.address.max_prefixlen // 8))

    def message(self, stamp, kind, body, width=4, et=False, add_path=False):
        subtype = (4 if width == 4 else 1) + (0 if not add_path else 5 if width == 4 else 7)
        octets = b"\xff" * 16 + struct.pack("!HB", 19 + len(body), kind) + body
        return record(stamp, BGP4MP_ET if et else BGP4MP, subtype, self.head(width) + octets)

    def update(self, stamp, announced=(), withdrawn=(), path=None, more=b"", ids=None, **how):
        """ids: of the prefixes, withdrawn first (RFC 7911)."""
        ids = iter(ids) if ids is not None else None
        gone = b"".join(prefix_octets(p, ids and next(ids)) for p in withdrawn)
        come = b"".join(prefix_octets(p, ids and next(ids)) for p in announced)
        attrs = attributes(path, how.get("width", 4), more)
        return self.message(stamp, 2, struct.pack("!H", len(gone)) + gone
                            + struct.pack("!H", len(attrs)) + attrs + come,
                            add_path=ids is not None, **how)

    def state(self, stamp, before, after, width=4, et=False):
        return record(stamp, BGP4MP_ET if et else BGP4MP, 5 if width == 4 else 0,
                      self.head(width) + struct.pack("!HH", before, after))

    def live(self, stamp, host="rrc00", bare=False, **members):
        data = {"timestamp": stamp / 1e6, "peer": str(self.address), "peer_asn": str(self.asn),
                "id": "x", "host": host, **members}
        text = json.dumps(data if bare else {"type": "ris_message", "data": data})
        return text.replace(json.dumps(stamp / 1e6), f"{stamp // 1000000}.{stamp % 1000000:06}") + "\n"


def live_path(path):
    """As RIS Live writes it: a set is an array."""
    found = []
    for kind, asns in segments(path):
        found += [asns] if kind == AS_SET else asns
    return found


def index(stamp, peers):
    body = struct.pack("!IHH", 1, 0, len(peers))
    for peer in peers:
        body += bytes([2 | (peer.address.version == 6)]) + struct.pack("!I", 1)
        body += peer.address.packed + struct.pack("!I", peer.asn)
    return record(stamp, TABLE_DUMP_V2, 1, body)


def rib(stamp, prefix, routes, add_path=False):
    """routes: (number of the peer, path, path id) each."""
    version = ipaddress.ip_network(prefix).version
    body = struct.pack("!I", 0) + prefix_octets(prefix) + struct.pack("!H", len(routes))
    for number, path, path_id in routes:
        attrs = attributes(path)
        body += struct.pack("!HI", number, stamp // 1000000 - 1000)
        body += struct.pack("!I", path_id) if add_path else b""
        body += struct.pack("!H", len(attrs)) + attrs
    return record(stamp, TABLE_DUMP_V2, (2 if version == 4 else 4) + 6 * add_path, body)


def table_dump(stamp, prefix, peer, path):
    """TABLE_DUMP: the route of one peer."""
    net, attrs = ipaddress.ip_network(prefix), attributes(path, 2)
    body = struct.pack("!HH", 0, 0) + net.network_address.packed + bytes([net.prefixlen, 1])
    body += struct.pack("!I", stamp // 1000000 - 1000) + peer.address.packed
    body += struct.pack("!HH", peer.asn, len(attrs)) + attrs
    return record(stamp, TABLE_DUMP, 1, body)
