#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Control killed and stopped under traffic, the dataplane stopped under it: nothing of what is in force waits
for anybody (hostile rows S01 and S02). The fixture is the writer here; tests/interop/crash.py does the same to
cgw-control itself."""
from traffic import *


def another_writer(lab):
    """Control again: goes on with the region that it finds."""
    lab.fixture.process.wait()
    lab.fixture = Fixture(lab.out, lab.name)
    lab.fixture("adopt")


def new_sa_works(lab, generation=1):
    sa = Sa(1, generation=generation)
    lab.tunnel_up(sa)
    lab.from_lan(IP(src=LAN_HOST, dst=VPC_HOST) / UDP(sport=1, dport=2) / bytes(72))
    sa.decrypt(one(lab.wan.receive())[IP])
    lab.from_wan(sa.encrypt(IP(src=VPC_HOST, dst=LAN_HOST) / UDP(sport=1, dport=2) / bytes(72)))
    one(lab.lan.receive())


def test_S01_control_is_killed_and_no_packet_is_lost(lab):
    sa = Sa(1)
    lab.tunnel_up(sa)
    with Traffic(lab, sa) as traffic:
        for _ in range(5):
            traffic.first_after(traffic.mark(), HUNG)
            lab.fixture.process.kill()
            traffic.first_after(traffic.mark(), HUNG)
            another_writer(lab)
            lab.fixture.commit()
        traffic.pause()
        traffic.assert_none_lost()
    new_sa_works(lab)


def test_S01_control_is_killed_in_the_middle_of_a_record(lab):
    sa = Sa(1)
    lab.tunnel_up(sa)
    with Traffic(lab, sa) as traffic:
        for table, slot in ((5, sa.slot_in), (5, sa.slot_out), (4, 0), (3, 2), (2, 1), (1, 1), (0, 0)):
            lab.fixture(f"odd {table} {slot}", f"poke {table} {slot} 8 ffffffffffffffff", "commit")
            lab.fixture.process.kill()
            traffic.first_after(traffic.mark(), HUNG)
            another_writer(lab)
            lab.fixture("commit")
            traffic.first_after(traffic.mark(), HUNG)
        traffic.pause()
        traffic.assert_none_lost()
    lab.basic_tables()
    new_sa_works(lab)


def test_S02_control_is_stopped_and_no_packet_is_lost(lab):
    sa = Sa(1)
    lab.tunnel_up(sa)
    with Traffic(lab, sa) as traffic:
        traffic.first_after((0, 0), HUNG)
        lab.fixture.process.send_signal(signal.SIGSTOP)
        time.sleep(2)
        traffic.pause()
        traffic.assert_none_lost()
        lab.fixture.process.send_signal(signal.SIGCONT)
    new_sa_works(lab)


def limited(lab, extra, watch):
    """Traffic with a limit on both SAs while control stands still; `watch` looks at what came through."""
    sa = Sa(1)
    lab.tunnel_up(sa, extra_in=extra, extra_out=extra)
    with Traffic(lab, sa) as traffic:
        lab.fixture.process.send_signal(signal.SIGSTOP)
        try:
            watch(traffic)
            traffic.pause()
        finally:
            lab.fixture.process.send_signal(signal.SIGCONT)
        traffic.assert_nothing_twice()
    state = lab.settled()["sas"]
    assert state[str(sa.slot_in)]["ended"] == 1 == state[str(sa.slot_out)]["ended"]
    new_sa_works(lab)


def test_S02_packets_are_limited_while_control_is_stopped(lab):
    def watch(traffic):
        traffic.wait_until_sent(150)
        traffic.pause()
        came = len(traffic.out), len(traffic.delivered)
        assert came == (100, 100), came
    limited(lab, "hard_packets=100", watch)


def test_S02_bytes_are_limited_while_control_is_stopped(lab):
    def watch(traffic):
        traffic.wait_until_sent(250)
        traffic.pause()
        # The packet that reaches the limit is the last: 100 bytes out, 40 in.
        came = len(traffic.out), len(traffic.delivered)
        assert came == (40, 100), came
    limited(lab, "hard_bytes=4000", watch)


def test_S02_time_is_limited_while_control_is_stopped(lab):
    def watch(traffic):
        traffic.first_after((0, 0), HUNG)
        time.sleep(2.2)
        mark = traffic.mark()
        time.sleep(0.3)
        assert traffic.mark() == mark, "nothing more after the limit"
    limited(lab, "hard_msec=2000", watch)


def test_S02_dataplane_is_stopped_and_goes_on(lab):
    sa = Sa(1)
    lab.tunnel_up(sa)
    with Traffic(lab, sa) as traffic:
        for _ in range(3):
            traffic.first_after(traffic.mark(), HUNG)
            lab.process.send_signal(signal.SIGSTOP)
            time.sleep(0.7)
            beat = lab.fixture.state()["heartbeat"]
            time.sleep(0.1)
            assert lab.fixture.state()["heartbeat"] == beat, "control sees that it stands still"
            lab.process.send_signal(signal.SIGCONT)
            traffic.first_after(traffic.mark(), HUNG)
        traffic.pause()
        traffic.assert_nothing_twice()


def test_S02_time_goes_on_while_the_dataplane_is_stopped(lab):
    sa = Sa(1)
    lab.tunnel_up(sa, extra_in="hard_msec=1000", extra_out="hard_msec=1000")
    begun = time.monotonic()
    lab.process.send_signal(signal.SIGSTOP)
    time.sleep(max(0, begun + 1.1 - time.monotonic()))
    for number in range(20):
        lab.from_lan(IP(src=LAN_HOST, dst=VPC_HOST, id=number) / UDP(sport=1, dport=2) / bytes(72))
        lab.from_wan(sa.encrypt(IP(src=VPC_HOST, dst=LAN_HOST) / UDP(sport=1, dport=2) / bytes(72)))
    lab.process.send_signal(signal.SIGCONT)
    assert not [f for f in lab.wan.receive(None, wait=1) if is_esp(f)] and not lab.lan.receive(None, wait=0.3)
    new_sa_works(lab)


main([value for name, value in list(globals().items()) if name.startswith("test_")], "stop")
