# SPDX-License-Identifier: BSD-3-Clause
"""Frames that nobody means well with, and records of cfg.v1 of any content; both the same for the same seed."""
import random

from scapy.all import (ARP, GRE, ICMP, Dot1Q, ICMPv6PacketTooBig, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
                       IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, fragment)

from lab import *

# Of the records of each table, by number.
RECORD_BYTES = {0: 80, 1: 72, 2: 64, 3: 144, 4: 176, 5: 300, 8: 448, 9: 280}
EDGES = [0, 1, 2, 4, 6, 15, 16, 17, 31, 32, 33, 63, 64, 127, 128, 255, 256, 1023, 1024, 4095, 4096, 8191, 8192,
         32767, 32768, 65535, 65536, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]
TCP_SYN = {"flags": "S", "options": [("MSS", 9000), ("NOP", None), ("WScale", 3)]}


def esp(sas):
    """Genuine packets, whole and in pieces."""
    inner = IP(src=VPC_HOST, dst=LAN_HOST) / UDP(sport=1, dport=2) / bytes(300)
    for sa in sas:
        outer = sa.encrypt(inner)
        yield outer
        if IP in outer:
            yield from fragment(IP(raw(outer)), 104)


def to_ike_ports():
    for payload in (b"", b"\0", b"\xff", bytes(3), bytes(4), bytes(31), bytes(32)):
        for sport in (0, 500, 4500, 65535):
            for dport in (500, 4500):
                yield IP(src=PEER[1], dst=WAN_GW) / UDP(sport=sport, dport=dport) / payload


def pieces():
    for source in (PEER[1], "192.0.2.7"):
        for protocol in (1, 6, 17, 47, 50):
            for frag, flags in ((0, "MF"), (1, "MF"), (1, 0), (2, 0), (8190, "MF"), (8191, 0)):
                for size in (0, 1, 8, 600):
                    yield IP(src=source, dst=WAN_GW, id=7, proto=protocol, frag=frag, flags=flags) / bytes(size)


def errors(sas):
    """ICMP about packets that we could have sent."""
    for sa in sas:
        quoted = UDP(sport=4500, dport=4500) / (sa.spi_out.to_bytes(4, "big") + bytes(8))
        for mtu in (0, 68, 576, 1280, 1499, 1500, 65535):
            if sa.six:
                yield IPv6(src="2001:db8::1", dst=WAN6_GW) / ICMPv6PacketTooBig(mtu=mtu) / (
                    IPv6(src=WAN6_GW, dst=sa.peer) / quoted)
            else:
                yield IP(src="192.0.2.1", dst=WAN_GW) / ICMP(type=3, code=4, nexthopmtu=mtu) / (
                    IP(src=WAN_GW, dst=sa.peer) / quoted)


def strange(source, six):
    """To be forwarded, to nobody, to everybody; with hop limits and headers of all kinds."""
    for dst in (LAN_HOST, VPC_HOST, WAN_GW, "192.168.200.77", "192.0.2.1", "127.0.0.1", "224.0.0.1",
                "255.255.255.255", "0.0.0.0", INSIDE[1][0]):
        for ttl in (0, 1, 255):
            yield IP(src=source, dst=dst, ttl=ttl) / TCP(**TCP_SYN) / bytes(20)
        yield IP(src=dst, dst=dst) / UDP() / bytes(1400)
    for head in (IPv6ExtHdrHopByHop(), IPv6ExtHdrRouting(), IPv6ExtHdrDestOpt(), IPv6ExtHdrFragment(m=1, id=3),
                 IPv6ExtHdrFragment(offset=1, id=3), IPv6ExtHdrHopByHop() / IPv6ExtHdrFragment(m=1)):
        for dst in (WAN6_GW, VPC6_HOST, LAN6_HOST, "ff02::1", "fe80::1"):
            yield IPv6(src=six, dst=dst) / head / UDP(sport=4500, dport=4500) / bytes(30)
            yield IPv6(src=six, dst=dst) / head / TCP(**TCP_SYN)
    yield Dot1Q(vlan=5) / IP(dst=WAN_GW) / UDP()
    yield IP(src=source, dst=WAN_GW) / GRE() / IP() / UDP()
    yield ARP()


def right_checksum(frame):
    """Of the IPv4 header, where there is one."""
    size = (frame[14] & 15) * 4
    if size < 20 or len(frame) < 14 + size:
        return
    frame[24:26] = b"\0\0"
    total = sum(int.from_bytes(frame[14 + i:16 + i], "big") for i in range(0, size, 2))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    frame[24:26] = (~total & 0xffff).to_bytes(2, "big")


class Hostile:
    def __init__(self, lab, sas, seed):
        self.lab, self.random = lab, random.Random(seed)
        wan = [*esp(sas), *to_ike_ports(), *pieces(), *errors(sas), *strange(VPC_HOST, PEER6[1])]
        self.frames = [(lab.wan, raw(Ether(src=WAN_MAC, dst=lab.wan_mac) / p)) for p in wan] + [
            (lab.lan, raw(Ether(src=LAN_MAC, dst=lab.lan_mac) / p)) for p in strange(LAN_HOST, LAN6_HOST)]

    def spoiled(self, frame):
        """As it is, or with some bytes changed, its end cut off, or too long."""
        r, frame = self.random, bytearray(frame)
        if r.random() < 0.3:
            return bytes(frame)
        for _ in range(r.randrange(1, 5)):
            frame[r.randrange(12, min(len(frame), 90))] = r.choice((0, 1, 4, 6, 0x45, 0x4f, 0xff, r.randrange(256)))
        if r.random() < 0.2:
            del frame[r.randrange(14, len(frame)):]
        if r.random() < 0.1:
            frame += r.randbytes(r.randrange(100))
        if frame[12:14] == b"\x08\0" and len(frame) > 34 and r.random() < 0.85:
            if r.random() < 0.5:
                frame[16:18] = (len(frame) - 14).to_bytes(2, "big")
            right_checksum(frame)
        return bytes(frame[:1514])

    def send(self, count):
        for _ in range(count):
            wire, frame = self.random.choice(self.frames)
            wire.socket.send(self.spoiled(frame))

    def content(self, size):
        r, out = self.random, b""
        while len(out) < size:
            out += r.choice((bytes(4), r.randbytes(4), r.choice(EDGES).to_bytes(4, "little"),
                             r.choice(EDGES).to_bytes(8, "little"), bytes([r.choice((0, 1, 4, 6, 128, 255))]) * 4))
        return out[:size].hex()

    def scribble(self):
        """Into a record, whole or a field of it, and what its slot's sequence says of that; or into a bank."""
        r = self.random
        table = r.choice(list(RECORD_BYTES))
        slot = r.choice((0, 1, 2, 3, r.randrange(32))) if table else 0
        at = 8 if r.random() < 0.5 else r.randrange(8, RECORD_BYTES[table]) & ~3
        size = RECORD_BYTES[table] - 8 if at == 8 else r.choice((4, 8, 16))
        sequence = r.choice((0, 1, 0xfffffffe, 0xffffffff, *(r.randrange(1 << 20) * 2 for _ in range(4))))
        self.lab.fixture(f"poke {table} {slot} {at} {self.content(size)}",
                         f"poke {table} {slot} 0 {sequence.to_bytes(4, 'little').hex()}")
        if r.random() < 0.2:
            self.lab.fixture(f"poke {r.choice((6, 7))} {r.randrange(8)} {r.randrange(32) & ~3} {self.content(8)}")
            self.lab.fixture.ask("flip")  # refuses where the settings are torn
        self.lab.fixture("commit")
