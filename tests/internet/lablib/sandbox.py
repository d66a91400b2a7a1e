# SPDX-License-Identifier: ISC
"""Leaves the machine: new network, mount and process namespaces, which die with their maker."""
import ctypes
import os
import signal
import socket
import subprocess

PR_SET_PDEATHSIG = 1
STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Refused(Exception):
    """The laboratory would not be alone."""


def run(argv):
    """Runs argv as process 1 of new namespaces; returns its exit status.

    The kernel kills unshare when we die and process 1 when unshare dies, and with process 1
    all the others, so that not even kill -9 leaves a process, a namespace or a mount.
    """
    command = ["unshare", "-n", "-m", "-p", "--fork", "--mount-proc", "--kill-child"]
    if os.geteuid() != 0:
        command[1:1] = ["-U", "-r"]
    child = subprocess.Popen(command + argv, preexec_fn=_die_with_parent)

    def stop(number, frame):  # not child.wait(): the main program holds its lock
        os.kill(child.pid, signal.SIGKILL)
        os._exit(128 + number)
    for number in STOP:
        signal.signal(number, stop)
    status = child.wait()
    return status if status >= 0 else 128 - status


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def must_be_alone():
    """Refuses to go on in a namespace that has a way out, whoever made it."""
    foreign = [name for _, name in socket.if_nameindex() if name != "lo"]
    if foreign:
        raise Refused(f"this namespace has interfaces the laboratory did not make: "
                      f"{' '.join(foreign)}; nothing was started")
    if os.getpid() != 1:
        raise Refused("not process 1 of a namespace: start it with 'lab run'")


def private_run():
    """Namespaces' names and control sockets live on a /run that only this laboratory sees."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "laboratory", "/run"], check=True)
    os.mkdir("/run/netns")


def must_be_closed(topo, inside):
    """After building: every namespace has the interfaces of the topology and no other."""
    for node in topo.nodes:
        known = {own.name for own, _, _ in topo.ports(node)} | {"lo", "lan"}
        with inside(node):
            foreign = {name for _, name in socket.if_nameindex()} - known
        if foreign:
            raise Refused(f"{node} has foreign interfaces: {' '.join(sorted(foreign))}")
