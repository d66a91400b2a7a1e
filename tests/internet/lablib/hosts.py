# SPDX-License-Identifier: ISC
"""The open TCP ports of the hosts: one process, a socket in each host's namespace."""
import os
import selectors
import signal
import socket

from lablib import netns

BACKLOG = 512


def start(topo):
    """Listens on every open port and serves in a child; returns its process id."""
    ready = selectors.DefaultSelector()
    for host in topo.of_kind("host"):
        with netns.inside(host.name):
            for port in host.ports:
                listener = socket.create_server((host.address, port), backlog=BACKLOG)
                listener.setblocking(False)
                ready.register(listener, selectors.EVENT_READ)
    child = os.fork()
    if child == 0:
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _serve(ready)
    ready.close()
    return child


def _serve(ready):
    """Accepts and closes; a handshake is all that a probe wants."""
    while True:
        for key, _ in ready.select():
            try:
                key.fileobj.accept()[0].close()
            except OSError:
                pass  # the prober's RST was faster
