#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A long stream of results of RIPE Atlas through `tumen import --dry-run -`: MB/s of
plain text and peak memory, which the length must not matter to.

    stream.py [--gigabytes N] [--packed]
"""
import argparse
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
TUMEN = os.environ.get("TUMEN", str(ROOT / "build/tumen"))
PIECE = 2000  # results that are repeated, under other times


def result(rng, i):
    hops = []
    for hop in range(1, rng.randint(8, 18)):
        replies = [{"x": "*"} if rng.random() < .12 else
                   {"from": ".".join(str(rng.randint(1, 250)) for _ in range(4)),
                    "ttl": rng.randint(40, 255), "size": rng.choice([28, 68, 140]),
                    "rtt": round(rng.random() * 300, 3)} for _ in range(3)]
        hops.append({"hop": hop, "result": replies})
    target = f"175.45.{rng.randint(176, 179)}.{rng.randint(1, 254)}"
    return {"fw": 5080, "mver": "2.6.2", "lts": 12, "endtime": 1767225604, "dst_name": target,
            "dst_addr": target, "src_addr": "192.168.1.20", "proto": "UDP", "af": 4, "size": 40,
            "paris_id": i % 16, "result": hops, "msm_id": 5051, "prb_id": 6000 + i % 800,
            "timestamp": 1767225600, "msm_name": "Traceroute", "from": "203.0.113.9",
            "type": "traceroute", "group_id": 5051}


def pieces(size):
    """About that many octets; each piece has times of its own."""
    rng = random.Random(1)
    text = "".join(json.dumps(result(rng, i), separators=(",", ":")) + "\n" for i in range(PIECE))
    at = [m.start(1) for m in re.finditer(r'"timestamp":(\d{10})', text)]
    piece = bytearray(text.encode())
    for n in range(max(1, size // len(piece))):
        when = b"%010d" % (1500000000 + 60 * n)
        for i in at:
            piece[i:i + 10] = when
        yield bytes(piece)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=5)
    parser.add_argument("--packed", action="store_true", help="as gzip")
    args = parser.parse_args()
    child = subprocess.Popen([TUMEN, "import", "--dry-run", "--json", "-"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    begin, plain, sent = time.monotonic(), 0, 0
    for piece in pieces(int(args.gigabytes * 1e9)):
        plain += len(piece)
        sent += PIECE
        if args.packed:
            packer = zlib.compressobj(1, wbits=31)
            piece = packer.compress(piece) + packer.flush()
        child.stdin.write(piece)
    child.stdin.close()
    said = json.loads(child.stdout.read())
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    took = time.monotonic() - begin
    print(f"{plain / 1e9:.2f} GB, {said['traces']} traces in {took:.1f} s: "
          f"{plain / took / 1e6:.0f} MB/s, {plain / usage.ru_utime / 1e6:.0f} MB a second of "
          f"processor, peak {usage.ru_maxrss >> 10} MB")
    return 0 if status == 0 and said["traces"] == sent else 1


sys.exit(main())
