#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""tumen import of streams: other tools' formats mixed in one file, the same again in
any order and form, what is broken kept apart, every option and the texts of errors.
With TUMEN_TEST_POSTGRES=SOCKET in new databases of that server. Prints TAP."""
import bz2
import gzip
import json
import os
import pathlib
import random
import select
import shutil
import sqlite3
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
os.chdir(ROOT)
sys.path.append(str(ROOT / "tests/internet"))
sys.dont_write_bytecode = True
from lablib.tap import Tap  # noqa: E402

TUMEN = os.environ.get("TUMEN", "build/tumen")
SOCKET = os.environ.get("TUMEN_TEST_POSTGRES")
OURS = "tests/golden/traces.ndjson"
os.environ.pop("TUMEN_DB", None)
tap = Tap()


def run(*arguments, stdin=None, within=60):
    """stdin: octets, or nothing."""
    done = subprocess.run([TUMEN, *map(str, arguments)], input=stdin or b"",
                          capture_output=True, timeout=within)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def told(*arguments, stdin=None):
    """The status, and the objects of --json."""
    status, out, err = run("import", "--json", *arguments, stdin=stdin)
    return status, [json.loads(x) for x in out.splitlines()], err


class Base:
    """A new database on either engine."""
    made = 0

    def __init__(self, work):
        Base.made += 1
        self.name = f"import_{os.getpid()}_{Base.made}"
        self.where = str(work / f"{self.name}.db")
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
        with sqlite3.connect(self.where) as con:
            return [tuple("" if v is None else str(v) for v in row) for row in con.execute(sql)]

    def content(self):
        """All that import stores but the time of it."""
        status, out, err = run("export", "--db", self.where)
        assert status == 0, err
        facts = self.ask("SELECT v.name, f.name, f.value FROM vantage_fact f "
                         "JOIN vantage v ON v.vantage_id = f.vantage_id")
        return sorted(out.splitlines()), sorted(facts)


def atlas(probe=1001, at=1760000000, target="175.45.176.71", **more):
    return {"af": 4, "dst_addr": target, "dst_name": target, "endtime": at + 3,
            "from": "192.0.2.10", "fw": 5080, "lts": 12, "msm_id": 5001, "msm_name": "Traceroute",
            "paris_id": 3, "prb_id": probe, "proto": "ICMP", "size": 48,
            "src_addr": "192.168.1.20", "timestamp": at, "type": "traceroute", "result": [
                {"hop": 1, "result": [{"from": "192.168.1.1", "rtt": .5, "size": 28, "ttl": 64},
                                      {"x": "*"}]},
                {"hop": 2, "result": [{"from": "219.158.39.42", "rtt": 95.25, "size": 28,
                                       "ttl": 249}]},
                {"hop": 3, "result": [{"from": target, "rtt": 101.5, "size": 48, "ttl": 50}]}],
            **more}


def mixed():
    """Objects of every kind: (traces, others, all of them)."""
    traces = [atlas(), atlas(probe=1002), atlas(at=1760000900),
              atlas(probe=1003, target="175.45.178.129")]
    traces += [json.loads(x) for x in pathlib.Path(OURS).read_text().splitlines()[:5]]
    others = [{"type": "ping", "af": 4, "prb_id": 1001, "msm_id": 1, "timestamp": 1760000000,
               "fw": 5080, "dst_name": "x"},
              {"record": "verdict", "v": 1}]
    return traces, others


def lines(objects):
    return "".join(json.dumps(o) + "\n" for o in objects).encode()


MTR = {"report": {"mtr": {"src": "host", "dst": "175.45.176.71", "tos": 0, "tests": 10,
                          "psize": "64", "bitpattern": "0x00"},
                  "hubs": [{"count": 1, "host": "192.0.2.1", "Loss%": 0.0, "Snt": 10, "Last": 1.5,
                            "Avg": 1.6, "Best": 1.2, "Wrst": 2.0, "StDev": 0.1},
                           {"count": 2, "host": "175.45.176.71", "Loss%": 0.0, "Snt": 10,
                            "Last": 99.0, "Avg": 99.1, "Best": 98.0, "Wrst": 101.0,
                            "StDev": 1.0}]}}


def forms(work, objects):
    """The same objects in every form a file may have: (name, path)."""
    plain = lines(objects)
    shuffled = list(objects)
    random.Random(1).shuffle(shuffled)
    texts = {"ndjson": plain, "shuffled": lines(shuffled),
             "array": json.dumps(objects, indent=1).encode(),
             "joined": b"".join(json.dumps(o).encode() for o in objects),
             "results": json.dumps({"count": 1, "results": objects}).encode(),
             "gz": gzip.compress(plain[:700]) + gzip.compress(plain[700:]),
             "bz2": bz2.compress(json.dumps(objects).encode())}
    if shutil.which("zstd"):
        texts["zst"] = subprocess.run(["zstd", "-q", "-c"], input=plain, check=True,
                                      capture_output=True).stdout
    for name, text in texts.items():
        path = work / f"form.{name}"
        path.write_bytes(text)
        yield name, path


def test_forms(work):
    traces, others = mixed()
    objects = traces + others
    first = Base(work)
    (work / "mixed").write_bytes(lines(objects))
    status, said, err = told("--db", first.where, work / "mixed")
    want = {"record": "import", "v": 1, "file": str(work / "mixed"), "added": 9, "present": 0,
            "runs": 0, "refused": 0, "signature": None, "dry_run": False, "traces": 9,
            "outside": 0, "unkept": 0, "broken": 0, "vantages": 4}
    got = {k: said[0].get(k, "missing") for k in want}
    tap.ok(status == 0 and got == want and err == "", "formats mixed in one file",
           f"{status} {err} {got}")
    tap.ok([(o["format"], o["kind"], o["count"]) for o in said[0]["other"]] ==
           [("atlas", "ping", 1), ("tumen", "verdict", 1)], "others are counted by kind", said)
    (work / "long").write_text(json.dumps(dict(traces[0], pad="x" * (1 << 20))))
    status, long, err = told("--dry-run", work / "long")
    tap.ok(status == 0 and (long[0]["traces"], long[0]["unkept"]) == (1, 1),
           "a text that is too long is told", f"{status} {err} {long}")
    formats = {x["format"]: x for x in said[0]["formats"]}
    tap.ok(set(formats) == {"atlas", "tumen"} and formats["atlas"]["traces"] == 4 and
           formats["tumen"]["lacks"] == [] and formats["atlas"]["lacks"] != [],
           "what a format lacks", formats)
    content = first.content()
    tap.ok(len(content[0]) == 9 and ("atlas-1001", "probe", "1001") in content[1] and
           said[0]["facts"] == len(content[1]), "traces and facts are there", content[1])
    (work / "exported").write_text(run("export", "--db", first.where)[1])
    status, out, err = run("diff", "--json", work / "exported", work / "exported")
    tap.ok(status == 0 and '"pairs":7' in out, "a file whose traces have texts is compared",
           f"{status} {err} {out}")
    for form in "ndjson", "scamper":
        (work / form).write_text(run("export", "--db", first.where, "--format", form)[1])
        bare = Base(work)
        told("--no-source", "--db", bare.where, work / form)
        said_bare = run("export", "--db", bare.where)[1].splitlines()
        tap.ok(len(said_bare) == 9 and not any(json.loads(x)["source"] for x in said_bare),
               f"no text of {form} when none is wanted", said_bare)
    (work / "one_id").write_bytes(lines([dict(traces[0], prb_id=i) for i in (16927, 28712, 5)] +
                                        [{"fw": 1, "af": "x"}]))
    one_id = Base(work)
    status, crowd, err = told("--db", one_id.where, work / "one_id")
    tap.ok(status == 65 and crowd[0]["added"] == 2 and crowd[0]["refused"] > 1 and
           "one_id:3:" not in err and
           one_id.ask("SELECT count(*) FROM vantage_fact WHERE name = 'probe'") == [("2",)] and
           one_id.ask("SELECT count(*) FROM broken") == [(str(crowd[0]["refused"] + 1),)],
           "who has the id of another holds up nobody", f"{status} {err} {crowd}")
    for packed in (lambda x: x), gzip.compress:
        base = b"SQLite format 3\0" + bytes(4080)
        status, out, err = run("import", "--db", one_id.where, "-", stdin=packed(base))
        tap.ok(status == 64 and "must be named" in err and "broken" not in out,
               "a database by a pipe", f"{status} {err} {out}")
    for name, path in forms(work, objects):
        status, said, err = told("--db", first.where, path)
        tap.ok(status == 0 and said[0]["added"] == 0 and said[0]["present"] == 9 and
               said[0]["facts"] == 0 and first.content() == content,
               f"{name}: again, nothing is added", f"{status} {err} {said}")
    new = Base(work)
    _, path = next(x for x in forms(work, objects) if x[0] == "shuffled")
    told("--db", new.where, path)
    tap.ok(new.content() == content, "in another order, the same is stored")
    status, said, err = told("--db", new.where, "-", stdin=gzip.compress(lines(objects)))
    tap.ok(status == 0 and said[0]["file"] == "-" and said[0]["present"] == 9,
           "standard input, compressed", f"{status} {err} {said}")
    text = run("import", "--db", new.where, work / "mixed")[1]
    head = text.splitlines()
    tap.ok(head[0].endswith(": 0 traces added, 9 already there, 0 runs, 0 refused, "
                            "2 passed over (1 ping, 1 verdict)") and
           head[1] == "  formats: tumen (5 traces), RIPE Atlas (4 traces)" and
           head[2].startswith("  4 vantages: atlas-1001, atlas-1002, atlas-1003, ") and
           head[3].startswith("  RIPE Atlas does not tell: ") and len(head) == 4,
           "the same as text", text)
    text = run("import", "--db", new.where, work / "mixed", work / "mixed")[1]
    tap.ok(text.count("does not tell") == 1, "what a format lacks is said once", text)


def broken_file():
    """(text, offsets of broken objects): two broken ones between three traces."""
    good = [json.dumps(atlas(at=1760000000 + i)).encode() for i in range(3)]
    parts = [good[0], json.dumps(atlas(proto="CARRIER PIGEON")).encode(), good[1],
             json.dumps(atlas(timestamp=-5)).encode(), good[2]]
    offsets, at = [], 0
    for i, part in enumerate(parts):
        if i in (1, 3):
            offsets.append(at)
        at += len(part) + 1
    return b"\n".join(parts) + b"\n", offsets


def test_broken(work):
    text, offsets = broken_file()
    path, base = work / "broken.json", Base(work)
    path.write_bytes(text)
    status, said, err = told("--db", base.where, path)
    tap.ok(status == 65 and said[0]["added"] == 3 and said[0]["broken"] == 2 and
           [f"{path}:{n}: octet {at}: " in err for n, at in zip((2, 4), offsets)] == [True] * 2,
           "broken objects are told, the others stored", f"{status} {err} {said}")
    rows = base.ask("SELECT file, format, offset_n FROM broken ORDER BY offset_n")
    tap.ok(rows == [(str(path), "atlas", str(at)) for at in offsets], "and kept with their place",
           rows)
    status, said, _ = told("--db", base.where, path)
    tap.ok(status == 65 and base.ask("SELECT count(*) FROM v_broken") == [("2",)],
           "once, however often the file is read", said)
    kept = base.ask("SELECT why FROM v_broken")
    tap.ok(all(f"octet {at}: " in err for at in offsets) and
           all(f": {why}\n" in err for why, in kept), "the reasons are those that were told", kept)
    many = lines([atlas(proto="?", at=1760000000 + i) for i in range(1239)] + [atlas(probe=9)])
    path.write_bytes(many)
    status, said, err = told("--db", base.where, path)
    tap.ok(status == 65 and said[0]["added"] == 1 and len(err.splitlines()) == 6 and
           err.splitlines()[5] == f"tumen: {path}: and 1,234 more; the view "
           "v_broken has all of them",
           "of many the first five are told", err)
    tap.ok(base.ask("SELECT count(*) FROM broken") == [("1241",)], "and all are kept")
    status, _, err = run("infer", "-", stdin=text)
    tap.ok(status == 65 and "stdin:2: octet" in err and
           err.endswith("2 objects cannot be read; the others are done\n"),
           "infer - goes on behind them", f"{status} {err}")
    tap.ok(len(run("infer", "-", stdin=text)[1].splitlines()) == 3, "and gives the verdicts")


def test_cut(work):
    base, path = Base(work), work / "cut.gz"
    whole = gzip.compress(lines([atlas(at=1760000000 + i) for i in range(4000)]))
    path.write_bytes(whole[:len(whole) // 2])
    status, said, err = told("--db", base.where, path)
    n = said[0]["added"]
    tap.ok(status == 65 and "cut off" in err and 0 < n < 4000 and
           len(base.content()[0]) == n, "of a stream that is cut off, what came is stored",
           f"{status} {err} {said}")
    text = lines([atlas(), atlas(probe=7)])
    path = work / "cut.json"
    path.write_bytes(text[:-20])
    status, said, err = told("--db", base.where, path)
    tap.ok(status == 65 and said[0]["traces"] == 1 and said[0]["broken"] == 1,
           "an object without its end is broken", f"{status} {err} {said}")


def test_conflict(work):
    base, path = Base(work), work / "conflict"
    ours = json.loads(pathlib.Path(OURS).read_text().splitlines()[0])
    other = json.loads(json.dumps(ours))
    for hop in other["hops"]:
        for probe in hop["probes"]:
            if probe["rtt_us"] is not None:
                probe["rtt_us"] += 1
    path.write_bytes(lines([ours, atlas()]))
    told("--db", base.where, path)
    before = base.content()
    path.write_bytes(lines([atlas(), other, atlas(probe=5)]))
    status, said, err = told("--db", base.where, path)
    tap.ok(status == 65 and said[0]["refused"] == 1 and said[0]["added"] == 1 and
           said[0]["present"] == 1 and "another trace with the same key" in err,
           "a trace that contradicts a stored one is refused", f"{status} {err} {said}")
    now = base.content()
    tap.ok(set(before[0]) < set(now[0]) and len(now[0]) == 3, "the stored one stays")
    at = len(json.dumps(atlas())) + 1
    rows = base.ask('SELECT format, offset_n FROM broken')
    tap.ok(rows == [("tumen", str(at))] and f":2: octet {at}: " in err,
           "the refused one is kept, with its place", f"{rows} {err}")


def test_keys(work):
    base, path = Base(work), work / "keyed"
    path.write_bytes(lines([atlas(), atlas(probe=5)]))
    probe = os.environ.get("TUMEN_PROBE", "build/tumen-probe")
    subprocess.run([probe, "key", "-o", str(work / "k"), "--vantage", "atlas-5"], check=True,
                   capture_output=True)
    status, said, err = told("--db", base.where, "--keys", work / "k.pub", path)
    tap.ok(status == 65 and said[0]["refused"] == 1 and said[0]["added"] == 1 and
           "vantage atlas-5 has a key: only its signed segments are taken" in err,
           "what a vantage with a key must sign", f"{status} {err} {said}")
    tap.ok(not [x for x in base.content()[1] if x[0] == "atlas-5"] and
           base.ask("SELECT count(*) FROM broken") == [("1",)],
           "nor are facts about it taken; the object is kept")


def test_options(work):
    base, path = Base(work), work / "options"
    path.write_bytes(lines([atlas(), atlas(target="8.8.8.8", probe=2), atlas(probe=3)]))
    status, said, _ = told("--db", base.where, "--prefix", "175.45.176.0/22", path)
    tap.ok(status == 0 and (said[0]["added"], said[0]["outside"], said[0]["vantages"]) == (2, 1, 2)
           and not [x for x in base.content()[1] if x[0] == "atlas-2"],
           "--prefix passes over the others, and who observed them", said)
    text = run("import", "--db", base.where, "--prefix", "8.8.8.0/24", path)[1]
    tap.ok("1 trace added, 0 already there" in text and
           "2 passed over (2 outside the prefix)" in text, "and says so", text)
    kept = Base(work)
    status, _, _ = told("--db", kept.where, "--no-source", path)
    sources = [json.loads(x)["source"] for x in kept.content()[0]]
    full = [json.loads(x)["source"] for x in base.content()[0]]
    tap.ok(status == 0 and sources == [None] * 3 and None not in full,
           "--no-source keeps no source", f"{sources} {full}")
    status, said, _ = told("--db", kept.where, path)
    tap.ok(status == 0 and said[0]["added"] == 0, "the trace is the same with it", said)


def test_mtr(work):
    base, path = Base(work), work / "mtr.json"
    path.write_bytes(json.dumps(MTR, indent=4).encode())
    status, said, err = told("--db", base.where, path)
    tap.ok(status == 65 and said[0]["broken"] == 1 and "--start" in err,
           "mtr without --start", f"{status} {err}")
    status, said, err = told("--db", base.where, "--start", "2025-10-09T08:53:20Z", "--vantage",
                             "here", path)
    trace = json.loads(base.content()[0][0])
    tap.ok(status == 0 and said[0]["added"] == 1 and trace["vantage"] == "here" and
           trace["start"] == "2025-10-09T08:53:20.000000Z", "--start and --vantage",
           f"{status} {err} {trace}")


def test_dry(work):
    path, folder = work / "dry", work / "empty"
    traces, others = mixed()
    path.write_bytes(lines(traces + others) + b'{"type":"traceroute","af":4}\n')
    folder.mkdir()
    before = sorted(os.listdir(work))
    status, said, err = told("--dry-run", path)
    tap.ok(status == 65 and said[0]["dry_run"] is True and said[0]["traces"] == 9 and
           said[0]["added"] == 0 and said[0]["broken"] == 1 and said[0]["vantages"] == 4,
           "--dry-run needs no database", f"{status} {err} {said}")
    where = str(folder / "none.db")
    status, out, _ = run("import", "--dry-run", "--db", where, path)
    tap.ok(status == 65 and os.listdir(folder) == [] and sorted(os.listdir(work)) == before,
           "and touches none", os.listdir(folder))
    tap.ok(out.splitlines()[0].startswith(f"{path}: 9 traces, ") and
           out.splitlines()[0].endswith("1 broken; nothing is stored"), "it says what there is",
           out)
    probes = sum(len(h["probes"]) for t in traces if "hops" in t for h in t["hops"])
    probes += sum(len(h["result"]) for t in traces if "result" in t for h in t["result"])
    tap.ok(said[0]["probes"] == probes, "every probe is counted", f"{said} {probes}")
    if SOCKET:
        return
    base = Base(work)
    told("--db", base.where, path)
    status, said, err = told("--dry-run", base.where)
    tap.ok(status == 0 and said[0]["traces"] == 9 and said[0]["added"] == 0,
           "of a database, too", f"{status} {err} {said}")


def test_errors(work):
    path, base = work / "good", Base(work)
    path.write_bytes(lines([atlas()]))
    (work / "empty.json").write_bytes(b"")
    (work / "none.json").write_bytes(b"[]\n")
    (work / "text").write_bytes(b"no JSON here\nnor here\n")
    cases = [
        (64, "no file: name some", []),
        (64, "--vantage no/name: not 1..32 of a-z 0-9 . _ -", ["--vantage", "no/name", path]),
        (64, "--vantage : not 1..32", ["--vantage", "", path]),
        (64, "--start noon: no time", ["--start", "noon", path]),
        (64, "--prefix 1.2.3.4/8: no IPv4 prefix", ["--prefix", "1.2.3.4/8", path]),
        (64, "no such option", ["--frob", path]),
        (65, f"{work}/text", [work / "text"]),
        (69, f"{work}/away: No such file", [work / "away"]),
        (0, "", [work / "empty.json"]),
        (0, "", [work / "none.json"]),
        (0, "", ["/dev/null"]),
    ]
    if not SOCKET:
        told("--db", base.where, path)
        cases += [(64, "--prefix cannot choose from a database",
                   ["--prefix", "1.0.0.0/8", base.where])]
    for status, text, arguments in cases:
        got, _, err = run("import", "--db", Base(work).where, *arguments)
        tap.ok(got == status and text in err, f"{status}: {text or arguments[-1]}", f"{got} {err}")
    got, _, err = run("import", path)
    tap.ok(got == 64 and "no database: --db DB" in err, "64: no database", err)
    status, said, err = told("--db", base.where, work / "away", path)
    tap.ok(status == 69 and [x["file"] for x in said] == [str(work / "away"), str(path)],
           "the files behind a bad one go, too", f"{status} {said} {err}")
    if not SOCKET:
        with open(base.where, "rb") as f:
            status, _, err = run("import", "--db", base.where, "-", stdin=f.read())
        tap.ok(status == 64 and "a segment must be named" in err, "64: a segment by a pipe", err)


def test_stream(work):
    """What infer - derives comes while the pipe is open, as it always did."""
    days = lines([atlas(at=1700000000 + 86400 * i) for i in range(40)])
    child = subprocess.Popen([TUMEN, "infer", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdin.write(days)
    child.stdin.flush()
    ready, _, _ = select.select([child.stdout], [], [], 20)
    tap.ok(ready == [child.stdout], "verdicts come before the pipe ends")
    rest, _ = child.communicate(timeout=30)
    tap.ok(child.returncode == 0 and rest.count(b"\n") == 40, "all of them at its end",
           rest.count(b"\n"))


def example():
    """The commands of README's section and the lines that each is to print."""
    text = (ROOT / "README.md").read_text()
    section = text.split("## Traces of others\n", 1)[1].split("\n## ", 1)[0]
    shown = [x[4:] for x in section.replace("\\\n", "").splitlines()
             if x.startswith("    ") or not x]
    commands = []
    for line in shown:
        if line.startswith("$ "):
            commands.append((line[2:].split(), []))
        elif line and commands:
            commands[-1][1].append(line)
    return commands


def as_shown(want, got):
    """Line by line; what stands in brackets is any lines, an empty one none."""
    lines, at, gap = [x for x in got.splitlines() if x], 0, False
    for line in want:
        if line.strip().startswith("["):
            gap = True
            continue
        while gap and at < len(lines) and lines[at] != line:
            at += 1
        if at == len(lines) or lines[at] != line:
            return False
        at, gap = at + 1, False
    return gap or at == len(lines)


def test_readme(work):
    commands = example()
    tap.ok([c[0][1] for c in commands] == ["origin", "import", "infer", "timeline"],
           "README: the table, and three commands", commands)
    environment = {**os.environ, "TUMEN_DATADIR": str(ROOT / "build")}
    for words, want in commands:
        words = [str(work / x) if x.startswith("2017.") else x for x in words]
        done = subprocess.run([TUMEN, *words[1:]], stdout=subprocess.PIPE, text=True, timeout=60,
                              stderr=subprocess.STDOUT, env=environment)
        tap.ok(done.returncode == 0 and as_shown(want, done.stdout),
               f"README: {words[1]} as shown", done.stdout)


def main():
    with tempfile.TemporaryDirectory() as name:
        for test in (test_forms, test_broken, test_cut, test_conflict, test_keys, test_options,
                     test_mtr, test_dry, test_errors, test_stream, test_readme):
            work = pathlib.Path(name) / test.__name__
            work.mkdir()
            test(work)
    return tap.end()


sys.exit(main())
