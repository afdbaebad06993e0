# SPDX-License-Identifier: BSD-3-Clause
"""What the forms share: paths, a lab with the gateway in it, the way from nothing to two tunnels."""
import argparse
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]
import tap  # noqa: E402
from lab import traffic  # noqa: E402
from lab.core import Lab  # noqa: E402
from lab.proc import wait_for  # noqa: E402


def start(name, nat=True, tunnels=True, watch=False, **options):
    """A lab with the gateway's programs running. `tunnels`: also fetched, up and passing a ping. `watch`:
    a tripwire for clear packets from before the first line typed, as lab.tripwire."""
    arguments = argparse.ArgumentParser(description="one form of the interop tests")
    arguments.add_argument("programs", help="folder of cgw-dataplane, cgw-control and cgw")
    arguments.add_argument("only", nargs="?", help="run the tests with this in their name")
    arguments = arguments.parse_args()
    lab = Lab(f"{name}{os.getpid()}", nat=nat, programs=arguments.programs, **options)
    try:
        lab.up()
        if watch:
            lab.tripwire = traffic.Tripwire(lab)
        lab.gateway.start()
        lab.gateway.console.must(*lab.gateway.basics())
        lab.gateway.wait_internet()
        if tunnels:
            connect(lab)
    except BaseException:
        tap.comment(lab.logs())
        lab.down()
        raise
    return lab


def connect(lab):
    """Names the VPN connection, fetches it, waits for both tunnels and the first ping."""
    lab.gateway.console.must(*lab.gateway.cloud())
    lab.gateway.console.must("cloud vpn set go 1 save")
    lab.wait_tunnels()
    wait_ping(lab)


def wait_ping(lab, timeout=20):
    wait_for("a ping from the LAN host to the VPC host", lambda: traffic.reachable(lab), timeout, 0.2)


def main(namespace, setup):
    only = sys.argv[2] if len(sys.argv) > 2 else None
    tap.main(namespace, setup=setup, teardown=lambda lab: lab.down(), evidence=lambda lab: lab.logs(),
             only=only)
