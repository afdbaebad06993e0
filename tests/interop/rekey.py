#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""rekey.py PROGRAMS: keys change under traffic and nothing is lost; AWS's side begins.

Old pairs stay for a minute where no traffic proves the newest, and there is room for six: the tests
together make fewer."""
import time

import form
import tap
from lab import traffic
from lab.proc import LabError, wait_for


def setup():
    return form.start("rekey", nat=True, watch=True)


def settled(lab, seconds=45):
    """AWS holds one IKE SA and one child SA for each tunnel again."""
    try:
        wait_for("one pair of SAs at each endpoint", lambda: all(
            e.count() == (1, 1) for e in lab.endpoints.values()), seconds, 0.3)
    except LabError as late:
        raise LabError("\n".join([str(late)] + [e.sas() for e in lab.endpoints.values()])) from None


def under_traffic(lab, act, times, pause):
    """Pings at 50 a second while act() is called; nothing may be lost, every key must be new."""
    ping = traffic.Ping(lab, int((times * pause + 2) * 50), 0.02)
    seen = {n: set(e.spis()) for n, e in lab.endpoints.items()}
    for _ in range(times):
        time.sleep(pause)
        act()
        for n, e in lab.endpoints.items():
            seen[n] |= set(e.spis())
    lost = ping.lost()
    tap.comment(f"{ping.count} pings, {len(lost)} lost; SA pairs seen {[len(s) for s in seen.values()]}")
    tap.equal(lost, [], "pings lost")
    return seen


def test_phase_2_rekeyed_by_aws_loses_nothing(lab):
    def act():
        for e in lab.endpoints.values():
            e.rekey_child()
    seen = under_traffic(lab, act, 2, 2)
    assert all(len(s) >= 3 for s in seen.values()), f"SA pairs seen: {seen}"
    settled(lab)


def test_phase_1_rekeyed_by_aws_loses_nothing(lab):
    def act():
        for e in lab.endpoints.values():
            e.rekey_ike()
    under_traffic(lab, act, 2, 2)
    settled(lab)
    for e in lab.endpoints.values():
        tap.equal(e.log().count("state change: CONNECTING => ESTABLISHED"), 3, f"IKE SAs made with {e.tag}")


def test_both_phases_rekeyed_together_lose_nothing(lab):
    """A breath between the two: charon loses a Quick Mode that its own Main Mode overtakes."""
    def act():
        for e in lab.endpoints.values():
            e.rekey_child()
        time.sleep(0.4)
        for e in lab.endpoints.values():
            e.rekey_ike()
    under_traffic(lab, act, 2, 2)
    settled(lab)


def test_old_sas_are_gone_in_the_end(lab):
    """AWS deletes nothing by itself: the gateway does, a minute after the peer left the old pair."""
    wait_for("one pair of SAs for each tunnel at the gateway", lambda: "Total: isakmp:2 send:2 recv:2"
             in lab.gateway.console.ask("show ipsec sa"), 90, 0.5)
    settled(lab)


def test_bgp_stayed_through_all_of_it(lab):
    for number, bird in lab.birds.items():
        tap.equal(bird.log().count("State changed to down"), 0, f"losses of session {number}")


def test_nothing_for_the_vpc_was_ever_in_clear(lab):
    tap.equal(lab.tripwire.stop(), [], "clear packets in the internet")


if __name__ == "__main__":
    form.main(globals(), setup)
