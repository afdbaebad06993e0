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


def rows(lab, connection):
    """Numbers of the SAs of that kind, as `show ipsec sa` has them."""
    lines = [line.split() for line in lab.gateway.console.ask("show ipsec sa").splitlines()]
    return [int(line[0]) for line in lines if len(line) > 4 and line[3] == connection]


def told(lab, what):
    return lab.endpoints[1].log().count(f"received DELETE for {what}")


def test_sas_deleted_by_their_number_are_told_and_replaced(lab):
    """The pair of tunnel 1 alone, and then the ISAKMP SA with all that hangs on it; tunnel 2 keeps its own."""
    console, one, two = lab.gateway.console, lab.endpoints[1], lab.endpoints[2]
    pair, others = set(one.spis()), two.spis()
    esp, ike = told(lab, "ESP CHILD_SA"), told(lab, "IKE_SA")
    ping = traffic.Ping(lab, 300, 0.02)
    time.sleep(1)
    console.must(f"ipsec sa delete {rows(lab, 'tun[0001]esp')[0]}")
    lost = ping.lost()
    tap.comment(f"a pair deleted: {len(lost)} of 300 pings lost")
    settled(lab, 20)
    assert pair.isdisjoint(one.spis()), "the pair was not replaced"
    assert told(lab, "ESP CHILD_SA") > esp, "AWS was not told of the pair"
    tap.equal(told(lab, "IKE_SA"), ike, "ISAKMP SAs that AWS was told of")
    pair = set(one.spis())
    console.must(f"ipsec sa delete {min(rows(lab, 'isakmp'))}")
    lab.wait_tunnels(timeout=30)
    settled(lab, 20)
    assert pair.isdisjoint(one.spis()), "the pair survived its ISAKMP SA"
    assert told(lab, "IKE_SA") > ike, "AWS was not told of the ISAKMP SA"
    tap.equal(two.spis(), others, "the pair of tunnel 2")
    status, text = console.type("ipsec sa delete 99")
    tap.equal(status, 1, "exit status of a number that none has")
    tap.contains(text, "there is no SA 99: `show ipsec sa` has the numbers")


def test_all_are_deleted_with_a_word_to_aws_and_refreshed_without(lab):
    for command, said in (("ipsec sa delete all", True), ("ipsec refresh sa", False)):
        before, pair = told(lab, "IKE_SA"), set(lab.endpoints[1].spis())
        lab.gateway.console.must(command)
        wait_for(f"another pair after {command}", lambda gone=pair: set(lab.endpoints[1].spis()) - gone, 20, 0.3)
        lab.wait_tunnels(timeout=30)
        tap.equal(told(lab, "IKE_SA") > before, said, f"AWS was told of {command}")


def test_nothing_for_the_vpc_was_ever_in_clear(lab):
    tap.equal(lab.tripwire.stop(), [], "clear packets in the internet")


if __name__ == "__main__":
    form.main(globals(), setup)
