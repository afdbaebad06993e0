#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""inject.py INTERFACE: sends frames, one in hexadecimal a line of standard input, as fast as they come.

It runs inside a namespace; send() is the way in for tests."""
import pathlib
import socket
import sys

HERE = pathlib.Path(__file__).resolve()


def mac(lab, role, interface):
    return lab.net.run(role, "cat", f"/sys/class/net/{interface}/address").stdout.strip()


def send(lab, packets, role="inet", interface="towan", to=("gw", "lan2")):
    """Sends IP packets (bytes) from an interface of the lab to the station `to`, whatever their source."""
    head = bytes.fromhex((mac(lab, *to) + mac(lab, role, interface)).replace(":", "")) + b"\x08\x00"
    lines = "".join((head + packet).hex() + "\n" for packet in packets)
    lab.net.run(role, "/usr/bin/python3", HERE, interface, text_in=lines)


def main():
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    out.bind((sys.argv[1], 0))
    for line in sys.stdin:
        out.send(bytes.fromhex(line))


if __name__ == "__main__":
    main()
