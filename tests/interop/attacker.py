#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""attacker.py PROGRAMS: somebody in the internet sends what nobody should, AWS's address forged where it helps.

After each: no ping lost, the same SAs, BGP as it was, no answer where none is due, and the counter that was
to move did."""
import os
import re
import struct
import time

import form
import tap
from lab import plan, traffic
from lab.inject import send

AWS, STRANGER = plan.TUNNELS[0].outside, "198.51.100.77"
MAIN_MODE, AGGRESSIVE, INFORMATIONAL, QUICK_MODE = 2, 4, 5, 32
SA, NOTIFY, DELETE, VENDOR, CISCO_FRAGMENT = 1, 11, 12, 13, 132


def setup():
    return form.start("junk", nat=True, watch=True)


# ---- packets -----------------------------------------------------------------------------------------

def ip(lab, payload, protocol=17, source=AWS):
    from scapy.all import IP, raw
    return raw(IP(src=source, dst=lab.wan.address, proto=protocol, id=os.getpid() & 0xffff or 1) / payload)


def udp(lab, payload, port=500, source=AWS):
    from scapy.all import UDP, Raw
    return ip(lab, UDP(sport=port, dport=port) / Raw(payload), source=source)


def esp(lab, spi, sequence, body):
    """As it crosses the NAT: ESP in UDP 4500."""
    return udp(lab, struct.pack("!II", spi, sequence) + body, 4500)


def ike(exchange, payloads=b"", cookies=None, first=0, version=0x10, message=0, flags=0, length=None):
    cookies = cookies or (os.urandom(8), bytes(8))
    length = 28 + len(payloads) if length is None else length
    return struct.pack("!8s8sBBBBII", *cookies, first, version, exchange, flags, message, length) + payloads


def payload(following, body, length=None):
    return struct.pack("!BBH", following, 0, len(body) + 4 if length is None else length) + body


def cookies(lab):
    """The cookies of the live ISAKMP SA with endpoint 1."""
    found = re.search(r"IKEv1, ([0-9a-f]{16})_i\*? ([0-9a-f]{16})_r", lab.endpoints[1].sas())
    return bytes.fromhex(found[1]), bytes.fromhex(found[2])


def inbound_spi(lab):
    """Our inbound SPI of tunnel 1: what AWS sends with."""
    return int(lab.endpoints[1].spis()[0][1], 16)


PROPOSAL = payload(0, struct.pack("!II", 1, 1) + payload(0, struct.pack("!BBBB", 1, 1, 0, 1) + payload(
    0, struct.pack("!BBH", 1, 1, 0) + bytes.fromhex("80010007800e0080800200028004000280030001"))))


# ---- what every attack must leave behind ---------------------------------------------------------------

def drops(lab):
    """{name: packets} of show status dataplane."""
    text = lab.gateway.console.ask("show status dataplane")
    return {name: int(n) for n, name in re.findall(r"^\s+(\d+)\s+([a-z_]+)\s", text, re.MULTILINE)}


def attack(lab, packets, counter=None, answered=None, repeat=5):
    """Sends the packets, several times, under a ping; asserts what the head of this file says.
    `answered`: a capture filter that must stay empty (None: no answer to the stranger or AWS's IKE)."""
    before = {n: e.spis() for n, e in lab.endpoints.items()}
    processes = [lab.processes.pid(t) for t in ("control", "dataplane")]
    counted = drops(lab).get(counter, 0)
    answers = traffic.Capture(lab, "answers", answered or f"src {lab.wan.address} and dst {STRANGER}",
                              interface="towan")
    ping = traffic.Ping(lab, 80, 0.02)
    time.sleep(0.2)
    send(lab, list(packets) * repeat)
    tap.equal(ping.lost(), [], "pings lost")
    answers.stop()
    tap.equal(answers.lines(3), [], "answers")
    tap.equal({n: e.spis() for n, e in lab.endpoints.items()}, before, "SPIs")
    tap.equal([lab.processes.pid(t) for t in ("control", "dataplane") if lab.processes.alive(t)], processes,
              "processes")
    if counter:
        time.sleep(0.3)
        moved = drops(lab).get(counter, 0) - counted
        assert moved >= len(packets) * repeat, f"counter {counter} moved by {moved}, not {len(packets) * repeat}"


# ---- IKE -----------------------------------------------------------------------------------------------

def test_K01_ike_from_an_unknown_source_gets_no_answer(lab):
    attack(lab, [udp(lab, ike(MAIN_MODE, PROPOSAL, first=SA), port, STRANGER) if port == 500 else
                 udp(lab, bytes(4) + ike(MAIN_MODE, PROPOSAL, first=SA), port, STRANGER) for port in (500, 4500)])


def test_K02_ike_headers_that_lie_about_their_length(lab):
    attack(lab, [udp(lab, b"\x01" * n) for n in range(0, 28)]
           + [udp(lab, ike(MAIN_MODE, PROPOSAL, first=SA, length=n)) for n in (0, 27, 29, 0xffffffff)])


def test_K06_payloads_that_lie_about_their_length(lab):
    bodies = [payload(0, b"", n) for n in (0, 1, 2, 3, 5, 0xffff)] + [payload(VENDOR, b"") * 300]
    attack(lab, [udp(lab, ike(MAIN_MODE, b, first=VENDOR)) for b in bodies])


def test_K07_cookies_of_nobody(lab):
    live = cookies(lab)
    attack(lab, [bytes_ for pair in ((bytes(8), bytes(8)), (bytes(8), live[1]), (live[0], os.urandom(8)),
                                     (live[1], live[0]))
                 for bytes_ in [udp(lab, bytes(4) + ike(MAIN_MODE, os.urandom(64), pair, 5, flags=1), 4500)]])


def test_K22_delete_and_notify_in_clear_or_with_a_bad_hash(lab):
    live, spi = cookies(lab), inbound_spi(lab)
    delete_isakmp = payload(0, struct.pack("!IBBH", 1, 1, 16, 1) + live[0] + live[1])
    delete_esp = payload(0, struct.pack("!IBBHI", 1, 3, 4, 1, spi))
    notify = payload(0, struct.pack("!IBBH", 1, 1, 16, 24577) + live[0] + live[1])
    inform = [ike(INFORMATIONAL, body, live, first, message=77)
              for first, body in ((DELETE, delete_isakmp), (DELETE, delete_esp), (NOTIFY, notify))]
    inform += [ike(INFORMATIONAL, os.urandom(64), live, 8, message=78, flags=1)]
    attack(lab, [udp(lab, bytes(4) + m, 4500) for m in inform] + [udp(lab, m) for m in inform])


def test_K25_forged_refusals_in_clear(lab):
    live = cookies(lab)
    attack(lab, [udp(lab, bytes(4) + ike(INFORMATIONAL, payload(0, struct.pack("!IBBH", 1, 1, 0, n)), live,
                                         NOTIFY, message=n), 4500) for n in (14, 24, 18, 23)])


def test_K29_aggressive_mode_gets_no_answer(lab):
    attack(lab, [udp(lab, ike(AGGRESSIVE, PROPOSAL, first=SA))],
           answered=f"src {lab.wan.address} and udp src port 500 and udp[8+18] = {AGGRESSIVE}")


def test_K33_cisco_fragments(lab):
    live = cookies(lab)
    attack(lab, [udp(lab, bytes(4) + ike(QUICK_MODE, payload(0, struct.pack("!HBB", 1, n, last)
                                                            + os.urandom(40), length), live, CISCO_FRAGMENT), 4500)
                 for n, last, length in ((1, 0, None), (255, 1, 4), (0, 0, 0), (2, 1, 0xffff))])


def test_K40_a_thousand_vendor_ids_with_a_shell_in_them(lab):
    body = payload(VENDOR, b"$(reboot)\x1b[2J") * 80 + payload(0, b"`id`")
    mark = len(lab.processes.output("control", 10_000_000))
    attack(lab, [udp(lab, ike(MAIN_MODE, body, first=VENDOR))])
    tap.lacks(lab.processes.output("control", 10_000_000)[mark:], "\x1b", "control's log")


# ---- ESP -----------------------------------------------------------------------------------------------

def test_E11_unknown_spis(lab):
    attack(lab, [esp(lab, spi, 1, os.urandom(96)) for spi in (1, 100, 255, 0xdeadbeef, inbound_spi(lab) ^ 1 << 31)],
           counter="nosa")


def test_E01_replayed_packets(lab):
    """What AWS sent a moment ago, sent again."""
    from scapy.all import IP, PcapReader, raw
    wire = traffic.Capture(lab, "replay", f"src {AWS} and udp port 4500 and udp[8:4] != 0", interface="towan")
    lab.net.run("lan", "ping", "-n", "-c", "10", "-i", "0.02", plan.VPC_HOST)
    wire.stop()
    with PcapReader(str(wire.path)) as packets:
        again = [raw(p[IP]) for p in packets if IP in p][:10]
    assert len(again) == 10, f"only {len(again)} packets seen"
    attack(lab, again, counter="replay")


def test_E03_E04_forged_far_ahead_sequence_moves_nothing(lab):
    spi = inbound_spi(lab)
    attack(lab, [esp(lab, spi, n, os.urandom(96 + 12)) for n in (0x7fffffff, 0xfffffff0, 0x00ffffff)],
           counter="icv")


def test_E06_sequence_zero(lab):
    attack(lab, [esp(lab, inbound_spi(lab), 0, os.urandom(96 + 12))], counter="seq_zero")


def test_E07_every_length_below_the_least(lab):
    spi = inbound_spi(lab)
    attack(lab, [esp(lab, spi, 0x01000000 + n, os.urandom(n)) for n in range(0, 44)], counter="short", repeat=1)


def test_E17_E18_E19_keepalives_and_stumps_on_port_4500(lab):
    attack(lab, [udp(lab, b"\xff", 4500)], counter="keepalive")
    attack(lab, [udp(lab, b, 4500) for b in (b"", b"\x00", b"\x01\x02", b"\x01\x02\x03")], counter="short")
    attack(lab, [udp(lab, bytes(4) + b"\x01" * n, 4500) for n in (0, 1, 27)], counter="ike_short")


def test_junk_at_every_door_for_a_while(lab):
    packets = [udp(lab, os.urandom(n % 600), (500, 4500)[n % 2], (AWS, STRANGER)[n % 3 == 0]) for n in range(3000)]
    packets += [ip(lab, os.urandom(60), 50) for _ in range(500)]
    attack(lab, packets, repeat=1)


# ---- after all ---------------------------------------------------------------------------------------------

def test_bgp_never_noticed(lab):
    for number, bird in lab.birds.items():
        tap.equal(bird.state(), "Established", f"session {number}")


def test_every_packet_is_accounted_for(lab):
    """Received and made = transmitted, to the kernel, dropped and consumed; the few on their way aside."""
    text = lab.gateway.console.ask("show status dataplane")
    total = {name: int(n) for name, n in re.findall(r"(\w[\w ]*?) (\d+)(?:,|$)", re.search(
        r"^Totals: (.*)$", text, re.MULTILINE)[1])}
    came, went = total["received"] + total["made"], sum(
        total[k] for k in ("transmitted", "to the kernel", "dropped", "consumed"))
    tap.comment(total)
    assert abs(came - went) <= 64, f"{came} came, {went} went"


def test_nothing_for_the_vpc_was_ever_in_clear(lab):
    tap.equal(lab.tripwire.stop(), [], "clear packets in the internet")


if __name__ == "__main__":
    form.main(globals(), setup)
