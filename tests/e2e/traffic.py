# SPDX-License-Identifier: BSD-3-Clause
"""Steady traffic both ways through a tunnel from a thread of its own, and everything that came of it.

Each inbound packet bears its ESP sequence number in its payload, so what the LAN sees tells which were
delivered, and how often. Sealing is scapy's; frames are looked at as bytes, since there are many."""
import collections
import threading

from lab import *

TICK = 0.004
Seen = collections.namedtuple("Seen", "time sequence")


class Traffic:
    """`with Traffic(lab, sa) as traffic:` the traffic flows for the length of the block.

    out: [Seen] ESP sequence numbers that left by the WAN, as they came
    delivered: [Seen] sequence numbers of the peer's packets that the LAN got
    sealed: {sequence: frame} what the peer sent last, to be sent again"""

    def __init__(self, lab, sa, burst=1, keep=2000):
        self.lab, self.sa, self.burst, self.keep = lab, sa, burst, keep
        self.out, self.delivered, self.clear = [], [], []
        self.sealed = collections.OrderedDict()
        self.sent_out = self.sent_in = 0
        self.plain = raw(Ether(src=LAN_MAC, dst=lab.lan_mac) /
                         IP(src=LAN_HOST, dst=VPC_HOST, ttl=64) / UDP(sport=1, dport=2) / bytes(72))
        self.wan_head = Ether(src=WAN_MAC, dst=lab.wan_mac)
        self.paused, self.ended, self.failure = threading.Event(), threading.Event(), None
        self.looked = threading.Semaphore(0)
        self.wanted = 0
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.lab.lan.drain()
        self.lab.wan.drain()
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.ended.set()
        self.thread.join()
        if self.failure and not exc[0]:
            raise self.failure

    # ---- for the test

    def mark(self):
        """How many packets came through so far, out and in: nothing that left before the call is missing."""
        self.wanted += 1
        if not self.looked.acquire(timeout=HUNG):
            raise self.failure or AssertionError("the traffic has stopped")
        return len(self.out), len(self.delivered)

    def pause(self, settle=0.1):
        """Nothing more is sent; returns when what was on its way has arrived."""
        self.paused.set()
        self.mark()
        time.sleep(settle)
        return self.mark()

    def go_on(self):
        self.paused.clear()

    def wait_until_sent(self, packets):
        """That many were sent each way."""
        self.lab.until(lambda: self.sent_in >= packets or self.failure, HUNG, f"{packets} packets are sent")

    def first_after(self, mark, seconds):
        """The first packets that came through after mark(), out and in."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.failure:
            if len(self.out) > mark[0] and len(self.delivered) > mark[1]:
                return self.out[mark[0]], self.delivered[mark[1]]
            time.sleep(0.002)
        raise self.failure or AssertionError(f"not both ways after {seconds} s: {mark}, then "
                                             f"{len(self.out)} out and {len(self.delivered)} in")

    def assert_none_lost(self):
        """After pause(): all that was sent came through, both ways, and nothing twice."""
        assert (len(self.out), len(self.delivered)) == (self.sent_out, self.sent_in), \
            f"{len(self.out)} of {self.sent_out} out, {len(self.delivered)} of {self.sent_in} in"
        self.assert_nothing_twice()

    def again(self, sequence):
        """The peer's packet of that number once more."""
        self.lab.wan.socket.send(self.sealed[sequence])

    def assert_nothing_twice(self):
        """No sequence number of ours left twice or went back, none of the peer's was delivered twice,
        and nothing left in the clear."""
        numbers = [s.sequence for s in self.out]
        assert all(a < b for a, b in zip(numbers, numbers[1:])), \
            [(a, b) for a, b in zip(numbers, numbers[1:]) if a >= b][:5]
        times = collections.Counter(s.sequence for s in self.delivered)
        assert not [n for n, count in times.items() if count > 1]
        assert not self.clear, self.clear[:3]

    # ---- the thread

    def run(self):
        try:
            while not self.ended.is_set():
                begun = time.monotonic()
                if not self.paused.is_set():
                    for _ in range(self.burst):
                        self.send()
                wanted, self.wanted = self.wanted, 0
                self.look()
                for _ in range(wanted):
                    self.looked.release()
                time.sleep(max(0, begun + TICK - time.monotonic()))
        except Exception as error:  # shown where the block ends
            self.failure = error

    def send(self):
        self.lab.lan.socket.send(self.plain)
        self.sent_out += 1
        self.sa.peer_seq += 1
        frame = self.seal(self.sa.peer_seq)
        self.sealed[self.sa.peer_seq] = frame
        if len(self.sealed) > self.keep:
            self.sealed.popitem(last=False)
        self.lab.wan.socket.send(frame)
        self.sent_in += 1

    def seal(self, sequence):
        inner = IP(src=VPC_HOST, dst=LAN_HOST, ttl=64) / UDP(sport=3, dport=4) / (b"cgw!" + sequence.to_bytes(8, "big"))
        return raw(self.wan_head / self.sa.encrypt(inner, seq=sequence))

    def look(self):
        now = time.monotonic()
        for frame in self.frames(self.lab.wan):
            if frame[12:14] != b"\x08\x00":
                continue
            if frame[23] == 17 and frame[34:38] == b"\x11\x94\x11\x94" and frame[42:46] != bytes(4):
                self.out.append(Seen(now, int.from_bytes(frame[46:50], "big")))
            elif frame[30:34] == socket.inet_aton(VPC_HOST):
                self.clear.append(frame)
        for frame in self.frames(self.lab.lan):
            if frame[12:14] == b"\x08\x00" and frame[42:46] == b"cgw!":
                self.delivered.append(Seen(now, int.from_bytes(frame[46:54], "big")))

    @staticmethod
    def frames(wire):
        while select.select([wire.socket], [], [], 0)[0]:
            data, (_, _, kind, _, _) = wire.socket.recvfrom(65536)
            if kind != 4:  # PACKET_OUTGOING: what we sent ourselves
                yield data
