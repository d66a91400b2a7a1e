# SPDX-License-Identifier: ISC
"""The nft rules of one node: silence, and filters on what it forwards to the target."""
PROTOCOLS = {"udp": "udp", "icmp": "icmp", "tcp": "tcp"}


def rules(topo, scenario, node):
    own, through = [], []
    if node in scenario.silent:
        own = ["udp sport 520 accept", "tcp sport 179 accept", "tcp dport 179 accept",
               'oifname "lo" accept', "drop"]
    nets = ", ".join(map(str, topo.prefixes()))
    for name, action, protocols, rate in scenario.filters:
        if name == node:
            match = f"ip daddr {{ {nets} }} ip protocol {{ {', '.join(protocols)} }}"
            if action == "prohibit":
                limit = f"limit rate {rate}/second burst 1 packets " if rate else ""
                through.append(f"{match} {limit}reject with icmp type admin-prohibited")
            through.append(f"{match} drop")
    return ("table ip lab\ndelete table ip lab\ntable ip lab {\n"
            + _chain("output", own) + _chain("forward", through) + "}\n")


def _chain(hook, lines):
    body = "".join(f"\t\t{line}\n" for line in lines)
    return f"\tchain {hook} {{\n\t\ttype filter hook {hook} priority 0;\n{body}\t}}\n"
