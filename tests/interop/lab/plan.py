# SPDX-License-Identifier: BSD-3-Clause
"""The plan of the lab: every name and address in it, in one place.

Addresses are from the documentation ranges, but for the VPC and LAN ones, which a reader of AWS and router
manuals will recognise."""
import dataclasses

REGION = "ap-northeast-1"
EC2_HOST = f"ec2.{REGION}.amazonaws.com"
SECRETS_HOST = f"secretsmanager.{REGION}.amazonaws.com"
EC2_ADDRESS = "192.0.2.10"

ACCESS_KEY = "AKIALABEXAMPLE000001"
SECRET_KEY = "lab/Example+secret0123456789ABCDEFGHIJKL"
VPN_ID = "vpn-0a1b2c3d4e5f60718"
SECRET_ARN = f"arn:aws:secretsmanager:{REGION}:111122223333:secret:s2svpn!{VPN_ID}-Ab12Cd"

LAN_NET, LAN_GATEWAY, LAN_HOST = "192.168.200.0/24", "192.168.200.254", "192.168.200.1"
PUBLIC = "203.0.113.2"  # the customer gateway's address as AWS sees it
VPC_NET, VPC_HOST = "10.0.0.0/16", "10.0.134.243"
AWS_ASN, CUSTOMER_ASN = 64512, 65000


@dataclasses.dataclass(frozen=True)
class Tunnel:
    """One of the two tunnels; `psk` is a value made up for the lab."""
    number: int
    outside: str         # AWS's endpoint
    router: str          # its neighbour in the internet
    inside_aws: str
    inside_customer: str
    inside_net: str
    vpc_address: str     # the endpoint's leg in the VPC
    med: int
    psk: str


TUNNELS = (
    Tunnel(1, "198.51.100.2", "198.51.100.1", "169.254.81.1", "169.254.81.2", "169.254.81.0/30",
           "10.0.0.11", 100, "lab1.psk_Zq7TnYw3XcVb5KdE8uHs2RfA"),
    Tunnel(2, "198.51.100.6", "198.51.100.5", "169.254.82.1", "169.254.82.2", "169.254.82.0/30",
           "10.0.0.12", 200, "lab2.psk_M4gLpJ6oQe9WiBt1NxCz7SyD"),
)


@dataclasses.dataclass(frozen=True)
class Wan:
    """The gateway's WAN side: behind a NAT that rewrites ports, or on the public address itself."""
    nat: bool

    @property
    def address(self):
        return "172.31.0.2" if self.nat else PUBLIC

    @property
    def router(self):
        return "172.31.0.1" if self.nat else "203.0.113.1"

    @property
    def net(self):
        return "172.31.0.0/24" if self.nat else "203.0.113.0/24"
