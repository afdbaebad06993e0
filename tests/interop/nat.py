#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""nat.py PROGRAMS: behind a NAT that rewrites ports: ESP in UDP 4500 (RFC 3948), end to end."""
import form
import decrypt
import tap
from lab import plan, traffic
from way import *  # noqa: F401,F403  (tests shared with plain.py)
from way import encrypted_on_the_wire


def setup():
    lab = form.start("nat", nat=True, log_keys=True, watch=True)
    return lab


def test_the_wire_carries_esp_in_udp_4500_and_nothing_else(lab):
    encrypted_on_the_wire(lab, "udp port 4500 and udp[8:4] != 0", "esp")


def test_the_nat_rewrote_the_ports(lab):
    for t in plan.TUNNELS:
        found = tap.matches(lab.endpoints[t.number].sas(), rf"@ {plan.PUBLIC}\[(\d+)\]")
        assert 20000 <= int(found[1]) < 30000, f"endpoint {t.number} sees port {found[1]}"


def test_tshark_and_scapy_decrypt_what_crosses_the_wire(lab):
    """The keys are those in strongSwan's log: an oracle for key derivation, ESP and padding."""
    wire = traffic.Capture(lab, "decrypt", "udp port 4500", interface="toaws1")
    lab.net.run("lan", "ping", "-n", "-c", "5", "-i", "0.1", "-s", "333", plan.VPC_HOST)
    wire.stop()
    keys = decrypt.esp_keys(lab.endpoints[1].log())
    tap.equal(decrypt.tshark(wire.path, keys), (5, 5), "(requests, replies) that tshark read")
    tap.equal(decrypt.scapy(wire.path, keys), (5, 5), "(requests, replies) that scapy read")


def test_nothing_for_the_vpc_was_ever_in_clear(lab):
    tap.equal(lab.tripwire.stop(), [], "clear packets in the internet")


if __name__ == "__main__":
    form.main(globals(), setup)
