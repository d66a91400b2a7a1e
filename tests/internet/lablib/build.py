# SPDX-License-Identifier: ISC
"""Makes the namespaces, links and addresses of a topology."""
from lablib import netns

# Before any interface exists, so that every interface inherits them.
SYSCTLS = {
    "ipv6/conf/all/disable_ipv6": 1,
    "ipv6/conf/default/disable_ipv6": 1,
    "ipv4/conf/all/rp_filter": 0,
    "ipv4/conf/default/rp_filter": 0,
    "ipv4/conf/all/accept_redirects": 0,
    "ipv4/conf/all/send_redirects": 0,
    "ipv4/conf/default/send_redirects": 0,
    # The five-tuple, as policy 1 promises. But policy 1 believes a hash that the packet carries,
    # and over veth that is the random one of the sender's socket: two sockets with one flow
    # would part, and every router would part them the same way.
    "ipv4/fib_multipath_hash_policy": 3,
    "ipv4/fib_multipath_hash_fields": 0x37,
    "ipv4/icmp_ratelimit": 0,
    # With a mask of types to limit, even a limit of 0 empties the bucket that the kernel
    # keeps for a peer, and "network unreachable" draws on the same one: it would never go.
    "ipv4/icmp_ratemask": 0,
    "ipv4/icmp_msgs_per_sec": 1000000,
    "ipv4/icmp_msgs_burst": 1000000,
    "ipv4/ip_default_ttl": 64,
}

# A kernel that has no route answers a sender five times, then once a second, and this cannot be set
# in a namespace: one trace would be told and all others beside it see silence. So nft answers.
UNREACHABLE = """
table ip unreachable {
  chain in {
    type filter hook prerouting priority 0;
    fib daddr type unicast fib daddr oif missing reject with icmp type net-unreachable
  }
}
"""


def build(topo):
    netns.ip_batch([f"netns add {name}" for name in topo.nodes])
    for number, node in enumerate(topo.nodes.values(), 1):
        with netns.inside(node.name):
            _kernel(node, number)
    netns.ip_batch([f"link add name {l.a.name} netns {l.a.node} type veth "
                    f"peer name {l.b.name} netns {l.b.node}" for l in topo.links])
    for node in topo.nodes.values():
        netns.ip_batch(_interfaces(topo, node), node.name)
        if node.kind == "router":
            netns.nft(UNREACHABLE, node.name)


def _kernel(node, number):
    for key, value in SYSCTLS.items():
        netns.sysctl(key, value)
    # Without a seed of its own every router splits the same flows the same way, and a
    # second diamond behind a first one would never show its other half.
    netns.sysctl("ipv4/fib_multipath_hash_seed", number)
    if node.kind == "router":
        netns.sysctl("ipv4/ip_forward", 1)


def _interfaces(topo, node):
    lines = ["link set lo up"]
    if node.loopback:
        lines.append(f"addr add {node.loopback}/32 dev lo")
    if node.kind == "ixp":
        lines.append("link add name lan type bridge")
        lines.append("link set lan up")
    for own, _, _ in topo.ports(node.name):
        if own.address:
            lines.append(f"addr add {own.address}/{own.length} dev {own.name}")
        if node.kind == "ixp":
            lines.append(f"link set {own.name} master lan")
        lines.append(f"link set {own.name} up")
    return lines + default_route(node)


def default_route(node):
    """Only vantages and hosts have one; the core has none, so a withdrawn prefix is unreachable."""
    return [f"route replace default via {node.gateway}"] if node.gateway else []
