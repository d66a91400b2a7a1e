#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The laboratory is alone, leaves nothing behind, needs no root, and explains bad files."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from lablib import lines, scenario, tap, topology  # noqa: E402
from lablib.tap import ALONE, HERE, LAB  # noqa: E402

USER = [] if os.geteuid() == 0 else ["-U", "-r"]
GONE_S = 5


def processes(mark):
    """Ids of the processes whose command line or environment has this mark."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as environ, \
                    open(f"/proc/{pid}/stat") as stat:
                if mark.encode() in environ.read() and int(pid) != os.getpid() \
                        and ") Z" not in stat.read():
                    found.append(int(pid))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            pass
    return found


def namespaces(pids):
    """Network namespaces of these processes."""
    found = set()
    for pid in pids:
        try:
            found.add(os.readlink(f"/proc/{pid}/ns/net"))
        except OSError:
            pass
    return found


def held(pids):
    """Descriptors of them all: the number of a namespace that is gone is given out again."""
    fds = []
    for pid in pids:
        try:
            fds.append(os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC))
        except OSError:
            pass
    return fds


def mounts():
    """What a laboratory mounts, if it is seen out here."""
    with open("/proc/self/mountinfo") as file:
        return [line for line in file if " laboratory " in line or " nsfs " in line]


def killed(t, number):
    """The outermost process gets this signal while the command runs."""
    before = mounts()
    mark = f"TUMEN_LAB_TEST={os.getpid()}.{time.time()}"
    name, value = mark.split("=")
    child = subprocess.Popen([LAB, "run", "--", "sh", "-c", "echo up; sleep 600"],
                             env=dict(os.environ, **{name: value}), stdout=subprocess.PIPE)
    up = child.stdout.readline()
    alive = processes(mark)
    fds = held(alive)
    theirs = namespaces(alive) - namespaces([os.getpid()])
    child.send_signal(number)
    child.wait(GONE_S)
    end = time.monotonic() + GONE_S
    while processes(mark) and time.monotonic() < end:
        time.sleep(0.05)
    left = processes(mark)
    t.ok(up == b"up\n" and len(alive) > 45 and not left,
         f"{number.name} to the outer process ends all {len(alive)} processes", left)
    everyone = namespaces(filter(str.isdigit, os.listdir("/proc")))
    t.ok(len(theirs) > 45 and not theirs & everyone and mounts() == before,
         f"and of its {len(theirs)} network namespaces and mounts none is left", theirs & everyone)
    for fd in fds:
        os.close(fd)


def refused(t):
    """A foreign interface in the namespace, and no namespace at all."""
    inner = f"ip link add foreign0 type veth peer name foreign1 && {LAB} inside base '' true"
    done = subprocess.run(["unshare", *USER, *ALONE, "sh", "-c", inner], capture_output=True,
                          text=True)
    t.ok(done.returncode == 69 and "foreign0" in done.stderr,
         "refuses to start beside an interface it did not make", done.stderr)
    done = subprocess.run(["unshare", *USER, *ALONE, "sh", "-c", f"{LAB} inside base '' true; :"],
                          capture_output=True, text=True)
    t.ok("not process 1" in done.stderr, "refuses to start beside other processes", done.stderr)
    done = subprocess.run([LAB, "exec", "sel", "true"], capture_output=True, text=True)
    t.ok(done.returncode != 0 and "no laboratory here" in done.stderr,
         "lab exec outside a laboratory runs nothing", done.stderr)


def statuses(t):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([LAB, "run", "--dir", folder, "--scenario", "withdrawn", "--", "sh",
                               "-c", f"{LAB} check && test $TUMEN_LAB = {folder} && exit 7"],
                              capture_output=True, text=True)
        t.ok(done.returncode == 7, "the exit status is the command's", done.stdout + done.stderr)
        want = {"rib.mrt", "updates.mrt", "registry.txt", "ixp.txt", "asrel.txt", "truth.ndjson"}
        t.ok(want <= set(os.listdir(folder)), "with --dir the files stay", os.listdir(folder))


def unprivileged(t):
    text = "runs as an unprivileged user"
    if os.geteuid() != 0:
        t.skip(text, "this whole test does")
        return
    # A copy that nobody can read: the checkout may lie in a home that is closed to others.
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        copy = os.path.join(folder, "internet")
        shutil.copytree(HERE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        lab = os.path.join(copy, "lab")
        done = subprocess.run(["su", "nobody", "-s", "/bin/sh", "-c",
                               f"cd / && {lab} run -- sh -c 'id -u >/dev/null && {lab} check'"],
                              capture_output=True, text=True)
    if "Operation not permitted" in done.stderr and "unshare" in done.stderr:
        t.skip(text, "user namespaces are not allowed")
        return
    t.ok(done.returncode == 0 and "not ok" not in done.stdout, text, done.stdout + done.stderr)


def texts(t):
    """Every error of the two grammars names its file and line."""
    cases = {"router x1 99 1.2.3.4\n": "AS99 is not declared",
             "target x\n": "'x' is not a number from 1",
             "as 1 KP apnic \"A\" 1.2.3.4/8\n": "is not an IPv4 prefix",
             "as 1 KP apnic \"A\n": "No closing quotation",
             "link a b\n": "the form is: link LEFT RIGHT NETWORK",
             "cable a b\n": "unknown word"}
    for text, want in cases.items():
        t.ok(*_error(lambda path: topology.Topology(path), text, want))
    topo = topology.Topology(os.path.join(HERE, "topology.txt"))
    cases = {"announce 175.45.180.0/24\n": "unknown prefix of the target",
             "link cu1 cu9 down\n": "there is no link between",
             "withdraw * via 4837\n": "neither a neighbour of AS131279",
             "silent x*\n": "no router, host or vantage is called",
             "expect bos * none\n": "unknown vantage 'bos'",
             "answer sel 175.45.176.71 udp 1 maybe\n": "unknown answer 'maybe'"}
    for text, want in cases.items():
        t.ok(*_error(lambda path: scenario.load(topo, path), text, want))


def _error(read, text, want):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("# a comment\n" + text)
        file.flush()
        try:
            read(file.name)
            message = "no error at all"
        except lines.BadLine as error:
            message = str(error)
        good = want in message and f"{os.path.basename(file.name)}:2: " in message
        return good, f"bad line explained: {text.strip()}", message


def main():
    t = tap.Tap()
    texts(t)
    reason = tap.missing()
    if reason:
        t.skip("namespaces", reason)
        return t.end()
    refused(t)
    statuses(t)
    killed(t, signal.SIGKILL)
    killed(t, signal.SIGTERM)
    unprivileged(t)
    return t.end()


if __name__ == "__main__":
    sys.exit(main())
