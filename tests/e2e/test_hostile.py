#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Traffic that is meant to break something, alone and while somebody scribbles into the tables. The books balance
all the time, and whoever means well is served: afterwards, and where the tables are right, meanwhile.

CGW_HOSTILE_SECONDS=60 CGW_HOSTILE_SEED=7 tests/e2e/test_hostile.py build/asan     longer, and another one"""
from hostile import *

SECONDS = float(os.environ.get("CGW_HOSTILE_SECONDS", 6))
SEED = int(os.environ.get("CGW_HOSTILE_SEED", 1))
QUESTIONS = ("status", "tunnels", "tunnels,0", "sas", "sas,0", "sas,1", "routes,10.0.1.2", "routes,2001:db8:2::1",
             "drops", "ports", "workers", "memory", "capture")


def ready(lab, generation=0):
    lab.basic_tables()
    lab.six_tables()
    sas = [Sa(1, generation=generation), Sa(2, six=True, generation=generation)]
    for sa in sas:
        lab.tunnel_up(sa)
    return sas


def works(lab, sa):
    lab.settled()
    lab.lan.drain()
    lab.wan.drain()
    lab.from_lan(IP(src=LAN_HOST, dst=VPC_HOST) / UDP(sport=1, dport=2) / bytes(72))
    sa.decrypt(one([f for f in lab.wan.receive(None, wait=3) if is_esp(f) and f[IP].dst == sa.peer])[IP])
    marked = raw(os.urandom(32))
    sa.peer_seq += 1000  # hostile packets have used some that were genuine
    lab.from_wan(sa.encrypt(IP(src=VPC_HOST, dst=LAN_HOST) / UDP(sport=1, dport=2) / marked))
    one([f for f in lab.lan.receive(None, wait=3) if marked in raw(f)])


def look(lab):
    lab.assert_alive()
    lab.assert_balance(lab.fixture.state())
    lab.lan.drain()
    lab.wan.drain()


def test_hostile_traffic(lab):
    sas = ready(lab)
    hostile, end = Hostile(lab, sas, SEED), time.monotonic() + SECONDS
    while time.monotonic() < end:
        for _ in range(20):
            hostile.send(60)
            look(lab)
        works(lab, sas[0])


def test_S05_hostile_traffic_and_records_of_any_content(lab):
    begun, lines, generation = time.monotonic(), lab.log_text().count("\n"), 0
    while time.monotonic() < begun + SECONDS:
        generation = generation % 7 + 1
        hostile = Hostile(lab, ready(lab, generation), SEED + generation)
        for turn in range(60):
            hostile.send(60)
            for _ in range(hostile.random.randrange(4)):
                hostile.scribble()
            if turn % 5 == 0:
                lab.telemetry("/cgw/" + hostile.random.choice(QUESTIONS))
            look(lab)
    works(lab, ready(lab)[0])
    lines = lab.log_text().count("\n") - lines
    assert lines < 100 + 40 * (time.monotonic() - begun), f"the log is flooded: {lines} lines"


main([value for name, value in list(globals().items()) if name.startswith("test_")], "hostile", memory=384,
     device="pcap")
