#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Traces of another tool as our own: the made-up October 2017 of RIPE Atlas (tests/data/atlas)
through import, infer, status, timeline, diff, explain, audit and the questions of sql/README.md,
held against what its maker knows. With TUMEN_TEST_POSTGRES=SOCKET in a new database of that
server. Prints TAP."""
import collections
import gzip
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
os.chdir(ROOT)
sys.path += [str(ROOT / "tests/internet"), str(ROOT / "tests/data/atlas")]
sys.dont_write_bytecode = True
from lablib.tap import Tap  # noqa: E402
import october_2017 as made  # noqa: E402

TUMEN = os.environ.get("TUMEN", "build/tumen")
SOCKET = os.environ.get("TUMEN_TEST_POSTGRES")
FILE = ROOT / "tests/data/atlas/october-2017.json.gz"
US = 10**6
os.environ.pop("TUMEN_DB", None)
tap = Tap()

# The tables of the day before, of the networks that the file's addresses are of.
BGP = [("175.45.%d.0/24" % n, 131279) for n in range(176, 180)] + [
    ("62.115.0.0/16", 1299), ("188.43.0.0/16", 20485), ("219.158.0.0/16", 4837),
    ("129.250.0.0/16", 2914)]
RELATIONS = [(4837, 131279, -1), (20485, 131279, -1), (1299, 20485, 0), (1299, 4837, 0),
             (2914, 4837, 0), (1299, 2914, 0)]
ENTRY = {"ttk": 20485, "unicom": 4837}


def run(*arguments, want=0):
    done = subprocess.run([TUMEN, *map(str, arguments)], capture_output=True, text=True,
                          timeout=120)
    if done.returncode != want:
        raise RuntimeError(f"{arguments[:4]}: {done.returncode} {done.stderr}")
    return done.stdout


def objects(*arguments, want=0):
    return [json.loads(x) for x in run(*arguments, want=want).splitlines()]


class Base:
    """The database, of either engine."""

    def __init__(self, work):
        self.name = f"imported_{os.getpid()}"
        self.where = str(work / "t.db")
        if SOCKET:
            subprocess.run(["createdb", "-h", SOCKET, "-U", "tester", self.name], check=True)
            self.where = f"postgresql://tester@/{self.name}?host={SOCKET}"

    def ask(self, sql):
        """Rows of texts."""
        if SOCKET:
            out = subprocess.run(
                ["psql", "-X", "-q", "-At", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", SOCKET, "-U",
                 "tester", "-d", self.name, "-c", sql], check=True, capture_output=True, text=True)
            return [tuple(x.split("\t")) for x in out.stdout.splitlines()]
        con = sqlite3.connect(self.where)
        with con:
            rows = [tuple("" if v is None else str(v) for v in row) for row in con.execute(sql)]
        con.close()
        return rows


def prefix_of(target):
    return target.rsplit(".", 1)[0] + ".0/24"


def networks(result):
    """The networks of a result's public addresses, but the target's."""
    found = set()
    for hop in result["result"]:
        for reply in hop["result"]:
            addr = reply.get("from", "")
            found |= {asn for net, asn in BGP if addr.startswith(net.split(".0")[0] + ".")}
    return found - {131279}


def truth():
    """What each result of the file says, by (vantage, target, start in us)."""
    rows, by_id, known = made.facts(), {p.id: p for p in made.PROBES}, {}
    for r in json.loads(gzip.decompress(FILE.read_bytes())):
        target, at, probe = r["dst_addr"], r["timestamp"], by_id[r["prb_id"]]
        ttk = probe.via_ttk and made.in_state(rows, "ttk", target, at)
        rtts = [x["rtt"] for h in r["result"] for x in h["result"] if x.get("from") == target]
        # Who sees one network alone and no target cannot tell a border.
        blind = not rtts and len(networks(r)) < 2
        known[f"atlas-{probe.id}", target, at * US] = {
            "carrier": "unknown" if blind else "ttk" if ttk else "unicom",
            "reached": bool(rtts), "flow": r["paris_id"], "end_us": r["endtime"] * US,
            "border_rtt_us": round(min(rtts) * 1000) if rtts else None,
            "routers": {(x["from"], h["hop"]) for h in r["result"] for x in h["result"]
                        if "from" in x},
            "ended": r["result"][-1]["hop"] == 255}
    return known


def series(known):
    """[(start, what)] of each vantage and prefix, by start."""
    found = collections.defaultdict(list)
    for (vantage, target, at), t in sorted(known.items()):
        found[vantage, prefix_of(target)].append((at, t))
    return {k: sorted(v, key=lambda x: x[0]) for k, v in found.items()}


def folded(rounds):
    """Runs (carrier, first, last) of rounds: a change counts when the next repeats it."""
    runs, pending = [], None
    for at, t in rounds:
        c = t["carrier"]
        if not runs or (c != "unknown" and runs[-1][0] == "unknown"):
            runs[-1:] = [[c, at, at]]
        elif c == runs[-1][0]:
            runs[-1][2], pending = at, None
        elif c == "unknown":
            continue
        elif pending and pending[0] == c:
            runs.append([c, pending[1], at])
            pending = None
        else:
            pending = (c, at)
    return [tuple(r) for r in runs]


def test_import(base, work):
    (work / "bgp.txt").write_text("".join(f"{p} {a}\n" for p, a in BGP))
    (work / "rel.txt").write_text("".join("%d|%d|%d\n" % r for r in RELATIONS))
    run("origin", "build", "-o", work / "t.origin", "--asof", "2017-09-30", "--bgp",
        work / "bgp.txt", "--as-rel", work / "rel.txt")
    counts = objects("import", "--json", "--db", base.where, FILE)
    tap.ok(counts[0]["added"] == 720, "720 results become 720 traces", counts)
    counts = objects("import", "--json", "--db", base.where, FILE)
    tap.ok(counts[0]["added"] == 0, "and none the second time", counts)
    run("infer", "--origin", work / "t.origin", "--db", base.where)


def wrong_verdicts(rows, known):
    for row in rows:
        v = json.loads(row[0])
        t = known[v["vantage"], v["target"], v["start_us"]]
        want = {"carrier": t["carrier"], "reached": t["reached"], "flow": t["flow"],
                "entry_as": ENTRY.get(t["carrier"]), "decided_us": t["end_us"],
                "border_rtt_us": t["border_rtt_us"],
                "reach": "up" if t["reached"] else "unknown",
                "evidence": "unreached" if t["carrier"] == "unknown" else
                "gap-adjacent" if t["reached"] else "gap-only"}
        got = {k: v[k] for k in want}
        rules = ("proof-untold" in v["rules"]) == (t["carrier"] != "unknown")
        column = (row[1] or None, row[2])
        if got != want or not rules or "half-proof" in v["rules"] or \
                column != (t["border_rtt_us"] and str(t["border_rtt_us"]), str(t["end_us"])):
            yield want, got, v["rules"], column


def test_verdicts(base, work, known):
    ask = "SELECT json, border_rtt_us, decided_us FROM v_verdict ORDER BY trace"
    rows = base.ask(ask)
    bad = list(wrong_verdicts(rows, known))
    tap.ok(len(rows) == 720 and not bad, "each verdict says what was made up", bad[:3])
    run("infer", "--origin", work / "t.origin", "--db", base.where)
    tap.ok(base.ask(ask) == rows, "derived again: the same octets")
    filtered = subprocess.run(
        [TUMEN, "infer", "--origin", work / "t.origin", "-"], capture_output=True, text=True,
        timeout=60, stdin=subprocess.Popen(
            [TUMEN, "export", "--db", base.where], stdout=subprocess.PIPE).stdout)
    tap.ok(sorted(filtered.stdout.splitlines()) == sorted(r[0] for r in rows),
           "and as a filter, of the export", filtered.stderr)


def events_of(runs):
    return [(a[0], b[0], a[2], b[1]) for a, b in zip(runs, runs[1:])]


def test_timeline(base, known):
    ends = {(k[0], k[2]): t["end_us"] for k, t in known.items()}
    bad, n = [], 0
    for (vantage, prefix), rounds in series(known).items():
        want = [(a, b, last, ends[vantage, first]) for a, b, last, first in
                events_of(folded(rounds))]
        got = [(e["from"], e["to"], e["after_us"], e["before_us"]) for e in objects(
            "timeline", "--json", "--db", base.where, "--vantage", vantage, "--prefix", prefix)
            if e["record"] == "event"]
        n += len(got)
        bad += [(vantage, prefix, want, got)] * (want != got)
    tap.ok(n == 18 and not bad, f"the {n} changes of each vantage, with both brackets", bad[:2])
    told = run("timeline", "--json", "--db", base.where)
    if not SOCKET:
        base.ask("DELETE FROM state_run")
        base.ask("DELETE FROM reach_run")
        tap.ok(run("timeline", "--json", "--db", base.where) == told,
               "the same without what is kept")
        run("infer", "--db", base.where, "--since", "2018-01-01")
        tap.ok(base.ask("SELECT count(*) FROM v_state") != [("0",)] and
               run("timeline", "--json", "--db", base.where) == told, "and kept again")


def test_status(base, known):
    want = {}
    for (vantage, prefix), rounds in series(known).items():
        up = any(t["reached"] for _, t in rounds)
        s = want.setdefault(prefix, {"reach": "up" if up else "unknown", "vantages": {}})
        s["vantages"][vantage] = folded(rounds)[-1][0]
    for s in want.values():
        names = set(s["vantages"].values())
        s["carrier"] = names.pop() if len(names) == 1 else "both"
    got = {s["prefix"]: {"reach": s["reach"], "carrier": s["carrier"], "vantages": {
        v["vantage"]: v["carrier"] for v in s["vantages"]}} for s in objects(
        "status", "--json", "--db", base.where)}
    tap.ok(got == want and want["175.45.178.0/24"]["carrier"] == "both",
           "the state at the end: both carriers, one, and silence that is unknown", (want, got))


def test_diff(base, work):
    ask = ("SELECT trace FROM v_verdict WHERE vantage = 'atlas-99001' AND flow = 1 AND "
           "prefix = '175.45.178.0/24' ORDER BY started_us")
    a, b, c = [r[0] for r in base.ask(ask)][:3]
    more = "--json", "--db", base.where, "--origin", work / "t.origin"
    d = objects("diff", *more, a, b, want=1)[0]
    tap.ok((d["verdict"], d["first_ttl"], d["carrier_from"], d["carrier_to"], d["same_flow"]) ==
           ("changed", 4, "unicom", "ttk", True) and 20485 in d["as_to"] and 4837 in d["as_from"],
           "diff: the same flow eight hours later takes another way from TTL 4 on", d)
    d = objects("diff", *more, b, c)[0]
    tap.ok(d["verdict"] in ("same", "rtt-only", "silent-only"), "and the same one later", d)


def test_explain(base, work):
    ask = "SELECT min(trace) FROM v_verdict WHERE carrier = 'ttk' AND reached = 1"
    trace = base.ask(ask)[0][0]
    text = run("explain", "--db", base.where, "--origin", work / "t.origin", trace)
    tap.ok("Carried by ttk" in text and "proof-untold" in text and "atlas-9900" in text,
           "explain says that the replies' proof is untold", text)


def test_audit(base):
    lines = objects("audit", "--json", "--db", base.where)
    got = {x["vantage"]: (x["traces"], x["imported"], x["balanced"]) for x in lines
           if x["kind"] == "vantage"}
    tap.ok(got == {f"atlas-{p.id}": (240, 240, True) for p in made.PROBES} and
           lines[-1]["kinds"] == {}, "audit: counted, and no gaps between hashes", lines)


# --- the questions of sql/README.md, asked of the file's truth -------------------------------


def iso(us):
    return made.datetime.datetime.fromtimestamp(
        us / US, made.datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000000Z")


def named(known):
    return [(v, prefix_of(target), at, t) for (v, target, at), t in known.items()
            if t["carrier"] != "unknown"]


def grouped(rows, key, value):
    found = collections.defaultdict(list)
    for r in rows:
        found[key(r)].append(value(r))
    return found


def answer_carriers(known):
    week = max(at for _, _, at in known) - 7 * 86400 * US
    g = grouped([r for r in named(known) if r[1] == "175.45.178.0/24" and r[2] > week],
                lambda r: (r[0], r[3]["carrier"]), lambda r: r[2])
    return sorted((v, c, str(ENTRY[c]), str(len(at)), iso(min(at)), iso(max(at)))
                  for (v, c), at in g.items())


def answer_disagree(known):
    said = {(p, iso(at)[:13], v, t["carrier"]) for v, p, at, t in named(known)}
    g = grouped([(p, v, c, w, d, h) for p, h, v, c in said for q, i, w, d in said
                 if (p, h) == (q, i) and v < w and c != d], lambda r: r[:5], lambda r: r[5])
    return sorted((*k, str(len(h)), min(h), max(h)) for k, h in g.items())


def answer_slowest(known):
    g = grouped([r for r in named(known) if r[3]["border_rtt_us"]],
                lambda r: (r[0], r[1], r[3]["carrier"]), lambda r: r[3]["border_rtt_us"])
    found = sorted((-min(us), *k, len(us), max(us)) for k, us in g.items())[:10]
    return [(v, p, c, str(n), str(-least), str(most)) for least, v, p, c, n, most in found]


def answer_router(known):
    g = grouped([(v, target, hop, at) for (v, target, at), t in known.items()
                 for addr, hop in t["routers"] if addr == "188.43.225.153"],
                lambda r: r[:3], lambda r: r[3])
    return sorted((v, target, str(hop), str(len(at)), iso(min(at)), iso(max(at)))
                  for (v, target, hop), at in g.items())


def answer_single_homed(known):
    g = grouped(named(known), lambda r: (r[1], iso(r[2])[:10]), lambda r: (r[0], r[3]["carrier"]))
    return sorted((p, day, vc[0][1], str(len({v for v, _ in vc})), str(len(vc)))
                  for (p, day), vc in g.items() if len({c for _, c in vc}) == 1)


def without_path(rows):
    """Of the paths through a router, the same of each vantage and target as one row."""
    g = grouped(rows, lambda r: r[:3], lambda r: r[4:])
    return sorted((*k, str(sum(int(x[0]) for x in v)), min(x[1] for x in v), max(x[2] for x in v))
                  for k, v in g.items())


def test_questions(base, known):
    readme = (ROOT / "sql/README.md").read_text()
    answers = {"carriers": answer_carriers, "disagree": answer_disagree,
               "slowest": answer_slowest, "router": answer_router,
               "single_homed": answer_single_homed}
    files = {f.stem: f.read_text() for f in (ROOT / "sql/questions").glob("*.sql")}
    tap.ok(files.keys() == answers.keys(), "five questions", sorted(files))
    for name, text in sorted(files.items()):
        sql = "".join(x for x in text.splitlines(keepends=True) if not x.startswith("--"))
        rows, want = base.ask(sql.rstrip().rstrip(";")), answers[name](known)
        if name == "router":
            paths = {r[3] for r in rows}
            tap.ok(paths <= {r[0] for r in base.ask("SELECT path FROM v_path")} and paths,
                   "the paths through a router are those of v_path")
            rows = without_path(rows)
        if name not in ("slowest", "disagree"):
            rows = sorted(rows)
        tap.ok(rows == want and len(rows) >= 2 and f"```sql\n{sql}```\n" in readme,
               f"{name}: answered as the file has it, and as the README quotes it",
               f"want {want}\ngot {rows}")


def test_no_table(base):
    """With the table that ships alone, which is of a later time, nobody is named, and it is said."""
    said = "tumen: no address table is of the time of "
    done = subprocess.run([TUMEN, "infer", "-"], stdin=FILE.open("rb"),
                          capture_output=True, text=True, timeout=60, check=False)
    tap.ok(done.returncode == 0 and said + "720 traces (2017-10-01 to 2017-10-02): " in done.stderr,
           "infer says that there is no table", done.stderr)
    done = subprocess.run([TUMEN, "diff", "--db", base.where, "--a-time", "2017-10-01",
                           "--b-time", "2017-10-02"], capture_output=True, text=True, timeout=60,
                          check=False)
    tap.ok(said in done.stderr and "atlas-99001 " in done.stdout and "atlas-99002 " in done.stdout,
           "and diff; vantages have their whole names", done.stdout + done.stderr)


def main():
    known = truth()
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        base = Base(work)
        test_import(base, work)
        test_verdicts(base, work, known)
        test_timeline(base, known)
        test_status(base, known)
        test_diff(base, work)
        test_explain(base, work)
        test_audit(base)
        test_no_table(base)
        test_questions(base, known)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
