# SPDX-License-Identifier: ISC
"""A small prober of the laboratory's own, so that its tests need no program under test.

UDP with IP_TTL; the answers come back through the socket's error queue (IP_RECVERR).
"""
import concurrent.futures
import errno
import select
import socket
import struct
import threading
import time

from lablib import netns

IP_RECVERR = 11
EXT_ERR = struct.Struct("=IBBBBII")    # struct sock_extended_err (linux/errqueue.h)
WAIT_S = 0.2    # round trips here take less than a millisecond
TEXT = b"tumen laboratory"
MAX_TTL = 24
AT_ONCE = 8


def trace(vantage, target, source_port=0, first=1, last=MAX_TTL, wait=WAIT_S):
    """One flow: the responder of each TTL, None for silence, up to the target's answer.

    One socket sends all TTLs; a router quotes the payload, which says the TTL.
    """
    with netns.inside(vantage):
        sender = _udp(source_port, target)
    hops = [None] * (last - first + 1)
    with sender:
        for ttl in range(first, last + 1):
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
            _send(sender, bytes([ttl]) + TEXT)
        end = time.monotonic() + wait
        while None in (hops[:hops.index(target)] if target in hops else hops):
            answer = _error(sender, end)
            if not answer:
                break
            if answer[3]:
                hops[answer[3][0] - first] = answer[0]
    return hops[:hops.index(target) + 1] if target in hops else hops


def at_once(function, questions):
    """The answers in the order of the questions; most of the time of one is waiting."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda question: function(*question), questions))


def ask(vantage, target, protocol, port, wait=WAIT_S):
    """One word for what comes back: open, closed, reply, silent, or 'unreachable TYPE/CODE'."""
    with netns.inside(vantage):
        return {"udp": _ask_udp, "tcp": _ask_tcp, "icmp": _ask_icmp}[protocol](target, port, wait)


def _udp(source_port, target, port=33434):
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    sender.bind(("", source_port))
    sender.connect((target, port))
    return sender


def _send(sender, payload):
    """Again while a call only reports the error of an earlier probe: each has one at most."""
    for _ in range(MAX_TTL):
        try:
            return sender.send(payload)
        except OSError:
            pass
    return sender.send(payload)


def _error(sender, end):
    """(offender, type, code, quoted payload) from the socket's errors; None when time is up."""
    waiting = select.poll()
    waiting.register(sender, 0)    # POLLERR is always asked for
    while (left := end - time.monotonic()) > 0:
        if not waiting.poll(left * 1000):
            return None
        try:
            data, notes, _, _ = sender.recvmsg(512, 512, socket.MSG_ERRQUEUE)
        except BlockingIOError:
            sender.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)  # reading it clears POLLERR
            continue
        for level, kind, note in notes:
            if level == socket.IPPROTO_IP and kind == IP_RECVERR:
                _, _, what, code, _, _, _ = EXT_ERR.unpack_from(note)
                offender = note[EXT_ERR.size + 4:EXT_ERR.size + 8]
                return socket.inet_ntoa(offender), what, code, data
    return None


def _ask_udp(target, port, wait):
    with _udp(0, target, port) as sender:
        sender.send(TEXT)
        answer = _error(sender, time.monotonic() + wait)
    return f"unreachable {answer[1]}/{answer[2]}" if answer else "silent"


def _ask_tcp(target, port, wait):
    with socket.socket() as caller:
        caller.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        caller.settimeout(wait)
        try:
            caller.connect((target, port))
        except ConnectionRefusedError:
            return "closed"
        except TimeoutError:
            return "silent"
        except OSError as error:
            return "unreachable " + errno.errorcode[error.errno]
        return "open"


def _ask_icmp(target, port, wait):
    """Raw: the laboratory is root in its own namespaces."""
    ident = threading.get_native_id() & 0xffff
    packet = struct.pack("!BBHHH", 8, 0, 0, ident, 1) + TEXT
    packet = packet[:2] + struct.pack("!H", _checksum(packet)) + packet[4:]
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as pinger:
        pinger.sendto(packet, (target, 0))
        end = time.monotonic() + wait
        while (left := end - time.monotonic()) > 0:
            pinger.settimeout(left)
            try:
                data = pinger.recv(1500)
            except TimeoutError:
                break
            what, code = data[20], data[21]
            if what == 0 and data[24:26] == struct.pack("!H", ident):
                return "reply"
            if what in (3, 11) and data[52:54] == struct.pack("!H", ident):
                return f"unreachable {what}/{code}"
    return "silent"


def _checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff
