#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""One packet out, one packet in."""
from lab import *


def test_one_packet_out(lab):
    sa = Sa(1)
    lab.tunnel_up(sa)
    lab.from_lan(IP(src=LAN_HOST, dst=VPC_HOST, ttl=64) / UDP(sport=1, dport=2) / b"hello")
    outer = one(lab.wan.receive())
    assert outer.dst == WAN_MAC and is_esp(outer)
    inner = sa.decrypt(outer[IP])
    assert inner.src == LAN_HOST and inner.dst == VPC_HOST and inner.ttl == 63
    assert bytes(inner[UDP].payload) == b"hello"


def test_one_packet_in(lab):
    sa = Sa(1, generation=1)
    lab.tunnel_up(sa)
    lab.from_wan(sa.encrypt(IP(src=VPC_HOST, dst=LAN_HOST, ttl=64) / UDP(sport=1, dport=2) / b"hello"))
    frame = one(lab.lan.receive())
    assert frame.dst == LAN_MAC and frame[IP].ttl == 63
    assert bytes(frame[UDP].payload) == b"hello"


main([test_one_packet_out, test_one_packet_in], "slice")
