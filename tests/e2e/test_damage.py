#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""cfg.v1 damaged as a whole while it is in use (hostile row S05): nothing that is in force is lost by it, and a
region written anew is taken. Records that are wrong one by one are in test_restart.py."""
import random

from traffic import *


def region(lab):
    return f"/dev/shm/cgw/{lab.name}/cfg.v1"


def written_anew(lab, generation=1):
    """By another writer: the one before may have met the end of its own file."""
    lab.fixture.process.kill()
    lab.fixture.process.wait()
    lab.fixture = Fixture(lab.out, lab.name)
    lab.basic_tables()
    sa = Sa(1, generation=generation)
    lab.tunnel_up(sa)
    with Traffic(lab, sa) as traffic:
        traffic.first_after((0, 0), HUNG)
        traffic.pause()
        traffic.assert_none_lost()


def test_S05_the_file_is_cut_short_and_no_packet_is_lost(lab):
    for number, size in enumerate((0, 4096, 1 << 20), 1):
        sa = Sa(1)
        lab.tunnel_up(sa)
        with Traffic(lab, sa) as traffic:
            traffic.first_after((0, 0), HUNG)
            os.truncate(region(lab), size)
            if size:
                lab.fixture("commit")
            lab.until(lambda: lab.log_text().count("event=region-damaged") == number, HUNG, "it is seen")
            traffic.first_after(traffic.mark(), HUNG)
            traffic.pause()
            traffic.assert_none_lost()
        written_anew(lab)


def test_S05_another_file_by_its_name_is_not_read(lab):
    sa = Sa(1)
    lab.tunnel_up(sa)
    whole = open(region(lab), "rb").read()
    random.seed(1)
    with Traffic(lab, sa) as traffic:
        for content in (b"", b"x", whole[:4096], whole[:-1], whole + bytes(64), random.randbytes(len(whole)),
                        bytes(len(whole))):
            with open(region(lab) + ".new", "wb") as new:
                new.write(content)
            os.rename(region(lab) + ".new", region(lab))
            time.sleep(0.12)  # two of its looks for a new region
            traffic.first_after(traffic.mark(), HUNG)
        traffic.pause()
        traffic.assert_none_lost()
    written_anew(lab)


def test_S05_bits_flip_anywhere_in_the_region(lab):
    for seed in range(4):
        random.seed(seed)
        sa = Sa(1)
        lab.tunnel_up(sa)
        size = os.stat(region(lab)).st_size
        with Traffic(lab, sa) as traffic:
            for _ in range(1500):
                # Half of them where there is something: header, settings and the first records.
                at = random.randrange(size if random.random() < 0.5 else 4096)
                lab.fixture(f"header {at} {random.randrange(256):02x}")
                if random.random() < 0.05:
                    lab.fixture("commit")
            traffic.pause()
            assert not traffic.clear
        lab.assert_alive()
        written_anew(lab)


def test_S05_an_sa_with_a_flipped_instance_sends_no_number_twice(lab):
    """As another instance it would begin at 1 with the same keys."""
    sa = Sa(1)
    lab.tunnel_up(sa)
    numbers = []

    def send():
        lab.from_lan(IP(src=LAN_HOST, dst=VPC_HOST) / UDP() / b"one more")
        numbers.append(sa.sequence(one(lab.wan.receive())[IP]))

    send()
    flipped = sa.instance_out ^ 4
    lab.fixture(f"poke 5 {sa.slot_out} 8 {flipped.to_bytes(8, 'little').hex()}",
                lab.tunnel_line(sa).replace(f"sa_out_instance={sa.instance_out}", f"sa_out_instance={flipped}"))
    lab.kill()
    lab.start()
    lab.fixture("wait")
    with Drops(lab, no_sa=1):
        lab.from_lan(IP(src=LAN_HOST, dst=VPC_HOST) / UDP() / b"not this one")
    lab.tunnel_up(sa)
    send()
    assert numbers[0] == 1 and numbers[1] > 4096, numbers


main([value for name, value in list(globals().items()) if name.startswith("test_")], "damage")
