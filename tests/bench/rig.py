# SPDX-License-Identifier: ISC
"""What the benchmarks share: a command on the played network, and its cost."""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROBE = str(ROOT / "build/tumen-probe")
TUN = str(ROOT / "build/tests/sim/tun")
MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None
SCENARIOS = ROOT / "tests/sim/scenarios"


def resident(pid):
    """The most memory of a process so far, in KiB."""
    try:
        for line in open(f"/proc/{pid}/status", encoding="ascii"):
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def measure(argv, out_path, cost_path):
    """Runs a command; its output and its cost go to two files. The most
    memory is read while it runs: what wait(2) says begins with our own."""
    peak = 0
    with open(out_path, "wb") as out:
        begun = time.monotonic()
        child = subprocess.Popen(argv, stdout=out)
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            peak = max(peak, resident(child.pid))
            time.sleep(0.01)
        wall = time.monotonic() - begun
    cost = {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "rss_kib": peak,
        "status": os.waitstatus_to_exitcode(status),
    }
    pathlib.Path(cost_path).write_text(json.dumps(cost))


class Run:
    """One command that ran on the played network."""

    def __init__(self, out, err, cost):
        self.out, self.err = out, err
        self.wall, self.cpu = cost["wall"], cost["cpu"]
        self.rss_kib, self.status = cost["rss_kib"], cost["status"]

    def records(self):
        found = []
        for line in self.out.splitlines():
            if line.startswith("{"):
                found.append(json.loads(line))
        return found


def play(scenario, argv, *, tun=(), seed=1, pin=False):
    """Runs argv behind the TUN in a namespace that has no way out. With pin
    the network has the first core to itself, and the command the second."""
    cores = [["taskset", "-c", "0"], ["taskset", "-c", "1"]]
    if not pin or os.cpu_count() < 2:
        cores = [[], []]
    with tempfile.TemporaryDirectory(dir=MEMORY) as work:
        out, cost = f"{work}/out", f"{work}/cost"
        done = subprocess.run(
            ["unshare", "-n", "-m", "-p", "--fork", "--mount-proc",
             *cores[0], TUN]
            + [str(SCENARIOS / scenario), "--seed", str(seed), *tun, "--"]
            + [sys.executable, __file__, out, cost, *cores[1], *argv],
            capture_output=True, text=True, check=False)
        if not os.path.exists(cost):
            sys.exit(f"{scenario}: {done.stderr}")
        return Run(pathlib.Path(out).read_text(), done.stderr,
                   json.loads(pathlib.Path(cost).read_text()))


def have(*programs):
    missing = [p for p in programs if shutil.which(p) is None]
    for p in missing:
        print(f"  {p}: not installed (make bench installs it), left out")
    return not missing


def median(values):
    return statistics.median(values)


def probes_of(records):
    """Probes and answered (target, ttl, address) of tumen's traces."""
    sent, hops = 0, set()
    for r in records:
        if r["record"] != "trace":
            continue
        for hop in r["hops"]:
            for p in hop["probes"]:
                sent += p["reply_no"] == 0
                if p["addr"] is not None:
                    hops.add((r["target"], hop["ttl"], p["addr"]))
    return sent, hops


def scamper(command, targets, rate, *options):
    """The command line of scamper for a file or one target."""
    where = ["-f", targets] if os.path.exists(targets) else ["-i", targets]
    return ["scamper", "-O", "json", "-p", str(rate), *options,
            "-c", command, *where]


def scamper_probes(records):
    sent, hops = 0, set()
    for r in records:
        if r.get("type") != "trace":
            continue
        sent += r["probe_count"]
        for hop in r.get("hops", []):
            hops.add((r["dst"], hop["probe_ttl"], hop["addr"]))
    return sent, hops


if __name__ == "__main__":
    measure(sys.argv[3:], sys.argv[1], sys.argv[2])
