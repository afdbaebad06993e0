# SPDX-License-Identifier: BSD-3-Clause
"""The files that AWS offers for a device, with the fields and the form of theirs and words of our own."""

YAMAHA_TUNNEL = """
# ---- IPsec Tunnel #{n}
tunnel select {n}
ipsec ike encryption {n} aes-cbc
ipsec ike group {n} modp1024
ipsec ike hash {n} sha

# The key that both ends know.
ipsec ike pre-shared-key {n} text {psk}
ipsec tunnel 20{n}
ipsec sa policy 20{n} {n} esp aes-cbc  sha-hmac
ipsec ike duration ipsec-sa {n} {lifetime}
ipsec ike pfs {n} on
ipsec tunnel outer df-bit clear
ipsec ike keepalive use {n} on dpd 10 3
ipsec ike local address {n} YOUR_LOCAL_NETWORK_ADDRESS
ipsec ike remote address {n} {outside}
ipsec ike local address id <id> 0.0.0.0/0
ipsec ike remote address id <id> 0.0.0.0/0
ip tunnel address {customer_inside}/30
ip tunnel remote address {inside}
ip tunnel tcp mss limit {mss}
tunnel enable {n}
tunnel select none
ipsec auto refresh on
"""
YAMAHA_BGP = """
bgp use on
bgp autonomous-system YOUR_BGP_ASN
bgp neighbor {n} {asn} {inside} hold-time=30 local-address={customer_inside}
bgp import filter 1 equal 0.0.0.0/0
bgp import {asn} static filter 1
"""
YAMAHA_STATIC = """
# The prefix of your VPC goes in the place of YOUR_VPC_PREFIX.
ip route YOUR_VPC_PREFIX gateway tunnel 1 hide gateway tunnel 2 hide
"""

GENERIC_HEAD = """VPN connection, for a customer gateway of any make

Your VPN Connection ID           : {id}
Your Virtual Private Gateway ID  : vgw-0123456789abcdef0
Your Customer Gateway ID         : cgw-0f1e2d3c4b5a69788
"""
GENERIC_TUNNEL = """

IPsec Tunnel #{n}
================================================
#1: Internet Key Exchange Configuration

- IKE version              : IKEv1
- Authentication Method    : Pre-Shared Key
- Pre-Shared Key           : {psk}
- Authentication Algorithm : sha1
- Encryption Algorithm     : aes-128-cbc
- Lifetime                 : {ike_lifetime} seconds
- Phase 1 Negotiation Mode : main
- Diffie-Hellman           : Group 2

#2: IPsec Configuration

- Protocol                 : esp
- Authentication Algorithm : hmac-sha1-96
- Encryption Algorithm     : aes-128-cbc
- Lifetime                 : {lifetime} seconds
- Mode                     : tunnel
- Perfect Forward Secrecy  : Diffie-Hellman Group 2
- DPD Interval             : 10
- DPD Retries              : 3
- TCP MSS Adjustment       : {mss} bytes
- Clear Don't Fragment Bit : enabled
- Fragmentation            : Before encryption

#3: Tunnel Interface Configuration

Outside IP Addresses:
- Customer Gateway:        : {customer_outside}
- Virtual Private Gateway  : {outside}

Inside IP Addresses
- Customer Gateway         : {customer_inside}/30
- Virtual Private Gateway  : {inside}/30

- Tunnel interface MTU     : 1436 bytes
"""
GENERIC_BGP = """
#4: Border Gateway Protocol (BGP) Configuration:

BGP Configuration Options:
- Customer Gateway ASN        : {customer_asn}
- Virtual Private Gateway ASN : {asn}
- Neighbor IP Address         : {inside}
- Neighbor Hold Time          : 30
"""
GENERIC_STATIC = """
#4: Static Routing Configuration:

Static Route Configuration Options:
- Next hop : {inside}
"""


def document(data):
    """For a Yamaha router."""
    parts = [f"# Your VPN Connection ID            : {data['id']} \n"]
    for n, tunnel in enumerate(data["tunnels"], 1):
        parts.append(YAMAHA_TUNNEL.format(n=n, **tunnel))
        if not data["static"]:
            parts.append(YAMAHA_BGP.format(n=n, asn=data["asn"], **tunnel))
    parts.append(YAMAHA_STATIC if data["static"] else "\nbgp configure refresh\n")
    return "".join(parts)


def generic(data):
    """For any device: words, not commands."""
    parts = [GENERIC_HEAD.format(id=data["id"])]
    for n, tunnel in enumerate(data["tunnels"], 1):
        parts.append(GENERIC_TUNNEL.format(n=n, **tunnel))
        parts.append((GENERIC_STATIC if data["static"] else GENERIC_BGP).format(
            asn=data["asn"], customer_asn=data["customer_asn"], **tunnel))
    return "".join(parts)
