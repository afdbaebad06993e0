# SPDX-License-Identifier: BSD-3-Clause
"""What the forms share: paths, a lab with the gateway in it, the way from nothing to two tunnels."""
import argparse
import contextlib
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]
import tap  # noqa: E402
from lab import plan, traffic  # noqa: E402
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


@contextlib.contextmanager
def laid_out(name, **options):
    """start() for the length of a with statement: a test with a lab of its own."""
    lab = start(name, **options)
    try:
        yield lab
    except BaseException:
        tap.comment(lab.logs())
        raise
    finally:
        lab.down()


def connect(lab):
    """Names the VPN connection, fetches it, waits for both tunnels and the first ping."""
    lab.gateway.console.must(*lab.gateway.cloud())
    lab.gateway.console.must("cloud vpn set go 1 save")
    lab.wait_tunnels()
    wait_for("the route to the VPC by tunnel 1", lambda: sends_by(lab, 1), 20, 0.2)
    wait_for("the VPC's route back by endpoint 1", lambda: f"via {plan.TUNNELS[0].vpc_address}" in
             lab.vpc_bird.birdc("show", "route", "primary", "0.0.0.0/0"), 20, 0.2)
    wait_ping(lab)


def sends_by(lab, number):
    """True when the gateway's route to the VPC is tunnel `number`."""
    return any(line.startswith(plan.VPC_NET) and f"TUNNEL[{number}]" in line
               for line in lab.gateway.console.ask("show ip route").splitlines())


def wait_ping(lab, timeout=20):
    wait_for("a ping from the LAN host to the VPC host", lambda: traffic.reachable(lab), timeout, 0.2)


def only():
    """The part of a name that picks tests, None = all."""
    return sys.argv[2] if len(sys.argv) > 2 else None


def main(namespace, setup):
    tap.main(namespace, setup=setup, teardown=lambda lab: lab.down(), evidence=lambda lab: lab.logs(),
             only=only())
