#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Restarts, broken tables, SAs that vanish under traffic, and keys that must not stay behind."""
import pathlib
import random
import re

from lab import *


def out_packet(number=0):
    return IP(src=LAN_HOST, dst=VPC_HOST, ttl=64, id=number) / UDP(sport=1, dport=2) / bytes(72)


def in_packet(number=0):
    return IP(src=VPC_HOST, dst=LAN_HOST, ttl=64, id=number) / UDP(sport=1, dport=2) / bytes(72)


def ready(lab, **options):
    sa = Sa(1, **options)
    lab.tunnel_up(sa)
    return sa


def works(lab, sa):
    lab.lan.drain()
    lab.wan.drain()
    lab.from_lan(out_packet())
    sa.decrypt(one(lab.wan.receive())[IP])
    lab.from_wan(sa.encrypt(in_packet()))
    one(lab.lan.receive())


def test_S03_killed_no_sequence_number_twice_no_replay(lab):
    sa = ready(lab)
    lab.tun_address(1)
    index = lab.gw.sh("cat /sys/class/net/tunnel1/ifindex /sys/class/net/lan1/ifindex")
    seen, top, recorded = set(), 0, []
    for _ in range(4):
        for number in range(300):
            lab.from_lan(out_packet(number))
            packet = sa.encrypt(in_packet(number))
            recorded.append(packet)
            lab.from_wan(packet)
        time.sleep(0.02)
        lab.kill()
        for frame in lab.wan.receive(None, wait=2, quiet=0.1):
            sequence = sa.sequence(frame[IP])
            assert sequence not in seen and sequence > top, (sequence, top)
            seen.add(sequence)
        delivered = len(lab.lan.receive(None, wait=2, quiet=0.1))
        top = max(seen, default=0)
        lab.start()
        lab.fixture("wait")
        state = lab.fixture.state()["sas"]
        assert state[str(sa.slot_out)]["sequence"] > top
        assert state[str(sa.slot_in)]["sequence"] >= delivered
        # What was delivered before may not be delivered again.
        for packet in recorded[:50]:
            lab.from_wan(packet)
        drops = lab.drops()
        assert drops["replay"] + drops["replay_old"] == 50, drops
        sa.peer_seq = max(sa.peer_seq, state[str(sa.slot_in)]["sequence"])
        lab.lan.drain()
        lab.from_wan(sa.encrypt(in_packet()))
        one(lab.lan.receive())
    assert index == lab.gw.sh("cat /sys/class/net/tunnel1/ifindex /sys/class/net/lan1/ifindex")
    assert INSIDE[1][0] in lab.gw.sh("ip addr show tunnel1"), "addresses outlive the dataplane"
    lab.from_lan(out_packet())
    assert sa.sequence(one(lab.wan.receive())[IP]) > top
    assert top > 3 * 4096, "each restart begins at the ceiling"


def test_S03_terminated_and_started(lab):
    sa = ready(lab)
    works(lab, sa)
    assert lab.kill(signal.SIGTERM) == 0
    lab.start()
    lab.fixture("wait")
    works(lab, sa)
    assert lab.fixture.state()["sas"][str(sa.slot_out)]["packets"] == 2, "counters go on"


def test_a_lost_memory_of_sas_ends_them(lab):
    sa = ready(lab)
    works(lab, sa)
    lab.kill(signal.SIGTERM)
    sh(f"rm /dev/shm/cgw/{lab.name}/state.v1")
    lab.start()
    lab.fixture("wait")
    state = lab.fixture.state()["sas"]
    assert state[str(sa.slot_out)]["ended"] == 1 == state[str(sa.slot_in)]["ended"]
    with Drops(lab, no_sa=1, sa_ended=1):
        lab.from_lan(out_packet())
        lab.from_wan(sa.encrypt(in_packet()))
    works(lab, ready(lab, generation=1))


def test_control_is_gone_and_data_flows_until_the_hard_limit(lab):
    sa = Sa(1)
    lab.tunnel_up(sa, extra_out="hard_msec=2500", extra_in="hard_msec=2500")
    begun = time.monotonic()
    lab.fixture.process.send_signal(signal.SIGSTOP)
    os.rename(f"/dev/shm/cgw/{lab.name}/cfg.v1", f"/dev/shm/cgw/{lab.name}/kept")
    while time.monotonic() - begun < 1.5:
        works(lab, sa)
    time.sleep(max(0, begun + 2.7 - time.monotonic()))
    lab.from_lan(out_packet())
    lab.from_wan(sa.encrypt(in_packet()))
    assert not lab.wan.receive(None, wait=0.2) and not lab.lan.receive(None, wait=0.2)
    os.rename(f"/dev/shm/cgw/{lab.name}/kept", f"/dev/shm/cgw/{lab.name}/cfg.v1")
    lab.fixture.process.send_signal(signal.SIGCONT)


def test_a_region_made_anew_is_adopted(lab):
    for _ in range(5):
        lab.basic_tables()
        works(lab, ready(lab))


def test_an_sa_that_changes_its_peer_goes_on_counting(lab):
    sa = ready(lab)
    works(lab, sa)
    sa.peer_port = 20248
    lab.fixture(*sa.lines())
    lab.fixture.commit()
    lab.from_lan(out_packet())
    outer = one(lab.wan.receive())[IP]
    assert sa.sequence(outer) == 2 and outer[UDP].dport == 20248
    sa.decrypt(outer)
    with Drops(lab, replay=1):
        lab.from_wan(sa.encrypt(in_packet(), seq=1))


def test_S05_slot_of_a_dead_writer_keeps_its_last_good_copy(lab):
    sa = ready(lab)
    for table, slot in ((4, 0), (5, sa.slot_in), (5, sa.slot_out), (1, 1), (2, 1), (3, 2), (0, 0)):
        lab.fixture(f"odd {table} {slot}", "commit", "wait")
        works(lab, sa)


def test_S05_random_bytes_in_every_table(lab):
    sizes = {0: 80, 1: 72, 2: 64, 3: 144, 4: 176, 5: 300}
    for seed in range(6):
        random.seed(seed)
        lab.basic_tables()
        sa = ready(lab)
        for _ in range(400):
            table = random.choice(list(sizes))
            slot = random.choice((0, 1, 2, 3, random.randrange(32))) if table else 0
            size = random.choice((1, 2, 4, 8, 16))
            value = random.choice((bytes(size), b"\xff" * size, random.randbytes(size)))
            lab.fixture(f"poke {table} {slot} {random.randrange(4, sizes[table]) & ~3} {value.hex()}")
            lab.fixture(f"poke {table} {slot} 0 {(random.randrange(2, 1 << 20) & ~1).to_bytes(4, 'little').hex()}")
            if random.random() < 0.3:
                lab.fixture("commit")
                lab.from_lan(out_packet())
                lab.from_wan(sa.encrypt(in_packet()))
        assert lab.process.poll() is None
    lab.basic_tables()
    works(lab, ready(lab))


def test_S05_wrong_routes_change_nothing(lab):
    sa = ready(lab)
    for poke in ("6 1 16 0421", "6 1 16 09", "6 1 24 ffffffff", "6 1 0 ffffffff", "7 1 16 0421", "7 1 24 ffffffff"):
        lab.fixture("flip", f"poke {poke}")
        lab.fixture.commit()
        works(lab, sa)
    lab.fixture("poke 0 0 8 05000000", "poke 0 0 0 00100000")
    lab.fixture.commit()
    works(lab, sa)
    lab.fixture("poke 0 0 12 ffffffff", "poke 0 0 16 7777", "poke 0 0 0 00200000")
    lab.fixture.commit()
    works(lab, sa)


def test_S05_S06_a_region_of_another_version_is_not_read(lab):
    sa = ready(lab)
    # Magic, version, size, number of tables, SPI bits; offset, stride and count of a table.
    for offset, value in ((0, "00"), (8, "02"), (16, "ffffffffffff"), (32, "ff"), (36, "1f"), (72, "ffffffff"),
                          (80, "ffffffff"), (84, "ffffffff")):
        lab.kill(signal.SIGTERM)
        lab.basic_tables()
        lab.fixture(f"header {offset} {value}", "commit")
        lab.start()
        time.sleep(0.15)
        state = lab.fixture.state()
        assert state["generation"] == 0 and not any(t["twin_ready"] for t in state["tunnels"].values())
        lab.from_lan(out_packet())
        assert not [f for f in lab.wan.receive(None, wait=0.1) if is_esp(f)]
    lab.basic_tables()
    works(lab, ready(lab))


def test_E40_sa_deleted_under_traffic(lab):
    sa = ready(lab)
    for round_ in range(40):
        for number in range(60):
            lab.from_lan(out_packet(number))
            lab.from_wan(sa.encrypt(in_packet(number)))
            if number == 30:
                lab.fixture(lab.tunnel_line(sa, False), f"clear sa {sa.slot_out}", f"clear sa {sa.slot_in}", "commit")
        lab.fixture("wait")
        sa = ready(lab, generation=1 + round_ % 8)
    time.sleep(0.1)
    works(lab, sa)
    drops = lab.drops()
    assert drops["no_sa"] and (drops["nosa"] or lab.settled()["totals"]["punt"]), drops


def memory_of(pid):
    """The private memory of a process."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            start, end = (int(x, 16) for x in found.groups()) if found else (0, 0)
            # Larger ones are the address sanitizer's own.
            if found and "cfg.v1" not in line and end - start < 1 << 31:
                memory.seek(start)
                while start < end:
                    chunk = memory.read(min(end - start, 1 << 24))
                    if not chunk:
                        break
                    start += len(chunk)
                    yield chunk


def test_keys_are_wiped_when_their_sa_goes(lab):
    sa = ready(lab)
    works(lab, sa)
    key = sa.keys[0][0]
    assert any(key in chunk for chunk in memory_of(lab.process.pid)), "else the search proves nothing"
    lab.fixture(lab.tunnel_line(sa, False), f"clear sa {sa.slot_out}", f"clear sa {sa.slot_in}")
    lab.fixture.commit()
    lab.from_lan(out_packet())
    time.sleep(0.1)
    for way in (0, 1):
        for key in sa.keys[way]:
            assert not any(key in chunk for chunk in memory_of(lab.process.pid))


def test_C05_no_core_file_and_no_key_in_sight(lab):
    sa = ready(lab)
    limits = open(f"/proc/{lab.process.pid}/limits").read()
    assert re.search(r"Max core file size +0 +0 ", limits)
    shown = open(f"/proc/{lab.process.pid}/cmdline").read() + lab.log_text()
    for way in (0, 1):
        for key in sa.keys[way]:
            assert key.hex() not in shown


def test_a_supervisor_hears_of_start_and_end(lab):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        path = f"/tmp/{lab.name}.notify"  # an abstract name would be another namespace's
        supervisor.bind(path)
        supervisor.settimeout(HUNG)
        try:
            lab.kill(signal.SIGTERM)
            os.environ["NOTIFY_SOCKET"] = path
            lab.start()
            assert supervisor.recv(100) == b"READY=1"
            lab.kill(signal.SIGTERM)
            assert supervisor.recv(100) == b"STOPPING=1"
        finally:
            del os.environ["NOTIFY_SOCKET"]
            os.unlink(path)
        lab.start()


def command(lab, eal, own):
    return subprocess.run(["ip", "netns", "exec", lab.gw.name, f"{lab.out}/cgw-dataplane"] + eal.split() +
                          ["--"] + own.split(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30)


def test_S08_start_that_fails_says_why(lab):
    eal = f"--no-huge -m 64 --no-pci --file-prefix {lab.name}-x --lcores 0@0,1@1"
    own = f"--instance {lab.name}-x"
    for first, second, status, text in (
            (eal, own, 2, "at least one --port"), (eal, own + " --port lan1", 2, "--port: NAME=DEVICE is wanted"),
            (eal, own + " --port lan1=net_nothing0", 1, "DPDK found no device at all"),
            (eal + " --vdev net_null0", own + " --port lan1=net_nothing0", 1, "no such device; there are: net_null0"),
            (eal, own + " --port lan1=p0", 1, "--vdev net_af_packet0,iface=p0"),
            (eal + " --vdev net_null0", own + " --port lan1=net_null0 --mbufs 1000000", 1,
             "1000000 packet buffers want about 2441 MB: give DPDK more"),
            (eal + " --vdev net_null0", own + " --port lan1=net_null0", 1, "16383 packet buffers want about 39 MB"),
            (eal.replace("-m 64", "-m 160") + " --vdev net_null0", own + " --port p0=net_null0", 1,
             "an interface of that name is there already"),
            (eal.replace("-m 64", "-m 160") + " --vdev net_null0",
             f"--instance {lab.name} --port lan9=net_null0", 1, f"folder=/dev/shm/cgw/{lab.name} reason=\"another"),
            (eal, own + " --port lan1=net_null0 --capture-dir /nonexist", 1,
             "--capture-dir: there is no folder /nonexist: install -d -m 0700 /nonexist makes it"),
            (eal, own + " --port lan1=net_null0 --capture-dir /tmp", 1, "--capture-dir: /tmp is another user's, or others"),
            (eal, own + " --port lan1=net_null0 --capture-dir /etc/passwd", 1, "/etc/passwd: Not a directory"),
            (eal, own + " --what", 2, "unknown option --what"),
            (eal, own + " --port a=x --port a=y", 2, "a port named a already"), (eal, own + " stray", 2, "what is stray"),
            (eal, "--instance ../x --port a=x", 2, "--instance: a name is"),
            (eal.replace(",1@1", ""), own + " --port lan1=net_null0", 1, "1 to 16 more that forward"),
            (eal + " --in-memory", own + " --port a=x", 2, "--legacy-mem is not compatible with --in-memory"),
            (eal + " --what-is-that", own + " --port a=x", 2, "DPDK was given: --no-huge -m 64"),
            (eal.replace("--no-huge", "--huge-dir /no-such-directory"), own + " --port a=x", 1, "--in-memory takes them"
             if free_hugepages() else "cgw-hugepages 512")):
        result = command(lab, first, second)
        assert result.returncode == status and text in result.stdout, (text, result.stdout[-500:])
        assert len(result.stdout.splitlines()) < 20, result.stdout


def free_hugepages():
    return sum(int(path.read_text()) for path in pathlib.Path("/sys/kernel/mm/hugepages").glob("*/free_hugepages"))


def test_help_wants_neither_root_nor_memory(lab):
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]
    program = f"{lab.out}/cgw-dataplane"
    for words in (["--help"], ["--", "--help"], ["-l", "0,9999", "--help"], ["--", "--port", "a=x", "--help"]):
        result = subprocess.run([*nobody, program, *words], capture_output=True, text=True)
        assert result.returncode == 0 and not result.stderr, result
        assert result.stdout.startswith("usage: cgw-dataplane [EAL-OPTION...] -- --port"), result.stdout
    result = subprocess.run([*nobody, program, "--version"], capture_output=True, text=True)
    assert result.returncode == 0 and re.match(r"cgw-dataplane \d+\.\d+\.\d+, tables 1\.\d+, DPDK ", result.stdout), result
    # And what is wrong is said in one line, and before anything else is asked for.
    for words, text in (([], "at least one --port"), (["--port", "a=x"], "--port belongs behind the --"),
                        (["--", "--port", "a=x", "--burst", "1000"], "--burst: a number from 1 to 64 is wanted, not \"1000\"")):
        result = subprocess.run([*nobody, program, *words], capture_output=True, text=True)
        assert result.returncode == 2 and text in result.stderr and result.stderr.count("\n") == 1, result
    result = subprocess.run([*nobody, program, "--no-huge", "--", "--port", "a=x"], capture_output=True, text=True)
    assert result.returncode == 1 and "start it as root" in result.stderr and "EAL" not in result.stderr, result


main([value for name, value in list(globals().items()) if name.startswith("test_")], "restart")
