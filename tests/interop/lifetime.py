#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""lifetime.py PROGRAMS: the gateway rekeys by itself, before a lifetime ends, and loses nothing.

The shortest lifetime the dialect allows is 300 s, rekeyed at 70 to 90 % of it: this form waits for it and
is made to run beside the others."""
import time

import form
import tap
from lab import traffic


def setup():
    lab = form.start("life", nat=True, tunnels=False)
    console = lab.gateway.console
    console.must(*lab.gateway.cloud())
    console.must("cloud vpn set go 1 no-save")
    console.must("tunnel select 1", "ipsec ike duration ipsec-sa 1 300", "ipsec ike duration isakmp-sa 1 300",
                 "tunnel select none")
    lab.wait_tunnels()
    form.wait_ping(lab)
    return lab


def test_the_gateway_rekeys_both_phases_in_time_and_loses_nothing(lab):
    lab.gateway.console.must("ipsec refresh sa")
    lab.wait_tunnels()
    form.wait_ping(lab)
    first = lab.endpoints[1].spis()
    ping = traffic.Ping(lab, 1400, 0.2)
    while ping.running():
        time.sleep(2)
    lost = ping.lost()
    log = lab.endpoints[1].log()
    tap.comment(f"{ping.count} pings in 280 s, {len(lost)} lost; "
                f"{log.count('} established with SPIs')} phase 2, {log.count('IKE_SA aws[')} mentions of phase 1")
    tap.equal(lost, [], "pings lost")
    assert lab.endpoints[1].spis() != first, "phase 2 was not rekeyed"
    tap.equal(lab.endpoints[1].count(), (1, 1), "(IKE SAs, child SAs) of endpoint 1")


def test_bgp_stayed_meanwhile(lab):
    tap.equal(lab.birds[2].state(), "Established", "BGP of the other tunnel")
    tap.equal(lab.birds[1].state(), "Established", "BGP of the rekeyed tunnel")


if __name__ == "__main__":
    form.main(globals(), setup)
