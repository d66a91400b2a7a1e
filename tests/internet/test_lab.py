#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The laboratory is what it says it is: paths, diamonds, addresses, scenarios, switches."""
import ipaddress
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from lablib import bird, kernel, mrt, netns, prober, tap, truth  # noqa: E402
from lablib.running import Running  # noqa: E402
from lablib.tap import LAB  # noqa: E402

UP_S = 10
UNROUTED = [ipaddress.ip_network(n) for n in ("80.81.192.0/21", "103.35.255.0/24")]
FLOWS = range(40000, 40032)


def lab(*words):
    return subprocess.run([LAB, *words], capture_output=True, text=True)


def scenarios(t):
    for name in lab("scenarios").stdout.split() + ["base"]:
        begin = time.monotonic()
        switched = lab("scenario", name)
        took = time.monotonic() - begin
        checked = lab("check")
        bad = [line for line in checked.stdout.splitlines() if line.startswith("not ok")]
        count = checked.stdout.count("ok ")
        good = switched.returncode == 0 and checked.returncode == 0 and count > 5
        t.ok(good, f"scenario {name}: {count} expectations, switched in {took:.1f} s",
             "\n".join(bad) + switched.stderr + checked.stderr)


def responders(vantage, target, first, last):
    """Per flow the responders of these TTLs; a lost answer is asked for once more."""
    paths = {}
    for port in FLOWS:
        path = prober.trace(vantage, target, port, first, last)
        if None in path:
            path = prober.trace(vantage, target, port, first, last)
        paths[port] = tuple(path)
    return paths


def diamonds(t):
    paths = responders("sel", "175.45.176.71", 5, 8)
    first, second = {p[0] for p in paths.values()}, {p[2] for p in paths.values()}
    t.ok(first == {"219.158.96.2", "219.158.96.6"}, "Unicom's first diamond is two wide", first)
    t.ok(second == {"219.158.99.2", "219.158.99.6", "219.158.99.10"},
         "Unicom's second diamond is three wide", second)
    t.ok(len({(p[0], p[2]) for p in paths.values()}) == 6,
         "the two choices are independent: all six combinations", set(paths.values()))
    t.ok(paths == responders("sel", "175.45.176.71", 5, 8), "a flow keeps its path")
    paths = responders("mow", "175.45.177.10", 3, 4)
    t.ok({p[0] for p in paths.values()} == {"188.43.11.2", "188.43.11.6"},
         "TransTelecom's diamond is two wide", paths)


def addresses(t, running):
    path = prober.trace("mow", "175.45.177.10")
    t.ok("10.77.5.2" in path, "a hop inside TransTelecom answers from private space", path)
    t.ok(path[-4:] == [None, None, None, "175.45.177.10"] and path[-5] == "188.43.225.153",
         "three silent TTLs between the border's answer and the host's", path)
    nets = {(node.name, line.split()[0]) for node in running.topo.routers()
            for line in bird.ask(node.name, "show route") if line[:1].isdigit()}
    bad = [n for n in nets if any(ipaddress.ip_network(n[1]).overlaps(u) for u in UNROUTED)]
    t.ok(len(nets) > 500 and not bad,
         "the exchange's LAN and 103.35.255.0/24 are in no router's tables", bad)
    owners = kernel.Kernels(list(running.topo.nodes)).owner
    expected = {"188.43.225.153": "sj-ttk", "188.43.225.154": "tt6", "103.35.255.254": "sj-cu",
                "103.35.255.253": "cb2", "80.81.193.12": "tt1"}
    t.ok({a: owners.get(a) for a in expected} == expected,
         "the border's addresses are on the routers that the documentation names")


def archives(t, running):
    lab("mrt")
    rows = mrt.rib(running.path("rib.mrt"))
    bad = [row for row in rows if any(row[1].overlaps(u) for u in UNROUTED)]
    t.ok(len(rows) > 80 and len({row[0] for row in rows}) == 5 and not bad,
         "rib.mrt: five full feeds, without the exchange's LAN and 103.35.255.0/24", bad)
    paths = {(peer, str(net)): path for peer, net, path in rows}
    t.ok(paths[10099, "175.45.178.0/24"] == [10099, 4837, 134544, 131279]
         and paths[12389, "175.45.178.0/24"] == [12389, 20485, 131279],
         "rib.mrt: .178 over both sides")
    if not shutil.which("bgpdump"):
        t.skip("bgpdump reads the same", "bgpdump is not installed")
        return
    dumped = subprocess.run(["bgpdump", "-m", running.path("rib.mrt")], capture_output=True,
                            text=True).stdout.splitlines()
    theirs = {(int(f[4]), f[5], f[6]) for f in (line.split("|") for line in dumped)}
    ours = {(peer, str(net), " ".join(map(str, path))) for peer, net, path in rows}
    t.ok(theirs == ours, "bgpdump reads the same", theirs ^ ours)
    updates = subprocess.run(["bgpdump", "-m", running.path("updates.mrt")],
                             capture_output=True, text=True).stdout
    t.ok("|W|" in updates and "|175.45.177.0/24|" in updates,
         "updates.mrt has announcements and withdrawals")


def ports(t):
    asked = {("175.45.176.71", 80): "open", ("175.45.177.10", 80): "open",
             ("175.45.178.161", 22): "open", ("175.45.179.69", 25): "open",
             ("175.45.176.71", 9): "closed", ("175.45.177.10", 9): "closed",
             ("175.45.178.161", 9): "closed", ("175.45.179.69", 9): "closed"}
    got = {key: prober.ask("tyo", key[0], "tcp", key[1]) for key in asked}
    t.ok(got == asked, "open TCP ports accept, closed ones refuse", got)
    t.ok(prober.ask("sel", "198.51.100.1", "udp", 9) == "unreachable 3/0",
         "an address outside the laboratory is unreachable")


def carriers(running, vantage):
    return {row["prefix"][7:10]: row["carrier"] for row in truth.truth(running.topo)
            if row["vantage"] == vantage}


def switches(t, running):
    before = carriers(running, "mow")
    lab("link", "sj-ttk", "tt6", "down")
    down = carriers(running, "mow")
    lab("link", "sj-ttk", "tt6", "up")
    t.ok((before["178"], down["178"], down["177"]) == ("ttk", "unicom", "none")
         and carriers(running, "mow") == before, "lab link: down and up change the truth", down)
    lab("session", "cb2", "sj-cu", "down")
    down = carriers(running, "sel")
    lab("session", "cb2", "sj-cu", "up")
    t.ok((down["176"], down["178"], carriers(running, "sel")["178"]) == ("none", "ttk", "unicom"),
         "lab session: down and up change the truth", down)
    lab("announce", "175.45.176.0/24", "via", "20485")
    both = carriers(running, "mow")
    lab("withdraw", "175.45.176.0/24", "via", "sj-ttk")
    t.ok((both["176"], carriers(running, "mow")["176"]) == ("ttk", "unicom"),
         "lab announce and lab withdraw change the truth", both)
    netns.ip_batch(["route add unreachable 175.45.176.0/24 metric 1"], "cu9")
    broken = carriers(running, "sel")["176"]
    netns.ip_batch(["route del unreachable 175.45.176.0/24 metric 1"], "cu9")
    t.ok(broken == "none" and carriers(running, "sel")["176"] == "unicom",
         "the truth is the kernels', not the configuration's", broken)
    core = lab("link", "cu3", "cu5", "down")
    paths = prober.trace("sel", "175.45.176.71", first=5, last=6)
    lab("link", "cu3", "cu5", "up")
    t.ok(core.returncode == 0 and paths == ["219.158.96.6", "219.158.98.6"],
         "a link inside a network fails over", paths)
    wrong = lab("link", "cu3", "cu9", "down")
    t.ok(wrong.returncode == 65 and "no link between 'cu3' and 'cu9'" in wrong.stderr,
         "a link that is not there is refused", wrong.stderr)


def packets_agree(t, running):
    kernels = kernel.Kernels(list(running.topo.nodes))
    rows = truth.truth(running.topo, kernels)
    paths = prober.at_once(prober.trace, [(r["vantage"], r["target"]) for r in rows])
    bad = []
    for row, path in zip(rows, paths):
        nodes = [kernels.owner.get(hop) for hop in path]
        if not any(len(nodes) == len(want) - 1 and all(a in (None, b)
                   for a, b in zip(nodes, want[1:])) for want in row["routers"]):
            bad.append(f"{row['vantage']} {row['prefix']} {nodes}")
    t.ok(not bad, f"packets go where the truth says: {len(rows)} paths", "\n".join(bad))


def inside(started):
    t = tap.Tap()
    took = time.time() - float(started)
    t.ok(took < UP_S, f"up and converged in {took:.1f} s (at most {UP_S})")
    running = Running()
    ports(t)
    diamonds(t)
    addresses(t, running)
    packets_agree(t, running)
    switches(t, running)
    scenarios(t)
    archives(t, running)
    rows = [json.loads(line) for line in open(running.path("truth.ndjson"))]
    t.ok(len(rows) == 28 and all(row["reachable"] for row in rows), "truth.ndjson is current")
    return t.end()


def main():
    reason = tap.missing()
    if reason:
        print(f"ok 1 - the laboratory # SKIP {reason}\n1..1")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run([LAB, "run", "--dir", folder, sys.executable, __file__, "inside",
                               str(time.time())]).returncode


if __name__ == "__main__":
    sys.exit(inside(sys.argv[2]) if sys.argv[1:2] == ["inside"] else main())
