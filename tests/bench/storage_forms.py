# SPDX-License-Identifier: ISC
"""storage_forms.py NAME TUMEN HOPS PROBES TRACES: the same traces in three
databases: tumen's, a row a hop, a row a probe. Bytes a trace, and the same
three questions, medians of three; they must have the same answers. A database
is a file of SQLite or an address postgresql://..."""

import sqlite3
import statistics
import subprocess
import sys
import time

RUNS = 3
SUM = "count(*), sum(started_us % 1000003)"
CHANGES = f"""SELECT {SUM} FROM (SELECT t.started_us, {{path}} AS path,
    lag({{path}}) OVER (PARTITION BY t.target, t.{{vantage}}, t.method, t.flow
    ORDER BY t.started_us) AS old FROM {{source}}) c WHERE old <> path"""
LINKS = """SELECT count(*), sum({length}) FROM (SELECT DISTINCT a.addr AS near,
    b.addr AS far FROM {hop} a JOIN {hop} b ON b.{key} = a.{key}
    AND b.ttl = a.ttl + 1 WHERE a.addr IS NOT NULL AND b.addr IS NOT NULL) l"""
ROUTER = f"""SELECT {SUM} FROM {{trace}} WHERE {{id}} IN
    (SELECT {{key}} FROM {{hop}} WHERE addr = {{addr}})"""


class Sqlite:
    quoted = "x'{}'"
    text = "group_concat(ttl || ' ' || kind || ' ' || coalesce(hex(addr), ''))"

    def __init__(self, where):
        self.db = sqlite3.connect(where, isolation_level=None)
        self.db.execute("VACUUM")
        self.db.execute("ANALYZE")

    def ask(self, sql):
        begun = time.monotonic()
        rows = self.db.execute(sql).fetchall()
        return time.monotonic() - begun, [tuple(map(str, r)) for r in rows]

    def size(self):
        pages, octets = (self.db.execute(f"PRAGMA {p}").fetchone()[0]
                         for p in ("page_count", "page_size"))
        return pages * octets


class Postgres:
    quoted = r"'\x{}'"
    text = ("string_agg(ttl || ' ' || kind || ' ' || coalesce(hex(addr), ''), "
            "',' ORDER BY ttl)")

    def __init__(self, where):
        self.where = where
        self.run("VACUUM ANALYZE")

    def run(self, sql):
        done = subprocess.run(
            ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", self.where],
            input=sql + ";\n", capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stderr)
        return done.stdout.splitlines()

    def ask(self, sql):
        lines = self.run(f"\\timing on\n{sql}")
        took = next(r for r in lines if r.startswith("Time: "))
        lines.remove(took)
        return (float(took.split()[1]) / 1000,
                [tuple(r.split("|")) for r in lines])

    def size(self):
        return int(self.run(
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE "
            "relkind IN ('r', 'm') AND relnamespace = 'public'::regnamespace "
            )[0])


def questions(engine, form, addr):
    """What changed, what crossed a router, which links there are."""
    if form == "tumen":
        return {
            "path changes": CHANGES.format(
                path="path_id", vantage="vantage_id", source="trace t"),
            "traces through a router": ROUTER.format(
                trace="trace", id="path_id", key="path_id", hop="path_hop",
                addr=addr),
            "distinct links": LINKS.format(
                hop="path_hop", key="path_id",
                length="length(near) + length(far)")}
    path = (f"plain_trace t JOIN (SELECT trace, {engine.text} AS path "
            "FROM plain_hop GROUP BY trace) p ON p.trace = t.id")
    return {
        "path changes": CHANGES.format(
            path="path", vantage="vantage", source=path),
        "traces through a router": ROUTER.format(
            trace="plain_trace", id="id", key="trace", hop="plain_hop",
            addr=addr),
        "distinct links": LINKS.format(
            hop="plain_hop", key="trace", length="length(near) + length(far)")}


def timed(database, sql):
    runs = [database.ask(sql) for _ in range(RUNS)]
    return statistics.median(r[0] for r in runs), runs[0][1]


def main():
    name, paths, traces = sys.argv[1], sys.argv[2:5], int(sys.argv[5])
    engine = Postgres if "://" in paths[0] else Sqlite
    tumen, hops, probes = (engine(p) for p in paths)
    size = [d.size() / traces for d in (tumen, hops, probes)]
    print(f"  {name}: bytes a trace: tumen {size[0]:.0f}, a row a hop "
          f"{size[1]:.0f} ({size[1] / size[0]:.2f} x), a row a probe "
          f"{size[2]:.0f} ({size[2] / size[0]:.2f} x)")
    rows = hops.ask("SELECT hex(addr) FROM plain_hop WHERE addr IS NOT NULL "
                    "GROUP BY addr ORDER BY count(*) DESC, addr")[1]
    addr = engine.quoted.format(rows[len(rows) // 4][0])
    theirs = questions(engine, "hops", addr)
    failed = False
    for what, sql in questions(engine, "tumen", addr).items():
        ours, answer = timed(tumen, sql)
        plain, other = timed(hops, theirs[what])
        failed |= answer != other
        same = f"{answer[0][0]} found" if answer == other else \
            f"DIFFERENT ANSWERS {answer} {other}"
        print(f"  {name}: {what}: tumen {ours * 1e3:.1f} ms, a row a hop "
              f"{plain * 1e3:.1f} ms ({plain / ours:.2f} x), {same}")
    sys.exit(failed)


main()
