#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Outer packets that were cut on their way, and fragments that are none: on wires whose kernel does not
put them together before the dataplane sees them."""
import itertools
import random

from scapy.all import IPv6ExtHdrFragment, fragment, fragment6

from lab import *


def inner(size=1000, **fields):
    fields = {"src": VPC_HOST, "dst": LAN_HOST, "ttl": 64, **fields}
    return IP(raw(IP(**fields) / UDP(sport=9, dport=7, chksum=0) / Raw(bytes(i & 255 for i in range(size - 28)))))


def ready(lab, **options):
    lab.six_tables()
    sa = Sa(1, **options)
    lab.tunnel_up(sa)
    return sa


def cut(outer, size=400, number=None):
    """The outer packet in fragments of at most `size` bytes."""
    if IPv6 in outer:
        head = IPv6ExtHdrFragment(id=number or random.getrandbits(32), nh=outer.nh)
        outer = IPv6(raw(IPv6(src=outer.src, dst=outer.dst) / head / outer.payload))
        return fragment6(outer, size)
    if number is not None:
        outer.id = number
    return fragment(IP(raw(outer)), size)


def expect(lab, packet):
    got = one(lab.lan.receive())[IP]
    want = packet.copy()
    want.ttl -= 1
    del want.chksum
    assert raw(got)[:got.len] == raw(IP(raw(want)))


def nothing(lab):
    assert not lab.lan.receive(None, wait=0.2)


def in_every_order(lab, **options):
    sa = ready(lab, **options)
    before = lab.settled()["totals"]["consumed"]
    orders = list(itertools.permutations(range(3)))
    for order in orders:
        packet = inner(id=order[0] * 4 + order[1])
        pieces = cut(sa.encrypt(packet), 448 if sa.six else 400)
        assert len(pieces) == 3, len(pieces)
        for at in order:
            lab.from_wan(pieces[at])
        expect(lab, packet)
    assert lab.settled()["totals"]["consumed"] == before + 2 * len(orders)


def test_E15_ipv4_udp_in_every_order(lab):
    in_every_order(lab)


def test_E15_ipv4_plain_esp_in_every_order(lab):
    in_every_order(lab, udp=False)


def test_E15_ipv6_udp_in_every_order(lab):
    in_every_order(lab, six=True)


def test_E15_ipv6_plain_esp_in_every_order(lab):
    in_every_order(lab, six=True, udp=False)


def test_E15_ipv6_fragment_header_around_a_whole_packet(lab):
    lab.six_tables()
    for udp in (True, False):
        sa = Sa(1, six=True, udp=udp)
        lab.tunnel_up(sa)
        packet = inner()
        outer = sa.encrypt(packet)
        head = IPv6ExtHdrFragment(id=7, nh=outer.nh)
        lab.from_wan(IPv6(raw(IPv6(src=outer.src, dst=outer.dst) / head / outer.payload)))
        expect(lab, packet)


def test_E15_what_stays_incomplete_is_dropped(lab):
    for six in (False, True):
        lab.basic_tables()
        sa = ready(lab, six=six)
        before = lab.drops()["fragment"]
        for piece in cut(sa.encrypt(inner()), 448)[:2]:
            lab.from_wan(piece)
        assert lab.settled()["totals"]["in_flight"] == 2
        lab.until(lambda: lab.drops()["fragment"] == before + 2, 4, "the fragments are given up")
        nothing(lab)


def test_E16_overlapping_fragments_are_dropped_as_a_set(lab):
    for six in (False, True):
        lab.basic_tables()
        sa = ready(lab, six=six)
        pieces = cut(sa.encrypt(inner()), 448)
        if six:
            pieces[1][IPv6ExtHdrFragment].offset -= 1
        else:
            pieces[1].frag -= 1
            del pieces[1].chksum
        before = lab.drops()["fragment"]
        for piece in pieces:
            lab.from_wan(piece)
        nothing(lab)
        lab.until(lambda: lab.drops()["fragment"] == before + 3, 4, "the set is given up")
        packet = inner()
        lab.from_wan(sa.encrypt(packet))
        expect(lab, packet)


def test_E16_tiny_first_fragments_are_put_together_too(lab):
    """8 bytes of UDP header and no more in the first: the ports are read of the whole only."""
    sa = ready(lab)
    packet = inner(60)
    pieces = cut(sa.encrypt(packet), 8)
    assert 8 < len(pieces), len(pieces)
    before = lab.drops()["fragment"]
    for piece in pieces:  # more of them than any honest path makes: not worth the room
        lab.from_wan(piece)
    nothing(lab)
    lab.until(lambda: lab.drops()["fragment"] == before + len(pieces), 4, "the set is given up")
    pieces = cut(sa.encrypt(packet), 24)
    assert len(pieces) <= 8, len(pieces)
    for piece in pieces:
        lab.from_wan(piece)
    expect(lab, packet)


def test_E16_strangers_cannot_fill_the_table_of_the_peers(lab):
    sa = ready(lab)
    frames = []
    for number in range(3000):
        piece = IP(src=f"192.0.2.{number % 250}", dst=WAN_GW, id=number, flags="MF", proto=50) / Raw(bytes(16))
        frames.append(raw(Ether(src=WAN_MAC, dst=lab.wan_mac) / piece))
    begin = lab.settled()["ports"]["lan2"]["rx"]
    given_up = lambda: lab.drops()["fragment"] + lab.drops()["policed"]
    before = given_up()
    for number, frame in enumerate(frames, 1):
        lab.wan.socket.send(frame)
        if number % 250 == 0:
            lab.until(lambda: lab.fixture.state()["ports"]["lan2"]["rx"] >= begin + number, 20, "they are taken")
    for number in range(5):
        packet = inner(id=number)
        for piece in cut(sa.encrypt(packet)):
            lab.from_wan(piece)
        expect(lab, packet)
    lab.until(lambda: given_up() == before + len(frames), 6, "all of them are given up")


def test_ike_in_fragments_reaches_the_kernel(lab):
    ready(lab)
    lab.tunnel_up(Sa(2, six=True))
    lab.kernel_address6(WAN6_GW, "lan2")
    payload = bytes(i & 255 for i in range(1100))
    for family, local, peer, ip in ((socket.AF_INET, WAN_GW, PEER[1], IP), (socket.AF_INET6, WAN6_GW, PEER6[2], IPv6)):
        with lab.gw:
            ike = socket.socket(family, socket.SOCK_DGRAM)
            ike.settimeout(2)
            ike.bind((local, 500))
        for piece in cut(ip(src=peer, dst=local) / UDP(sport=500, dport=500) / Raw(payload), 448):
            lab.from_wan(piece)
        assert ike.recv(2000) == payload
        ike.close()


main([value for name, value in list(globals().items()) if name.startswith("test_")], "frag", memory=384,
     device="pcap")
