#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Every error of the configuration, word for word: the cases of
tests/golden/config/*.txt are written into a folder and given to
`tumen-probe check -c t.conf`, whose status and standard error are compared.
TUMEN_GOLDEN=1 writes the expected texts anew. Prints TAP.

A case:
    == what is wrong
    -- t.conf                   the file that -c names; the lines follow
    -- conf.d/a.conf            any number of others
    -- a.conf -> nowhere        a link; `-- a/` a folder, `-- a |` a pipe,
    -- a.conf secret            a file that nobody may read
    -- @65 conf.d/{i}.conf      65 files, {i} from 0 on
    -- 78                       the status; the text follows
In files "{dir}" is the folder of the case, and a line "@N TEXT" stands for N
lines; there {i} counts, {a}.{b} are its octets, and \\0 is a NUL.

No message may be without a case: the texts are taken from the sources.

The probe runs without an uplink, in a network namespace, and as a root that
may not read what is forbidden."""
import glob
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "../internet"))
from lablib.tap import ALONE, Tap  # noqa: E402

TOP = os.path.realpath(os.path.join(HERE, "../.."))
PROBE = os.path.realpath(os.environ.get("TUMEN_PROBE", os.path.join(TOP, "build/tumen-probe")))
CASES = sorted(glob.glob(os.path.join(HERE, "config/*.txt")))
SOURCES = ["config*.c", "draft.c", "setting*.c", "methods.c", "targets.c"]
NO_OVERRIDE = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]

t = Tap()


# --- cases -------------------------------------------------------------------

class Case:
    def __init__(self, name):
        self.name, self.parts = name, []  # [header, lines]; the last is the answer

    def text(self, answer=None):
        out = [f"== {self.name}"]
        for header, lines in self.parts[:-1] + [answer or self.parts[-1]]:
            out += [f"-- {header}", *lines]
        return "\n".join(out) + "\n"


def read_cases(path):
    cases, head = [], []
    with open(path) as file:
        for line in file.read().splitlines():
            if line.startswith("== "):
                cases.append(Case(line[3:]))
            elif not cases:
                head.append(line)
            elif line.startswith("-- "):
                cases[-1].parts.append([line[3:], []])
            elif cases[-1].parts:
                cases[-1].parts[-1][1].append(line)
    for case in cases:  # a blank line between cases belongs to none
        while case.parts[-1][1] and case.parts[-1][1][-1] == "":
            case.parts[-1][1].pop()
    return head, cases


def counted(text, i):
    return text.replace("{i}", str(i)).replace("{a}", str(i >> 8)).replace("{b}", str(i & 255))


def contents(lines, folder):
    out = []
    for line in lines:
        many = re.match(r"@(\d+) (.*)", line)
        n, text = (int(many[1]), many[2].replace("\\0", "\0").replace("\\n", "\n")) \
            if many else (1, line)
        out += [counted(text, i) if many else text for i in range(n)]
    return "".join(line + "\n" for line in out).replace("{dir}", folder)


def write(folder, header, lines):
    many = re.match(r"@(\d+) (.*)", header)
    if many:
        for i in range(int(many[1])):
            write(folder, counted(many[2], i), lines)
        return
    path = os.path.join(folder, header.split(" ")[0])
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if header.endswith("/"):
        return
    if " -> " in header:
        os.symlink(header.split(" -> ")[1], path)
    elif header.endswith(" |"):
        os.mkfifo(path)
    else:
        with open(path, "w") as file:
            file.write(contents(lines, folder))
        os.chmod(path, 0 if header.endswith(" secret") else 0o644)


def answer(case, folder):
    for header, lines in case.parts[:-1]:
        write(folder, header, lines)
    done = subprocess.run([*NO_OVERRIDE, PROBE, "check", "-c", "t.conf"], cwd=folder, timeout=60,
                          capture_output=True, stdin=subprocess.DEVNULL)
    out = done.stdout.decode() + done.stderr.decode(errors="replace")
    return [str(done.returncode), out.replace(folder, "{dir}").splitlines()]


# --- messages ----------------------------------------------------------------

# What cannot come out of `check`, and where it is tested.
ELSEWHERE = {
    "[vantage] %s %s: the agent was started with %s, and only a start takes in another":
        "of a reload: tests/unit/test_config_change.c",
}
# Strings of words that nobody reads when something is wrong.
NO_MESSAGES = {
    "name server": "of the built-in list",
    "each key of a section is put down once": "for the compiler",
}
# The functions that make a text, and which argument is the format.
MAKERS = {"fault_set": 2, "draft_fault": 2, "snprintf": 2}
CONVERSION = re.compile(r"%[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|j|z|t)?([a-zA-Z%])")
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|[A-Za-z_]\w*|\d+|/\*.*?\*/|\s+|.', re.S)


def tokens(text):
    return [k for k in TOKEN.findall(text) if not k.isspace() and not k.startswith("/*")]


def arguments(words, at):
    """The arguments of the call whose '(' is at `at`, each a list of words."""
    depth, args = 0, [[]]
    for word in words[at:]:
        depth += word in ("(", "[", "{")
        depth -= word in (")", "]", "}")
        if depth == 0:
            return args
        if depth == 1 and word == ",":
            args.append([])
        elif (word, depth) != ("(", 1) or args != [[]]:
            args[-1].append(word)
    raise ValueError("unbalanced")


def literals(words):
    """Adjacent strings are one; PRId64 and the like are parts of them."""
    out, open_ = [], False
    for word in words:
        if word.startswith('"'):
            text = word[1:-1].encode().decode("unicode_escape")
            out[len(out) - open_:] = [(out[-1] if open_ else "") + text]
            open_ = True
        elif re.fullmatch(r"PRI[diux]64", word) and open_:
            out[-1] += "d"
        else:
            open_ = False
    return out


def messages(source):
    """Formats, and whatever strings are put into them."""
    words = tokens(source)
    for i, word in enumerate(words[:-1]):
        if word in MAKERS and words[i + 1] == "(":
            args = arguments(words, i + 1)
            if len(args) > MAKERS[word]:
                yield from literals([w for a in args[MAKERS[word]:] for w in a + [","]])


def sentences(source):
    """Whatever looks as if it was written for people."""
    return {s for s in literals(tokens(re.sub(r"^#.*", "", source, flags=re.M)))
            if re.search(r"[a-z] [a-z]", s)}


def pattern(message):
    out, at = "", 0
    for m in CONVERSION.finditer(message):
        out += re.escape(message[at:m.start()])
        out += {"%": "%", "s": ".*", "c": ".", "u": r"\d+"}.get(m[1], r"-?\d+")
        at = m.end()
    return out + re.escape(message[at:])


def every_message_has_a_case(golden):
    found = 0
    for name in SOURCES:
        for path in sorted(glob.glob(os.path.join(TOP, "probe/campaign", name))):
            with open(path) as file:
                source = file.read()
            said = set(messages(source))
            without = [m for m in said | sentences(source)
                       if m not in ELSEWHERE and m not in NO_MESSAGES and
                       not re.search(pattern(m), golden)]
            found += len(said)
            t.ok(not without, f"every message of {os.path.basename(path)} has a case",
                 "\n".join(map(repr, sorted(without))))
    t.ok(found > 70, "the messages were found", found)


# --- the whole ---------------------------------------------------------------

def run_file(path, work):
    head, cases = read_cases(path)
    anew, said = [], []
    for n, case in enumerate(cases):
        folder = os.path.join(work, f"{os.path.basename(path)}.{n}")
        os.mkdir(folder)
        got = answer(case, folder)
        anew.append(case.text(got))
        said += got[1]
        ok = bool(os.environ.get("TUMEN_GOLDEN")) or got == case.parts[-1]
        t.ok(ok, f"{os.path.basename(path)}: {case.name}",
             f"want {case.parts[-1]}\ngot  {got}")
        if not re.fullmatch(r"64|65|69|77|78", got[0]) or len(got[1]) != 1:
            t.ok(False, f"{case.name}: one line and a status of its own", got)
    if os.environ.get("TUMEN_GOLDEN"):
        with open(path, "w") as file:
            file.write("\n".join([*head, *anew]))
    return said


def inside(work):
    said = []
    for path in CASES:
        said += run_file(path, work)
    every_message_has_a_case("\n".join(said))
    return t.end()


def main():
    if sys.argv[1:2] == ["inside"]:
        return inside(sys.argv[2])
    if os.geteuid() != 0 or subprocess.run(["unshare", *ALONE, "true"],
                                           capture_output=True).returncode:
        t.skip("test_config", "needs root and namespaces")
        return t.end()
    with tempfile.TemporaryDirectory() as work:
        return subprocess.run(["unshare", *ALONE, os.path.realpath(__file__), "inside",
                               work]).returncode


if __name__ == "__main__":
    sys.exit(main())
