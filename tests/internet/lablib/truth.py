# SPDX-License-Identifier: ISC
"""What is true now: every vantage's paths to every prefix, walked over the kernels' routes."""
import json

from lablib import kernel

PATHS_MAX = 64   # a product of diamonds; the base topology has 6


def truth(topo, kernels=None):
    """One dictionary per vantage and prefix, as `lab truth --json` prints it."""
    kernels = kernels or kernel.Kernels(list(topo.nodes))
    return [_row(topo, kernels, vantage, prefix)
            for vantage in topo.of_kind("vantage") for prefix in topo.prefixes()]


def _row(topo, kernels, vantage, prefix):
    target = topo.host_of(prefix).address
    done, lost = walk(kernels, vantage.name, target)
    as_paths = []
    for path in done:
        ases = as_path(topo, path)
        if ases not in as_paths:
            as_paths.append(ases)
    entries = {entry_as(topo, ases) for ases in as_paths}
    carriers = sorted({carrier(topo, ases) for ases in as_paths})
    return {"vantage": vantage.name, "prefix": str(prefix), "target": target,
            "as_paths": as_paths, "entry_as": entries.pop() if len(entries) == 1 else None,
            "carrier": "+".join(carriers) or "none", "reachable": bool(done) and not lost,
            "routers": done, "lost": lost}


def walk(kernels, start, target):
    """All router-level paths: those that arrive, and those that end or turn in a circle."""
    done, lost, todo = [], [], [[start]]
    while todo and len(done) + len(lost) < PATHS_MAX:
        path = todo.pop()
        if kernels.owner.get(target) == path[-1]:
            done.append(path)
            continue
        nodes = [kernels.owner.get(hop) for hop in kernels.next_hops(path[-1], target)]
        if not nodes or None in nodes or set(nodes) & set(path):
            lost.append(path)
            continue
        todo += [path + [node] for node in nodes]
    return sorted(done), sorted(lost)


def as_path(topo, path):
    ases = []
    for name in path:
        asn = topo.asn(name)
        if not ases or ases[-1] != asn:
            ases.append(asn)
    return ases


def _before_target(topo, ases):
    return ases[:ases.index(topo.target)]


def entry_as(topo, ases):
    before = _before_target(topo, ases)
    return before[-1] if before else None


def carrier(topo, ases):
    """The nearest carrier class before the target; a front only if there is no carrier."""
    before = _before_target(topo, ases)
    for table in (topo.carriers, topo.fronts):
        for asn in reversed(before):
            for name, members in table.items():
                if asn in members:
                    return name
    return f"other:{before[-1]}" if before else "none"


def as_ndjson(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def as_text(rows):
    out = []
    for row in rows:
        paths = " | ".join(" ".join(map(str, p)) for p in row["as_paths"]) or "-"
        out.append(f"{row['vantage']:<6} {row['prefix']:<17} {row['carrier']:<9} "
                   f"entry {row['entry_as'] or '-':<7} {paths}\n")
    return "".join(out)
