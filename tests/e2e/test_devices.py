#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The same traffic through every kind of device that can be had without a NIC, ordinary and jumbo frames.

    af_packet, af_xdp   DPDK on one end of a veth pair, scapy on the other
    tap                 the kernel interface that net_tap makes, with scapy on it
    memif, vhost,       dpdk-testpmd has the other end and hands frames on to a veth pair, as they are;
    virtio_user         scapy is behind that

A device that does not start here fails its tests: none of them is skipped.
"""
import atexit
import os
import subprocess
import sys
import traceback

from scapy.all import ARP, ICMP, IP, Ether

from lab import (LAN_GW, LAN_HOST, LAN_MAC, VPC_HOST, WAN_MAC, Drops, Lab, Sa, Wire, is_esp, one, sh)

LINK_UP, LOST = 2, 4
BURST = 256


class AfPacket(Lab):
    kind = "af_packet"
    ports = ("p0", "p1")  # kernel interfaces of the gateway's namespace behind its ports
    far = ("lan", "wan")  # whose carrier, in the other namespace, is theirs
    mtu = 1500


class AfPacketJumbo(AfPacket):
    kind = "af_packet, jumbo"
    devices = tuple(f"net_af_packet{n},iface=p{n},framesz=16384,blocksz=16384,framecnt=256" for n in (0, 1))
    mtu = 9000

    def wire_up(self):
        super().wire_up()
        for ns, names in ((self.gw, self.ports), (self.net, self.far)):
            for name in names:
                ns.sh(f"ip link set {name} mtu {self.mtu}")

    def launch(self, extra=""):
        super().launch(f"--frame-bytes 16384 --mbufs 4095 {extra}")


class AfXdp(AfPacket):
    kind = "af_xdp"
    devices = ("net_af_xdp0,iface=p0,force_copy=1", "net_af_xdp1,iface=p1,force_copy=1")


class Tap(Lab):
    """The interface is made by the dataplane, in its namespace; the wire's end is the interface itself."""
    kind = "tap"
    ports = far = ("p0", "p1")
    devices = ("net_tap0,iface=p0", "net_tap1,iface=p1")
    mtu = 1500

    def wire_up(self):
        pass

    def open_wires(self):
        if self.process:  # before the start there is nothing to open
            self.lan, self.wan = Wire(self.gw, "p0"), Wire(self.gw, "p1")

    def start(self, extra=""):
        super().start(extra)
        for p in self.ports:
            self.gw.sh(f"echo 1 >/proc/sys/net/ipv6/conf/{p}/disable_ipv6; ip link set {p} mtu {self.mtu}")
        self.hide_from_kernel()
        self.open_wires()


class Bridged(Lab):
    """testpmd between the other end of our devices and the veth pairs lan-b0, wan-b1. We have the sockets."""
    ports = ()
    far = ()
    mtu = 1500
    peer_frames = ""
    awaited = (0, 1)  # sockets that are there before the peer

    def __init__(self, out, tag):
        self.peer = None
        super().__init__(out, tag)

    def wire_up(self):
        for near, far in (("b0", "lan"), ("b1", "wan")):
            self.net.sh(f"ip link add {near} type veth peer name {far}")
            for name in (near, far):
                self.net.sh(f"echo 1 >/proc/sys/net/ipv6/conf/{name}/disable_ipv6; ip link set {name} mtu {self.mtu}; "
                            f"ethtool -K {name} tx off rx off gro off gso off tso off sg off >/dev/null; "
                            f"ip link set {name} up")
        self.peer_log = open(f"/tmp/{self.name}.peer", "w+")

    def socket(self, n):
        return f"/tmp/{self.name}-{n}.sock"

    def start_peer(self):
        devices = " ".join(f"--vdev {d}" for n in (0, 1) for d in (
            self.peer_device(n), f"net_af_packet{n},iface=b{n}{self.peer_frames}"))
        size = f"--mbuf-size={16384 + 128}" if self.peer_frames else ""
        command = (f"dpdk-testpmd --no-huge -m 256 {self.eal_more} --no-pci --file-prefix {self.name}-p --no-telemetry "
                   f"--lcores 0@(0-1),1@(0-1) {devices} -- -i --forward-mode=io --port-topology=paired "
                   f"--total-num-mbufs=4096 --auto-start {size}")
        self.peer = subprocess.Popen(["ip", "netns", "exec", self.net.name] + command.split(), stdin=subprocess.PIPE,
                                     stdout=self.peer_log, stderr=subprocess.STDOUT, text=True)

    def launch(self, extra=""):
        self.devices = tuple(self.our_device(n) for n in (0, 1))
        super().launch(extra)
        self.until(lambda: all(os.path.exists(self.socket(n)) for n in self.awaited), 10, "the sockets are there")
        self.start_peer()

    def start(self, extra=""):
        super().start(extra)
        self.until_it_carries()

    def until_it_carries(self):
        """A link is there before testpmd begins to forward: what shows it is a frame that comes through."""
        self.until(self.linked, 20, "both ports have a link")
        for wire, port in ((self.lan, "lan1"), (self.wan, "lan2")):
            before = port_of(self, port)["rx"]

            def came():
                wire.send(Ether(src=LAN_MAC, dst="ff:ff:ff:ff:ff:ff") / ARP(op=2, psrc="192.0.2.1", pdst="192.0.2.1"))
                return port_of(self, port)["rx"] > before
            self.until(came, 20, "testpmd forwards")

    def linked(self):
        return all(p["flags"] & LINK_UP for p in self.live_state().get("ports", {}).values())

    def log_text(self):
        return super().log_text() + "\n-- testpmd:\n" + open(self.peer_log.name).read()[-1500:]

    def stop_peer(self):
        if self.peer and self.peer.poll() is None:
            self.peer.kill()
            self.peer.wait()

    def remove(self):
        self.stop_peer()
        super().remove()
        for n in (0, 1):
            sh(f"rm -f {self.socket(n)}", check=False)
        sh(f"rm -rf /tmp/{self.name}.peer /var/run/dpdk/{self.name}-p", check=False)


class Memif(Bridged):
    kind = "memif"
    peer_frames = ",framesz=16384,blocksz=16384,framecnt=256"

    def memif(self, n, role):
        return f"net_memif{n},role={role},id={n},socket-abstract=no,socket={self.socket(n)}"

    def our_device(self, n):
        return self.memif(n, "server")

    def peer_device(self, n):
        return self.memif(n, "client")


class MemifJumbo(Memif):
    kind = "memif, jumbo over slots of 2048 bytes"
    mtu = 9000
    port_mtu = ",mtu=9000"

    def launch(self, extra=""):
        super().launch(f"--mbufs 4095 {extra}")


class Vhost(Bridged):
    """We are the host's side, testpmd is the guest."""
    kind = "vhost"
    eal_more = "--single-file-segments"  # memory that the other side can map whole

    def our_device(self, n):
        return f"net_vhost{n},iface={self.socket(n)}"

    def peer_device(self, n):
        return f"net_virtio_user{n},path={self.socket(n)},queue_size=1024"


class VhostJumbo(Vhost):
    kind = "vhost, jumbo"
    mtu = 9000
    port_mtu = ",mtu=9000"
    peer_frames = ",framesz=16384,blocksz=16384,framecnt=256"

    def launch(self, extra=""):
        super().launch(f"--mbufs 4095 {extra}")


class VirtioUser(Bridged):
    """We are the guest, testpmd is the host's side. The guest listens: only so it survives its host's restart."""
    kind = "virtio_user"
    awaited = (0,)  # it waits for its host before it makes the next
    eal_more = "--single-file-segments"  # memory that the other side can map whole

    def our_device(self, n):
        return f"net_virtio_user{n},path={self.socket(n)},queue_size=1024,server=1"

    def peer_device(self, n):
        return f"net_vhost{n},iface={self.socket(n)},client=1"


# ---- the tests


def ready(lab):
    if lab.mtu != 1500:
        ether = (WAN_MAC + lab.wan_mac).replace(":", "") + "0800"
        lan = (LAN_MAC + lab.lan_mac).replace(":", "") + "0800"
        lab.fixture(f"adj 0 link=0 mtu={lab.mtu} rewrite={lan}", f"adj 1 link=1 mtu={lab.mtu} rewrite={ether}")
    sa = Sa(1)
    lab.tunnel_up(sa)
    return sa


def payload(n):
    return bytes((i * 7 + n) & 255 for i in range(n))


def sizes(lab):
    """Inner packets from the smallest to the largest that goes through unfragmented."""
    largest = {1500: 1422, 9000: 8926}[lab.mtu]
    return [20, 21, 46, 64, 127, 512, 1399, largest - 1, largest] + ([2047, 2048, 2049, 4096] if largest > 1500 else [])


def inner(source, destination, n):
    body = payload(n - 20)
    return IP(bytes(IP(src=source, dst=destination, proto=253, ttl=9) / body))


def test_bytes_of_every_size_both_ways(lab):
    sa = ready(lab)
    for n in sizes(lab):
        packet = inner(LAN_HOST, VPC_HOST, n)
        lab.from_lan(packet)
        frame = one(lab.wan.receive())
        assert is_esp(frame) and (frame.dst, frame.src) == (WAN_MAC, lab.wan_mac), (n, frame.summary())
        got = bytes(sa.decrypt(frame[IP]))
        want = packet.copy()
        want.ttl -= 1
        del want.chksum
        assert got == bytes(want), (n, got.hex(), bytes(want).hex())
        back = inner(VPC_HOST, LAN_HOST, n)
        lab.from_wan(sa.encrypt(back))
        frame = one(lab.lan.receive())
        back.ttl -= 1
        del back.chksum
        assert bytes(frame[IP])[:n] == bytes(back), n


def test_a_burst_each_way_loses_nothing(lab):
    sa = ready(lab)
    before = lab.settled()
    for i in range(BURST):
        lab.from_lan(inner(LAN_HOST, VPC_HOST, 64 + i))
    out = lab.wan.receive(BURST, wait=5)
    assert sorted(len(sa.decrypt(f[IP])) for f in out) == list(range(64, 64 + BURST)), len(out)
    packets = [sa.encrypt(inner(VPC_HOST, LAN_HOST, 64 + i)) for i in range(BURST)]
    for packet in packets:
        lab.from_wan(packet)
    assert len(lab.lan.receive(BURST, wait=5)) == BURST
    after = lab.settled()
    for port in ("lan1", "lan2"):
        for way in ("rx", "tx"):
            assert after["ports"][port][way] - before["ports"][port][way] == BURST, (port, way, after["ports"])


def test_the_kernel_answers_through_the_port(lab):
    ready(lab)
    lab.lan.send(Ether(src=LAN_MAC, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=LAN_MAC, psrc=LAN_HOST, pdst=LAN_GW))
    answer = one(lab.lan.receive())
    assert answer[ARP].op == 2 and answer[ARP].hwsrc == lab.lan_mac, answer.summary()
    lab.from_lan(IP(src=LAN_HOST, dst=LAN_GW) / ICMP(id=7, seq=1) / payload(200))
    answer = one(lab.lan.receive())
    assert answer[ICMP].type == 0 and bytes(answer[ICMP].payload) == payload(200)


def test_state_says_what_the_port_is(lab):
    state = lab.settled()["ports"]
    for port in ("lan1", "lan2"):
        assert state[port]["flags"] & (LINK_UP | LOST) == LINK_UP and state[port]["mtu"] == lab.mtu, state
    assert f"mtu {lab.mtu}" in lab.gw.sh("ip link show lan1")


def port_of(lab, name):
    return lab.fixture.state()["ports"][name]


def test_S07_link_flaps_are_seen_and_traffic_goes_on(lab):
    """The carrier of a kernel interface, or the other side's process, goes and comes back."""
    sa = ready(lab)
    downs = port_of(lab, "lan1")["link_downs"]
    for turn in (1, 2):
        if lab.far:
            ns = lab.gw if lab.far == lab.ports else lab.net
            ns.sh(f"ip link set {lab.far[0]} down")
        else:
            lab.stop_peer()
        lab.until(lambda: not port_of(lab, "lan1")["flags"] & LINK_UP, 5, "the link is down")
        if lab.far:
            ns.sh(f"ip link set {lab.far[0]} up")
        else:
            lab.start_peer()
            lab.until_it_carries()
        lab.until(lambda: port_of(lab, "lan1")["flags"] & LINK_UP, 10, "the link is up")
        assert port_of(lab, "lan1")["link_downs"] == downs + turn
    lab.open_wires()  # a packet socket reports that its interface was down
    lab.from_lan(inner(LAN_HOST, VPC_HOST, 100))
    sa.decrypt(one([f for f in lab.wan.receive() if is_esp(f)])[IP])


def test_mtu_is_followed(lab):
    ready(lab)
    lab.gw.sh(f"ip link set {lab.ports[0]} mtu 1400")
    lab.until(lambda: port_of(lab, "lan1")["mtu"] == 1400, 5, "the port's MTU follows")
    lab.until(lambda: "mtu 1400" in lab.gw.sh("ip link show lan1"), 5, "the twin's MTU follows")
    lab.gw.sh(f"ip link set {lab.ports[0]} mtu {lab.mtu}")
    lab.until(lambda: port_of(lab, "lan1")["mtu"] == lab.mtu, 5, "and back")


def test_a_device_s_own_limit_counts(lab):
    """DPDK's tap sends no frame of more than 1522 bytes, whatever MTU the kernel gives the interface."""
    lab.gw.sh(f"ip link set {lab.ports[0]} mtu 9000")
    lab.until(lambda: port_of(lab, "lan1")["mtu"] == 1504, 5, "the port has what the device can do")
    assert "event=mtu-too-large" in lab.log_text()
    lab.gw.sh(f"ip link set {lab.ports[0]} mtu {lab.mtu}")
    lab.until(lambda: port_of(lab, "lan1")["mtu"] == lab.mtu, 5, "and back")


def test_E37_a_frame_larger_than_a_buffer_is_dropped_by_name(lab):
    ready(lab)
    with Drops(lab, segments=1):
        lab.net.sh("ip link set lan mtu 4000; ip link set b0 mtu 4000")
        lab.from_lan(inner(LAN_HOST, VPC_HOST, 3000))
        lab.until(lambda: lab.fixture.state()["drops"]["segments"], 5, "it came")
    lab.net.sh("ip link set lan mtu 1500; ip link set b0 mtu 1500")


def test_S08_an_interface_that_is_deleted(lab):
    """Last: the port does not come back. The other one goes on."""
    ready(lab)
    lab.gw.sh(f"ip link del {lab.ports[1]}")
    lab.until(lambda: port_of(lab, "lan2")["flags"] & (LOST | LINK_UP) == LOST, 5, "the port is lost")
    with Drops(lab, port_lost=1):
        lab.from_lan(inner(LAN_HOST, VPC_HOST, 100))
        lab.until(lambda: lab.fixture.state()["drops"]["port_lost"], 5, "what was to leave by it is dropped")
    lab.from_lan(IP(src=LAN_HOST, dst=LAN_GW) / ICMP(id=7, seq=1) / payload(20))
    assert one(lab.lan.receive())[ICMP].type == 0
    assert "event=lost" in lab.log_text()


ALL = [test_bytes_of_every_size_both_ways, test_a_burst_each_way_loses_nothing,
       test_the_kernel_answers_through_the_port, test_state_says_what_the_port_is,
       test_S07_link_flaps_are_seen_and_traffic_goes_on]
SIZES = ALL[:1] + ALL[3:4]
PLAN = [
    (AfPacket, ALL + [test_mtu_is_followed, test_S08_an_interface_that_is_deleted]),
    (AfPacketJumbo, SIZES),
    (AfXdp, ALL + [test_mtu_is_followed]),
    (Tap, ALL + [test_mtu_is_followed, test_a_device_s_own_limit_counts]),
    (Memif, ALL + [test_E37_a_frame_larger_than_a_buffer_is_dropped_by_name]),
    (MemifJumbo, SIZES),
    (Vhost, ALL),
    (VhostJumbo, SIZES),
    (VirtioUser, ALL),
]


def run(lab, test):
    lab.basic_tables()
    lab.fixture.commit()
    lab.lan.drain()
    lab.wan.drain()
    test(lab)
    lab.assert_accounts()


def report(number, kind, test, error, lab):
    print(f"{'not ok' if error else 'ok'} {number} - {kind}: {test.__name__.removeprefix('test_')}", flush=True)
    if not error:
        return
    print("# " + error.replace("\n", "\n# "), flush=True)
    if lab:
        print("# its log: " + lab.log_text()[-2500:].replace("\n", "\n# "), flush=True)


def main(out, only):
    plan = [p for p in PLAN if not only or p[0].__name__ in only]
    unknown = set(only) - {p[0].__name__ for p in PLAN}
    if unknown:
        sys.exit(f"no devices {', '.join(unknown)}; there are {', '.join(dict.fromkeys(p[0].__name__ for p in PLAN))}")
    number = failed = 0
    print(f"1..{sum(len(tests) for _, tests in plan)}")
    for which, (make, tests) in enumerate(plan):
        lab = broken = None
        try:
            lab = make(out, f"d{which}")
        except Exception:  # all its tests fail: a device that does not start is not tested
            broken = traceback.format_exc()
        for test in tests:
            number += 1
            error = broken
            try:
                if not broken:
                    run(lab, test)
            except Exception:
                error = traceback.format_exc()
            failed += bool(error)
            report(number, make.kind, test, error, lab)
            broken = broken and "the same: it did not start"
        if lab:
            code = lab.stop()
            if code:
                failed += 1
                print(f"not ok - {make.kind}: the dataplane ended with status {code}")
                print("# its log: " + lab.log_text()[-6000:].replace("\n", "\n# "), flush=True)
            lab.remove()
            atexit.unregister(lab.remove)
    sys.exit(1 if failed else 0)


main(sys.argv[1], sys.argv[2:])
