# SPDX-License-Identifier: ISC
"""Traces in the form of scamper's programs, as warts(5) documents it."""
import socket
import struct

LIST, CYCLE_START, TRACE = 1, 2, 6
IPV4 = 1
UDP_PARIS = 5
COMPLETED, UNREACH, GAP = 1, 2, 5
STOP = {"reached": COMPLETED, "unreachable": UNREACH, "gap": GAP}
REPLY_TTL = 0x10  # a hop's flag: its reply's TTL is known
PROBE_LEN, REPLY_LEN = 44, 72


def record(kind, body):
    return struct.pack("!HHI", 0x1205, kind, len(body)) + body


def flagged(values):
    """values: {number of the flag, from 1: its bytes}. Seven flags an octet, the
    eighth bit says that another octet follows; then the length, then the values."""
    octets = bytearray((max(values) + 6) // 7)
    for flag in values:
        octets[(flag - 1) // 7] |= 1 << (flag - 1) % 7
    for i in range(len(octets) - 1):
        octets[i] |= 0x80
    data = b"".join(values[flag] for flag in sorted(values))
    return bytes(octets) + struct.pack("!H", len(data)) + data


def address(text):
    return bytes([4, IPV4]) + socket.inet_aton(text)


def moment(us):
    return struct.pack("!II", us // 10**6, us % 10**6)


def u8(value):
    return bytes([value])


def u16(value):
    return struct.pack("!H", value)


def u32(value):
    return struct.pack("!I", value)


def head():
    """What a file begins with: a list and a cycle over it."""
    return (record(LIST, u32(1) + u32(1) + b"pairs\0" + u8(0))
            + record(CYCLE_START, u32(1) + u32(1) + u32(1) + u32(0) + u8(0)))


def hop(ttl, reply):
    return flagged({
        2: u8(ttl), 3: u8(reply.reply_ttl), 4: u8(REPLY_TTL), 5: u8(reply.attempt - 1),
        6: u32(reply.rtt_us), 7: u8(reply.icmp_type) + u8(reply.icmp_code),
        8: u16(PROBE_LEN), 9: u16(REPLY_LEN), 10: u16(reply.ipid), 13: u16(PROBE_LEN),
        18: address(reply.addr), 19: moment(reply.tx_us)})


def trace(t):
    """One trace (traced.Trace) with all its replies."""
    hops = [hop(ttl, reply) for ttl, reply in t.replies()]
    head_of = flagged({
        1: u32(1), 2: u32(1), 5: moment(t.start_us), 6: u8(STOP[t.stop]), 7: u8(0), 8: u8(0),
        9: u8(t.attempts), 10: u8(0), 11: u8(UDP_PARIS), 12: u16(PROBE_LEN), 13: u16(t.sport),
        14: u16(t.dport), 15: u8(1), 16: u8(0), 17: u8(2), 19: u16(t.probed), 20: u8(t.gap),
        21: u8(1), 23: u16(t.sent), 26: address(t.src), 27: address(t.target),
        28: u32(t.flow)})
    return record(TRACE, head_of + u16(len(hops)) + b"".join(hops) + u16(0))
