# SPDX-License-Identifier: BSD-3-Clause
"""What crosses the lab, and what is seen of it on the wire: ping, iperf3, captures."""
import json
import re
import time

from . import plan
from .proc import LabError, wait_for

# Seconds for late answers: a busy machine is slow, and slow is not lost. (With -w, ping goes on until it has
# as many answers as it was to send requests; without, it waits for two round trips only.)
PATIENCE = 10

# Inner addresses that must never be seen outside a tunnel.
CLEAR = "net 10.0.0.0/16 or net 169.254.0.0/16 or net 192.168.200.0/24"


class Ping:
    """A ping that runs beside something else; every request is numbered, `lost()` says which failed."""

    def __init__(self, lab, count, interval=0.05, role="lan", target=plan.VPC_HOST, size=56, tag="ping"):
        self.processes, self.tag, self.count, self.interval = lab.processes, tag, count, interval
        lab.processes.stop(tag)
        (lab.processes.folder / f"{tag}.out").unlink(missing_ok=True)
        lab.processes.start(tag, lab.net.argv(
            role, "ping", "-D", "-n", "-i", interval, "-c", count, "-w", round(count * interval + PATIENCE),
            "-s", size, target))

    def answers(self):
        """{sequence number: time of the answer}."""
        text = self.processes.output(self.tag, limit=10_000_000)
        return {int(s): float(t) for t, s in re.findall(r"\[([\d.]+)\].*icmp_seq=(\d+) ttl", text)}

    def running(self):
        return self.processes.alive(self.tag)

    def finish(self):
        """Waits for the end; returns {sequence number: time}."""
        wait_for(f"{self.tag}: end of {self.count} pings", lambda: not self.running(),
                 self.count * self.interval + PATIENCE + 60)
        self.processes.stop(self.tag)
        return self.answers()

    def interrupt(self):
        self.processes.signal(self.tag, 2)
        return self.finish()

    def lost(self):
        answers = self.finish()
        return [n for n in range(1, self.count + 1) if n not in answers]


def longest_gap(answers, start=None, end=None):
    """Longest time without an answer, in seconds, of a Ping's answers."""
    times = sorted(answers.values())
    if start is not None:
        times = [start] + [t for t in times if t >= start]
    if end is not None:
        times.append(end)
    return max((b - a for a, b in zip(times, times[1:])), default=float("inf"))


def reachable(lab, role="lan", target=plan.VPC_HOST, timeout=1):
    return lab.net.run(role, "ping", "-n", "-c", "1", "-W", timeout, target, check=False).returncode == 0


def ping_text(lab, count=5, role="lan", target=plan.VPC_HOST, size=56, dont_fragment=False):
    extra = ["-M", "do"] if dont_fragment else []
    return lab.net.run(role, "ping", "-n", "-c", count, "-i", "0.2", "-w", count // 5 + PATIENCE, "-s",
                       size, *extra, target, check=False).stdout


def iperf(lab, seconds=4, reverse=False, udp_mbit=None, size=None):
    """iperf3 from the LAN host to the VPC host (or back); the parsed report."""
    argv = ["iperf3", "-J", "-c", plan.VPC_HOST, "-t", seconds, "--connect-timeout", "5000"]
    argv += ["-R"] if reverse else []
    argv += ["-u", "-b", f"{udp_mbit}M"] if udp_mbit else []
    argv += ["-l", size] if size else []
    done = lab.net.run("lan", *argv, check=False, timeout=seconds + 40)
    try:
        report = json.loads(done.stdout)
    except json.JSONDecodeError as error:
        raise LabError(f"iperf3: {(done.stdout + done.stderr).strip()[-300:]}") from error
    if "error" in report:
        raise LabError(f"iperf3: {report['error']}")
    return report


def mbit(report):
    """Received Mbit/s of an iperf3 TCP report."""
    return report["end"]["sum_received"]["bits_per_second"] / 1e6


class Capture:
    """tcpdump with a filter in the kernel, in one namespace, into a pcap file."""
    COMPLETE = False  # True: a packet that the kernel could not hand over is an error

    def __init__(self, lab, tag, expression, role="inet", interface="any", snap=0):
        self.lab, self.tag, self.role = lab, f"cap-{tag}", role
        self.path = lab.folder / f"{tag}.pcap"
        self.path.unlink(missing_ok=True)
        lab.processes.stop(self.tag)
        (lab.processes.folder / f"{self.tag}.out").unlink(missing_ok=True)
        lab.processes.start(self.tag, lab.net.argv(
            role, "tcpdump", "-Z", "root", "-U", "--immediate-mode", "-nn", "-s", snap, "-i", interface, "-w", self.path,
            expression))
        wait_for(f"{tag}: tcpdump", lambda: "listening on" in lab.processes.output(self.tag), 30)

    def stop(self):
        """Ends the capture; returns the number of packets in it."""
        time.sleep(0.2)
        self.lab.processes.stop(self.tag)
        output = self.lab.processes.output(self.tag)
        dropped = re.search(r"(\d+) packets? dropped by kernel", output)
        if self.COMPLETE and dropped and int(dropped[1]):
            raise LabError(f"{self.tag}: the kernel dropped {dropped[1]} packets of the capture")
        found = re.search(r"(\d+) packets? captured", output)
        if not found:
            raise LabError(f"{self.tag}: {output}")
        return int(found[1])

    def lines(self, limit=20):
        """The packets in tcpdump's words."""
        text = self.lab.net.run(self.role, "tcpdump", "-nn", "-t", "-r", self.path, check=False).stdout
        return text.splitlines()[:limit]


class Tripwire(Capture):
    """Watches the whole internet namespace for inner addresses in clear."""
    COMPLETE = True

    def __init__(self, lab, tag="tripwire"):
        super().__init__(lab, tag, CLEAR, snap=96)

    def stop(self):
        """The clear packets, in tcpdump's words. First it proves that it would have seen one."""
        net, bait = self.lab.net, "10.0.9.9"
        net.ip("inet", "route", "replace", f"{bait}/32", "dev", "toec2")
        net.ip("inet", "neigh", "replace", bait, "lladdr", "02:00:00:00:00:09", "dev", "toec2")
        net.run("inet", "ping", "-n", "-c", "1", "-W", "0.1", bait, check=False)
        net.ip("inet", "route", "del", f"{bait}/32", "dev", "toec2")
        super().stop()
        lines = self.lines(1_000_000)
        if not any(bait in line for line in lines):
            raise LabError(f"{self.tag}: the tripwire did not see its own bait")
        return [line for line in lines if bait not in line]
