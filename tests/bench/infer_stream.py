#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What the shipped program takes for traces that are generated while it reads
them: processor time and peak memory at each size, JSON in and verdicts out.
infer_stream.py TABLE SEED TRACES..."""
import os
import subprocess
import sys


def measure(table, seed, traces):
    make = subprocess.Popen(
        ["build/tests/truth/generate", "--seed", seed, "--traces", traces],
        stdout=subprocess.PIPE)
    infer = subprocess.Popen(
        ["build/tumen", "infer", "--origin", table, "-"],
        stdin=make.stdout, stdout=subprocess.DEVNULL)
    make.stdout.close()
    _, status, used = os.wait4(infer.pid, 0)
    if status != 0 or make.wait() != 0:
        sys.exit(f"{traces} traces: failed")
    return used


def main(table, seed, sizes):
    for traces in sizes:
        used = measure(table, seed, traces)
        spent = used.ru_utime + used.ru_stime
        n = int(traces)
        print(f"tumen infer -, {n} traces: {spent / n * 1e6:.1f} us of "
              f"processor a trace, {n / spent * 60:.0f} a minute and core, "
              f"peak {used.ru_maxrss / 1024:.1f} MiB", flush=True)


main(sys.argv[1], sys.argv[2], sys.argv[3:])
