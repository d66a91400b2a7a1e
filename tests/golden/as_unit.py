#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Runs a unit's command under what the unit allows, where systemd is not process 1.

    as_unit.py UNIT [ARGUMENT...]      the ExecStart of this file, and more arguments
    as_unit.py UNIT -- COMMAND...      another command

Leaves UNIT.calls, the system calls that the filter lets pass, beside it. In a mount and pid
namespace of its own, as root. Kept from the unit: user, group, capabilities, no_new_privs,
umask, the system call filter, address families, memory that is never made executable,
read-only file systems and the folders excepted, /proc. Not kept: PrivateTmp, PrivateDevices,
PrivateUsers, namespaces, limits.

Of a unit with Type=notify it is the service manager: it prints "started PID", then "told
LINES" for each datagram of sd_notify(3), to standard error, and ends with the status of the
service, which is sent SIGTERM, SIGINT and SIGHUP on.
"""
import ctypes
import errno
import grp
import os
import pwd
import shlex
import signal
import socket
import subprocess
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
SECCOMP_ALLOW = 0x7FFF0000
SECCOMP_ERRNO = 0x00050000
NOT_EQUAL, MASKED_EQUAL = 1, 7
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE, RDONLY = 442, -100, 0x8000, 1
PROT_EXEC = 4
MANAGER = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "JOURNAL_STREAM")


def read(path):
    """The settings of [Service]: name -> list of values, in their order."""
    found, section = {}, ""
    with open(path) as file:
        for line in map(str.strip, file):
            if line.startswith("["):
                section = line
            elif section == "[Service]" and "=" in line and not line.startswith("#"):
                name, value = line.split("=", 1)
                found.setdefault(name, []).append(value)
    return found


def one(unit, name):
    return unit.get(name, [""])[-1]


def expand(word):
    """The system calls of a name or a @set."""
    if not word.startswith("@"):
        return {word}
    text = subprocess.run(["systemd-analyze", "syscall-filter", word], check=True, text=True,
                          capture_output=True).stdout
    members = [line.strip() for line in text.splitlines()[1:]]
    return set().union(*(expand(m) for m in members if m and not m.startswith("#")))


def allowed_calls(unit):
    """As systemd.exec(5) says: what the lines add and, behind ~, take away, in their order."""
    calls = expand("@default")
    for line in unit["SystemCallFilter"]:
        words = set().union(*(expand(word) for word in line.lstrip("~").split()))
        calls = calls - words if line.startswith("~") else calls | words
    return calls


class Compare(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int),
                ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


class Filter:
    """A filter of libseccomp; what fails ends the program."""

    def __init__(self, default):
        self.lib = ctypes.CDLL("libseccomp.so.2")
        self.lib.seccomp_init.restype = ctypes.c_void_p
        self.it = ctypes.c_void_p(self.lib.seccomp_init(ctypes.c_uint32(default)))

    def rule(self, action, call, *compare):
        number = self.lib.seccomp_syscall_resolve_name(call.encode())
        if number < 0:  # of another machine
            return
        e = self.lib.seccomp_rule_add_array(self.it, ctypes.c_uint32(action), number,
                                            len(compare), (Compare * len(compare))(*compare))
        if e != 0:
            sys.exit(f"as_unit: {call}: {os.strerror(-e)}")

    def load(self):
        e = self.lib.seccomp_load(self.it)
        if e != 0:
            sys.exit(f"as_unit: seccomp: {os.strerror(-e)}")


def filters(unit, calls):
    refuse = SECCOMP_ERRNO | errno.EPERM
    second = Filter(SECCOMP_ALLOW)
    families = sorted(getattr(socket, f) for f in unit["RestrictAddressFamilies"][0].split())
    for family in range(64):
        if family not in families:
            second.rule(SECCOMP_ERRNO | errno.EAFNOSUPPORT, "socket",
                        Compare(0, MASKED_EQUAL, 0xFFFFFFFF, family))
    if one(unit, "MemoryDenyWriteExecute") == "yes":
        second.rule(refuse, "mprotect", Compare(2, MASKED_EQUAL, PROT_EXEC, PROT_EXEC))
        second.rule(refuse, "mmap", Compare(2, MASKED_EQUAL, PROT_EXEC | 2, PROT_EXEC | 2))
    second.load()
    first = Filter(refuse)
    for call in calls:
        first.rule(SECCOMP_ALLOW, call)
    first.load()


def read_only(path, yes):
    attr = (ctypes.c_uint64 * 4)(RDONLY if yes else 0, 0 if yes else RDONLY, 0, 0)
    if LIBC.syscall(MOUNT_SETATTR, AT_FDCWD, path.encode(), AT_RECURSIVE, attr, 32) != 0:
        sys.exit(f"as_unit: {path}: {os.strerror(ctypes.get_errno())}")


def shut_file_systems(unit):
    folders = one(unit, "ReadWritePaths").split()
    folders = [f.lstrip("-") for f in folders if os.path.exists(f.lstrip("-"))]
    for folder in folders + ["/tmp"]:
        subprocess.run(["mount", "--bind", folder, folder], check=True)
    subprocess.run(["mount", "-t", "proc", "-o", "subset=pid,hidepid=invisible", "proc", "/proc"],
                   check=True)
    read_only("/", True)
    for folder in folders + ["/tmp"]:
        read_only(folder, False)


def arguments(unit, more):
    if more[:1] == ["--"]:
        return more[1:]
    return shlex.split(one(unit, "ExecStart").replace("$$", "$").replace("%%", "%")) + more


def environment(unit):
    env = {"PATH": "/usr/bin:/bin", "HOME": pwd.getpwnam(one(unit, "User")).pw_dir}
    env.update(pair.split("=", 1) for line in unit.get("Environment", ())
               for pair in line.split())
    for path in (line.lstrip("-") for line in unit.get("EnvironmentFile", ())):
        if os.path.exists(path):
            with open(path) as file:
                env.update(line.strip().split("=", 1) for line in file)
    env.update((name, os.environ[name]) for name in MANAGER if name in os.environ)
    return env


def say(text):
    print(text, file=sys.stderr, flush=True)


class Manager:
    """What a service of Type=notify expects; its process becomes the service."""

    def __init__(self, path, unit):
        self.at = path + ".notify"
        if os.path.exists(self.at):
            os.unlink(self.at)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.at)
        self.socket.settimeout(0.05)
        os.chmod(self.at, 0o777)
        self.watchdog = one(unit, "WatchdogSec")

    def fork(self):
        """Returns in the child alone."""
        pid = os.fork()
        if pid == 0:
            os.environ["NOTIFY_SOCKET"] = self.at
            if self.watchdog:
                os.environ["WATCHDOG_USEC"] = str(int(self.watchdog) * 1000000)
                os.environ["WATCHDOG_PID"] = str(os.getpid())
            return
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda n, frame: os.kill(pid, n))
        say(f"started {pid}")
        self.listen(pid)

    def listen(self, pid):
        ended, status = 0, 0
        while True:
            try:
                text = self.socket.recv(4096).decode()
                say("told " + text.replace("\n", " "))
            except TimeoutError:
                if ended != 0:
                    code = os.waitstatus_to_exitcode(status)
                    os._exit(code if code >= 0 else 128 - code)
                ended, status = os.waitpid(pid, os.WNOHANG)


def capabilities(names):
    return ",".join(["-all"] + ["+" + n.lower().removeprefix("cap_") for n in names.split()])


def as_user(path, listed, *more):
    """The second half, with the unit's user and capabilities."""
    unit = read(path)
    with open(listed) as file:
        calls = file.read().split()
    os.umask(int(one(unit, "UMask"), 8))
    command = arguments(unit, list(more))
    env = environment(unit)
    filters(unit, calls)
    os.execvpe(command[0], command, env)


def main():
    if sys.argv[1] == "--filter":
        as_user(*sys.argv[2:])
    path = os.path.abspath(sys.argv[1])
    unit = read(path)
    listed = path + ".calls"
    if not os.path.exists(listed):
        with open(listed, "w") as file:
            file.write("\n".join(sorted(allowed_calls(unit))))
    manager = None
    if one(unit, "Type") == "notify" and sys.argv[2:3] != ["--"]:
        manager = Manager(path, unit)
    shut_file_systems(unit)
    if manager is not None:
        manager.fork()
    ambient = capabilities(one(unit, "AmbientCapabilities"))
    os.execvp("setpriv", [
        "setpriv", f"--reuid={pwd.getpwnam(one(unit, 'User')).pw_uid}",
        f"--regid={grp.getgrnam(one(unit, 'Group')).gr_gid}", "--clear-groups",
        f"--inh-caps={ambient}", f"--ambient-caps={ambient}",
        f"--bounding-set={capabilities(one(unit, 'CapabilityBoundingSet'))}", "--no-new-privs",
        sys.executable, os.path.abspath(__file__), "--filter", path, listed, *sys.argv[2:]])


main()
