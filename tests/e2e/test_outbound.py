#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""LAN to tunnel: scapy decrypts what the dataplane encrypts."""
from scapy.all import ICMP, IPOption_RR

from lab import *

FORMS = [(auth, udp) for auth in (SHA1, SHA256) for udp in (True, False)]
# On 1500, from the sizes of headers, blocks and ICV; 1422 is CBC-SHA1 over UDP.
MTU = {(SHA1, True): 1422, (SHA1, False): 1438, (SHA256, True): 1422, (SHA256, False): 1438}


def inner(size, **fields):
    fields = {"src": LAN_HOST, "dst": VPC_HOST, "ttl": 64, **fields}
    return IP(raw(IP(**fields) / UDP(sport=7, dport=9, chksum=0) / Raw(bytes(i & 255 for i in range(size - 28)))))


def expect(sent, got, ttl=1):
    """`got` is `sent`, `ttl` hops on."""
    want = sent.copy()
    want.ttl -= ttl
    del want.chksum
    assert raw(IP(raw(want))) == raw(got), f"{raw(want).hex()}\n{raw(got).hex()}"


def every_length(lab, auth, udp):
    sa = Sa(1, auth, udp)
    lab.tunnel_up(sa)
    mtu = MTU[auth, udp]
    state = lab.settled()["tunnels"]["0"]
    assert state["inner_mtu"] == mtu, state
    sizes = [*range(28, 28 + 70), 576, 1000, 1279, 1280, *range(mtu - 20, mtu + 1)]
    for number, size in enumerate(sizes, 1):
        packet = inner(size, id=size)
        lab.from_lan(packet)
        outer = one(lab.wan.receive())[IP]
        expect(packet, sa.decrypt(outer))
        assert sa.sequence(outer) == number
        assert len(outer) == outer.len <= 1500 and outer.ttl == 64
        assert (outer.src, outer.dst) == (WAN_GW, PEER[1])
        if udp:
            assert (outer[UDP].sport, outer[UDP].dport, outer[UDP].chksum) == (4500, 4500, 0)


def test_cbc_sha1_udp_every_length(lab):
    every_length(lab, SHA1, True)


def test_cbc_sha1_plain_esp_every_length(lab):
    every_length(lab, SHA1, False)


def test_cbc_sha256_udp_every_length(lab):
    every_length(lab, SHA256, True)


def test_cbc_sha256_plain_esp_every_length(lab):
    every_length(lab, SHA256, False)


def test_cbc_256_bits(lab):
    sa = Sa(1, SHA256, key_bytes=32)
    lab.tunnel_up(sa)
    lab.from_lan(inner(100))
    expect(inner(100), sa.decrypt(one(lab.wan.receive())[IP]))


def test_ivs_differ_and_are_not_a_counter(lab):
    sa = Sa(1)
    lab.tunnel_up(sa)
    for _ in range(50):
        lab.from_lan(inner(100))
    ivs = [sa.esp_bytes(f[IP])[8:24] for f in lab.wan.receive(50)]
    assert len(set(ivs)) == 50
    steps = {int.from_bytes(b, "big") - int.from_bytes(a, "big") for a, b in zip(ivs, ivs[1:])}
    assert len(steps) == 49


def test_burst_keeps_order(lab):
    sa = Sa(1)
    lab.tunnel_up(sa)
    for i in range(400):
        lab.from_lan(inner(60 + i % 7 * 150, id=i))
    frames = lab.wan.receive(400, wait=5)
    assert [sa.sequence(f[IP]) for f in frames] == list(range(1, 401))
    assert [sa.decrypt(f[IP]).id for f in frames] == list(range(400))


def test_E23_ttl_1_from_lan_gets_time_exceeded_and_is_not_encrypted(lab):
    sa = Sa(1)
    lab.tunnel_up(sa)
    lab.tun_address(1)
    for ttl in (1, 0):
        lab.from_lan(inner(100, ttl=ttl))
    answer = one(lab.lan.receive())
    assert answer[ICMP].type == 11 and answer[IP].src == LAN_GW and answer[IP].dst == LAN_HOST
    assert not lab.wan.receive(None, wait=0.3)
    assert lab.settled()["sas"][str(sa.slot_out)]["packets"] == 0


def test_E23_ttl_is_decremented_once_and_outer_ttl_is_ours(lab):
    sa = Sa(1)
    lab.tunnel_up(sa)
    for ttl in (2, 255):
        lab.from_lan(inner(100, ttl=ttl))
        outer = one(lab.wan.receive())[IP]
        assert sa.decrypt(outer).ttl == ttl - 1 and outer.ttl == 64


def test_E24_dscp_is_copied_out_by_default_and_not_if_told_so(lab):
    for option, shown in (("", 0xb8), ("dscp_copy=1", 0)):
        sa = Sa(1)
        lab.tunnel_up(sa, option)
        lab.from_lan(inner(100, tos=0xb8))
        outer = one(lab.wan.receive())[IP]
        assert outer.tos == shown, hex(outer.tos)
        assert sa.decrypt(outer).tos == 0xb8


def test_E25_congestion_marks_show_outside_in_normal_mode_only(lab):
    for ecn in (False, True):
        sa = Sa(1, ecn=ecn)
        lab.tunnel_up(sa)
        for mark in range(4):
            lab.from_lan(inner(100, tos=0x48 | mark))
            outer = one(lab.wan.receive())[IP]
            assert outer.tos == 0x48 | (mark if ecn else 0), (ecn, mark, outer.tos)
            assert sa.decrypt(outer).tos == 0x48 | mark


def pieces(lab, sa, packet, count):
    """Sends a packet that is too large; the fragments the peer decrypts, put together again."""
    lab.from_lan(packet)
    frames = lab.wan.receive(count)
    assert len(frames) == count, len(frames)
    whole = b""
    for number, frame in enumerate(frames):
        piece = sa.decrypt(frame[IP])
        assert len(piece) <= 1422 and piece.frag * 8 == len(whole) and "DF" not in piece.flags
        assert ("MF" in piece.flags) == (number < count - 1)
        whole += bytes(piece.payload)
    return piece, whole


def test_E27_too_big_is_cut_before_encryption(lab):
    sa = Sa(1)
    lab.tunnel_up(sa)
    for size, count in ((1423, 2), (1500, 2)):
        packet = inner(size, id=size)
        last, whole = pieces(lab, sa, packet, count)
        assert whole == bytes(packet.payload) and last.id == size and last.ttl == 63


def test_E27_too_big_with_df_is_cut_where_df_is_cleared(lab):
    sa = Sa(1)
    lab.tunnel_up(sa, "df=2")
    packet = inner(1500, flags="DF", id=0)
    last, whole = pieces(lab, sa, packet, 2)
    assert whole == bytes(packet.payload) and last.id != 0


def test_E27_too_big_with_df_gets_need_frag_where_df_is_copied(lab):
    for df in (0, 1):
        sa = Sa(1)
        lab.tunnel_up(sa, f"df={df}")
        lab.tun_address(1)
        lab.from_lan(inner(1500, flags="DF"))
        answer = one(lab.lan.receive())
        assert (answer[ICMP].type, answer[ICMP].code) == (3, 4), answer.summary()
        assert answer[ICMP].nexthopmtu == 1422
        assert not lab.wan.receive(None, wait=0.3)


def test_E26_need_frag_about_our_packets_lowers_the_tunnel(lab):
    sa = Sa(1)
    lab.tunnel_up(sa, "df=1")
    lab.tun_address(1)
    lab.from_lan(inner(1000))
    outer = raw(one(lab.wan.receive())[IP])
    forged = outer[:31] + bytes([outer[31] ^ 1]) + outer[32:]
    # Of another SPI; one that stops before it; larger than the link; true; raised again.
    for quoted, told, mtu in ((forged, 1000, 1422), (outer[:31], 1000, 1422), (outer, 1501, 1422),
                              (outer, 1000, 926), (outer, 1400, 926)):
        message = ICMP(type=3, code=4, nexthopmtu=told) / Raw(quoted[:36])
        lab.from_wan(IP(src="198.51.100.99", dst=WAN_GW) / message)
        assert lab.settled()["tunnels"]["0"]["inner_mtu"] == mtu
        assert f"mtu {mtu} " in lab.gw.sh("ip link show tunnel1")
    lab.from_lan(inner(1000, flags="DF"))
    answer = one(lab.lan.receive())
    assert (answer[ICMP].type, answer[ICMP].code, answer[ICMP].nexthopmtu) == (3, 4, 926), answer.summary()
    # Nobody pushes it below the floor.
    lab.from_wan(IP(src="198.51.100.99", dst=WAN_GW) / ICMP(type=3, code=4, nexthopmtu=68) / Raw(outer[:36]))
    assert lab.settled()["tunnels"]["0"]["inner_mtu"] == 510
    # It would last for ten minutes; a restart begins with what the link takes.
    assert lab.kill(signal.SIGTERM) == 0
    lab.start()
    lab.fixture("wait")
    assert lab.settled()["tunnels"]["0"]["inner_mtu"] == 1422


def test_E28_outer_df_and_identification(lab):
    for df, flags, outer_df in ((2, "DF", False), (0, "DF", True), (0, 0, False), (1, 0, True)):
        sa = Sa(1)
        lab.tunnel_up(sa, f"df={df}")
        for _ in range(20):
            lab.from_lan(inner(100, flags=flags))
        frames = lab.wan.receive(20)
        assert len(frames) == 20
        assert all(("DF" in f[IP].flags) == outer_df for f in frames), (df, flags)
        if not outer_df:
            ids = [f[IP].id for f in frames]
            assert 0 not in ids and len(set(ids)) == 20


def syn(mss, src=LAN_HOST, dst=VPC_HOST):
    return IP(raw(IP(src=src, dst=dst, ttl=64) / TCP(sport=80, dport=90, flags="S", options=[("MSS", mss)])))


def checksum_ok(packet):
    again = packet.copy()
    del again[TCP].chksum
    return IP(raw(again))[TCP].chksum == packet[TCP].chksum


def test_mss_is_clamped_outbound(lab):
    for option, sent, want in (("", 1460, 1382), ("mss=1", 1460, 1382), ("mss=1379", 1460, 1379),
                               ("mss=1400", 1460, 1382), ("mss=0", 1460, 1460), ("mss=1379", 536, 536),
                               ("inner_mtu=1280 mss=1", 1460, 1240)):
        sa = Sa(1)
        lab.tunnel_up(sa, option)
        lab.from_lan(syn(sent))
        got = sa.decrypt(one(lab.wan.receive())[IP])
        assert dict(got[TCP].options)["MSS"] == want, (option, got[TCP].options)
        assert checksum_ok(got)


def test_E29_bad_checksum_stays_bad_by_as_much(lab):
    sa = Sa(1)
    lab.tunnel_up(sa)
    packet = syn(1460)
    packet[TCP].chksum ^= 0x1234
    lab.from_lan(packet)
    got = sa.decrypt(one(lab.wan.receive())[IP])
    assert dict(got[TCP].options)["MSS"] == 1382 and not checksum_ok(got)


def test_flows_spread_over_both_tunnels_and_stay_there(lab):
    sas = {n: Sa(n) for n in (1, 2)}
    for sa in sas.values():
        lab.tunnel_up(sa)
    lab.fixture("routes", f"route {VPC_NET} 3", "flip")
    lab.fixture.commit()
    used = {}
    for _ in range(3):
        for port in range(1000, 1040):
            lab.from_lan(IP(src=LAN_HOST, dst=VPC_HOST) / UDP(sport=port, dport=9) / b"x")
            outer = one(lab.wan.receive())[IP]
            n = 1 if outer.dst == PEER[1] else 2
            assert sas[n].decrypt(outer)[UDP].sport == port
            used.setdefault(port, set()).add(n)
    assert all(len(tunnels) == 1 for tunnels in used.values())
    assert {n for tunnels in used.values() for n in tunnels} == {1, 2}


def test_options_and_multicast_go_to_the_kernel(lab):
    sa = Sa(1)
    lab.tunnel_up(sa)
    before = lab.settled()["totals"]
    lab.from_lan(IP(src=LAN_HOST, dst=VPC_HOST, options=[IPOption_RR()]) / UDP() / b"x")
    lab.lan.send(Ether(src=LAN_MAC, dst="01:00:5e:00:00:05") / IP(src=LAN_HOST, dst="224.0.0.5") / b"x")
    after = lab.settled()["totals"]
    assert after["punt"] - before["punt"] == 2


def test_E36_packet_for_the_peer_does_not_enter_its_own_tunnel(lab):
    sa = Sa(1)
    lab.tunnel_up(sa)
    lab.fixture("routes", "route 198.51.100.0/24 2", "flip")
    lab.fixture.commit()
    with Drops(lab, loop=1):
        lab.from_lan(inner(100, dst=PEER[1]))
    assert not lab.wan.receive(None, wait=0.3)


def test_selectors_hold_outbound(lab):
    sa = Sa(1)
    lines = [line.replace("ts_remote=0.0.0.0/0", "ts_remote=10.0.0.0/25") for line in sa.lines()]
    lab.fixture(*lines, lab.tunnel_line(sa))
    lab.fixture.commit()
    with Drops(lab, selector=1):
        lab.from_lan(inner(100))


def test_routes_to_drop_and_to_nothing(lab):
    lab.fixture("routes", f"route {VPC_NET} 4", "route 10.9.0.0/16 77", "flip")
    lab.fixture.commit()
    with Drops(lab, blackhole=2):
        lab.from_lan(inner(100))
        lab.from_lan(inner(100, dst="10.9.1.1"))


def test_broken_headers_from_lan(lab):
    good = raw(inner(100))
    broken = {
        "short": [b"", good[:19]],
        "header": [b"\x55" + good[1:], b"\x44" + good[1:], good[:2] + b"\x00\x10" + good[4:]],
        "checksum": [good[:10] + b"\xff\xff" + good[12:]],
    }
    for reason, packets in broken.items():
        for packet in packets:
            name = reason if packet else "runt"
            with Drops(lab, **{name: 1}):
                lab.lan.send(Ether(src=LAN_MAC, dst=lab.lan_mac, type=0x800) / Raw(packet))
    with Drops(lab, not_ours=1):
        lab.lan.send(Ether(src=LAN_MAC, dst="02:00:00:00:00:99") / inner(100))


def test_hard_limits_end_an_sa(lab):
    sa = Sa(1)
    lab.tunnel_up(sa, extra_out="hard_packets=5")
    for _ in range(8):
        lab.from_lan(inner(100))
    assert len(lab.wan.receive(None, wait=1)) == 5
    state = lab.settled()
    assert state["sas"][str(sa.slot_out)]["ended"] == 1
    sa = Sa(1)
    lab.tunnel_up(sa, extra_out="hard_bytes=250")
    for _ in range(8):
        lab.from_lan(inner(100))
    assert len(lab.wan.receive(None, wait=1)) == 3
    sa = Sa(1)
    lab.tunnel_up(sa, extra_out="hard_msec=700")
    lab.from_lan(inner(100))
    one(lab.wan.receive())
    time.sleep(0.8)
    with Drops(lab, no_sa=1):
        lab.from_lan(inner(100))


main([value for name, value in list(globals().items()) if name.startswith("test_")], "out")
