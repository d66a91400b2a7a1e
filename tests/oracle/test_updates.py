#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Updates that BIRD (mrtdump) and FRR (dump bgp all) write in a namespace without
an uplink, while sessions come, tell them routes, take some back and go: the rows of
`tumen control import` against bgpdump's lines. TUMEN_SEED chooses other routes."""
import os
import random
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from asking import ALONE, TUMEN, Tap  # noqa: E402
from speaker import AS_SEQUENCE, AS_SET, UPDATE, Speaker, message, patiently  # noqa: E402

HERE = os.path.realpath(__file__)
SEED = int(os.environ.get("TUMEN_SEED", "8"))
BGPD, US, DAEMON = "/usr/lib/frr/bgpd", 65010, "10.0.0.1"
PEERS = {3356: "10.0.0.2", 400123: "10.0.0.3", 20485: "10.0.0.4"}
PREFIXES = [f"175.45.{i}.0/24" for i in range(176, 180)] + ["175.45.176.0/22", "8.8.8.0/24"]
MARK, LAST = "203.0.113.0/24", "198.51.100.0/24"


def withdraw(session, prefixes):
    octets = b"".join(bytes([int(p.split("/")[1])]) + bytes(
        int(o) for o in p.split("/")[0].split("."))[:(int(p.split("/")[1]) + 7) // 8]
                      for p in prefixes)
    session.link.sendall(message(UPDATE, struct.pack("!H", len(octets)) + octets + b"\0\0"))


def bird(folder, file):
    conf = os.path.join(folder, "bird.conf")
    text = (f'router id {DAEMON};\nmrtdump "{file}";\nmrtdump protocols all;\n'
            "protocol device {}\n")
    for asn, address in PEERS.items():
        text += (f"protocol bgp p{asn} {{ local {DAEMON} as {US}; neighbor {address} as {asn};"
                 " multihop; passive; ipv4 { import all; export none; }; }\n")
    with open(conf, "w", encoding="ascii") as out:
        out.write(text)
    return ["bird", "-f", "-c", conf, "-s", os.path.join(folder, "ctl")]


def frr(folder, file):
    conf = os.path.join(folder, "bgpd.conf")
    text = f"dump bgp all {file}\nrouter bgp {US}\n bgp router-id {DAEMON}\n no bgp ebgp-requires-policy\n"
    for asn, address in PEERS.items():
        text += "".join(f" neighbor {address} {what}\n"
                        for what in (f"remote-as {asn}", "passive", "ebgp-multihop"))
    with open(conf, "w", encoding="ascii") as out:
        out.write(text)
    return [BGPD, "-Z", "-S", "-l", DAEMON, "-P", "0", "-i", os.path.join(folder, "pid"), "-f", conf,
            "--vty_socket", folder, "--log", f"file:{folder}/log"]


def wrote(file, prefix):
    octets = bytes([24]) + bytes(int(o) for o in prefix.split("/")[0].split("."))[:3]
    with open(file, "rb") as data:
        return octets in data.read()


def play(rng, file):
    sessions = []
    for asn, address in PEERS.items():
        session = Speaker(address, asn)
        patiently(lambda s=session: s.start(DAEMON))
        sessions.append(session)
    for _ in range(60):
        session = rng.choice(sessions)
        some = rng.sample(PREFIXES, rng.randrange(1, 4))
        if rng.random() < 0.4:
            withdraw(session, some)
        else:
            path = [(AS_SEQUENCE, [session.asn, rng.choice((4837, 20485, 400200)), 131279])]
            path += [(AS_SET, [131279, 4808])] if rng.random() < 0.2 else []
            session.announce([(p, path, None) for p in some])
    sessions[0].announce([(MARK, [(AS_SEQUENCE, [3356])], None)])
    patiently(lambda: wrote(file, MARK))
    sessions[1].link.shutdown(socket.SHUT_RDWR)
    time.sleep(1)  # until the daemon has seen the end of that session
    sessions[0].announce([(LAST, [(AS_SEQUENCE, [3356])], None)])
    patiently(lambda: wrote(file, LAST))
    return sessions


def microseconds(text):
    seconds, _, part = text.partition(".")
    return int(seconds) * 1000000 + int(part.ljust(6, "0"))


def heard(file):
    said = subprocess.run(["bgpdump", "-m", file], check=True, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout
    found = set()
    for line in said.splitlines():
        f = line.split("|")
        key = (microseconds(f[1]), f[3], int(f[4]))
        up = [state == "6" for state in f[5:7]]
        if f[2] == "STATE" and up[0] != up[1]:
            found.add((*key, "up" if up[1] else "down", "0.0.0.0/0", None))
        elif f[2] == "W":
            found.add((*key, "withdrawn", f[5], None))
        elif f[2] == "A":
            found.add((*key, "announced", f[5], f[6]))
    return sorted(found, key=str)


def told(folder, file):
    db = os.path.join(folder, "t.db")
    done = subprocess.run([TUMEN, "control", "import", "--db", db, "--prefix", "0.0.0.0/0", file],
                          capture_output=True, text=True)
    with sqlite3.connect(db) as base:
        found = set(base.execute("SELECT at_us, peer, peer_as, kind, prefix, as_path FROM v_route"))
    return done, sorted(found, key=str)


def compare(tap, name, command):
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        file, sessions = os.path.join(folder, "updates.mrt"), []
        run = subprocess.Popen(command(folder, file), stderr=subprocess.DEVNULL)
        try:
            sessions = play(random.Random(SEED), file)
        finally:
            run.send_signal(signal.SIGKILL)
            run.wait()
            for session in sessions:
                session.close()
        done, mine = told(folder, file)
        theirs = heard(file)
        kinds = {r[3] for r in mine}
        tap.ok(done.returncode == 0 and mine == theirs and len(mine) > 60
               and kinds == {"announced", "withdrawn", "up", "down"},
               f"{name}: {len(mine)} rows as bgpdump reads them",
               (done.stdout, done.stderr, kinds, [r for r in theirs if r not in mine][:4],
                [r for r in mine if r not in theirs][:4]))


def inside():
    """In the namespace."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "addr", "add", f"{DAEMON}/24", "dev", "lo"], check=True)
    tap = Tap()
    print(f"# seed {SEED}", flush=True)
    for name, program, command in (("BIRD", "bird", bird), ("FRR", BGPD, frr)):
        if shutil.which(program):
            compare(tap, name, command)
        else:
            tap.skip(name, f"{program} is not installed")
    return tap.end()


def main():
    if not shutil.which("bgpdump"):
        return Tap().skip("bgpdump", "the Debian package bgpdump is not installed")
    flags = [] if os.geteuid() == 0 else ["-U", "-r"]
    if subprocess.run(["unshare", *flags, *ALONE, "true"], capture_output=True).returncode:
        return Tap().skip("BIRD and FRR", "no namespaces")
    return subprocess.run(["unshare", *flags, *ALONE, HERE, "--inside"]).returncode


sys.exit(inside() if sys.argv[1:] == ["--inside"] else main())
