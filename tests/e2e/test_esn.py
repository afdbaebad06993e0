#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Sequence numbers of 64 bits of which 32 travel (RFC 4303 section 2.2.1 and appendix A), windows of every
size, and the end of the numbers that have no high half."""
from lab import *

FORMS = [{"encr": CBC, "auth": SHA1}, {"encr": CBC, "auth": SHA512}, {"encr": GCM}]
WRAP = 1 << 32


def packet(way, **fields):
    src, dst = (LAN_HOST, VPC_HOST) if way else (VPC_HOST, LAN_HOST)
    return IP(raw(IP(src=src, dst=dst, ttl=64, **fields) / UDP(sport=9, dport=7) / b"x"))


def ready(lab, extra_in="", **options):
    sa = Sa(1, **options)
    lab.tunnel_up(sa, extra_in=extra_in)
    return sa


def taken(lab, sa, *numbers):
    for number in numbers:
        lab.from_wan(sa.encrypt(packet(False, id=number & 0xffff), seq=number))
        assert one(lab.lan.receive())[IP].id == number & 0xffff, hex(number)


def refused(lab, sa, reason, *numbers):
    with Drops(lab, **{reason: len(numbers)}):
        for number in numbers:
            lab.from_wan(sa.encrypt(packet(False), seq=number))


def top(lab, sa):
    return lab.settled()["sas"][str(sa.slot_in)]["sequence"]


def test_E13_the_low_half_wraps_inbound(lab):
    for form in FORMS:
        sa = ready(lab, esn=True, **form)
        taken(lab, sa, 1, 2000, WRAP - 16, WRAP - 1, WRAP, WRAP + 1, WRAP - 2, WRAP + 5, WRAP - 3)
        refused(lab, sa, "replay", WRAP - 1, WRAP, WRAP + 1, WRAP - 2)
        assert top(lab, sa) == WRAP + 5
        taken(lab, sa, WRAP + 3000, 2 * WRAP - 1, 2 * WRAP)
        assert top(lab, sa) == 2 * WRAP


def test_E13_a_high_half_guessed_wrong_fails_the_icv_and_moves_nothing(lab):
    for form in FORMS:
        sa = ready(lab, esn=True, **form)
        taken(lab, sa, 3000)
        # Half a space ahead, a space behind the window, and what was right a space ago.
        refused(lab, sa, "icv", WRAP + 3001, 5 * WRAP + 3100, 3000 - 1024)
        assert top(lab, sa) == 3000
        taken(lab, sa, 3001, 2999)


def test_E13_the_low_half_wraps_outbound(lab):
    for form in FORMS:
        sa = ready(lab, esn=True, **form)
        first = lab.go_on_at(sa, WRAP - 6)
        sent = range(first, first + 12)
        assert WRAP in sent
        for number in sent:
            lab.from_lan(packet(True, id=number & 0xffff))
            outer = one(lab.wan.receive())[IP]
            assert sa.sequence(outer) == number % WRAP
            assert sa.decrypt(outer, number // WRAP).id == number & 0xffff


def test_E12_numbers_without_a_high_half_never_wrap(lab):
    for form in FORMS:
        sa = ready(lab, **form)
        first = lab.go_on_at(sa, WRAP - 6)
        for number in range(first, WRAP):
            lab.from_lan(packet(True))
            outer = one(lab.wan.receive())[IP]
            assert sa.sequence(outer) == number
            sa.decrypt(outer)
        # The first finds the end, and what the same burst brings; from then on the routes have no such tunnel.
        with Drops(lab, seq_exhausted=1):
            lab.from_lan(packet(True))
        with Drops(lab, no_sa=2):
            for _ in range(2):
                lab.from_lan(packet(True))
        assert not lab.wan.receive(None, wait=0.2)
        assert lab.settled()["sas"][str(sa.slot_out)]["ended"] == 1


def test_E05_a_window_is_as_wide_as_it_says(lab):
    for window in (64, 128, 1024, 2048, 4096, 8192):
        sa = ready(lab, f"replay_window={window}")
        taken(lab, sa, 100000, 100000 - window + 1)
        refused(lab, sa, "replay_old", 100000 - window)
        refused(lab, sa, "replay", 100000 - window + 1)
        sa = ready(lab, f"replay_window={window}", esn=True)
        ahead = WRAP + window // 2
        taken(lab, sa, 10000, WRAP - 100, ahead, ahead - window + 1)
        # Left of an extended window is a whole space ahead: no number that could be right.
        refused(lab, sa, "icv", ahead - window)
        refused(lab, sa, "replay", ahead - window + 1)
        assert top(lab, sa) == ahead


main([value for name, value in list(globals().items()) if name.startswith("test_")], "esn")
