#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""older.py DAYS: the traces of stdin as if they had been so many days earlier."""
import datetime
import hashlib
import json
import sys
import uuid

back = int(sys.argv[1]) * 86400 * 10**6
for line in sys.stdin:
    t = json.loads(line)
    t["start_us"] -= back
    start = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=t["start_us"])
    t["start"] = start.isoformat(timespec="microseconds") + "Z"
    for probe in (p for h in t["hops"] for p in h["probes"] if p["tx_us"]):
        probe["tx_us"] -= back
    key = t["vantage"].encode() + b"\0"
    for part in "epoch", "seq", "start_us":
        key += t[part].to_bytes(8, "big")
    text = str(uuid.UUID(bytes=hashlib.sha256(key).digest()[:16], version=4))
    t["id"] = text[:14] + "8" + text[15:]
    print(json.dumps(t, separators=(",", ":")))
