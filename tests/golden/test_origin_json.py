#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""JSON sources beside Python's json: made-up files whose names and notes are full of
quotes, brackets and signs of four octets, written in several ways, keys in any order.
Every member of an exchange point and every VRP is what Python says it is.
TUMEN_SEED begins the random numbers, TUMEN_ROWS is how many rows there are."""
import ipaddress
import json
import os
import random
import subprocess
import sys
import tempfile

TUMEN = os.path.realpath(os.environ.get("TUMEN", "build/tumen"))
SEED = int(os.environ.get("TUMEN_SEED", "7"))
ROWS = int(os.environ.get("TUMEN_ROWS", "4000"))
FIRST = int(ipaddress.ip_address("195.0.0.0"))
SIGNS = "a\u00e9\"\\\u4e2d\U0001f600/{}[],: "
WAYS = {"as Python does": {}, "indented UTF-8": {"ensure_ascii": False, "indent": 1},
        "without a blank": {"separators": (",", ":")}}


def quad(addr):
    return str(ipaddress.ip_address(addr))


def noise(rng):
    return "".join(rng.choice(SIGNS) for _ in range(rng.randrange(12)))


def peeringdb(rng):
    """The dump, and for each address of a member its origins and the LAN's name."""
    lans = range(1, 1 + ROWS // 40)
    dump = {
        "org": {"data": [{"id": i, "name": noise(rng)} for i in lans]},
        "ix": {"data": [{"id": i, "name": f"IX {noise(rng)}{i}", "notes": noise(rng)}
                        for i in lans], "meta": {}},
        "ixlan": {"data": [{"id": i + 5000, "ix_id": i, "name": None} for i in lans]},
        "ixpfx": {"data": [{"ixlan_id": i + 5000, "prefix": quad(FIRST + 256 * i) + "/24",
                            "status": rng.choice(["ok"] * 9 + ["deleted"])} for i in lans]},
        "netixlan": {"data": []},
        "meta": {"generated": 1666666666.25},
    }
    names = {p["ixlan_id"] - 5000: ix["name"] for p, ix in
             zip(dump["ixpfx"]["data"], dump["ix"]["data"]) if p["status"] == "ok"}
    want = {}
    for _ in range(ROWS):
        lan, astray = rng.choice(lans), rng.random() < .02
        addr = rng.randrange(1 << 24, 9 << 24) if astray else FIRST + 256 * lan + rng.randrange(256)
        port = {"asn": rng.choice([rng.randrange(1, 60000), 401111]), "ixlan_id": lan + 5000,
                "ipaddr4": quad(addr), "ipaddr6": None, "operational": rng.random() < .5,
                "notes": noise(rng), "status": rng.choice(["ok"] * 9 + ["deleted"])}
        dump["netixlan"]["data"].append(port)
        if port["status"] == "ok" and not astray and lan in names:
            want.setdefault(port["ipaddr4"], (set(), names[lan]))[0].add(port["asn"])
    keys = list(dump)
    rng.shuffle(keys)
    return {key: dump[key] for key in keys}, want


def build(folder, option, data, way):
    path, out = os.path.join(folder, "in.json"), os.path.join(folder, "t.origin")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(data, file, **way)
    subprocess.run([TUMEN, "origin", "build", "-o", out, "--asof", "2022-10-25",
                    option, path], check=True, stderr=subprocess.PIPE)
    return out


def counts(snapshot):
    said = subprocess.run([TUMEN, "origin", "info", "--json", "--origin", snapshot],
                          check=True, stdout=subprocess.PIPE).stdout
    return json.loads(said)["sources"][0]["counts"]


def members(snapshot, want):
    """The answers that are not what they should be."""
    said = subprocess.run([TUMEN, "origin", "lookup", "--json", "--at", "2022-10-26",
                           "--origin", snapshot], check=True, encoding="utf-8",
                          input="\n".join(want), stdout=subprocess.PIPE).stdout
    wrong = []
    for line in said.splitlines():
        got = json.loads(line)
        asns, name = want[got["addr"]]
        if (set(got["origins"]), got["source"], got["prefix"]) != (
                asns, f"member at {name}", got["addr"] + "/32"):
            wrong.append((got, asns, name))
    return wrong if len(said.splitlines()) == len(want) else said


def vrps(rng):
    """Records of every spelling, and the counts that they make."""
    roas, want = [], {"rows": 0, "ipv6": 0, "syntax": 0}
    for i in range(ROWS):
        kind = rng.choice(["rows"] * 6 + ["ipv6", "syntax"])
        length = rng.randrange(8, 25)
        prefix = quad(FIRST + (i << 8)) + "/24" if kind != "ipv6" else f"2001:db8:{i:x}::/48"
        roa = {"prefix": prefix, "asn": rng.choice([i, f"AS{i}"]), "ta": noise(rng),
               "maxLength": length if kind == "syntax" and length < 24 else 24}
        if kind == "syntax" and length == 24:
            roa["asn"] = "AS"
        want[kind] += 1
        roas.append(roa)
    return {"metadata": {"buildtime": "2022-10-25T00:00:00Z", "x": [1, {"y": [noise(rng)]}]},
            "roas": roas, "aspas": []}, want


def main():
    rng, n, failed = random.Random(SEED), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for name, way in WAYS.items():
            dump, want = peeringdb(rng)
            wrong = members(build(folder, "--ixp", dump, way), want)
            payloads, said = vrps(rng)
            got = counts(build(folder, "--vrp", payloads, way))
            for text, bad in ((f"{len(want)} members", wrong), (f"{ROWS} VRPs", [
                    (k, v, got[k]) for k, v in said.items() if got[k] != v])):
                n, failed = n + 1, failed + bool(bad)
                for row in bad[:3]:
                    print(f"# {row}")
                print(f"{'not ok' if bad else 'ok'} {n} - {text}, written {name}, seed {SEED}")
    print(f"1..{n}")
    return failed > 0


sys.exit(main())
