# SPDX-License-Identifier: ISC
"""MRT records as collectors write them (RFC 6396): updates, changes of a session, tables."""
import ipaddress
import struct

TABLE_DUMP_V2, BGP4MP, BGP4MP_ET = 13, 16, 17
PEER_INDEX_TABLE, RIB_IPV4_UNICAST = 1, 2
MESSAGE_AS4, STATE_CHANGE_AS4 = 4, 5
IDLE, ESTABLISHED = 1, 6
LOCAL_AS, US = 12654, 1_000_000


def record(kind, subtype, at_us, body):
    if kind == BGP4MP_ET:
        body = struct.pack("!I", at_us % US) + body
    return struct.pack("!IHHI", at_us // US, kind, subtype, len(body)) + body


def nlri(prefix):
    net = ipaddress.ip_network(prefix)
    return bytes([net.prefixlen]) + net.network_address.packed[:(net.prefixlen + 7) // 8]


def attribute(kind, value, flags=0x40):
    return struct.pack("!BBB", flags, kind, len(value)) + value


def attributes(path, next_hop):
    return (attribute(1, b"\0")
            + attribute(2, struct.pack(f"!BB{len(path)}I", 2, len(path), *path))
            + attribute(3, ipaddress.ip_address(next_hop).packed))


def session(peer):
    """The head of a record about it: a peer has .asn and .addr."""
    addr = ipaddress.ip_address(peer.addr)
    local = "2001:7f8::1" if addr.version == 6 else "192.0.2.1"
    return (struct.pack("!IIHH", peer.asn, LOCAL_AS, 0, 1 if addr.version == 4 else 2)
            + addr.packed + ipaddress.ip_address(local).packed)


def update(kind, at_us, peer, prefixes, path=None):
    """path None: they are withdrawn."""
    told = b"".join(nlri(p) for p in prefixes)
    if path is None:
        body = struct.pack("!H", len(told)) + told + struct.pack("!H", 0)
    else:
        attrs = attributes(path, "192.0.2.1")
        body = struct.pack("!HH", 0, len(attrs)) + attrs + told
    message = b"\xff" * 16 + struct.pack("!HB", 19 + len(body), 2) + body
    return record(kind, MESSAGE_AS4, at_us, session(peer) + message)


def state(kind, at_us, peer, old, new):
    return record(kind, STATE_CHANGE_AS4, at_us, session(peer) + struct.pack("!HH", old, new))


def table(at_us, peers, routes):
    """routes: (prefix, [(number of the peer, path), ...]), ascending."""
    index = struct.pack("!IHH", 0x0a000001, 0, len(peers))
    for peer in peers:
        addr = ipaddress.ip_address(peer.addr)
        index += struct.pack("!BI", 3 if addr.version == 6 else 2, 0x0a000002)
        index += addr.packed + struct.pack("!I", peer.asn)
    out = [record(TABLE_DUMP_V2, PEER_INDEX_TABLE, at_us, index)]
    for number, (prefix, entries) in enumerate(routes):
        body = struct.pack("!I", number) + nlri(prefix) + struct.pack("!H", len(entries))
        for peer, path in entries:
            attrs = attributes(path, "192.0.2.1")
            body += struct.pack("!HIH", peer, at_us // US - 3600, len(attrs)) + attrs
        out.append(record(TABLE_DUMP_V2, RIB_IPV4_UNICAST, at_us, body))
    return b"".join(out)
