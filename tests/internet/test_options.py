#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Whatever is wrong on the command line or in the configuration: the exit
status, nothing on standard output, and one line that names the option, the
value and what is legal. The options come from --help and the keys from the
program's own list, so that a new one without a case here fails.

All of it runs in a network namespace without an uplink: nothing can leave."""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from lablib.tap import ALONE, Tap  # noqa: E402

HERE = os.path.dirname(os.path.realpath(__file__))
PROBE = os.path.realpath(os.environ.get("TUMEN_PROBE", "build/tumen-probe"))
LINK = "10.0.1.2"  # a neighbour
AWAY = "198.51.100.7"  # no route leads there
REAL = "175.45.176.71"  # nor there; but somebody lives at it
USAGE, DATA, UNAVAILABLE, CONFIG = 64, 65, 69, 78
HOSTS = "not the address of a host (1.0.0.0 to 223.255.255.255)"
HUGE = "99999999999999999999"

t = Tap()


def run(*args, command="trace"):
    done = subprocess.run([PROBE, command, *args], capture_output=True, timeout=60,
                          stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def refused(name, status, text, *args, command="trace"):
    """The status, one line on stderr that is `text`, and nothing else."""
    got = run(*args, command=command)
    want = (status, "", f"tumen-probe: {text}\n")
    t.ok(got == want, f"{status}: {name}", f"want {want}\ngot  {got}")


def accepted(name, *args, target=AWAY):
    """Taken as legal: what fails is the way to the target, later."""
    got = run(*args, target)
    ok = got[0] == UNAVAILABLE and got[1] == "" and "no route from this host" in got[2]
    t.ok(ok, f"taken: {name}", got)


# --- numbers -----------------------------------------------------------------

NUMBERS = {
    "--port": (1, 65535), "--flow": (0, 1023), "--flows": (1, 64), "--first-ttl": (1, 64),
    "--max-ttl": (1, 64), "--attempts": (1, 10), "--window": (1, 64), "--gap": (1, 64),
    "--wait": (10, 60000), "--linger": (0, 60000), "--rate": (1, 10000), "--burst": (1, 1000),
    "--target-rate": (1, 10000), "--responder-rate": (1, 10000),
}
# Legal alone, but not without this beside it.
BESIDE = {("--first-ttl", 64): ["--max-ttl", "64"]}
LAB_RATE = 2000000
IN_A_LAB = {"--rate": LAB_RATE, "--responder-rate": 1000000}  # the upper end there
NO_NUMBERS = ["", "x", " ", "-1", "+5", " 5", "5 ", "5x", "5\n", "5.0", "5,5", "1e1", "0x5", "five",
              "--5", "-", HUGE, "-" + HUGE, "18446744073709551621", "4294967301", "5;reboot"]


def shown(value):
    """Control bytes never reach the terminal."""
    return "".join("?" if c < " " or c == "\x7f" else c for c in value)


def numbers():
    for option, (lo, hi) in NUMBERS.items():
        above = IN_A_LAB.get(option, hi)
        more = f" (1..{above} towards private addresses alone)" if above > hi else ""
        for value in [str(lo - 1), str(above + 1), *NO_NUMBERS]:
            refused(f"{option} {value!r}", USAGE,
                    f"{option} {shown(value)}: not a number in {lo}..{hi}{more}", option, value,
                    AWAY)
        for value in (lo, above):
            accepted(f"{option} {value}", option, str(value), *BESIDE.get((option, value), []))


# --- words -------------------------------------------------------------------

LONG = "x" * 65
WORDS = {  # option: [(bad value, status, what is said of it)], [good values]
    "--mda": ([(v, USAGE, "not one of 95, 99") for v in ("", "90", "100", "095", "95%", "9", HUGE)],
              ["95", "99"]),
    "--method": ([(v, USAGE, "not one of udp, icmp, tcp")
                  for v in ("", ",", "sctp", "UDP", "udp,sctp", "udp;tcp", "udpx", "17")] +
                 [("udp,udp", USAGE, "udp is named twice"),
                  ("tcp,icmp,tcp", USAGE, "tcp is named twice")],
                 ["udp", "icmp", "tcp", "tcp,icmp,udp"]),
    "--contact": ([(v, USAGE, "not at most 64 printable ASCII characters")
                   for v in (LONG, "a\nb", "a\x7fb", "\x1b[31m")] +
                  [("\u00e9", USAGE, "not at most 64 printable ASCII characters")],
                  ["", "noc@example.net", LONG[1:]]),
    "--vantage": ([(v, USAGE, "not 1..32 of a-z 0-9 . _ -")
                   for v in ("", "Sel", "a b", "-a", ".a", "a/b", "x" * 33, "s\u00e9oul")],
                  ["a", "sel-1.x_y", "x" * 32]),
    "--interface": ([(v, USAGE, "not the name of an interface (1..15 characters)")
                     for v in ("", "x" * 16)], ["l1"]),
    "--source": ([(v, USAGE, "not an IPv4 address")
                  for v in ("", "here", "10.0.1", "10.0.1.1.1", "10.0.1.256", "010.0.1.1",
                            "10.0.1.1/24", "10.0.1.1 ", "::1")] +
                 [(v, USAGE, HOSTS) for v in ("0.0.0.0", "0.0.0.1", "224.0.0.1", "255.255.255.255")],
                 ["10.0.1.1"]),
    "--targets": ([("/nowhere/list", UNAVAILABLE, "No such file or directory"),
                   ("", UNAVAILABLE, "No such file or directory"),
                   ("/", UNAVAILABLE, "Is a directory")], []),
}
UNAVAILABLE_HERE = [  # what only this host can say no to
    ("an interface that is not there", "nope0: no such interface", ["--interface", "nope0"], AWAY),
    ("an interface that is down", "down0: cannot capture: That device is not up",
     ["--interface", "down0"], AWAY),
    ("a source of somebody else", "192.0.2.9: no interface of this host has this address",
     ["--source", "192.0.2.9"], LINK),
    ("a broadcast address of this link",
     "10.0.1.255: no route from this host (its routing table forbids it)", [], "10.0.1.255"),
    ("from loopback to elsewhere",
     f"{LINK}: no route from this host (its routing table forbids it)",
     ["--source", "127.0.0.1"], LINK),
    ("no route", f"{AWAY}: no route from this host", [], AWAY),
    ("no route for a sweep", "198.51.100.0: no route from this host", ["--sweep"],
     "198.51.100.0/30"),
    ("no route for all paths", f"{AWAY}: no route from this host", ["--mda", "95"], AWAY),
]


def words():
    for option, (bad, good) in WORDS.items():
        for value, status, why in bad:
            refused(f"{option} {value!r}", status, f"{option} {shown(value)}: {why}",
                    option, value, AWAY)
        for value in good:
            if option != "--interface":  # with it, all that is away is on the link
                accepted(f"{option} {value!r}", option, value)
    for name, text, options, target in UNAVAILABLE_HERE:
        refused(name, UNAVAILABLE, text, *options, target)


# --- flags, and what does not go together ------------------------------------

FLAGS = {"--json": [], "--live": ["--json"], "--sweep": []}
AGAINST = [
    ("--live: only with --json", ["--live"]),
    ("--first-ttl 5: above --max-ttl 4", ["--first-ttl", "5", "--max-ttl", "4"]),
    ("--first-ttl 33: above --max-ttl 32", ["--first-ttl", "33"]),
    ("--port 7: --method icmp has no ports", ["--port", "7", "--method", "icmp"]),
    ("--flow 1000 --flows 25: the last flow is 1023", ["--flow", "1000", "--flows", "25"]),
    ("--mda 95: only with --method udp or tcp; balancers see all of icmp as one flow",
     ["--mda", "95", "--method", "icmp"]),
    ("--mda 99: only with --method udp or tcp; balancers see all of icmp as one flow",
     ["--mda", "99", "--method", "udp,icmp"]),
    ("--mda 95: not with --sweep", ["--mda", "95", "--sweep"]),
    ("--sweep: one method at a time, --method names 2", ["--sweep", "--method", "udp,tcp"]),
    ("--flows 1: not with --sweep", ["--sweep", "--flows", "1"]),
    ("--flows 2: not with --mda", ["--mda", "95", "--flows", "2"]),
    ("--window 20: not with --sweep", ["--sweep", "--window", "20"]),
    ("--linger 5: not with --mda", ["--mda", "95", "--linger", "5"]),
    ("--attempts 6: not in 1..5, with --mda", ["--mda", "99", "--attempts", "6"]),
    ("--live: not with --sweep", ["--sweep", "--json", "--live"]),
    ("--live: not with --mda", ["--mda", "95", "--json", "--live"]),
    ("--nope: no such option, see 'tumen-probe trace --help'", ["--nope"]),
    ("-n: no such option, see 'tumen-probe trace --help'", ["-nq"]),
]
LAB_TARGETS = ["10.0.1.2", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
               "198.18.0.1", "192.0.2.1", "198.51.100.7", "203.0.113.9"]
NO_LAB_TARGETS = [REAL, "127.0.0.1", "172.32.0.1", "100.128.0.1", "198.20.0.1", "1.1.1.1"]


def rate_text(rate, target, option="--rate"):
    return (f"{option} {rate}: not in 1..10000, for {target} is no private, shared, benchmarking "
            "or documentation address (RFC 1918, 6598, 2544, 5737)")


def together():
    for flag, beside in FLAGS.items():
        accepted(flag, flag, *beside)
        refused(f"{flag} with a value", USAGE, f"{flag}=1: takes no value", f"{flag}=1", AWAY)
        refused(f"{flag} twice", USAGE, f"{flag}: given twice", flag, flag, *beside, AWAY)
    for option in [*NUMBERS, *WORDS]:
        refused(f"{option} without its value", USAGE, f"{option}: needs a value", AWAY, option)
    for option, (_, good) in WORDS.items():
        if good:
            refused(f"{option} twice", USAGE, f"{option} {good[-1]}: given twice",
                    option, good[0], option, good[-1], AWAY)
    for option, (lo, hi) in NUMBERS.items():
        refused(f"{option} twice", USAGE, f"{option} {hi}: given twice", option, str(lo),
                option, str(hi), AWAY)
    for text, options in AGAINST:
        refused(" ".join(options), USAGE, text, *options, AWAY)
    for target in LAB_TARGETS[1:]:
        accepted(f"--rate 10001 to {target}", "--rate", "10001", target=target)
    for target in NO_LAB_TARGETS:
        refused(f"--rate 10001 to {target}", USAGE, rate_text(10001, target),
                "--rate", "10001", LINK, target, AWAY)
        refused(f"--responder-rate 10001 to {target}", USAGE,
                rate_text(10001, target, "--responder-rate"), "--responder-rate", "10001",
                LINK, target, AWAY)
    refused("--rate 2000000 and a real prefix", USAGE, rate_text(LAB_RATE, "175.45.179.67"),
            "--rate", str(LAB_RATE), "10.0.1.2", "175.45.179.64/29")
    refused("--rate 2000000 for a real sweep", USAGE, rate_text(LAB_RATE, "175.45.176.0"),
            "--sweep", "--rate", str(LAB_RATE), "175.45.176.0/30")


# --- targets -----------------------------------------------------------------

NO_HOSTS = ["0.0.0.0", "0.0.0.1", "0.255.255.255", "224.0.0.1", "239.255.255.255", "240.0.0.1",
            "255.255.255.254", "255.255.255.255"]
NO_ADDRESSES = ["", " ", "256.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4",
                "1.2.3.4:80", "0x7f000001", "2130706433", "localhost", "example.net",
                "2001:db8::1", "::ffff:1.2.3.4", "1.2.3.-4", "1..2.3", HUGE]
NO_PREFIXES = ["10.0.0.1/24", "10.0.0.0/33", "10.0.0.0/", "/24", "10.0.0.0/-1", "10.0.0.0/024",
               "10.0.0.0/24x", "10.0.0/24", "256.0.0.0/8", "::/0", "10.0.0.0/24/24",
               "10.0.0.0/255.0.0.0", "10.0.0.0/" + HUGE]
NO_TARGET = "no target: name addresses or a prefix, such as 175.45.176.0/22"
NO_KNOWN = "no built-in target is inside (they are in 175.45.176.0/22); name the addresses"


def targets():
    refused("no target", USAGE, NO_TARGET)
    for beside in ([], ["--sweep"]):
        sweep = " in a sweep" if beside else ""
        for target in NO_HOSTS:
            refused(target + sweep, USAGE, f"{target}: {HOSTS}", *beside, LINK, target)
        for target in NO_ADDRESSES:
            refused(repr(target) + sweep, USAGE, f"{target}: not an IPv4 address or prefix",
                    *beside, LINK, target)
        for target in NO_PREFIXES:
            refused(target + sweep, USAGE,
                    f"{target}: not a prefix (A.B.C.D/0..32 without host bits)",
                    *beside, LINK, target)
    for target in ("10.0.0.0/8", "192.0.2.0/24", "175.45.180.0/24", "175.45.179.68/32"):
        refused(target, USAGE, f"{target}: {NO_KNOWN}", LINK, target)
    for target, n in (("10.0.0.0/15", 131072), ("0.0.0.0/0", 2 ** 32), ("10.0.0.0/8", 2 ** 24)):
        refused(f"a sweep of {target}", USAGE,
                f"{target}: makes it {n} addresses; a sweep takes 1..65536, a /16",
                "--sweep", target)
    refused("a sweep of a /16 and one", USAGE,
            "10.2.0.1: makes it 65537 addresses; a sweep takes 1..65536, a /16",
            "--sweep", "10.1.0.0/16", "10.2.0.1")
    for target in ("0.0.0.0/16", "224.0.0.0/24", "240.0.0.0/16", "255.255.255.0/24"):
        refused(f"a sweep of {target}", USAGE, f"{target}: {HOSTS}", "--sweep", target)
    refused("-5 is an option", USAGE, "-5: no such option, see 'tumen-probe trace --help'", "-5")
    refused("4097 targets", USAGE, "10.9.16.0: more than 4096 targets",
            *[f"10.9.{i >> 8}.{i & 255}" for i in range(4097)])


def lists(work):
    path = os.path.join(work, "list")

    def listed(name, text, status, why, *beside):
        with open(path, "wb") as file:
            file.write(text)
        refused(f"a list with {name}", status, why.format(f"--targets {path}"), *beside,
                "--targets", path)
    listed("nothing", b"", USAGE, NO_TARGET)
    listed("a comment alone", b"# 10.0.0.1\n", USAGE, NO_TARGET)
    listed("a name", b"10.0.1.2\n\nhost.example\n", DATA,
           "{}:3: host.example: not an IPv4 address or prefix")
    listed("an octet too large", b"10.0.1.2 300.1.1.1\n", DATA,
           "{}:1: 300.1.1.1: not an IPv4 address or prefix")
    listed("broadcast", b"255.255.255.255", DATA, "{}:1: 255.255.255.255: " + HOSTS)
    listed("a foreign prefix", b"\n\n192.0.2.0/24\n", DATA, "{}:3: 192.0.2.0/24: " + NO_KNOWN)
    listed("too much for a sweep", b"10.0.0.0/8\n", DATA,
           "{}:1: 10.0.0.0/8: makes it 16777216 addresses; a sweep takes 1..65536, a /16",
           "--sweep")
    listed("octets that are no text", b"10.0.1.2\n10.0.1.\0002\n", DATA, "{}:2: not text")
    for _ in range(2):  # a list may be given twice, and an address named twice
        with open(path, "w") as file:
            file.write(f"{AWAY}\n{AWAY} # again\r\n")
    accepted("two lists", "--targets", path, "--targets", path)


# --- the other commands ------------------------------------------------------

def others():
    for command in ("agent", "check"):
        refused(f"{command} without -c", USAGE, "-c FILE: the configuration is missing",
                command=command)
        refused(f"{command} -c without its value", USAGE, "-c: needs a value", "-c",
                command=command)
        refused(f"{command} and a word", USAGE, "now: not expected here", "-c", "x", "now",
                command=command)
        refused(f"{command} --rate", USAGE,
                f"--rate: no such option, see 'tumen-probe {command} --help'", "--rate",
                command=command)
        refused(f"{command} -c of nowhere", UNAVAILABLE,
                "/nowhere/conf: No such file or directory", "-c", "/nowhere/conf",
                command=command)
    refused("agent --once=2", USAGE, "--once=2: takes no value", "--once=2", command="agent")
    refused("check --once", USAGE, "--once: no such option, see 'tumen-probe check --help'",
            "--once", "-c", "x", command="check")
    done = subprocess.run([PROBE, "sweep"], capture_output=True, text=True)
    t.ok(done.returncode == USAGE and not done.stdout and
         done.stderr.startswith("tumen-probe: sweep: no such command\n"), "64: no such command",
         done)


# --- the configuration -------------------------------------------------------

VANTAGE = {"name": "sel"}
CAMPAIGN = {"targets": "10.0.1.2", "interval": "1h"}
NAMES = ("not 1..32 of a-z 0-9 . _ -", ["", "Sel", "a b", "x" * 33])
ADDRESS = "not an IPv4 address"
PREFIX_WORD = "not an IPv4 address or prefix"
DURATION = "not a duration in {} (300, 90s, 15m, 6h, 1d)"
NO_DURATION = ["", "1w", "-1", "1h30m", "x", HUGE]
TIME = ("not a UTC time (2026-11-21T16:00:00Z, 2026-11-21, @seconds)",
        ["", "now", "2026-13-01", "@", "@-1", "1969-12-31"])


def text_of(n):
    return f"not at most {n} printable ASCII characters"


def of_range(lo, hi):
    bad = [str(lo - 1), str(hi + 1), "x", "5x", "5.0", HUGE, "-" + HUGE, "-1", "0x5"]
    return f"not a number in {lo}..{hi}", bad


def lasting(reach, *bad):
    return DURATION.format(reach), NO_DURATION + list(bad)


def path(name):
    return "not an absolute path", ["", name, f"./{name}"]


def control():
    return ADDRESS, ["here", "10.0.1", "10.0.1.256", "10.0.9.0/24", "::1"]


KEYS = {  # section: key: what is said, of which values
    "vantage": {
        "name": NAMES,
        "contact": (text_of(64), ["x" * 65, "a\tb\x01"]),
        "place": (text_of(64), ["x" * 65]),
        "spool": path("spool"), "key": path("key"),
        "interface": (text_of(15), ["x" * 16]),
        "source": (ADDRESS, ["", "here", "10.0.1", "10.0.1.256", "10.0.1.1/24"]),
        "rate": of_range(1, 10000), "burst": of_range(1, 1000),
        "target_rate": of_range(1, 10000), "responder_rate": of_range(1, 10000),
        "user": (text_of(32), ["x" * 33]),
        "control": control(),
        "do_not_probe": (PREFIX_WORD, ["here", "10.0.0.1/8", "10.0.0.0/33", "10.0.0"]),
        "disk_warn": of_range(1, 100), "disk_stop": of_range(1, 100),
        "metrics": path("metrics"),
    },
    "campaign c": {
        "targets": (PREFIX_WORD, ["here", "10.0.0", "256.1.1.1", "::1"]),
        "targets_file": path("list"),
        "sweep": ("not one of no, yes", ["", "1", "true", "Yes"]),
        "control": control(),
        "interval": lasting("1s..7d", "0", "8d", "604801"),
        "anchor": TIME,
        "phase": lasting("0s..7d", "8d"),
        "jitter": lasting("0s..42h", "43h"),
        "start": TIME, "until": TIME,
        "method": ("not one of udp, icmp, tcp", ["", "sctp", "UDP", "udp sctp"]),
        "port": of_range(1, 65535), "flows": of_range(1, 64),
        "mda": ("not one of 95, 99", ["", "0", "90", "095", "95%"]),
        "attempts": of_range(1, 10),
        "first_ttl": of_range(1, 64), "max_ttl": of_range(1, 64), "window": of_range(1, 64),
        "gap": of_range(1, 64), "wait": of_range(10, 60000),
        "linger": lasting("0s..60s", "61", "61s", "2m", "1d"),
        "evidence": ("not one of edge, all, none", ["", "some", "EDGE", "edge all"]),
        "ports": ("not 1..8 numbers in 1..65535", ["", ","]),
        "verify": (DURATION.format("1h..30d").replace("a duration", "0 or a duration"),
                   NO_DURATION + ["1", "59m", "31d"]),
        "quiet": of_range(1, 96),
    },
}
ALSO = [  # section, key, value, text: a second reason of the same key
    ("vantage", "source", "0.0.0.0", HOSTS), ("vantage", "source", "224.0.0.1", HOSTS),
    ("vantage", "control", "224.0.0.1", HOSTS),
    ("campaign c", "control", "0.0.0.1", HOSTS),
    ("campaign c", "method", "udp,udp", "udp is named twice"),
    ("campaign c", "ports", "80 http", "http is not a number in 1..65535"),
    ("campaign c", "ports", "80 0", "0 is not a number in 1..65535"),
    ("campaign c", "ports", "80, 22 80", "80 is named twice"),
    ("campaign c", "ports", "1 2 3 4 5 6 7 8 9", "more than 8 ports"),
]
LEGAL = [  # section, key, the ends of what is legal, and beside them what it takes
    ("vantage", "rate", ["1", "10000"], {}), ("vantage", "burst", ["1", "1000"], {}),
    ("vantage", "target_rate", ["1", "10000"], {}),
    ("vantage", "responder_rate", ["1", "10000"], {}),
    ("vantage", "control", ["none", "1.0.0.0, 223.255.255.255",
                            " ".join(f"10.8.0.{i}" for i in range(8))], {}),
    ("vantage", "do_not_probe", ["", "10.9.0.0/16 10.0.1.9"], {}),
    ("campaign c", "sweep", ["no", "yes"], {}),
    ("campaign c", "interval", ["1", "7d", "604800s", "168h", "10080m"], {}),
    ("campaign c", "phase", ["0", "3599"], {}), ("campaign c", "jitter", ["0", "15m"], {}),
    ("campaign c", "start", ["2100-01-01", "@0"], {}),
    ("campaign c", "until", ["2100-01-01", "@7199"], {"phase": "0", "start": "@1"}),
    ("campaign c", "mda", ["95", "99"], {"attempts": "5"}),
    ("campaign c", "linger", ["0", "60s", "1m"], {}),
    ("campaign c", "evidence", ["edge", "all", "none"], {}),
    ("campaign c", "control", ["none", "10.0.1.9"], {}),
    ("campaign c", "ports", ["1", "65535", "1,2,3,4 5 6 7 8"], {}),
    ("campaign c", "verify", ["0", "1h", "30d"], {}),
    ("campaign c", "quiet", ["1", "96"], {}),
]
LISTS = ("targets", "control", "do_not_probe")  # the word that is wrong, not the whole line


def settings(section, key, value, beside=None):
    """A configuration with one line more, and where that line is."""
    body = {"vantage": dict(VANTAGE), "campaign c": dict(CAMPAIGN)}
    body[section].update({**(beside or {}), key: value})
    text = []
    for name, keys in body.items():
        text.append(f"[{name}]")
        for k, v in keys.items():
            text.append(f"{k} = {v}")
            if (name, k) == (section, key):
                line = len(text)
    return "\n".join(text) + "\n", line


def configuration(work):
    path = os.path.join(work, "conf")
    with open(os.path.join(HERE, "../../probe/tumen-probe.conf.5")) as file:
        manual = file.read()

    def wrong(section, key, value, why):
        text, line = settings(section, key, value)
        with open(path, "w") as file:
            file.write(text)
        said = f"{key}: {value}" if key in LISTS else f"{key} {shown(value)}"
        refused(f"{key} = {value}", CONFIG, f"{path}:{line}: [{section}] {said}: {why}",
                "-c", path, command="check")
    for section, keys in KEYS.items():
        text, line = settings(section, "nope", "1")
        with open(path, "w") as file:
            file.write(text)
        says = run("-c", path, command="check")[2]
        known = re.search(r"no such key \(one of (.*)\)", says)
        known = known.group(1).split(", ") if known else []
        t.ok(known == list(keys), f"every key of [{section}] has a case here",
             f"{sorted(set(known) ^ set(keys))}\n{says}")
        for key, (why, values) in keys.items():
            t.ok(re.search(rf"^\.It Ic (?:\w+ , )?{key}\b", manual, re.M), f"{key} is in the manual")
            for value in values:
                wrong(section, key, value, why)
    for section, key, value, why in ALSO:
        wrong(section, key, value, why)
    for section, key, values, beside in LEGAL:
        for value in values:
            with open(path, "w") as file:
                file.write(settings(section, key, value, beside)[0])
            status, out, err = run("-c", path, command="check")
            t.ok(out and path not in err, f"taken: {key} = {value}", (status, err))


def help_has_cases():
    status, out, err = run("--help")
    said = re.findall(r"^  (--[a-z][a-z-]*)", out, re.M)
    t.ok(status == 0 and not err and len(said) > 15, "--help lists the options", out)
    cases = [*NUMBERS, *WORDS, *FLAGS]
    t.ok(sorted(said) == sorted(cases), "every option of --help has a case here",
         sorted(set(said) ^ set(cases)))
    for option, (lo, hi) in NUMBERS.items():
        told = option in ("--port", "--flow", "--flows") or \
            re.search(rf"^  {option} .*{lo}\.\.{hi}\b", out, re.M)
        t.ok(told, f"--help says what is legal for {option}", out)


def man_page_agrees():
    """The ranges and the defaults of --help are those of the manual."""
    helped = run("--help")[1]
    with open(os.path.join(HERE, "../../probe/tumen-probe.1")) as file:
        items = re.split(r"^\.It Fl -", file.read(), flags=re.M)
    for option, (lo, hi) in NUMBERS.items():
        said = [" ".join(i.split()) for i in items if i.startswith(option[2:] + " ")]
        default = re.search(rf"^  {option} [^(]*\((\d+)\)", helped, re.M)
        end = f"; {default.group(1)}[.,]" if default else ""
        t.ok(len(said) == 1 and re.search(rf"\b{lo} to {hi}\b[a-z ]*{end}", said[0]),
             f"the manual says the same of {option}", (end, said))


def inside(work):
    for line in ("link set lo up", "link add l1 type veth peer name k1",
                 "addr add 10.0.1.1/24 dev l1", "link set l1 up", "link set k1 up",
                 "link add down0 type veth peer name down1", "addr add 10.5.0.1/24 dev down0"):
        subprocess.run(["ip", *line.split()], check=True)
    help_has_cases()
    man_page_agrees()
    numbers()
    words()
    together()
    targets()
    lists(work)
    others()
    configuration(work)
    return t.end()


def main():
    if sys.argv[1:2] == ["inside"]:
        return inside(sys.argv[2])
    if os.geteuid() != 0 or subprocess.run(["unshare", *ALONE, "true"],
                                           capture_output=True).returncode:
        t.skip("test_options", "needs root and namespaces")
        return t.end()
    with tempfile.TemporaryDirectory() as work:
        return subprocess.run(["unshare", *ALONE, os.path.realpath(__file__), "inside",
                               work]).returncode


if __name__ == "__main__":
    sys.exit(main())
