# SPDX-License-Identifier: ISC
"""The tools whose traces tumen imports: how they are run in the laboratory, and
what their files say, read by hand: nothing of this knows tumen.

A trace is a dict: object (all of it), tool, vantage, target, method, src, sport,
dport, start_us, stop, flows, and answers: a sorted list of one tuple an answer,
(ttl, attempt, addr, tx_us, rtt_ns, reply_ttl, reply_ipid, icmp_type, icmp_code,
quoted_ttl, quoted_tos, tcp_flags), None where the file has nothing."""
import json
import os
import subprocess
from decimal import Decimal

from lablib.tap import LAB

METHODS = {"udp-paris": "udp", "icmp-echo-paris": "icmp", "tcp": "tcp",
           "udp-sport": "udp", "icmp-echo": "icmp"}
STOPS = {"COMPLETED": "reached", "GAPLIMIT": "gap", "UNREACH": "unreachable",
         "LOOP": "loop", "ERROR": "error", "HOPLIMIT": "max-ttl"}


# --- running -----------------------------------------------------------------

class Runs:
    """Programs at work side by side, each in the namespace of its vantage; all
    have ended, or been ended, when the block is left."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.running = []

    def start(self, vantage, words, out=subprocess.DEVNULL):
        self.running.append((words, subprocess.Popen(
            [LAB, "exec", vantage, *words], stdin=subprocess.DEVNULL, stdout=out,
            stderr=subprocess.PIPE)))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        failed = []
        for words, program in self.running:
            try:
                said = program.communicate(timeout=self.seconds)[1].decode()
            except subprocess.TimeoutExpired:
                program.kill()
                said = f"not done after {self.seconds} s"
                program.communicate()
            if program.returncode:
                failed.append(f"{' '.join(words)}: {program.returncode} {said}")
        if failed:
            raise RuntimeError("\n".join(failed))


def vantage_of(path):
    """The files are named so; scamper of Debian 12 writes no monitor into JSON."""
    return os.path.basename(path).split("-")[0]


def scamper(runs, vantage, path, command, targets):
    """In warts, or in JSON when the path ends so."""
    form = "json" if path.endswith(".json") else "warts"
    runs.start(vantage, ["scamper", "-O", form, "-p", "300", "-o", path, "-c", command, "-i",
                         *targets])


def mtr(runs, vantage, path, target, rounds):
    with open(path, "wb") as out:
        runs.start(vantage, ["mtr", "--json", "-n", "-c", str(rounds), "-i", "0.3", "-G", "1",
                             target], out)


def plain(path):
    """What sc_warts2json prints of a file of warts; JSON as it is."""
    if path.endswith(".json"):
        with open(path, "rb") as file:
            return file.read()
    return subprocess.run(["sc_warts2json", path], check=True, capture_output=True,
                          timeout=60).stdout


# --- reading -----------------------------------------------------------------

def ns(milliseconds):
    return None if milliseconds is None else int(Decimal(milliseconds) * 1000000)


def us(at):
    return at["sec"] * 1000000 + at["usec"]


def of_trace(o):
    answers = [(h["probe_ttl"], h["probe_id"], h["addr"], us(h["tx"]), ns(h["rtt"]),
                h["reply_ttl"], h.get("reply_ipid"), h.get("icmp_type"), h.get("icmp_code"),
                h.get("icmp_q_ttl"), h.get("icmp_q_tos"), h.get("tcp_flags"))
               for h in o.get("hops", ())]
    return {"stop": STOPS[o["stop_reason"]], "answers": sorted(answers, key=str)}


def of_tracelb(o):
    """Replies lie with the link that they show. An answer that is no error quotes
    nothing, whatever icmp_q_tos stands there."""
    answers, flows = set(), set()
    for node in o["nodes"]:
        for ends in node["links"]:
            for end in ends:
                for probe in end.get("probes", ()):
                    flows.add(probe["flowid"])
                    for r in probe["replies"]:
                        answers.add((probe["flowid"], probe["ttl"], end["addr"], us(probe["tx"]),
                                     ns(r["rtt"]), r["ttl"], r.get("ipid"), r.get("icmp_type"),
                                     r.get("icmp_code"), r.get("icmp_q_ttl"),
                                     r.get("icmp_q_tos") if "icmp_q_ttl" in r else None,
                                     r.get("tcp_flags")))
    return {"flows": flows, "answers": sorted(answers, key=str)}


def read_scamper(path):
    traces = []
    for line in plain(path).splitlines():
        o = json.loads(line, parse_float=Decimal)
        if o["type"] not in ("trace", "tracelb"):
            continue
        traces.append({
            "object": o, "tool": o["type"], "vantage": vantage_of(path),
            "target": o["dst"], "src": o["src"], "method": METHODS[o["method"]],
            "sport": o.get("sport"), "dport": o.get("dport"), "start_us": us(o["start"]),
            **(of_trace(o) if o["type"] == "trace" else of_tracelb(o))})
    return traces


def read_mtr(path, vantage, start_us):
    with open(path, encoding="ascii") as file:
        o = json.load(file, parse_float=Decimal)
    report, hubs = o["report"], o["report"]["hubs"]
    answers = [(h["count"], 1, h["host"], None, ns(h["Best"])) + 7 * (None,)
               for h in hubs if h["host"] != "???"]
    target = report["mtr"]["dst"]
    return [{"object": o, "tool": "mtr", "vantage": vantage, "target": target, "src": None, "method": "icmp",
             "sport": None, "dport": None, "start_us": start_us,
             "stop": "reached" if hubs and hubs[-1]["host"] == target else "gap",
             "silent": {h["count"] for h in hubs if h["host"] == "???"},
             "answers": sorted(answers, key=str)}]
