#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""test_address.py PROGRAMS: two networks at one port. The kernel's tables say what it bears, and hosts of both
reach it and each other."""
from lab import *

SECOND = "192.168.101.1"


def borne(lab):
    """Addresses of lan1 with their masks."""
    return sorted(line.split()[3] for line in lab.gw.sh("ip -4 -o addr show dev lan1").splitlines())


def until_borne(lab, *wanted):
    until(f"lan1 bears {wanted}", lambda: borne(lab) == sorted(wanted))


def test_a_second_network_is_borne_and_reached(lab):
    lab.basics()
    lab.must(f"ip lan1 secondary address {SECOND}/24")
    until_borne(lab, f"{GATEWAY}/24", f"{SECOND}/24")
    lab.host.sh(f"ip addr replace 192.168.101.10/24 dev eth0; ping -n -c 1 -W 2 -I 192.168.101.10 {SECOND}")
    lab.net.sh(f"ip route replace 192.168.101.0/24 via {WAN}")
    lab.host.sh("ping -n -c 1 -W 2 -I 192.168.101.10 198.51.100.1")
    text = lab.must("show ip route")
    tap.matches(text, rf"^192\.168\.100\.0/24 +{GATEWAY} +LAN1 +implicit")
    tap.matches(text, rf"^192\.168\.101\.0/24 +{SECOND} +LAN1 +implicit")


def test_it_stays_when_the_first_changes_and_goes_with_its_line(lab):
    lab.must("ip lan1 address 192.168.102.1/24")
    until_borne(lab, "192.168.102.1/24", f"{SECOND}/24")
    lab.must(f"ip lan1 address {GATEWAY}/24\nno ip lan1 secondary address")
    until_borne(lab, f"{GATEWAY}/24")


def test_without_a_first_address_there_is_no_second(lab):
    lab.must(f"ip lan1 secondary address {SECOND}/24\nno ip lan1 address")
    until_borne(lab)
    lab.must(f"ip lan1 address {GATEWAY}/24")
    until_borne(lab, f"{GATEWAY}/24", f"{SECOND}/24")


def test_what_cannot_be_beside_it_is_refused(lab):
    for line, words in (("bgp use on", "`bgp use on` and a secondary address (of lan1) exclude each other"),
                        ("ip lan2 address 192.168.101.2/24", "the networks of lan1 and lan2 overlap"),
                        (f"ip lan1 address {SECOND}/16", "the two networks of lan1 overlap")):
        status, text = lab.type(line)
        tap.equal(status, 1, f"exit status of {line}")
        tap.contains(text, words)


if __name__ == "__main__":
    main(globals(), "a")
