#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Tables that BIRD and FRR write in a namespace without an uplink, after eight
sessions told them random routes: several origins, sets, ASNs of 4 octets,
private ones at the end, confederations, paths of more than 255 hops, several
paths of one peer, the default route. Origins as bgpdump's lines give them, in
the order of distinct peers. TUMEN_SEED and TUMEN_PREFIXES choose other tables."""
import collections
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from asking import (ALONE, NOTHING, Tap, around, asked_for, build, counts,  # noqa: E402
                    hold, hold_upstreams, quad)
from dumped import HEADER, Dump, whole_records  # noqa: E402
from rules import reserved, rows_of  # noqa: E402
from speaker import AS_SEQUENCE, AS_SET, CONFED_SEQUENCE, Speaker, patiently  # noqa: E402

HERE = os.path.realpath(__file__)
SEED = int(os.environ.get("TUMEN_SEED", "4"))
PREFIXES = int(os.environ.get("TUMEN_PREFIXES", "1500"))
BGPD, US, CONFEDERATION, NEIGHBOUR = "/usr/lib/frr/bgpd", 65010, 6447, 65001
DAEMON = "10.0.0.1"
# AS of each peer; the last two: a member of our confederation, and our own AS
PEERS = [701, 3356, 400123, 4200000100, 1299, 2914, NEIGHBOUR, US]
ADD_PATH = {1299, 2914}
ENDS = ([64512, 4837], [4837, 64512], [64512], [4200000001], [4837, 4200000001],
        [401111], [400000], [23456], [131279], [20485, 64512, 65534])


def random_path(rng, asn, origins):
    """Segments of a path as this peer would tell it."""
    first = {US: [], NEIGHBOUR: [(CONFED_SEQUENCE, [NEIGHBOUR, 65002])]}.get(
        asn, [(AS_SEQUENCE, [asn])])
    middle = [rng.randrange(1, 60000) for _ in range(rng.randrange(4))]
    kind = rng.random()
    if kind < 0.4:
        return first + [(AS_SEQUENCE, middle + [rng.choice(origins)])]
    if kind < 0.8:
        return first + [(AS_SEQUENCE, middle + rng.choice(ENDS))]
    if kind < 0.9:
        members = rng.sample(range(1, 400000), rng.choice((1, 2, 5)))
        return first + [(AS_SEQUENCE, middle + [7]), (AS_SET, members)]
    if kind < 0.93:
        return first + [(AS_SET, [7, 8]), (AS_SEQUENCE, rng.choice(ENDS))]
    if kind < 0.96:
        return first + [(AS_SEQUENCE, [7] * 200), (AS_SEQUENCE, [8] * 100 + [origins[0]])]
    return first if asn == US else first + [(AS_SEQUENCE, middle + [9])]


def random_prefix(rng):
    addr = rng.randrange(1 << 24, 223 << 24)
    bits = rng.choice((8, 12, 16, 19, 20, 22, 24, 24, 24, 25, 31, 32))
    addr &= (1 << 32) - (1 << 32 - bits)
    return None if addr >> 24 in (0, 127) else f"{quad(addr)}/{bits}"


def random_routes(rng):
    """By ASN of the peer: (prefix, segments, path id)."""
    routes = collections.defaultdict(list)
    prefixes = {random_prefix(rng) for _ in range(PREFIXES)} - {None}
    for prefix in (*sorted(prefixes), "0.0.0.0/0"):
        origins = rng.sample((1, 13335, 131279, 399999, 400001, 4000000000), 2)
        for asn in PEERS:
            for path_id in range(1, 1 + (rng.randrange(4) if asn in ADD_PATH else 1)):
                if rng.random() < 0.6:
                    routes[asn].append((prefix, random_path(rng, asn, origins), path_id))
    return routes


def address(asn):
    return f"10.0.0.{2 + PEERS.index(asn)}"


def mark(asn):
    """The last route of a peer: when it is there, all are."""
    path = [] if asn == US else [(CONFED_SEQUENCE if asn == NEIGHBOUR else AS_SEQUENCE, [asn])]
    return f"223.255.{PEERS.index(asn)}.0/24", path, 1


class Bird:
    def __init__(self, folder):
        self.file = os.path.join(folder, "bird.mrt")
        self.ctl = os.path.join(folder, "bird.ctl")
        text = f"router id {DAEMON};\nprotocol device {{}}\n"
        for asn in PEERS:
            inside = "confederation member;" if asn in (US, NEIGHBOUR) else ""
            paths = "add paths rx;" if asn in ADD_PATH else ""
            text += (f"protocol bgp p{PEERS.index(asn)} {{ local {DAEMON} as {US};"
                     f" neighbor {address(asn)} as {asn}; multihop; passive;"
                     f" confederation {CONFEDERATION}; {inside}"
                     f" ipv4 {{ import all; export none; {paths} }}; }}\n")
        conf = os.path.join(folder, "bird.conf")
        with open(conf, "w") as file:
            file.write(text)
        self.run = subprocess.Popen(["bird", "-f", "-c", conf, "-s", self.ctl],
                                    stderr=subprocess.DEVNULL)

    def tell(self, command):
        return subprocess.run(["birdc", "-s", self.ctl, command], check=True, text=True,
                              capture_output=True).stdout

    def marks(self):
        said = self.tell("show route where net ~ [ 223.255.0.0/16+ ] count")
        return int(re.search(r"(\d+) of", said).group(1))

    def dump(self):
        """birdc comes back when it is done."""
        self.tell(f'mrt dump table "master4" to "{self.file}"')


class Frr:
    def __init__(self, folder):
        self.file = os.path.join(folder, "frr.mrt")
        self.sockets = folder
        text = (f"router bgp {US}\n bgp router-id {DAEMON}\n"
                f" bgp confederation identifier {CONFEDERATION}\n"
                f" bgp confederation peers {NEIGHBOUR}\n no bgp ebgp-requires-policy\n")
        for asn in PEERS:
            peer = f" neighbor {address(asn)} "
            text += f"{peer}remote-as {asn}\n{peer}passive\n"
            text += f"{peer}ebgp-multihop\n" if asn != US else ""
        conf = os.path.join(folder, "bgpd.conf")
        with open(conf, "w") as file:
            file.write(text)
        self.run = subprocess.Popen(
            [BGPD, "-Z", "-S", "-l", DAEMON, "-P", "0", "-i", os.path.join(folder, "bgpd.pid"),
             "-f", conf, "--vty_socket", folder, "--log", f"file:{folder}/bgpd.log"],
            stderr=subprocess.DEVNULL)

    def tell(self, *commands):
        said = [word for c in commands for word in ("-c", c)]
        return subprocess.run(["vtysh", "--vty_socket", self.sockets, *said], check=True,
                              text=True, capture_output=True).stdout

    def marks(self):
        said = self.tell("show bgp ipv4 unicast 223.255.0.0/16 longer-prefixes")
        return len(re.findall(r"223\.255\.\d\.0/24", said))

    def dump(self):
        """In the order of prefixes; the last mark is the last of them."""
        self.tell("configure terminal", f"dump bgp routes-mrt {self.file}")
        last = bytes([24, 223, 255, len(PEERS) - 1])
        patiently(lambda: self.wrote(last))

    def wrote(self, record):
        with open(self.file, "rb") as file:
            data = file.read()
        return record in data and whole_records(data) == data


def record(daemon, routes):
    """The daemon's table of these routes, in daemon.file."""
    sessions = [Speaker(address(asn), asn, asn in ADD_PATH) for asn in PEERS]
    try:
        for session in sessions:
            patiently(lambda s=session: s.start(DAEMON))
            session.announce(routes[session.asn] + [mark(session.asn)])
        patiently(lambda: daemon.marks() == len(PEERS))
        daemon.dump()
    finally:
        for session in sessions:
            session.close()
        daemon.run.send_signal(signal.SIGKILL)
        daemon.run.wait()


def subtypes(path):
    """How many records of each (type, subtype)."""
    with open(path, "rb") as file:
        data, at, found = whole_records(file.read()), 0, collections.Counter()
    while at < len(data):
        _, kind, subtype, length = HEADER.unpack_from(data, at)
        found[kind, subtype] += 1
        at += HEADER.size + length
    return found


def compare(tap, folder, daemon, routes):
    name = type(daemon).__name__
    record(daemon, routes)
    dump = Dump(daemon.file)
    table, spaces = dump.table()
    towards = dump.some_origins()
    told = len({r[0] for some in routes.values() for r in some}) + len(PEERS)
    snapshot = build(folder, "2026-01-01", "--bgp", daemon.file, *asked_for(towards))
    have = counts(snapshot)
    tap.ok(have["rows"] == rows_of(spaces) > 0.9 * told,
           f"{name}: {len(spaces)} prefixes in its table of {told} announced,"
           f" records {dict(subtypes(daemon.file))}", have)
    hold(tap, name, (snapshot, "2026-01-01"), around(spaces),
         lambda addr, text: reserved(addr) or table.find(addr) or NOTHING)
    hold_upstreams(tap, name, (snapshot, "2026-01-01"), dump.upstreams(towards))


def inside():
    """In the namespace."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "addr", "add", f"{DAEMON}/24", "dev", "lo"], check=True)
    tap, routes = Tap(), random_routes(random.Random(SEED))
    print(f"# seed {SEED}, {sum(map(len, routes.values()))} routes", flush=True)
    for daemon, program in ((Bird, "bird"), (Frr, BGPD)):
        if not shutil.which(program):
            tap.skip(daemon.__name__, f"{program} is not installed")
            continue
        with tempfile.TemporaryDirectory() as folder:
            compare(tap, folder, daemon(folder), routes)
    return tap.end()


def main():
    if not shutil.which("bgpdump"):
        return Tap().skip("bgpdump", "the Debian package bgpdump is not installed")
    flags = [] if os.geteuid() == 0 else ["-U", "-r"]
    if subprocess.run(["unshare", *flags, *ALONE, "true"], capture_output=True).returncode:
        return Tap().skip("BIRD and FRR", "no namespaces")
    return subprocess.run(["unshare", *flags, *ALONE, HERE, "--inside"]).returncode


sys.exit(inside() if sys.argv[1:] == ["--inside"] else main())
