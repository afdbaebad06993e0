# SPDX-License-Identifier: BSD-3-Clause
"""The lab of the services' tests: cgw-control alone, over two ports whose twins are veths.

    host namespace          gateway namespace                     internet namespace
    eth0  ---- veth ----    lan1 192.168.100.1/24 | lan2   ---- veth ----  eth0

The kernel of the gateway's namespace is the slow path itself; the fast path is not there. Nothing has an
address until a test types the lines.
"""
import atexit
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap  # noqa: E402
from netns import Namespace, sh  # noqa: E402

START = 30  # seconds for a program to start or to end
HOST, GATEWAY = "192.168.100.10", "192.168.100.1"
WAN, ROUTER = "203.0.113.2", "203.0.113.1"


def until(what, condition, seconds=10, every=0.1):
    """Waits for a condition and returns what it gave."""
    end = time.monotonic() + seconds
    while True:
        got = condition()
        if got:
            return got
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(every)


class Background:
    """A function in a thread inside a namespace; what it raises is raised by join()."""

    def __init__(self, ns, work, *arguments):
        self.error, self.result = None, None
        self.thread = threading.Thread(target=self.run, args=(ns, work, arguments), daemon=True)
        self.thread.start()

    def run(self, ns, work, arguments):
        try:
            ns.join()
            self.result = work(*arguments)
        except Exception as error:  # handed over
            self.error = error

    def join(self, seconds=START):
        self.thread.join(seconds)
        assert not self.thread.is_alive(), "it does not end"
        if self.error:
            raise self.error
        return self.result


class Lab:
    def __init__(self, programs, tag):
        self.programs = pathlib.Path(programs).resolve()
        self.name = f"cs-{os.getpid()}-{tag}"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=self.name))
        self.socket = self.folder / "run" / "console"
        (self.folder / "save").mkdir()
        self.process = None
        self.log = open(self.folder / "control.log", "w+", errors="replace")
        self.host, self.gw, self.net = (Namespace(f"{self.name}-{n}") for n in ("h", "g", "i"))
        atexit.register(self.remove)
        self.wire("lan1", self.host)
        self.wire("lan2", self.net)
        self.start()

    def wire(self, port, far):
        sh(f"ip -n {self.gw.name} link add {port} type veth peer name eth0 netns {far.name}")
        for ns, interface in ((self.gw, port), (far, "eth0")):
            ns.sh(f"echo 1 >/proc/sys/net/ipv6/conf/{interface}/disable_ipv6; "
                  f"ethtool -K {interface} tx off rx off gro off gso off tso off sg off >/dev/null; "
                  f"ip link set {interface} up")

    # ---- cgw-control

    def start(self):
        said = self.log_text().count("control state=running")
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", self.gw.name, self.programs / "cgw-control", "--instance", self.name,
             "--config", self.folder / "save" / "config", "--socket", self.socket],
            stdout=self.log, stderr=self.log)
        until("cgw-control starts", lambda: self.alive() and
              self.log_text().count("control state=running") > said, START)

    def alive(self):
        assert self.process.poll() is None, f"cgw-control ended:\n{self.log_text()[-2000:]}"
        return True

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(timeout=START)

    def log_text(self):
        self.log.flush()
        return open(self.log.name, errors="replace").read()

    def type(self, lines):
        """(status, text) of the lines, as a file of commands."""
        done = subprocess.run([self.programs / "cgw", "-s", self.socket, "-f", "-"], input=lines + "\n",
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
        return done.returncode, done.stdout

    def must(self, lines):
        status, text = self.type(lines)
        assert status == 0, f"the console refused: {text}"
        return text

    def basics(self):
        """Addresses of all, the default route, and a way from the host to the internet and back."""
        self.must(f"ip lan1 address {GATEWAY}/24\nip lan2 address {WAN}/24\nip route default gateway {ROUTER}")
        self.host.sh(f"ip addr replace {HOST}/24 dev eth0; ip route replace default via {GATEWAY}")
        self.net.sh(f"ip addr replace {ROUTER}/24 dev eth0; ip addr replace 198.51.100.1/32 dev lo")

    def processes(self, name):
        """Numbers of the processes of that name in the gateway's namespace."""
        pids = sh(f"ip netns pids {self.gw.name}").split()
        return [int(p) for p in pids if self.command(p) == name]

    def settled(self, name, file):
        """Waits until the one process of that name was started after its file was written last; what was typed
        is in force before: a snapshot waits for that."""
        self.must("show ip route")

        def started():
            found = self.processes(name)
            if len(found) != 1:
                return False
            ticks = int(pathlib.Path(f"/proc/{found[0]}/stat").read_text().rsplit(")")[1].split()[19])
            age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
            return time.time() - age > (self.folder / "run" / file).stat().st_mtime - 0.02
        until(f"{name} runs with what was typed", started)

    @staticmethod
    def command(pid):
        try:
            return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
        except OSError:
            return ""

    def evidence(self):
        return self.log_text()[-60000:]

    def remove(self):
        if self.process and self.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for ns in (self.host, self.gw, self.net):
            for pid in sh(f"ip netns pids {ns.name}", check=False).split():
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except (ProcessLookupError, ValueError):
                    pass
            ns.remove()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(f"/dev/shm/cgw/{self.name}", ignore_errors=True)
        atexit.unregister(self.remove)


def main(namespace, tag):
    programs = sys.argv[1] if len(sys.argv) > 1 else "build/release"
    tap.main(namespace, setup=lambda: Lab(programs, tag), teardown=Lab.remove, evidence=Lab.evidence,
             only=sys.argv[2] if len(sys.argv) > 2 else None)
