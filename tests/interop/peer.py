#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""peer.py PROGRAMS: what AWS does to a customer: wrong keys, restarts, rotated keys, the same answer again."""
import time

import form
import tap
from lab import plan, traffic
from lab.proc import wait_for

ROTATED = "lab2.psk_Rotated.8dKq3XvB"


def setup():
    lab = form.start("peer", nat=True, tunnels=False, watch=True)
    lab.endpoints[2].psk = "not.the.key.that.aws.answered"
    lab.endpoints[2].load()
    lab.gateway.console.must(*lab.gateway.cloud())
    lab.gateway.console.must("cloud vpn set go 1 save")
    return lab


def settled(lab, timeout):
    wait_for("one pair of SAs at each endpoint", lambda: all(
        e.count() == (1, 1) for e in lab.endpoints.values()), timeout, 0.5)


def test_K16_wrong_key_fails_and_leaves_the_other_tunnel_alone(lab):
    lab.wait_tunnels((1,))
    form.wait_ping(lab)
    ping = traffic.Ping(lab, 100, 0.1)
    tap.equal(ping.lost(), [], "pings lost on the other tunnel")
    tap.equal(lab.endpoints[2].count(), (0, 0), "(IKE SAs, child SAs) of endpoint 2")
    tries = lab.endpoints[2].log().count("is initiating a Main Mode")
    tap.comment(f"endpoint 2 was tried {tries} times in about 11 s")
    assert 1 <= tries <= 6, f"{tries} attempts in about 11 s: no backoff"


def test_K16_right_key_brings_it_up_without_help(lab):
    lab.endpoints[2].psk = plan.TUNNELS[1].psk
    lab.endpoints[2].load()
    took = lab.wait_tunnels((2,), timeout=90)
    tap.comment(f"up {took:.1f} s after the key was right")


def test_A21_the_same_answer_changes_nothing(lab):
    before = {n: e.spis() for n, e in lab.endpoints.items()}
    config = lab.gateway.console.config()
    ping = traffic.Ping(lab, 100, 0.05)
    lab.gateway.console.must("cloud vpn set go 1 no-save")
    tap.equal(ping.lost(), [], "pings lost")
    tap.equal({n: e.spis() for n, e in lab.endpoints.items()}, before, "SPIs")
    tap.equal(lab.gateway.console.config(), config, "configuration")
    log = lab.gateway.console.ask("show log")
    tap.contains(log, "[CLOUD_VPN][1] Existing config and received data is matched")
    tap.contains(log, "[CLOUD_VPN][1] Config not change")


def test_A22_rotated_key_rekeys_only_that_tunnel(lab):
    other = lab.endpoints[1].spis()
    lab.aws_says(changes={2: {"psk": ROTATED}})
    lab.endpoints[2].psk = ROTATED
    lab.endpoints[2].load()
    mark = len(lab.endpoints[2].log())
    ping = traffic.Ping(lab, 200, 0.05)
    lab.gateway.console.must("cloud vpn set go 1 save")
    wait_for("a new IKE SA with endpoint 2", lambda: "ESTABLISHED" in lab.endpoints[2].log()[mark:], 60, 0.5)
    lab.wait_tunnels((2,), timeout=60)
    tap.equal(ping.lost(), [], "pings lost on the other tunnel")
    tap.equal(lab.endpoints[1].spis(), other, "SPIs of the other tunnel")
    settled(lab, 20)


def test_K43_aws_forgets_everything_one_pair_of_sas_survives(lab):
    """Endpoint 1 crashes and starts with no memory; within 2 x DPD (60 s) there is one pair again."""
    begin = time.monotonic()
    lab.endpoints[1].stop()
    lab.endpoints[1].start()
    wait_for("one pair of SAs with the reborn endpoint", lambda: lab.endpoints[1].count() == (1, 1), 60, 0.5)
    tap.comment(f"back after {time.monotonic() - begin:.1f} s")
    time.sleep(5)
    tap.equal(lab.endpoints[1].count(), (1, 1), "(IKE SAs, child SAs) 5 s later")
    lab.wait_tunnels(timeout=60)
    form.wait_ping(lab, 40)


def test_bgp_speaker_restarted_comes_back(lab):
    lab.birds[2].stop()
    lab.birds[2].start()
    took = lab.wait_tunnels((2,), timeout=60)
    tap.comment(f"BGP back after {took:.1f} s")


def test_K24_phase_1_deleted_by_aws_comes_back(lab):
    lab.endpoints[1].swanctl("--terminate", "--ike", "aws", check=False)
    settled(lab, 60)
    lab.wait_tunnels(timeout=60)
    form.wait_ping(lab, 40)


def test_nothing_for_the_vpc_was_ever_in_clear(lab):
    tap.equal(lab.tripwire.stop(), [], "clear packets in the internet")


if __name__ == "__main__":
    form.main(globals(), setup)
