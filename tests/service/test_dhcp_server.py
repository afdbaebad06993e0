#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""test_dhcp_server.py PROGRAMS: addresses and names for the networks behind the gateway. busybox's client and
scapy's own packets are the clients, scapy answers as the name server of the internet."""
import random

from lab import *
from scapy.all import BOOTP, DHCP, DNS, DNSQR, DNSRR, IP, UDP, Ether, raw

SCOPE = "dhcp service server\ndhcp scope 1 192.168.100.20-192.168.100.29/24"


def ready(lab, lines):
    """The lines are in force and dnsmasq listens."""
    lab.basics()
    lab.must(lines)
    listening(lab)


def listening(lab):
    lab.settled("dnsmasq", "dnsmasq.conf")
    until("dnsmasq listens", lambda: ":67 " in lab.gw.sh("ss -lnu"))


def forget(lab, *lines):
    lab.must("\n".join(f"no {line}" for line in lines))


class Client:
    """A DHCP client made of scapy's packets."""

    def __init__(self, lab, mac=None, client_id=None):
        self.mac = mac or "02:" + ":".join(f"{random.randrange(256):02x}" for _ in range(5))
        self.client_id = client_id
        with lab.host:
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
            self.socket.bind(("eth0", 0))

    def ask(self, kind, *options, wait=10.0):
        """The answer's options as a dictionary, with `yiaddr`; None when there is none."""
        xid = random.getrandbits(32)
        own = [("client_id", self.client_id)] if self.client_id else []
        packet = (Ether(src=self.mac, dst="ff:ff:ff:ff:ff:ff") / IP(src="0.0.0.0", dst="255.255.255.255") /
                  UDP(sport=68, dport=67) /
                  BOOTP(chaddr=bytes.fromhex(self.mac.replace(":", "")), xid=xid, flags=0x8000) /
                  DHCP(options=[("message-type", kind), *own, *options,
                                ("param_req_list", [1, 2, 3, 6, 14, 15, 17, 26, 43, 51, 66, 67, 200]), "end"]))
        self.socket.send(raw(packet))
        end = time.monotonic() + wait
        while select.select([self.socket], [], [], max(0, end - time.monotonic()))[0]:
            frame = Ether(self.socket.recv(4096))
            if BOOTP in frame and frame[BOOTP].op == 2 and frame[BOOTP].xid == xid:
                options = {o[0]: o[1] if len(o) == 2 else o[1:] for o in frame[DHCP].options
                           if isinstance(o, tuple)}
                return {**options, "yiaddr": frame[BOOTP].yiaddr}
        return None

    def discover(self, *options):
        return self.ask("discover", *options)

    def acquire(self, *options):
        offer = self.discover(*options)
        assert offer, "no offer came"
        return self.ask("request", ("requested_addr", offer["yiaddr"]), ("server_id", offer["server_id"]), *options)


def test_a_host_gets_its_address_by_its_own_client(lab):
    ready(lab, SCOPE + "\ndns server 198.51.100.1\ndns domain example.com")
    script = lab.folder / "script"
    script.write_text(f"#!/bin/sh\n[ $1 != bound ] || env >{lab.folder}/bound\n")
    script.chmod(0o755)
    lab.host.sh(f"busybox udhcpc -i eth0 -f -q -n -t 5 -s {script}")
    bound = dict(line.split("=", 1) for line in (lab.folder / "bound").read_text().splitlines() if "=" in line)
    assert bound["ip"].startswith("192.168.100.2") and bound["subnet"] == "255.255.255.0", bound
    tap.equal(bound["router"], GATEWAY)
    tap.equal(bound["dns"], f"{GATEWAY} 198.51.100.1")
    tap.equal(bound["domain"], "example.com")
    tap.equal(bound["lease"], str(72 * 3600))
    text = lab.must("show status dhcp")
    tap.matches(text, rf"Leased address: {bound['ip']}$")
    tap.matches(text, r"Remaining lease: (3days 0hours 0min\. 0secs|2days 23hours 59min\. \d+secs)\.$")
    tap.matches(text, r"All: 10$")
    tap.matches(text, r"Leased: 1$")


def test_the_time_is_that_of_expire_or_what_was_asked_for(lab):
    forget(lab, "dhcp scope 1")
    ready(lab, SCOPE + " expire 2:00 maxexpire 10:00")
    tap.equal(Client(lab).acquire()["lease_time"], 7200, "time of a client that asks for none")
    tap.equal(Client(lab).acquire(("lease_time", 1800))["lease_time"], 1800)
    tap.equal(Client(lab).acquire(("lease_time", 99999999))["lease_time"], 36000)


def test_reserved_addresses_by_identifier_and_by_hardware(lab):
    ready(lab, "dhcp service server\ndhcp scope 2 192.168.100.40-192.168.100.49/24\n"
          "dhcp scope bind 2 192.168.100.41 ethernet 02:00:00:00:00:21\n"
          "dhcp scope bind 2 192.168.100.42 text client22\n"
          "dhcp scope bind 2 192.168.100.43 ff 01 02 03\n"
          "dhcp scope bind 2 192.168.100.44 02:00:00:00:00:24")
    for last, mac, client_id in ((41, "02:00:00:00:00:21", b"\1\2\0\0\0\0\x21"), (42, None, b"\0client22"),
                                 (43, None, b"\xff\1\2\3"), (44, "02:00:00:00:00:24", None)):
        answer = Client(lab, mac, client_id).acquire()
        tap.equal(answer["yiaddr"], f"192.168.100.{last}")
    tap.contains(lab.must("show status dhcp 2"), "(type) Client ID: (00) 63 6c 69 65 6e 74 32 32")
    forget(lab, "dhcp scope 2", *(f"dhcp scope bind 2 192.168.100.{n}" for n in (41, 42, 43, 44)))


def test_options_are_those_of_the_scope(lab):
    ready(lab, SCOPE + " gateway 192.168.100.250\n"
          "dhcp scope option 1 dns=192.0.2.1,192.0.2.2 26=1400 43=0a,ff 200=0a 2=32400 domain=branch.example.com")
    offer = Client(lab).discover()
    tap.equal(offer["router"], "192.168.100.250")
    tap.equal(offer["name_server"], ("192.0.2.1", "192.0.2.2"))
    tap.equal(offer["interface-mtu"], 1400)
    tap.equal(offer["vendor_specific"], b"\x0a\xff")
    tap.equal(bytes(offer.get(200, b"")), b"\x0a")
    tap.equal(offer["time_zone"], 32400)
    tap.equal(offer["domain"], b"branch.example.com")
    forget(lab, "dhcp scope option 1")


def test_a_text_is_one_whatever_it_looks_like(lab):
    """The name of a server (RFC 2132, option 66) may be an address, that of a file octets or a number."""
    ready(lab, SCOPE + "\ndhcp scope option 1 66=192.168.100.9 67=00:0a:ff 17=1234 14=10b domain=12")
    offer = Client(lab).discover()
    texts = {number: bytes(offer.get(number, offer.get(name, b""))).rstrip(b"\0")
             for number, name in ((66, "tftp_server_name"), (67, "boot-file-name"), (17, "root_disk_path"),
                                  (14, "dump_path"), (15, "domain"))}
    tap.equal(texts, {66: b"192.168.100.9", 67: b"00:0a:ff", 17: b"1234", 14: b"10b", 15: b"12"})
    forget(lab, "dhcp scope option 1")


def test_what_is_left_out_is_not_given(lab):
    """Leases of the pool that was larger stand in the file still."""
    forget(lab, "dhcp scope 1")
    ready(lab, "dhcp service server\n"
          "dhcp scope 4 192.168.100.70-192.168.100.73/24 except 192.168.100.70 192.168.100.72-192.168.100.73")
    tap.equal(Client(lab).acquire()["yiaddr"], "192.168.100.71")
    assert Client(lab).ask("discover", wait=5) is None, "there is none left"
    forget(lab, "dhcp scope 4")


def test_a_client_whose_lease_is_not_known_gets_an_answer_only_without_remain_silent(lab):
    ready(lab, "dhcp service server\ndhcp scope 3 192.168.100.60-192.168.100.69/24\n"
          "dhcp server rfc2131 compliant except remain-silent")
    answer = Client(lab).ask("request", ("requested_addr", "192.168.100.60"))
    tap.equal(answer and answer["message-type"], 5, "ACK")
    forget(lab, "dhcp server rfc2131 compliant")
    listening(lab)
    assert Client(lab).ask("request", ("requested_addr", "192.168.100.61"), wait=3) is None
    forget(lab, "dhcp scope 3")


def name_server(ready_event, questions, stop):
    """Answers every question for an A record with 192.0.2.99."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("198.51.100.1", 53))
        ready_event.set()
        while not stop.is_set():
            if not select.select([s], [], [], 0.1)[0]:
                continue
            data, peer = s.recvfrom(4096)
            asked = DNS(data)
            questions.append(asked.qd.qname)
            s.sendto(raw(DNS(id=asked.id, qr=1, ra=1, qd=asked.qd,
                             an=DNSRR(rrname=asked.qd.qname, ttl=60, rdata="192.0.2.99"))), peer)


def ask_name(server, name, wait=5):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(wait)
        s.sendto(raw(DNS(id=7, rd=1, qd=DNSQR(qname=name))), (server, 53))
        return DNS(s.recv(4096))


def test_names_are_answered_inside_and_only_there(lab):
    ready(lab, SCOPE + "\ndns server 198.51.100.1")
    until("names are answered", lambda: f"{GATEWAY}:53 " in lab.gw.sh("ss -lnu"))
    lab.net.sh(f"ip route replace 192.168.100.0/24 via {WAN}")
    listening, stop, questions = threading.Event(), threading.Event(), []
    server = Background(lab.net, name_server, listening, questions, stop)
    assert listening.wait(10)
    try:
        for _ in range(2):
            answer = Background(lab.host, ask_name, GATEWAY, "host.example.com").join()
            tap.equal(answer.an.rdata, "192.0.2.99")
        tap.equal(questions.count(b"host.example.com."), 1, "the second one came out of the cache:")
        tap.equal(lab.gw.sh("ss -lnu | grep -c \"203.0.113.2:53 \" || true").strip(), "0", "listeners on the WAN")
        try:
            Background(lab.net, ask_name, WAN, "host.example.com", 1).join()
        except (TimeoutError, ConnectionRefusedError):
            pass
        else:
            raise AssertionError("the internet was answered")
    finally:
        stop.set()
        server.join()


def test_only_what_differs_is_renewed(lab):
    ready(lab, SCOPE)
    before = lab.processes("dnsmasq")
    lab.must("description 1 nothing\nip lan2 mtu 1400\ndns server 198.51.100.1")
    tap.equal(lab.processes("dnsmasq"), before)
    lab.must("dns server 198.51.100.2")
    until("it is renewed", lambda: lab.processes("dnsmasq") not in ([], before))


def test_a_server_that_dies_is_started_again_and_knows_its_leases(lab):
    ready(lab, SCOPE)
    client = Client(lab)
    address = client.acquire()["yiaddr"]
    (pid,) = lab.processes("dnsmasq")
    os.kill(pid, signal.SIGKILL)
    until("another one runs", lambda: lab.processes("dnsmasq") not in ([], [pid]))
    until("it listens", lambda: ":67 " in lab.gw.sh("ss -lnu"))
    tap.equal(client.discover()["yiaddr"], address)
    tap.contains(lab.log_text(), "service name=dnsmasq state=failed")


def test_what_a_killed_control_left_is_ended_by_the_next(lab):
    ready(lab, SCOPE)
    lab.must("save")
    (orphan,) = lab.processes("dnsmasq")
    lab.stop(signal.SIGKILL)
    tap.equal(lab.processes("dnsmasq"), [orphan], "it goes on serving meanwhile:")
    lab.start()
    until("another one runs", lambda: lab.processes("dnsmasq") not in ([], [orphan]))
    until("it listens", lambda: ":67 " in lab.gw.sh("ss -lnu"))
    assert Client(lab).acquire()


def test_without_the_lines_nothing_runs(lab):
    forget(lab, "dhcp service", "dhcp scope 1", "dns server")
    until("nothing runs", lambda: not lab.processes("dnsmasq"))
    tap.contains(lab.must("show status dhcp"), "The DHCP server does not run.")


def test_it_ends_with_the_control(lab):
    ready(lab, SCOPE)
    tap.equal(lab.stop(), 0)
    tap.equal(lab.processes("dnsmasq"), [])
    lab.start()


if __name__ == "__main__":
    main(globals(), "d")
