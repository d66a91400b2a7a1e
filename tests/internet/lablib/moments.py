# SPDX-License-Identifier: ISC
"""When the kernels' routes changed: every router of the laboratory is listened to (rtnetlink)."""
import ipaddress
import selectors
import socket
import struct
import threading
import time

from lablib import netns

RTMGRP_IPV4_ROUTE, RTM_NEWROUTE, RTM_DELROUTE, RTA_DST = 0x40, 24, 25, 1
HEADER, ROUTE, ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=8BI"), struct.Struct("=HH")


def now_us():
    return time.time_ns() // 1000


def destination(body):
    """The network that a route message is about, or None."""
    bits, at = ROUTE.unpack_from(body)[1], ROUTE.size
    while at + ATTRIBUTE.size <= len(body):
        length, kind = ATTRIBUTE.unpack_from(body, at)
        if kind == RTA_DST:
            return ipaddress.ip_network((body[at + 4:at + length], bits))
        at += max(4, (length + 3) & ~3)
    return None


def destinations(data):
    """The networks that a datagram of the kernel says something new about."""
    at = 0
    while at + HEADER.size <= len(data):
        length, kind = HEADER.unpack_from(data, at)[:2]
        if kind in (RTM_NEWROUTE, RTM_DELROUTE):
            yield destination(data[at + HEADER.size:at + length])
        at += max(HEADER.size, (length + 3) & ~3)


class Moments(threading.Thread):
    """Listens from when it is made on; (node, prefix, us) of every change, in order."""

    def __init__(self, topo):
        super().__init__(daemon=True)
        self.changes, self.prefixes = [], set(topo.prefixes())
        self.ready = selectors.DefaultSelector()
        for node in topo.routers():
            with netns.inside(node.name):
                listener = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            listener.bind((0, RTMGRP_IPV4_ROUTE))
            self.ready.register(listener, selectors.EVENT_READ, node.name)
        self.start()

    def run(self):
        while True:
            for key, _ in self.ready.select():
                data = key.fileobj.recv(1 << 16)
                for net in destinations(data):
                    if net in self.prefixes:
                        self.changes.append((key.data, str(net), now_us()))

    def span(self, since_us, until_us):
        """When the first and the last router changed its mind about any prefix in that time; the
        first moment twice when none did."""
        times = [at for _, _, at in list(self.changes) if since_us <= at < until_us]
        return min(times, default=since_us), max(times, default=since_us)

    def last(self, prefix, nodes, since_us, until_us):
        """The newest change of that prefix at one of these routers in that time, or None."""
        return max((at for node, net, at in list(self.changes)
                    if net == prefix and node in nodes and since_us <= at < until_us), default=None)
