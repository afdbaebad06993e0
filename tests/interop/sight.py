#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""sight.py PROGRAMS: what the console says of packets, against what really becomes of them: packet path,
explain drop, packetdump read by tshark."""
import collections
import json
import re
import subprocess
import sys

import form
import tap
from lab import plan, traffic
from lab.inject import send
from lab.proc import wait_for

sys.path.insert(0, str(form.HERE.parent / "console"))
import schemas  # noqa: E402

KNOWN = schemas.Schemas()


def setup():
    return form.start("sight")


def ask_json(lab, line):
    answer = json.loads(lab.gateway.console.must(f"{line} | json -c"))
    KNOWN.validate(answer)
    return answer


def path(lab, *words):
    answer = ask_json(lab, " ".join(("show packet path", *map(str, words))))
    return answer["packet"], answer["answer"]


def dropped(lab, reason):
    return ask_json(lab, f"explain drop {reason}")["reasons"][0]["packets"]


# ---- captures ----------------------------------------------------------------------------------------

FIELDS = ("frame.packet_id", "frame.interface_name", "frame.packet_flags_direction", "frame.comment", "frame.len",
          "ip.src", "ip.dst", "ip.len", "esp.spi", "esp.sequence")
Packet = collections.namedtuple("Packet", [field.replace(".", "_") for field in FIELDS])


def dump(lab, words, between):
    """The packets of a `packetdump start WORDS` under which `between` ran, as tshark reads them."""
    said = lab.gateway.console.must(f"packetdump start {words}")
    file = tap.matches(said, r"^Packets are written to (/\S+\.pcapng)$").group(1)
    running = ask_json(lab, "show packetdump")
    tap.equal((running["running"], running["file"], running["reason"]), (True, file, None), "show packetdump")
    between()
    said = lab.gateway.console.must("packetdump stop")
    count = int(tap.matches(said, r"^(\d+) packets are in ").group(1))
    ended = ask_json(lab, "show packetdump")
    tap.equal((ended["running"], ended["packets"], ended["missed"], ended["reason"]), (False, count, 0, "stopped"),
              "show packetdump")
    packets = read(file)
    tap.equal(len(packets), count, "packets in the file")
    return packets


def read(file):
    argv = ["tshark", "-n", "-r", file, "-T", "fields", "-E", "separator=|", "-E", "occurrence=f"]
    done = subprocess.run(argv + [a for f in FIELDS for a in ("-e", f)], text=True, check=True, capture_output=True)
    return [Packet(*line.split("|")) for line in done.stdout.splitlines()]


def pairs(packets):
    """[(inner, outer)] by packet id; every inner packet has exactly one."""
    found = []
    for inner in (p for p in packets if p.frame_interface_name.startswith("tunnel")):
        outer = [p for p in packets if p.frame_packet_id == inner.frame_packet_id and p.esp_spi]
        tap.equal((inner.frame_packet_id != "", len(outer)), (True, 1), f"the outer packet of {inner}")
        found.append((inner, outer[0]))
    return found


def ping(lab, count=3, size=56, dont_fragment=False):
    return lambda: traffic.ping_text(lab, count=count, size=size, dont_fragment=dont_fragment)


def test_inner_and_outer_packets_bear_one_number(lab):
    packets = dump(lab, "inner outer", ping(lab, count=5))
    seen = collections.Counter()
    for inner, outer in pairs(packets):
        number = int(inner.frame_packet_id)
        tap.equal((number >> 32, number & 0xffffffff), (int(outer.esp_spi, 16), int(outer.esp_sequence)),
                  "the number is SPI and sequence number, as tshark reads them outside")
        tap.equal(inner.frame_packet_flags_direction, outer.frame_packet_flags_direction, "direction")
        tap.matches(inner.frame_comment, rf"^spi: 0x{number >> 32:08x} seq: {number & 0xffffffff}$")
        tap.equal(outer.frame_interface_name, "lan2", "interface")
        if {inner.ip_src, inner.ip_dst} == {plan.LAN_HOST, plan.VPC_HOST}:
            seen[inner.ip_src] += 1
    tap.equal(seen, {plan.LAN_HOST: 5, plan.VPC_HOST: 5}, "pings inside, both ways")


def test_of_one_tunnel_there_is_its_inside_and_its_endpoint(lab):
    packets = dump(lab, "tunnel 1 inner outer seconds 30", ping(lab))
    found = pairs(packets)
    tap.equal(len(found) >= 6, True, f"{len(found)} pairs")
    tap.equal({p.frame_interface_name for p in packets}, {"tunnel1", "lan2"}, "interfaces")
    endpoint = plan.TUNNELS[0].outside
    tap.equal({endpoint in (p.ip_src, p.ip_dst) for p in packets if p.frame_interface_name == "lan2"}, {True},
              "frames are to and from that endpoint")


def test_a_dump_ends_at_its_bounds(lab):
    lab.gateway.console.must("packetdump start lan1 outer packets 2")
    tap.contains(lab.gateway.console.type("packetdump start")[1], "`packetdump stop` ends it")
    ping(lab)()
    wait_for("the end", lambda: not ask_json(lab, "show packetdump")["running"], 10)
    state = ask_json(lab, "show packetdump")
    tap.equal((state["packets"], state["reason"]), (2, "bound reached"), "show packetdump")
    tap.equal({p.frame_interface_name for p in read(state["file"])}, {"lan1"}, "interfaces")
    tap.contains(lab.gateway.console.type("packetdump stop")[1], "none is running")
    tap.contains(lab.gateway.console.type("packetdump start lan7")[1], "there is no such port or tunnel")


# ---- packet path -------------------------------------------------------------------------------------

def test_the_way_into_the_tunnel_and_back(lab):
    way, back = path(lab, plan.LAN_HOST, plan.VPC_HOST, "tcp 40000 443")
    tap.equal((way["from"], way["to"], way["end"], way["route"]["kind"], way["route"]["prefix"]),
              ("LAN1", "TUNNEL[1]", "encrypted", "bgp", plan.VPC_NET), "there")
    tap.equal([(m["interface"], m["up"], m["used"]) for m in way["route"]["ways"]],
              [("TUNNEL[1]", True, True), ("TUNNEL[2]", True, False)], "ways")
    tap.equal((way["tunnel"]["local"], way["tunnel"]["remote"], way["tunnel"]["udp"]),
              (lab.wan.address, plan.TUNNELS[0].outside, True), "outside")
    tap.equal(way["mss"], 1379, "MSS, as AWS has it")
    tap.equal((back["from"], back["to"], back["end"], back["source_port"], back["destination_port"]),
              ("TUNNEL[1]", "LAN1", "clear", 443, 40000), "back")


def test_sizes_are_what_is_seen_on_the_wire(lab):
    for bytes_, flags in ((84, ""), (1422, "df"), (1423, "df"), (1500, "df"), (1500, "")):
        way, _ = path(lab, plan.LAN_HOST, plan.VPC_HOST, "size", bytes_, flags)
        packets = dump(lab, "tunnel 1 inner outer", ping(lab, count=1, size=bytes_ - 28, dont_fragment=bool(flags)))
        sent = [(i, o) for i, o in pairs(packets) if i.ip_src == plan.LAN_HOST and i.ip_dst == plan.VPC_HOST]
        what = f"{bytes_} bytes {flags}"
        tap.equal(len(sent), way["packets"], f"{what}: packets")
        tap.equal(max(int(o.ip_len) for _, o in sent), way["outer_bytes"], f"{what}: outside")
        tap.equal({int(o.esp_spi, 16) for _, o in sent}, {int(way["tunnel"]["spi"], 16)}, f"{what}: SPI")


def test_where_df_counts_the_sender_is_told(lab):
    console = lab.gateway.console
    console.must("tunnel select 1", "ipsec tunnel outer df-bit copy")
    try:
        way, _ = path(lab, plan.LAN_HOST, plan.VPC_HOST, "size 1500 df")
        tap.equal((way["end"], way["tunnel"]["clear_df"]), ("too_big", False), "what is said")
        text = lab.net.run("lan", "ping", "-n", "-c", "1", "-W", "1", "-M", "do", "-s", "1472", plan.VPC_HOST,
                           check=False).stdout
        tap.contains(text, f"mtu = {way['mtu']}")
    finally:
        console.must("tunnel select 1", "ipsec tunnel outer df-bit clear")
        lab.net.run("lan", "ip", "route", "flush", "cache", check=False)


def test_a_port_that_was_narrowed_is_as_wide_as_before(lab):
    console = lab.gateway.console

    def sizes():
        port = next(p for p in ask_json(lab, "show status dataplane")["ports"] if p["name"] == "lan2")
        twin = json.loads(lab.net.run("gw", "ip", "-j", "link", "show", "lan2").stdout)[0]["mtu"]
        return (ask_json(lab, "show status lan2")["mtu"], port["mtu"], twin,
                path(lab, plan.LAN_HOST, plan.EC2_ADDRESS)[0]["mtu"], path(lab, plan.LAN_HOST, plan.VPC_HOST)[0]["mtu"])
    tap.equal(sizes(), (1500, 1500, 1500, 1500, 1422), "before")
    console.must("ip lan2 mtu 1300")
    wait_for("all are narrow", lambda: sizes()[:4] == (1300,) * 4 and sizes()[4] < 1300, 10)
    console.must("ip lan2 mtu 9000")
    wait_for("as wide as the port is", lambda: sizes() == (1500, 1500, 1500, 1500, 1422), 10)
    console.must("no ip lan2 mtu")
    wait_for("all are wide again", lambda: sizes() == (1500, 1500, 1500, 1500, 1422), 10)


def test_filters_judge_as_it_is_said(lab):
    console = lab.gateway.console
    for list_, filters, end, where in (
            ("ip lan1 secure filter in", ("reject-nolog * 10.0.0.0/16 icmp * *", "pass * * * * *"), "dropped", "filter_in"),
            ("ip lan2 secure filter out", ("reject-nolog * 198.51.100.0/24 udp 4500 *", "pass * * * * *"), "dropped",
             "outer_filter_out"),
            ("ip lan2 secure filter in", ("pass * * * * *",), "encrypted", "route")):
        numbers = list(range(501, 501 + len(filters)))
        console.must(*(f"ip filter {n} {text}" for n, text in zip(numbers, filters)),
                     f"{list_} {' '.join(map(str, numbers))}")
        try:
            way, _ = path(lab, plan.LAN_HOST, plan.VPC_HOST)
            tap.equal((way["end"], way["drop"]), (end, "filter" if end == "dropped" else None), list_)
            if end == "dropped":
                tap.equal((way[where]["passes"], way[where]["filter"]), (False, 501), list_)
            before = dropped(lab, "filter")
            answered = traffic.reachable(lab)
            tap.equal(answered, end != "dropped", f"{list_}: a ping is answered")
            if end == "dropped":
                wait_for("the drop", lambda: dropped(lab, "filter") > before, 10)
        finally:
            console.must(f"no {list_}")
    tap.equal(path(lab, plan.LAN_HOST, plan.VPC_HOST)[0]["end"], "encrypted", "without filters")


def test_to_the_internet_the_kernel_sends(lab):
    way, back = path(lab, plan.LAN_HOST, plan.EC2_ADDRESS, "tcp 40000 443")
    tap.equal((way["to"], way["end"], way["tunnel"], way["route"]["ways"][0]["next"]),
              ("LAN2", "kernel", None, lab.wan.router), "there")
    tap.equal((back["from"], back["to"]), ("LAN2", "LAN1"), "back")


def test_the_far_end_of_a_tunnel_is_inside_it(lab):
    for number, tunnel in enumerate(plan.TUNNELS, 1):
        way, back = path(lab, plan.LAN_HOST, tunnel.inside_aws)
        tap.equal((way["to"], way["end"], back["from"], back["to"]),
                  (f"TUNNEL[{number}]", "encrypted", f"TUNNEL[{number}]", "LAN1"), tunnel.inside_aws)
        packets = dump(lab, f"tunnel {number} inner outer", lambda to=tunnel.inside_aws: lab.net.run(
            "lan", "ping", "-n", "-c", "1", "-W", "0.2", to, check=False))
        sent = [i for i, _ in pairs(packets) if i.ip_src == plan.LAN_HOST and i.ip_dst == tunnel.inside_aws]
        tap.equal(len(sent), 1, "it goes there")


def test_this_router_is_an_end(lab):
    tap.equal(path(lab, plan.LAN_HOST, plan.LAN_GATEWAY)[0]["end"], "local", "to its LAN address")
    way, _ = path(lab, plan.LAN_GATEWAY, plan.VPC_HOST)
    tap.equal((way["from"], way["end"]), (None, "encrypted"), "from there")


def test_a_network_that_nobody_names_is_dropped_as_it_is_said(lab):
    way, _ = path(lab, plan.LAN_HOST, "10.9.9.9")
    tap.equal((way["end"], way["drop"], way["route"]["kind"]), ("dropped", "blackhole", "private"), "what is said")
    routes = ask_json(lab, "show ip route 10.9.9.9")["routes"]
    tap.equal([(r["prefix"], r["interface"]) for r in routes], [("10.0.0.0/8", "NULL")], "show ip route")
    before = dropped(lab, "blackhole")
    lab.net.run("lan", "ping", "-n", "-c", "4", "-i", "0.2", "-W", "0.2", "10.9.9.9", check=False)
    wait_for("four drops", lambda: dropped(lab, "blackhole") == before + 4, 10)
    packets = dump(lab, "drops", lambda: lab.net.run(
        "lan", "ping", "-n", "-c", "1", "-W", "0.2", "10.9.9.9", check=False))
    tap.equal([p.frame_comment for p in packets if p.ip_dst == "10.9.9.9"], ["drop: blackhole"], "in the capture")


def test_the_other_tunnel_takes_over_and_without_any_it_is_dropped(lab):
    console = lab.gateway.console
    try:
        console.must("tunnel disable 1")
        wait_for("tunnel 2", lambda: path(lab, plan.LAN_HOST, plan.VPC_HOST)[0]["to"] == "TUNNEL[2]", 30, 0.5)
        packets = dump(lab, "tunnel 2 inner outer", ping(lab))
        tap.equal(any(i.ip_src == plan.LAN_HOST for i, _ in pairs(packets)), True, "it goes there")
        console.must("tunnel disable 2")
        wait_for("no way", lambda: path(lab, plan.LAN_HOST, plan.VPC_HOST)[0]["end"] == "dropped", 30, 0.5)
        way, _ = path(lab, plan.LAN_HOST, plan.VPC_HOST)
        before = dropped(lab, way["drop"])
        ping(lab, count=2)()
        wait_for("drops", lambda: dropped(lab, way["drop"]) >= before + 2, 10)
    finally:
        console.must("tunnel enable 1 2")
        lab.wait_tunnels()
        wait_for("the route by tunnel 1", lambda: form.sends_by(lab, 1), 60, 0.5)
        form.wait_ping(lab, 60)


# ---- explain drop ------------------------------------------------------------------------------------

def sa_drops(lab):
    """Replays that tunnel 1 dropped, as each of the commands has them that show an SA's drops."""
    tunnel = ask_json(lab, "show status tunnel 1")["tunnels"][0]["dropped"]
    sas = ask_json(lab, "show ipsec sa gateway 1")["gateways"][0]["ipsec_sas"]
    return {"tunnel": tunnel["present_sas"]["replay"], "in": tunnel["received"],
            "sas": sum(sa["received"]["dropped"]["replay"] for sa in sas)}


def test_a_replayed_packet_is_counted_where_it_is_said(lab):
    capture = traffic.Capture(lab, "replay", f"udp port 4500 and src host {plan.TUNNELS[0].outside} and greater 120",
                              interface="towan")
    ping(lab)()
    tap.equal(capture.stop() >= 3, True, "packets were seen")
    from scapy.all import IP, raw, rdpcap
    packets = [raw(p[IP]) for p in rdpcap(str(capture.path)) if IP in p and p[IP].dst == lab.wan.address][:3]
    before = ask_json(lab, "explain drop replay")["reasons"][0]
    shown = sa_drops(lab)
    seen = dump(lab, "drops outer", lambda: send(lab, packets))
    after = ask_json(lab, "explain drop replay")["reasons"][0]
    tap.equal(after["packets"] - before["packets"], 3, "replayed")
    tap.equal(sa_drops(lab), {"tunnel": shown["tunnel"] + 3, "sas": shown["sas"] + 3, "in": shown["in"] + 3},
              "of the tunnel, of its SAs, and all that it dropped")
    tap.contains(lab.gateway.console.must("show status tunnel 1"), f"replay {shown['tunnel'] + 3}, ICV 0, other 0")
    tap.contains(lab.gateway.console.must("show ipsec sa gateway 1 detail"), f"Dropped: replay {shown['sas'] + 3}, ICV")
    tap.equal((after["tunnel_counter"], [t["tunnel"] for t in after["tunnels"]]), ("replay", [1]), "of tunnel 1")
    marked = [p for p in seen if p.frame_comment == "drop: replay"]
    tap.equal(len(marked), 3, "marked in the capture")
    for packet in marked:
        twins = [p for p in seen if p.frame_packet_id == packet.frame_packet_id]
        tap.equal(len(twins), 2, "the frame, and that it was dropped, bear one number")


def test_every_reason_is_explained_in_both_languages(lab):
    console = lab.gateway.console
    names = {drop["reason"] for drop in ask_json(lab, "show status dataplane")["drops"]}
    english = ask_json(lab, "explain drop")["reasons"]
    tap.equal({reason["reason"] for reason in english}, names, "reasons")
    tap.equal([r["reason"] for r in english if not r["advice"]], [], "without advice")
    console.must("console character ja.utf8")
    try:
        tap.contains(console.must("explain drop replay"), "意味:")
        tap.contains(console.must(f"show packet path {plan.LAN_HOST} {plan.VPC_HOST}"), "暗号化して送信")
        tap.contains(console.must("show packetdump"), "パケットダンプ: 終了")
        japanese = ask_json(lab, "explain drop")["reasons"]
        tap.equal([r["reason"] for r in japanese if not re.search(r"[ぁ-ん]", r["meaning"] + r["advice"])], [],
                  "without Japanese")
    finally:
        console.must("console character en.ascii")


if __name__ == "__main__":
    form.main(globals(), setup)
