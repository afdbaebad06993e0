# SPDX-License-Identifier: BSD-3-Clause
"""cgw-dataplane as it is installed, told what to do by tables in shared memory as cgw-control would tell it;
tests/e2e/fixture.c writes them.

ESP in UDP (NAT-T), one tunnel. The inbound SA keeps its replay window of 1024 (infers, looks up, marks) but
lets duplicates pass, for the same packets come again and again; that is more than ipsec-secgw does, which
has no window. The program forwards on one CPU and keeps house on another."""
import os
import subprocess
import time

from bench.peers import traffic
from bench.peers.program import Program
from tests.e2e.fixture import Fixture

US, PEER = "203.0.113.2", "198.51.100.2"
SLOT_IN, SLOT_OUT = 0, 1
SPI_IN, SPI_OUT = 0x5a000000 | SLOT_IN, 0xc0000001
FLAGS_IN, FLAGS_OUT = 1 | 2 | 4 | 16, 1 | 4  # present, inbound, UDP, no replay check
KEYS = {"encr": bytes(range(16)), "auth": bytes(range(100, 120))}
GCM_KEYS = {"encr": bytes(range(20))}
TRANSFORM = {"aes128-cbc-sha1": "encr=12 auth=2", "aes128-gcm": "encr=20 auth=0"}


class Ours(Program):
    def __init__(self, out, algorithm, direction, worker_cpu, workdir, turned=False):
        """`turned`: encrypts as the peer would, to make what the inbound SA decrypts."""
        super().__init__("ours", worker_cpu, workdir)
        self.out, self.algorithm, self.direction, self.turned = out, algorithm, direction, turned
        self.keys = GCM_KEYS if algorithm == "aes128-gcm" else KEYS
        self.fixture = None

    def security_association(self):
        spi = SPI_IN if self.turned else SPI_OUT
        return traffic.security_association(self.algorithm, spi, self.keys)

    def sa_lines(self):
        local, remote, spi_out = (PEER, US, SPI_IN) if self.turned else (US, PEER, SPI_OUT)
        encr, auth = self.keys["encr"].hex(), self.keys.get("auth", b"").hex()
        for slot, spi, flags in ((SLOT_IN, SPI_IN, FLAGS_IN), (SLOT_OUT, spi_out, FLAGS_OUT)):
            yield (f"sa {slot} instance={1000 + slot} spi={spi:#x} flags={flags} tunnel=0 "
                   f"{TRANSFORM[self.algorithm]} encr_key={encr} {'auth_key=' + auth if auth else ''} "
                   f"outer_local={local} outer_remote={remote} ts_local=0.0.0.0/0 ts_remote=0.0.0.0/0 "
                   "replay_window=1024")

    def tables(self):
        """Outbound: 192.168.115.0/24 is behind the tunnel. Inbound: behind the other port."""
        encap = self.direction == "encap"
        wan = 1 if encap else 0
        # A region that is found with SAs in it would be one whose sequence numbers are lost.
        yield from ("create", "commit", "wait", "routes",
                    f"link 0 name=rx flags={3 if wan else 7}", f"link 1 name=tx flags={7 if wan else 3}",
                    "adj 0 link=0 rewrite=0200000000aa0200000000010800",
                    "adj 1 link=1 rewrite=0200000000bb0200000000020800",
                    "group 0 adj:1", "group 1 punt", "group 2 tunnel:0")
        yield from self.sa_lines()
        yield (f"tunnel 0 instance=501 number=1 flags=3 twin=tunnel1 sa_out={SLOT_OUT} "
               f"sa_out_instance={1000 + SLOT_OUT} outer_adj={wan} "
               "inside_local=169.254.10.2/30 inside_remote=169.254.10.1/30 inner_mtu=1420")
        yield from (f"route 192.168.115.0/24 {2 if encap else 0}", "flip", "commit", "wait")

    def run(self, rx, tx):
        """`rx` and `tx`: the devices, as --vdev wants them. In a network namespace of its own, for its
        interfaces in the kernel."""
        house = next(c for c in sorted(os.sched_getaffinity(0)) if c != self.worker_cpu)
        name = lambda device: device.partition(",")[0]
        self.fixture = Fixture(self.out, self.prefix)
        self.start(["unshare", "-n", f"{self.out}/cgw-dataplane", "--lcores",
                    f"0@{house},1@{self.worker_cpu}", "--no-pci", "--in-memory", "-m", "256",
                    "--file-prefix", self.prefix, "--log-level", "lib.*:error", "--vdev", rx, "--vdev", tx,
                    "--", "--instance", self.prefix, "--port", f"rx={name(rx)}", "--port", f"tx={name(tx)}"])
        self.fixture(*self.tables())

    def fail(self, what):
        if self.fixture and self.process.poll() is None:
            state = self.fixture.state()
            what += f"; drops { {k: v for k, v in state['drops'].items() if v} }, {state['totals']}"
        super().fail(what)

    def check_clean(self):
        """No packet was dropped or left to the kernel once the tunnel stood."""
        for _ in range(2):
            state = self.fixture.state()
            time.sleep(0.05)
        before, after = state, self.fixture.state()
        drops = {k: v - before["drops"][k] for k, v in after["drops"].items() if v != before["drops"][k]}
        punts = after["totals"]["punt"] - before["totals"]["punt"]
        if drops or punts:
            self.fail(f"drops {drops}, left to the kernel {punts}")

    def end(self):
        super().end()
        if self.fixture:
            self.fixture.close()
        subprocess.run(["rm", "-rf", f"/dev/shm/cgw/{self.prefix}"], check=False)
