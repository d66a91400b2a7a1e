# SPDX-License-Identifier: ISC
"""Runs one BIRD per router and speaks to it over its control socket."""
import re
import socket
import subprocess

from lablib import netns

# On the private /run: short (a socket's path has at most 107 bytes) and gone at the end.
CONTROL = "/run/bird-{}.ctl"
STATUS = re.compile(rb"^(\d{4}) ", re.M)


def start(node, conf):
    with netns.inside(node):
        return subprocess.Popen([netns.tool("bird"), "-f", "-c", conf, "-s", CONTROL.format(node)],
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                start_new_session=True)  # stderr stays: it explains a bad file


def ask(node, command):
    """The lines BIRD answers, without their codes; raises OSError while it is not there yet."""
    with socket.socket(socket.AF_UNIX) as control:
        control.settimeout(5)
        control.connect(CONTROL.format(node))
        _reply(control)
        control.sendall(command.encode() + b"\n")
        return [line[5:] if line[:4].isdigit() else line[1:]
                for line in _reply(control).decode().splitlines()]


def _reply(control):
    """Reads until the line whose code is followed by a space: the last one of a reply."""
    data = b""
    while not (STATUS.search(data) and data.endswith(b"\n")):
        more = control.recv(65536)
        if not more:
            raise OSError("BIRD closed its control socket")
        data += more
    return data


def configure(node):
    answer = ask(node, "configure")
    if not any("econfigur" in line for line in answer):
        raise RuntimeError(f"bird ({node}): {' '.join(answer)}")


def sessions(node):
    """Protocol name -> BIRD's word for its state, of every BGP session."""
    found = {}
    for line in ask(node, "show protocols"):
        words = line.split()
        if len(words) >= 4 and words[1] == "BGP":
            found[words[0]] = words[-1] if len(words) > 5 else words[3]
    return found

