# SPDX-License-Identifier: BSD-3-Clause
"""What the router must say and have once the lab's connection was fetched: derived from the plan."""
import re

from lab import plan


def tunnel_block(tunnel, local):
    """The commands of one tunnel, without indentation; the key is masked, the time open."""
    n, policy = tunnel.number, 200 + tunnel.number
    return [
        rf"tunnel select {n}",
        rf"description tunnel amazon-api_tokyo_\d{{14}}",
        rf"ipsec tunnel {policy}",
        rf"ipsec sa policy {policy} {n} esp aes-cbc sha-hmac",
        rf"ipsec ike duration ipsec-sa {n} 3600",
        rf"ipsec ike encryption {n} aes-cbc",
        rf"ipsec ike group {n} modp1024",
        rf"ipsec ike hash {n} sha",
        rf"ipsec ike keepalive use {n} on dpd 10 3",
        rf"ipsec ike local address {n} {local}",
        rf"ipsec ike nat-traversal {n} on type=2",
        rf"ipsec ike pfs {n} on",
        rf"ipsec ike pre-shared-key {n} text \*+",
        rf"ipsec ike remote address {n} {tunnel.outside}",
        rf"ipsec tunnel outer df-bit clear",
        rf"ip tunnel address {tunnel.inside_customer}/30",
        rf"ip tunnel remote address {tunnel.inside_aws}",
        rf"ip tunnel tcp mss limit 1379",
        rf"tunnel enable {n}",
    ]


def bgp_block():
    lines = ["bgp use on", f"bgp autonomous-system {plan.CUSTOMER_ASN}"]
    lines += [rf"bgp neighbor {t.number} {plan.AWS_ASN} {t.inside_aws} hold-time=30 "
              rf"local-address={t.inside_customer}" for t in plan.TUNNELS]
    return lines + ["bgp import filter 1 equal 0\\.0\\.0\\.0/0",
                    f"bgp import {plan.AWS_ASN} static filter 1", "ipsec auto refresh on"]


def missing(config, local):
    """Commands that should stand in `config` (text of show config) and do not."""
    have = [line.strip() for line in config.splitlines()]
    want = [p for t in plan.TUNNELS for p in tunnel_block(t, local)] + bgp_block()
    return [p for p in want if not any(re.fullmatch(p, line) for line in have)]


def unexpected(config, local):
    """Commands about tunnels, IPsec and BGP that stand in `config` and should not."""
    want = [p for t in plan.TUNNELS for p in tunnel_block(t, local)] + bgp_block()
    about = re.compile(r"^(tunnel|ipsec|ip tunnel|bgp|description|ip filter|nat )")
    return [line.strip() for line in config.splitlines()
            if about.match(line.strip()) and not any(re.fullmatch(p, line.strip()) for p in want)
            and line.strip() not in ("tunnel select none",)]


def tunnel_number_of(config, number):
    """The lines of one `tunnel select` block, as they are indented."""
    found = re.search(rf"^tunnel select {number}\n((?: .*\n)*)", config, re.MULTILINE)
    return found[1] if found else ""
