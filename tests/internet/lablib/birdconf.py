# SPDX-License-Identifier: ISC
"""Writes the BIRD configuration of one router: RIP inside the network, BGP by Gao-Rexford.

What a neighbour is to us is remembered as a large community (our AS, 1, what it is); a
route goes to peers and providers only if it is our own or a customer's (RFC 9234 says why).
"""

CODE = {"customer": 1, "peer": 2, "provider": 3}
PREFERENCE = {"customer": 300, "peer": 200, "provider": 100}
TIMERS = ("connect delay time 1; connect retry time 1; error wait time 1, 2; "
          "hold time 9; keepalive time 3;")


def protocol(peer):
    return "bgp_" + peer.replace("-", "_")


def text(topo, scenario, node, log, updates):
    parts = [f'log "{log}" {{ warning, error, fatal, bug, auth }};',
             f"router id {node.loopback};",
             "protocol device { scan time 10; }"]
    if node.kind == "collector":
        parts.append(f'mrtdump "{updates}";')
        return "\n".join(parts + list(_feeds(topo, node))) + "\n"
    parts += [_filters(scenario, node.asn), _kernel(), _own(topo, node), _rip(topo, node)]
    parts += _ibgp(topo, node)
    for a, b in topo.ebgp():
        if node.name in (a.node, b.node):
            own, other = (a, b) if a.node == node.name else (b, a)
            parts.append(_ebgp(topo, scenario, own, other))
    return "\n".join(parts) + "\n"


def _kernel():
    # The aggregates exist for BGP only: an address nobody has gives net unreachable.
    return ("protocol kernel { scan time 60; "
            "ipv4 { import none; export where source ~ [RTS_RIP, RTS_BGP]; }; }")


def _filters(scenario, asn):
    nets = sorted(prefix for network, prefix in scenario.rejected if network == asn)
    doubt = f"if net ~ [{', '.join(nets)}] then reject; " if nets else ""
    marks = "\n".join(
        f"filter from_{what} {{ {doubt}bgp_large_community.delete([({asn}, 1, *)]); "
        f"bgp_large_community.add(({asn}, 1, {code})); "
        f"bgp_local_pref = {PREFERENCE[what]}; accept; }}" for what, code in CODE.items())
    return f"""{marks}
function ours_or_customers() {{
	return source = RTS_STATIC || (source = RTS_BGP && ({asn}, 1, 1) ~ bgp_large_community);
}}
function everything() {{ return source ~ [RTS_STATIC, RTS_BGP]; }}"""


def _own(topo, node):
    routes = " ".join(f"route {net} unreachable;" for net in topo.ases[node.asn].originates)
    return f"protocol static own {{ ipv4; {routes} }}"


def _rip(topo, node):
    """The network's inside. Not OSPF: RFC 2328 lets a router speak again after 5 s only."""
    ports = [(own, link) for own, _, link in topo.ports(node.name)]
    inner = [(own, link) for own, link in ports if link.kind == "core"]
    local = ", ".join(f'"{own.name}"' for own, link in ports if link.kind in ("core", "edge"))
    direct = f'protocol direct {{ ipv4; interface "lo"{", " + local if local else ""}; }}'
    speak = " ".join(f'interface "{own.name}" {{ metric {link.cost}; update time 1; '
                     "timeout time 4; garbage time 4; };" for own, link in inner)
    return (f"{direct}\nprotocol rip interior {{ ecmp yes; {speak} "
            "ipv4 { import all; export where source ~ [RTS_DEVICE, RTS_RIP]; }; }")


def _ibgp(topo, node):
    for other in topo.routers():
        if other.asn == node.asn and other is not node:
            yield (f"protocol bgp {protocol(other.name)} {{ {TIMERS} "
                   f"local {node.loopback} as {node.asn}; "
                   f"neighbor {other.loopback} as {node.asn}; "
                   f"ipv4 {{ next hop self; import all; export where source = RTS_BGP; }}; }}")


def _ebgp(topo, scenario, own, other):
    asn, peer = topo.asn(own.node), topo.asn(other.node)
    what = topo.relation.get((asn, peer))
    if what is None:  # a collector: it is told everything and believed nothing
        policy = "import none; export where everything();"
    else:
        allowed = "everything()" if what == "customer" else "ours_or_customers()"
        allowed += _selected(topo, scenario, asn, peer)
        policy = f"import filter from_{what}; export where {allowed};"
    down = frozenset((own.node, other.node)) in scenario.sessions_down
    return (f"protocol bgp {protocol(other.node)} {{ {TIMERS} {'disabled;' if down else ''} "
            f"local {own.address} as {asn}; neighbor {other.address} as {peer}; "
            f"ipv4 {{ {policy} }}; }}")


def _selected(topo, scenario, asn, peer):
    """The target announces to each neighbour only what the scenario says."""
    if asn != topo.target:
        return ""
    nets = sorted(prefix for prefix, via in scenario.announced if via == peer)
    return f" && net ~ [{', '.join(nets)}]" if nets else " && false"


def _feeds(topo, node):
    for own, other, link in topo.ports(node.name):
        yield (f"protocol bgp {protocol(other.node)} {{ {TIMERS} mrtdump {{ messages }}; "
               f"local {own.address} as {node.asn}; "
               f"neighbor {other.address} as {topo.asn(other.node)}; "
               f"ipv4 {{ import all; export none; }}; }}")
