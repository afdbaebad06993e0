#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""failover.py PROGRAMS: endpoints go away and come back, as in AWS's maintenance; nobody helps."""
import re
import time

import form
import tap
from lab import plan, traffic
from lab.proc import wait_for

HOLD = 30
ONE, TWO = plan.TUNNELS


def setup():
    return form.start("over", nat=True, watch=True)


def test_S10_endpoint_1_gone_traffic_moves_to_tunnel_2_within_the_hold_time(lab):
    assert form.sends_by(lab, 1), "the LAN does not send by tunnel 1 at first"
    ping = traffic.Ping(lab, 450, 0.1)
    time.sleep(2)
    lab.net.cut(ONE)
    cut = time.time()
    wait_for("the route to the VPC by tunnel 2", lambda: form.sends_by(lab, 2), HOLD + 10, 0.5)
    answers = ping.finish()
    gap = traffic.longest_gap(answers, cut - 0.2)
    tap.comment(f"outage {gap:.1f} s, {ping.count - len(answers)} of {ping.count} pings lost")
    assert gap <= HOLD + 3, f"no traffic for {gap:.1f} s"
    assert traffic.reachable(lab), "no ping by tunnel 2"
    text = lab.gateway.console.ask("show status bgp neighbor")
    block = text.partition(f"BGP neighbor is {ONE.inside_aws},")[2].partition("BGP neighbor is")[0]
    tap.lacks(block, "BGP state = Established", "BGP with endpoint 1")


def test_S10_endpoint_1_back_traffic_returns_without_loss(lab):
    ping = traffic.Ping(lab, 600, 0.1)
    lab.net.cut(ONE, False)
    begin = time.monotonic()
    lab.wait_tunnels(timeout=60)
    wait_for("the route to the VPC by tunnel 1", lambda: form.sends_by(lab, 1), 30, 0.5)
    tap.comment(f"tunnel 1 carries traffic again after {time.monotonic() - begin:.1f} s")
    time.sleep(2)
    answers = ping.interrupt()
    missing = [n for n in range(1, max(answers) + 1) if n not in answers]
    tap.equal(missing, [], "pings lost")


def test_the_spare_endpoint_gone_nothing_is_lost(lab):
    ping = traffic.Ping(lab, 100, 0.1)
    lab.net.cut(TWO)
    lost = ping.lost()
    lab.net.cut(TWO, False)
    tap.equal(lost, [], "pings lost")


def hands_over(lab, away, back):
    """AWS is told by BGP before the tunnel goes, and does not wait for the hold time."""
    assert form.sends_by(lab, 1), "the LAN does not send by tunnel 1 at first"
    ping = traffic.Ping(lab, 150, 0.1)
    time.sleep(2)
    changed = time.time()
    lab.gateway.console.must(away)
    answers = ping.finish()
    gap = traffic.longest_gap(answers, changed - 0.2)
    lost = ping.count - len(answers)
    tap.comment(f"outage {gap:.1f} s, {lost} of {ping.count} pings lost")
    assert gap <= 2 and lost <= 20, f"no traffic for {gap:.1f} s, {lost} pings lost"
    lab.gateway.console.must(back)
    lab.wait_tunnels(timeout=60)
    wait_for("the route to the VPC by tunnel 1", lambda: form.sends_by(lab, 1), 40, 0.5)


def test_a_tunnel_that_is_changed_hands_its_traffic_over(lab):
    hands_over(lab, "ipsec ike remote address 1 198.51.100.77", f"ipsec ike remote address 1 {ONE.outside}")


def test_a_tunnel_that_is_disabled_hands_its_traffic_over(lab):
    hands_over(lab, "tunnel disable 1", "tunnel enable 1")


def test_no_clear_packet_while_both_tunnels_flap_under_traffic(lab):
    """Both endpoints cut long enough to go down, SAs thrown away, endpoints crashing: the LAN keeps
    sending, and nothing of it may leave the WAN in clear."""
    ping = traffic.Ping(lab, 1200, 0.05)
    lab.net.cut(ONE)
    lab.net.cut(TWO)
    wait_for("BGP down on both tunnels", lambda: "BGP state = Established" not in
             lab.gateway.console.ask("show status bgp neighbor"), HOLD + 15, 1)
    tap.equal(traffic.reachable(lab), False, "ping with both endpoints gone")
    lab.net.cut(ONE, False)
    lab.net.cut(TWO, False)
    for _ in range(3):
        lab.gateway.console.must("ipsec refresh sa")
        time.sleep(1)
        for endpoint in lab.endpoints.values():
            endpoint.swanctl("--terminate", "--ike", "aws", "--force", check=False)
        time.sleep(1)
    lab.gateway.console.must("tunnel disable 1", "tunnel disable 2")
    time.sleep(2)
    tap.equal(traffic.reachable(lab), False, "ping with both tunnels disabled")
    states = re.findall(r"BGP state = (\w+)", lab.gateway.console.ask("show status bgp neighbor"))
    tap.equal(states, ["Idle", "Idle"], "neighbors inside tunnels that are disabled are sought nowhere else")
    lab.gateway.console.must("tunnel enable 1", "tunnel enable 2")
    lab.wait_tunnels(timeout=90)
    form.wait_ping(lab, 40)
    ping.interrupt()
    tap.equal(lab.tripwire.stop(), [], "clear packets in the internet")


if __name__ == "__main__":
    form.main(globals(), setup)
