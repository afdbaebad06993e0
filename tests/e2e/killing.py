# SPDX-License-Identifier: BSD-3-Clause
"""The dataplane killed under traffic and started again, any number of times: what must hold each time."""
import random
import statistics

from traffic import *

BACK_SECONDS = 2  # hostile row S03


class Figures(list):
    """Seconds from the kill to the first packet through, both ways."""

    def __str__(self):
        return f"{self.median():.3f} s, at most {max(self):.3f} s, of {len(self)}"

    def median(self):
        return statistics.median(self)


def kernel_side(lab):
    """What outlives the dataplane: the twins, their addresses, the routes over them. A route says `linkdown`
    until the twin is attached again, a moment after the first packets are forwarded."""
    text = lab.gw.sh("cat /sys/class/net/tunnel1/ifindex /sys/class/net/lan1/ifindex /sys/class/net/lan2/ifindex; "
                     "ip -o -4 addr show; ip route show; ip neigh show nud permanent")
    return [[word for word in line.split() if word != "linkdown"] for line in text.splitlines()]


def replay_old_ones(lab, traffic, chance):
    """Sends again what was delivered before the kill: all of it is refused, by name."""
    delivered = [s.sequence for s in traffic.delivered if s.sequence in traffic.sealed]
    again = sorted(set(delivered[-20:] + chance.sample(delivered, min(20, len(delivered)))))
    before = lab.drops()
    for sequence in again:
        traffic.again(sequence)
    drops = lab.drops()
    refused = sum(drops[name] - before[name] for name in ("replay", "replay_old"))
    assert refused == len(again), f"{refused} of {len(again)} refused, {drops}"


class Kill:
    """One kill somewhere in the traffic, now and then another in the middle of the start that follows."""

    def __init__(self, lab, sa, traffic, chance):
        time.sleep(chance.uniform(0.05, 0.2))
        self.at = time.monotonic()
        lab.kill()
        if chance.random() < 0.2:
            lab.launch()
            time.sleep(chance.uniform(0, 0.4))
            self.at = time.monotonic()
            lab.kill()
        mark, memory = traffic.mark(), lab.fixture.state()["sas"]
        lab.start()
        out, delivered = traffic.first_after(mark, HUNG)
        ceiling, top = memory[str(sa.slot_out)]["sequence"], memory[str(sa.slot_in)]["sequence"]
        assert out.sequence >= ceiling, f"{out.sequence} after the promise of {ceiling}"
        assert delivered.sequence > top, f"{delivered.sequence} was taken, {top} stored"
        self.back_after = max(out.time, delivered.time) - self.at


def kill_and_restart(lab, times, seed=None, progress=None):
    """The figures of `times` kills; `progress` is called after each with its number and the figures so far."""
    sa, chance, figures = Sa(1), random.Random(seed), Figures()
    lab.tunnel_up(sa)
    lab.tun_address(1)
    before = kernel_side(lab)
    with Traffic(lab, sa) as traffic:
        traffic.first_after((0, 0), HUNG)
        for number in range(times):
            figures.append(Kill(lab, sa, traffic, chance).back_after)
            after = kernel_side(lab)
            assert after == before, f"{after}, not {before}"
            traffic.pause()
            replay_old_ones(lab, traffic, chance)
            lab.assert_accounts()
            traffic.go_on()
            if progress:
                progress(number + 1, figures)
        traffic.pause()
        traffic.assert_nothing_twice()
    sa.decrypt(one_more(lab)[IP])
    return figures


def one_more(lab):
    lab.wan.drain()
    lab.from_lan(IP(src=LAN_HOST, dst=VPC_HOST, ttl=64) / UDP(sport=1, dport=2) / bytes(72))
    return one(lab.wan.receive())
