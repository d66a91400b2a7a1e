# SPDX-License-Identifier: ISC
"""Reads MRT (RFC 6396), only what the tests of the laboratory ask of it."""
import ipaddress
import struct

TABLE_DUMP_V2, PEER_INDEX, RIB_IPV4 = 13, 1, 2
AS_PATH, EXTENDED = 2, 0x10


def records(path):
    """(seconds, type, subtype, what follows the header) of each record."""
    with open(path, "rb") as file:
        data = file.read()
    at = 0
    while at < len(data):
        stamp, kind, subtype, length = struct.unpack_from("!IHHI", data, at)
        yield stamp, kind, subtype, data[at + 12:at + 12 + length]
        at += 12 + length


def restamp(path, copy, clock):
    """The same records with clock(seconds) as their stamps, without those where it is None."""
    with open(copy, "wb") as file:
        for stamp, kind, subtype, body in records(path):
            if clock(stamp) is not None:
                file.write(struct.pack("!IHHI", clock(stamp), kind, subtype, len(body)) + body)


def rib(path):
    """A list of (peer AS, prefix, [AS path])."""
    peers, rows = [], []
    for _, kind, subtype, body in records(path):
        if (kind, subtype) == (TABLE_DUMP_V2, PEER_INDEX):
            peers = _peers(body)
        elif (kind, subtype) == (TABLE_DUMP_V2, RIB_IPV4):
            rows += _routes(body, peers)
    return rows


def _peers(body):
    at = 6 + struct.unpack_from("!H", body, 4)[0]
    count = struct.unpack_from("!H", body, at)[0]
    at += 2
    found = []
    for _ in range(count):
        flags = body[at]
        at += 5 + (16 if flags & 1 else 4)
        found.append(struct.unpack_from("!I" if flags & 2 else "!H", body, at)[0])
        at += 4 if flags & 2 else 2
    return found


def _routes(body, peers):
    bits = body[4]
    size = (bits + 7) // 8
    prefix = ipaddress.ip_network((body[5:5 + size].ljust(4, b"\0"), bits))
    count = struct.unpack_from("!H", body, 5 + size)[0]
    at = 7 + size
    for _ in range(count):
        peer, _, length = struct.unpack_from("!HIH", body, at)
        yield peers[peer], prefix, _as_path(body[at + 8:at + 8 + length])
        at += 8 + length


def _as_path(attributes):
    at = 0
    while at < len(attributes):
        flags, kind = attributes[at], attributes[at + 1]
        long = flags & EXTENDED
        length = struct.unpack_from("!H" if long else "!B", attributes, at + 2)[0]
        at += 4 if long else 3
        if kind == AS_PATH:
            return list(struct.unpack_from(f"!{attributes[at + 1]}I", attributes, at + 2))
        at += length
    return []
