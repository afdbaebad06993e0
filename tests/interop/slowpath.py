#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""slowpath.py PROGRAMS: the gateway's other services through the real dataplane, beside the tunnels: translated
hosts in the internet, an address by DHCP. Behind a NAT."""
import json
import subprocess
import time

import form
import tap
from lab import plan, traffic
from lab.proc import LabError, wait_for

WEB = 8080
POOL = "172.31.0.2"  # the only address that the provider has
MASQUERADE = ("ip lan2 nat descriptor 1", "nat descriptor type 1 masquerade")

ANSWER = """
import socket, sys
with socket.create_server(("", int(sys.argv[1]))) as s:
    print("listening", flush=True)
    peer, address = s.accept()
    with peer:
        peer.sendall(address[0].encode() + b" " + peer.recv(100000))
"""
ASK = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 5) as s:
    s.sendall(b"x" * 5000)
    print(s.recv(100000).decode().split()[0])
"""


COUNT = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.bind(("", int(sys.argv[1])))
    print("listening", flush=True)
    while True:
        s.recv(100)
        print("one", flush=True)
"""
FLOOD = """
import socket, sys, time
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    while True:
        s.sendto(b"x", (sys.argv[1], int(sys.argv[2])))
        time.sleep(0.0005)
"""


def setup():
    return form.start("slow", nat=True, watch=True)


def seen_as(lab, client, server, address, port):
    """The address as which a program in `server` sees one in `client` that connects to address and port."""
    argv = lab.net.argv(server, "/usr/bin/python3", "-c", ANSWER, port)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as listener:
        try:
            tap.equal(listener.stdout.readline().strip(), "listening")
            return lab.net.run(client, "/usr/bin/python3", "-c", ASK, address, port).stdout.strip()
        finally:
            listener.kill()


def test_hosts_reach_the_internet_by_the_address_of_the_port(lab):
    wan = traffic.Capture(lab, "wan", f"host {plan.EC2_ADDRESS} and (icmp or tcp port {WEB})", interface="towan")
    ping = traffic.Ping(lab, 100, 0.05)
    lab.gateway.console.must(*MASQUERADE)
    wait_for("the translation", lambda: "masquerade" in lab.net.run("gw", "nft", "list", "ruleset").stdout, 10, 0.1)
    wait_for("an answer from the internet", lambda: traffic.reachable(lab, target=plan.EC2_ADDRESS), 10, 0.2)
    tap.equal(seen_as(lab, "lan", "ec2", plan.EC2_ADDRESS, WEB), plan.PUBLIC)
    tap.equal(ping.lost(), [], "pings lost in the tunnel while the translation began")
    wan.stop()
    addresses = {word.rpartition(".")[0] if word.count(".") == 4 else word for line in wan.lines(1000)
                 for word in (line.split()[1], line.split()[3].rstrip(":"))}
    tap.equal(addresses, {lab.wan.address, plan.EC2_ADDRESS}, "addresses on the wire")


def test_a_host_inside_is_reached_by_a_static_port(lab):
    lab.gateway.console.must(f"nat descriptor masquerade static 1 1 {plan.LAN_HOST} tcp {WEB}",
                             "show nat descriptor address")
    tap.equal(seen_as(lab, "ec2", "lan", lab.wan.address, WEB), plan.EC2_ADDRESS)


def made_anew(lab, times):
    """Main Mode that AWS begins reaches the program, not a host inside."""
    for e in lab.endpoints.values():
        e.rekey_ike()
    wait_for("new IKE SAs", lambda: all(e.log().count("CONNECTING => ESTABLISHED") == times
                                        for e in lab.endpoints.values()), 20, 0.3)
    lab.wait_tunnels()
    form.wait_ping(lab)


def test_both_tunnels_are_made_anew_from_the_translated_port(lab):
    made_anew(lab, 2)


# As the router's users have it: what is for the router itself has its LAN address, where static entries lead it.
OWN = ("udp 500", "esp", "udp 4500")
FILTERS = (*(f"nat descriptor masquerade static 1 {10 + i} {plan.LAN_GATEWAY} {what}" for i, what in enumerate(OWN)),
           f"ip filter 200080 pass * {plan.LAN_GATEWAY} udp * 500", f"ip filter 200081 pass * {plan.LAN_GATEWAY} esp",
           f"ip filter 200082 pass * {plan.LAN_GATEWAY} udp * 4500", "ip filter 200099 pass * * * * *",
           "ip filter dynamic 200080 * * tcp", "ip lan2 secure filter in 200080 200081 200082",
           "ip lan2 secure filter out 200099 dynamic 200080")


def test_filters_beside_the_translation(lab):
    """The tunnels' packets are judged by the dataplane, as to the router's own address; those of hosts by the kernel."""
    ping = traffic.Ping(lab, 100, 0.05)
    lab.gateway.console.must(*FILTERS)
    tap.equal(seen_as(lab, "lan", "ec2", plan.EC2_ADDRESS, WEB), plan.PUBLIC, "what the dynamic filter follows")
    tap.equal(ping.lost(), [], "pings lost in the tunnel while the filters began")
    try:
        seen_as(lab, "ec2", "lan", lab.wan.address, WEB)
        raise AssertionError("what no filter lets in came in")
    except LabError:
        pass
    made_anew(lab, 3)
    lists = {f"{one['interface']} {one['direction']}": one
             for one in json.loads(lab.gateway.console.must("show ip filter | json"))["lists"]}
    tap.equal(sorted(lists), ["LAN2 in", "LAN2 out"])
    tap.equal({one["judged_by"] for one in lists.values()}, {"kernel"})
    esp = {f["number"]: f["packets"] for f in lists["LAN2 in"]["filters"]}
    assert esp[200082] > 100 and not esp[200080], f"ESP by filter: {esp}"
    lab.gateway.console.must("no ip lan2 secure filter in", "no ip lan2 secure filter out")


def test_filters_inside_the_tunnels(lab):
    """BGP passes by a filter of its own; what none lets pass does not, and is named."""
    lab.gateway.console.must(
        "ip filter 1 pass * * icmp", "ip filter 2 pass * * tcp * 179", "ip filter 3 pass * * tcp 179 *",
        *(line for t in plan.TUNNELS for line in
          (f"tunnel select {t.number}", "ip tunnel secure filter in 1 2 3", "ip tunnel secure filter out 1 2 3")),
        "tunnel select none", "show ip filter")
    ping = traffic.Ping(lab, 60, 0.05)
    made_anew(lab, 4)
    tap.equal(ping.lost(), [], "pings lost")
    before = filtered(lab)
    try:
        lab.net.run("lan", "/usr/bin/python3", "-c", ASK, plan.VPC_HOST, WEB)
        raise AssertionError("what no filter lets pass has passed")
    except LabError:
        pass
    assert filtered(lab) > before, "it was dropped as `filter`"
    tap.contains(lab.gateway.console.must("show status bgp neighbor"), "BGP state = Established")
    lab.gateway.console.must(*(line for t in plan.TUNNELS for line in (
        f"tunnel select {t.number}", "no ip tunnel secure filter in", "no ip tunnel secure filter out")),
        "tunnel select none")


def test_dynamic_filters_inside_the_tunnels(lab):
    """Everything inside passes the kernel, which lets in what belongs to a connection that it saw begin."""
    both = lambda *lines: [line for t in plan.TUNNELS for line in (f"tunnel select {t.number}", *lines)]
    lab.gateway.console.must(*both("ip tunnel secure filter in 1 2 3",
                                   "ip tunnel secure filter out 200099 dynamic 200080"), "tunnel select none")
    form.wait_ping(lab)
    tap.equal(seen_as(lab, "lan", "vpc", plan.VPC_HOST, WEB), plan.LAN_HOST, "a connection from inside")
    try:
        seen_as(lab, "vpc", "lan", plan.LAN_HOST, WEB)
        raise AssertionError("what nobody began inside came in")
    except LabError:
        pass
    judged = {one["judged_by"] for one in json.loads(lab.gateway.console.must("show ip filter | json"))["lists"]}
    tap.equal(judged, {"kernel"})
    lab.gateway.console.must(*both("no ip tunnel secure filter in", "no ip tunnel secure filter out"),
                             "tunnel select none")
    form.wait_ping(lab)


class Flood:
    """Datagrams from the VPC to the LAN's host, two in a millisecond, and how many arrive."""

    def __init__(self, lab):
        self.arrived = lab.folder / "arrived"
        with open(self.arrived, "w") as out:
            self.listener = subprocess.Popen(lab.net.argv("lan", "/usr/bin/python3", "-c", COUNT, WEB), stdout=out)
        wait_for("it listens", lambda: "listening" in self.arrived.read_text(), 10, 0.05)
        self.sender = subprocess.Popen(lab.net.argv("vpc", "/usr/bin/python3", "-c", FLOOD, plan.LAN_HOST, WEB))

    def count(self):
        return self.arrived.read_text().count("one")

    def is_over(self):
        """None came for a while, though they are sent."""
        before = self.count()
        time.sleep(0.3)
        return self.sender.poll() is None and self.count() == before

    def end(self):
        for process in (self.sender, self.listener):
            process.kill()
            process.wait()


def test_nothing_passes_while_the_judge_changes(lab):
    """From the dataplane to the kernel and back, again and again: what both reject never arrives."""
    both = lambda *lines: [line for t in plan.TUNNELS for line in (f"tunnel select {t.number}", *lines)] + \
        ["tunnel select none", "show ip filter"]
    judges = lambda: {one["judged_by"]
                      for one in json.loads(lab.gateway.console.must("show ip filter | json"))["lists"]}
    flood = Flood(lab)
    try:
        wait_for("they arrive without filters", lambda: flood.count() > 100, 10, 0.1)
        lab.gateway.console.must(*both("ip tunnel secure filter in 1 2 3", "ip tunnel secure filter out 200099"))
        wait_for("none arrives any more", flood.is_over, 10, 0)
        before, dropped = flood.count(), filtered(lab)
        for _ in range(6):
            lab.gateway.console.must(*both("ip tunnel secure filter out 200099 dynamic 200080"))
            tap.equal(judges(), {"kernel"})
            lab.gateway.console.must(*both("ip tunnel secure filter out 200099"))
            tap.equal(judges(), {"dataplane"})
        assert flood.is_over() and filtered(lab) > dropped + 100, "they are still sent"
        tap.equal(flood.count() - before, 0, "datagrams that passed")
    finally:
        flood.end()
    lab.gateway.console.must(*both("no ip tunnel secure filter in", "no ip tunnel secure filter out"))
    form.wait_ping(lab)


def filtered(lab):
    drops = json.loads(lab.gateway.console.must("show status dataplane | json"))["drops"]
    return next((d["packets"] for d in drops if d["reason"] == "filter"), 0)


def test_an_address_by_dhcp_carries_everything(lab):
    leases = lab.folder / "provider.leases"
    lab.processes.start("provider", lab.net.argv(
        "inet", "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--interface=towan",
        "--bind-dynamic", f"--dhcp-range={POOL},{POOL},255.255.255.0,1h", f"--dhcp-leasefile={leases}",
        f"--dhcp-option=option:router,{lab.wan.router}", "--log-dhcp", "--log-facility=-", "--user=root"))
    lab.gateway.console.must("no ip route default", "ip lan2 address dhcp")
    wait_for("an address", lambda: f"{POOL}/24" in lab.gateway.console.must("show status dhcpc"), 20, 0.3)
    tap.contains(lab.processes.output("provider"), f"DHCPACK(towan) {POOL}")
    lab.wait_tunnels()
    form.wait_ping(lab)
    tap.equal(seen_as(lab, "lan", "ec2", plan.EC2_ADDRESS, WEB), plan.PUBLIC)


def test_nothing_for_the_vpc_was_ever_in_clear(lab):
    tap.equal(lab.tripwire.stop(), [], "clear packets in the internet")


if __name__ == "__main__":
    form.main(globals(), setup)
