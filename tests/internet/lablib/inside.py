# SPDX-License-Identifier: ISC
"""Process 1 of the laboratory: builds it, runs one command in it, ends with it."""
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time

from lablib import (apply, bird, build, files, hosts, netns, running, sandbox,
                    scenario as scenarios, topology)

DEFAULT_FOLDER = "/run/lab"   # on the private /run: gone with the laboratory


def main(scenario_name, folder, command):
    sandbox.must_be_alone()
    sandbox.private_run()
    folder = folder or DEFAULT_FOLDER
    fresh(folder)
    daemons = up(scenario_name, folder)
    return serve(command, folder, daemons)


def fresh(folder):
    """Forgets an earlier laboratory of the same folder; BIRD would append to its files."""
    for name in ("bird", "logs"):
        shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
        os.makedirs(os.path.join(folder, name))
    for name in ("rib.mrt", "updates.mrt", "state.json", "truth.ndjson"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(folder, name))


def up(scenario_name, folder):
    """Builds and waits; returns {process id: what it is} of what must stay alive."""
    say = Progress()
    shutil.copyfile(running.topology_path(), os.path.join(folder, "topology.txt"))
    topo = topology.Topology(os.path.join(folder, "topology.txt"))
    scenario = scenarios.load(topo, scenario_name)
    build.build(topo)
    netns.ip_batch(["link set lo up"])
    sandbox.must_be_closed(topo, netns.inside)
    say(f"{len(topo.nodes)} namespaces, {len(topo.links)} links")
    apply.data_plane(topo, None, scenario)
    apply.write_configs(topo, scenario, folder)
    daemons = {hosts.start(topo): "hosts"}
    for node in apply.speakers(topo):
        conf = apply.config_path(folder, node.name)
        daemons[bird.start(node.name, conf).pid] = f"bird of {node.name}"
    say(f"{len(daemons) - 1} BGP speakers started")
    files.write(topo, folder)
    with open(os.path.join(folder, "state.json"), "w") as file:
        file.write(scenario.to_json())
    lab = running.Running(folder)
    lab.wait()
    lab.mrt()
    say(f"converged, scenario {scenario.name}")
    return daemons


def serve(command, folder, daemons):
    """Runs the command, reaps every orphan as process 1 has to, returns the command's status."""
    env = dict(os.environ, TUMEN_LAB=folder)
    try:
        child = subprocess.Popen(command, env=env)
    except OSError as error:
        print(f"lab: {command[0]}: {error.strerror}", file=sys.stderr)
        return 127
    while True:
        try:
            pid, status = os.wait()
        except InterruptedError:
            continue
        if pid == child.pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
        if pid in daemons:
            print(f"lab: {daemons[pid]} died ({status:#x}), see {folder}/logs", file=sys.stderr)


class Progress:
    """Says on a terminal how far it is; quiet in a pipe."""

    def __init__(self):
        self.begin = time.monotonic()
        self.loud = sys.stderr.isatty() or "TUMEN_LAB_PROGRESS" in os.environ

    def __call__(self, text):
        if self.loud:
            print(f"lab: {time.monotonic() - self.begin:5.1f} s  {text}", file=sys.stderr)


def die_quietly():
    """Interrupt is the command's affair: process 1 waits for it."""
    signal.signal(signal.SIGINT, lambda number, frame: None)
