# SPDX-License-Identifier: ISC
"""The running laboratory as its own commands see it: a folder with its state."""
import contextlib
import fcntl
import os
import time

from lablib import apply, converge, files, scenario as scenarios, topology, truth


def topology_path():
    return os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                        "topology.txt")


class NotRunning(Exception):
    pass


class Running:
    def __init__(self, folder=None):
        self.folder = folder or os.environ.get("TUMEN_LAB")
        if not self.folder or not os.path.exists(os.path.join(self.folder, "state.json")):
            raise NotRunning("no laboratory here: TUMEN_LAB is set inside 'lab run' only")
        self.topo = topology.Topology(os.path.join(self.folder, "topology.txt"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def scenario(self):
        with open(self.path("state.json")) as file:
            return scenarios.Scenario.from_json(file.read())

    @contextlib.contextmanager
    def changing(self):
        """One change at a time; the block gets (now, a copy to change); applied at its end."""
        with open(self.path("lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            old, new = self.scenario(), self.scenario()
            yield new
            apply.data_plane(self.topo, old, new)
            apply.control_plane(self.topo, new, self.folder)
            self.save(new)

    def save(self, scenario):
        with open(self.path("state.json.new"), "w") as file:
            file.write(scenario.to_json())
        os.rename(file.name, self.path("state.json"))

    def wait(self):
        """Until converged; then the folder's files say what is true now. Returns seconds."""
        begin = time.monotonic()
        converge.wait(self.topo, self.scenario())
        took = time.monotonic() - begin
        with open(self.path("truth.ndjson.new"), "w") as file:
            file.write(truth.as_ndjson(truth.truth(self.topo)))
        os.rename(file.name, self.path("truth.ndjson"))
        return took

    def mrt(self):
        files.dump_rib(self.topo, self.path("rib.mrt"))

