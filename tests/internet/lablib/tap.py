# SPDX-License-Identifier: ISC
"""Test output: `ok 1 - text`, `not ok 2 - text`, the plan at the end."""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LAB = os.path.join(HERE, "lab")
ALONE = ["-n", "-m", "-p", "--fork", "--mount-proc", "--kill-child"]


class Tap:
    def __init__(self, first=1):
        self.count = first - 1
        self.failed = 0

    def ok(self, good, text, why=""):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {text}")
        if not good and why:
            print("\n".join("# " + line for line in str(why).strip().splitlines()))
        sys.stdout.flush()

    def skip(self, text, reason):
        self.count += 1
        print(f"ok {self.count} - {text} # SKIP {reason}", flush=True)

    def end(self):
        print(f"1..{self.count}", flush=True)
        return 1 if self.failed else 0


def missing():
    """Why no laboratory can run on this machine, or nothing."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    for name in ("unshare", "ip", "nft", "bird"):
        if not shutil.which(name, path=path):
            return f"{name} is not installed"
    flags = [] if os.geteuid() == 0 else ["-U", "-r"]
    done = subprocess.run(["unshare", *flags, *ALONE, "true"], capture_output=True, text=True)
    return f"no namespaces: {done.stderr.strip()}" if done.returncode else None


def in_lab(inside):
    """Runs a test in a laboratory; the status to exit with."""
    if "TUMEN_LAB" in os.environ:
        return inside()
    os.execv(LAB, [LAB, "run", "--", sys.executable, os.path.realpath(sys.argv[0])])
