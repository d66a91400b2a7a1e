# SPDX-License-Identifier: ISC
"""The files a program under test reads: RIB, registry, exchanges, relations."""
import hashlib
import os
import time

from lablib import bird

REGISTRY_DATE = 20240101


def write(topo, folder):
    tables = {"registry.txt": registry(topo), "ixp.txt": ixps(topo), "asrel.txt": asrel(topo)}
    for name, text in tables.items():
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)


def dump_rib(topo, path):
    """TABLE_DUMP_V2 of every collector's table; returns when the file is complete."""
    for node in topo.of_kind("collector"):
        if os.path.exists(path):
            os.unlink(path)  # BIRD appends
        bird.ask(node.name, f'mrt dump table "master4" to "{path}"')
        size, before = -1, -2
        while size <= 0 or size != before:  # BIRD dumps beside its other work
            time.sleep(0.1)
            before, size = size, os.path.getsize(path) if os.path.exists(path) else -1


def registry(topo):
    """RIR statistics, delegated-extended: the same opaque id is the same holder."""
    rows = []
    for net in topo.ases.values():
        holder = "A" + hashlib.sha256(net.name.encode()).hexdigest()[:7].upper()
        tail = f"{REGISTRY_DATE}|allocated|{holder}"
        rows.append(f"{net.registry}|{net.country}|asn|{net.number}|1|{tail}")
        rows += [f"{net.registry}|{net.country}|ipv4|{p.network_address}|{p.num_addresses}|{tail}"
                 for p in net.allocated]
    kinds = [row.split("|")[2] for row in rows]
    head = [f"2.3|apnic|{REGISTRY_DATE}|{len(rows)}|19830101|{REGISTRY_DATE}|+0000"]
    head += [f"apnic|*|{kind}|*|{kinds.count(kind)}|summary" for kind in ("asn", "ipv4")]
    return "\n".join(head + rows) + "\n"


def ixps(topo):
    return "".join(f"{ixp.net}  # {ixp.title}\n" for ixp in topo.ixps.values())


def asrel(topo):
    """CAIDA serial-1: provider|customer|-1 and peer|peer|0."""
    rows = [f"{a}|{b}|-1" for (a, b), what in topo.relation.items() if what == "customer"]
    rows += [f"{a}|{b}|0" for (a, b), what in topo.relation.items() if what == "peer" and a < b]
    return "\n".join(["# source: the laboratory's topology"] + rows) + "\n"
