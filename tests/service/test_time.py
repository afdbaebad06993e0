#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""test_time.py PROGRAMS: `ntpdate`, `schedule at`, `statistics`. The time server's clock is this machine's, so that
setting the clock by it moves it by less than an answer takes."""
import re
import struct

from lab import *

ERA = 2208988800


def stamp(seconds):
    return struct.pack(">II", int(seconds) + ERA, int(seconds % 1 * (1 << 32)))


def answer(question, leap=0, stratum=2, mode=4, origin=None):
    now = time.time()
    return bytes([leap << 6 | 4 << 3 | mode, stratum, 0, 0]) + bytes(20) + (origin or question[40:48]) + stamp(now) + \
        stamp(time.time())


def serve(told, replies, wait=6):
    """Answers as many questions as there are replies: functions of the question."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((ROUTER, 123))
        s.settimeout(wait)
        told.set()
        asked = []
        for reply in replies:
            try:
                question, peer = s.recvfrom(100)
            except TimeoutError:
                break
            asked.append(question)
            for packet in reply(question):
                s.sendto(packet, peer)
        return asked


def ask(lab, *replies, line=f"ntpdate {ROUTER}"):
    lab.basics()
    # Neither asks for the other's address on the link meanwhile, which may take as long as the first question is
    # waited for.
    lab.must(f"ping -c 1 {ROUTER}")
    told = threading.Event()
    server = Background(lab.net, serve, told, replies)
    assert told.wait(10)
    before = time.time()
    status, text = lab.type(line)
    moved = abs(time.time() - before)
    asked = server.join()
    return status, text, asked, moved


def test_clear_arp_forgets_the_neighbours(lab):
    """Not of the gateway, which the program asks for again at once."""
    lab.basics()
    lab.must(f"ping -c 1 {HOST}")
    tap.contains(lab.must("show arp"), HOST)
    lab.must("clear arp lan2")
    tap.contains(lab.must("show arp"), HOST)
    lab.must("clear arp lan1")
    tap.lacks(lab.must("show arp"), HOST)
    lab.must(f"ping -c 1 {HOST}")
    lab.must("clear arp")
    tap.lacks(lab.must("show arp"), HOST)
    status, text = lab.type("clear arp lan7")
    tap.equal((status != 0, "lan7" in text), (True, True), text)


def test_ntpdate_sets_the_clock(lab):
    status, text, asked, moved = ask(lab, lambda q: [answer(q)], line=f"ntpdate {ROUTER} syslog")
    tap.equal((status, len(asked)), (0, 1), text)
    assert re.fullmatch(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d [+-]0second\n", text), text
    tap.equal((len(asked[0]), asked[0][0], asked[0][1:40]), (48, 0x23, bytes(39)), "the question")
    assert moved < 5, moved
    assert re.search(r"\[NTP\] \d{4}/\d\d/\d\d .*second", lab.must("show log")), "it is in the log"


def test_ntpdate_asks_again(lab):
    status, text, asked, _ = ask(lab, lambda q: [], lambda q: [answer(q)])
    tap.equal((status, len(asked)), (0, 2), text)
    assert asked[0][40:] != asked[1][40:], "another nonce"


def test_ntpdate_takes_no_other_answer(lab):
    """Neither what repeats another timestamp nor what is no server's; the right one behind them is taken."""
    wrong = lambda q: [answer(q, origin=b"\1" * 8), answer(q, mode=3), b"", b"\x24" * 20]
    status, text, _, _ = ask(lab, lambda q: wrong(q) + [answer(q)])
    tap.equal(status, 0, text)
    status, text, asked, _ = ask(lab, wrong, wrong, wrong)
    tap.equal((status, len(asked)), (1, 3), text)
    assert "no answer" in text, text


def test_ntpdate_says_why_not(lab):
    for fields, why in (({"stratum": 0}, "kiss of death"), ({"leap": 3}, "own clock is not set")):
        status, text, _, _ = ask(lab, lambda q, f=fields: [answer(q, **f)])
        tap.equal(status, 1, text)
        assert why in text, text
    status, text = lab.type("ntpdate no-such-host.invalid")
    tap.equal(status, 1, text)
    assert "no-such-host.invalid" in text, text


def clock(lab, ahead):
    """A time that is `ahead` seconds from now, as the gateway's clock shows it."""
    return time.strftime("%H:%M:%S", time.localtime(time.time() + ahead))


def test_schedule(lab):
    day = time.strftime("%-m/%-d")
    lab.must(f'schedule at 1 {day} {clock(lab, 3)} * description 5 "by the clock"\n'
             f"schedule at 2 */* {clock(lab, 3)} tunnel 7 description tunnel seven\n"
             f"schedule at 3 {clock(lab, 4)} * cold start\n"
             f"schedule at 4 {clock(lab, 4)} * no such command\n"
             "schedule at 5 1/1 00:00 * description 6 never")
    config = until("they ran", lambda: (c := lab.must("show config")) and
                   re.search(r"^description 5 ", c, re.M) and re.search(r"^ *description tunnel seven", c, re.M) and c)
    assert not re.search(r"^description 6", config, re.M), config
    until("the log has it", lambda: "[SCHEDULE] 4: failed" in lab.must("show log"))
    log = lab.must("show log")
    for line in ("[SCHEDULE] 1: begins", "[SCHEDULE] 1: done", "[SCHEDULE] 2: done", "[SCHEDULE] 3: failed",
                 "[SCHEDULE] 4: Error: column 4"):
        assert line in log, f"{line}:\n{log[-3000:]}"
    assert "tunnel select 7" in config, "the tunnel was selected"
    lab.must("no description 5\n" + "\n".join(f"no schedule at {n}" for n in range(1, 6)))


def test_schedule_at_startup(lab):
    lab.must("schedule at 9 startup * description 9 started\nsave")
    assert "description 9 started" not in lab.must("show config").replace("* description 9", "")
    lab.stop()
    lab.start()
    until("it ran", lambda: re.search(r"^description 9 started", lab.must("show config"), re.M))
    lab.must("no description 9\nno schedule at 9\nsave")


def test_statistics(lab):
    assert "Not collected: `statistics cpu on`" in lab.must("show statistics cpu")
    lab.must("statistics cpu on\nstatistics memory on")
    assert "There is no sample yet" in lab.must("show statistics cpu")

    def sampled():
        text = lab.must("show statistics")
        rows = re.findall(r"^ +(\d+\.\d\d) +(\d+\.\d\d) +(\d+\.\d\d) +(\d+\.\d\d) +(\d+\.\d\d)$", text, re.M)
        return len(rows) == 2 and [[float(n) for n in row] for row in rows]
    cpu, memory = until("samples", sampled, 25, 1)
    assert 0 < cpu[0] <= 100 and all(0 <= n <= 100 for n in cpu), cpu
    with open("/proc/meminfo") as meminfo:
        facts = {line.split(":")[0]: int(line.split()[1]) for line in meminfo}
    used = 100 * (1 - facts["MemAvailable"] / facts["MemTotal"])
    assert abs(memory[0] - used) < 20, (memory, used)
    lab.must("no statistics cpu\nstatistics memory off")
    until("it is forgotten", lambda: lab.must("show statistics").count("Not collected") == 3)


if __name__ == "__main__":
    main(globals(), "t")
