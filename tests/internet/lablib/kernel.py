# SPDX-License-Identifier: ISC
"""What the kernels of all nodes hold now: addresses and routes, read with `ip -j`."""
import ipaddress
import json
import subprocess

from lablib import netns


def _all(nodes, *question):
    """Asks every node at once; the answers arrive while the others still work."""
    asked = [(n, subprocess.Popen([netns.tool("ip"), "-n", n, "-j", "-4", *question],
                                  stdout=subprocess.PIPE)) for n in nodes]
    return {name: process.communicate()[0] or b"[]" for name, process in asked}


def raw_routes(nodes):
    """Node -> the text of its main table; equal texts are equal tables."""
    return _all(nodes, "route", "show")


class Kernels:
    """One reading of every node, ready to be walked."""

    def __init__(self, nodes, raw=None):
        self.owner = {}    # address -> node
        for name, text in _all(nodes, "addr", "show").items():
            for link in json.loads(text):
                for info in link.get("addr_info", []):
                    if not info["local"].startswith("127."):
                        self.owner[info["local"]] = name
        raw = raw or raw_routes(nodes)
        self.routes = {name: _table(json.loads(text)) for name, text in raw.items()}

    def next_hops(self, node, address):
        """Addresses of the next hops by longest match: [] no route, [address] on the link."""
        number = int(ipaddress.ip_address(address))
        for mask, net, hops in self.routes.get(node, []):
            if number & mask == net:
                return [hop or address for hop in hops]
        return []


def _table(routes):
    """(mask, network, [gateway or None]) with the longest first, then the lowest metric."""
    rows = []
    for route in routes:
        dst = "0.0.0.0/0" if route["dst"] == "default" else route["dst"]
        net = ipaddress.ip_network(dst)
        if route.get("type", "unicast") != "unicast":
            hops = []
        elif "nexthops" in route:
            hops = [h.get("gateway") for h in route["nexthops"] if _alive(h)]
        else:
            hops = [route.get("gateway")] if _alive(route) else []
        rows.append((net.prefixlen, -route.get("metric", 0), int(net.netmask),
                     int(net.network_address), hops))
    rows.sort(key=lambda row: row[:2], reverse=True)
    return [row[2:] for row in rows]


def _alive(hop):
    return not {"dead", "linkdown"} & set(hop.get("flags", []))
