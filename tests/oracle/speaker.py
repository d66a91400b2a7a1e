# SPDX-License-Identifier: ISC
"""A BGP speaker that announces what it is told and listens to nothing (RFC 4271,
6793, 7911): enough to give a real daemon a table to write down."""
import socket
import struct
import subprocess
import threading
import time

AS_SET, AS_SEQUENCE, CONFED_SEQUENCE = 1, 2, 3
OPEN, UPDATE, KEEPALIVE = 1, 2, 4
HOLD_S, ATTRIBUTE_MAX = 600, 255


def message(kind, body=b""):
    return b"\xff" * 16 + struct.pack("!HB", 19 + len(body), kind) + body


def capability(code, value):
    return struct.pack("!BBBB", 2, 2 + len(value), code, len(value)) + value


def open_message(asn, address, add_path):
    options = capability(1, b"\0\1\0\1") + capability(65, struct.pack("!I", asn))
    if add_path:
        options += capability(69, b"\0\1\1\2")  # IPv4 unicast: we send
    return message(OPEN, struct.pack("!BHH", 4, asn if asn < 1 << 16 else 23456, HOLD_S)
                   + socket.inet_aton(address) + bytes([len(options)]) + options)


def attribute(flags, kind, value):
    if len(value) > ATTRIBUTE_MAX:
        return struct.pack("!BBH", flags | 0x10, kind, len(value)) + value
    return struct.pack("!BBB", flags, kind, len(value)) + value


def as_path(segments):
    """segments: (kind, [ASN...]) each"""
    return b"".join(struct.pack(f"!BB{len(asns)}I", kind, len(asns), *asns)
                    for kind, asns in segments)


def update(prefix, segments, address, path_id=None):
    """An announcement of `a.b.c.d/len`; a path id only in a session with add-path."""
    first, bits = prefix.split("/")
    attributes = (attribute(0x40, 1, b"\0") + attribute(0x40, 2, as_path(segments))
                  + attribute(0x40, 3, socket.inet_aton(address))
                  + attribute(0x40, 5, struct.pack("!I", 100)))
    nlri = b"" if path_id is None else struct.pack("!I", path_id)
    nlri += bytes([int(bits)]) + socket.inet_aton(first)[:(int(bits) + 7) // 8]
    return message(UPDATE, struct.pack("!HH", 0, len(attributes)) + attributes + nlri)


class Speaker:
    """One session: opened from an address of our own, closed with close()."""

    def __init__(self, address, asn, add_path=False):
        self.address, self.asn, self.add_path = address, asn, add_path
        self.link = None

    def start(self, daemon):
        """Connects, and goes on when the daemon has agreed."""
        self.link = socket.create_connection((daemon, 179), 10, (self.address, 0))
        self.link.sendall(open_message(self.asn, self.address, self.add_path))
        file = self.link.makefile("rb")
        kinds = [self.hear(file), self.hear(file)]
        if kinds != [OPEN, KEEPALIVE]:
            raise ConnectionError(f"{daemon} answers AS{self.asn} with {kinds}")
        self.link.sendall(message(KEEPALIVE))
        self.link.settimeout(None)
        threading.Thread(target=self.drain, args=(file,), daemon=True).start()

    def hear(self, file):
        head = file.read(19)
        length, kind = struct.unpack("!HB", head[16:])
        body = file.read(length - 19)
        if kind == OPEN:
            self.link.sendall(message(KEEPALIVE))
        return kind if kind != 3 else ("notification", body.hex())

    @staticmethod
    def drain(file):
        try:
            while file.read(4096):
                pass
        except OSError:
            pass

    def announce(self, routes):
        """routes: (prefix, segments, path id) each"""
        self.link.sendall(b"".join(
            update(prefix, segments, self.address, path_id if self.add_path else None)
            for prefix, segments, path_id in routes))

    def close(self):
        self.link.close()


WAIT_S = 30  # for a daemon on a busy machine


def patiently(do):
    """Until it is done without an error and does not say False."""
    end = time.monotonic() + WAIT_S
    while True:
        try:
            if do() is not False:
                return
            why = TimeoutError("nothing comes")
        except (OSError, subprocess.CalledProcessError) as error:
            why = error
        if time.monotonic() > end:
            raise why
        time.sleep(0.05)
