#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""tumen import of what nobody should send: each thing costs itself alone, and no
memory. Everything comes through a pipe between two good traces, which must both be
there. Prints TAP."""
import bz2
import gzip
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
os.chdir(ROOT)
sys.path.append(str(ROOT / "tests/internet"))
sys.dont_write_bytecode = True
from lablib.tap import Tap  # noqa: E402

TUMEN = os.environ.get("TUMEN", "build/tumen")
SANITIZED = "/san/" in TUMEN  # memory means nothing then
MOST_KB = 64 << 10
MB = 1 << 20
tap = Tap()


def atlas(at=1760000000, **more):
    return {"fw": 5080, "af": 4, "dst_addr": "175.45.176.71", "dst_name": "175.45.176.71",
            "endtime": at + 3, "from": "192.0.2.10", "msm_id": 5001, "prb_id": 1001,
            "paris_id": 3, "proto": "ICMP", "size": 48, "src_addr": "192.168.1.20",
            "timestamp": at, "type": "traceroute", "result": [
                {"hop": 1, "result": [{"from": "192.168.1.1", "rtt": .5, "size": 28, "ttl": 64}]}],
            **more}


def text(**more):
    return json.dumps(atlas(**more)).encode()


GOOD = [text(at=1750000000) + b"\n", b"\n" + text(at=1755000000) + b"\n"]


def write(pipe, chunks):
    try:
        for chunk in chunks:
            pipe.write(chunk)
        pipe.close()
    except BrokenPipeError:
        pass


class Done:
    """How an import ended."""

    def __init__(self, chunks, within=60):
        child = subprocess.Popen([TUMEN, "import", "--dry-run", "--json", "-"],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
        timer = threading.Timer(within, child.kill)
        writer = threading.Thread(target=write, args=(child.stdin, chunks))
        told = []
        errors = threading.Thread(target=lambda: told.append(child.stderr.read()))
        for t in (timer, writer, errors):
            t.start()
        out = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = self.status = os.waitstatus_to_exitcode(status)
        self.kb = usage.ru_maxrss
        timer.cancel()
        for t in (writer, errors):
            t.join()
        self.err = told[0].decode(errors="replace")
        self.said = json.loads(out) if self.status in (0, 65) else {}

    def __str__(self):
        return f"{self.status}, {self.kb} kB: {self.said} {self.err[:600]}"


def check(name, chunks, want, status=65, why=""):
    """want: traces and broken ones."""
    d = Done(chunks)
    got = (d.said.get("traces"), d.said.get("broken"))
    flat = SANITIZED or d.kb < MOST_KB
    tap.ok(d.status == status and got == want and flat and why in d.err, name, d)


def between(*chunks):
    yield GOOD[0]
    yield from chunks
    yield GOOD[1]


def times(chunk, n):
    for _ in range(n):
        yield chunk


def gzipped(chunks):
    """One member; a buffer of this program must not count as tumen's memory, which
    wait4(2) takes over from before exec."""
    packer = zlib.compressobj(wbits=31)
    return b"".join([packer.compress(c) for c in chunks] + [packer.flush()])


def costs_itself(name, *chunks, why=""):
    check(name, between(*chunks), (2, 1), why=why)


def nesting():
    million = 10 ** 6
    costs_itself("10^6 objects in each other", b'{"a":' * million, why="deeper than 64")
    costs_itself("the same, closed", b'{"a":' * million + b"1" + b"}" * million,
                 why="deeper than 64")
    costs_itself("10^6 lists in a result", b'{"fw":5080,"x":' + b"[" * million,
                 why="deeper than 64")
    check("10^6 lists around nothing", [GOOD[0], b"[" * million], (1, 0), why="has no end")


def numbers():
    digits = b"7" * 10 ** 6
    hop = text().replace(b'"rtt": 0.5', b'"rtt": %s')
    costs_itself("a round trip of 10^6 digits", hop % digits, why="rtt")
    costs_itself("a round trip of 1e999999", hop % b"1e999999", why="rtt")
    costs_itself("an exponent of 10^6 digits", hop % (b"1e" + digits), why="rtt")
    costs_itself("a time of 10^6 digits", text().replace(b"1760000000,", digits + b","),
                 why="timestamp")
    check("10^6 digits where nobody looks", between(text()[:-1] + b',"x":' + digits + b"}"),
          (3, 0), status=0)
    check("10^6 decimals", between(hop % (b"0." + digits)), (3, 0), status=0)


def octets():
    costs_itself("no UTF-8", text()[:-1] + b',"x":"\xed\xa0\x80"}', why="UTF-8")
    costs_itself("octets of every kind", text()[:-1] + bytes(range(256)) + b"}")
    costs_itself("10^8 NULs", *times(bytes(MB), 95))
    check("UTF-16, and a NUL behind it", between(json.dumps(atlas()).encode("utf-16-le")), (2, 2))


def lines():
    costs_itself("an open brace", b'{"fw":5080,"af":4')
    costs_itself("an open string", b'{"fw":5080,"x":"')
    costs_itself("half an object, as after a crash", text()[:200])
    costs_itself("an object of 1 GB on a line", b'{"fw":5080,"x":"', *times(b"x" * MB, 1000),
                 b'"}', why="longer than 16 MiB")
    costs_itself("no object, 200 MB", *times(b"x" * MB, 200), why="no object")
    check("10^5 open braces", between(b"{\n" * 10 ** 5), (2, 10 ** 5))
    check("10^5 objects of nothing", between(b"{}" * 10 ** 5), (2, 10 ** 5))


def packed():
    whole = gzip.compress(b"".join(text(at=1760000000 + i) + b"\n" for i in range(5000)))
    d = Done([whole[:len(whole) // 2]])
    tap.ok(d.status == 65 and 1000 < d.said["traces"] < 4000 and "cut off" in d.err,
           "gzip cut off", d)
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 255
    d = Done([bytes(damaged)])
    tap.ok(d.status == 65 and 1000 < d.said["traces"] < 4000 and "gzip at octet" in d.err,
           "gzip damaged", d)
    blanks = gzipped(times(b" " * MB, 64))
    check("gzip: 2 GB of blanks", [gzip.compress(GOOD[0]), *times(blanks, 32),
                                   gzip.compress(GOOD[1])], (2, 0), status=0)
    check("bzip2: 100 MB of blanks", [bz2.compress(GOOD[0]), *times(bz2.compress(b" " * MB), 100),
                                      bz2.compress(GOOD[1])], (2, 0), status=0)
    check("gzip: an open string of 1 GB",
          [gzip.compress(b'{"x":"'), *times(gzipped(times(b"x" * MB, 64)), 16)], (0, 1))
    if not shutil.which("zstd"):
        tap.skip("zstd that looks back 128 MB", "zstd is not installed")
        return
    long = subprocess.run("head -c 67108864 /dev/zero | zstd -q -c --long=27", shell=True,
                          check=True, capture_output=True).stdout
    check("zstd that looks back 128 MB", [long], (0, 0), why="8 MiB of memory")


def batched(items, size=1000):
    items = iter(items)
    while batch := list(itertools.islice(items, size)):
        yield batch


def formats():
    """Objects of just under 16 MiB."""
    reply = b'{"from":"192.0.2.1","rtt":1,"size":28,"ttl":64},'
    hop = b'{"hop":1,"result":[{"x":"*"}]},'
    node = (b'{"addr":"192.0.2.1","q_ttl":1,"linkc":1,"links":[[{"addr":"192.0.2.2","probes":[{'
            b'"tx":{"sec":1760000000,"usec":1},"replyc":1,"ttl":2,"attempt":0,"flowid":%06d,'
            b'"replies":[{"rx":{"sec":1760000000,"usec":2500},"ttl":63,"rtt":1.5,"ipid":7,'
            b'"icmp_type":11,"icmp_code":0,"icmp_q_tos":0,"icmp_q_ttl":1}]}]}]]},')
    hub = b'{"count":1,"host":"192.0.2.1","Loss%":0.0,"Snt":1},'
    head = text().split(b'"result"')[0] + b'"result":['
    for name, begin, one, end in (
            ("replies of one hop", head + b'{"hop":1,"result":[', reply, b'{"x":"*"}]}]}'),
            ("hops", head, hop, b'{"hop":2,"result":[]}]}'),
            ("keys", text()[:-1], b',"x":0', b"}"),
            ("nodes and flows of tracelb", b'{"type":"tracelb","version":"0.1","userid":0,'
             b'"method":"udp-dport","src":"192.0.2.9","dst":"175.45.176.71","start":{"sec":'
             b'1760000000,"usec":0},"probe_size":44,"firsthop":1,"attempts":2,"confidence":95,'
             b'"tos":0,"gaplimit":3,"wait_timeout":5,"wait_probe":150,"probec":20,'
             b'"probec_max":3000,"nodec":4,"linkc":4,"nodes":[', node, b'{"addr":"192.0.2.1","q_ttl":1,"linkc":0}]}'),
            ("hubs of mtr", b'{"report":{"mtr":{"src":"h","dst":"175.45.176.71","tos":0,'
             b'"tests":1,"psize":"64","bitpattern":"0x00"},"hubs":[', hub,
             b'{"count":2,"host":"192.0.2.1"}]}}')):
        n = (16 * MB - len(begin) - len(end) - 1) // len(one)
        many = (one % i if b"%06d" in one else one for i in range(n))
        d = Done(between(begin, *(b"".join(x) for x in batched(many)), end))
        traces, broken = d.said.get("traces", 0), d.said.get("broken", 0)
        tap.ok(d.status in (0, 65) and traces >= 2 and traces + broken >= 3 and
               (SANITIZED or d.kb < MOST_KB),
               f"{n} {name}: {traces - 2} traces, {broken} broken, {d.kb >> 10} MB", d)


def main():
    for part in (nesting, numbers, octets, lines, packed, formats):
        part()
    return tap.end()


sys.exit(main())
