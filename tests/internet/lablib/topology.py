# SPDX-License-Identifier: ISC
"""The topology file: which networks, routers, links and edges there are (README.md)."""
import ipaddress
import re
from dataclasses import dataclass, field

from lablib import lines

NAME = re.compile(r"[a-z][a-z0-9-]{0,11}$")
OPEN_PORTS_MAX = 16


@dataclass
class As:
    number: int
    country: str
    registry: str
    name: str
    originates: list
    allocated: list = field(default_factory=list)


@dataclass
class Node:
    """A network namespace. kind: router, vantage, host, collector or ixp."""
    name: str
    kind: str
    asn: int
    loopback: str = None
    gateway: str = None      # of a vantage or host: its router's address
    address: str = None      # of a vantage or host: its own
    city: str = None
    ports: list = field(default_factory=list)


@dataclass
class Port:
    """One end of a link: interface `name` of `node`, towards `peer`."""
    node: str
    name: str
    peer: str
    address: str
    length: int


@dataclass
class Link:
    """kind: core (inside an AS), border (between two), edge, feed or lan."""
    a: Port
    b: Port
    kind: str
    cost: int = 1


@dataclass
class Ixp:
    name: str
    net: ipaddress.IPv4Network
    title: str


class Topology:
    def __init__(self, path):
        self.target = None
        self.carriers = {}       # class -> [asn], in the order of the file
        self.fronts = {}         # class -> [asn], counts only if no carrier is on the path
        self.ases = {}
        self.relation = {}       # (a, b) -> what b is to a: customer, peer, provider
        self.nodes = {}
        self.links = []
        self.ixps = {}
        self.nets = []           # every link network, to refuse overlaps
        for line in lines.read(path):
            reader = getattr(self, "_" + line.verb.replace("-", "_"), None)
            if not reader:
                raise line.bad("unknown word at the start of a line")
            reader(line)
        if self.target not in self.ases:
            raise lines.BadLine(f"{path}: the target AS {self.target} is not declared by 'as'")

    # --- what the rest of the lab asks ---
    def routers(self):
        return [n for n in self.nodes.values() if n.kind == "router"]

    def of_kind(self, kind):
        return [n for n in self.nodes.values() if n.kind == kind]

    def prefixes(self):
        return self.ases[self.target].originates

    def host_of(self, prefix):
        for node in self.of_kind("host"):
            if ipaddress.ip_address(node.address) in prefix:
                return node
        return None

    def link(self, a, b):
        for link in self.links:
            if {link.a.node, link.b.node} == {a, b}:
                return link
        return None

    def ports(self, node):
        """(own port, other port, link) of every link of this node."""
        for link in self.links:
            if link.a.node == node:
                yield link.a, link.b, link
            if link.b.node == node:
                yield link.b, link.a, link

    def ebgp(self):
        """(port a, port b) of every session between two networks, feeds included."""
        pairs = [(l.a, l.b) for l in self.links if l.kind in ("border", "feed")]
        for ixp in self.ixps:
            lan = [l.a for l in self.links if l.kind == "lan" and l.b.node == ixp]
            for i, a in enumerate(lan):
                for b in lan[i + 1:]:
                    if (self.asn(a.node), self.asn(b.node)) in self.relation:
                        pairs.append((a, b))
        return pairs

    def asn(self, node):
        return self.nodes[node].asn

    # --- one reader per word of the grammar ---
    def _target(self, line):
        line.shape(1, 1, "ASN")
        self.target = line.asn(line.words[0])

    def _carrier(self, line, into=None):
        line.shape(2, 99, "NAME ASN...")
        table = self.carriers if into is None else into
        table[line.words[0]] = [line.asn(w) for w in line.words[1:]]

    def _front(self, line):
        self._carrier(line, self.fronts)

    def _as(self, line):
        line.shape(4, 99, 'ASN COUNTRY REGISTRY "NAME" [PREFIX...]')
        number = line.asn(line.words[0])
        nets = [line.net(w) for w in line.words[4:]]
        self.ases[number] = As(number, *line.words[1:4], nets, list(nets))

    def _allocated(self, line):
        line.shape(2, 99, "ASN PREFIX...")
        self._known_as(line, 0).allocated = [line.net(w) for w in line.words[1:]]

    def _provider(self, line):
        line.shape(3, 99, "ASN of ASN...")
        line.one_of(line.words[1], ["of"], "word")
        seller = self._known_as(line, 0).number
        for i in range(2, len(line.words)):
            buyer = self._known_as(line, i).number
            self._relate(line, seller, buyer, "customer", "provider")

    def _peer(self, line):
        line.shape(2, 2, "ASN ASN")
        self._relate(line, self._known_as(line, 0).number,
                     self._known_as(line, 1).number, "peer", "peer")

    def _relate(self, line, a, b, b_is, a_is):
        if a == b or (a, b) in self.relation:
            raise line.bad(f"AS{a} and AS{b} are the same or have a relation already")
        self.relation[a, b] = b_is
        self.relation[b, a] = a_is

    def _router(self, line):
        line.shape(3, 3, "NAME ASN LOOPBACK")
        asn = self._known_as(line, 1).number
        self._add(line, Node(line.words[0], "router", asn, line.addr(line.words[2])))

    def _link(self, line):
        line.shape(3, 5, "LEFT RIGHT NETWORK [cost N]")
        a, b = (self._known(line, w, "router") for w in line.words[:2])
        kind = "core" if a.asn == b.asn else "border"
        if kind == "border" and (a.asn, b.asn) not in self.relation:
            raise line.bad(f"AS{a.asn} and AS{b.asn} have no relation (provider or peer)")
        cost = 1
        if len(line.words) > 3:
            line.one_of(line.words[3], ["cost"], "word")
            cost = line.number(line.words[-1], 1, 8, "cost")
        self._join(line, a, b, line.net(line.words[2]), kind, cost)

    def _vantage(self, line):
        line.shape(4, 4, 'NAME ROUTER NETWORK "CITY"')
        router = self._known(line, line.words[1], "router")
        net = line.net(line.words[2])
        node = Node(line.words[0], "vantage", router.asn, gateway=str(net[1]),
                    address=str(net[2]), city=line.words[3])
        self._add(line, node)
        self._join(line, router, node, net, "edge")

    def _host(self, line):
        line.shape(3, 3 + OPEN_PORTS_MAX, "NAME ROUTER ADDRESS/LENGTH [PORT...]")
        router = self._known(line, line.words[1], "router")
        own = line.interface(line.words[2])
        gateway = own.network[1] if own.ip != own.network[1] else own.network[2]
        node = Node(line.words[0], "host", router.asn, gateway=str(gateway),
                    address=str(own.ip),
                    ports=[line.number(w, 1, 65535, "port") for w in line.words[3:]])
        self._add(line, node)
        self._join(line, router, node, own.network, "edge", ends=(gateway, own.ip))

    def _ixp(self, line):
        line.shape(3, 3, 'NAME NETWORK "TITLE"')
        name, net = line.words[0], line.net(line.words[1])
        self._claim(line, net)
        self._add(line, Node(name, "ixp", None))
        self.ixps[name] = Ixp(name, net, line.words[2])

    def _member(self, line):
        line.shape(3, 3, "IXP ROUTER ADDRESS")
        ixp = self.ixps[line.one_of(line.words[0], list(self.ixps), "exchange")]
        router = self._known(line, line.words[1], "router")
        address = line.addr(line.words[2])
        if ipaddress.ip_address(address) not in ixp.net:
            raise line.bad(f"{address} is not in {ixp.net}")
        self.links.append(Link(
            Port(router.name, ixp.name, ixp.name, address, ixp.net.prefixlen),
            Port(ixp.name, router.name, router.name, None, None), "lan"))

    def _collector(self, line):
        line.shape(3, 3, "NAME ASN ADDRESS")
        asn = self._known_as(line, 1).number
        self._add(line, Node(line.words[0], "collector", asn, line.addr(line.words[2])))

    def _feed(self, line):
        line.shape(3, 3, "ROUTER COLLECTOR NETWORK")
        router = self._known(line, line.words[0], "router")
        collector = self._known(line, line.words[1], "collector")
        self._join(line, router, collector, line.net(line.words[2]), "feed")

    # --- what the readers share ---
    def _known_as(self, line, index):
        asn = line.asn(line.words[index])
        if asn not in self.ases:
            raise line.bad(f"AS{asn} is not declared by 'as' above")
        return self.ases[asn]

    def _known(self, line, name, kind):
        node = self.nodes.get(name)
        if not node or node.kind != kind:
            raise line.bad(f"'{name}' is not declared as a {kind} above")
        return node

    def _add(self, line, node):
        if not NAME.match(node.name):
            raise line.bad(f"name '{node.name}': a to z, 0 to 9 and -, at most 12, a letter first")
        if node.name in self.nodes:
            raise line.bad(f"'{node.name}' is declared twice")
        self.nodes[node.name] = node

    def _claim(self, line, net):
        for other in self.nets:
            if net.overlaps(other):
                raise line.bad(f"{net} overlaps {other}, used by another link")
        self.nets.append(net)

    def _join(self, line, a, b, net, kind, cost=1, ends=None):
        self._claim(line, net)
        if self.link(a.name, b.name):
            raise line.bad(f"{a.name} and {b.name} are linked already")
        if net.prefixlen > 30:
            raise line.bad(f"{net} has no two usable addresses")
        left, right = ends or (net[1], net[2])
        self.links.append(Link(Port(a.name, b.name, b.name, str(left), net.prefixlen),
                               Port(b.name, a.name, a.name, str(right), net.prefixlen),
                               kind, cost))
