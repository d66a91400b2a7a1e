# SPDX-License-Identifier: ISC
"""What is done to the routers of the running laboratory, and what was true from then on."""
import dataclasses

from lablib import scenario as scenarios, truth
from lablib.moments import Moments, now_us


@dataclasses.dataclass
class Step:
    """A state of the laboratory: nothing was done before began_us, all was done and no router
    changed its mind after still_us, and settled_us is when that was clear."""
    name: str
    began_us: int
    still_us: int
    settled_us: int
    rows: dict  # (vantage, prefix) -> a line of `lab truth`


class Steps:
    """One after the other."""

    def __init__(self, *steps):
        self.steps = list(steps)

    def last_us(self, key, old, new):
        """The newest moment at which what a vantage sees of a prefix changed in a step."""
        return new.settled_us

    def changes(self, key, state):
        """Of a vantage and prefix: (old, new, first us, last us) of each change of state(row);
        it happened between the two."""
        for old, new in zip(self.steps, self.steps[1:]):
            was, now = state(old.rows[key]), state(new.rows[key])
            if was != now:
                yield was, now, new.began_us, self.last_us(key, old, new)


class Play(Steps):
    """Plays the steps, and listens to the routers."""

    def __init__(self, lab):
        super().__init__()
        self.lab, self.moments = lab, Moments(lab.topo)
        self.add("at the start", now_us(), now_us())

    def add(self, name, began_us, done_us):
        rows = {(row["vantage"], row["prefix"]): row for row in truth.truth(self.lab.topo)}
        settled_us = now_us()
        _, moved_us = self.moments.span(began_us, settled_us)
        self.steps.append(Step(name, began_us, max(done_us, moved_us), settled_us, rows))

    def take(self, name, *lines):
        """Does lines of a scenario at once, and waits until all routers have settled."""
        began_us = now_us()
        with self.lab.changing() as state:
            reader = scenarios.Reader(self.lab.topo, state)
            for line in lines:
                reader.take(line)
        done_us = now_us()
        self.lab.wait()
        self.add(name, began_us, done_us)

    def blind(self, names):
        """The newest step shows these vantages nothing: what they saw before stays."""
        old, new = self.steps[-2:]
        for key in new.rows:
            if key[0] in names:
                new.rows[key] = old.rows[key]

    def dark(self):
        """In the newest step the routes stand and nothing answers."""
        for row in self.steps[-1].rows.values():
            row["reachable"] = False

    def last_us(self, key, old, new):
        """When the last route for the prefix came to a router of the old path or of the new one."""
        nodes = {node for row in (old.rows[key], new.rows[key])
                 for path in row["routers"] + row["lost"] for node in path}
        last = self.moments.last(key[1], nodes, new.began_us, new.settled_us)
        return last or new.still_us
