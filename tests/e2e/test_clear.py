#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Nothing for the VPC leaves the WAN in the clear, whatever becomes of the tunnels."""
import threading

from scapy.all import ICMP

from lab import *

MARK = b"for-the-vpc-only"


class Watch:
    """While the block runs, the LAN sends VPC traffic and every frame of the WAN is looked at."""

    def __init__(self, lab):
        self.lab, self.stop, self.encrypted, self.clear, self.frames = lab, False, 0, [], 0

    def send(self):
        packets = [raw(Ether(src=LAN_MAC, dst=self.lab.lan_mac) /
                       IP(src=LAN_HOST, dst=dst, ttl=ttl, flags=flags) / layer / (MARK * 4 + bytes(pad)))
                   for dst in (VPC_HOST, "10.0.77.7") for ttl in (64, 2, 1) for flags in (0, "DF")
                   for layer in (UDP(sport=5, dport=6), TCP(flags="S"), ICMP()) for pad in (0, 1390)]
        while not self.stop:
            for packet in packets:
                self.lab.lan.socket.send(packet)
                time.sleep(0.0005)

    def receive(self):
        while not self.stop:
            for frame in self.lab.wan.receive(50, wait=0.05):
                self.frames += 1
                data = raw(frame)
                # The mark may be quoted by an ICMP error only towards the LAN, never here.
                if MARK in data or (IP in frame and frame[IP].dst.startswith("10.0.")):
                    self.clear.append(frame)
                self.encrypted += is_esp(frame)

    def __enter__(self):
        self.threads = [threading.Thread(target=f) for f in (self.send, self.receive)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *exc):
        time.sleep(0.3)
        self.stop = True
        for thread in self.threads:
            thread.join()
        self.lab.lan.drain()
        assert not self.clear, [f.summary() for f in self.clear[:5]]


def pair(lab):
    """Both tunnels up, the VPC behind both, the kernel's routes as control sets them."""
    sas = [Sa(1), Sa(2)]
    for sa in sas:
        lab.tunnel_up(sa)
        lab.tun_address(sa.tunnel, routes=False)
    lab.gw.sh(f"ip route replace {VPC_NET} dev tunnel1 metric 100")
    lab.fixture("routes", f"route {LAN_HOST}/32 0", "route 192.168.200.0/24 1", f"route {WAN_GW}/32 1",
                f"route {VPC_NET} 3", "flip")
    lab.fixture.commit()
    return sas


def test_the_way_in_the_clear_would_be_open(lab):
    lab.from_lan(IP(src=LAN_HOST, dst="10.99.0.1") / UDP() / MARK)
    assert MARK in raw(one(lab.wan.receive())), "otherwise these tests prove nothing"


def test_tunnels_never_up(lab):
    with Watch(lab) as watch:
        time.sleep(1)
    assert not watch.encrypted


def test_tunnels_up(lab):
    pair(lab)
    with Watch(lab) as watch:
        time.sleep(1)
    assert watch.encrypted > 100


def test_tunnels_flap(lab):
    sas = pair(lab)
    with Watch(lab) as watch:
        for number in range(40):
            for sa, up in zip(sas, (number & 1, number & 2)):
                lab.fixture(lab.tunnel_line(sa, bool(up)))
            lab.fixture.commit()
            time.sleep(0.03)
    assert watch.encrypted > 100 and lab.drops()["no_sa"]


def test_sas_come_and_go(lab):
    sas = pair(lab)
    with Watch(lab) as watch:
        for generation in range(1, 15):
            for sa in sas:
                lab.fixture(lab.tunnel_line(sa, False), f"clear sa {sa.slot_out}", f"clear sa {sa.slot_in}")
            lab.fixture.commit()
            time.sleep(0.03)
            sas = [Sa(1, generation=generation), Sa(2, generation=generation)]
            for sa in sas:
                lab.fixture(*sa.lines(), lab.tunnel_line(sa))
            lab.fixture.commit()
            time.sleep(0.03)
    assert watch.encrypted > 100


def test_routes_and_groups_come_and_go(lab):
    pair(lab)
    with Watch(lab) as watch:
        for _ in range(10):
            lab.fixture("routes", f"route {LAN_HOST}/32 0", "flip")
            lab.fixture.commit()
            time.sleep(0.02)
            lab.fixture(f"route {VPC_NET} 3", "flip", "clear group 3")
            lab.fixture.commit()
            time.sleep(0.02)
            lab.fixture("group 3 tunnel:0 tunnel:1")
            lab.fixture.commit()
            time.sleep(0.02)
    assert watch.encrypted


def test_the_tuns_and_their_kernel_routes_come_and_go(lab):
    pair(lab)
    with Watch(lab) as watch:
        for _ in range(5):
            lab.fixture("routes", f"route {LAN_HOST}/32 0", "flip", "clear tunnel 0", "clear tunnel 1")
            lab.fixture.commit()
            time.sleep(0.1)
            pair(lab)
            time.sleep(0.1)
    assert watch.encrypted


def test_the_path_comes_and_goes(lab):
    pair(lab)
    rewrite = (WAN_MAC + lab.wan_mac).replace(":", "") + "0800"
    with Watch(lab) as watch:
        for _ in range(10):
            lab.fixture("clear adj 1")
            lab.fixture.commit()
            time.sleep(0.03)
            lab.fixture(f"adj 1 link=1 rewrite={rewrite}")
            lab.fixture.commit()
            time.sleep(0.03)
    assert watch.encrypted and lab.drops()["no_sa"]


def test_the_dataplane_is_killed_and_comes_back(lab):
    pair(lab)
    with Watch(lab) as watch:
        for _ in range(3):
            lab.kill()
            time.sleep(0.2)
            lab.start()
            lab.fixture("wait")
            time.sleep(0.3)
    assert watch.encrypted > 100


def test_the_tables_vanish_and_are_made_anew(lab):
    pair(lab)
    with Watch(lab) as watch:
        sh(f"rm /dev/shm/cgw/{lab.name}/cfg.v1")
        time.sleep(0.3)
        lab.basic_tables()
        lab.fixture.commit()
        time.sleep(0.1)
        pair(lab)
    assert watch.encrypted


main([value for name, value in list(globals().items()) if name.startswith("test_")], "clear")
