# SPDX-License-Identifier: ISC
"""Vantages a1, a2, ... behind two routers of the kernel, and the real agent there:

    a1 (10.1.1.1) - (10.1.1.2) r1 (10.0.0.1) - (10.0.0.2) r2, which is all of 198.51.100.0/24

r1 answers TTL 1 and drops all else that is for 203.0.113.0/24. To be built in namespaces of its own
(see alone()), so nothing can leave, and nothing stays.
"""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import textwrap

from lablib import netns
from lablib.tap import ALONE

PROBE = os.path.realpath(os.environ.get("TUMEN_PROBE", "build/tumen-probe"))
TUMEN = os.path.realpath(os.environ.get("TUMEN", "build/tumen"))
NOBODY = 65534
SILENT = """
table ip drops {
  chain in {
    type filter hook prerouting priority -300;
    ip daddr 203.0.113.0/24 ip ttl 2-255 drop
  }
}
"""


def alone(t, test, seed):
    """Runs test(FOLDER) where nothing else is; a status to exit with."""
    if len(sys.argv) == 3 and sys.argv[1] == "inside":
        try:
            test(pathlib.Path(sys.argv[2]))
        except Exception as e:  # whatever it is: said in TAP, with the seed
            t.ok(False, "the test runs to its end", f"seed {seed}: {type(e).__name__} {e}")
        return t.end()
    name = os.path.basename(sys.argv[0])
    if os.geteuid() != 0 or subprocess.run(["unshare", *ALONE, "true"], capture_output=True,
                                           check=False).returncode:
        t.skip(name, "needs root and namespaces")
        return t.end()
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o755)
        # A shell is the first process there: it buries the orphans.
        return subprocess.run(
            ["unshare", *ALONE, "bash", "-c", '"$@"; exit $?', "bash", sys.executable,
             os.path.realpath(sys.argv[0]), "inside", work],
            env={**os.environ, "TUMEN_SEED": str(seed)}, check=False).returncode


def build(vantages):
    """The routers, and so many vantages."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    names = ["r1", "r2"] + [f"a{i}" for i in range(1, vantages + 1)]
    netns.ip_batch([f"netns add {name}" for name in names])
    netns.ip_batch(["link set lo up", "link add m1 type veth peer name m2 netns r2",
                    "addr add 10.0.0.1/24 dev m1", "link set m1 up",
                    "route add 198.51.100.0/24 via 10.0.0.2 dev m1 onlink"], "r1")
    netns.ip_batch(["link set lo up", "addr add 10.0.0.2/24 dev m2", "link set m2 up",
                    "route add local 198.51.100.0/24 dev lo",
                    "route add default via 10.0.0.1"], "r2")
    for name in ("r1", "r2"):
        with netns.inside(name):
            for key, value in (("ip_forward", 1), ("icmp_ratelimit", 0), ("icmp_ratemask", 0)):
                netns.sysctl("ipv4/" + key, value)
    netns.nft(SILENT, "r1")
    for i in range(1, vantages + 1):
        connect(i)


def connect(i):
    """The cable of a vantage, and how it uses it."""
    netns.ip_batch(["link set lo up", f"link add k{i} type veth peer name l1 netns a{i}",
                    f"addr add 10.1.{i}.2/24 dev k{i}", f"link set k{i} up"], "r1")
    netns.ip_batch(["link set lo up", f"addr add 10.1.{i}.1/24 dev l1", "link set l1 up",
                    f"route add default via 10.1.{i}.2"], f"a{i}")


class Agent:
    """The agent of vantage number i, its spool and its log in a folder."""
    USER = ("nobody", NOBODY)

    def __init__(self, folder, i, settings, campaigns):
        self.node, self.name = self.place(i)
        self.folder = folder / self.name
        self.spool, self.log = self.folder / "spool", self.folder / "log"
        self.spool.mkdir(parents=True)
        os.chown(self.spool, self.USER[1], self.USER[1])
        self.log.touch()
        self.conf = self.folder / "conf"
        self.configure(settings, campaigns)
        self.process = None

    def place(self, i):
        """Its namespace, and what it is called."""
        return f"a{i}", f"v{i}"

    def configure(self, settings, campaigns):
        """The file, which the next start or SIGHUP takes in; a key that is None is left out."""
        sections = {"vantage": {"name": self.name, "spool": self.spool,
                                "user": self.USER[0], **settings}}
        sections |= {f"campaign {name}": keys for name, keys in campaigns.items()}
        self.conf.write_text("".join(
            f"[{name}]\n" + "".join(
                textwrap.fill(f"{k} = {v}", 100, subsequent_indent="\t") + "\n"
                for k, v in keys.items() if v is not None) for name, keys in sections.items()))

    def start(self):
        with open(self.log, "ab") as log, netns.inside(self.node):
            self.process = subprocess.Popen(
                [PROBE, "agent", "-c", str(self.conf)], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)

    def kill(self):
        """Its exit status, which is -9 unless it had ended by itself."""
        self.process.kill()
        return self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def said(self, since=0):
        """What the log says behind so many octets."""
        return self.log.read_bytes()[since:].decode(errors="replace")


def tumen(*arguments):
    return subprocess.run([TUMEN, *map(str, arguments)], capture_output=True, text=True,
                          timeout=120, check=False)
