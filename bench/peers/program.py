# SPDX-License-Identifier: BSD-3-Clause
"""A DPDK program that is measured from outside: started, halted and let go on, its packets counted.

Both sides of a ratio go through this class, so both are counted by the same counter (what the transmit
port sent, over rte_telemetry) and timed by the same clock."""
import json
import os
import signal
import socket
import subprocess
import time

COUNT_NSEC = 200_000
COUNT_TRIES = 10


class Program:
    """`command` is started by prepare() of a subclass; `worker_cpu` is the CPU that forwards."""

    RX, TX = 0, 1  # port numbers of DPDK: the receiving device is always the first

    def __init__(self, name, worker_cpu, workdir):
        self.name, self.worker_cpu, self.workdir = name, worker_cpu, workdir
        self.prefix = f"cgwbench-{os.getpid()}-{name}"
        self.process = self.socket = self.worker = None
        self.log_path = f"{workdir}/{name}.log"

    def start(self, command):
        self.log = open(self.log_path, "w")
        every_cpu = range(os.cpu_count())
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT,
                                        preexec_fn=lambda: os.sched_setaffinity(0, every_cpu))
        self.connect()

    def fail(self, what):
        self.log.flush()
        with open(self.log_path) as f:
            tail = f.read()[-1500:]
        raise RuntimeError(f"{self.name}: {what}\n{tail}")

    def connect(self):
        path = f"/var/run/dpdk/{self.prefix}/dpdk_telemetry.v2"
        end = time.monotonic() + 20
        while True:
            if self.process.poll() is not None:
                self.fail("ended at its start")
            try:
                self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                self.socket.settimeout(5)
                self.socket.connect(path)
                break
            except OSError:
                self.socket.close()
                if time.monotonic() > end:
                    self.fail("no telemetry")
                time.sleep(0.02)
        self.socket.recv(65536)

    def stats(self, port):
        self.socket.send(f"/ethdev/stats,{port}".encode())
        return json.loads(self.socket.recv(65536)).get("/ethdev/stats") or {}

    def sent(self):
        return self.stats(self.TX).get("opackets", 0)

    def until_sending(self, packets=1, seconds=20):
        """Waits until the transmit port has sent so many; then finds the thread that does it."""
        end = time.monotonic() + seconds
        while self.sent() < packets:
            if self.process.poll() is not None:
                self.fail("ended before it forwarded")
            if time.monotonic() > end:
                self.fail(f"sent {self.sent()} of {packets} packets; received {self.stats(self.RX)}")
            time.sleep(0.005)
        self.worker = self.find_worker()

    def find_worker(self):
        """The thread bound to the worker's CPU alone that has run longest."""
        tasks = f"/proc/{self.process.pid}/task"
        bound = [t for t in os.listdir(tasks)
                 if os.sched_getaffinity(int(t)) == {self.worker_cpu}]
        if not bound:
            self.fail(f"no thread of it is bound to CPU {self.worker_cpu}")
        return max(bound, key=lambda t: self.schedstat(t)[0])

    def schedstat(self, task):
        """Nanoseconds on a CPU, and nanoseconds ready but without one."""
        with open(f"/proc/{self.process.pid}/task/{task}/schedstat") as f:
            return [int(word) for word in f.read().split()[:2]]

    def halt(self):
        """Returns when every thread has stopped: the kernel tells a parent no sooner."""
        self.process.send_signal(signal.SIGSTOP)
        end = time.monotonic() + 5
        while not os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOHANG):
            if time.monotonic() > end:
                self.fail("does not halt")
            time.sleep(0.0005)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def count(self):
        """(time in ns, packets sent, ns that the worker waited for its CPU), the time in the middle of
        the request. A request that took long says little of when it was answered; the next may do better."""
        for _ in range(COUNT_TRIES):
            before = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
            packets = self.sent()
            after = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
            if after - before < COUNT_NSEC:
                break
        return (before + after) / 2, packets, self.schedstat(self.worker)[1]

    def end(self):
        """Asks it to end, as its transmit file wants to be closed."""
        if self.process and self.process.poll() is None:
            self.go_on()
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.socket:
            self.socket.close()
        subprocess.run(["rm", "-rf", f"/var/run/dpdk/{self.prefix}"], check=False)
