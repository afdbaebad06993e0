# SPDX-License-Identifier: BSD-3-Clause
"""Tests that hold in both worlds, behind a NAT and on the public address: imported by nat.py and plain.py."""
import re

import expected
import tap
from lab import plan, traffic
from lab.proc import wait_for


def test_request_reached_ec2_signed_and_by_its_real_name(lab):
    heard = [h for h in lab.aws_heard() if "action" in h]
    tap.equal(len(heard), 1, "number of requests")
    tap.equal(heard[0]["action"], "DescribeVpnConnections")
    tap.equal(heard[0]["verdict"], "OK", "verdict on the signature")
    tap.equal(heard[0]["id"], plan.VPN_ID)
    tap.equal(heard[0]["host"], plan.EC2_HOST)


def test_configuration_is_what_aws_answered(lab):
    config = lab.gateway.console.config()
    tap.equal(expected.missing(config, lab.wan.address), [], "commands missing")
    tap.equal(expected.unexpected(config, lab.wan.address), [], "commands too many")


def test_configuration_was_saved_for_its_owner_only(lab):
    saved = [p for p in lab.gateway.config.parent.rglob("*") if p.is_file()]
    assert saved, "set go 1 save saved nothing"
    text = "".join(p.read_text() for p in saved)
    tap.contains(text, f"ipsec ike pre-shared-key 1 text {plan.TUNNELS[0].psk}", "the saved file")
    for path in saved:
        tap.equal(path.stat().st_mode & 0o077, 0, f"rights of others to {path.name}")


def test_ike_is_what_the_configuration_says(lab):
    for number, endpoint in lab.endpoints.items():
        text = endpoint.sas()
        tap.contains(text, "IKEv1", f"endpoint {number}")
        tap.contains(text, "AES_CBC-128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024", f"endpoint {number}")
        tap.contains(text, f"remote '{lab.wan.address}'", f"endpoint {number}")
        tap.matches(text, r"local  0\.0\.0\.0/0\n\s+remote 0\.0\.0\.0/0", f"endpoint {number}")
        tap.equal(endpoint.count(), (1, 1), f"(IKE SAs, child SAs) of endpoint {number}")


def test_bgp_peers_agree_on_as_hold_time_and_routes(lab):
    for number, bird in lab.birds.items():
        text = bird.birdc("show", "protocols", "all", "customer")
        tap.contains(text, "BGP state:          Established", f"endpoint {number}")
        tap.matches(text, r"Hold timer:\s+[\d.]+/30", f"endpoint {number}")
        tap.matches(text, r"Keepalive timer:\s+[\d.]+/10", f"endpoint {number}")
        tap.matches(text, r"Neighbor AS:\s+65000", f"endpoint {number}")
        tap.matches(bird.routes(), r"^0\.0\.0\.0/0 .*\[customer", f"routes of endpoint {number}")


def test_ping_loses_nothing(lab):
    tap.equal(traffic.Ping(lab, 200, 0.02).lost(), [], "pings lost")


def test_every_size_passes(lab):
    for size in (0, 1, 64, 512, 1300, 1372):
        tap.contains(traffic.ping_text(lab, 2, size=size, dont_fragment=True), " 0% packet loss",
                     f"ping of {size} bytes")


def test_E27_too_big_is_fragmented_before_encryption(lab):
    """Also with DF set in the inner packet, as `outer df-bit clear` asks; ESP itself is never cut."""
    fragments = traffic.Capture(lab, "outer-fragments", "ip[6:2] & 0x3fff != 0", interface="towan")
    inner = traffic.Capture(lab, "inner-fragments", f"src {plan.LAN_HOST} and ip[6:2] & 0x3fff != 0",
                            role="vpc", interface="p1")
    for size, flag in ((1411, True), (1472, True), (1472, False), (1800, False), (3000, False), (8000, False)):
        text = traffic.ping_text(lab, 3, size=size, dont_fragment=flag)
        tap.contains(text, " 0% packet loss", f"ping of {size} bytes")
    tap.equal(inner.stop(), 51, "fragments that the VPC host saw")
    tap.equal(fragments.stop(), 0, "fragments of ESP packets on the WAN")


def test_E23_ttl_counts_the_gateway_once(lab):
    answers = [lab.net.run("lan", "ping", "-n", "-c", "1", "-W", "1", "-t", ttl, plan.VPC_HOST,
                           check=False).stdout for ttl in (1, 2, 3)]
    tap.contains(answers[0], f"From {plan.LAN_GATEWAY} icmp_seq=1 Time to live exceeded", "TTL 1")
    tap.contains(answers[1], "Time to live exceeded", "TTL 2")
    tap.lacks(answers[1], plan.LAN_GATEWAY, "TTL 2")
    tap.contains(answers[2], " 0% packet loss", "TTL 3")


def test_E24_dscp_is_copied_to_the_outside(lab):
    wire = traffic.Capture(lab, "dscp", "src host " + lab.wan.address
                           + " and (esp or udp port 4500) and ip[1] = 0xb8", interface="towan")
    lab.net.run("lan", "ping", "-n", "-c", "5", "-i", "0.1", "-Q", "0xb8", plan.VPC_HOST)
    assert wire.stop() >= 5, "no outer packet bears the DSCP of the inner ones"


def test_E28_outer_df_is_clear_and_the_identification_moves_on(lab):
    from scapy.all import IP, PcapReader  # slow to import
    wire = traffic.Capture(lab, "outer", f"src host {lab.wan.address} and dst host {plan.TUNNELS[0].outside}"
                           " and (esp or (udp port 4500 and udp[8:4] != 0))", interface="towan")
    lab.net.run("lan", "ping", "-n", "-c", "50", "-i", "0.02", "-M", "do", "-s", "1000", plan.VPC_HOST)
    wire.stop()
    with PcapReader(str(wire.path)) as packets:
        headers = [p[IP] for p in packets if IP in p]
    assert len(headers) >= 50, f"only {len(headers)} packets seen"
    assert all(not h.flags.DF for h in headers), "an outer packet has DF set"
    ids = [h.id for h in headers]
    assert 0 not in ids and len(set(ids)) == len(ids), f"identifications: {ids}"


def test_tcp_flows_both_ways(lab):
    for reverse in (False, True):
        rate = traffic.mbit(traffic.iperf(lab, 3, reverse=reverse))
        tap.comment(f"TCP {'from' if reverse else 'to'} the VPC: {rate:.0f} Mbit/s")
        assert rate > 5, f"TCP {'from' if reverse else 'to'} the VPC: {rate:.1f} Mbit/s"


def test_tcp_mss_is_clamped_both_ways(lab):
    route = (plan.LAN_NET, "via", plan.TUNNELS[0].vpc_address)
    syn = "tcp[tcpflags] & tcp-syn != 0 and port 5201"
    at_vpc = traffic.Capture(lab, "syn-vpc", f"{syn} and src {plan.LAN_HOST}", role="vpc")
    at_lan = traffic.Capture(lab, "syn-lan", f"{syn} and src {plan.VPC_HOST}", role="lan")
    # A smaller path MTU that the VPC host learned before (libipsec's 1400) would hide the clamp.
    lab.net.ip("vpc", "route", "add", *route, "mtu", "lock", "1500")
    try:
        traffic.iperf(lab, 1)
    finally:
        lab.net.ip("vpc", "route", "del", *route)
    for where, capture in (("VPC host", at_vpc), ("LAN host", at_lan)):
        capture.stop()
        values = set(re.findall(r"mss (\d+)", "\n".join(capture.lines())))
        tap.equal(values, {"1379"}, f"MSS that the {where} sees")


def test_return_traffic_may_come_by_either_tunnel(lab):
    """The LAN sends by tunnel 1; AWS answers by tunnel 2, as it may at any time."""
    try:
        lab.vpc_bird.birdc("disable", "aws1")
        wait_for("the VPC's route by endpoint 2", lambda: "via 10.0.0.12" in lab.vpc_bird.birdc(
            "show", "route", "0.0.0.0/0"), 5)
        wire = traffic.Capture(lab, "asymmetric", f"src host {plan.TUNNELS[1].outside} and "
                               "(esp or (udp port 4500 and udp[8:4] != 0))", interface="towan")
        tap.equal(traffic.Ping(lab, 50, 0.02).lost(), [], "pings lost")
        assert wire.stop() >= 50, "the answers did not come by tunnel 2"
    finally:
        lab.vpc_bird.birdc("enable", "aws1")
    wait_for("the VPC's route by endpoint 1", lambda: "via 10.0.0.11" in lab.vpc_bird.birdc(
        "show", "route", "0.0.0.0/0"), 15)


def test_show_ip_route(lab):
    text = lab.gateway.console.ask("show ip route")
    tap.matches(text, rf"^default\s+{re.escape(lab.wan.router)}\s+LAN2\s+static")
    tap.matches(text, r"^10\.0\.0\.0/16\s+169\.254\.81\.1\s+TUNNEL\[1\]\s+BGP\s+path=64512")
    tap.matches(text, rf"^192\.168\.200\.0/24\s+{re.escape(plan.LAN_GATEWAY)}\s+LAN1\s+implicit")
    for t in plan.TUNNELS:
        tap.matches(text, rf"^{re.escape(t.inside_net)}\s+-\s+TUNNEL\[{t.number}\]\s+implicit")


def test_show_ipsec_sa(lab):
    text = lab.gateway.console.ask("show ipsec sa")
    tap.contains(text, "Total: isakmp:2 send:2 recv:2")
    for t in plan.TUNNELS:
        n, peer = t.number, re.escape(t.outside)
        tap.matches(text, rf"^\s*\d+\s+{n}\s+-\s+isakmp\s+-\s+2[78]\d{{3}}\s+{peer}")
        for direction in ("send", "recv"):
            tap.matches(text, rf"^\s*\d+\s+{n}\s+\d+\s+tun\[000{n}\]esp\s+{direction}\s+3\d{{3}}\s+{peer}")


def test_show_status_bgp_neighbor(lab):
    text = lab.gateway.console.ask("show status bgp neighbor")
    for tunnel in plan.TUNNELS:
        routes = lab.gateway.console.ask(f"show status bgp neighbor {tunnel.inside_aws} received-routes")
        tap.matches(routes, rf"^[* ] {plan.VPC_NET} +{tunnel.inside_aws} +{tunnel.med} +{plan.AWS_ASN}$")
        routes = lab.gateway.console.ask(f"show status bgp neighbor {tunnel.inside_aws} advertised-routes")
        tap.matches(routes, r"^\* default +0\.0\.0\.0 +0 +IGP$")
    for t in plan.TUNNELS:
        block = text.partition(f"BGP neighbor is {t.inside_aws},")[2].partition("BGP neighbor is")[0]
        tap.contains(block, "remote AS 64512, local AS 65000, external link")
        tap.contains(block, f"BGP version 4, remote router ID {t.outside}")
        tap.matches(block, r"BGP state = Established, up for \d\d:\d\d:\d\d")
        tap.contains(block, "hold time is 30, keepalive interval is 10 seconds")
        tap.contains(block, f"Local host: {t.inside_customer}")
        tap.contains(block, f"Foreign host: {t.inside_aws}")


def test_show_status_cloud_vpn(lab):
    text = lab.gateway.console.ask("show status cloud vpn")
    tap.matches(text, r"\[1\]")
    tap.matches(text, r"tokyo")
    for n in (1, 2):
        tap.matches(text, rf"TUNNEL\[0{n}\]: ")


def test_doctor_finds_nothing_wrong(lab):
    text = lab.gateway.console.must(f"doctor {plan.VPC_HOST}")
    tap.lacks(text, "!!")
    tap.contains(text, "ok  TUNNEL[02] to 198.51.100.6 is up")
    tap.contains(text, f"ok  {plan.VPC_HOST} answers to pings")


DEAF = """
table ip deaf {{
	chain in {{
		type filter hook input priority 0;
		ip daddr {host} icmp type echo-request drop
	}}
}}
"""


def test_doctor_reads_route_tables_and_security_groups_when_a_ping_fails(lab):
    """All is up here, and the host is silent: what is missing at AWS is named."""
    lab.aws_says(connection_changes={"up": True})
    lab.net.run("vpc", "nft", "-f", "-", text_in=DEAF.format(host=plan.VPC_HOST))
    try:
        status, text = lab.gateway.console.type(f"doctor {plan.VPC_HOST}")
        unknown = lab.gateway.console.type("doctor 10.0.134.250")[1]
    finally:
        lab.net.run("vpc", "nft", "delete", "table", "ip", "deaf")
        lab.aws_says()
    assert status != 0, text
    tap.contains(text, f"!!  {plan.VPC_HOST} does not answer to pings")
    tap.contains(text, f"has no route for {plan.LAN_GATEWAY}: enable route propagation of vgw-0123456789abcdef0")
    tap.contains(text, f"lets no ICMP echo in from {plan.LAN_GATEWAY}")
    tap.contains(unknown, "nothing in this account and region has 10.0.134.250")
    actions = [h["action"] for h in lab.aws_heard() if "action" in h]
    tap.equal(actions[-4:], ["DescribeVpnConnections", "DescribeVpnGateways", "DescribeNetworkInterfaces",
                             "DescribeRouteTables"], "questions about the unknown host")


def test_show_status_dataplane_accounts_for_every_packet(lab):
    text = lab.gateway.console.ask("show status dataplane")
    tap.comment(text)
    tap.matches(text, r"lan1")
    tap.matches(text, r"lan2")


def test_C05_no_secret_in_show_log_or_command_lines(lab):
    """Keys, secret access key and pre-shared keys appear in no output, log or argv."""
    console = lab.gateway.console
    seen = {"show config": console.config(), "show log": console.ask("show log"),
            "control's output": lab.processes.output("control", 1_000_000),
            "dataplane's output": lab.processes.output("dataplane", 1_000_000)}
    for tag in ("control", "dataplane"):
        with open(f"/proc/{lab.processes.pid(tag)}/cmdline", encoding="utf-8") as line:
            seen[f"{tag}'s command line"] = line.read()
    for where, text in seen.items():
        for secret in (plan.SECRET_KEY, plan.TUNNELS[0].psk, plan.TUNNELS[1].psk):
            assert secret not in text, f"{where} shows a secret"


CONNECT = ("import socket,sys; s=socket.socket(); s.settimeout(2)\n"
           "try: s.connect((sys.argv[1],179)); print('connected')\n"
           "except OSError as e: print('refused', e)")


def test_B37_bgp_answers_nobody_but_its_neighbours(lab):
    """TCP to port 179 from the LAN and from the internet gets no connection."""
    tries = (("lan", plan.LAN_GATEWAY), ("lan", plan.TUNNELS[0].inside_customer), ("inet", lab.wan.address))
    for role, address in tries:
        said = lab.net.run(role, "/usr/bin/python3", "-c", CONNECT, address).stdout
        tap.contains(said, "refused", f"port 179 of {address} from {role}")


def encrypted_on_the_wire(lab, kind, never):
    """Pings, and counts what they are on the WAN."""
    right = traffic.Capture(lab, "right", kind, interface="towan", snap=96)
    wrong = traffic.Capture(lab, "wrong", never, interface="towan", snap=96)
    tap.equal(traffic.Ping(lab, 50, 0.02).lost(), [], "pings lost")
    assert right.stop() >= 100, f"on the WAN: only {right.lines()}"
    tap.equal((wrong.stop(), wrong.lines()), (0, []), "packets of the other form")
