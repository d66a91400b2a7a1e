#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Longest-prefix match as the kernel does it: the prefixes of a real table (pyasn's
of 2008-05-01, or the .dat.gz that TUMEN_FIB names) become routes of an empty
namespace, their origin the metric; then the kernel is asked which route matches
the first and the last address of every prefix and random ones, and so are we.
TUMEN_SEED, TUMEN_FIB_RANDOM: where those begin, and how many."""
import gzip
import os
import random
import socket
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from asking import ALONE, NOTHING, TOP, Tap, ascending, build, hold, network, quad  # noqa: E402
from rules import reserved  # noqa: E402

HERE = os.path.realpath(__file__)
TABLE = os.environ.get("TUMEN_FIB",
                       "/usr/lib/python3/dist-packages/data/ipasn_20080501_v12.dat.gz")
SEED = int(os.environ.get("TUMEN_SEED", "1"))
RANDOM = int(os.environ.get("TUMEN_FIB_RANDOM", "200000"))

NETLINK_ROUTE = 0
NLMSG_ERROR, RTM_NEWROUTE, RTM_GETROUTE = 2, 24, 26
REQUEST, ACK, CREATE, EXCL = 1, 4, 0x400, 0x200
RTA_DST, RTA_OIF, RTA_PRIORITY = 1, 4, 6
RT_TABLE_MAIN, RTPROT_STATIC, SCOPE_LINK, UNICAST, FIB_MATCH = 254, 4, 253, 1, 0x2000
LOOPBACK = 1
AT_ONCE = 100  # their answers fit into the socket
MESSAGE = struct.Struct("=IHHII")
ROUTE = struct.Struct("=BBBBBBBBI")
ATTRIBUTE = struct.Struct("=HH")


class Kernel:
    """The routes of this namespace, by rtnetlink."""

    def __init__(self):
        self.link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_ROUTE)
        self.link.bind((0, 0))

    def load(self, routes):
        """routes: (address, length, ASN); only errors are answered."""
        whole = struct.Struct("=IHHII BBBBBBBBI HHI HHI HHI")
        head = (whole.size, RTM_NEWROUTE, REQUEST | CREATE | EXCL)
        for at in range(0, len(routes), AT_ONCE):
            self.link.send(b"".join(
                whole.pack(*head, i, 0, socket.AF_INET, bits, 0, 0, RT_TABLE_MAIN,
                           RTPROT_STATIC, SCOPE_LINK, UNICAST, 0,
                           8, RTA_DST, socket.htonl(addr), 8, RTA_OIF, LOOPBACK,
                           8, RTA_PRIORITY, asn)
                for i, (addr, bits, asn) in enumerate(routes[at:at + AT_ONCE], at)))
        self.link.send(MESSAGE.pack(MESSAGE.size, 1, REQUEST | ACK, 0, 0))  # are you there
        errors = self.errors(self.link.recv(1 << 20))
        if errors != [0]:
            raise OSError(f"routes were refused: {errors}")

    @staticmethod
    def errors(data):
        found, at = [], 0
        while at < len(data):
            length, kind = struct.unpack_from("=IH", data, at)
            if kind == NLMSG_ERROR:
                found.append(struct.unpack_from("=i", data, at + 16)[0])
            at += length
        return found

    def ask(self, addrs):
        """For each address the matching route: (address, length, ASN), or None."""
        whole = struct.Struct("=IHHII BBBBBBBBI HHI")
        for at in range(0, len(addrs), AT_ONCE):
            some = addrs[at:at + AT_ONCE]
            self.link.send(b"".join(
                whole.pack(whole.size, RTM_GETROUTE, REQUEST, i, 0, socket.AF_INET, 32, 0, 0,
                           0, 0, 0, 0, FIB_MATCH, 8, RTA_DST, socket.htonl(addr))
                for i, addr in enumerate(some)))
            for i in range(len(some)):
                yield self.answer(self.link.recv(1 << 16), i)

    @staticmethod
    def answer(data, number):
        length, kind, _, sequence, _ = MESSAGE.unpack_from(data)
        if sequence != number:
            raise OSError(f"answer {sequence} instead of {number}")
        if kind == NLMSG_ERROR:
            return None  # ENETUNREACH
        at, found = MESSAGE.size + ROUTE.size, {}
        bits = data[MESSAGE.size + 1]
        while at < length:
            size, what = ATTRIBUTE.unpack_from(data, at)
            found[what] = data[at + 4:at + size]
            at += size + 3 & ~3
        return (int.from_bytes(found.get(RTA_DST, b""), "big"), bits,
                int.from_bytes(found.get(RTA_PRIORITY, b""), sys.byteorder))


def expectation(kernel, addrs):
    """What the kernel says, in the order of the addresses, as they are asked."""
    said = kernel.ask([a for a in addrs if not reserved(a)])

    def expect(addr, _):
        known = reserved(addr)
        route = None if known else next(said)
        if route is None:
            return known or NOTHING
        return str(route[2]), "bgp", f"{quad(route[0])}/{route[1]}"
    return expect


def inside():
    """In the namespace."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with gzip.open(TABLE, "rt") as file:
        rows = [line.split() for line in file if line[0] not in "#;" and ":" not in line]
    routes = [network(prefix)[:2] + (int(asn),) for prefix, asn in rows]
    tap, kernel, rng = Tap(), Kernel(), random.Random(SEED)
    kernel.load([r for r in routes if not reserved(r[0])])
    print(f"# {len(routes)} routes in the kernel, seed {SEED}", flush=True)
    addrs = ascending([r[0] for r in routes] + [r[0] | TOP >> r[1] for r in routes]
                      + [rng.randrange(1 << 32) for _ in range(RANDOM)])
    with tempfile.TemporaryDirectory() as folder:
        snapshot = build(folder, "2008-05-01", "--bgp", TABLE)
        hold(tap, "the kernel's longest match", (snapshot, "2008-05-01"), addrs,
             expectation(kernel, addrs))
    return tap.end()


def main():
    if not os.path.exists(TABLE):
        return Tap().skip("the kernel's routes", f"{TABLE}: no such file (python3-pyasn)")
    flags = [] if os.geteuid() == 0 else ["-U", "-r"]
    if subprocess.run(["unshare", *flags, *ALONE, "true"], capture_output=True).returncode:
        return Tap().skip("the kernel's routes", "no namespaces")
    return subprocess.run(["unshare", *flags, *ALONE, HERE, "--inside"]).returncode


sys.exit(inside() if sys.argv[1:] == ["--inside"] else main())
