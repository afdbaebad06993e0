# SPDX-License-Identifier: BSD-3-Clause
"""BIRD 2 as AWS's BGP speakers, and as the VPC's routing table.

Each endpoint speaks eBGP to the customer over its tunnel (hold 30, MED 100 or 200) and iBGP to the VPC
host, which prefers endpoint 1, as AWS prefers one tunnel for what it sends."""
import pathlib
import re

from . import plan
from .proc import run, wait_for

COMMON = """
log "{folder}/bird.log" all;
router id {router_id};
protocol device {{ scan time 2; }}
protocol kernel {{ ipv4 {{ import none; export where source = RTS_BGP; }}; }}
"""

ENDPOINT = """
protocol direct {{ ipv4 {{ import where net = {vpc_net}; }}; interface "vpc"; }}
protocol bgp customer {{
	local {inside_aws} as {aws_asn};
	neighbor {inside_customer} as {customer_asn};
	hold time 30; keepalive time 10;
	connect retry time 5; connect delay time 1; error wait time 1, 5;
	ipv4 {{
		import all;
		export filter {{ if net = {vpc_net} then {{ bgp_med = {med}; accept; }} reject; }};
	}};
}}
protocol bgp vpc {{
	local {vpc_address} as {aws_asn};
	neighbor {vpc_host} as {aws_asn};
	direct; connect retry time 3;
	ipv4 {{ import none; export where proto = "customer"; next hop self; }};
}}
"""

VPC = """
template bgp endpoint {
	local 10.0.134.243 as 64512;
	direct; rr client; connect retry time 3;
	ipv4 { import all; export none; };
}
"""


class Bird:
    """One BIRD in the namespace of `role`."""

    def __init__(self, net, processes, folder, role, router_id, config):
        self.net, self.processes, self.role = net, processes, role
        self.folder = pathlib.Path(folder) / role
        self.config = COMMON.format(folder=self.folder, router_id=router_id) + config

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "bird.conf").write_text(self.config)
        (self.folder / "bird.ctl").unlink(missing_ok=True)
        self.processes.start(f"{self.role}-bird", self.net.argv(
            self.role, "bird", "-f", "-c", self.folder / "bird.conf", "-s", self.folder / "bird.ctl"))
        wait_for(f"{self.role}: BIRD's socket", (self.folder / "bird.ctl").is_socket, 30)

    def stop(self):
        self.processes.stop(f"{self.role}-bird")

    def birdc(self, *words):
        return run("birdc", "-s", self.folder / "bird.ctl", *words, check=False).stdout

    def state(self, protocol="customer"):
        """BGP state of a session: "Established", "Active", ..."""
        found = re.search(r"BGP state:\s+(\S+)", self.birdc("show", "protocols", "all", protocol))
        return found[1] if found else ""

    def routes(self):
        return self.birdc("show", "route", "all")

    def log(self):
        return (self.folder / "bird.log").read_text(errors="replace")


def endpoint(net, processes, folder, tunnel):
    return Bird(net, processes, folder, f"aws{tunnel.number}", tunnel.outside, ENDPOINT.format(
        vpc_net=plan.VPC_NET, vpc_host=plan.VPC_HOST, aws_asn=plan.AWS_ASN,
        customer_asn=plan.CUSTOMER_ASN, med=tunnel.med, vpc_address=tunnel.vpc_address,
        inside_aws=tunnel.inside_aws, inside_customer=tunnel.inside_customer))


def vpc(net, processes, folder):
    sessions = "".join(
        f"protocol bgp aws{t.number} from endpoint {{ neighbor {t.vpc_address} as {plan.AWS_ASN}; "
        f"ipv4 {{ preference {110 - t.number}; import all; }}; }}\n" for t in plan.TUNNELS)
    return Bird(net, processes, folder, "vpc", plan.VPC_HOST, VPC + sessions)
