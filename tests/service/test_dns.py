#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""test_dns.py PROGRAMS: names that are answered here, and names whose servers are chosen. In the internet two
servers answer every name, each with an address of its own; scapy asks from the LAN."""
from lab import *
from scapy.all import DNS, DNSQR, raw

ANSWERS = {"198.51.100.1": "192.0.2.1", "198.51.100.2": "192.0.2.2"}  # of each server


def servers(lab):
    """dnsmasq in the internet, once for each address."""
    def serve(address):
        lab.net.sh(f"ip addr replace {address}/32 dev lo")
        process = subprocess.Popen(
            ["ip", "netns", "exec", lab.net.name, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null",
             "--no-resolv", "--no-hosts", "--pid-file=", f"--listen-address={address}", "--bind-interfaces",
             f"--address=/#/{ANSWERS[address]}", f"--ptr-record=7.0.20.10.in-addr.arpa,of-{ANSWERS[address]}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(process.kill)
        until("a server listens", lambda: f"{address}:53 " in lab.net.sh("ss -lnu"))
    for address in ANSWERS:
        if f"{address}:53 " not in lab.net.sh("ss -lnu"):
            serve(address)


def settled(lab):
    """What was typed is in force, and can be asked: a question sent before is answered by nobody."""
    lab.settled("dnsmasq", "dnsmasq.conf")
    until("it listens", lambda: f"{GATEWAY}:53 " in lab.gw.sh("ss -lnu"))


def ready(lab, *lines):
    for line in lab.must("show config").splitlines():
        if line.startswith(("dns ", "ip host")):
            lab.must("no " + line)
    lab.basics()
    servers(lab)
    lab.net.sh(f"ip route replace 192.168.100.0/24 via {WAN}")
    lab.must("\n".join(lines))
    settled(lab)


def ask(lab, name, kind="A"):
    """Data and time to live of every record of the answer."""
    def question():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(5)
            s.sendto(raw(DNS(id=7, rd=1, qd=DNSQR(qname=name, qtype=kind))), (GATEWAY, 53))
            answer = DNS(s.recv(4096))
        records = [answer.an[i] for i in range(answer.ancount)]
        return [(r.rdata.decode().rstrip(".") if isinstance(r.rdata, bytes) else r.rdata, r.ttl) for r in records]
    return Background(lab.host, question).join()


def test_names_that_are_answered_here(lab):
    ready(lab, "dns server 198.51.100.1", "ip host gw.example.com 192.168.100.1",
          "dns static a printer.example.com 192.168.100.20 ttl=600",
          "dns static aaaa printer.example.com 2001:db8::20", "dns static ptr 192.168.100.30 phone.example.com",
          "dns static cname lp.example.com printer.example.com")
    tap.equal(ask(lab, "gw.example.com"), [("192.168.100.1", 1)], "ip host")
    tap.equal(ask(lab, "1.100.168.192.in-addr.arpa", "PTR"), [("gw.example.com", 1)], "ip host, the other way")
    tap.equal(ask(lab, "printer.example.com"), [("192.168.100.20", 600)], "a")
    tap.equal([data for data, _ in ask(lab, "printer.example.com", "AAAA")], ["2001:db8::20"], "aaaa")
    tap.equal(ask(lab, "30.100.168.192.in-addr.arpa", "PTR"), [("phone.example.com", 1)], "ptr")
    tap.equal([data for data, _ in ask(lab, "lp.example.com")], ["printer.example.com", "192.168.100.20"], "cname")
    lab.must("no ip host gw.example.com")
    settled(lab)
    until("another is asked for it", lambda: [data for data, _ in ask(lab, "gw.example.com")] == ["192.0.2.1"])


def test_servers_are_chosen_by_name_and_by_network(lab):
    ready(lab, "dns server 198.51.100.1", "dns server select 20 198.51.100.2 any corp.example.com",
          "dns server select 10 198.51.100.2 ptr 10.20.0.0/16")
    for name, answer in (("host.example.com", "192.0.2.1"), ("host.corp.example.com", "192.0.2.2"),
                         ("corp.example.com", "192.0.2.2"), ("xcorp.example.com", "192.0.2.1")):
        tap.equal([data for data, _ in ask(lab, name)], [answer], name)
    tap.equal([data for data, _ in ask(lab, "7.0.20.10.in-addr.arpa", "PTR")], ["of-192.0.2.2"], "of the network")
    lab.must("dns server select 5 198.51.100.2 .")
    settled(lab)
    until("another server has all names", lambda: [d for d, _ in ask(lab, "a.example.net")] == ["192.0.2.2"])


if __name__ == "__main__":
    main(globals(), "n")
