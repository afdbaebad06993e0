# SPDX-License-Identifier: BSD-3-Clause
"""Namespaces, links, addresses, the NAT: the wires of the lab.

Every veth has its offloads off at both ends (the engine sees frames as a wire would carry them), and the
kernel's own stack is kept off the gateway's bare ports: an af_packet port shares its frames with the
kernel, which must not answer a second time."""
import pathlib

from . import plan
from .proc import run

ROLES = ("lan", "gw", "inet", "aws1", "aws2", "vpc", "ec2")
PORTS = {"lan": "port1", "wan": "port2"}  # the gateway's bare veth ends

NAT_RULES = """
table ip nat {{
	chain post {{
		type nat hook postrouting priority 100;
		ip saddr {net} meta l4proto udp snat to {public}:20000-29999 random
		ip saddr {net} snat to {public}
	}}
}}
"""

BARE_PORT_RULES = """
table netdev cgwlab {{
	chain {port} {{
		type filter hook ingress device {port} priority 0;
		policy drop;
	}}
}}
"""

CUT_RULES = """
table ip {table} {{
	chain forward {{
		type filter hook forward priority -10;
		ip saddr {address} drop
		ip daddr {address} drop
	}}
}}
"""


def all_namespaces():
    """Every namespace of every lab."""
    names = [line.split()[0] for line in run("ip", "netns", "list").stdout.splitlines() if line]
    return [n for n in names if n.startswith("cgwlab-")]


class Net:
    """The namespaces of lab `name`: cgwlab-NAME-ROLE."""

    def __init__(self, name):
        self.prefix = f"cgwlab-{name}-"

    def ns(self, role):
        return self.prefix + role

    def argv(self, role, *argv):
        """The command line that runs `argv` inside the namespace of `role`."""
        return ["ip", "netns", "exec", self.ns(role), *map(str, argv)]

    def run(self, role, *argv, **options):
        return run(*self.argv(role, *argv), **options)

    def ip(self, role, *argv, **options):
        return run("ip", "-n", self.ns(role), *argv, **options)

    def existing(self):
        """Namespaces of this lab that stand, also those a crashed run left behind."""
        return [n for n in all_namespaces() if n.startswith(self.prefix)]

    def pids(self, namespace):
        return [int(p) for p in run("ip", "netns", "pids", namespace, check=False).stdout.split()]

    def _sysctl(self, role, **settings):
        self.run(role, "sysctl", "-qw", *(f"{k.replace('__', '.')}={v}" for k, v in settings.items()))

    def link(self, role_a, if_a, role_b, if_b):
        """A veth pair between two namespaces, offloads off, both ends up."""
        run("ip", "link", "add", if_a, "netns", self.ns(role_a), "type", "veth",
            "peer", "name", if_b, "netns", self.ns(role_b))
        for role, name in ((role_a, if_a), (role_b, if_b)):
            self.run(role, "ethtool", "-K", name, "tx", "off", "rx", "off", "gro", "off", "gso", "off",
                     "tso", "off", "sg", "off")
            self.ip(role, "link", "set", name, "up")

    def hosts(self, role, text):
        """/etc/hosts as the programs of one namespace see it."""
        folder = pathlib.Path("/etc/netns") / self.ns(role)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "hosts").write_text(text)

    def up(self, wan):
        for role in ROLES:
            run("ip", "netns", "add", self.ns(role))
            self._sysctl(role, net__ipv6__conf__all__disable_ipv6=1,
                         net__ipv6__conf__default__disable_ipv6=1)
            self.ip(role, "link", "set", "lo", "up")
        for role in ("gw", "inet", "aws1", "aws2"):
            self._sysctl(role, net__ipv4__ip_forward=1, net__ipv4__conf__all__rp_filter=0,
                         net__ipv4__conf__default__rp_filter=0)
        self._site()
        self._internet(wan)
        self._region()

    def _site(self):
        self.link("lan", "eth0", "gw", PORTS["lan"])
        self.ip("lan", "addr", "add", f"{plan.LAN_HOST}/24", "dev", "eth0")
        self.ip("lan", "route", "add", "default", "via", plan.LAN_GATEWAY)
        self.link("inet", "towan", "gw", PORTS["wan"])
        for port in PORTS.values():
            self.run("gw", "nft", "-f", "-", text_in=BARE_PORT_RULES.format(port=port))
        self.hosts("gw", f"127.0.0.1 localhost\n{plan.EC2_ADDRESS} {plan.EC2_HOST} {plan.SECRETS_HOST}\n")

    def _internet(self, wan):
        self.ip("inet", "addr", "add", f"{wan.router}/24", "dev", "towan")
        if wan.nat:
            self.ip("inet", "addr", "add", f"{plan.PUBLIC}/32", "dev", "lo")
            self.run("inet", "nft", "-f", "-",
                     text_in=NAT_RULES.format(net=wan.net, public=plan.PUBLIC))
        self.link("inet", "toec2", "ec2", "eth0")
        self.ip("inet", "addr", "add", "192.0.2.1/24", "dev", "toec2")
        self.ip("ec2", "addr", "add", f"{plan.EC2_ADDRESS}/24", "dev", "eth0")
        self.ip("ec2", "route", "add", "default", "via", "192.0.2.1")

    def _region(self):
        self.ip("vpc", "link", "add", "br0", "type", "bridge")
        self.ip("vpc", "link", "set", "br0", "up")
        self.ip("vpc", "addr", "add", f"{plan.VPC_HOST}/16", "dev", "br0")
        for t in plan.TUNNELS:
            aws = f"aws{t.number}"
            self.link("inet", f"to{aws}", aws, "wan")
            self.ip("inet", "addr", "add", f"{t.router}/30", "dev", f"to{aws}")
            self.ip(aws, "addr", "add", f"{t.outside}/30", "dev", "wan")
            self.ip(aws, "route", "add", "203.0.113.0/24", "via", t.router)
            self.link(aws, "vpc", "vpc", f"p{t.number}")
            self.ip("vpc", "link", "set", f"p{t.number}", "master", "br0")
            self.ip(aws, "addr", "add", f"{t.vpc_address}/16", "dev", "vpc")

    def cut(self, tunnel, cut=True):
        """Makes the internet drop everything from and to one endpoint, silently; or heals it."""
        table = f"cut{tunnel.number}"
        self.run("inet", "nft", "delete", "table", "ip", table, check=False)
        if cut:
            self.run("inet", "nft", "-f", "-",
                     text_in=CUT_RULES.format(table=table, address=tunnel.outside))

    def down(self):
        for namespace in self.existing():
            run("ip", "netns", "del", namespace, check=False)
            folder = pathlib.Path("/etc/netns") / namespace
            (folder / "hosts").unlink(missing_ok=True)
            if folder.is_dir():
                folder.rmdir()
