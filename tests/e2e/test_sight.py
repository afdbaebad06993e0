#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What can be seen of the dataplane: telemetry by Debian's own client, captures by tshark."""
import glob
import os
import shutil
import stat
import tempfile

from lab import *
from standstill import Standstill, thread_named

FOLDER = tempfile.mkdtemp(prefix="cgw-capture-")
atexit.register(shutil.rmtree, FOLDER, True)


def ready(lab, number=1, **options):
    sa = Sa(number, generation=next(generations), **options)
    lab.tunnel_up(sa)
    return sa


generations = itertools.count(0)


def client(lab, command):
    """The answer by dpdk-telemetry.py."""
    out = subprocess.run(["/usr/bin/dpdk-telemetry.py", "-f", lab.name], input=command + "\nquit\n",
                         text=True, stdout=subprocess.PIPE, check=True).stdout
    answers = json.loads(out.strip().splitlines()[-1])
    return answers[command.split(",")[0]]


def with_captures(lab):
    """The dataplane is one that may make captures."""
    if lab.telemetry("/cgw/capture")["folder"] != FOLDER:
        lab.kill(signal.SIGTERM)
        lab.start(f"--capture-dir {FOLDER}")


def capture(lab, parameters):
    answer = lab.telemetry("/cgw/capture_start," + parameters)
    assert answer.get("state") == "running", answer
    # A worker takes the tap up between two polls: one that has no CPU just now has packets before that.
    lab.settled()
    return answer["file"]


def ended(lab):
    lab.until(lambda: lab.telemetry("/cgw/capture")["state"] == "off", 5, "the capture ends")
    return lab.telemetry("/cgw/capture")


def stop(lab):
    lab.telemetry("/cgw/capture_stop")
    return ended(lab)


FIELDS = ("frame.interface_name", "frame.packet_flags_direction", "frame.comment", "ip.src", "ip.dst",
          "esp.sequence", "frame.len", "frame.cap_len", "frame.time_epoch", "frame.packet_id")


def read(path):
    """What tshark finds in the file: one dict a packet."""
    out = subprocess.run(
        ["tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=|", "-E", "occurrence=f"] +
        [a for f in FIELDS for a in ("-e", f)],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
    assert "cut short" not in out.stderr and "appears to be damaged" not in out.stderr, out.stderr
    return [dict(zip(FIELDS, line.split("|"))) for line in out.stdout.splitlines()]


def lan_packet(n=0, **fields):
    return IP(src=LAN_HOST, dst=VPC_HOST, **fields) / UDP(sport=1000 + n, dport=2000) / Raw(b"payload %3d" % n)


def test_telemetry_by_debians_client(lab):
    before = client(lab, "/cgw/status")
    sa = ready(lab)
    lab.from_lan(lan_packet())
    one(lab.wan.receive())
    lab.from_wan(sa.encrypt(IP(src=VPC_HOST, dst=LAN_HOST) / UDP() / b"x"))
    one(lab.lan.receive())
    lab.from_wan(sa.encrypt(IP(src=VPC_HOST, dst=LAN_HOST) / UDP() / b"x", seq=1))
    lab.settled()
    status = client(lab, "/cgw/status")
    assert status["instance"] == lab.name and status["attached"] == 1 and status["workers"] == 1
    assert status["applied"] == status["generation"] and status["crypto"]
    assert status["rx"] == before["rx"] + 3 and status["tx"] == before["tx"] + 2
    assert status["balanced"] == 1 and status["in_flight"] == 0
    assert client(lab, "/cgw/drops")["replay"] == 1
    ports = client(lab, "/cgw/ports")
    assert ports["lan1"]["mac"] == lab.lan_mac and ports["lan2"]["tx_packets"] >= 1
    assert ports["lan1"]["rx_missed"] == "not told by this device" and ports["lan1"]["rx_errors"] == 0
    assert ports["lan1"]["link_downs"] == 0
    worker = client(lab, "/cgw/workers")["0"]
    assert 0 < worker["busy_polls"] <= worker["polled"] and worker["busy_nsec"] > 0, worker
    assert worker["ring_to_kernel"] == worker["ring_from_kernel"] == worker["ring_handover"] == 0
    assert client(lab, "/cgw/tunnels") == [0, 1] and client(lab, "/cgw/tunnels,1-") == [1]
    tunnel = client(lab, "/cgw/tunnels,0")
    assert tunnel["twin"] == "tunnel1" and tunnel["usable"] == 1 and tunnel["sa_out"] == sa.slot_out
    assert (tunnel["in_packets"], tunnel["out_packets"], tunnel["in_drops"]) == (1, 1, 1)
    assert tunnel["last_in_msec_ago"] < 60000 and tunnel["last_out_msec_ago"] < 60000
    assert tunnel["outer_remote"] == PEER[1]
    assert set(client(lab, "/cgw/sas")) == {sa.slot_in, sa.slot_out}
    inbound = client(lab, f"/cgw/sas,{sa.slot_in}")
    assert inbound["direction"] == "in" and inbound["spi"] == f"0x{sa.spi_in:08x}"
    assert inbound["packets"] == 1 and inbound["replay_drops"] == 1 and inbound["tunnel"] == 0
    assert "aes" in inbound["encryption"].lower() and "sha" in inbound["integrity"].lower(), inbound
    assert inbound["last_valid_msec_ago"] < 60000
    assert client(lab, f"/cgw/sas,{sa.slot_out}")["packets"] == 1
    assert client(lab, "/cgw/routes,10.0.5.6")["hop0"] == "tunnel tunnel1"
    assert client(lab, f"/cgw/routes,{LAN_HOST}")["hop0"] == "neighbour on lan1"
    assert "no route" in client(lab, "/cgw/routes,192.0.2.1")["hop0"]
    assert client(lab, "/cgw/routes")["routes"] == 4
    memory = client(lab, "/cgw/memory")
    assert memory["per_sa_bytes"] > 1000 and memory["resident_bytes"] > memory["packets_bytes"]
    assert memory["buffers"] == 16383 and memory["buffers_used"] < 1000
    fixed, room = memory["fib_fixed_bytes"], client(lab, "/cgw/routes")["max"]
    assert fixed == 2 * 2 * 1 << 24 and fixed < memory["fib_bytes"] < fixed + room * memory["per_route_bytes"], memory
    for wrong in ("tunnels,77", "tunnels,x", "sas,-1", "sas,99999999999", "routes,nowhere", "drops,x"):
        assert client(lab, "/cgw/" + wrong) is None, wrong


def test_telemetry_knows_no_secret(lab):
    sa = ready(lab, key_bytes=32)
    everything = "".join(json.dumps(lab.telemetry(f"/cgw/{c}")) for c in (
        "status", "drops", "ports", "workers", "tunnels", "tunnels,0", "sas", f"sas,{sa.slot_in}",
        f"sas,{sa.slot_out}", "routes", "memory", "capture"))
    for way in (0, 1):
        for key in sa.keys[way]:
            assert key.hex()[:16] not in everything.lower()


def test_no_folder_no_capture(lab):
    lab.kill(signal.SIGTERM)
    lab.start()
    assert "capture-dir" in lab.telemetry("/cgw/capture_start,what=inner")["error"]


def test_a_capture_of_everything_as_tshark_reads_it(lab):
    with_captures(lab)
    sa = ready(lab)
    path = capture(lab, "what=outer+inner+drops")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    begun = time.time()
    lab.from_lan(lan_packet())
    one(lab.wan.receive())
    lab.from_wan(sa.encrypt(IP(src=VPC_HOST, dst=LAN_HOST) / UDP() / b"x", seq=1))
    one(lab.lan.receive())
    lab.from_wan(sa.encrypt(IP(src=VPC_HOST, dst=LAN_HOST) / UDP() / b"x", seq=1))
    lab.from_wan(sa.encrypt(IP(src="127.0.0.1", dst=LAN_HOST) / UDP() / b"x", seq=2))
    lab.settled()
    status = stop(lab)
    packets = read(path)
    assert status["packets"] == len(packets) and status["lost"] == 0 and status["ended"] == "stopped"
    seen = [(p["frame.interface_name"], p["frame.packet_flags_direction"], p["ip.src"], p["esp.sequence"],
             p["frame.comment"]) for p in packets]
    i, o = "0x00000001", "0x00000002"
    comes, goes = (f"spi: 0x{spi:08x} seq: " for spi in (sa.spi_in, sa.spi_out))
    assert sorted(seen) == sorted([
        ("lan1", i, LAN_HOST, "", ""), ("tunnel1", o, LAN_HOST, "", goes + "1"), ("lan2", o, WAN_GW, "1", ""),
        ("lan2", i, PEER[1], "1", ""), ("tunnel1", i, VPC_HOST, "", comes + "1"), ("lan1", o, VPC_HOST, "", ""),
        ("lan2", i, PEER[1], "1", ""), ("lan2", i, PEER[1], "1", "drop: replay"),
        ("lan2", i, PEER[1], "2", ""), ("tunnel1", i, "127.0.0.1", "", comes + "2"),
        ("tunnel1", i, "127.0.0.1", "", "drop: martian"),
    ]), seen
    # What is one packet, outside, inside and dropped, bears one number: SPI and sequence number.
    together = [sum(p["frame.packet_id"] == str(spi << 32 | n) for p in packets)
                for spi, n in ((sa.spi_out, 1), (sa.spi_in, 1), (sa.spi_in, 2))]
    assert together == [2, 4, 3] and sum(p["frame.packet_id"] == "" for p in packets) == 2, (together, packets)
    assert all(begun - 1 < float(p["frame.time_epoch"]) < time.time() + 1 for p in packets)
    assert [p["frame.time_epoch"] for p in packets] == sorted(p["frame.time_epoch"] for p in packets)


def test_a_filter_and_its_bounds(lab):
    with_captures(lab)
    ready(lab)
    path = capture(lab, "what=inner,tunnel=0,snap=28,packets=5")
    for n in range(20):
        lab.from_lan(lan_packet(n))
    lab.wan.receive(20)
    status = ended(lab)
    assert status["ended"] == "bound reached" and status["packets"] == 5, status
    packets = read(path)
    assert len(packets) == 5 and {p["frame.interface_name"] for p in packets} == {"tunnel1"}
    assert {(p["frame.len"], p["frame.cap_len"]) for p in packets} == {("39", "28")}
    for parameters in ("what=outer+drops,port=lan1", "what=outer+drops,port=lan2"):
        path = capture(lab, parameters)
        lab.from_lan(lan_packet(ttl=64))
        lab.from_lan(IP(src=LAN_HOST, dst=VPC_HOST, chksum=1) / UDP())
        lab.wan.receive(1)
        lab.settled()
        stop(lab)
        seen = [(p["frame.interface_name"], p["frame.comment"]) for p in read(path)]
        port = parameters[-4:]
        assert seen == ([("lan1", ""), ("lan1", ""), ("lan1", "drop: checksum")] if port == "lan1"
                        else [("lan2", "")]), seen


def test_bounds_of_bytes_and_time(lab):
    with_captures(lab)
    ready(lab)
    path = capture(lab, "what=outer,bytes=4000")
    for n in range(60):
        lab.from_lan(lan_packet(n))
    lab.wan.receive(60)
    assert ended(lab)["ended"] == "bound reached"
    assert 2000 < os.stat(path).st_size <= 4000 and len(read(path)) > 5
    path = capture(lab, "what=outer,seconds=1")
    assert ended(lab)["packets"] == 0
    assert read(path) == []


def test_one_capture_at_a_time_and_wrong_words(lab):
    with_captures(lab)
    capture(lab, "what=drops")
    assert "running" in lab.telemetry("/cgw/capture_start,what=inner")["error"]
    stop(lab)
    for wrong in ("", "what=", "what=all", "what=inner,port=lan9", "what=inner,tunnel=x", "snap=5",
                  "what=inner,port=lan1,tunnel=1", "what=inner,tunnel=9", "what=inner,tunnel=100000", "what=inner,packets=1e9", "what=inner,color=red"):
        assert "error" in lab.telemetry("/cgw/capture_start," + wrong), wrong
    assert lab.telemetry("/cgw/capture_start,what=inner,tunnel=9")["error"] == "there is no such tunnel"


def test_a_folder_of_others_is_not_used(lab):
    with_captures(lab)
    os.chmod(FOLDER, 0o777)
    try:
        error = lab.telemetry("/cgw/capture_start,what=inner")["error"]
        assert error == f"Operation not permitted, for a file in {FOLDER}", error
    finally:
        os.chmod(FOLDER, 0o700)


def test_control_starts_and_ends_a_capture(lab):
    with_captures(lab)
    ready(lab)
    before = set(glob.glob(FOLDER + "/*"))
    lab.fixture("capture 7 what=2 filter=2 index=0 packets=2", "commit", "wait")
    lab.until(lambda: lab.fixture.state()["capture"]["on"], 5, "it runs")
    for n in range(3):
        lab.from_lan(lan_packet(n))
    lab.wan.receive(3)
    lab.until(lambda: not lab.fixture.state()["capture"]["on"], 5, "it ends at its bound")
    state = lab.fixture.state()["capture"]
    assert (state["run"], state["packets"], state["lost"]) == (7, 2, 0), state
    path, = set(glob.glob(FOLDER + "/*")) - before
    assert len(read(path)) == 2
    # The same run is not begun again, by a restart neither; another is, and ends at a word.
    lab.fixture("commit", "wait")
    lab.kill()
    lab.start(f"--capture-dir {FOLDER}")
    lab.fixture("wait")
    assert set(glob.glob(FOLDER + "/*")) - before == {path}
    lab.fixture("capture 8 what=4", "commit", "wait")
    lab.until(lambda: lab.fixture.state()["capture"]["on"], 5, "another runs")
    lab.fixture("capture 0", "commit", "wait")
    lab.until(lambda: not lab.fixture.state()["capture"]["on"], 5, "and ends")


def test_a_capture_under_way_is_whole_after_the_end(lab):
    with_captures(lab)
    ready(lab)
    path = capture(lab, "what=inner")
    for n in range(100):
        lab.from_lan(lan_packet(n))
    lab.wan.receive(100)
    lab.settled()
    assert lab.kill(signal.SIGTERM) == 0
    assert len(read(path)) == 100
    lab.start()


def test_a_worker_that_stands_still_is_told_from_one_that_idles(lab):
    def seen():
        return lab.fixture.state()["workers"]["0"]["seen"]

    before = seen()
    time.sleep(1.5)  # it has nothing to do
    assert seen() > before and lab.telemetry("/cgw/workers")["0"]["still"] == 0
    said = lab.log_text().count("worker number=0 event=still")
    with Standstill(thread_named(lab.process.pid, "worker-1")):
        last = seen()
        lab.until(lambda: lab.telemetry("/cgw/workers")["0"]["still"], 10, "it is noticed")
        lab.until(lambda: lab.log_text().count("worker number=0 event=still") > said, 10, "it is said")
        assert lab.telemetry("/cgw/workers")["0"]["seen_msec_ago"] > 1000 and seen() - last < 1e9
        assert lab.live_state()["heartbeat"] > last
    lab.until(lambda: not lab.telemetry("/cgw/workers")["0"]["still"], 10, "it goes on")
    lab.until(lambda: "worker number=0 event=goes-on" in lab.log_text(), 10, "that is said too")


if __name__ == "__main__":
    main([f for name, f in globals().items() if name.startswith("test_")], "sight")
