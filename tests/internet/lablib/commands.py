# SPDX-License-Identifier: ISC
"""The subcommands of `lab`, one function each, and the table that names them."""
import os
import subprocess
import sys

from lablib import check, inside, lines, running, sandbox, scenario as scenarios, truth

USAGE = """usage: lab run [--scenario NAME] [--dir DIR] [--] COMMAND...
inside it:
       lab exec NODE COMMAND...            in that node's network namespace
       lab vantages | targets | scenarios
       lab link A B up|down                lab session A B up|down
       lab announce PREFIX|* [via ASN|ROUTER]
       lab withdraw PREFIX|* [via ASN|ROUTER]
       lab reject|accept ASN PREFIX|*
       lab silent NODE...                  lab loud NODE...
       lab filter NODE drop|prohibit PROTOCOL... [rate N]
       lab scenario [NAME]                 lab wait
       lab truth [--json]                  lab mrt
       lab check                           the scenario's expectations, as TAP
"""
USAGE_ERROR, BAD_DATA, UNREACHABLE = 64, 65, 69


class Usage(Exception):
    pass


def run(words):
    options = {"--scenario": "base", "--dir": None}
    words = list(words)
    while words and words[0] in options:
        if len(words) < 2:
            raise Usage(f"{words[0]} needs a value")
        options[words[0]] = words[1]
        del words[:2]
    command = words[1:] if words[:1] == ["--"] else words
    if not command or words[0] != "--" and words[0].startswith("-"):
        raise Usage(f"unknown option '{words[0]}'" if command else "no command to run")
    name, folder = options["--scenario"], options["--dir"]
    folder = folder and os.path.realpath(folder)
    if folder and (folder + "/").startswith("/run/"):
        raise Usage(f"--dir {folder}: the laboratory has a /run of its own, take another place")
    if folder:
        os.makedirs(folder, exist_ok=True)
    name = os.path.realpath(name) if "/" in name else name
    lab = os.path.join(os.path.dirname(scenarios.folder()), "lab")
    return sandbox.run([sys.executable, lab, "inside", name, folder or "", *command])


def inside_(words):
    inside.die_quietly()
    return inside.main(words[0], words[1], words[2:])


def vantages(words):
    topo = running.Running().topo
    for node in topo.of_kind("vantage"):
        print(node.name, node.asn, node.address, node.city)


def targets(words):
    topo = running.Running().topo
    for prefix in topo.prefixes():
        host = topo.host_of(prefix)
        print(host.address, prefix, ",".join(map(str, host.ports)))


def scenario_names(words):
    print("\n".join(sorted(os.listdir(scenarios.folder()))))


def change(verb):
    """A subcommand that is a line of a scenario file, applied to the running laboratory."""
    def command(words):
        lab = running.Running()
        with lab.changing() as state:
            scenarios.Reader(lab.topo, state).take(lines.Line("command line", [verb, *words]))
        lab.wait()
    return command


def scenario(words):
    lab = running.Running()
    if not words:
        print(lab.scenario().name)
        return
    wanted = scenarios.load(lab.topo, words[0])
    with lab.changing() as state:
        vars(state).update(vars(wanted))
    lab.wait()
    lab.mrt()


def wait(words):
    running.Running().wait()


def show_truth(words):
    rows = truth.truth(running.Running().topo)
    sys.stdout.write(truth.as_ndjson(rows) if "--json" in words else truth.as_text(rows))


def mrt(words):
    running.Running().mrt()


def check_(words):
    lab = running.Running()
    return check.tap(lab.topo, lab.scenario())


TABLE = {"run": run, "inside": inside_, "vantages": vantages, "targets": targets,
         "scenarios": scenario_names, "scenario": scenario, "wait": wait, "truth": show_truth,
         "mrt": mrt, "check": check_}
TABLE.update((verb, change(verb)) for verb in
             ("link", "session", "announce", "withdraw", "reject", "accept",
              "silent", "loud", "filter"))


def main(argv):
    if not argv or argv[0] not in TABLE:
        sys.stderr.write(USAGE)
        return USAGE_ERROR
    try:
        return TABLE[argv[0]](argv[1:]) or 0
    except Usage as error:
        print(f"lab: {error}", file=sys.stderr)
        return USAGE_ERROR
    except lines.BadLine as error:
        print(f"lab: {error}", file=sys.stderr)
        return BAD_DATA
    except (sandbox.Refused, running.NotRunning, TimeoutError, RuntimeError, OSError,
            subprocess.CalledProcessError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return UNREACHABLE
