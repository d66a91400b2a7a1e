# SPDX-License-Identifier: ISC
"""Prints each expectation of the scenario as one TAP line."""
from lablib import prober, truth

WAITS_S = (0.2, 1.5)   # what fails is asked once more, patiently: the machine may be busy


def tap(topo, scenario):
    rows = {(row["vantage"], row["prefix"]): row for row in truth.truth(topo)}
    results = [_expect(rows, *e) for e in scenario.expects]
    results += prober.at_once(_answer, scenario.answers)
    results += prober.at_once(_trace, scenario.traces)
    for count, (good, text) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {count} - {scenario.name}: {text}")
    print(f"1..{len(results)}")
    return 0 if all(good for good, _ in results) else 1


def _expect(rows, vantage, prefix, carrier, entry):
    row = rows[vantage, prefix]
    good = row["carrier"] == carrier and row["entry_as"] == entry
    good = good and row["reachable"] == (carrier != "none")
    text = f"{vantage} {prefix} {carrier} entry {entry or '-'}"
    return good, text if good else f"{text}, but is {row['carrier']} entry {row['entry_as']}"


def _answer(vantage, address, protocol, port, answer, detail):
    want = answer if detail is None else f"{answer} {detail}"
    for wait in WAITS_S:
        got = prober.ask(vantage, address, protocol, port, wait)
        good = got == want or (detail is None and got.split()[0] == want)
        if good:
            break
    text = f"{vantage} {address} {protocol} {port} {want}"
    return good, text if good else f"{text}, but is {got}"


def _trace(vantage, address, sees, hops):
    for wait in WAITS_S:
        path = prober.trace(vantage, address, wait=wait)
        good = all((hop in path) == (sees == "sees") for hop in hops)
        if good:
            break
    text = f"{vantage} {address} {sees} {' '.join(hops)}"
    return good, text if good else f"{text}: {' '.join(h or '*' for h in path)}"
