#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Between the dataplane and the kernel: twins, punts, packets of the gateway itself."""
from scapy.all import ARP, ICMP

from lab import *


def ping(**fields):
    return IP(raw(IP(**{"ttl": 64, **fields}) / ICMP(id=7, seq=1) / b"ping"))


def ready(lab, **options):
    sa = Sa(1, **options)
    lab.tunnel_up(sa)
    lab.tun_address(1)
    return sa


def link(lab, name):
    return json.loads(lab.gw.sh(f"ip -j -d addr show {name}"))[0]


def test_twins_are_as_their_ports(lab):
    ready(lab)
    for name, mac in (("lan1", lab.lan_mac), ("lan2", lab.wan_mac)):
        twin = link(lab, name)
        assert twin["address"] == mac and twin["mtu"] == 1500 and "UP" in twin["flags"]
        assert twin["linkinfo"]["info_data"]["type"] == "tap" and twin["linkinfo"]["info_data"]["persist"]
        assert not [a for a in twin["addr_info"] if a["family"] == "inet6"]
    tun = link(lab, "tunnel1")
    assert tun["mtu"] == 1422 and "UP" in tun["flags"] and tun["linkinfo"]["info_data"]["type"] == "tun"


def test_a_tun_goes_with_its_tunnel(lab):
    ready(lab)
    lab.fixture("clear tunnel 0")
    lab.fixture.commit()
    lab.until(lambda: "tunnel1" not in lab.gw.sh("ip link"), 3, "the TUN is removed")
    ready(lab)


def test_a_tun_keeps_its_mtu_while_there_is_no_path_or_sa(lab):
    sa = ready(lab)
    rewrite = (WAN_MAC + lab.wan_mac).replace(":", "") + "0800"
    for change, back in (("clear adj 1", f"adj 1 link=1 rewrite={rewrite}"),
                         (lab.tunnel_line(sa).replace(f"sa_out={sa.slot_out}", "sa_out=4294967295"), lab.tunnel_line(sa))):
        lab.fixture(change)
        lab.fixture.commit()
        assert lab.settled()["tunnels"]["0"]["inner_mtu"] == 1422
        assert link(lab, "tunnel1")["mtu"] == 1422
        lab.fixture(back)
        lab.fixture.commit()


# An interface narrower than 1280 bytes has no IPv6; one that becomes wider begins with it anew, unasked.
def test_a_tun_that_widens_sends_nothing_of_its_own(lab):
    sa = ready(lab)
    before = lab.settled()["totals"]
    for restart in (False, True):
        lab.tunnel_up(sa, "inner_mtu=1000")
        lab.until(lambda: link(lab, "tunnel1")["mtu"] == 1000, 5, "it is narrow")
        if restart:
            assert lab.kill(signal.SIGTERM) == 0
            lab.start()
            lab.fixture("wait")
            before = lab.settled()["totals"]
        lab.tunnel_up(sa, "inner_mtu=0")
        lab.until(lambda: link(lab, "tunnel1")["mtu"] == 1422, 5, "it is wide")
        assert [a["local"] for a in link(lab, "tunnel1")["addr_info"]] == [INSIDE[1][0]]
        assert "dev tunnel1" in lab.gw.sh(f"ip route show {VPC_NET}")
        lab.from_lan(ping(src=LAN_HOST, dst=VPC_HOST))
        assert is_esp(one(lab.wan.receive()))
        assert lab.settled()["totals"]["rx"] == before["rx"] + 1, "the kernel sent a packet"
        before = lab.settled()["totals"]


def test_twins_that_nobody_wants_any_more_are_swept(lab):
    """What was taken out of the tables, or of the options, while no dataplane ran."""
    ready(lab)
    lab.tunnel_up(Sa(2))
    ours = link(lab, "tunnel1")["ifalias"]
    assert ours == link(lab, "lan1")["ifalias"] == f"cgw-dataplane {lab.name}"
    index = link(lab, "tunnel1")["ifindex"]
    assert lab.kill() == -signal.SIGKILL
    lab.fixture("clear tunnel 1")
    for name, mode, alias in (("lan9", "tap", ours), ("tunnel9", "tun", ours), ("strange", "tun", ""),
                              ("other", "tun", ours + "2")):
        lab.gw.sh(f"ip tuntap add {name} mode {mode}; ip link set {name} alias \"{alias}\"")
    held = subprocess.Popen(["ip", "netns", "exec", lab.gw.name, "/usr/bin/python3", "-c", HOLD, "busy"],
                            stdout=subprocess.PIPE)
    assert held.stdout.readline()
    lab.gw.sh(f"ip link set busy alias \"{ours}\"")
    lab.start()
    names = lambda: {i["ifname"] for i in json.loads(lab.gw.sh("ip -j link show"))}
    lab.until(lambda: not names() & {"tunnel2", "lan9", "tunnel9"}, 15, "they are swept")
    assert names() >= {"lan1", "lan2", "tunnel1", "strange", "other", "busy"}, names()
    assert link(lab, "tunnel1")["ifindex"] == index and len(link(lab, "tunnel1")["addr_info"]) == 1
    held.kill()
    held.wait()
    lab.gw.sh("ip link del strange; ip link del other")


# A process of its own that has a TUN open.
HOLD = """
import fcntl, struct, sys, time
tun = open("/dev/net/tun", "r+b", buffering=0)
fcntl.ioctl(tun, 0x400454ca, struct.pack("16sH", sys.argv[1].encode(), 0x1001))
print("held", flush=True)
time.sleep(600)
"""


def test_a_tun_that_somebody_deletes_comes_back(lab):
    ready(lab)
    index = link(lab, "tunnel1")["ifindex"]
    lab.gw.sh("ip link del tunnel1")
    lab.until(lambda: "tunnel1" in lab.gw.sh("ip link"), 5, "the TUN is back")
    assert link(lab, "tunnel1")["ifindex"] != index


def test_arp_is_answered_by_the_kernel(lab):
    lab.lan.send(Ether(src=LAN_MAC, dst="ff:ff:ff:ff:ff:ff") / ARP(psrc=LAN_HOST, pdst=LAN_GW, hwsrc=LAN_MAC))
    answer = one(lab.lan.receive())
    assert answer[ARP].hwsrc == lab.lan_mac and answer[ARP].psrc == LAN_GW


def test_ping_to_the_gateway(lab):
    lab.from_lan(ping(src=LAN_HOST, dst=LAN_GW))
    answer = one(lab.lan.receive())
    assert answer[ICMP].type == 0 and answer[IP].src == LAN_GW and answer.dst == LAN_MAC


def test_forwarding_to_the_internet_is_the_kernels(lab):
    before = lab.settled()["totals"]
    lab.from_lan(ping(src=LAN_HOST, dst="192.0.2.77"))
    frame = one(lab.wan.receive())
    assert frame.dst == WAN_MAC and frame[IP].ttl == 63
    after = lab.settled()["totals"]
    assert after["forwarded_punt"] == before["forwarded_punt"] + 1


def test_ping_to_the_inside_address(lab):
    sa = ready(lab)
    lab.from_wan(sa.encrypt(ping(src=INSIDE[1][1], dst=INSIDE[1][0])))
    answer = sa.decrypt(one(lab.wan.receive())[IP])
    assert answer[ICMP].type == 0 and (answer.src, answer.dst) == INSIDE[1]
    assert answer.ttl == 64, "the kernel's own packet is not on its second hop"


def test_tcp_of_the_gateway_itself_through_the_tunnel(lab):
    sa = ready(lab)
    with lab.gw:
        client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        client.setblocking(False)
        client.bind((INSIDE[1][0], 0))
        client.connect_ex((INSIDE[1][1], 179))
    segment = sa.decrypt(one(lab.wan.receive())[IP])
    client.close()
    assert segment[TCP].dport == 179 and dict(segment[TCP].options)["MSS"] == 1382


def test_kernel_cuts_what_is_larger_than_the_tun(lab):
    sa = ready(lab)
    with lab.gw:
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.setsockopt(socket.IPPROTO_IP, 10, 0)  # IP_MTU_DISCOVER: DONT
        client.sendto(bytes(4000), (VPC_HOST, 9))
        client.close()
    pieces = [sa.decrypt(f[IP]) for f in lab.wan.receive(3)]
    assert sum(len(p.payload) for p in pieces) == 4008 and all(len(p) <= 1422 for p in pieces)


def test_lan_to_lan_host_without_adjacency_is_the_kernels(lab):
    lab.fixture("clear adj 0")
    lab.fixture.commit()
    sa = ready(lab)
    lab.from_wan(sa.encrypt(ping(src=VPC_HOST, dst=LAN_HOST)))
    frame = one(lab.lan.receive())
    assert frame.dst == LAN_MAC and frame[IP].ttl == 63, "once across a punt"


def test_link_down_stops_its_adjacencies(lab):
    sa = ready(lab)
    lab.fixture("link 1 name=lan2 flags=5")
    lab.fixture.commit()
    with Drops(lab, no_sa=1):
        lab.from_lan(ping(src=LAN_HOST, dst=VPC_HOST))
    lab.fixture("link 1 name=lan2 flags=7")
    lab.fixture.commit()
    lab.from_lan(ping(src=LAN_HOST, dst=VPC_HOST))
    sa.decrypt(one(lab.wan.receive())[IP])


def test_ike_goes_to_the_kernel(lab):
    ready(lab)
    with lab.gw:
        sockets = {}
        for port in (500, 4500):
            sockets[port] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sockets[port].settimeout(2)
            sockets[port].bind((WAN_GW, port))
    for port in (500, 4500):
        payload = bytes(4 if port == 4500 else 0) + bytes(range(40))
        lab.from_wan(IP(src=PEER[1], dst=WAN_GW) / UDP(sport=port, dport=port) / Raw(payload))
        assert sockets[port].recv(100) == payload
        sockets[port].sendto(b"answer" * 10, (PEER[1], port))
        answer = one(lab.wan.receive())
        assert bytes(answer[UDP].payload) == b"answer" * 10 and answer[IP].dst == PEER[1]
        sockets[port].close()


def taken(lab, port):
    """Frames that the gateway has taken from a wire; what the kernel answers does not count."""
    return lab.fixture.state()["ports"][port]["rx"]


def junk_flood(lab, frames, bursts, between):
    """Sends 400 of the frames at a time, faster than the policers allow, and calls `between` after each."""
    lab.settled()
    begin, sent = taken(lab, "lan2"), 0
    for burst in range(bursts):
        for number in range(400):
            lab.wan.socket.send(frames[(burst * 400 + number) % len(frames)])
        sent += 400 + between(burst)
        # What the kernel's packet ring cannot hold never reaches the gateway: wait till it took these.
        lab.until(lambda: taken(lab, "lan2") >= begin + sent, 20, "the burst")


def junk(lab, port, source=None):
    """Long enough for IKE, from anywhere."""
    return [raw(Ether(src=WAN_MAC, dst=lab.wan_mac) / IP(src=source or f"192.0.2.{n}", dst=WAN_GW) /
                UDP(sport=n + 1, dport=port) / bytes(48)) for n in range(200)]


def test_E39_junk_on_ike_ports_is_policed_and_hurts_no_esp(lab):
    sa = ready(lab)
    for port in (500, 4500):
        for source in (None, PEER[1]):
            before = held_back(lab)

            def genuine(burst):
                lab.from_wan(sa.encrypt(IP(src=VPC_HOST, dst=LAN_HOST) / UDP() / b"x"))
                return 1
            junk_flood(lab, junk(lab, port, source), 40, genuine)
            assert len(lab.lan.receive(40, wait=5)) == 40
            assert held_back(lab) > before


def held_back(lab):
    """What did not go up for its class: more than that in a time, or with the kernel's ring as full as now."""
    drops = lab.drops()
    return drops["policed"] + drops["ring_full"]


def genuine_ike_arrives(lab, source):
    """Every one of its messages, while strangers send so much that their own are cut back."""
    with lab.gw:
        ike = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        ike.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
        ike.settimeout(5)
        ike.bind((WAN_GW, 500))
    before, bursts = held_back(lab), 40

    def genuine(burst):
        lab.from_wan(IP(src=source, dst=WAN_GW) / UDP(sport=500, dport=500) / Raw(f"genuine {burst:2}".encode() * 4))
        return 1
    junk_flood(lab, junk(lab, 500), bursts, genuine)
    assert held_back(lab) > before
    seen = []
    while len(seen) < bursts:
        payload, (sender, _) = ike.recvfrom(200)
        if sender == source:
            seen.append(payload[:10].decode())
    assert seen == [f"genuine {burst:2}" for burst in range(bursts)]
    ike.close()


def test_E39_ike_of_the_peer_survives_what_strangers_send(lab):
    ready(lab)
    genuine_ike_arrives(lab, PEER[1])


def test_E39_ike_of_a_peer_without_an_sa_survives_too(lab):
    lab.fixture(f"tunnel 0 instance=501 flags=1 twin=tunnel1 outer_remote={PEER[1]}")
    lab.fixture.commit()
    genuine_ike_arrives(lab, PEER[1])


def flood(lab, frame, count):
    """`count` copies of one frame from the LAN, each of them taken by the gateway."""
    lab.settled()
    begin = taken(lab, "lan1")
    for number in range(1, count + 1):
        lab.lan.socket.send(frame)
        if number % 250 == 0 or number == count:
            lab.until(lambda: taken(lab, "lan1") >= begin + number, 20, "they are taken")


def test_E39_a_flood_of_one_class_leaves_the_others_alone(lab):
    ready(lab)
    arp = raw(Ether(src=LAN_MAC, dst="ff:ff:ff:ff:ff:ff") / ARP(psrc=LAN_HOST, pdst="192.168.200.99", hwsrc=LAN_MAC))
    before = lab.drops()["policed"]
    flood(lab, arp, 8000)
    # Its class is empty, and so is that of no other class and of no other port.
    lab.from_lan(ping(src=LAN_HOST, dst=LAN_GW))
    answer = one([f for f in lab.lan.receive(None, wait=2) if ICMP in f])
    assert answer[ICMP].type == 0
    lab.wan.send(Ether(src=WAN_MAC, dst="ff:ff:ff:ff:ff:ff") / ARP(psrc=WAN_NEXT, pdst=WAN_GW, hwsrc=WAN_MAC))
    assert one([f for f in lab.wan.receive(None, wait=1) if ARP in f])[ARP].psrc == WAN_GW
    assert lab.drops()["policed"] > before


def test_E39_what_the_kernel_forwards_is_not_policed_and_its_rate_is_told(lab):
    before = lab.settled()
    packet = raw(Ether(src=LAN_MAC, dst=lab.lan_mac) / IP(src=LAN_HOST, dst="192.0.2.77") / UDP() / b"x")
    flood(lab, packet, 30000)
    lab.until(lambda: lab.fixture.state()["totals"]["forwarded_punt_rate"] > 0, 3, "a rate is told")
    after = lab.settled()
    assert after["totals"]["forwarded_punt"] == before["totals"]["forwarded_punt"] + 30000
    assert after["drops"] == before["drops"], "none was held back"


def test_counters_of_ports_and_tunnels(lab):
    sa = ready(lab)
    before = lab.settled()
    for _ in range(10):
        lab.from_lan(IP(src=LAN_HOST, dst=VPC_HOST) / UDP() / bytes(72))
    lab.from_wan(sa.encrypt(IP(src=VPC_HOST, dst=LAN_HOST) / UDP() / bytes(72)))
    after = lab.settled()
    tunnel = {k: after["tunnels"]["0"][k] - before["tunnels"]["0"][k] for k in ("in", "out", "in_bytes", "out_bytes")}
    assert tunnel == {"in": 1, "out": 10, "in_bytes": 100, "out_bytes": 1000}, tunnel
    port = {n: (after["ports"][n]["rx"] - before["ports"][n]["rx"], after["ports"][n]["tx"] - before["ports"][n]["tx"])
            for n in ("lan1", "lan2")}
    assert port == {"lan1": (10, 1), "lan2": (1, 10)}, port


main([value for name, value in list(globals().items()) if name.startswith("test_")], "kernel")
