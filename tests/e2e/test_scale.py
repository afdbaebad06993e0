#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Ten thousand tunnels and a million routes: they load, the last one forwards as the first does, and one
SA more is soon in force. Times are printed; they are no test. TUNs are left out, all but a hundred: making
one takes the kernel milliseconds, and forwarding needs none."""
import ipaddress
import resource

resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))  # also: what is left to do without descriptors

from lab import *

TUNNELS, ROUTES = 10000, 1000000
LAST = TUNNELS - 1
GROUP_LAN, GROUP_KERNEL = TUNNELS, TUNNELS + 1


def peer(slot):
    return str(ipaddress.ip_address("198.18.0.0") + 1 + slot)


def association(spi, source, destination):
    return SecurityAssociation(ESP, spi=spi, crypt_algo="AES-CBC", crypt_key=bytes(16),
                               auth_algo="HMAC-SHA1-96", auth_key=bytes(20),
                               tunnel_header=IP(src=source, dst=destination))


def timed(lab, what):
    answer = lab.fixture.ask("timed")
    assert answer.isdigit(), answer
    print(f"# {what}: {int(answer) / 1000:.1f} ms until it is applied", flush=True)


def tunnels(lab, first, last, peers):
    lab.fixture(f"many-tunnels {first} {last} peers={peers} outer_local={WAN_GW} outer_adj=1")


def from_lan(lab, destination, slot, remote):
    """A packet to `destination` leaves by the tunnel in `slot`, and is what was sent."""
    lab.from_lan(IP(src=LAN_HOST, dst=destination) / UDP(sport=5, dport=6) / b"to the last")
    frame = one(lab.wan.receive())
    assert frame[IP].dst == remote, frame[IP].dst
    plain = IP(src=WAN_GW, dst=remote, proto=50) / Raw(bytes(frame[UDP].payload))
    inner = IP(raw(association(0x5a000000 + 2 * slot + 1, WAN_GW, remote).decrypt(IP(raw(plain)))))
    assert (inner.src, inner.dst) == (LAN_HOST, destination) and bytes(inner[UDP].payload) == b"to the last"


def from_peer(lab, slot, remote, seq):
    inner = IP(src="16.0.0.9", dst=LAN_HOST) / UDP(sport=7, dport=8) / b"from the last"
    packet = association(0x5a000000 + 2 * slot, remote, WAN_GW).encrypt(IP(raw(inner)), seq_num=seq)
    lab.from_wan(IP(src=remote, dst=WAN_GW) / UDP(sport=4500, dport=4500, chksum=0) /
                 Raw(bytes(IP(raw(packet)).payload)))
    assert bytes(one(lab.lan.receive())[UDP].payload) == b"from the last"


def load(lab):
    ether = lambda to, of: (to + of).replace(":", "") + "0800"
    lab.fixture(f"create tunnels={TUNNELS} routes={ROUTES + 2000}", "routes",
                "link 0 name=lan1 flags=3", "link 1 name=lan2 flags=7",
                f"adj 0 link=0 rewrite={ether(LAN_MAC, lab.lan_mac)}",
                f"adj 1 link=1 rewrite={ether(WAN_MAC, lab.wan_mac)}",
                f"group {GROUP_LAN} adj:0", f"group {GROUP_KERNEL} punt",
                f"route {LAN_HOST}/32 {GROUP_LAN}", f"route 192.168.200.0/24 {GROUP_KERNEL}",
                f"route {WAN_GW}/32 {GROUP_KERNEL}", "route 10.0.0.0/16 0", "flip")
    tunnels(lab, 0, LAST, peer(0))
    timed(lab, f"{TUNNELS} tunnels")


def test_ten_thousand_tunnels_and_a_million_routes(lab):
    load(lab)
    from_lan(lab, VPC_HOST, 0, peer(0))
    lab.fixture(f"many-routes 16.0.0.0/24 {ROUTES} {LAST}", f"many-routes 2001:db8::/48 1000 {LAST}", "flip")
    timed(lab, f"{ROUTES} routes of IPv4, 1000 of IPv6")
    from_lan(lab, "16.0.0.1", LAST, peer(LAST))
    from_lan(lab, "31.66.63.254", LAST, peer(LAST))  # of the last one
    from_peer(lab, LAST, peer(LAST), 1)
    assert lab.telemetry("/cgw/routes")["routes"] == ROUTES + 1004
    assert lab.telemetry("/cgw/routes,2001:db8:3e7::1")["hop0"] == f"tunnel tunnel{TUNNELS}"
    assert "no route" in lab.telemetry("/cgw/routes,2001:db8:3e8::1")["hop0"]
    assert lab.telemetry(f"/cgw/tunnels,{LAST - 1}-") == [LAST - 1, LAST]
    memory = lab.telemetry("/cgw/memory")
    print("# bytes:", memory, flush=True)
    assert memory["per_tunnel_bytes"] < 8192 and memory["per_sa_bytes"] < 8192 and memory["per_route_bytes"] < 2048
    for n in range(5):
        remote = f"198.19.250.{n + 1}"
        tunnels(lab, LAST, LAST, remote)
        timed(lab, "one pair of SAs more")
        from_lan(lab, "16.0.0.1", LAST, remote)
    status = lab.telemetry("/cgw/status")
    print("# the last scan took %d us of processor time, the longest %d" %
          (status["scan_usec"], status["scan_usec_max"]), flush=True)
    assert status["invalid"] == 0


def test_without_descriptors_for_all_its_twins_it_forwards(lab):
    load(lab)
    lab.until(lambda: "Too many open files" in lab.log_text(), 20, "the last descriptor is taken")
    from_lan(lab, VPC_HOST, 0, peer(0))
    assert lab.telemetry(f"/cgw/tunnels,{LAST}")["twin_ready"] == 0
    lines = lab.log_text().count("Too many open files")
    time.sleep(1)
    assert lab.log_text().count("Too many open files") - lines <= 2, "it is said once a second"


main([f for name, f in list(globals().items()) if name.startswith("test_")], "scale", memory=2000)
