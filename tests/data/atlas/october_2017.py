#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Makes october-2017.json.gz and october-2017-probes.json: results of RIPE Atlas
towards 175.45.176.0/22 of 1 and 2 October 2017 as its API would give them. Nothing
in them was measured: no such probes and measurements exist. What is real: when each
prefix had TransTeleCom (tests/october/facts.csv), the four prefixes, the networks
that the addresses of carriers belong to, and the form.

    october_2017.py DIR
"""
import csv
import datetime
import gzip
import json
import pathlib
import random
import sys

HERE = pathlib.Path(__file__).resolve().parent
FACTS = HERE.parents[1] / "october" / "facts.csv"
BEGIN, END, EVERY = "2017-10-01T06:00:00Z", "2017-10-02T12:00:00Z", 1800

# Measurement: (target, protocol, answers, hidden hops behind the border)
MEASUREMENTS = {
    99017601: ("175.45.176.68", "TCP", True, 2),
    99017701: ("175.45.177.1", "TCP", True, 2),
    99017801: ("175.45.178.129", "ICMP", True, 1),
    99017901: ("175.45.179.67", "UDP", False, 3),
}


class Probe:
    def __init__(self, prb_id, asn, country, place, addresses, ttk, unicom, via_ttk):
        self.id, self.asn, self.country, self.place = prb_id, asn, country, place
        self.public, self.local = addresses
        self.paths = {"ttk": ttk, "unicom": unicom}
        self.via_ttk = via_ttk  # does its network prefer TransTeleCom when there is one


# Hops: (address, round trip in ms); the last one is the border.
PROBES = [
    Probe(99001, 64496, "DE", (8.6, 50.1), ("192.0.2.10", "192.168.178.20"),
          [("192.168.178.1", .6), ("192.0.2.1", 9), ("62.115.141.242", 12), ("62.115.122.38", 35),
           ("188.43.18.7", 52), ("10.200.0.13", 140), ("188.43.225.153", 176)],
          [("192.168.178.1", .6), ("192.0.2.1", 9), ("62.115.141.242", 12), ("62.115.125.190", 150),
           ("219.158.33.173", 210), ("219.158.16.81", 255), ("219.158.39.42", 290)], True),
    Probe(99002, 64497, "RU", (37.6, 55.7), ("198.51.100.10", "198.51.100.10"),
          [("198.51.100.1", .9), ("188.43.1.41", 3), ("10.200.0.13", 90), ("188.43.225.153", 121)],
          [("198.51.100.1", .9), ("62.115.141.50", 40), ("62.115.125.190", 170),
           ("219.158.33.173", 230), ("219.158.16.81", 270), ("219.158.39.42", 305)], True),
    Probe(99003, 64498, "JP", (139.7, 35.7), ("203.0.113.10", "10.0.0.5"),
          [], [("10.0.0.1", .4), ("203.0.113.1", 2), ("129.250.3.21", 3), ("219.158.41.181", 40),
               ("219.158.16.81", 62), ("219.158.39.42", 95)], False),
]


def seconds(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def facts():
    lines = [x for x in FACTS.read_text().splitlines() if not x.startswith("#")]
    return list(csv.DictReader(lines))


def in_state(rows, what, target, at):
    third = ".".join(target.split(".")[:3])
    for r in rows:
        here = r["prefix"].startswith(third + ".") or r["prefix"].endswith("/22")
        if r["what"] == what and here and seconds(r["from"]) <= at and \
                (not r["to"] or at < seconds(r["to"])):
            return True
    return False


def reply(rng, addr, rtt, hop, **more):
    first = 255 if hop > 1 else 64
    return {"from": addr, "rtt": round(rtt + rng.expovariate(1 / (.2 + rtt / 200)), 3),
            "size": 28, "ttl": first - hop + 1, **more}


def stars(n=3):
    return [{"x": "*"} for _ in range(n)]


def target_hop(rng, target, rtt, proto, hop):
    more = {"flags": "SA", "hdropts": [{"mss": 1460}], "size": 4} if proto == "TCP" else \
        {"size": 48}
    return {"hop": hop, "result": [reply(rng, target, rtt, hop, **more) for _ in range(3)]}


def hops(rng, path, measurement, alive):
    target, proto, answers, hidden = measurement
    out = []
    for hop, (addr, rtt) in enumerate(path, 1):
        items = [reply(rng, addr, rtt, hop) for _ in range(3)]
        if hop == len(path) - 2 and rng.random() < .2:
            items[rng.randrange(3)] = {"x": "*"}
        if addr.startswith("188.43.18."):
            for i in items:
                if "from" in i:
                    i["icmpext"] = {"obj": [{"class": 1, "type": 1, "mpls": [
                        {"exp": 0, "label": 24011, "s": 1, "ttl": 1}]}], "rfc4884": 0, "version": 2}
                    i["size"] = 140
        out.append({"hop": hop, "result": items})
    silent = hidden if answers and alive else 5
    for hop in range(len(path) + 1, len(path) + 1 + silent):
        out.append({"hop": hop, "result": stars()})
    if answers and alive:
        rtt = path[-1][1] + 3
        out.append(target_hop(rng, target, rtt, proto, len(path) + silent + 1))
    else:
        out.append({"hop": 255, "result": stars()})
    return out


def result(rng, rows, probe, msm_id, at, run):
    target, proto, _, _ = MEASUREMENTS[msm_id]
    ttk = probe.via_ttk and in_state(rows, "ttk", target, at)
    path = probe.paths["ttk" if ttk else "unicom"]
    found = hops(rng, path, MEASUREMENTS[msm_id], not in_state(rows, "outage", target, at))
    silent = sum(i == {"x": "*"} for h in found for i in h["result"])
    return {"af": 4, "dst_addr": target, "dst_name": target,
            "endtime": at + 1 + 4 * silent, "from": probe.public, "fw": 4790,
            "lts": rng.randint(5, 90), "msm_id": msm_id, "msm_name": "Traceroute",
            "paris_id": run % 16, "prb_id": probe.id, "proto": proto, "result": found,
            "size": 48, "src_addr": probe.local, "timestamp": at, "type": "traceroute"}


def results():
    rng, rows = random.Random(20171001), facts()
    for run, at in enumerate(range(seconds(BEGIN), seconds(END), EVERY)):
        for probe in PROBES:
            for msm_id in MEASUREMENTS:
                spread = (probe.id * 131 + msm_id * 17) % 400
                yield result(rng, rows, probe, msm_id, at + spread, run)


def about(probe):
    lon, lat = probe.place
    return {"address_v4": probe.public, "address_v6": None, "asn_v4": probe.asn, "asn_v6": None,
            "country_code": probe.country, "description": "made up, tests/data/README.md",
            "firmware_version": 4790, "geometry": {"type": "Point", "coordinates": [lon, lat]},
            "id": probe.id, "is_anchor": False, "is_public": True, "prefix_v4": None,
            "status": {"id": 1, "name": "Connected", "since": "2017-09-01T00:00:00Z"},
            "tags": [{"name": "made up", "slug": "made-up"}], "type": "Probe"}


def main(folder):
    def compact(x):
        return json.dumps(x, sort_keys=True, separators=(",", ":"))
    text = "[" + ",".join(map(compact, results())) + "]\n"
    with open(folder / "october-2017.json.gz", "wb") as f, \
            gzip.GzipFile("", "wb", 9, f, mtime=0) as z:
        z.write(text.encode())
    listed = {"count": len(PROBES), "next": None, "previous": None,
              "results": [about(p) for p in PROBES]}
    (folder / "october-2017-probes.json").write_text(
        json.dumps(listed, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) == 2 else HERE)
