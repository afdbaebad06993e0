#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Tunnel to LAN: the dataplane decrypts what scapy encrypts, and drops what it must by name."""
import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from scapy.all import ICMP, IPOption_RR, IPv6, fragment

from lab import *


def inner(size=100, **fields):
    fields = {"src": VPC_HOST, "dst": LAN_HOST, "ttl": 64, **fields}
    return IP(raw(IP(**fields) / UDP(sport=9, dport=7, chksum=0) / Raw(bytes(i & 255 for i in range(size - 28)))))


def ready(lab, extra="", extra_in="", **options):
    sa = Sa(1, **options)
    lab.tunnel_up(sa, extra, extra_in)
    return sa


def expect(lab, packet, ttl=1):
    frame = one(lab.lan.receive())
    want = packet.copy()
    want.ttl -= ttl
    del want.chksum
    assert frame.dst == LAN_MAC and frame.src == lab.lan_mac
    assert raw(frame[IP])[:frame[IP].len] == raw(IP(raw(want))), frame.summary()


def nothing(lab):
    assert not lab.lan.receive(None, wait=0.1)


def genuine(lab, sa):
    """The SA is as it was: a good packet comes through."""
    packet = inner()
    lab.from_wan(sa.encrypt(packet))
    expect(lab, packet)


def sa_state(lab, sa):
    return lab.settled()["sas"][str(sa.slot_in)]


def every_length(lab, auth, udp):
    sa = ready(lab, auth=auth, udp=udp)
    for size in [*range(28, 28 + 50), 576, 1280, *range(1400, 1423)]:
        packet = inner(size)
        lab.from_wan(sa.encrypt(packet))
        expect(lab, packet)
    state = sa_state(lab, sa)
    assert state["sequence"] == sa.peer_seq == state["packets"], state
    assert state["first_valid"] and state["last_valid"] >= state["first_valid"]
    assert state["peer"] == PEER[1] and state["peer_port"] == (4500 if udp else 0)


def test_cbc_sha1_udp_every_length(lab):
    every_length(lab, SHA1, True)


def test_cbc_sha1_plain_esp_every_length(lab):
    every_length(lab, SHA1, False)


def test_cbc_sha256_udp_every_length(lab):
    every_length(lab, SHA256, True)


def test_cbc_sha256_plain_esp_every_length(lab):
    every_length(lab, SHA256, False)


def test_burst_keeps_order(lab):
    sa = ready(lab)
    for i in range(400):
        lab.from_wan(sa.encrypt(inner(60 + i % 7 * 150, id=i)))
    frames = lab.lan.receive(400, wait=5)
    assert [f[IP].id for f in frames] == list(range(400))


def test_E01_replay_inside_the_window(lab):
    sa = ready(lab)
    packets = [sa.encrypt(inner()) for _ in range(3)]
    for packet in packets:
        lab.from_wan(packet)
    assert len(lab.lan.receive(3)) == 3
    with Drops(lab, replay=3):
        for packet in packets:
            lab.from_wan(packet)
    nothing(lab)
    assert sa_state(lab, sa)["replay_drops"] == 3
    genuine(lab, sa)


def test_E01_two_copies_in_one_burst(lab):
    sa = ready(lab)
    packet = sa.encrypt(inner())
    with Drops(lab, replay=20):
        for _ in range(21):
            lab.from_wan(packet)
    one(lab.lan.receive(None, wait=0.5))


def test_unchecked_numbers_come_in_any_order_and_twice(lab):
    """As far as they are numbers: 0 is none. The window is kept, for the day it is checked again."""
    sa = ready(lab, checked=False)
    numbers = [1, 2, 5000, 3, 5000, 3, 1, 70, 70, 5001, 9, 2]
    for number in numbers:
        lab.from_wan(sa.encrypt(inner(id=number), seq=number))
    assert [f[IP].id for f in lab.lan.receive(len(numbers), wait=2)] == numbers
    with Drops(lab, seq_zero=1):
        lab.from_wan(sa.encrypt(inner(), seq=0))
    nothing(lab)
    state = sa_state(lab, sa)
    assert state["packets"] == len(numbers) and state["replay_drops"] == 1, state
    assert state["sequence"] == 5001, state


def test_E02_left_of_the_window(lab):
    sa = ready(lab)
    lab.from_wan(sa.encrypt(inner(), seq=5000))
    one(lab.lan.receive())
    with Drops(lab, replay_old=2):
        lab.from_wan(sa.encrypt(inner(), seq=1))
        lab.from_wan(sa.encrypt(inner(), seq=5000 - 1024))
    lab.from_wan(sa.encrypt(inner(), seq=5000 - 1023))
    one(lab.lan.receive())


def flip(at):
    def change(esp):
        at_ = at % len(esp)
        return esp[:at_] + bytes([esp[at_] ^ 1]) + esp[at_ + 1:]
    return change


def test_E03_bad_icv_moves_nothing(lab):
    for auth in (SHA1, SHA256):
        sa = ready(lab, auth=auth)
        genuine(lab, sa)
        before = sa_state(lab, sa)
        places = [8, 23, 24, 60, -1, -sa.icv_bytes]
        with Drops(lab, icv=len(places)):
            for place in places:
                lab.from_wan(sa.encrypt(inner(), seq=50, esp=flip(place)))
        nothing(lab)
        after = sa_state(lab, sa)
        assert after.pop("icv_drops") == len(places) and before.pop("icv_drops") == 0
        assert after == before, (before, after)
        genuine(lab, sa)


def test_E04_forged_far_ahead_then_genuine(lab):
    sa = ready(lab)
    with Drops(lab, icv=2):
        lab.from_wan(sa.encrypt(inner(), seq=0xfffffff0, esp=flip(-1)))
        lab.from_wan(sa.encrypt(inner(), seq=2 ** 31, esp=flip(30)))
    genuine(lab, sa)
    assert sa_state(lab, sa)["sequence"] == 1


def test_E05_reordered_by_the_window(lab):
    for window in (64, 1024, 2048):
        sa = ready(lab, extra_in=f"replay_window={window}")
        lab.from_wan(sa.encrypt(inner(), seq=10000))
        one(lab.lan.receive())
        with Drops(lab, replay_old=1):
            lab.from_wan(sa.encrypt(inner(), seq=10000 - window))
        lab.from_wan(sa.encrypt(inner(), seq=10000 - window + 1))
        one(lab.lan.receive())


def test_E06_sequence_zero(lab):
    sa = ready(lab)
    with Drops(lab, seq_zero=1):
        send_esp(lab, seal(sa, padded(raw(inner())), 0))
    genuine(lab, sa)


def test_E07_every_length_that_is_too_short(lab):
    for udp in (True, False):
        sa = ready(lab, udp=udp)
        least = 8 + 16 + 16 + 12
        # Below 8 bytes there is no SPI; over UDP, 0 to 3 bytes are rows of their own.
        sizes = range(4 if udp else 0, least)
        with Drops(lab, short=len(sizes)):
            for size in sizes:
                lab.from_wan(sa.encrypt(inner(), esp=lambda esp: esp[:size]))
        assert sa_state(lab, sa)["icv_drops"] == 0
        genuine(lab, sa)


def test_E08_not_a_multiple_of_the_block(lab):
    sa = ready(lab)
    with Drops(lab, align=15):
        for extra in range(1, 16):
            lab.from_wan(sa.encrypt(inner(), esp=lambda esp: esp + b"x" * extra))
    genuine(lab, sa)


def seal(sa, plaintext, seq):
    """An ESP packet with a right ICV around any plaintext: scapy only makes right trailers."""
    encr, auth = sa.keys[0]
    iv = bytes(range(16))
    encryptor = Cipher(algorithms.AES(encr), modes.CBC(iv)).encryptor()
    esp = sa.spi_in.to_bytes(4, "big") + seq.to_bytes(4, "big") + iv + encryptor.update(plaintext)
    return esp + hmac.digest(auth, esp, "sha1" if sa.auth == SHA1 else "sha256")[:sa.icv_bytes]


def send_esp(lab, esp):
    lab.from_wan(IP(src=PEER[1], dst=WAN_GW) / UDP(sport=4500, dport=4500, chksum=0) / Raw(esp))


def sealed(lab, sa, plaintext):
    sa.peer_seq += 1
    send_esp(lab, seal(sa, plaintext, sa.peer_seq))


def padded(packet, pad=None, next_header=4, length=None):
    """Plaintext: packet, pad bytes, pad length, next header."""
    if pad is None:
        pad = bytes(range(1, (-len(packet) - 2) % 16 + 1))
    return packet + pad + bytes([len(pad) if length is None else length, next_header])


def test_E09_pad_length_beyond_the_packet(lab):
    sa = ready(lab)
    packet = raw(inner(30))
    with Drops(lab, pad=3):
        for length in (255, 31, 47):
            sealed(lab, sa, padded(packet, b"", length=length))
    genuine(lab, sa)


def test_E10_pad_bytes_that_are_not_1_2_3(lab):
    sa = ready(lab)
    packet = raw(inner(28))
    with Drops(lab, pad=3):
        sealed(lab, sa, padded(packet, bytes([1] * 18)))
        sealed(lab, sa, padded(packet, bytes(2)))
        sealed(lab, sa, padded(packet, bytes([1, 3])))
    assert not lab.wan.receive(None, wait=0.1)
    sealed(lab, sa, padded(packet, bytes(range(1, 19))))
    expect(lab, inner(28))


def test_E11_unknown_and_reserved_spi(lab):
    sa = ready(lab)
    spis = [1, 255, 256, sa.spi_in ^ 1 << 31, sa.spi_in + 1, sa.spi_in + 2, sa.spi_out, 0xffffffff]
    with Drops(lab, nosa=2 * len(spis)):
        for spi in spis:
            esp = spi.to_bytes(4, "big") + bytes(100)
            send_esp(lab, esp)
            lab.from_wan(IP(src=PEER[1], dst=WAN_GW, proto=50) / Raw(esp))
    assert not lab.wan.receive(None, wait=0.1)
    genuine(lab, sa)


def test_E15_outer_fragments_in_and_out_of_order(lab):
    for udp in (True, False):
        sa = ready(lab, udp=udp)
        for number, order in enumerate((1, -1)):
            packet = inner(1400, id=number)
            for piece in fragment(IP(raw(sa.encrypt(packet))), 600)[::order]:
                lab.from_wan(piece)
            expect(lab, packet)


def test_E17_keepalive_is_counted_and_proves_nothing(lab):
    sa = ready(lab)
    with Drops(lab, keepalive=2):
        for _ in range(2):
            lab.from_wan(IP(src=PEER[1], dst=WAN_GW) / UDP(sport=4500, dport=4500) / b"\xff")
    assert sa_state(lab, sa)["last_valid"] == 0


def test_E18_udp_4500_of_0_to_3_bytes(lab):
    ready(lab)
    with Drops(lab, short=4):
        for payload in (b"", b"\x00", b"\xff\xff", b"\xff\xff\xff"):
            lab.from_wan(IP(src=PEER[1], dst=WAN_GW) / UDP(sport=4500, dport=4500) / Raw(payload))


def test_E19_marker_without_an_ike_header(lab):
    ready(lab)
    with Drops(lab, ike_short=3):
        for size in (0, 1, 27):
            lab.from_wan(IP(src=PEER[1], dst=WAN_GW) / UDP(sport=4500, dport=4500) / Raw(bytes(4 + size)))
    before = lab.settled()["totals"]["punt"]
    lab.from_wan(IP(src=PEER[1], dst=WAN_GW) / UDP(sport=4500, dport=4500) / Raw(bytes(4 + 28)))
    assert lab.settled()["totals"]["punt"] == before + 1


def test_E20_udp_checksum_of_any_kind(lab):
    sa = ready(lab)
    for checksum in (0, 0xdead, None):
        packet = inner()
        outer = sa.encrypt(packet)
        outer[UDP].chksum = checksum
        lab.from_wan(outer)
        expect(lab, packet)


def test_E21_peer_that_moves_is_followed_by_its_newest_packet_only(lab):
    sa = ready(lab)
    lab.from_wan(sa.encrypt(inner(), seq=10))
    lab.from_wan(sa.encrypt(inner(), seq=20, port=20248))
    lab.from_wan(sa.encrypt(inner(), seq=15, port=30000))
    assert len(lab.lan.receive(3)) == 3
    state = sa_state(lab, sa)
    assert (state["peer"], state["peer_port"]) == (PEER[1], 20248), state
    lab.from_wan(sa.encrypt(inner(), seq=21, source="198.51.100.99", port=4500))
    state = sa_state(lab, sa)
    assert (state["peer"], state["peer_port"]) == ("198.51.100.99", 4500), state


def test_E22_forged_and_replayed_packets_move_no_peer(lab):
    sa = ready(lab)
    lab.from_wan(sa.encrypt(inner(), seq=10))
    one(lab.lan.receive())
    with Drops(lab, icv=1, replay=1):
        lab.from_wan(sa.encrypt(inner(), seq=11, port=1111, esp=flip(-1)))
        lab.from_wan(sa.encrypt(inner(), seq=10, port=2222))
    assert sa_state(lab, sa)["peer_port"] == 4500


def test_E24_outer_dscp_is_discarded(lab):
    sa = ready(lab)
    packet = inner(tos=0x28)
    outer = sa.encrypt(packet)
    outer.tos = 0xb8
    lab.from_wan(outer)
    expect(lab, packet)


# RFC 6040 figure 4, inner by outer mark; None: dropped.
ECN_AFTER = {0: (0, 0, 0, None), 1: (1, 1, 1, 3), 2: (2, 1, 2, 3), 3: (3, 3, 3, 3)}


def test_E25_marks_of_both_headers_are_merged(lab):
    sa = ready(lab)
    for mark, after in ECN_AFTER.items():
        for outer_mark, want in enumerate(after):
            outer = sa.encrypt(inner(tos=0x48 | mark))
            outer.tos = 0xb8 | outer_mark
            with Drops(lab, ecn=want is None):
                lab.from_wan(outer)
            got = lab.lan.receive(int(want is not None), wait=2)
            assert [f[IP].tos for f in got] == ([] if want is None else [0x48 | want]), (mark, outer_mark)


def syn(mss, options=None, **fields):
    options = [("MSS", mss)] if options is None else options
    return IP(raw(IP(src=VPC_HOST, dst=LAN_HOST) / TCP(sport=80, dport=90, options=options, **fields)))


def test_mss_is_clamped_inbound(lab):
    for option, sent, flags, want in (("", 1460, "S", 1382), ("mss=1379", 1460, "SA", 1379),
                                      ("mss=0", 1460, "S", 1460), ("mss=1379", 1000, "SA", 1000)):
        sa = ready(lab, option)
        lab.from_wan(sa.encrypt(syn(sent, flags=flags)))
        got = one(lab.lan.receive())[IP]
        assert dict(got[TCP].options)["MSS"] == want
        again = got.copy()
        del again[TCP].chksum
        assert IP(raw(again))[TCP].chksum == got[TCP].chksum


def test_E30_strange_tcp_options_go_through_unharmed(lab):
    sa = ready(lab)
    for options in (b"\x02\x00\x05\xb4", b"\x02\x01\x05\xb4", b"\x02\xff\x05\xb4", b"\x02\x04\x05\xb4\x02\x04\x05\xb4",
                    b"\x01\x01\x01\x02", b"\x02\x04", b"\x00\x02\x04\x05\xb4\x00\x00\x00", b"\x03"):
        options += bytes(-len(options) % 4)
        for doff in (5 + len(options) // 4, 15, 4, 0):
            tcp = bytes([0, 80, 0, 90]) + bytes(8) + bytes([doff << 4, 0x02]) + bytes(6) + options
            packet = IP(raw(IP(src=VPC_HOST, dst=LAN_HOST, proto=6) / Raw(tcp)))
            lab.from_wan(sa.encrypt(packet))
            got = one(lab.lan.receive())
            assert got[IP].len == packet.len


def test_E31_next_header_and_version_disagree(lab):
    sa = ready(lab)
    packet = raw(inner(46))
    with Drops(lab, proto=5):
        for next_header in (6, 17, 50, 0, 41):
            sealed(lab, sa, padded(packet, next_header=next_header))
    with Drops(lab, proto=1):
        sealed(lab, sa, padded(raw(IPv6(src="2001:db8::1", dst="2001:db8::2") / UDP()), next_header=4))
    genuine(lab, sa)


def test_E32_dummy_packets(lab):
    sa = ready(lab)
    with Drops(lab, dummy=1):
        sealed(lab, sa, padded(bytes(30), next_header=59))


def test_E33_ipv6_inside_an_ipv4_only_sa(lab):
    sa = ready(lab)
    with Drops(lab, selector=1):
        sealed(lab, sa, padded(raw(IPv6(src="2001:db8::1", dst="2001:db8::2") / UDP()), next_header=41))


def test_E33_ipv6_inside_an_ipv6_sa(lab):
    sa = Sa(1)
    lines = [line.replace("0.0.0.0/0", "::/0") for line in sa.lines()]
    rewrite = (LAN_MAC + lab.lan_mac).replace(":", "") + "86dd"
    lab.fixture(*lines, lab.tunnel_line(sa), f"adj 2 link=0 rewrite={rewrite}", "group 6 adj:2",
                "route 2001:db8:1::/64 6", "route 2001:db8:2::/48 2", "flip")
    lab.fixture.commit()
    packet = IPv6(src="2001:db8:2::9", dst="2001:db8:1::9", hlim=64) / TCP(flags="S", options=[("MSS", 1440)])
    sealed(lab, sa, padded(raw(packet), next_header=41))
    got = one(lab.lan.receive())
    assert got.type == 0x86dd and got[IPv6].hlim == 63 and dict(got[TCP].options)["MSS"] == 1362
    back = IPv6(src="2001:db8:1::9", dst="2001:db8:2::9", hlim=64) / UDP() / b"six"
    lab.from_lan(back)
    plain = decrypted(sa, sa.esp_bytes(one(lab.wan.receive())[IP]))
    assert plain[-1] == 41 and IPv6(plain).hlim == 63 and plain[8:len(back)] == raw(back)[8:]
    # The smaller of the tunnel's limit and that of the interface it came by.
    for limit, want in ((1300, 1280), (1450, 1362)):
        lab.fixture(f"link 0 name=lan1 flags=3 mss={limit}")
        lab.fixture.commit()
        lab.from_lan(IPv6(src="2001:db8:1::9", dst="2001:db8:2::9") / TCP(flags="S", options=[("MSS", 1440)]))
        plain = decrypted(sa, sa.esp_bytes(one(lab.wan.receive())[IP]))
        assert dict(IPv6(plain)[TCP].options)["MSS"] == want


def decrypted(sa, esp):
    """Plaintext with its trailer of what we sent, whatever it is."""
    encr, _ = sa.keys[1]
    decryptor = Cipher(algorithms.AES(encr), modes.CBC(esp[8:24])).decryptor()
    return decryptor.update(esp[24:-sa.icv_bytes])


def test_E34_inner_length_and_plaintext_disagree(lab):
    sa = ready(lab)
    packet = inner(60)
    with Drops(lab, inner=1):
        longer = packet.copy()
        longer.len = 400
        del longer.chksum
        sealed(lab, sa, padded(raw(longer)))
    sealed(lab, sa, padded(raw(packet) + bytes(100)))
    expect(lab, packet)


def test_E35_spoofed_inner_sources(lab):
    sa = ready(lab)
    bad = ["127.0.0.1", "224.0.0.5", "192.168.200.77", LAN_HOST, WAN_GW, "169.254.20.1", "255.255.255.255"]
    with Drops(lab, martian=len(bad)):
        for source in bad:
            lab.from_wan(sa.encrypt(inner(src=source)))
    nothing(lab)


def test_E35_selectors_hold_inbound(lab):
    sa = Sa(1)
    lines = [line.replace("ts_remote=0.0.0.0/0", "ts_remote=10.0.0.0/25") for line in sa.lines()]
    lab.fixture(*lines, lab.tunnel_line(sa))
    lab.fixture.commit()
    with Drops(lab, selector=1):
        lab.from_wan(sa.encrypt(inner()))
    lab.from_wan(sa.encrypt(inner(src="10.0.0.5")))
    one(lab.lan.receive())


def test_E36_inner_destination_is_an_outer_address(lab):
    sa = ready(lab)
    with Drops(lab, loop=2):
        lab.from_wan(sa.encrypt(inner(dst=WAN_GW)))
        lab.from_wan(sa.encrypt(inner(dst=PEER[1])))


def test_E36_back_into_the_same_tunnel(lab):
    sa = ready(lab)
    with Drops(lab, loop=1):
        lab.from_wan(sa.encrypt(inner(dst="10.0.77.7")))
    assert not lab.wan.receive(None, wait=0.1)


def test_from_one_tunnel_to_the_other(lab):
    one_sa, two_sa = ready(lab), Sa(2)
    lab.tunnel_up(two_sa)
    lab.fixture("group 5 tunnel:1", "route 10.2.0.0/16 5", "flip")
    lab.fixture.commit()
    lab.from_wan(one_sa.encrypt(inner(dst="10.2.0.9")))
    got = two_sa.decrypt(one(lab.wan.receive())[IP])
    assert got.dst == "10.2.0.9" and got.ttl == 63


def test_E37_outer_options_link_padding_and_runts(lab):
    for udp in (True, False):
        sa = ready(lab, udp=udp)
        packet = inner()
        outer = sa.encrypt(packet)
        outer.options = [IPOption_RR(length=39, routers=["0.0.0.0"] * 9)]
        lab.from_wan(IP(raw(outer)))
        expect(lab, packet)
        packet = inner(28)
        lab.wan.send(raw(Ether(src=WAN_MAC, dst=lab.wan_mac) / sa.encrypt(packet)) + b"\xaa" * 30)
        expect(lab, packet)
    before = lab.settled()
    lab.wan.send(raw(Ether(src=WAN_MAC, dst=lab.wan_mac, type=0x8100)) + b"\x00\x05\x08\x00" + bytes(60))
    after = lab.settled()
    assert after["totals"]["punt"] == before["totals"]["punt"] + 1


def test_E38_right_spi_from_another_source(lab):
    sa = ready(lab)
    before = lab.settled()["totals"]["src_moved"]
    for source in ("192.0.2.99", PEER[1]):
        packet = inner()
        lab.from_wan(sa.encrypt(packet, source=source))
        expect(lab, packet)
    with Drops(lab, icv=1):
        lab.from_wan(sa.encrypt(packet, source="192.0.2.99", esp=flip(-1)))
    assert lab.settled()["totals"]["src_moved"] == before + 1


def test_spi_of_another_address_of_ours(lab):
    ready(lab)
    other = Sa(2)
    lines = [line.replace(f"outer_local={WAN_GW}", "outer_local=203.0.113.3") for line in other.lines()]
    lab.fixture(*lines)
    lab.fixture.commit()
    with Drops(lab, nosa=1):
        lab.from_wan(other.encrypt(inner()))


def test_inner_ttl_1_is_left_to_the_kernel(lab):
    sa = ready(lab)
    lab.tun_address(1)
    lab.from_wan(sa.encrypt(inner(ttl=1)))
    outer = one(lab.wan.receive())
    got = sa.decrypt(outer[IP])
    assert got[ICMP].type == 11 and got.dst == VPC_HOST
    nothing(lab)


def test_hard_limits_end_an_inbound_sa(lab):
    sa = ready(lab, extra_in="hard_packets=3")
    with Drops(lab, sa_ended=2):
        for _ in range(5):
            lab.from_wan(sa.encrypt(inner()))
    assert sa_state(lab, sa)["ended"] == 1


def test_a_hard_limit_holds_in_the_middle_of_a_burst(lab):
    sa = ready(lab, extra_in="hard_packets=30")
    packets = [sa.encrypt(inner()) for _ in range(100)]
    with Drops(lab, sa_ended=70):
        for packet in packets:
            lab.from_wan(packet)
        assert len(lab.lan.receive(None)) == 30
    assert sa_state(lab, sa)["packets"] == 30


main([value for name, value in list(globals().items()) if name.startswith("test_")], "in")
