# SPDX-License-Identifier: ISC
"""Brings the running laboratory from one scenario to another by their difference."""
import os

from lablib import bird, birdconf, firewall, netns


def speakers(topo):
    return topo.routers() + topo.of_kind("collector")


def config_path(folder, node):
    return os.path.join(folder, "bird", f"{node}.conf")


def write_configs(topo, scenario, folder):
    """Writes every configuration; returns the names of the nodes whose text changed."""
    changed = []
    for node in speakers(topo):
        new = birdconf.text(topo, scenario, node,
                            os.path.join(folder, "logs", f"{node.name}.log"),
                            os.path.join(folder, "updates.mrt"))
        path = config_path(folder, node.name)
        old = open(path).read() if os.path.exists(path) else None
        if new != old:
            with open(path, "w") as file:
                file.write(new)
            changed.append(node.name)
    return changed


def data_plane(topo, old, new):
    """Links, filters and reply interfaces; old is None on a fresh laboratory."""
    _links(topo, old.links_down if old else set(), new.links_down)
    for node in topo.nodes:
        rules = firewall.rules(topo, new, node)
        before = firewall.rules(topo, old, node) if old else None
        busy = node in new.silent or any(f[0] == node for f in new.filters)
        if rules != before and (old or busy):
            netns.nft(rules, node)
    _reply_interfaces(topo, old, new)


def _links(topo, before, after):
    for pair in before ^ after:
        link = topo.link(*pair)
        state = "down" if pair in after else "up"
        for port in (link.a, link.b):
            netns.ip_batch([f"link set {port.name} {state}"], port.node)
    for pair in before - after:  # the kernel forgot the default route with the link
        for port in (topo.link(*pair).a, topo.link(*pair).b):
            gateway = topo.nodes[port.node].gateway
            if gateway:
                netns.ip_batch([f"route replace default via {gateway}"], port.node)


def _reply_interfaces(topo, old, new):
    for node in topo.routers():
        was = None if old is None else node.name in old.reply_out
        now = node.name in new.reply_out
        if was != now:
            with netns.inside(node.name):
                netns.sysctl("ipv4/icmp_errors_use_inbound_ifaddr", 0 if now else 1)


def control_plane(topo, scenario, folder):
    for node in write_configs(topo, scenario, folder):
        bird.configure(node)
