#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What a pair of traces costs tumen diff and scamper's sc_tracediff, as whole
processes that read the same traces and print which changed: warts; our text, NDJSON;
our packed form, databases. In turn, the least of some runs. TUMEN_SEED, TUMEN_WAYS."""
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/oracle"))
os.environ.setdefault("TUMEN", str(ROOT / "build/tumen"))
import pairs as made_up  # noqa: E402
import rivals  # noqa: E402

SEED = int(os.environ.get("TUMEN_SEED", "8"))
WAYS = int(os.environ.get("TUMEN_WAYS", "60"))
RUNS = 3


def processor_s(commands):
    """Processor time of these, one behind the other."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for command in commands:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode not in rivals.SAID:
            sys.exit(f"{command}: {done.stderr.decode()[:400]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def imported(path):
    """A database with the traces of a file of NDJSON."""
    db = path.removesuffix(".ndjson") + ".db"
    subprocess.run([rivals.TUMEN, "import", "--db", db, path], check=True, capture_output=True)
    return db


def main():
    if not shutil.which(rivals.RIVAL):
        print(f"  {rivals.RIVAL}: not installed (make bench installs it), left out")
        return
    _, pairs = made_up.generate(random.Random(SEED), WAYS)
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = rivals.write_pairs(folder, pairs)
        size = sum(os.path.getsize(path) for path in ours)
        packed = [imported(path) for path in ours]
        commands = {rivals.RIVAL: [[rivals.RIVAL, *files] for files in theirs.values()],
                    "tumen diff, databases": [[rivals.TUMEN, "diff", "--json", *packed]],
                    "tumen diff, NDJSON": [[rivals.TUMEN, "diff", "--json", *ours]]}
        took = {name: [] for name in commands}
        for _ in range(RUNS):
            for name, some in commands.items():
                took[name].append(processor_s(some))
    print(f"{len(pairs)} pairs of traces, {size / 1e6:.0f} MB of NDJSON:")
    least = {name: min(some) for name, some in took.items()}
    for name, seconds in least.items():
        print(f"  {name:<22}{seconds * 1e6 / len(pairs):8.1f} us a pair, processor time"
              f"{seconds / least[rivals.RIVAL]:8.1f} times {rivals.RIVAL}")


if __name__ == "__main__":
    main()
