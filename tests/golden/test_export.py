#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""tumen export, every format and level: what it says is what was imported, read by
programs that are not ours (Python's csv and json); imported again it is the same
rows; the options select the same traces in each. Prints TAP.
TUMEN_TEST_DB=postgresql://... holds the traces in that (empty) database and asks for
the bytes that SQLite gives."""
import csv
import decimal
import gzip
import hashlib
import io
import json
import os
import pathlib
import random
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
os.chdir(ROOT)
sys.path += [str(ROOT / "tests/internet"), str(ROOT / "tests/golden")]
sys.dont_write_bytecode = True
from export_shapes import atlas_misfit, scamper_misfit  # noqa: E402
from lablib.tap import Tap  # noqa: E402

TUMEN = os.environ.get("TUMEN", "build/tumen")
POSTGRES = os.environ.get("TUMEN_TEST_DB")
os.environ.setdefault("TUMEN_DATADIR", "build")
os.environ.pop("TUMEN_DB", None)
WORK = tempfile.TemporaryDirectory()
LEVELS = ("probe", "hop", "trace", "path")
FORMS = [("ndjson",), ("atlas",), ("scamper",)] + [("csv", "--level", level) for level in LEVELS]
SAMPLES = sorted(p for d in ("atlas", "scamper", "mtr")
                 for p in pathlib.Path("tests/data", d).glob("*")
                 if p.name.endswith((".json", ".ndjson", ".json.gz")))
tap = Tap()


def run(*arguments, status=0, **more):
    done = subprocess.run([TUMEN, *map(str, arguments)], capture_output=True, timeout=120, **more)
    if done.returncode != status:
        raise RuntimeError(f"{arguments}: {done.returncode} {done.stderr.decode()[:400]}")
    return done.stdout


def path(name):
    return f"{WORK.name}/{name}"


def export(db, *form):
    return run("export", "--db", db, "--format", *form)


def imported(name, *files):
    """A new SQLite database of these files (or bytes)."""
    for i, data in enumerate(f for f in files if isinstance(f, bytes)):
        pathlib.Path(path(f"{name}.{i}")).write_bytes(data)
    names = [path(f"{name}.{i}") for i, f in enumerate(files)] if isinstance(
        files[0], bytes) else files
    run("import", "--db", path(name + ".db"), *names)
    return path(name + ".db")


def objects(data):
    return [json.loads(line, parse_float=decimal.Decimal) for line in data.splitlines()]


def table(data):
    return list(csv.DictReader(io.StringIO(data.decode(), newline=""), strict=True))


def rows(db):
    """What identifies every trace, and all of it: the same in any database."""
    with sqlite3.connect(db) as d:
        return sorted(d.execute("SELECT hex(trace_id), rec_hash, hex(path_id) FROM trace"))


def odd_traces():
    """Golden traces with what they lack: labels, several answers, every silence."""
    lines = pathlib.Path("tests/golden/traces.ndjson").read_text().splitlines()
    words = ("not-sent", "overflow", "rate-limited", "filtered", "late", "lost", "unknown")
    for n, one in enumerate(map(json.loads, lines[:8])):
        one["stop_detail"] = 'a "b", c' if n % 2 else "x,\ny"
        one["clock_step"], one["drops"], one["control"] = n % 2 == 1, n, n == 3
        one["duration_us"] = -7 if n == 1 else one["duration_us"]
        hops = [h["probes"] for h in one["hops"]]
        first = hops[0][0]
        for i, (rtt, addr) in enumerate(((9.5, "10.1.1.1"), (700.125, "10.1.1.2"),
                                         (0.001, "10.1.1.1"), (3, first["addr"]))):
            hops[0].append({**first, "attempt": i + 2, "rtt_us": rtt, "addr": addr})
        hops[0].append({**hops[0][-1], "reply_no": 1, "late": True, "rtt_us": 6000000.25,
                        "addr": "10.1.1.2", "icmp_type": 3, "icmp_code": 13})
        hops[1][0]["ext"] = [{"class": 1, "type": 1, "data": "5dcb2001000101ff"},
                             {"class": 9, "type": n, "data": "00ff" * n}]
        silent = [p for h in hops for p in h if p["addr"] is None]
        for p, word in zip(silent, words):
            p["silent"] = word
            p["tx_us"] = p["tx_ns"] = None if word == "not-sent" else p["tx_us"]
            p["tx_ns"] = None if word == "not-sent" else 1
        yield renumbered(one, 77, n + 1)


def renumbered(one, epoch, seq):
    """The id follows from the key: record_id()."""
    key = one["vantage"].encode() + b"\0" + b"".join(
        n.to_bytes(8, "big") for n in (epoch, seq, one["start_us"]))
    h = bytearray(hashlib.sha256(key).digest()[:16])
    h[6], h[8] = h[6] & 0x0f | 0x80, h[8] & 0x3f | 0x80
    h = h.hex()
    return {**one, "epoch": epoch, "seq": seq,
            "id": f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"}


# What each level must say, made of the NDJSON alone or of SQLite's views.

def identity(one):
    names = ("id vantage campaign run epoch seq target prefix method port flow src sport dport "
             "start duration_us stop stop_detail").split()
    return {("trace" if n == "id" else n): one[n] for n in names}


def nanoseconds(rtt_us):
    return None if rtt_us is None else int(decimal.Decimal(rtt_us) * 1000)


def octets(p):
    return p.get("ext_hex") or "".join(
        "%04x%02x%02x%s" % (4 + len(o["data"]) // 2, o["class"], o["type"], o["data"])
        for o in p["ext"])


def labels(p):
    return " ".join("%(label)d:%(tc)d:%(s)d:%(ttl)d" % m for m in p["mpls"])


def probe_rows(one):
    same = ("addr reply_ttl reply_ipid quoted_ttl quoted_tos icmp_type icmp_code tcp_flags proof "
            "silent").split()
    for hop in one["hops"]:
        for p in hop["probes"]:
            tx = None if p["tx_us"] is None else p["tx_us"] * 1000 + p["tx_ns"]
            yield {**identity(one), "ttl": hop["ttl"], "attempt": p["attempt"],
                   "reply_no": p["reply_no"], "tx_ns": tx, "rtt_ns": nanoseconds(p["rtt_us"]),
                   **{n: p[n] for n in same}, "late": int(p["late"]),
                   "control": int(one["control"]), "mpls": labels(p), "ext": octets(p)}


def hop_rows(one):
    for hop in one["hops"]:
        probes = hop["probes"]
        sent = sum(p["reply_no"] == 0 and p["silent"] != "not-sent" for p in probes)
        first = {**identity(one), "ttl": hop["ttl"], "sent": sent, "control": int(one["control"])}
        answers = [p for p in probes if p["addr"] is not None]
        for addr in dict.fromkeys(p["addr"] for p in answers):
            of = [p for p in answers if p["addr"] == addr]
            rtt = [nanoseconds(p["rtt_us"]) for p in of if p["rtt_us"] is not None]
            least, median, most = (min(rtt), statistics.median_low(rtt), max(rtt)) if rtt else (
                None, None, None)
            yield {**first, "addr": addr, "replies": len(of), "rtt_min_ns": least,
                   "rtt_median_ns": median, "rtt_max_ns": most, "icmp_type": of[0]["icmp_type"],
                   "icmp_code": of[0]["icmp_code"], "mpls": labels(of[0]), "silent": None}
        if not answers:
            why = {p["silent"] for p in probes}
            nothing = dict.fromkeys("addr rtt_min_ns rtt_median_ns rtt_max_ns icmp_type icmp_code "
                                    "mpls".split())
            yield {**first, **nothing, "replies": 0,
                   "silent": why.pop() if len(why) == 1 else "unknown"}


VERDICT = "carrier entry_as evidence p border_lo_ttl border_hi_ttl border_rtt_us reach".split()


def trace_rows(traces, db):
    with sqlite3.connect(db) as d:
        seen = {r[0]: r[1:] for r in d.execute("SELECT trace, path, reached FROM v_trace")}
        judged = {r[0]: r[1:] for r in d.execute(
            f"SELECT trace, {', '.join(VERDICT)} FROM v_verdict")}
    for one in traces:
        probes = [p for h in one["hops"] for p in h["probes"] if p["reply_no"] == 0]
        verdict = dict(zip(VERDICT, judged.get(one["id"], [None] * len(VERDICT))))
        if verdict["p"] is not None:
            verdict["p"] = "%.6f" % verdict["p"]
        yield {**identity(one), "start_us": one["start_us"], "nprobes": len(probes),
               "answered": sum(p["addr"] is not None for p in probes),
               "path": seen[one["id"]][0], "reached": seen[one["id"]][1],
               "clock_step": int(one["clock_step"]), "drops": one["drops"], "tool": one["tool"],
               "control": int(one["control"]), **verdict}


def path_rows(traces, db):
    with sqlite3.connect(db) as d:
        way = dict(d.execute("SELECT trace, path FROM v_trace"))
        hops = {}
        for p, ttl, kind, addr in d.execute("SELECT * FROM v_path ORDER BY path, ttl"):
            end = "" if kind in ("silent", "time-exceeded") else "!" + kind
            hops.setdefault(p, []).append(f"{ttl}:{addr or '*'}{end}")
    lines = {}
    for one in traces:
        names = "vantage target prefix method port flow control".split()
        series = {n: one[n] for n in names} | {"control": int(one["control"])}
        key = tuple(series.values()), way[one["id"]]
        line = lines.setdefault(key, {**series, "path": way[one["id"]],
                                      "hops": " ".join(hops.get(way[one["id"]], [])),
                                      "first": one["start"], "traces": 0})
        line["last"] = one["start"]
        line["traces"] += 1
    method = ["udp", "icmp", "tcp"]
    return sorted(lines.values(), key=lambda r: (
        r["vantage"], [int(n) for n in r["target"].split(".")], method.index(r["method"]),
        -1 if r["port"] is None else r["port"], r["flow"], r["prefix"], r["control"], r["first"],
        r["path"]))


def text(row):
    return {k: "" if v is None else str(v) for k, v in row.items()}


def first_difference(want, got):
    for i, (a, b) in enumerate(zip(want, got)):
        for k in a.keys() | b.keys():
            if a.get(k) != b.get(k):
                return f"row {i}, {k}: {a.get(k)!r}, not {b.get(k)!r}"
    return f"{len(want)} and {len(got)} rows" if len(want) != len(got) else None


def check_levels(db, what):
    traces = objects(export(db, "ndjson"))
    want = {"probe": [r for one in traces for r in probe_rows(one)],
            "hop": [r for one in traces for r in hop_rows(one)],
            "trace": list(trace_rows(traces, db)), "path": path_rows(traces, db)}
    for level in LEVELS:
        why = first_difference([text(r) for r in want[level]],
                               table(export(db, "csv", "--level", level)))
        tap.ok(why is None and want[level], f"{what}: csv at level {level} says what NDJSON says",
               why)
    tap.ok(export(db, "csv") == export(db, "csv", "--level", "probe"), f"{what}: probe is the default")
    return traces


def check_order(db, traces):
    with sqlite3.connect(db) as d:
        order = [r[0] for r in d.execute(
            "SELECT trace FROM v_trace t JOIN vantage v ON v.name = t.vantage "
            "ORDER BY started_us, vantage_id, epoch, seq")]
    tap.ok(order == [t["id"] for t in traces] and order, "by start, vantage, epoch, seq")


def check_bytes(db, lines):
    """The same content, stored in another order: the same bytes."""
    again = list(lines)
    random.Random(5).shuffle(again)
    half = len(again) // 2
    other = imported("other", b"".join(again[half:]), b"".join(again[:half]))
    run("infer", "--db", other)
    for form in FORMS:
        a, b = export(db, *form), export(other, *form)
        tap.ok(a == b and a, f"{' '.join(form)}: stored in another order, the same bytes")


def check_engine(db, lines):
    """The same in PostgreSQL."""
    pathlib.Path(path("lines")).write_bytes(b"".join(reversed(lines)))
    run("import", "--db", POSTGRES, path("lines"))
    for where in (db, POSTGRES):
        import_samples(where)
        run("infer", "--db", where)
    for form in FORMS:
        a, b = export(db, *form), export(POSTGRES, *form)
        tap.ok(a == b and a, f"{' '.join(form)}: as from SQLite")


def import_samples(db):
    for name in SAMPLES:
        done = subprocess.run([TUMEN, "import", "--db", db, "--start", "2026-11-01", "--vantage",
                               "lab", name], capture_output=True, timeout=60)
        assert done.returncode in (0, 65), done.stderr


def check_return(name, db, form):
    """Export, import, export: the same rows; imported twice, none is new."""
    data = export(db, form)
    back = imported(f"{name}-{form}", data)
    tap.ok(rows(back) == rows(db), f"{name}: {form} comes back as the same rows",
           f"{len(rows(db))} and {len(rows(back))}")
    tap.ok(export(back, form) == data, f"{name}: {form} again, the same bytes")
    for where in (back, db):
        run("import", "--db", where, path(f"{name}-{form}.0"))
    tap.ok(rows(back) == rows(db) and export(back, form) == data, f"{name}: {form}, nothing is new")
    return data


def ids(form, data, n):
    """Which traces are in an export."""
    if form[0] == "ndjson":
        return sorted(o["id"] for o in objects(data))
    if form[0] == "csv":
        return sorted({r["trace"] for r in table(data)})
    if not data:
        return []
    back = imported(f"selected{n}", data)
    return sorted(o["id"] for o in objects(export(back, "ndjson")))


def originals(data):
    """The objects of a file of another tool, as JSON values."""
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    rest, decoder = data.decode(errors="replace").lstrip(), json.JSONDecoder()
    while rest:
        try:
            one, end = decoder.raw_decode(rest)
        except ValueError:  # what tumen import calls broken
            end, one = max(rest.find("\n"), 0) or len(rest), []
        rest = rest[end:].lstrip()
        yield from one if isinstance(one, list) else [one]


def untold(line):
    """An object as it was before the vantage that --vantage told was added to it."""
    one = json.loads(line)
    if line.endswith(',"monitor":"lab"}'):
        del one["monitor"]
    return json.dumps(one, sort_keys=True)


def check_foreign():
    """Results of other tools: printed as they came in their own format, and in the
    other ones with all that a record has."""
    db = path("foreign.db")
    import_samples(db)
    run("infer", "--db", db)
    check_levels(db, "of others")
    check_shapes("of others", db)
    given = {}
    for name in SAMPLES:
        for one in originals(name.read_bytes()):
            given.setdefault(json.dumps(one, sort_keys=True), name.parent.name)
    for form in ("ndjson", "atlas", "scamper"):
        data = check_return("of others", db, form)
        if form == "ndjson":
            continue
        kept = [o for o in data.splitlines() if "tumen" not in json.loads(o)]
        strange = [o[:200] for o in kept
                   if given.get(untold(o.decode())) != form]
        with sqlite3.connect(db) as d:
            want = d.execute("SELECT count(*) FROM evidence WHERE ttl IN (0, 255) AND "
                             "CAST(sent AS TEXT) = ? AND CAST(reply AS TEXT) NOT LIKE "
                             "'{\"part_of\":%'", [form]).fetchone()[0]
        tap.ok(not strange and len(kept) == want and (want or not any(
            n.parent.name == form for n in SAMPLES)),
            f"of others: {want} in {form} as they came", strange or f"{len(kept)}, not {want}")


def check_shapes(name, db):
    """What is not printed as it came, is as the format is documented."""
    for form, wrong in (("atlas", atlas_misfit), ("scamper", scamper_misfit)):
        made = [o for o in objects(export(db, form)) if "tumen" in o]
        bad = [(w, o["tumen"].get("id")) for o in made if (w := wrong(o))]
        tap.ok(made and not bad, f"{name}: {form}, {len(made)} as documented",
               "\n".join(map(str, bad[:5])))



def check_selections(db):
    traces = objects(export(db, "ndjson"))
    start = sorted(t["start_us"] for t in traces)
    since, until = start[len(start) // 3], start[2 * len(start) // 3]
    at = {t["start_us"]: t["start"] for t in traces}
    cases = [(["--since", at[since]], lambda t: t["start_us"] >= since),
             (["--until", at[until]], lambda t: t["start_us"] < until),
             (["--prefix", "175.45.178.0/24"], lambda t: t["target"].startswith("175.45.178.")),
             (["--vantage", "mow"], lambda t: t["vantage"] == "mow"),
             (["--campaign", "weeks"], lambda t: t["campaign"] == "weeks"),
             (["--campaign", ""], lambda t: t["campaign"] is None),
             (["--campaign", "none-such"], lambda t: False),
             (["--since", at[since], "--until", at[until], "--prefix", "175.45.176.71/32",
               "--vantage", "sel", "--campaign", "weeks"],
              lambda t: since <= t["start_us"] < until and t["target"] == "175.45.176.71" and
              t["vantage"] == "sel" and t["campaign"] == "weeks")]
    for n, (options, keep) in enumerate(cases):
        want = sorted(t["id"] for t in traces if keep(t))
        assert len(want) < len(traces)
        bad = []
        for form in FORMS:
            data = export(db, *form, *options)
            if form[-1] == "path":
                same = sum(int(r["traces"]) for r in table(data)) == len(want)
            else:
                same = ids(form, data, f"-{n}-{form[0]}") == want
            bad += [] if same else [form]
        tap.ok(not bad and (want or "none-such" in options),
               f"{' '.join(options)}: the same {len(want)} in each", bad)


def says(status, words, *arguments, **more):
    done = subprocess.run([TUMEN, "export", *arguments], stderr=subprocess.PIPE, timeout=60,
                          **{"stdout": subprocess.PIPE, **more})
    err = done.stderr.decode()
    tap.ok(done.returncode == status and words in err,
           f"{status}: {' '.join(arguments).replace(WORK.name, '...')}", f"{done.returncode} {err}")


def check_errors(db):
    says(64, "--level hop: only of --format csv, not of ndjson", "--db", db, "--level", "hop")
    says(64, "--level probe: only of --format csv, not of atlas",
         "--db", db, "--format", "atlas", "--level", "probe")
    says(64, "--level warts: not one of probe, hop, trace, path",
         "--db", db, "--format", "csv", "--level", "warts")
    says(64, "--format warts: not one of ndjson, csv, atlas, scamper", "--db", db, "--format",
         "warts")
    for form in FORMS:
        with open("/dev/full", "wb") as full:
            says(74, "stdout: No space left on device", "--db", db, "--format", *form, stdout=full)
        gone, into = os.pipe()
        os.close(gone)
        says(74, "stdout: Broken pipe", "--db", db, "--format", *form, stdout=into)
        os.close(into)


def check_progress(db):
    """On a terminal when standard output is none; nothing of it stays there."""
    seen = {}
    for name, out in (("file", subprocess.PIPE), ("terminal", None)):
        keyboard, screen = os.openpty()
        done = subprocess.Popen([TUMEN, "export", "--db", db, "--until", "2026-11-04"],
                                stdout=out or screen, stderr=screen)
        os.close(screen)
        shown = b""
        if out:
            done.stdout.read()
        try:
            while chunk := os.read(keyboard, 1 << 16):
                shown += chunk
        except OSError:  # the other end is closed
            pass
        seen[name] = shown, done.wait(timeout=60)
        os.close(keyboard)
    shown, status = seen["file"]
    tap.ok(status == 0 and re.search(rb"\d+ traces, up to 2026-11-03 \d\d:\d\d:\d\d ", shown) and
           shown.endswith(b"\r\x1b[K"), "progress on a terminal", shown)
    tap.ok(seen["terminal"][1] == 0 and b"traces, up to" not in seen["terminal"][0],
           "none among the traces", seen["terminal"][0][:200])


def main():
    weeks = subprocess.run([sys.executable, "tests/golden/weeks_traces.py"], check=True,
                           capture_output=True, timeout=60).stdout.splitlines(keepends=True)
    odd = [json.dumps(one).encode() + b"\n" for one in odd_traces()]
    golden = pathlib.Path("tests/golden/traces.ndjson").read_bytes().splitlines(keepends=True)
    lines = weeks + odd + golden
    db = imported("all", b"".join(lines))
    run("infer", "--db", db)
    if POSTGRES:
        check_engine(db, lines)
        return tap.end()
    traces = check_levels(db, "own")
    tap.ok(sorted(t["id"] for t in traces) == sorted(json.loads(x)["id"] for x in lines), "all are there")
    check_order(db, traces)
    check_bytes(db, lines)
    for form in ("ndjson", "atlas", "scamper"):
        check_return("own", db, form)
    check_shapes("own", db)
    check_foreign()
    check_selections(db)
    check_errors(db)
    check_progress(db)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
