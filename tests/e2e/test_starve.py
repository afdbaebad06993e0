#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Nothing left of something: packet buffers, room in a ring. What does not fit is counted by
name, what fits goes through, and all is as before when there is room again."""
from standstill import *
from traffic import *

RING = 2048  # packets between two threads
MBUFS = 1024


def ready(lab):
    sa = Sa(1)
    lab.tunnel_up(sa)
    return sa


def works(lab, sa):
    lab.lan.drain()
    lab.wan.drain()
    lab.from_lan(IP(src=LAN_HOST, dst=VPC_HOST) / UDP(sport=1, dport=2) / bytes(72))
    sa.decrypt(next(f for f in lab.wan.receive(None, wait=2) if is_esp(f))[IP])
    lab.from_wan(sa.encrypt(IP(src=VPC_HOST, dst=LAN_HOST) / UDP(sport=1, dport=2) / bytes(72)))
    assert any(f.haslayer(UDP) and f[IP].src == VPC_HOST for f in lab.lan.receive(None, wait=2))


def read_from(lab, twin):
    """Packets that were read from a twin, by the kernel's count."""
    with lab.gw, open("/proc/thread-self/net/dev") as devices:
        return next(int(line.split(":")[1].split()[9]) for line in devices if line.strip().startswith(twin + ":"))


def from_gateway(lab, to, packets, twin):
    """The gateway's own UDP packets, slowly enough for the queue of that twin, until they are read from there."""
    end = read_from(lab, twin) + packets
    with lab.gw:
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(packets):
        sender.sendto(b"x" * 64, (to, 9))
        time.sleep(0.0002)
    sender.close()
    lab.until(lambda: read_from(lab, twin) >= end, HUNG, f"{packets} packets are read from {twin}")


def grown(lab, before, name):
    return lab.drops()[name] - before[name]


def test_a_full_ring_to_the_kernel_costs_only_what_is_for_the_kernel(lab):
    sa, before = ready(lab), lab.drops()
    frame = raw(Ether(src=LAN_MAC, dst=lab.lan_mac) / IP(src=LAN_HOST, dst="192.0.2.9") / UDP(sport=1, dport=2))
    with Standstill(lab.process.pid), Traffic(lab, sa) as traffic:
        for _ in range(RING * 2):
            lab.lan.socket.send(frame)
            time.sleep(0.0002)
        traffic.first_after(traffic.mark(), HUNG)
        traffic.pause()
        traffic.assert_none_lost()
    # A quarter of the ring is kept for what is policed.
    assert grown(lab, before, "ring_full") == RING * 2 - RING * 3 // 4
    works(lab, sa)


def test_a_full_ring_from_the_kernel_is_counted(lab):
    sa, before = ready(lab), lab.drops()
    lab.tun_address(1)
    rx = lab.settled()["totals"]["rx"]
    with Standstill(thread_named(lab.process.pid, "worker-1")):
        from_gateway(lab, VPC_HOST, RING * 2, "tunnel1")
    after = lab.settled()
    assert after["totals"]["rx"] - rx >= RING * 2
    assert grown(lab, before, "ring_full") > RING // 2, after["drops"]
    works(lab, sa)


def test_no_packet_buffers_left(lab):
    """A worker stands still while the kernel has more to say than there are buffers."""
    restart(lab, f"--mbufs {MBUFS}")
    sa, before = ready(lab), lab.drops()
    lab.tun_address(1)
    with Standstill(thread_named(lab.process.pid, "worker-1")):
        from_gateway(lab, VPC_HOST, MBUFS + 200, "tunnel1")
    assert 200 <= grown(lab, before, "no_mbuf") <= MBUFS, lab.drops()
    works(lab, sa)
    restart(lab)


def test_E16_fragments_do_not_take_all_packet_buffers(lab):
    lab.device = "pcap"
    restart(lab, f"--mbufs {MBUFS}")
    sa, before = ready(lab), lab.drops()
    ether = Ether(src=WAN_MAC, dst=lab.wan_mac)
    frames = [raw(ether / IP(src=PEER[1] if number % 2 else "192.0.2.7", dst=WAN_GW, proto=50, id=number + 1,
                             frag=offset, flags="MF") / bytes(64)) for number in range(500) for offset in (0, 8, 16)]
    begin = lab.settled()["ports"]["lan2"]["rx"]
    for number, frame in enumerate(frames, 1):
        lab.wan.socket.send(frame)
        if number % 250 == 0:
            lab.until(lambda: lab.fixture.state()["ports"]["lan2"]["rx"] >= begin + number, HUNG, "they are taken")
    assert 0 < lab.settled()["totals"]["in_flight"] <= MBUFS // 8
    works(lab, sa)
    from_gateway(lab, LAN_HOST, 20, "lan1")
    assert grown(lab, before, "no_mbuf") == 0
    given_up = lambda: grown(lab, before, "fragment") + grown(lab, before, "policed")
    lab.until(lambda: given_up() == len(frames), HUNG, "they were given up after two seconds")
    lab.device = "af_packet"
    restart(lab)


def restart(lab, extra=""):
    lab.kill(signal.SIGTERM)
    lab.start(extra)
    # Another device, another MAC: the kernel has forgotten its neighbours.
    lab.gw.sh(f"ip neigh replace {LAN_HOST} lladdr {LAN_MAC} dev lan1")
    lab.basic_tables()
    lab.fixture.commit()


main([value for name, value in list(globals().items()) if name.startswith("test_")], "starve")
