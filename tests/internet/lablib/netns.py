# SPDX-License-Identifier: ISC
"""Network namespaces by name, and `ip` in batches."""
import contextlib
import ctypes
import os
import shutil
import subprocess

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


def tool(name):
    """The path of a program that an unprivileged user's PATH may not contain."""
    found = shutil.which(name) or shutil.which(name, path=SBIN)
    if not found:
        raise RuntimeError(f"{name} is not installed")
    return found


def enter(name):
    _set(os.open(f"/run/netns/{name}", os.O_RDONLY | os.O_CLOEXEC))


def _set(fd):
    if libc.setns(fd, CLONE_NEWNET) != 0:
        error = ctypes.get_errno()
        raise OSError(error, "setns: " + os.strerror(error))
    os.close(fd)


def become(name, command):
    """Becomes the command in that node's namespace; everything else stays the same."""
    if "TUMEN_LAB" not in os.environ:
        raise OSError("no laboratory here: TUMEN_LAB is set inside 'lab run' only")
    if not os.path.exists(f"/run/netns/{name}"):
        raise OSError(f"no node '{name}', known: {' '.join(sorted(os.listdir('/run/netns')))}")
    enter(name)
    os.execvp(command[0], command)


@contextlib.contextmanager
def inside(name):
    """What this thread opens or starts in this block belongs to that namespace."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    enter(name)
    try:
        yield
    finally:
        _set(home)


def ip_batch(commands, node=None):
    """Runs lines of `ip` commands, in the named namespace or here."""
    where = ["-n", node] if node else []
    done = subprocess.run([tool("ip"), *where, "-batch", "-"], input="\n".join(commands) + "\n",
                          text=True, capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"ip ({node or 'laboratory'}): {done.stderr.strip()}")


def nft(script, node):
    with inside(node):
        done = subprocess.run([tool("nft"), "-f", "-"], input=script, text=True,
                              capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"nft ({node}): {done.stderr.strip()}")


def sysctl(key, value):
    """Sets a value of the namespace this process is in; a key the kernel lacks is left."""
    path = "/proc/sys/net/" + key
    if os.path.exists(path):
        with open(path, "w") as file:
            file.write(f"{value}\n")
