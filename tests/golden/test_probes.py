#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""record_probes() of build/tumen_sql.so in SQLite's own shell, against what
`tumen export` says of the same traces, field by field. Prints TAP."""
import json
import os
import subprocess
import tempfile

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
TUMEN = os.environ.get("TUMEN", "build/tumen")
TRACES = "tests/golden/traces.ndjson"
FIELDS = ("attempt reply_no addr rtt_us tx_us tx_ns reply_ttl reply_ipid "
          "quoted_ttl quoted_tos icmp_type icmp_code tcp_flags proof silent "
          "late").split()


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True,
                          timeout=60).stdout


def exported(db):
    for line in run(TUMEN, "export", "--db", db).splitlines():
        trace = json.loads(line)
        for hop in trace["hops"]:
            for p in hop["probes"]:
                yield (trace["id"], hop["ttl"]) + tuple(p[f] for f in FIELDS)


def selected(db):
    sql = ("SELECT v.trace, p.ttl, %s FROM trace t JOIN v_trace v USING "
           "(started_us, epoch, seq), record_probes(t.rec, t.started_us) p"
           % ", ".join("p." + f for f in FIELDS))
    rows = json.loads(run("sqlite3", "-json", "-cmd", ".load build/tumen_sql",
                          db, sql))
    for row in rows:
        row["late"] = bool(row["late"])
        yield tuple(row.values())


with tempfile.TemporaryDirectory() as work:
    db = os.path.join(work, "t.db")
    run(TUMEN, "import", "--db", db, TRACES)
    want, got = sorted(exported(db), key=repr), sorted(selected(db), key=repr)
for a, b in [x for x in zip(want, got) if x[0] != x[1]][:5]:
    print("#", a, b)
ok = want == got and len(want) > 900
print("%s 1 - %d probes are those of the export" % ("ok" if ok else "not ok",
                                                    len(got)))
print("1..1")
