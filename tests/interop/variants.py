#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""variants.py PROGRAMS: other connections than the usual one; a lab for each.

What AWS answers and how its endpoints are configured change together, as they do when somebody clicks another
option in AWS's console."""
import form
import tap
from lab import plan, traffic
from lab.proc import wait_for

ONE, TWO = plan.TUNNELS


def fetch(lab):
    lab.gateway.console.must(*lab.gateway.cloud())
    return lab.gateway.console.must("cloud vpn set go 1 save")


def flows(lab):
    """Pings lose nothing, TCP flows both ways."""
    form.wait_ping(lab)
    tap.equal(traffic.Ping(lab, 50, 0.02).lost(), [], "pings lost")
    for reverse in (False, True):
        assert traffic.mbit(traffic.iperf(lab, 1, reverse=reverse)) > 1, "TCP does not flow"


def transforms(proposal, options, changes=None):
    """A connection whose options exclude the default transforms, end to end."""
    with form.laid_out("vary", tunnels=False) as lab:
        for endpoint in lab.endpoints.values():
            endpoint.proposals = proposal
            endpoint.load()
        lab.aws_says(changes={t.number: {"options": options, **(changes or {})} for t in plan.TUNNELS})
        fetch(lab)
        lab.wait_tunnels()
        flows(lab)
        return lab.gateway.console.config(), lab.endpoints[1].sas()


def option_sets(encryption, integrity, group):
    return {f"phase{phase}{what}": [value] for phase in (1, 2) for what, value in (
        ("EncryptionAlgorithm", encryption), ("IntegrityAlgorithm", integrity), ("DHGroupNumber", group))}


def test_aes_256_sha2_256_group_14_from_the_options(_):
    config, sas = transforms("aes256-sha256-modp2048", option_sets("AES256", "SHA2-256", 14))
    for line in ("ipsec ike encryption 1 aes256-cbc", "ipsec ike hash 1 sha256", "ipsec ike group 1 modp2048",
                 "ipsec sa policy 201 1 esp aes256-cbc sha256-hmac"):
        tap.contains(config, line, "configuration")
    tap.contains(sas, "AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048")
    tap.contains(sas, "ESP:AES_CBC-256/HMAC_SHA2_256_128/MODP_2048")


def test_aes_256_sha1_group_2_from_the_options(_):
    _, sas = transforms("aes256-sha1-modp1024", option_sets("AES256", "SHA1", 2))
    tap.contains(sas, "ESP:AES_CBC-256/HMAC_SHA1_96/MODP_1024")


def test_aes_128_sha2_256_group_14_from_the_options(_):
    _, sas = transforms("aes128-sha256-modp2048", option_sets("AES128", "SHA2-256", 14))
    tap.contains(sas, "ESP:AES_CBC-128/HMAC_SHA2_256_128/MODP_2048")


def test_short_lifetimes_and_another_mss(_):
    with form.laid_out("vary", tunnels=False) as lab:
        lab.aws_says(changes={t.number: {"lifetime": 900, "ike_lifetime": 3600, "mss": 1300}
                              for t in plan.TUNNELS})
        fetch(lab)
        lab.wait_tunnels()
        flows(lab)
        config = lab.gateway.console.config()
        for line in ("ipsec ike duration ipsec-sa 2 900", "ipsec ike duration isakmp-sa 2 3600",
                     "ip tunnel tcp mss limit 1300"):
            tap.contains(config, line, "configuration")
        tap.matches(lab.gateway.console.ask("show ipsec sa"), r"esp\s+send\s+[89]\d\d\s")


def test_the_order_of_the_tunnels_in_the_document_does_not_matter(_):
    """AWS gives them now in this order, now in that: the same connection stays as it is."""
    with form.laid_out("vary") as lab:
        before = {n: e.spis() for n, e in lab.endpoints.items()}
        config = lab.gateway.console.config()
        lab.aws_says(order=[2, 1])
        lab.gateway.console.must("cloud vpn set go 1 no-save")
        tap.equal(lab.gateway.console.config(), config, "configuration")
        tap.equal({n: e.spis() for n, e in lab.endpoints.items()}, before, "SPIs")


def test_A17_one_tunnel_alone_is_applied_with_a_warning(_):
    with form.laid_out("vary", tunnels=False) as lab:
        lab.aws_says(flaw="one-tunnel")
        text = fetch(lab)
        tap.matches(text + lab.gateway.console.ask("show log"), r"(?i)one tunnel", "answer and log")
        lab.wait_tunnels((1,))
        flows(lab)
        tap.lacks(lab.gateway.console.config(), TWO.outside, "configuration")


def test_A22_an_endpoint_with_a_new_address_moves_only_that_tunnel(_):
    """AWS replaced endpoint 2's address: tunnel 1 carries the traffic and keeps its SAs."""
    with form.laid_out("vary") as lab:
        new = "198.51.100.66"
        lab.net.ip("aws2", "addr", "add", f"{new}/32", "dev", "lo")
        lab.net.ip("inet", "route", "add", f"{new}/32", "via", TWO.outside)
        other = lab.endpoints[1].spis()
        lab.endpoints[2].local = new
        lab.endpoints[2].swanctl("--terminate", "--ike", "aws", "--force", check=False)
        lab.endpoints[2].load()
        ping = traffic.Ping(lab, 100, 0.05)
        lab.aws_says(changes={2: {"outside": new}})
        lab.gateway.console.must("cloud vpn set go 1 save")
        lab.wait_tunnels()
        tap.equal(ping.lost(), [], "pings lost on the other tunnel")
        tap.equal(lab.endpoints[1].spis(), other, "SPIs of the other tunnel")
        tap.contains(lab.gateway.console.config(), f"ipsec ike remote address 2 {new}")


def test_a_filter_list_of_the_wan_port_lets_the_tunnels_in(_):
    """The list lets in answers of TCP alone: what IKE and ESP need is put in front of it, once."""
    with form.laid_out("vary", tunnels=False) as lab:
        lab.gateway.console.must("ip filter 7 pass * * established", "ip lan2 secure filter in 7")
        fetch(lab)
        lab.wait_tunnels()
        flows(lab)
        config = lab.gateway.console.config()
        tap.contains(config, "ip lan2 secure filter in 200080 200081 200082 7", "configuration")
        lab.gateway.console.must("cloud vpn set go 1 no-save")
        tap.equal(lab.gateway.console.config(), config, "configuration")


def test_static_routes_instead_of_bgp(_):
    with form.laid_out("vary", tunnels=False, watch=True) as lab:
        for t in plan.TUNNELS:
            lab.net.ip(f"aws{t.number}", "route", "add", plan.LAN_NET, "dev", "ipsec0")
        lab.net.ip("vpc", "route", "add", plan.LAN_NET, "via", ONE.vpc_address)
        lab.aws_says(connection_changes={"static": True})
        fetch(lab)
        tap.contains(lab.gateway.console.config(),
                     f"ip route {plan.VPC_NET} gateway tunnel 1 hide gateway tunnel 2 hide", "configuration")
        for endpoint in lab.endpoints.values():
            wait_for(f"IPsec with {endpoint.tag}", endpoint.established, 30, 0.3)
        flows(lab)
        tap.lacks(lab.gateway.console.config(), "bgp neighbor", "configuration")
        text = lab.gateway.console.ask("show ip route")
        for number in (1, 2):
            tap.matches(text, rf"^10\.0\.0\.0/16\s+-\s+TUNNEL\[{number}\]\s+static", "show ip route")
        both_tunnels_carry(lab)
        one_gone(lab)
        tap.equal(lab.tripwire.stop(), [], "clear packets in the internet")


def both_tunnels_carry(lab):
    """Flows spread over the two tunnels."""
    seen = [traffic.Capture(lab, f"by{t.number}", f"dst host {t.outside} and udp port 4500 and udp[8:4] != 0",
                            interface="towan", snap=64) for t in plan.TUNNELS]
    for _ in range(12):
        lab.net.run("lan", "iperf3", "-c", plan.VPC_HOST, "-n", "1K", check=False)
    counts = [capture.stop() for capture in seen]
    assert min(counts) > 10, f"packets by tunnel 1 and 2: {counts}"


def one_gone(lab):
    """The tunnel that is down is hidden: its flows move to the other when DPD notices."""
    lab.net.cut(TWO)
    wait_for("tunnel 2 hidden", lambda: not form.sends_by(lab, 2), 60, 1)
    for _ in range(6):
        assert lab.net.run("lan", "iperf3", "-c", plan.VPC_HOST, "-n", "1K", "--connect-timeout", "3000",
                           check=False).returncode == 0, "a flow found no way"


if __name__ == "__main__":
    tap.main(globals(), only=form.only())
