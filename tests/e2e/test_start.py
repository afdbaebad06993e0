#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""With a hundred tunnels in the tables: from the start of the program to its first packet. The time is
printed; it is no test."""
import ipaddress

from lab import *

TUNNELS = 100
GROUP_LAN, GROUP_KERNEL = TUNNELS, TUNNELS + 1


def load(lab):
    ether = lambda to, of: (to + of).replace(":", "") + "0800"
    lab.fixture("create", "routes",
                "link 0 name=lan1 flags=3", "link 1 name=lan2 flags=7",
                f"adj 0 link=0 rewrite={ether(LAN_MAC, lab.lan_mac)}",
                f"adj 1 link=1 rewrite={ether(WAN_MAC, lab.wan_mac)}",
                f"group {GROUP_LAN} adj:0", f"group {GROUP_KERNEL} punt",
                f"route {LAN_HOST}/32 {GROUP_LAN}", f"route {WAN_GW}/32 {GROUP_KERNEL}",
                *(f"route {network(n)} {n}" for n in range(TUNNELS)), "flip",
                f"many-tunnels 0 {TUNNELS - 1} peers=198.18.0.1 outer_local={WAN_GW} outer_adj=1")
    lab.fixture.commit()


def network(n):
    return f"10.{n}.0.0/16"


def twins_ready(lab):
    return sum(t["twin_ready"] for t in lab.fixture.state()["tunnels"].values()) == TUNNELS


def packet_for(lab, n):
    return raw(Ether(src=LAN_MAC, dst=lab.lan_mac) / IP(src=LAN_HOST, dst=f"10.{n}.0.1") / UDP() / b"first")


def first_packet(lab, n):
    """Sends one every 2 ms until one comes out of the tunnel in slot `n`."""
    peer = str(ipaddress.ip_address("198.18.0.1") + n)
    while True:
        lab.lan.socket.send(packet_for(lab, n))
        if any(is_esp(frame) and frame[IP].dst == peer for frame in lab.wan.receive(wait=0.002)):
            return
        assert lab.process.poll() is None, lab.log_text()[-2000:]


def test_a_hundred_tunnels_forward_soon_after_the_start(lab):
    load(lab)
    lab.until(lambda: twins_ready(lab), HUNG, "the TUNs are there")
    for last in (signal.SIGTERM, signal.SIGKILL, signal.SIGKILL):
        lab.kill(last)
        lab.lan.drain()
        lab.wan.drain()
        begun = time.monotonic()
        lab.launch()
        first_packet(lab, 0)
        print(f"# {TUNNELS} tunnels, after {last.name}: {time.monotonic() - begun:.2f} s to the first packet")
        first_packet(lab, TUNNELS - 1)
        lab.until(lambda: twins_ready(lab), HUNG, "the TUNs are taken up")
    lab.fixture("wait")
    lab.until(lambda: not lab.wan.receive(None, wait=0.3), 10, "the last of them has left")


def test_what_the_memory_goes_to_is_told_once_a_start(lab):
    told = re.findall(r"memory per_sa_bytes=(\d+) per_tunnel_bytes=(\d+) per_route_bytes=(\d+) tables_bytes=\d+ "
                      r"fib_bytes=\d+ fib_fixed_bytes=\d+ packets_bytes=(\d+) dpdk_heap_bytes=\d+ "
                      r"resident_bytes=(\d+)", lab.log_text())
    starts = lab.log_text().count("event=started instance=")
    assert len(told) == starts, (told, starts)
    memory = lab.telemetry("/cgw/memory")
    names = "per_sa", "per_tunnel", "per_route", "packets"
    assert [int(n) for n in told[-1][:4]] == [memory[f"{name}_bytes"] for name in names], (told[-1], memory)


main([f for name, f in list(globals().items()) if name.startswith("test_")], "start")
