# SPDX-License-Identifier: ISC
"""What a router of lablib.road saw: every probe that came, with the kernel's time."""
import collections
import socket
import struct
import threading

from lablib import netns

ETH_P_IP, SO_TIMESTAMPNS, PACKET_STATISTICS = 0x0800, 35, 6
SO_RCVBUFFORCE, ROOM = 33, 16 << 20
TARGETS = ("198.51.100.", "203.0.113.")
TIME_EXCEEDED = 11
SECOND_NS = 10**9
Probe = collections.namedtuple("Probe", "at_ns source target ttl")


def most(times_ns):
    """How many of these ascending times lie within one second, at most."""
    first, fullest = 0, 0
    for n, at in enumerate(times_ns):
        while at - times_ns[first] >= SECOND_NS:
            first += 1
        fullest = max(fullest, n - first + 1)
    return fullest


class Capture:
    """On all its interfaces, whichever come and go; of what a vantage sent and was told."""

    def __init__(self, node, vantage):
        self.vantage, self.probes, self.dropped = vantage, [], 0
        self.first_answer_ns = 0
        with netns.inside(node):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                        socket.htons(ETH_P_IP))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
        self.socket.settimeout(0.2)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def _read(self):
        while not self.over.is_set():
            try:
                packet, notes, _, sender = self.socket.recvmsg(64, 64)
            except TimeoutError:
                continue
            seconds, ns = struct.unpack("qq", notes[0][2])
            self._take(packet, seconds * SECOND_NS + ns, sender[2])

    def _take(self, packet, at_ns, kind):
        source, target = (socket.inet_ntoa(packet[i:i + 4]) for i in (12, 16))
        if kind == socket.PACKET_OUTGOING:
            if not self.first_answer_ns and target.startswith(self.vantage) and \
                    packet[9] == socket.IPPROTO_ICMP and packet[20] == TIME_EXCEEDED:
                self.first_answer_ns = at_ns
        elif source.startswith(self.vantage) and target.startswith(TARGETS):
            self.probes.append(Probe(at_ns, source, target, packet[8]))

    def came_since(self, at_ns, source):
        for probe in reversed(self.probes):
            if probe.at_ns < at_ns:
                return False
            if probe.source == source:
                return True
        return False

    def lost(self):
        """Packets for which there was no room here."""
        return self.dropped

    def stop(self):
        self.over.set()
        self.thread.join()
        counts = self.socket.getsockopt(263, PACKET_STATISTICS, 8)  # SOL_PACKET
        self.dropped = struct.unpack("II", counts)[1]
        self.socket.close()
