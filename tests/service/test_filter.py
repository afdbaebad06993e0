#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""test_filter.py PROGRAMS: `secure filter` where the kernel judges: beside address translation, and with dynamic
filters. Both ends are ordinary sockets; nft says what the gateway holds."""
import json
import re
import struct

from lab import *

SERVER = "198.51.100.1"
MASQUERADE = "ip lan2 nat descriptor 1\nnat descriptor type 1 masquerade"
PASS_ALL = "ip filter 99 pass * * * * *"
REJECT_ALL = "ip filter 98 reject * * * * *"
SETTLE = "show nat descriptor address"  # waits for what was typed before it
OURS = ("ip filter", "nat descriptor", "ip lan1 secure", "ip lan2 nat", "ip lan2 secure")


def ready(lab, *lines):
    """Addresses, these lines, and nothing else."""
    for line in lab.must("show config").splitlines():
        if line.startswith(OURS):
            lab.must("no " + line)
    lab.basics()
    lab.net.sh(f"ip route replace 192.168.100.0/24 via {WAN}")
    lab.gw.sh("conntrack -F 2>/dev/null", check=False)
    lab.must("\n".join(lines))
    lab.must(SETTLE)  # it is in force now


def server(kind, address, port, told, wait):
    with socket.socket(socket.AF_INET, kind) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((address, port))
        s.settimeout(wait)
        if kind == socket.SOCK_STREAM:
            s.listen()
        told.set()
        try:
            if kind == socket.SOCK_STREAM:
                peer = s.accept()[0]
                with peer:
                    peer.settimeout(wait)
                    peer.sendall(peer.recv(10))
            else:
                data, peer = s.recvfrom(10)
                s.sendto(data, peer)
        except TimeoutError:
            return False
        return True


def client(kind, to, source, wait):
    with socket.socket(socket.AF_INET, kind) as s:
        s.settimeout(wait)
        s.bind(source)
        try:
            s.connect(to)
            s.send(b"hello")
            return s.recv(10) == b"hello"
        except (TimeoutError, ConnectionRefusedError):
            return False


def reaches(lab, to=(SERVER, 7000), kind=socket.SOCK_STREAM, inwards=False, at=None, source=0, wait=1.5):
    """(whether the server had the question, whether the client had the answer)."""
    near, far = (lab.net, lab.host) if inwards else (lab.host, lab.net)
    told = threading.Event()
    other = Background(far, server, kind, *(at or to), told, wait)
    assert told.wait(10)
    answered = Background(near, client, kind, to, ((SERVER if inwards else HOST), source), wait).join()
    return other.join(), answered


YES, NO, UNANSWERED = (True, True), (False, False), (True, False)
UDP_ = socket.SOCK_DGRAM


def test_in_translation_comes_before_the_filter(lab):
    static = f"nat descriptor masquerade static 1 1 {HOST} tcp 8080=80"
    ready(lab, MASQUERADE, static, f"ip filter 1 pass * {HOST} tcp * 80", "ip lan2 secure filter in 1")
    tap.equal(reaches(lab, (WAN, 8080), inwards=True, at=(HOST, 80)), YES, "by the inner address")
    ready(lab, MASQUERADE, static, f"ip filter 1 pass * {WAN} tcp * 8080", "ip lan2 secure filter in 1")
    tap.equal(reaches(lab, (WAN, 8080), inwards=True, at=(HOST, 80)), NO, "by the outer address")


def test_out_the_filter_comes_before_translation(lab):
    ready(lab, MASQUERADE, f"ip filter 1 pass {HOST} * tcp * 7000", "ip lan2 secure filter out 1")
    tap.equal(reaches(lab), YES, "by the inner address")
    tap.equal(reaches(lab, (SERVER, 7001)), NO, "another port")
    ready(lab, MASQUERADE, f"ip filter 1 pass {WAN} * tcp * 7000", "ip lan2 secure filter out 1")
    tap.equal(reaches(lab), NO, "by the outer address")


def test_established(lab):
    ready(lab, MASQUERADE, PASS_ALL, "ip filter 1 pass * * established", "ip lan2 secure filter in 1",
          "ip lan2 secure filter out 99")
    tap.equal(reaches(lab), YES, "TCP from inside")
    tap.equal(reaches(lab, kind=UDP_), UNANSWERED, "UDP is never established")
    tap.equal(reaches(lab, (HOST, 80), inwards=True), NO, "a SYN from outside")


def test_dynamic_filters_let_answers_in(lab):
    for nat in ([MASQUERADE], []):
        ready(lab, *nat, PASS_ALL, REJECT_ALL, "ip filter dynamic 1 * * tcp", "ip filter dynamic 2 * * udp",
              "ip lan2 secure filter in 98", "ip lan2 secure filter out 99 dynamic 1")
        tap.equal(reaches(lab), YES, "TCP")
        tap.equal(reaches(lab, kind=UDP_), UNANSWERED, "UDP, which nothing follows")
        tap.equal(reaches(lab, (HOST, 80), inwards=True), NO, "from outside")
        lab.must("ip lan2 secure filter out 99 dynamic 1 2\n" + SETTLE)
        tap.equal(reaches(lab, kind=UDP_), YES, "UDP, followed")


def test_a_static_reject_is_not_opened_by_a_dynamic_filter(lab):
    ready(lab, REJECT_ALL, "ip filter 1 reject * * tcp * 7001", PASS_ALL, "ip filter dynamic 1 * * tcp",
          "ip lan2 secure filter in 98", "ip lan2 secure filter out 1 99 dynamic 1")
    tap.equal(reaches(lab, (SERVER, 7001)), NO, "rejected")
    tap.equal(reaches(lab), YES, "the other port")


def test_a_dynamic_filter_alone_lets_its_own_pass(lab):
    ready(lab, REJECT_ALL, "ip filter dynamic 1 * * www", "ip lan2 secure filter in 98",
          "ip lan2 secure filter out dynamic 1")
    tap.equal(reaches(lab, (SERVER, 80)), YES, "what it follows")
    tap.equal(reaches(lab, (SERVER, 81)), NO, "what it does not")


def test_a_connection_opens_no_other_interface(lab):
    ready(lab, REJECT_ALL, PASS_ALL, "ip filter dynamic 1 * * tcp", "ip lan2 secure filter in 98",
          "ip lan2 secure filter out 99 dynamic 1", "ip filter dynamic 2 * * ftp",
          "ip lan1 secure filter out 98 dynamic 2", "ip lan1 secure filter in 99")
    tap.equal(reaches(lab), NO, "lan1 rejects the answer that lan2 lets in")
    lab.must("ip lan1 secure filter in 99 dynamic 1\n" + SETTLE)
    tap.equal(reaches(lab), YES, "lan1 follows it itself")


def test_a_filter_that_opens_for_others(lab):
    """`filter N in M`: what comes back from other ports passes by M."""
    ready(lab, REJECT_ALL, PASS_ALL, "ip filter 10 pass * * udp * 7000", "ip filter 11 pass * * tcp * 80",
          "ip filter dynamic 1 * * filter 10 in 11 timeout=60", "ip lan2 secure filter in 98",
          "ip lan2 secure filter out 99 dynamic 1")
    tap.equal(reaches(lab, (HOST, 80), inwards=True), NO, "before")
    tap.equal(reaches(lab, kind=UDP_), UNANSWERED, "what opens it")
    lab.must("ip filter 12 pass * * established\nip lan2 secure filter in 98\n" + SETTLE)
    first = reaches(lab, (HOST, 80), inwards=True)
    tap.equal(first, YES, "between the same hosts")


def times(lab):
    names = "tcp_timeout_syn_sent tcp_timeout_fin_wait tcp_timeout_established udp_timeout udp_timeout_stream".split()
    return [int(lab.gw.sh(f"cat /proc/sys/net/netfilter/nf_conntrack_{name}")) for name in names]


def test_timers(lab):
    """While dynamic filters are applied the kernel's times are the router's; before and after, its own."""
    ready(lab, PASS_ALL)
    own = times(lab)
    ready(lab, PASS_ALL, "ip filter dynamic 1 * * tcp", "ip lan2 secure filter out 99 dynamic 1")
    tap.equal(times(lab), [30, 5, 3600, 30, 30])
    lab.must("ip filter dynamic timer tcp-syn-timeout=7 tcp-idle-time=120 udp-idle-time=9\n" + SETTLE)
    tap.equal(times(lab), [7, 5, 120, 9, 9])
    lab.must("no ip filter dynamic timer\nno ip lan2 secure filter out\n" + SETTLE)
    tap.equal(times(lab), own)


def told(lab, pattern):
    """The lines of the log that have it."""
    return [line for line in lab.must("show log").splitlines() if re.search(pattern, line)]


def test_what_logs_is_in_the_log(lab):
    """In the words of the router; a flood of it is told of in part."""
    ready(lab, "syslog notice on", MASQUERADE, "ip filter 1 reject * * tcp * 7001", "ip filter 2 pass-log * * udp",
          PASS_ALL, "ip filter 3 reject-nolog * * tcp * 7002", "ip filter dynamic 5 * * tcp",
          "ip lan2 secure filter out 1 3 2 99 dynamic 5")
    tap.equal(reaches(lab, (SERVER, 7001)), NO)
    tap.equal(reaches(lab, (SERVER, 7002)), NO)
    tap.equal(reaches(lab, kind=UDP_), YES)
    tap.equal(reaches(lab), YES)
    until("a rejected one", lambda: told(lab, rf"LAN2 Rejected at OUT\(1\) filter: TCP {HOST}:\d+ > {SERVER}:7001$"))
    until("one that passed", lambda: told(lab, rf"LAN2 Passed at OUT\(2\) filter: UDP {HOST}:\d+ > {SERVER}:7000$"))
    until("a connection", lambda: told(lab, rf"\[INSPECT\] LAN2\[out\]\[5\] TCP {HOST}:\d+ > {SERVER}:7000$"))
    assert not told(lab, r":7002"), "what is not to be logged"
    before = len(told(lab, r"OUT\(2\)"))
    Background(lab.host, send_many).join()
    until("some of them", lambda: len(told(lab, r"OUT\(2\)")) - before >= 40)
    assert len(told(lab, r"OUT\(2\)")) - before < 200, "and not all"
    lab.must("syslog notice off")


def send_many():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for _ in range(2000):
            s.sendto(b"x", (SERVER, 9))


def test_what_is_counted(lab):
    ready(lab, MASQUERADE, "ip filter 1 reject-nolog * * tcp * 7001", PASS_ALL, "ip filter dynamic 5 * * tcp",
          "ip lan2 secure filter out 1 99 dynamic 5", "ip filter 4 pass * * udp", "ip lan2 secure filter in 4")
    tap.equal(reaches(lab, (SERVER, 7001)), NO)
    tap.equal(reaches(lab), YES)
    tap.equal(reaches(lab), YES)
    tap.equal(reaches(lab, kind=UDP_), YES)
    lists = {one["direction"]: one for one in json.loads(lab.must("show ip filter | json"))["lists"]}
    counted = {f["number"]: f["packets"] for one in lists.values() for f in one["filters"] + one["dynamic"]}
    assert counted[1] >= 1 and counted[5] == 2 and counted[99] == 3 and counted[4] == 1, counted
    assert lists["out"]["followed"] >= 4 and lists["in"]["followed"] >= 4, lists
    tap.equal(lists["in"]["none"], 0)


class Owner:
    """Another program whose table has our name, and is nobody else's to change."""

    def __init__(self, lab):
        self.process = subprocess.Popen(["ip", "netns", "exec", lab.gw.name, "nft", "-i"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.process.stdin.write("add table ip cgw { flags owner; }\n")
        self.process.stdin.flush()
        until("it has the table", lambda: "table ip cgw" in lab.gw.sh("nft list tables"))

    def end(self):
        self.process.stdin.close()
        self.process.wait(timeout=START)


def links(lab):
    """What the tables tell the dataplane of its ports: name to (flags, filter_in, filter_out)."""
    with open(f"/dev/shm/cgw/{lab.name}/cfg.v1", "rb") as file:
        region = file.read()
    at, stride, count = struct.unpack_from("<QII", region, 72 + 16)  # behind the header's fields, CFG_TABLE_LINKS
    found = {}
    for start in range(at, at + stride * count, stride):
        name, flags, _, _, into, out = struct.unpack_from("<16sIIIII", region, start + 8)
        if flags & 1:
            found[name.split(b"\0")[0].decode()] = (flags, into, out)
    return found


BY_KERNEL = 8


def test_what_the_kernel_refuses_the_dataplane_judges(lab):
    """Nothing is left to a kernel that has no rules: not of a new list, nor of one that changes, whatever it holds."""
    clean(lab)
    owner = Owner(lab)
    ready(lab, REJECT_ALL, "ip filter dynamic 1 * * www", "ip lan2 secure filter in 98",
          "ip lan2 secure filter out dynamic 1", "ip lan1 secure filter in 98")
    flags, into, out = links(lab)["lan2"]
    tap.equal((flags & BY_KERNEL, into > 0, out > 0), (0, True, True), "and a list of dynamic filters alone lets nothing pass")
    text = lab.must("show ip filter")
    tap.contains(text, "LAN2 IN: by the fast path alone, since the kernel refused its rules")
    tap.contains(text, "Operation not permitted")
    tap.contains(text, "LAN1 IN: by the fast path\n")
    lists = json.loads(lab.must("show ip filter | json"))["lists"]
    tap.equal({(one["interface"], one["judged_by"], bool(one["refused"])) for one in lists},
              {("LAN1", "dataplane", False), ("LAN2", "dataplane", True)})
    tap.contains(lab.type("doctor")[1], "!!  the kernel refuses the rules of NAT and dynamic filters: ")
    owner.end()
    lab.must("description 1 x\n" + SETTLE)  # a change: it is tried again
    until("it is the kernel's", lambda: links(lab)["lan2"][0] & BY_KERNEL, 15)
    tap.contains(lab.must("show ip filter"), "LAN2 OUT: by the kernel, which follows connections")
    assert "!!  the kernel refuses" not in lab.type("doctor")[1]
    tap.equal(reaches(lab, (HOST, 80), inwards=True), NO, "from outside")
    lab.must("no description 1")


def clean(lab):
    ready(lab)
    until("the kernel has no rules left", lambda: "table ip cgw" not in lab.gw.sh("nft list ruleset"))


def test_what_another_program_takes_away_is_put_back(lab):
    """`nft flush ruleset` is what a firewall that is restarted begins with."""
    ready(lab, MASQUERADE, REJECT_ALL, PASS_ALL, "ip filter dynamic 1 * * tcp", "ip lan2 secure filter in 98",
          "ip lan2 secure filter out 99 dynamic 1")
    whole = lab.gw.sh("nft -s list ruleset")
    for taken in ("flush ruleset", "delete table ip cgw", "flush chain ip cgw in_lan2"):
        lab.gw.sh("nft " + taken)
        until(f"it is there again after {taken}", lambda: lab.gw.sh("nft -s list ruleset") == whole, 5)
    tap.equal(reaches(lab, (HOST, 80), inwards=True), NO, "from outside")
    said = len(told(lab, "taken away by another program"))
    tap.equal(said, 3, "each is said")
    lab.gw.sh("nft add table ip cgwx; nft delete table ip cgwx; nft add table inet cgw; nft delete table inet cgw")
    lab.must(SETTLE)
    tap.equal(len(told(lab, "taken away by another program")), said, "what is not ours")


def test_filters_outlive_the_program(lab):
    """Whoever ends, or begins anew, opens nothing: the kernel goes on forwarding."""
    ready(lab, REJECT_ALL, PASS_ALL, "ip filter dynamic 1 * * tcp", "ip lan2 secure filter in 98",
          "ip lan2 secure filter out 99 dynamic 1", "save")
    before = links(lab)["lan2"]
    tap.equal(lab.stop(), 0)
    tap.equal(reaches(lab, (HOST, 80), inwards=True), NO, "while it does not run")
    tap.equal(links(lab)["lan2"], before, "and the dataplane is told the same")
    lab.start()
    tap.equal(reaches(lab, (HOST, 80), inwards=True), NO, "when it runs again")
    tap.equal(reaches(lab), YES)
    ready(lab, "save")


def test_what_is_shown(lab):
    ready(lab, MASQUERADE, PASS_ALL, "ip filter dynamic 1 * * tcp", "ip lan2 secure filter out 99 dynamic 1",
          "ip lan1 secure filter in 99")
    text = lab.must("show ip filter")
    assert "LAN1 IN: by the fast path" in text and "LAN2 OUT: by the kernel, which follows connections" in text, text
    assert PASS_ALL in text and "ip filter dynamic 1 * * tcp" in text, text
    lab.must("no ip lan2 secure filter out\nno ip lan2 nat descriptor\n" + SETTLE)
    until("the kernel has no rules left", lambda: "table ip cgw" not in lab.gw.sh("nft list ruleset"))


def esp_by(lab, *lines):
    """What `show packet path` says of the ESP that a packet from inside the tunnel came in: its filter, its end."""
    tunnel = ["ipsec tunnel 1", "ipsec sa policy 1 1 esp aes-cbc sha-hmac", f"ipsec ike local address 1 {WAN}",
              f"ipsec ike remote address 1 {SERVER}", "ipsec ike pre-shared-key 1 text secret",
              "ip tunnel address 169.254.10.2/30", "tunnel enable 1"]
    ready(lab, "tunnel select 1", *tunnel, "tunnel select none", *lines)
    said = json.loads(lab.must(f"show packet path 169.254.10.1 {HOST} | json -c"))["packet"]
    lab.must("\n".join(["tunnel select 1", *(f"no {line}" for line in reversed(tunnel)), "tunnel select none"]))
    tap.equal(said["from"], "TUNNEL[1]", "where it is from")
    return said["outer_filter_in"], said["end"]


def test_packet_path_asks_static_filters_of_esp(lab):
    """As the dataplane does, which judges it: ESP belongs to no connection, and our address is the one inside."""
    judged = {"passes": False, "follows_connections": False, "filter": 98}
    dynamic = "ip filter dynamic 1 * * tcp"
    tap.equal(esp_by(lab, REJECT_ALL, dynamic, "ip lan2 secure filter in 98 dynamic 1"), (judged, "dropped"), "rejected")
    tap.equal(esp_by(lab, dynamic, "ip lan2 secure filter in dynamic 1")[0], None, "a list of dynamic filters alone")
    static = f"nat descriptor masquerade static 1 1 {GATEWAY} esp"
    for address, passes in ((GATEWAY, True), (WAN, False)):
        said, _ = esp_by(lab, MASQUERADE, static, f"ip filter 1 pass * {address} esp * *", "ip lan2 secure filter in 1")
        tap.equal(said["passes"], passes, f"ESP for {address}")


if __name__ == "__main__":
    main(globals(), "f")
