#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""tumen control import: files as collectors write them, with a background of other
prefixes, held against what bgpdump reads of them, row by row; RIS Live; again,
overlapping, cut off, damaged, packed; names of collectors; both engines' order is
tests/unit/test_routes. TUMEN_SEED chooses other files. Prints TAP."""
import bz2
import gzip
import ipaddress
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "../internet"))
sys.path.insert(0, HERE)
import bgp  # noqa: E402
from lablib.tap import Tap  # noqa: E402

TUMEN = os.path.realpath(os.environ.get("TUMEN", "build/tumen"))
SEED = int(os.environ.get("TUMEN_SEED", "8"))
OURS = ipaddress.ip_network("175.45.176.0/22")
FOUR = [str(n) for n in OURS.subnets(new_prefix=24)]
AT = 1506848400 * 1000000  # 2017-10-01 09:00
PEERS = [bgp.Peer(f"192.0.2.{i}", asn) for i, asn in
         enumerate((3356, 1299, 400123, 65010, 6939, 20485, 2914), 1)] + [
             bgp.Peer("2001:db8::1", 64500), bgp.Peer("2001:db8::2", 400124)]
INTEREST = FOUR + ["175.45.176.0/22", "175.45.176.0/21", "175.45.0.0/16", "175.45.177.128/25",
                   "175.45.178.1/32"]
NOISE = ["175.44.0.0/15", "175.0.0.0/8", "0.0.0.0/0", "175.45.180.0/24", "175.45.172.0/22",
         "8.8.8.0/24", "1.0.0.0/24", "175.44.176.0/24", "176.45.176.0/24", "10.0.0.0/12"]
PATHS = ["4837 131279", "20485 131279", "4837 4837 134544 134544 131279 131279",
         "20485 20485 {131279,4808}", "4837 (64512 64513) 131279", "701 400200 131279",
         "4837 131279 64512", "9 {4837,20485} 131279", "4808 401111", "23456 131279",
         "[64513,64514] 4837 131279", " ".join(["7018"] * 300) + " 131279"]
t = Tap()


def rows(db, columns="at_us, collector, peer, peer_as, kind, prefix, as_path, path_no",
         table="v_route"):
    with sqlite3.connect(db) as base:
        return sorted(base.execute(f"SELECT {columns} FROM {table}"), key=str)


def run(*arguments, **how):
    done = subprocess.run([TUMEN, "control", "import", *arguments], capture_output=True, text=True,
                          timeout=60, **how)
    return done, [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def random_updates(rng, n, how):
    octets, at = b"", AT
    for _ in range(n):
        at += rng.randrange(0, 3000000)
        peer, path = rng.choice(PEERS), rng.choice(PATHS)
        pick = rng.sample(INTEREST if rng.random() < 0.3 else NOISE, rng.randrange(1, 4))
        if rng.random() < 0.3:
            pick += rng.sample(NOISE, 2)
        pick = list(dict.fromkeys(pick))
        # With AS4_PATH, bgpdump says the head of a path with confederations twice.
        plain = not set(path) & set("([")
        width = 2 if plain and peer.asn < 1 << 16 and rng.random() < 0.5 else 4
        what = rng.random()
        ids = [rng.randrange(1 << 32) for _ in pick] if how.get("add_path") else None
        style = {"width": width, "et": how.get("et", False)}
        if what < 0.5:
            octets += peer.update(at, pick, (), f"{peer.asn} {path}", ids=ids, **style)
        elif what < 0.8:
            octets += peer.update(at, (), pick, ids=ids, **style)
        elif what < 0.85:
            octets += peer.state(at, *rng.choice([(6, 1), (5, 6), (1, 2), (3, 1)]), **style)
        elif what < 0.9:
            octets += peer.message(at, 4, b"", **style)  # KEEPALIVE
        elif what < 0.95:
            octets += peer.update(at, (), (), path, bgp.reach(["2001:db8::/32"], 2), **style)
        else:
            octets += peer.update(at, pick[:1], (), f"{peer.asn} {path}",
                                  bgp.unreach(["2001:db8::/32"], 2),
                                  ids=ids and ids[:1], **style)
    return octets


def random_table(rng, add_path):
    octets = bgp.index(AT, PEERS)
    for prefix in sorted(INTEREST + NOISE, key=lambda p: ipaddress.ip_network(p)):
        some = [(i, f"{PEERS[i].asn} {rng.choice(PATHS)}", rng.randrange(9))
                for i in range(7) if rng.random() < 0.6]
        octets += bgp.rib(AT + 5000000, prefix, some, add_path)
    return octets + bgp.rib(AT, "2001:db8::/32", [(7, "1 2", 0), (8, "1 2", 0)])


def random_old_table(rng):
    paths = [p for p in PATHS if not set(p) & set("([")]
    return b"".join(bgp.table_dump(AT, p, peer, f"{peer.asn} {rng.choice(paths)}")
                    for p in FOUR + NOISE for peer in PEERS[:2] + PEERS[3:7]
                    if rng.random() < 0.7)


def microseconds(text):
    seconds, _, part = text.partition(".")
    return int(seconds) * 1000000 + int(part.ljust(6, "0") or 0)


def is_ours(prefix):
    net = ipaddress.ip_network(prefix)
    return net.version == 4 and (net.subnet_of(OURS) or (OURS.subnet_of(net) and net.prefixlen >= 16))


def as_stored(path):
    """The middle of what is very long is left out."""
    return path if len(path) < 1024 else None


def heard(path, collector="local"):
    """bgpdump's rows of the prefixes of interest."""
    said = subprocess.run(["bgpdump", "-m", path], check=True, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout
    found = set()
    for line in said.splitlines():
        f = line.split("|")
        at, what, peer, asn = microseconds(f[1]), f[2], f[3], int(f[4])
        if what == "STATE":
            steps = (int(f[5]) == bgp.UP, int(f[6]) == bgp.UP)
            if steps[0] != steps[1]:
                kind = "up" if steps[1] else "down"
                found.add((at, collector, peer, asn, kind, "0.0.0.0/0", None, 0))
            continue
        path_id = int(f.pop(6)) if f[0].endswith("_AP") else 0
        if not is_ours(f[5]):
            continue
        kind = {"A": "announced", "W": "withdrawn", "B": "table"}[what]
        found.add((at, collector, peer, asn, kind, f[5],
                   None if what == "W" else as_stored(f[6]), path_id))
    return sorted(found, key=str)


def told(db):
    found = {(*r[:6], as_stored(r[6]) if r[6] is not None and " ... " not in r[6] else None, r[7])
             for r in rows(db) if r[4] != "absent"}
    return sorted(found, key=str)


def compare(name, octets, folder):
    path, db = os.path.join(folder, name + ".mrt"), os.path.join(folder, name + ".db")
    with open(path, "wb") as file:
        file.write(octets)
    done, said = run("--db", db, "--json", path)
    mine, theirs = told(db), heard(path)
    t.ok(done.returncode == 0 and mine == theirs and len(mine) > 10,
         f"{name}: {len(mine)} rows as bgpdump reads them",
         (done.returncode, done.stderr, [r for r in theirs if r not in mine][:3],
          [r for r in mine if r not in theirs][:3]))
    n = said[0] if said else {}
    t.ok(n.get("kept") == n.get("added") and n.get("present") == 0
         and n.get("broken_at", 0) is None, f"{name}: all of it is new", n)
    again, said = run("--db", db, "--json", path)
    t.ok(again.returncode == 0 and said[0]["added"] == 0 and said[0]["present"] == n["kept"]
         and told(db) == mine, f"{name}: again, nothing is", said)
    return path, db


def oracle(folder):
    rng = random.Random(SEED)
    print(f"# seed {SEED}", flush=True)
    compare("updates", random_updates(rng, 1500, {}), folder)
    compare("updates_et", random_updates(rng, 1500, {"et": True}), folder)
    compare("add_path", random_updates(rng, 800, {"add_path": True}), folder)
    compare("table", random_table(rng, False), folder)
    compare("table_add_path", random_table(rng, True), folder)
    compare("old_table", random_old_table(rng), folder)


def absent(folder):
    """Who has it not: of peers with routes of IPv4, if nothing is missing."""
    path, db = os.path.join(folder, "rrc05.bview.mrt"), os.path.join(folder, "absent.db")
    octets = (bgp.index(AT, PEERS) + bgp.rib(AT + 1, FOUR[0], [(0, "3356 4837 131279", 0)])
              + bgp.rib(AT + 2, "8.8.8.0/24", [(1, "1299 15169", 0)]))
    with open(path, "wb") as file:
        file.write(octets)
    run("--db", db, path)
    kinds = [(r[3], r[4], r[5]) for r in rows(db)]
    want = [(3356, "table", FOUR[0]), (1299, "absent", FOUR[0])]
    want += [(asn, "absent", p) for p in FOUR[1:] for asn in (3356, 1299)]
    t.ok(sorted(kinds) == sorted(want), "peers without a route, and none that has no routes",
         kinds)
    db = os.path.join(folder, "absent2.db")
    with open(path, "wb") as file:
        file.write(octets[:-3])
    done, _ = run("--db", db, path)
    t.ok(done.returncode == 65 and [r[4] for r in rows(db)] == ["table"],
         "of a table that is cut off nobody is said to have none", (done.stderr, rows(db)))


def damaged(folder):
    peer, good = PEERS[0], []
    for i in range(6):
        good.append(peer.update(AT + i * 1000000, [FOUR[i % 4]], (), "3356 4837 131279"))
    path, whole = os.path.join(folder, "d.mrt"), b"".join(good)

    def one(name, octets, kept, broken_at):
        db = os.path.join(folder, name.replace(" ", "_") + ".db")
        with open(path, "wb") as file:
            file.write(octets)
        done, said = run("--db", db, "--json", path)
        text = f"byte {broken_at} of {len(octets)}"
        t.ok(done.returncode == 65 and text in done.stderr and said[0]["kept"] == kept
             and said[0]["broken_at"] == broken_at and len(rows(db)) == kept,
             f"{name}: what is whole is kept, the place is said",
             (done.returncode, done.stderr, done.stdout, len(rows(db))))

    at = len(good[0]) * 3
    one("cut off", whole[:-5], 5, len(whole) - len(good[5]))
    one("octets between", whole[:at] + b"\xff" * 33 + whole[at:], 6, at)
    one("first lost", whole[7:], 5, 0)
    bad = bytearray(good[3])
    bad[-4] = 77  # a prefix of 77 bits
    one("a prefix of 77 bits", whole[:at] + bytes(bad) + whole[at:], 6, at)
    bad = bytearray(good[3])
    bad[12 + 20 + 19:12 + 20 + 21] = b"\xff\xff"  # more withdrawn than there is
    one("a length too large", whole[:at] + bytes(bad) + whole[at:], 6, at)
    db = os.path.join(folder, "gz.db")
    packed = gzip.compress(whole * 200)
    with open(path + ".gz", "wb") as file:
        file.write(packed[:-200])
    done, _ = run("--db", db, path + ".gz")
    t.ok(done.returncode == 65 and "cut off at byte" in done.stderr and len(rows(db)) >= 6,
         "a packed file that is cut off: its begin is stored", (done.stderr, len(rows(db))))
    for name, octets in (("text", b"hello\n" * 30), ("zeros", bytes(4000))):
        with open(path, "wb") as file:
            file.write(octets)
        done, _ = run("--db", os.path.join(folder, "no.db"), path)
        t.ok(done.returncode == 65 and "neither MRT nor lines of RIS Live" in done.stderr,
             f"{name}: is refused", done.stderr)


def packed(folder):
    octets = PEERS[0].update(AT, FOUR[:1], (), "3356 4837 131279")
    db = os.path.join(folder, "packed.db")
    names = []
    for name, data in (("rrc03.a.gz", gzip.compress(octets)), ("rrc03.a.bz2", bz2.compress(octets)),
                       ("rrc03.a", octets)):
        names.append(os.path.join(folder, name))
        with open(names[-1], "wb") as file:
            file.write(data)
    subprocess.run(["zstd", "-q", "-f", names[-1]], check=True)
    names.append(names[-1] + ".zst")
    done, said = run("--db", db, "--json", *names)
    sources = rows(db, "collector, name, kind, messages_n, kept_n, prefixes", "v_route_source")
    t.ok(done.returncode == 0 and [s["added"] for s in said] == [1, 0, 0, 0] and len(rows(db)) == 1
         and [s[:5] for s in sources] == sorted(("rrc03", os.path.basename(n), "updates", 1, 1)
                                                for n in names)
         and {s[5] for s in sources} == {"175.45.176.0/22"},
         "gzip, bzip2, zstd and plain are one content and four files", (done.stderr, sources))


def names_of_collectors(folder):
    octets = PEERS[0].update(AT, FOUR[:1], (), "3356 4837 131279")
    for path, flags, want in (
            ("ris/rrc11/2017.10/updates.mrt", (), "rrc11"),
            ("route-views.sydney/bgpdata/updates.20171001.mrt", (), "route-views.sydney"),
            ("route-views2.updates.mrt", (), "route-views2"),
            ("x/any.mrt", (), "local"), ("y/rrc11.mrt", ("--collector", "my.own-1"), "my.own-1")):
        where, db = os.path.join(folder, path), os.path.join(folder, "names.db")
        os.makedirs(os.path.dirname(where), exist_ok=True)
        with open(where, "wb") as file:
            file.write(octets)
        if os.path.exists(db):
            os.unlink(db)
        run("--db", db, *flags, where)
        t.ok([r[1] for r in rows(db)] == [want], f"{path} {' '.join(flags)}: {want}", rows(db))


def live_lines():
    a, v6, both = PEERS[1], PEERS[7], {"path": [1299, 4837, [131279, 4808]]}
    hop = {"next_hop": "192.0.2.9", "prefixes": [FOUR[0], "8.8.8.0/24"]}
    return [
        a.live(AT + 250000, type="UPDATE", announcements=[hop], origin="IGP", **both),
        a.live(AT + 250000, type="UPDATE", withdrawals=[FOUR[0], "2001:db8::/32"]),
        v6.live(AT + 1000007, "rrc21.ripe.net", True, type="UPDATE", path=[64500, 20485, 131279],
                announcements=[{"next_hop": "2001:db8::9", "prefixes": [FOUR[1]]},
                               {"next_hop": "2001:db8::8", "prefixes": [FOUR[2]]}]),
        a.live(AT + 2000000, type="RIS_PEER_STATE", state="down"),
        a.live(AT + 3000000, type="RIS_PEER_STATE", state="connected"),
        a.live(AT + 3000001, type="RIS_PEER_STATE", state="connecting"),
        a.live(AT + 3000002, type="KEEPALIVE"),
        '{"type":"ris_subscribe_ok","data":{"x":1}}\n', "\n",
        a.live(AT + 4000000, type="UPDATE", path=[1299, 15169],
               announcements=[{"next_hop": "192.0.2.9", "prefixes": ["8.8.8.0/24"]}])]


LIVE = [
    (AT + 250000, "rrc00", "192.0.2.2", 1299, "announced", FOUR[0], "1299 4837 {131279,4808}", 0),
    (AT + 250000, "rrc00", "192.0.2.2", 1299, "withdrawn", FOUR[0], None, 0),
    (AT + 1000007, "rrc21", "2001:db8::1", 64500, "announced", FOUR[1], "64500 20485 131279", 0),
    (AT + 1000007, "rrc21", "2001:db8::1", 64500, "announced", FOUR[2], "64500 20485 131279", 0),
    (AT + 2000000, "rrc00", "192.0.2.2", 1299, "down", "0.0.0.0/0", None, 0),
    (AT + 3000000, "rrc00", "192.0.2.2", 1299, "up", "0.0.0.0/0", None, 0)]


def live(folder):
    text, db = "".join(live_lines()), os.path.join(folder, "live.db")
    path = os.path.join(folder, "live.ndjson")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    done, said = run("--db", db, "--json", path)
    t.ok(done.returncode == 0 and rows(db) == sorted(LIVE, key=str)
         and said[0]["skipped"] == {"elsewhere": 1, "family": 0, "session": 1, "local": 0,
                                    "other": 2, "broken": 0},
         "lines of RIS Live", (done.stderr, said, rows(db)))
    numbers = rows(db, "at_us, kind, message_no")
    t.ok((AT + 250000, "announced", 0) in numbers and (AT + 250000, "withdrawn", 1) in numbers,
         "of one stamp, the order is kept", numbers)
    done, said = run("--db", db, "--json", "-", input=text)
    t.ok(done.returncode == 0 and said[0]["added"] == 0 and rows(db) == sorted(LIVE, key=str),
         "the same by a pipe", (done.stderr, said))
    bad = ['{"type":"ris_message","data":{"timestamp":12', "[1,2]\n", "nonsense\n",
           PEERS[0].live(AT, type="UPDATE", withdrawals=["175.45.176.1/24"]),
           PEERS[0].live(AT, type="UPDATE", path=[1, "x"], withdrawals=[FOUR[0]])]
    for line in bad:
        db2 = os.path.join(folder, "bad.db")
        if os.path.exists(db2):
            os.unlink(db2)
        lines = live_lines()
        place = len("".join(lines[:2]))
        lines.insert(2, line.rstrip("\n") + "\n")
        done, said = run("--db", db2, "--json", "-", input="".join(lines))
        t.ok(done.returncode == 65 and f"byte {place};" in done.stderr
             and rows(db2) == sorted(LIVE, key=str),
             f"a broken line is counted, the others stay: {line[:30].strip()}",
             (done.stderr, len(rows(db2))))
    done, _ = run("--db", db2, "-", input="MRT\0\0" * 20)
    t.ok(done.returncode == 65 and "no lines of RIS Live" in done.stderr, "no JSON by a pipe",
         done.stderr)


def live_goes_on(folder):
    """What came is stored while the stream waits; a signal ends it in order."""
    db = os.path.join(folder, "on.db")
    child = subprocess.Popen([TUMEN, "control", "import", "--db", db, "--json", "-"], text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lines = live_lines()
    child.stdin.write("".join(lines) + lines[0][:20])
    child.stdin.flush()
    end, found = time.monotonic() + 20, []
    while time.monotonic() < end and len(found) < len(LIVE):
        try:
            found = rows(db)
        except sqlite3.Error:
            pass
        time.sleep(0.05)
    child.send_signal(signal.SIGTERM)
    out, errors = child.communicate(timeout=20)
    said = [json.loads(line) for line in out.splitlines()]
    sources = rows(db, "collector, kind, messages_n, kept_n", "v_route_source")
    t.ok(len(found) == len(LIVE) and child.returncode == 0 and not errors
         and sources == [("rrc00", "live", 7, 4), ("rrc21", "live", 1, 2)]
         and sum(s["kept"] for s in said) == len(LIVE),
         "a stream: rows are there while it waits; SIGTERM ends it", (errors, said, sources))
    a, text = PEERS[1], ""
    for hour in range(3):
        for i in range(3):
            text += a.live(AT + (hour * 3601 + i) * 1000000, type="UPDATE", withdrawals=[FOUR[i]])
    db = os.path.join(folder, "hours.db")
    done, said = run("--db", db, "--json", "-", input=text)
    sources = rows(db, "first_us, last_us, messages_n", "v_route_source")
    t.ok(done.returncode == 0 and len(said) == 3 and sum(s[2] for s in sources) == 9
         and len(sources) == 3, "each hour of a stream is a source of its own", (said, sources))


def prefixes(folder):
    octets = b"".join(PEERS[0].update(AT, [p], (), "3356 15169")
                      for p in ("8.8.8.0/24", "8.8.0.0/16", "8.0.0.0/8", "8.8.8.8/32", FOUR[0]))
    path, db = os.path.join(folder, "p.mrt"), os.path.join(folder, "p.db")
    with open(path, "wb") as file:
        file.write(octets)
    run("--db", db, "--prefix", "8.8.8.0/24", "--prefix", "9.9.9.0/24", path)
    t.ok(sorted(r[5] for r in rows(db)) == ["8.8.0.0/16", "8.8.8.0/24", "8.8.8.8/32"],
         "--prefix: inside, itself, and around it down to /16", rows(db))
    run("--db", db, path)
    found = rows(db, "prefixes, kept_n", "v_route_source")
    t.ok(found == [("175.45.176.0/22", 1), ("8.8.8.0/24 9.9.9.0/24", 3)] and len(rows(db)) == 4,
         "what was looked for is kept beside the file", found)
    for flags, text in ((("--prefix", "8.8.8.1/24"), "host bits"), (("--collector", "a b"), "1..32"),
                        (("--no-such",), "no option"), ((), "no file")):
        done, _ = run("--db", db, *flags, *([path] if flags else []))
        t.ok(done.returncode == 64 and text in done.stderr, f"usage: {' '.join(flags)}", done.stderr)
    done, _ = run("--db", db, db)
    t.ok(done.returncode == 64 and "itself" in done.stderr, "the database itself", done.stderr)
    done, _ = run("--db", db, os.path.join(folder, "none.mrt"), path)
    t.ok(done.returncode in (69, 74) and "p.mrt: 5 messages" in done.stdout,
         "a file that is not there, and one behind it", (done.returncode, done.stderr, done.stdout))


def overlapping(folder):
    """Cut anywhere, read with overlap, whole and in any order: the same rows."""
    rng = random.Random(SEED + 1)
    octets, cuts, at = random_updates(rng, 600, {"et": True}), [], 0
    while at < len(octets):
        cuts.append(at)
        at += 12 + int.from_bytes(octets[at + 8:at + 12], "big")
    whole, parts = os.path.join(folder, "w.mrt"), []
    with open(whole, "wb") as file:
        file.write(octets)
    for i, (first, last) in enumerate(((400, 600), (0, 300), (200, 450))):
        parts.append(os.path.join(folder, f"part{i}.mrt"))
        with open(parts[-1], "wb") as file:
            file.write(octets[cuts[first]:cuts[last] if last < len(cuts) else len(octets)])
    one, other = os.path.join(folder, "one.db"), os.path.join(folder, "other.db")
    run("--db", one, whole)
    run("--db", other, *parts, whole, *parts)
    t.ok(rows(one) == rows(other) and len(rows(one)) > 100, "files that overlap: the same rows",
         (len(rows(one)), len(rows(other))))


def main():
    with tempfile.TemporaryDirectory() as folder:
        if shutil.which("bgpdump"):
            oracle(folder)
        else:
            t.skip("bgpdump", "the Debian package bgpdump is not installed")
        for part in (absent, damaged, packed, names_of_collectors, live, live_goes_on, prefixes,
                     overlapping):
            part(folder)
    return t.end()


sys.exit(main())
