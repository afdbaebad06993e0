#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""test_nat.py PROGRAMS: address translation between a host behind the gateway and the internet. Both ends are
ordinary sockets of the kernel; nft and conntrack say what the gateway holds."""
import json

from lab import *

INNER2 = "192.168.100.11"
SERVER = "198.51.100.1"
MASQUERADE = "ip lan2 nat descriptor 1\nnat descriptor type 1 masquerade"


def clean(lab):
    """Addresses and nothing else."""
    for line in lab.must("show config").splitlines():
        if line.startswith(("nat descriptor", "ip lan2 nat")):
            lab.must("no " + line)
    lab.basics()
    lab.host.sh(f"ip addr replace {INNER2}/24 dev eth0")
    lab.gw.sh("conntrack -F 2>/dev/null", check=False)


def ready(lab, lines):
    clean(lab)
    lab.must(lines)
    lab.must("show nat descriptor address")  # it is in force now


def server(kind, address, port, told, count=1):
    """Tells each client where it is seen to come from."""
    with socket.socket(socket.AF_INET, kind) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((address, port))
        if kind == socket.SOCK_STREAM:
            s.listen()
        told.set()
        s.settimeout(10)
        seen = []
        for _ in range(count):
            if kind == socket.SOCK_STREAM:
                client, peer = s.accept()
                with client:
                    client.sendall(json.dumps(peer).encode())
                    client.recv(1)
            else:
                _, peer = s.recvfrom(100)
                s.sendto(json.dumps(peer).encode(), peer)
            seen.append(peer)
        return seen


def client(kind, address, port, source, wait=3):
    with socket.socket(socket.AF_INET, kind) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.settimeout(wait)
        s.bind(source)
        s.connect((address, port))
        if kind == socket.SOCK_DGRAM:
            s.send(b"x")
        return tuple(json.loads(s.recv(1000)))


def seen_as(lab, source, kind=socket.SOCK_STREAM, port=7000, to=SERVER, from_net=False, at=None):
    """As whom the server at the other end sees the client."""
    near, far = (lab.net, lab.host) if from_net else (lab.host, lab.net)
    told = threading.Event()
    other = Background(far, server, kind, at[0] if at else to, at[1] if at else port, told)
    assert told.wait(10)
    seen = Background(near, client, kind, to, port, source).join()
    tap.equal(tuple(other.join()[0]), seen, "what both ends say")
    return seen


def refused(lab, work, *arguments):
    try:
        Background(lab.net, work, *arguments).join()
    except (ConnectionRefusedError, TimeoutError) as error:
        return type(error).__name__
    raise AssertionError("it was answered")


def test_hosts_share_the_address_of_the_port(lab):
    ready(lab, MASQUERADE)
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        for inner in (HOST, INNER2):
            address, port = seen_as(lab, (inner, 500), kind)
            tap.equal(address, WAN)
            assert 44096 <= port <= 64095, port
    lab.host.sh(f"ping -n -c 1 -W 2 {SERVER}")


def test_our_own_packets_keep_address_and_port(lab):
    ready(lab, MASQUERADE)
    told = threading.Event()
    other = Background(lab.net, server, socket.SOCK_DGRAM, SERVER, 500, told)
    assert told.wait(10)
    tap.equal(Background(lab.gw, client, socket.SOCK_DGRAM, SERVER, 500, (WAN, 500)).join(), (WAN, 500))
    other.join()


def test_static_ports_lead_inside_and_back(lab):
    ready(lab, MASQUERADE + f"\nnat descriptor masquerade static 1 1 {HOST} tcp 8080=80\n"
          f"nat descriptor masquerade static 1 2 {INNER2} udp 5000-5010\n"
          f"nat descriptor masquerade static 1 3 {HOST} tcp 8100-8103=90-93")
    for port, inner in ((8080, (HOST, 80)), (8102, (HOST, 92))):
        tap.equal(seen_as(lab, (SERVER, 7), port=port, to=WAN, from_net=True, at=inner), (SERVER, 7))
    tap.equal(seen_as(lab, (SERVER, 7), socket.SOCK_DGRAM, 5004, WAN, True, (INNER2, 5004)), (SERVER, 7))
    # And the inner host bears that port when it begins.
    tap.equal(seen_as(lab, (HOST, 80)), (WAN, 8080))
    tap.equal(seen_as(lab, (INNER2, 5007), socket.SOCK_DGRAM), (WAN, 5007))


def test_of_a_static_port_the_way_back_is_from_the_inner_one(lab):
    ready(lab, MASQUERADE + f"\nnat descriptor masquerade static 1 1 {HOST} tcp 8080=80")
    said = json.loads(lab.must(f"show packet path {SERVER} {WAN} tcp 1234 8080 | json -c"))
    tap.equal((said["packet"]["forwarded_to"], said["packet"]["forwarded_port"]), (HOST, 80), "there")
    tap.equal((said["answer"]["source"], said["answer"]["source_port"]), (HOST, 80), "back")


def test_ports_that_belong_to_nothing_are_refused(lab):
    ready(lab, MASQUERADE)
    for port, answer in ((22, "ConnectionRefusedError"), (2222, "TimeoutError")):
        inside = subprocess.Popen(["ip", "netns", "exec", lab.gw.name, "python3", "-c",
                                   f"import socket; s=socket.create_server(('', {port})); s.accept()"])
        until("a service of the gateway listens", lambda p=port: f":{p} " in lab.gw.sh("ss -lnt"))
        tap.equal(refused(lab, client, socket.SOCK_STREAM, WAN, port, (SERVER, 0), 1), answer, f"port {port}")
        inside.kill()
        inside.wait()
    lab.net.sh(f"ping -n -c 1 -W 1 {WAN} && exit 1 || true")
    lab.must("nat descriptor masquerade incoming 1 through\nshow nat descriptor address")
    lab.net.sh(f"ping -n -c 1 -W 2 {WAN}")


def test_everything_else_can_lead_to_one_host(lab):
    ready(lab, MASQUERADE + f"\nnat descriptor masquerade incoming 1 forward {INNER2}")
    tap.equal(seen_as(lab, (SERVER, 7), port=9999, to=WAN, from_net=True, at=(INNER2, 9999)), (SERVER, 7))


def test_hairpin_leads_back_in(lab):
    ready(lab, "ip lan2 nat descriptor 1\nnat descriptor type 1 masquerade hairpin=on\n"
          f"nat descriptor masquerade static 1 1 {HOST} tcp 8080=80")
    told = threading.Event()
    other = Background(lab.host, server, socket.SOCK_STREAM, HOST, 80, told)
    assert told.wait(10)
    seen = Background(lab.host, client, socket.SOCK_STREAM, WAN, 8080, (INNER2, 7)).join()
    tap.equal(seen[0], GATEWAY, "the inner server answers the gateway:")
    other.join()


def test_outer_addresses_are_borne_and_answered_for(lab):
    ready(lab, "ip lan2 nat descriptor 1\nnat descriptor type 1 nat\n"
          f"nat descriptor address inner 1 {HOST} {INNER2}\n"
          "nat descriptor address outer 1 203.0.113.20-203.0.113.21")
    until("the port bears them", lambda: "203.0.113.21/32" in lab.gw.sh("ip -4 addr show lan2"))
    tap.equal(seen_as(lab, (HOST, 7)), ("203.0.113.20", 7))
    tap.equal(seen_as(lab, (INNER2, 7)), ("203.0.113.21", 7))
    assert "203.0.113.21" in lab.net.sh("ip neigh show dev eth0"), "an answer to ARP"
    clean(lab)
    until("they are gone", lambda: "/32" not in lab.gw.sh("ip -4 addr show lan2"))
    tap.contains(lab.gw.sh("ip -4 addr show lan2"), f"inet {WAN}/24")


def test_static_pairs_both_ways(lab):
    ready(lab, "ip lan2 nat descriptor 1\nnat descriptor type 1 nat-masquerade\n"
          "nat descriptor address outer 1 203.0.113.20\n"
          f"nat descriptor static 1 1 203.0.113.30={HOST}")
    until("the port bears them", lambda: "203.0.113.30/32" in lab.gw.sh("ip -4 addr show lan2"))
    tap.equal(seen_as(lab, (HOST, 7)), ("203.0.113.30", 7))
    tap.equal(seen_as(lab, (SERVER, 7), port=80, to="203.0.113.30", from_net=True, at=(HOST, 80)), (SERVER, 7))
    tap.equal(seen_as(lab, (INNER2, 7))[0], "203.0.113.20")


def test_what_is_shown_is_what_conntrack_says(lab):
    ready(lab, MASQUERADE)
    told = threading.Event()
    other = Background(lab.net, server, socket.SOCK_DGRAM, SERVER, 7000, told)
    assert told.wait(10)
    seen = Background(lab.host, client, socket.SOCK_DGRAM, SERVER, 7000, (HOST, 1234)).join()
    other.join()
    text = lab.must("show nat descriptor address 1 detail")
    tap.matches(text, rf"UDP +{HOST}\.1234 +{SERVER}\.7000 +{seen[1]} +\d+$")
    listed = lab.gw.sh(f"conntrack -L -p udp --orig-port-src 1234 2>/dev/null")
    tap.contains(listed, f"dst={WAN} sport=7000 dport={seen[1]}")
    answer = json.loads(lab.must("show nat descriptor address | json"))
    (session,) = [s for s in answer["descriptors"][0]["sessions"] if s["inner_port"] == 1234]
    tap.equal((session["outer"], session["outer_port"], session["remote"]), (WAN, seen[1], SERVER))
    tap.matches(lab.must("show nat descriptor address"), rf"{HOST} +1 +dynamic$")


def test_connections_are_forgotten_after_their_timer(lab):
    """What conntrack says is left of each: by the port, by the protocol, by the descriptor."""
    ready(lab, MASQUERADE + "\nnat descriptor timer 1 300\nnat descriptor timer 1 protocol=udp 77\n"
          "nat descriptor timer 1 protocol=tcp port=7000 211")
    for kind, port, seconds in ((socket.SOCK_STREAM, 7000, 211), (socket.SOCK_STREAM, 7001, 300),
                                (socket.SOCK_DGRAM, 7000, 77)):
        told = threading.Event()
        other = Background(lab.net, server, kind, SERVER, port, told)
        assert told.wait(10)
        with lab.host, socket.socket(socket.AF_INET, kind) as s:
            s.connect((SERVER, port))
            if kind == socket.SOCK_DGRAM:
                s.send(b"x")
            s.recv(1000)
            name = "tcp" if kind == socket.SOCK_STREAM else "udp"
            left = int(lab.gw.sh(f"conntrack -L -p {name} --orig-port-dst {port} 2>/dev/null").split()[2])
            assert seconds - 10 < left <= seconds, f"{name} {port}: {left} s left of {seconds}"
            if kind == socket.SOCK_STREAM:
                s.sendall(b"x")
        other.join()


def test_a_change_leaves_connections_alone(lab):
    ready(lab, MASQUERADE)
    told = threading.Event()
    other = Background(lab.net, server, socket.SOCK_STREAM, SERVER, 7000, told)
    assert told.wait(10)
    with lab.host:
        s = socket.create_connection((SERVER, 7000), 5)
    try:
        before = json.loads(s.recv(1000))
        lab.must(f"nat descriptor masquerade static 1 1 {HOST} tcp 8080=80\nshow nat descriptor address")
        tap.contains(lab.gw.sh("nft list table ip cgw"), "dnat to")
        s.sendall(b"x")
        tap.equal(list(other.join()[0]), before)
    finally:
        s.close()


def test_mss_is_limited_on_the_way_of_the_kernel(lab):
    ready(lab, MASQUERADE + "\nip lan2 tcp mss limit 1200")
    told = threading.Event()
    other = Background(lab.net, server, socket.SOCK_STREAM, SERVER, 7000, told)
    assert told.wait(10)
    with lab.host:
        s = socket.create_connection((SERVER, 7000), 5)
    mss = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)
    s.sendall(b"x")
    s.close()
    other.join()
    assert mss <= 1200, mss
    lab.must("no ip lan2 tcp mss limit")


def test_the_table_goes_with_the_lines_and_with_the_program(lab):
    ready(lab, MASQUERADE)
    tap.contains(lab.gw.sh("nft list tables"), "table ip cgw")
    clean(lab)
    lab.must("show nat descriptor address")
    tap.lacks(lab.gw.sh("nft list tables"), "table ip cgw")
    ready(lab, MASQUERADE)
    lab.must("save")
    lab.stop(signal.SIGKILL)
    tap.contains(lab.gw.sh("nft list tables"), "table ip cgw", "after a crash")
    tap.equal(seen_as(lab, (HOST, 500))[0], WAN)
    lab.start()
    until("it is ours again", lambda: "masquerade" in lab.gw.sh("nft list ruleset"))
    tap.equal(lab.stop(), 0)
    tap.lacks(lab.gw.sh("nft list tables"), "table ip cgw")
    lab.start()


if __name__ == "__main__":
    main(globals(), "n")
