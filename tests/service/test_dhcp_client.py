#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""test_dhcp_client.py PROGRAMS: the port to the internet has its address by DHCP. The server is a dnsmasq of the
test's own, or scapy where it has to be a bad one."""
import json

from lab import *
from scapy.all import BOOTP, DHCP, IP, UDP, Ether, raw

POOL = "203.0.113.40,203.0.113.49,255.255.255.0,1h"


class Server:
    """dnsmasq in the internet; what it logs."""

    def __init__(self, lab, pool=POOL, *options):
        lab.net.sh(f"ip addr replace {ROUTER}/24 dev eth0; ip addr replace 198.51.100.1/32 dev lo")
        self.log = lab.folder / "server.log"
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", lab.net.name, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0",
             f"--log-facility={self.log}", "--interface=eth0", f"--dhcp-range={pool}",
             f"--dhcp-leasefile={lab.folder}/server.leases", "--dhcp-option=6,198.51.100.1", "--pid-file=",
             "--no-ping", "--dhcp-authoritative", *options])

    def said(self):
        return self.log.read_text() if self.log.exists() else ""

    def stop(self):
        self.process.terminate()
        self.process.wait()


def address(lab):
    """The address of lan2 with its length, "" without one."""
    found = [line.split()[1] for line in lab.gw.sh("ip -4 addr show lan2").splitlines() if " inet " in line]
    assert len(found) <= 1, found
    return found[0] if found else ""


def bound(lab, beginning="203.0.113.4"):
    return until("lan2 has an address", lambda: address(lab).startswith(beginning) and address(lab), 30)


def clean(lab):
    lab.type("no ip lan2 address\nno ip route default\nno ip lan2 nat descriptor")
    until("no address is left", lambda: not address(lab))
    lab.must(f"ip lan1 address {GATEWAY}/24")


def test_an_address_a_default_route_and_name_servers(lab):
    clean(lab)
    server = Server(lab)
    try:
        lab.must("ip lan2 address dhcp")
        own = bound(lab)
        until("a default route", lambda: f"default via {ROUTER} dev lan2 proto 198" in lab.gw.sh("ip route"))
        text = lab.must("show status dhcpc")
        tap.contains(text, f"IP address: {own}")
        tap.contains(text, f"DHCP server: {ROUTER}")
        tap.contains(text, "DNS server: 198.51.100.1")
        tap.matches(text, r"Remaining lease: 0days (1hours 0min|0hours 59min)\.")
        tap.matches(lab.must("show ip route"), rf"default +{ROUTER} +LAN2\(DHCP\) +static")
        answer = json.loads(lab.must("show status dhcpc | json"))["clients"][0]
        tap.equal((answer["address"], answer["router"], answer["used"]), (own, ROUTER, True))
        tap.contains(server.said(), f"DHCPACK(eth0) {own.split('/')[0]}")
    finally:
        server.stop()


def test_a_route_by_the_router_that_was_told(lab):
    clean(lab)
    server = Server(lab)
    try:
        lab.must("ip lan2 address dhcp\nip route 198.51.100.0/24 gateway dhcp lan2\nip route default gateway null")
        bound(lab)
        until("the route", lambda: f"198.51.100.0/24 via {ROUTER} dev lan2" in lab.gw.sh("ip route"))
        tap.lacks(lab.gw.sh("ip route"), "default via", "routes with a default of our own")
        lab.must("no ip route 198.51.100.0/24")
        until("it is gone", lambda: "198.51.100.0/24" not in lab.gw.sh("ip route"))
    finally:
        lab.type("no ip route default")
        server.stop()


def test_hosts_behind_it_share_the_address(lab):
    clean(lab)
    server = Server(lab)
    try:
        lab.must("ip lan2 address dhcp\nip lan2 nat descriptor 1\nnat descriptor type 1 masquerade")
        own = bound(lab).split("/")[0]
        lab.host.sh(f"ip addr replace {HOST}/24 dev eth0; ip route replace default via {GATEWAY}")
        until("the rules", lambda: "masquerade" in lab.gw.sh("nft list ruleset"))
        with lab.net:
            listening = socket.create_server(("198.51.100.1", 80))
        with lab.host:
            s = socket.create_connection(("198.51.100.1", 80), 5)
        listening.settimeout(5)
        tap.equal(listening.accept()[1][0], own)
        s.close()
        listening.close()
    finally:
        server.stop()


def test_what_was_given_outlives_client_and_control(lab):
    clean(lab)
    server = Server(lab)
    try:
        lab.must("ip lan2 address dhcp\nsave")
        own = bound(lab)
    finally:
        server.stop()  # nobody answers from here on
    changes = subprocess.Popen(["ip", "netns", "exec", lab.gw.name, "ip", "-o", "monitor", "address", "dev", "lan2"],
                               stdout=subprocess.PIPE, text=True)
    (client,) = lab.processes("busybox")
    os.kill(client, signal.SIGKILL)
    until("another client", lambda: lab.processes("busybox") not in ([], [client]))
    for how in (signal.SIGTERM, signal.SIGKILL):
        lab.stop(how)
        tap.equal(address(lab), own)
        lab.start()
        until("a client runs", lambda: len(lab.processes("busybox")) == 1)
        tap.contains(lab.must("show status dhcpc"), f"IP address: {own}")
        until("the default route", lambda: f"default via {ROUTER} dev lan2" in lab.gw.sh("ip route"))
    changes.terminate()
    tap.equal(changes.communicate()[0], "", "changes of the address")


def test_S07_another_address_takes_the_place_of_the_first(lab):
    clean(lab)
    server = Server(lab)
    lab.must("ip lan2 address dhcp")
    first = bound(lab)
    server.stop()
    server = Server(lab, "203.0.113.80,203.0.113.89,255.255.255.0,1h")
    try:
        (client,) = lab.processes("busybox")
        os.kill(client, signal.SIGUSR1)  # as at half of the time: the server does not know the address
        second = bound(lab, "203.0.113.8")
        assert second != first
        tap.contains(lab.must("show status dhcpc"), f"IP address: {second}")
    finally:
        server.stop()


def test_it_is_given_back_when_it_is_not_wanted(lab):
    clean(lab)
    server = Server(lab)
    try:
        lab.must("ip lan2 address dhcp")
        own = bound(lab)
        lab.must("no ip lan2 address")
        until("the server hears of it", lambda: f"DHCPRELEASE(eth0) {own.split('/')[0]}" in server.said())
        until("the address is gone", lambda: not address(lab))
        tap.lacks(lab.gw.sh("ip route"), "default")
        until("the client has ended", lambda: not lab.processes("busybox"))
        tap.contains(lab.must("show status dhcpc"), "No port has its address by DHCP.")
    finally:
        server.stop()


def test_a_network_that_is_another_ports_is_not_taken(lab):
    clean(lab)
    lab.net.sh("ip addr add 192.168.100.254/24 dev eth0")
    server = Server(lab, "192.168.100.200,192.168.100.209,255.255.255.0,1h")
    try:
        lab.must("ip lan2 address dhcp")
        until("it is said", lambda: "refused=\"another port has that network\"" in lab.log_text(), 20)
        tap.equal(address(lab), "")
        tap.contains(lab.must("show status dhcpc"), "not used: another port has that network")
    finally:
        server.stop()
        lab.net.sh("ip addr del 192.168.100.254/24 dev eth0")


def bad_server(lab, stop, asked, **given):
    """Answers everything with what it is told to give."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800)) as s:
        s.bind(("eth0", 0))
        while not stop.is_set():
            if not select.select([s], [], [], 0.1)[0]:
                continue
            frame = Ether(s.recv(4096))
            if BOOTP not in frame or frame[BOOTP].op != 1:
                continue
            kind = dict(o for o in frame[DHCP].options if isinstance(o, tuple) and len(o) == 2)["message-type"]
            asked.append(kind)
            options = [("message-type", 2 if kind == 1 else 5), ("server_id", ROUTER),
                       ("lease_time", given.get("lease", 600)), ("subnet_mask", given.get("mask", "255.255.255.0")),
                       ("router", given.get("router", ROUTER)), ("name_server", given.get("dns", ROUTER)), "end"]
            s.send(raw(Ether(src="02:00:00:00:00:99", dst=frame.src) / IP(src=ROUTER, dst="255.255.255.255") /
                       UDP(sport=67, dport=68) /
                       BOOTP(op=2, xid=frame[BOOTP].xid, flags=frame[BOOTP].flags, chaddr=frame[BOOTP].chaddr,
                             yiaddr=given.get("ip", "203.0.113.66"), siaddr=ROUTER) / DHCP(options=options)))


def with_bad_server(lab, work, **given):
    stop, asked = threading.Event(), []
    server = Background(lab.net, lambda: bad_server(lab, stop, asked, **given))
    try:
        lab.must("ip lan2 address dhcp")
        return work(asked)
    finally:
        stop.set()
        server.join()


def test_nonsense_of_a_server_is_not_taken(lab):
    for given in ({"ip": "127.0.0.1"}, {"ip": "224.0.0.9"}, {"mask": "0.0.0.0"}):
        clean(lab)
        with_bad_server(lab, lambda asked: until("it was acknowledged", lambda: 3 in asked, 20), **given)
        time.sleep(0.5)
        tap.equal(address(lab), "", given)
    clean(lab)
    with_bad_server(lab, lambda asked: bound(lab, "203.0.113.66"), router="255.255.255.255", dns="127.0.0.1")
    tap.lacks(lab.gw.sh("ip route"), "default")


def test_an_address_ends_with_its_time(lab):
    clean(lab)
    with_bad_server(lab, lambda asked: bound(lab, "203.0.113.66"), lease=4)
    until("it is gone", lambda: not address(lab), 15)
    tap.contains(lab.log_text(), "dhcp interface=lan2 address=gone reason=\"its time has ended\"")


if __name__ == "__main__":
    main(globals(), "c")
