#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""IPv6 outside and inside: sizes, marks, hops, ICMPv6 both ways, and what must be dropped by which name."""
from scapy.all import (ICMPv6PacketTooBig, ICMPv6TimeExceeded, IPv6ExtHdrDestOpt, IPv6ExtHdrHopByHop,
                       IPv6ExtHdrRouting, PadN)

from lab import *


def inner(outbound=True, size=100, upper=None, **fields):
    src, dst = (LAN6_HOST, VPC6_HOST) if outbound else (VPC6_HOST, LAN6_HOST)
    upper = upper or UDP(sport=9, dport=7) / Raw(bytes(i & 255 for i in range(size - 48)))
    return IPv6(raw(IPv6(**{"src": src, "dst": dst, "hlim": 64, **fields}) / upper))


def inner4(size=100, **fields):
    return IP(raw(IP(**{"src": LAN_HOST, "dst": VPC_HOST, "ttl": 64, **fields}) / UDP(sport=9, dport=7) /
                  Raw(bytes(size - 28))))


def ready(lab, extra="", **options):
    lab.six_tables()
    sa = Sa(1, **{"six": True, "inner6": True, **options})
    lab.tunnel_up(sa, extra)
    return sa


def kernel_six(lab):
    """The kernel's part of IPv6: addresses, routes, neighbours."""
    lab.gw.sh("echo 1 >/proc/sys/net/ipv6/conf/all/forwarding; echo 0 >/proc/sys/net/ipv6/conf/tunnel1/disable_ipv6")
    lab.kernel_address6("2001:db8:1::1", "lan1")
    lab.kernel_address6(WAN6_GW, "lan2")
    lab.gw.sh(f"ip neigh replace {LAN6_HOST} lladdr {LAN_MAC} dev lan1; "
              f"ip route replace {VPC6_NET} dev tunnel1")


def from_kernel(lab, kind):
    """The one message of this kind that the LAN host gets: a kernel with IPv6 says other things too."""
    return one([f for f in lab.lan.receive(None, wait=2, quiet=1) if kind in f])


def sent(lab, sa):
    """The UDP packets that went into the tunnel, and the outer ones around them."""
    frames = [f.payload for f in lab.wan.receive(None, wait=1) if UDP in f]
    return [(sa.decrypt(outer), outer) for outer in frames if UDP in sa.decrypt(outer)]


def expect(lab, packet):
    got = one([f for f in lab.lan.receive(None, wait=1) if UDP in f and f.dst == LAN_MAC])[IPv6]
    want = packet.copy()
    want.hlim -= 1
    assert raw(got)[:40 + got.plen] == raw(want), got.summary()


def genuine(lab, sa):
    packet = inner(False)
    lab.from_wan(sa.encrypt(packet))
    expect(lab, packet)


def test_outer_header_is_ours(lab):
    for udp in (True, False):
        sa = ready(lab, udp=udp) if udp else Sa(1, six=True, inner6=True, udp=False)
        lab.tunnel_up(sa)
        lab.from_lan(inner(hlim=2, tc=0xb8))
        outer = one(lab.wan.receive())[IPv6]
        assert (outer.src, outer.dst, outer.hlim, outer.tc) == (WAN6_GW, PEER6[1], 64, 0xb8)
        assert sa.decrypt(outer).hlim == 1
        if udp:  # not zero over IPv6 (RFC 8200 section 8.1), and right
            again = outer.copy()
            del again[UDP].chksum
            assert 0 != IPv6(raw(again))[UDP].chksum == outer[UDP].chksum


def test_E20_udp_checksum_over_ipv6_of_any_kind(lab):
    sa = ready(lab)
    for checksum in (0, 0xdead, None):
        packet = inner(False)
        outer = sa.encrypt(packet)
        outer[UDP].chksum = checksum
        lab.from_wan(outer)
        expect(lab, packet)


def test_E17_E18_keepalives_and_stumps(lab):
    ready(lab)
    head = IPv6(src=PEER6[1], dst=WAN6_GW) / UDP(sport=4500, dport=4500)
    with Drops(lab, keepalive=1, short=4):
        for payload in (b"\xff", b"", b"\x00", b"\xff\xff", b"\xff\xff\xff"):
            lab.from_wan(head / Raw(payload))


def test_E21_E22_a_peer_that_moves(lab):
    sa = ready(lab)
    with Drops(lab, icv=1):
        lab.from_wan(sa.encrypt(inner(False), seq=9, source="2001:db8:99::66", esp=lambda esp: esp[:-1] + b"\0"))
    genuine(lab, sa)
    lab.from_wan(sa.encrypt(inner(False), seq=10, source="2001:db8:99::77", port=20248))
    state = lab.settled()["sas"][str(sa.slot_in)]
    assert (state["peer"], state["peer_port"]) == ("2001:db8:99::77", 20248), state


def test_E25_marks_of_both_headers_are_merged(lab):
    sa = ready(lab)
    for mark, after in {0: (0, 0, 0, None), 1: (1, 1, 1, 3), 2: (2, 1, 2, 3), 3: (3, 3, 3, 3)}.items():
        for outer_mark, want in enumerate(after):
            outer = sa.encrypt(inner(False, tc=0x48 | mark))
            outer.tc = 0xb8 | outer_mark
            with Drops(lab, ecn=want is None):
                lab.from_wan(outer)
            got = lab.lan.receive(int(want is not None), wait=2)
            assert [f[IPv6].tc for f in got] == ([] if want is None else [0x48 | want]), (mark, outer_mark)


def test_E25_marks_show_outside_in_normal_mode_only(lab):
    lab.six_tables()
    for ecn in (False, True):
        sa = Sa(1, six=True, inner6=True, ecn=ecn)
        lab.tunnel_up(sa)
        for mark in range(4):
            lab.from_lan(inner(tc=0x48 | mark))
            assert one(lab.wan.receive())[IPv6].tc == 0x48 | (mark if ecn else 0)


def test_E27_ipv4_that_is_too_big_is_cut_before_encryption(lab):
    sa = ready(lab, inner6=False)
    packet = inner4(1500, flags="DF")
    lab.from_lan(packet)
    pieces = [sa.decrypt(f.payload) for f in lab.wan.receive(2)]
    assert b"".join(bytes(p.payload) for p in pieces) == bytes(packet.payload)
    assert all(len(p) <= 1406 for p in pieces) and pieces[0].id == pieces[1].id != 0


def test_E26_packet_too_big_is_believed_by_its_spi(lab):
    sa = ready(lab)
    lab.from_lan(inner(size=1300))
    outer = raw(one(sent(lab, sa))[1])
    wrong_spi = outer[:51] + bytes([outer[51] ^ 1]) + outer[52:]
    wrong_peer = outer[:39] + bytes([outer[39] ^ 1]) + outer[40:]
    for quoted, told, mtu in ((wrong_spi, 1300, 1406), (wrong_peer, 1300, 1406), (outer, 1600, 1406),
                              (outer, 1450, 1358), (outer, 68, 1182)):
        lab.from_wan(IPv6(src="2001:db8:99::99", dst=WAN6_GW) / ICMPv6PacketTooBig(mtu=told) / Raw(quoted[:600]))
        assert lab.settled()["tunnels"]["0"]["inner_mtu"] == mtu, told
    # It would last for ten minutes; a restart begins with what the link takes.
    assert lab.kill(signal.SIGTERM) == 0
    lab.start()
    lab.fixture("wait")
    assert lab.settled()["tunnels"]["0"]["inner_mtu"] == 1406


def test_E33_extension_headers_inside_go_through(lab):
    sa = ready(lab)
    for extension in (IPv6ExtHdrHopByHop(options=[PadN()]), IPv6ExtHdrDestOpt(options=[PadN()]),
                      IPv6ExtHdrRouting(addresses=["2001:db8::5"])):
        packet = inner(False, upper=extension / UDP(sport=9, dport=7) / b"x")
        lab.from_wan(sa.encrypt(packet))
        got = one(lab.lan.receive())[IPv6]
        assert raw(got)[8:40 + got.plen] == raw(packet)[8:] and got.hlim == 63
        packet = inner(upper=extension / UDP(sport=9, dport=7) / b"x")
        lab.from_lan(packet)
        assert raw(sa.decrypt(one(lab.wan.receive()).payload))[8:] == raw(packet)[8:]


def test_E33_ipv4_inside_an_ipv6_only_sa(lab):
    sa = ready(lab)
    with Drops(lab, selector=1):
        lab.from_wan(sa.encrypt(IP(src=VPC_HOST, dst=LAN_HOST) / UDP()))


def test_E34_inner_length_and_plaintext_disagree(lab):
    sa = ready(lab)
    longer = inner(False)
    longer.plen += 300
    with Drops(lab, inner=1):
        lab.from_wan(sa.encrypt(longer))
    shorter = inner(False)
    shorter.plen -= 20
    lab.from_wan(sa.encrypt(shorter))
    got = one(lab.lan.receive())[IPv6]
    assert got.plen == shorter.plen and len(raw(got)) < 100


def test_E35_spoofed_inner_sources(lab):
    sa = ready(lab)
    bad = ["::1", "ff02::5", LAN6_HOST, "2001:db8:1::77", WAN6_GW, "fe80::1"]
    with Drops(lab, martian=len(bad)):
        for source in bad:
            lab.from_wan(sa.encrypt(inner(False, src=source)))


def test_E36_inner_destination_is_an_outer_address(lab):
    sa = ready(lab)
    with Drops(lab, loop=3):
        for destination in (WAN6_GW, PEER6[1], "2001:db8:2::77"):
            lab.from_wan(sa.encrypt(inner(False, dst=destination)))
    genuine(lab, sa)


def test_E37_extension_headers_outside(lab):
    sa = ready(lab)
    for udp in (True, False):
        sa = Sa(1, six=True, inner6=True, udp=udp)
        lab.tunnel_up(sa)
        packet = inner(False)
        outer = sa.encrypt(packet)
        head = IPv6(src=outer.src, dst=outer.dst) / IPv6ExtHdrDestOpt(options=[PadN()], nh=outer.nh)
        lab.from_wan(IPv6(raw(head / outer.payload)))
        expect(lab, packet)


def test_E23_hop_limit_1_gets_time_exceeded(lab):
    sa = ready(lab)
    kernel_six(lab)
    lab.from_lan(inner(hlim=1))
    answer = from_kernel(lab, ICMPv6TimeExceeded)
    assert (answer[IPv6].dst, answer.dst) == (LAN6_HOST, LAN_MAC)
    assert not sent(lab, sa)


def test_E27_too_big_gets_packet_too_big(lab):
    lab.six_tables()
    for six, mtu in ((True, 1406), (False, 1422)):
        sa = Sa(1, six=six, inner6=True)
        lab.tunnel_up(sa)
        kernel_six(lab)
        assert lab.settled()["tunnels"]["0"]["inner_mtu"] == mtu
        lab.from_lan(inner(size=mtu))
        assert len(one(sent(lab, sa))[0]) == mtu
        lab.from_lan(inner(size=mtu + 1))
        answer = from_kernel(lab, ICMPv6PacketTooBig)
        assert answer[ICMPv6PacketTooBig].mtu == mtu and answer[IPv6].dst == LAN6_HOST
        assert not sent(lab, sa)


main([value for name, value in list(globals().items()) if name.startswith("test_")], "six", memory=384)
