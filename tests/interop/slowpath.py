#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""slowpath.py PROGRAMS: the gateway's other services through the real dataplane, beside the tunnels: translated
hosts in the internet, an address by DHCP. Behind a NAT."""
import subprocess

import form
import tap
from lab import plan, traffic
from lab.proc import wait_for

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


def test_both_tunnels_are_made_anew_from_the_translated_port(lab):
    """Main Mode that AWS begins reaches the program, not a host inside."""
    for e in lab.endpoints.values():
        e.rekey_ike()
    wait_for("new IKE SAs", lambda: all(e.log().count("CONNECTING => ESTABLISHED") == 2
                                        for e in lab.endpoints.values()), 20, 0.3)
    lab.wait_tunnels()
    form.wait_ping(lab)


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
