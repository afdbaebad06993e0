#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""crash.py PROGRAMS: the gateway's own programs die, one, the other, both; what was saved brings it back."""
import json
import time

import form
import tap
from lab import plan, traffic
from lab.proc import wait_for


def setup():
    return form.start("crash", nat=True, watch=True)


def spis(lab):
    return {n: e.spis() for n, e in lab.endpoints.items()}


def sequences(capture):
    """{spi: [sequence numbers]} of ESP in UDP 4500, in the order of the wire."""
    from scapy.all import UDP, PcapReader
    found = {}
    with PcapReader(str(capture.path)) as packets:
        for packet in packets:
            body = bytes(packet[UDP].payload) if UDP in packet else b""
            if len(body) > 8 and body[:4] != bytes(4):
                found.setdefault(body[:4], []).append(int.from_bytes(body[4:8], "big"))
    return found


def test_S03_dataplane_killed_forwards_again_in_two_seconds_and_reuses_nothing(lab):
    """Same SAs on both sides, no sequence number sent twice, nothing received again."""
    before = spis(lab)
    sent = traffic.Capture(lab, "sent", f"src {lab.wan.address} and udp port 4500", interface="towan", snap=96)
    replay = traffic.Capture(lab, "replay", f"src {plan.TUNNELS[0].outside} and udp port 4500 and udp[8:4] != 0",
                             interface="towan")
    ping = traffic.Ping(lab, 200, 0.05)
    time.sleep(2)
    lab.gateway.kill("dataplane")
    lab.gateway.start_dataplane()
    time.sleep(1)
    answers = ping.finish()
    replay.stop()
    sent.stop()
    gap = traffic.longest_gap(answers)
    tap.comment(f"no answer for {gap:.2f} s")
    assert gap <= 2, f"forwarding came back after {gap:.2f} s"
    tap.equal(spis(lab), before, "SPIs")
    for spi, numbers in sequences(sent).items():
        tap.equal(len(set(numbers)), len(numbers), f"distinct sequence numbers of SPI {spi.hex()}")
    resend(lab, replay, answers)


def resend(lab, capture, answers):
    """What AWS sent before and after the crash, sent again: the window must have survived. An answer that was on
    its way when the dataplane died was never received, and may be now."""
    from scapy.all import ICMP, IP, PcapReader, raw
    from lab.inject import send
    with PcapReader(str(capture.path)) as packets:
        again = [raw(p[IP]) for p in packets if IP in p]
    seen = traffic.Capture(lab, "seen", f"icmp and src {plan.VPC_HOST}", role="lan", interface="eth0")
    send(lab, again)
    time.sleep(0.5)
    seen.stop()
    with PcapReader(str(seen.path)) as packets:
        reached = [p[ICMP].seq for p in packets if ICMP in p]
    tap.comment(f"{len(again)} packets sent again, of them new to the gateway: {reached}")
    assert len(again) >= len(answers), f"{len(again)} packets sent again, {len(answers)} answers were received"
    tap.equal([seq for seq in reached if seq in answers], [], "answers that reached the LAN a second time")
    tap.equal(len(set(reached)), len(reached), "answers that reached the LAN once")


def test_control_killed_is_back_in_seconds(lab):
    """Its BGP connections die with it, and AWS withdraws the way back at once: until the restart nothing
    passes, and nothing passes in clear."""
    lab.gateway.kill("control")
    time.sleep(2)
    begin = time.monotonic()
    lab.gateway.start_control()
    lab.wait_tunnels()
    form.wait_ping(lab)
    took = time.monotonic() - begin
    tap.comment(f"first ping {took:.1f} s after the restart")
    assert took <= 15, f"first ping {took:.1f} s after the restart"


def test_a_port_that_a_run_before_narrowed_is_as_wide_as_its_device(lab):
    def mtu():
        return json.loads(lab.net.run("gw", "ip", "-j", "link", "show", "lan1").stdout)[0]["mtu"]
    wide = mtu()
    lab.gateway.console.must("ip lan1 mtu 1300")  # not saved
    wait_for("lan1 is narrow", lambda: mtu() == 1300, 10)
    lab.gateway.kill("control")
    lab.gateway.start_control()
    wait_for("lan1 is wide again", lambda: mtu() == wide, 10)
    lab.wait_tunnels()
    form.wait_ping(lab)


def test_S04_both_killed_come_back_in_15_s_without_the_aws_api(lab):
    """From the saved configuration; the EC2 endpoint is gone."""
    lab.processes.stop("ec2")
    lab.gateway.kill("control")
    lab.gateway.kill("dataplane")
    time.sleep(1)
    begin = time.monotonic()
    lab.gateway.start()
    lab.wait_tunnels()
    took = time.monotonic() - begin
    form.wait_ping(lab)
    tap.comment(f"tunnels up {took:.1f} s after the start, first ping after {time.monotonic() - begin:.1f} s")
    assert took <= 15, f"tunnels up after {took:.1f} s"


def test_control_stopped_in_order_says_goodbye(lab):
    """SIGTERM: the peers are told; AWS holds no SA afterwards."""
    lab.processes.stop("control")
    time.sleep(1)
    tap.equal([e.count() for e in lab.endpoints.values()], [(0, 0), (0, 0)], "(IKE SAs, child SAs) left at AWS")
    tap.equal(traffic.reachable(lab), False, "ping without control")
    lab.gateway.start_control()
    lab.wait_tunnels()
    form.wait_ping(lab)


def test_nothing_for_the_vpc_was_ever_in_clear(lab):
    tap.equal(lab.tripwire.stop(), [], "clear packets in the internet")


if __name__ == "__main__":
    form.main(globals(), setup)
