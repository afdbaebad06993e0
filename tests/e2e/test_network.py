#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A network that moves: carriers that come and go, a new WAN address, a next hop that falls silent and comes
back as another station. What control has to say about it is written by the tests; nothing may leave by what
is no longer so, and nothing in the clear."""
import threading

from lab import *

NEW_GW, NEW_MAC = "203.0.113.77", "02:00:00:00:00:77"


def packet(way, number=1):
    src, dst = (LAN_HOST, VPC_HOST) if way else (VPC_HOST, LAN_HOST)
    return IP(raw(IP(src=src, dst=dst, ttl=64, id=number) / UDP(sport=9, dport=7) / b"x"))


def ready(lab):
    sa = Sa(1)
    lab.tunnel_up(sa)
    return sa


def both_ways(lab, sa):
    lab.from_lan(packet(True, 7))
    outer = one(lab.wan.receive())
    assert sa.decrypt(outer[IP]).id == 7
    lab.from_wan(sa.encrypt(packet(False, 8)))
    assert one(lab.lan.receive())[IP].id == 8
    return outer


def frames_while(lab, action):
    """What leaves by the WAN while the LAN host goes on sending; the action may take its time."""
    ended = threading.Event()

    def traffic():
        while not ended.is_set():
            lab.from_lan(packet(True))
            time.sleep(0.002)
    thread = threading.Thread(target=traffic)
    thread.start()
    try:
        action()
    finally:
        ended.set()
        thread.join()
    return lab.wan.receive(None, wait=5)


def test_S07_a_carrier_that_flaps_ten_times_a_second(lab):
    sa = ready(lab)

    def flap():
        for _ in range(20):
            lab.gw.sh("ip link set p1 down; sleep 0.05; ip link set p1 up; sleep 0.05")
    frames = frames_while(lab, flap)
    assert all(is_esp(f) for f in frames), [f.summary() for f in frames if not is_esp(f)]
    numbers = [sa.sequence(f[IP]) for f in frames]
    assert len(numbers) > 20 and len(set(numbers)) == len(numbers), "no number twice"
    lab.until(lambda: lab.fixture.state()["ports"]["lan2"]["flags"] & 2, 3, "the link is seen up")
    both_ways(lab, sa)


def test_S07_a_new_wan_address(lab):
    old = ready(lab)
    both_ways(lab, old)
    # Control negotiated anew from the new address: other SAs, then the old ones go.
    new = Sa(1, generation=1)
    new.local = NEW_GW
    lab.tunnel_up(new)
    outer = both_ways(lab, new)
    assert outer[IP].src == NEW_GW
    lab.from_wan(old.encrypt(packet(False)))
    one(lab.lan.receive())
    lab.fixture(f"clear sa {old.slot_out}", f"clear sa {old.slot_in}")
    lab.fixture.commit()
    before = lab.settled()["totals"]
    lab.from_wan(old.encrypt(packet(False)))
    with Drops(lab, nosa=1):
        lab.from_wan(IP(src=PEER[1], dst=NEW_GW) / old.encrypt(packet(False)).payload)
    assert not lab.lan.receive(None, wait=0.2)
    after = lab.settled()["totals"]
    assert after["punt"] == before["punt"] + 1, "an address that is ours no more is the kernel's affair"
    lab.wan.drain()  # of what the kernel says to that
    assert both_ways(lab, new)[IP].src == NEW_GW


def test_S07_a_next_hop_that_falls_silent_and_returns_as_another(lab):
    sa = ready(lab)
    assert both_ways(lab, sa).dst == WAN_MAC
    lab.fixture("clear adj 1")
    lab.fixture.commit()
    lab.wan.drain()
    with Drops(lab, no_sa=5):
        for _ in range(5):
            lab.from_lan(packet(True))
    assert not lab.wan.receive(None, wait=0.3), "no frame to a station that does not answer, and none in the clear"
    rewrite = (NEW_MAC + lab.wan_mac).replace(":", "") + "0800"
    lab.fixture(f"adj 1 link=1 rewrite={rewrite}")
    lab.fixture.commit()
    for _ in range(20):
        lab.from_lan(packet(True))
    assert {f.dst for f in lab.wan.receive(20)} == {NEW_MAC}


def test_S07_the_next_hop_changes_under_traffic(lab):
    """From the moment that the change is applied no frame goes to the old station."""
    sa = ready(lab)
    turns = [NEW_MAC, WAN_MAC] * 15

    def change():
        for mac in turns:
            lab.fixture(f"adj 1 link=1 rewrite={(mac + lab.wan_mac).replace(':', '')}0800")
            lab.fixture.commit()
            lab.wan.drain()
            lab.from_lan(packet(True))
            assert {f.dst for f in lab.wan.receive(3)} == {mac}
    frames = frames_while(lab, change)
    assert all(is_esp(f) for f in frames)
    both_ways(lab, sa)


def test_S07_no_default_route(lab):
    sa = ready(lab)
    lab.gw.sh("ip route del default")
    try:
        both_ways(lab, sa)
        before = lab.settled()["totals"]["forwarded_punt"]
        lab.from_lan(IP(src=LAN_HOST, dst="192.0.2.77") / UDP() / b"x")
        assert not [f for f in lab.wan.receive(None, wait=0.3) if IP in f]
        assert lab.settled()["totals"]["forwarded_punt"] == before + 1, "the kernel knows no way either"
    finally:
        lab.gw.sh(f"ip route add default via {WAN_NEXT}")


main([value for name, value in list(globals().items()) if name.startswith("test_")], "net")
