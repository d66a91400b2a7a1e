# SPDX-License-Identifier: ISC
"""Which events the truth asks for, and what tumen said held against them."""
import dataclasses

FLAPS = 4  # so many of one prefix, vantage and row within an hour each are flapping, too
NOBODY = "none"


@dataclasses.dataclass
class Want:
    """An event; it happened in first_us <= t <= last_us. vantage None: all together."""
    prefix: str
    vantage: str | None
    kind: str
    before: tuple
    after: tuple
    first_us: int
    last_us: int
    changes: int | None = None

    def row(self):
        return self.prefix, self.vantage, self.before[0] in ("up", "down")

    def same(self, event):
        return (self.kind, *self.before, *self.after, self.changes) == (
            event["kind"], event["from"], event["entry_from"], event["to"], event["entry_to"],
            event["changes"])

    def inside(self, event):
        """Its bracket may hold the moment."""
        return event["after_us"] <= self.last_us and event["before_us"] >= self.first_us


def carriage(row):
    return row["carrier"], row["entry_as"]


def reach(row):
    return ("up" if row["reachable"] else "down"), None


def differ(rows, status, keys=None):
    """Where the lines of `tumen status` say something else than a step."""
    said = {(v["vantage"], line["prefix"]): v for line in status for v in line["vantages"]}
    wrong = []
    for key in rows if keys is None else keys:
        want = (*carriage(rows[key]), reach(rows[key])[0])
        got = tuple(said.get(key, {}).get(k, "nothing") for k in ("carrier", "entry_as", "reach"))
        if want != got:
            wrong.append(f"{key}: {want}, but said {got}")
    return wrong


def kind(was, now):
    """The word for a change of carriage or reach."""
    if now[0] in ("up", "down"):
        return now[0]
    return "lost" if now[0] == NOBODY else "gained" if was[0] == NOBODY else "changed"


def of_vantages(play):
    """What each vantage must have seen."""
    return [Want(key[1], key[0], kind(was, now), was, now, first, last)
            for key in sorted(play.steps[0].rows) for state in (carriage, reach)
            for was, now, first, last in play.changes(key, state)]


def word(carriers):
    """What all vantages together say."""
    return {0: NOBODY, 1: "".join(carriers), 2: "both"}.get(len(carriers), "several")


def seen(rows, prefix, state):
    """What somebody sees of a prefix, by name: the rest of its state."""
    return dict(state(row) for (_, p), row in rows.items()
                if p == prefix and state(row)[0] != NOBODY)


def together(play):
    """What all vantages together must have seen: with the first that sees a carrier or an answer,
    with the last that does not any more."""
    wants = []
    for prefix in sorted({p for _, p in play.steps[0].rows}):
        own = [w for w in of_vantages(play) if w.prefix == prefix]
        for old, new in zip(play.steps, play.steps[1:]):
            last_us = max((w.last_us for w in own if w.first_us == new.began_us), default=0)
            wants += [Want(prefix, None, *what, new.began_us, last_us)
                      for what in _of_step(old.rows, new.rows, prefix)]
    return wants


def _of_step(old, new, prefix):
    was, now = (seen(rows, prefix, carriage) for rows in (old, new))
    for name in [*(was.keys() - now.keys()), *(now.keys() - was.keys())]:
        yield ("lost" if name in was else "gained", (word(was), was.get(name)),
               (word(now), now.get(name)))
    up = ["up" in seen(rows, prefix, reach) for rows in (old, new)]
    if up[0] != up[1]:
        yield ("up", ("down", None), ("up", None)) if up[1] else (
            "down", ("up", None), ("down", None))


def with_flapping(wants):
    """And what stands beside many of them; all of them are within an hour here."""
    rows = {}
    for want in wants:
        rows.setdefault(want.row(), []).append(want)
    return wants + [dataclasses.replace(
        row[0], kind="flapping", after=row[-1].after, last_us=row[-1].last_us, changes=len(row))
        for row in rows.values() if len(row) >= FLAPS]


def hold(wants, events):
    """What is wrong: wanted and not said, said and not wanted, or not when it was."""
    left, wrong = list(events), []
    for want in sorted(wants, key=lambda w: w.first_us):
        found = next((e for e in left if (e["prefix"], e["vantage"]) ==
                      (want.prefix, want.vantage) and want.same(e) and want.inside(e)), None)
        if found is None:
            wrong.append(f"not said: {want}")
            continue
        left.remove(found)
        if want.kind != "flapping":
            wrong += [f"{found} holds another change, too: {other}" for other in wants
                      if other.row() == want.row() and other is not want and
                      other.kind != "flapping" and found["after_us"] < other.first_us and
                      other.last_us < found["before_us"]]
    return wrong + [f"said and not true: {e}" for e in sorted(left, key=lambda e: e["after_us"])]
