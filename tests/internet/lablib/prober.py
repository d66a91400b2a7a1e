"""A small prober of the laboratory's own, so that its tests need no program under test.

UDP with IP_TTL; the answers come back through the socket's error queue (IP_RECVERR).
"""
import errno
import os
import select
import socket
import struct
import time

from lablib import netns

IP_RECVERR = 11
EXT_ERR = struct.Struct("=IBBBBII")    # struct sock_extended_err (linux/errqueue.h)
WAIT_S = 0.4
MAX_TTL = 24


def trace(vantage, target, source_port=0, first=1, last=MAX_TTL):
    """One flow: the responder of each TTL, None for silence, up to the target's answer."""
    with netns.inside(vantage):
        sockets = []
        for ttl in range(first, last + 1):
            sender = _udp(ttl, source_port, target)
            sender.send(b"tumen laboratory")
            source_port = sender.getsockname()[1]
            sockets.append(sender)
    hops = []
    end = time.monotonic() + WAIT_S
    for sender in sockets:
        hops.append((_error(sender, end) or (None,))[0])
        sender.close()
    return hops[:hops.index(target) + 1] if target in hops else hops


def ask(vantage, target, protocol, port):
    """One word for what comes back: open, closed, reply, silent, or 'unreachable TYPE/CODE'."""
    with netns.inside(vantage):
        return {"udp": _ask_udp, "tcp": _ask_tcp, "icmp": _ask_icmp}[protocol](target, port)


def _udp(ttl, source_port, target, port=33434):
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    # many sockets share one source port: it is one flow
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sender.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
    sender.bind(("", source_port))
    sender.connect((target, port))
    return sender


def _error(sender, end):
    """(offender, type, code) of the ICMP error on this socket, or None when time is up."""
    waiting = select.poll()
    waiting.register(sender, 0)    # POLLERR is always asked for
    if not waiting.poll(max(0, end - time.monotonic()) * 1000):
        return None
    try:
        _, notes, _, _ = sender.recvmsg(512, 512, socket.MSG_ERRQUEUE)
    except OSError:
        return None
    for level, kind, data in notes:
        if level == socket.IPPROTO_IP and kind == IP_RECVERR:
            _, _, what, code, _, _, _ = EXT_ERR.unpack_from(data)
            return socket.inet_ntoa(data[EXT_ERR.size + 4:EXT_ERR.size + 8]), what, code
    return None


def _ask_udp(target, port):
    sender = _udp(64, 0, target, port)
    try:
        sender.send(b"tumen laboratory")
    except OSError as error:
        return "unsent " + errno.errorcode[error.errno]
    answer = _error(sender, time.monotonic() + WAIT_S)
    return f"unreachable {answer[1]}/{answer[2]}" if answer else "silent"


def _ask_tcp(target, port):
    with socket.socket() as caller:
        caller.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        caller.settimeout(WAIT_S)
        try:
            caller.connect((target, port))
        except ConnectionRefusedError:
            return "closed"
        except TimeoutError:
            return "silent"
        except OSError as error:
            return "unreachable " + errno.errorcode[error.errno]
        return "open"


def _ask_icmp(target, port):
    """Raw: the laboratory is root in its own namespaces."""
    ident = os.getpid() & 0xffff
    packet = struct.pack("!BBHHH", 8, 0, 0, ident, 1) + b"tumen laboratory"
    packet = packet[:2] + struct.pack("!H", _checksum(packet)) + packet[4:]
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as pinger:
        pinger.sendto(packet, (target, 0))
        end = time.monotonic() + WAIT_S
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
