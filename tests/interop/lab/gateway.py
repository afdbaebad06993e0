# SPDX-License-Identifier: BSD-3-Clause
"""The customer gateway itself: cgw-dataplane and cgw-control in the namespace gw, and its console."""
import os
import pathlib

from . import plan
from .console import Console
from .net import PORTS
from .proc import LabError, wait_for

HUGE_FREE = pathlib.Path("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages")
MEMORY_MB = 256
FRAME = 16384  # bytes


def _memory():
    """EAL options: hugepages when enough are free, ordinary memory when not."""
    try:
        free = int(HUGE_FREE.read_text()) * 2
    except (FileNotFoundError, ValueError):
        free = 0
    return ["--in-memory", "-m", MEMORY_MB] if free >= MEMORY_MB + 64 else ["--no-huge", "-m", MEMORY_MB]


class Gateway:
    """programs: folder of the three programs."""

    def __init__(self, lab, programs):
        self.lab = lab
        self.programs = pathlib.Path(programs).resolve()
        self.socket = lab.folder / "console"
        self.config = lab.folder / "save" / "config"
        self.captures = lab.folder / "captures"
        self.console = Console(lab, self.programs / "cgw", self.socket)

    def dataplane_argv(self):
        lcores = "0@(0-1),1@(0-1)" if (os.cpu_count() or 1) > 1 else "0@0,1@0"
        eal = ["--lcores", lcores, "--no-pci", "--file-prefix", f"cgwlab-{self.lab.name}",
               *_memory()]
        # af_packet has the kernel put fragments together: its frames may be far larger than the MTU.
        eal += [f"--vdev=net_af_packet{n},iface={port},framesz={FRAME},blocksz={FRAME},framecnt=512"
                for n, port in enumerate(PORTS.values())]
        return [self.programs / "cgw-dataplane", *eal, "--", "--instance", self.lab.name,
                "--port", "lan1=net_af_packet0", "--port", "lan2=net_af_packet1", "--idle-sleep", "50",
                "--mbufs", "4095", "--frame-bytes", FRAME, "--capture-dir", self.captures]

    def control_argv(self):
        return [self.programs / "cgw-control", "--instance", self.lab.name, "--config", self.config,
                "--socket", self.socket, "--ca-file", self.lab.folder / "pki" / "ca.pem"]

    def start_dataplane(self):
        """The twins outlive the program: that it runs is seen by what it says."""
        said = self._says("dataplane event=started")
        self.captures.mkdir(mode=0o700, exist_ok=True)
        self.lab.processes.start("dataplane", self.lab.net.argv("gw", *self.dataplane_argv()))
        wait_for("cgw-dataplane", lambda: self._running("dataplane")
                 and self._says("dataplane event=started") > said, 60)

    def _says(self, text):
        return self.lab.processes.output("dataplane", 10_000_000).count(text)

    def start_control(self):
        self.config.parent.mkdir(exist_ok=True)
        self.lab.processes.start("control", self.lab.net.argv("gw", *self.control_argv()))
        wait_for("cgw-control's console", lambda: self._running("control") and self.socket.is_socket(), 30)

    def _running(self, tag):
        if not self.lab.processes.alive(tag):
            raise LabError(f"cgw-{tag} ended: {self.lab.processes.output(tag, 1500)}")
        return True

    def start(self):
        self.start_dataplane()
        self.start_control()

    def wait_internet(self):
        """Waits until the EC2 endpoint answers the gateway's own pings: its slow path works."""
        wait_for("an answer from the internet", lambda: self.lab.net.run(
            "gw", "ping", "-n", "-c", "1", "-W", "1", plan.EC2_ADDRESS, check=False).returncode == 0, 30)

    def stop(self):
        """Control first: it takes its tunnels down in order while the dataplane still runs."""
        self.lab.processes.stop("control")
        self.lab.processes.stop("dataplane")

    def kill(self, tag):
        """Ends "control" or "dataplane" as a crash would."""
        self.lab.processes.signal(tag, 9)
        self.lab.processes.stop(tag)

    # ---- what a user types -------------------------------------------------------------------------

    def basics(self):
        """Lines of a site without tunnels: addresses and the default route."""
        return [f"ip lan1 address {plan.LAN_GATEWAY}/24",
                f"ip lan2 address {self.lab.wan.address}/24",
                f"ip route default gateway {self.lab.wan.router}"]

    def cloud(self, secret=plan.SECRET_KEY, key=plan.ACCESS_KEY, vpn=plan.VPN_ID):
        """Lines that name the VPN connection."""
        return ["cloud vpn service 1 amazon-api",
                "cloud vpn name 1 tokyo",
                f"cloud vpn parameter 1 {key} {secret} {vpn}",
                f"cloud vpn option 1 region={plan.REGION}"]
