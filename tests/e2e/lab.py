# SPDX-License-Identifier: BSD-3-Clause
"""The lab of the dataplane's tests: two namespaces, two wires, the dataplane, and control's stand-in.

    net namespace                      gateway namespace
    lan end  ---- veth -- p0 | lan1 (TAP) 192.168.200.1/24      tunnel1, tunnel2 (TUN)
    wan end  ---- veth -- p1 | lan2 (TAP) 203.0.113.2/24

A test sends frames into the wires' far ends and looks at what comes back; scapy encrypts and decrypts.
"""
import atexit
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
import traceback

from scapy.all import ESP, IP, TCP, UDP, Ether, IPv6, Raw, raw  # noqa: F401

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from netns import Namespace, sh  # noqa: E402
from fixture import Fixture  # noqa: E402,F401
from sa import *  # noqa: F401,F403

# Workers of the dataplane and queues of each of its ports: "2", "2x2"; "2fan": they decrypt each tunnel together.
# tests/e2e/run says.
HOW = os.environ.get("CGW_WORKERS") or "1"
FAN = HOW.endswith("fan")
WORKERS, QUEUES = [int(n) for n in HOW.removesuffix("fan").split("x") + ["1"]][:2]

SANITIZER = re.compile(r"ERROR: \w+Sanitizer|runtime error:")
LEAKS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "leaks")  # of libraries' own, which are not ours to mend
HUNG = 60  # seconds after which nobody waits any more for the program to start or end
QUIET = 0.25  # seconds without a frame after which nothing more is expected


class Wire:
    """The far end of a port's cable."""

    def __init__(self, ns, interface):
        with ns:
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            self.socket.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
            self.socket.bind((interface, 0))

    def send(self, frame):
        self.socket.send(raw(frame))

    def receive(self, wanted=1, wait=2.0, quiet=QUIET):
        """Frames the gateway sent: up to `wanted`, or what came until it was quiet."""
        frames, end = [], time.monotonic() + wait
        while time.monotonic() < end and (wanted is None or len(frames) < wanted):
            timeout = min(end - time.monotonic(), quiet if wanted is None else wait)
            if not select.select([self.socket], [], [], max(timeout, 0))[0]:
                break
            data, (_, _, kind, _, _) = self.socket.recvfrom(65536)
            if kind != 4:  # PACKET_OUTGOING: what we sent ourselves
                frames.append(Ether(data))
        return frames

    def drain(self):
        while select.select([self.socket], [], [], 0)[0]:
            self.socket.recv(65536)


if os.geteuid():
    sys.exit("these tests make network namespaces: root is needed")


class Lab:
    # How a port is driven. The kernel puts fragments together for af_packet, and for pcap it does not.
    DEVICES = {"af_packet": ("net_af_packet", "iface={0},qpairs={1}"), "pcap": ("net_pcap", "rx_iface_in={0},tx_iface={0}")}
    # What test_devices.py changes: the devices behind lan1 and lan2, what stands behind them, more for EAL.
    devices = ()
    port_mtu = eal_more = ""

    def __init__(self, out, tag, forwarding=True, memory=256, device="af_packet"):
        self.out, self.memory, self.device = out, memory + 64 * (WORKERS - 1), device
        self.name = f"ce-{os.getpid()}-{tag}"
        self.net = Namespace(self.name + "-n")
        self.gw = Namespace(self.name + "-g")
        self.process = None
        atexit.register(self.remove)
        self.log = open(f"/tmp/{self.name}.log", "w+")
        self.wire_up()
        self.open_wires()
        self.fixture = Fixture(out, self.name)
        self.start()
        self.kernel_addresses(forwarding)

    # ---- the surroundings

    def wire_up(self):
        n, g = self.net.name, self.gw.name
        for near, far in (("p0", "lan"), ("p1", "wan")):
            sh(f"ip -n {g} link add {near} type veth peer name {far} netns {n}")
            for ns, interface in ((self.gw, near), (self.net, far)):
                ns.sh(f"echo 1 >/proc/sys/net/ipv6/conf/{interface}/disable_ipv6; "
                      f"ethtool -K {interface} tx off rx off gro off gso off tso off sg off "
                      f">/dev/null; ip link set {interface} up")
        self.hide_from_kernel()

    def open_wires(self):
        self.lan = Wire(self.net, "lan")
        self.wan = Wire(self.net, "wan")

    def hide_from_kernel(self):
        """The kernel sees the bare ports' frames too; only the dataplane is to take them."""
        rules = "add table netdev bare\n" + "".join(
            f"add chain netdev bare {p} {{ type filter hook ingress device {p} priority 0; policy drop; }}\n"
            for p in ("p0", "p1"))
        subprocess.run(["ip", "netns", "exec", self.gw.name, "nft", "-f", "-"], input=rules, text=True, check=True)

    def kernel_addresses(self, forwarding):
        self.gw.sh(f"ip addr add {LAN_GW}/24 dev lan1; ip addr add {WAN_GW}/24 dev lan2; "
                   f"ip route add default via {WAN_NEXT}; "
                   f"ip neigh add {LAN_HOST} lladdr {LAN_MAC} dev lan1; "
                   f"ip neigh add {WAN_NEXT} lladdr {WAN_MAC} dev lan2; "
                   f"echo {int(forwarding)} >/proc/sys/net/ipv4/ip_forward; "
                   "echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter; "
                   "echo 0 >/proc/sys/net/ipv4/conf/lan1/rp_filter; "
                   "echo 0 >/proc/sys/net/ipv4/conf/lan2/rp_filter; "
                   "echo 0 >/proc/sys/net/ipv4/conf/all/send_redirects; "
                   "echo 0 >/proc/sys/net/ipv4/conf/lan1/send_redirects; "
                   f"ip route add blackhole {VPC_NET} metric 4000")

    def kernel_address6(self, address, device):
        """The kernel takes packets to it only when its route is there, which a thread of its own puts there later."""
        self.gw.sh(f"echo 0 >/proc/sys/net/ipv6/conf/{device}/disable_ipv6; "
                   f"ip addr replace {address}/64 dev {device} nodad")
        self.until(lambda: self.gw.sh(f"ip -6 route show table local {address}"), 5, f"{address} is the kernel's")

    # ---- the dataplane

    def launch(self, extra=""):
        """Starts the program and waits for nothing."""
        lcores = ",".join(f"{i}@(0-1)" for i in range(1 + WORKERS))
        driver, argument = self.DEVICES[self.device]
        devices = self.devices or [f"{driver}{n},{argument.format(f'p{n}', QUEUES)}" for n in (0, 1)]
        eal = (f"--no-huge -m {self.memory} --no-pci --file-prefix {self.name} --lcores {lcores} "
               f"--log-level lib.*:error {self.eal_more} " + " ".join(f"--vdev {d}" for d in devices))
        own = " ".join(f"--port lan{n}={d.split(',')[0]}{self.port_mtu}" for n, d in enumerate(devices, 1))
        own = f"--instance {self.name} {own} --idle-sleep 50 {'--fan-out always ' * FAN}{extra}"
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", self.gw.name, f"{self.out}/cgw-dataplane"] +
            eal.split() + ["--"] + own.split(), stdout=self.log, stderr=self.log,
            env=os.environ | {"LSAN_OPTIONS": f"suppressions={LEAKS}:print_suppressions=0"})

    def start(self, extra=""):
        begun = time.monotonic_ns()
        self.launch(extra)
        self.until(lambda: self.live_state().get("heartbeat", 0) > begun, HUNG, "the dataplane starts")
        mac = self.fixture.state()["ports"]
        self.lan_mac, self.wan_mac = mac["lan1"]["mac"], mac["lan2"]["mac"]

    def go_on_at(self, sa, number):
        """A restart whose memory says that the SA has promised its numbers below `number`: the next one."""
        self.kill()
        self.fixture(f"ceiling {sa.slot_out} {number}")
        self.start()
        self.fixture("wait")
        return number

    def refused(self, extra):
        """Starts with an option that it cannot carry out: True when it says so with its status."""
        self.launch(extra)
        return self.process.wait(timeout=20) == 1

    def live_state(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the dataplane ended: {self.log_text()[-2000:]}")
        answer = self.fixture.ask("state")
        return json.loads(answer) if answer.startswith("{") else {}

    def kill(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        return self.process.wait(timeout=HUNG)

    def log_text(self):
        self.log.flush()
        return open(self.log.name).read()

    @staticmethod
    def until(condition, seconds, what):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"{seconds} s passed before: {what}")
            time.sleep(0.005)

    # ---- tables

    def basic_tables(self, size=""):
        """Links, adjacencies of the LAN host and the WAN's next hop, the host's route."""
        ether = lambda to, of: (to + of).replace(":", "") + "0800"
        self.fixture(f"create {size}", "routes",
                     "link 0 name=lan1 flags=3", "link 1 name=lan2 flags=7",
                     f"adj 0 link=0 rewrite={ether(LAN_MAC, self.lan_mac)}",
                     f"adj 1 link=1 rewrite={ether(WAN_MAC, self.wan_mac)}",
                     "group 0 adj:0", "group 1 punt", "group 2 tunnel:0", "group 3 tunnel:0 tunnel:1",
                     "group 4 drop",
                     # Tunnels that are down keep their TUNs: removing one is slow work for the kernel.
                     "tunnel 0 instance=501 flags=1 twin=tunnel1", "tunnel 1 instance=502 flags=1 twin=tunnel2",
                     f"route {LAN_HOST}/32 0", "route 192.168.200.0/24 1", f"route {WAN_GW}/32 1",
                     f"route {VPC_NET} 2", "flip")

    def six_tables(self):
        """The IPv6 side of basic_tables(), on top of them."""
        ether = lambda to, of: (to + of).replace(":", "") + "86dd"
        self.fixture(f"adj 2 link=0 rewrite={ether(LAN_MAC, self.lan_mac)}",
                     f"adj 3 link=1 rewrite={ether(WAN_MAC, self.wan_mac)}",
                     "group 6 adj:2", f"route {LAN6_HOST}/128 6", f"route {LAN6_NET} 1",
                     f"route {WAN6_GW}/128 1", f"route {VPC6_NET} 2", "flip")

    def tunnel_line(self, sa, up=True, extra=""):
        n = sa.tunnel
        return (f"tunnel {n - 1} instance={500 + n} number={n} flags={1 + 2 * up} twin=tunnel{n} "
                f"sa_out={sa.slot_out} sa_out_instance={sa.instance_out} outer_adj={3 if sa.six else 1} "
                f"inside_local={INSIDE[n][0]}/30 inside_remote={INSIDE[n][1]}/30 {extra}")

    def tunnel_up(self, sa, extra="", extra_in="", extra_out=""):
        self.fixture(*sa.lines(extra_in, extra_out), self.tunnel_line(sa, True, extra))
        self.fixture.commit()
        slot = str(sa.tunnel - 1)
        self.until(lambda: self.fixture.state()["tunnels"].get(slot, {}).get("twin_ready"), 5, "the TUN is there")

    def tun_address(self, n, routes=True):
        self.gw.sh(f"ip addr replace {INSIDE[n][0]} peer {INSIDE[n][1]}/32 dev tunnel{n}; "
                   f"echo 0 >/proc/sys/net/ipv4/conf/tunnel{n}/rp_filter")
        if routes:
            self.gw.sh(f"ip route replace {VPC_NET} dev tunnel{n} metric 100")

    # ---- traffic

    def from_lan(self, packet):
        self.lan.send(Ether(src=LAN_MAC, dst=self.lan_mac) / packet)

    def from_wan(self, packet):
        self.wan.send(Ether(src=WAN_MAC, dst=self.wan_mac) / packet)

    def drops(self):
        return self.settled()["drops"]

    def settled(self):
        """state.v1 when nothing moves any more."""
        before, same, end = None, 0, time.monotonic() + 5
        while same < 2 and time.monotonic() < end:
            now = self.fixture.state()
            beaten = before and now["sums"] != before["sums"]
            if beaten:
                same = same + 1 if now["totals"] == before["totals"] else 0
            if beaten or not before:
                before = now
            time.sleep(0.005)
        return before

    def assert_accounts(self):
        """rx + made = tx + punt + drop + consumed + in flight, and soon nothing is in flight."""
        def landed():
            state = self.settled()
            self.assert_balance(state)
            return state["totals"]["in_flight"] == 0
        # Fragments that wait for others are given up after 2 s.
        self.until(landed, 6, "nothing is in flight")

        for number, worker in self.telemetry("/cgw/workers").items():
            assert worker["balanced"] == 1 and worker["held"] == 0, (number, worker)

    def telemetry(self, command):
        """The answer to a command of rte_telemetry, straight from its socket."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
            client.settimeout(20)
            client.connect(f"/var/run/dpdk/{self.name}/dpdk_telemetry.v2")
            client.recv(1024)
            client.send(command.encode())
            return json.loads(client.recv(1 << 16))[command.split(",")[0]]

    @staticmethod
    def assert_balance(state):
        """Holds at every moment, under load too."""
        t = state["totals"]
        assert t["rx"] + t["made"] == (
            t["tx"] + t["punt"] + t["drop"] + t["consumed"] + t["in_flight"]), t
        assert t["in_flight"] < 1 << 32, t
        assert sum(state["drops"].values()) == t["drop"], t

    def assert_alive(self):
        """The program runs, and no sanitizer had anything to say of those before it."""
        assert self.process.poll() is None, f"it ended with status {self.process.returncode}"
        assert not SANITIZER.search(self.log_text()), self.log_text()[-4000:]

    def stop(self):
        code = None
        if self.process and self.process.poll() is None:
            code = self.kill(signal.SIGTERM)
        self.fixture.close()
        return code

    def remove(self):
        """Whatever happened: nothing stays behind."""
        if self.process and self.process.poll() is None:
            self.kill()
        self.net.remove()
        self.gw.remove()
        sh(f"rm -rf /dev/shm/cgw/{self.name} /var/run/dpdk/{self.name}*", check=False)
        os.unlink(self.log.name)


def one(frames):
    assert len(frames) == 1, f"{len(frames)} frames: {[f.summary() for f in frames]}"
    return frames[0]


def is_esp(frame):
    """A frame of the WAN that carries ESP, and nothing readable."""
    ip = frame.getlayer(IP)
    return ip is not None and (ip.proto == 50 or (ip.proto == 17 and ip[UDP].dport == 4500))


class Drops:
    """`with Drops(lab, icv=2):` the block drops two packets as icv and none by another name."""

    def __init__(self, lab, **want):
        self.lab, self.want = lab, {k: v for k, v in want.items() if v}

    def __enter__(self):
        self.before = self.lab.drops()

    def __exit__(self, kind, value, tb):
        if kind:
            return
        after = self.lab.drops()
        got = {k: after[k] - self.before.get(k, 0) for k in after if after[k] != self.before.get(k, 0)}
        assert got == self.want, f"drops {got}, not {self.want}"


def main(tests, tag, **options):
    """Runs the tests, each with a lab that is set up by basic_tables(); TAP on standard output."""
    lab, failed, handed = Lab(sys.argv[1], tag, **options), 0, 0
    print(f"1..{len(tests) + (WORKERS > 1)}")
    for number, test in enumerate(tests, 1):
        name = test.__name__.removeprefix("test_")
        try:
            lab.basic_tables()
            lab.fixture.commit()
            lab.lan.drain()
            lab.wan.drain()
            test(lab)
            lab.assert_alive()
            lab.assert_accounts()
            handed = max(handed, lab.fixture.state()["totals"]["handed"])  # a new start counts anew
            print(f"ok {number} - {name}", flush=True)
        except Exception:  # a failed test does not keep the others from running
            failed += 1
            print(f"not ok {number} - {name}", flush=True)
            print("# " + traceback.format_exc().replace("\n", "\n# "), flush=True)
            state = lab.fixture.state()
            print("#", {k: v for k, v in state["drops"].items() if v}, state["totals"], state["sas"])
            print("# its log: " + lab.log_text()[-1500:].replace("\n", "\n# "), flush=True)
            if lab.process.poll() is not None:
                lab.start()
    if WORKERS > 1:
        failed += handed == 0
        print(f"{'not ' * (handed == 0)}ok {len(tests) + 1} - {handed} packets went from worker to worker")
    code = lab.stop()
    if code or SANITIZER.search(lab.log_text()):
        print(f"not ok - the dataplane ended with status {code}")
        print("# its log: " + lab.log_text()[-6000:].replace("\n", "\n# "), flush=True)
        failed += 1
    sys.exit(1 if failed else 0)
