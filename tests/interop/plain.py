#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""plain.py PROGRAMS: on the public address, no NAT: plain ESP, IP protocol 50. Needs strongSwan 6."""
import form
import decrypt
import tap
from lab import plan, traffic
from way import *  # noqa: F401,F403  (tests shared with nat.py)
from way import encrypted_on_the_wire


def setup():
    return form.start("plain", nat=False, log_keys=True, watch=True)


def test_the_wire_carries_esp_as_protocol_50_and_nothing_else(lab):
    encrypted_on_the_wire(lab, "esp", "udp port 4500")


def test_tshark_and_scapy_decrypt_what_crosses_the_wire(lab):
    wire = traffic.Capture(lab, "decrypt", "esp", interface="toaws1")
    lab.net.run("lan", "ping", "-n", "-c", "5", "-i", "0.1", "-s", "333", plan.VPC_HOST)
    wire.stop()
    keys = decrypt.esp_keys(lab.endpoints[1].log())
    tap.equal(decrypt.tshark(wire.path, keys), (5, 5), "(requests, replies) that tshark read")
    tap.equal(decrypt.scapy(wire.path, keys), (5, 5), "(requests, replies) that scapy read")


def test_nothing_for_the_vpc_was_ever_in_clear(lab):
    tap.equal(lab.tripwire.stop(), [], "clear packets in the internet")


if __name__ == "__main__":
    form.main(globals(), setup)
