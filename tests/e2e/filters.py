# SPDX-License-Identifier: BSD-3-Clause
"""Packet filters of the lab: records of cfg.v1, and what they mean, read by scapy."""
import ipaddress
import struct

from scapy.all import ICMP, IP, TCP, UDP

TABLE_FILTERS, TABLE_LISTS = 8, 9
PASS, REJECT, RESTRICT = 0, 1, 2
NEVER, DROPS, ALWAYS = 0, 1, 2
ANY_HOST, ANY_PORT = (0, (1 << 32) - 1), (0, 65535)


def host(text):
    """"10.0.0.0/8" or "10.0.0.1" as a range."""
    net = ipaddress.ip_network(text)
    return int(net[0]), int(net[-1])


def ports(text):
    low, _, high = str(text).partition("-")
    return int(low), int(high or low)


class Filter:
    """One filter. `protocols` None: any."""

    def __init__(self, number, action=PASS, source=(), destination=(), protocols=None, flags=(), types=(),
                 sport=(), dport=(), log=NEVER):
        self.number, self.action, self.log = number, action, log
        self.source, self.destination = [host(s) for s in source], [host(d) for d in destination]
        self.protocols, self.flags, self.types = protocols, list(flags), list(types)
        self.sport, self.dport = [ports(p) for p in sport], [ports(p) for p in dport]
        self.any = protocols is None and not flags and not types
        self.icmp_only = protocols == [1] and not flags and not types

    def record(self):
        ranges = lambda items: b"".join(struct.pack("<II", *r) for r in items).ljust(80, b"\0")
        protocols = self.protocols or []
        return struct.pack("<I10B10sQ", self.number, self.action, self.log, self.any, self.icmp_only, len(self.source),
                           len(self.destination), len(self.sport), len(self.dport), len(self.flags), len(protocols),
                           bytes(protocols), sum(1 << t for t in self.types)) + \
            ranges(self.source) + ranges(self.destination) + ranges(self.sport) + ranges(self.dport) + \
            b"".join(struct.pack("<HHHH", value, mask, differs, 0) for value, mask, differs in self.flags).ljust(80, b"\0") + \
            bytes(8)

    def fits(self, packet):
        """By scapy alone. Of a packet whose header is whole, or of a later fragment."""
        inside = lambda items, value: not items or any(low <= value <= high for low, high in items)
        whole = packet.frag == 0
        if not inside(self.source, int(ipaddress.ip_address(packet.src))) or \
                not inside(self.destination, int(ipaddress.ip_address(packet.dst))):
            return False
        upper = packet.getlayer(TCP) or packet.getlayer(UDP) if whole else None
        icmp = packet.getlayer(ICMP) if whole else None
        by_flags = TCP in packet and whole and any(
            ((int(packet[TCP].flags) & mask) == value) != bool(differs) for value, mask, differs in self.flags)
        if not (self.any or packet.proto in (self.protocols or []) or by_flags or
                (icmp is not None and icmp.type in self.types)):
            return False
        if not self.sport and not self.dport:
            return True
        if self.icmp_only:
            return icmp is not None and inside(self.sport, icmp.type) and inside(self.dport, icmp.code)
        if packet.proto not in (6, 17):
            return True
        return upper is not None and inside(self.sport, upper.sport) and inside(self.dport, upper.dport)


def decide(filters, packet):
    """True when it passes: the first that fits decides, and none is no."""
    for one in filters:
        if one.fits(packet):
            return one.action != REJECT
    return False


def put(lab, lists):
    """Lists by their slot: each filter gets a slot of its own."""
    slots = {}
    for slot, filters in lists.items():
        for one in filters:
            if one not in slots:
                slots[one] = len(slots)
                lab.fixture(f"record {TABLE_FILTERS} {slots[one]} {one.record().hex()}")
        listed = [slots[one] for one in filters]
        record = struct.pack("<II132H", 1, len(listed), *listed, *[0] * (132 - len(listed)))
        lab.fixture(f"record {TABLE_LISTS} {slot} {record.hex()}")
