# SPDX-License-Identifier: BSD-3-Clause
"""A console server over an agent made of variables, and the client program `cgw` on it: what the tests of this
folder share."""
import os
import signal
import subprocess
import tempfile

import pexpect


class Console:
    """A server of our own, and ways to start the client on it."""

    def __init__(self, output):
        self.cgw = os.path.join(output, "cgw")
        self.folder = tempfile.TemporaryDirectory(prefix="cgw-client-")
        self.socket = os.path.join(self.folder.name, "sock")
        self.save = os.path.join(self.folder.name, "save")
        os.mkdir(self.save, 0o700)
        self.start(os.path.join(output, "tests/unit/console/test_server"))

    def start(self, program):
        self.server = subprocess.Popen([program, "serve", self.socket, self.save],
                                       stdout=subprocess.PIPE, text=True)
        line = self.server.stdout.readline()
        assert line == "ready\n", f"the server said {line!r}"

    def stop(self):
        self.server.send_signal(signal.SIGTERM)
        status = self.server.wait(60)
        self.folder.cleanup()
        assert status == 0, f"the server ended with {status}"

    def run(self, *words, stdin="", **how):
        return subprocess.run([self.cgw, "-s", self.socket, *words], input=stdin, text=True,
                              capture_output=True, timeout=120, check=False, **how)

    def spawn(self, path=None):
        """The client at a terminal, with the server at `path` or this one."""
        # libedit never frees the names of the functions that are added to it.
        leaks = {"ASAN_OPTIONS": "detect_leaks=0"}
        child = pexpect.spawn(self.cgw, ["-s", path or self.socket], encoding="utf-8", timeout=60,
                              env={**os.environ, **leaks, "TERM": "xterm", "LANG": "C.UTF-8"},
                              dimensions=(40, 120))
        child.setecho(False)
        return child

    def terminal(self):
        child = self.spawn()
        child.expect("# ")
        return child

    def clear(self):
        """The configuration as it was at the start: empty."""
        self.run("-k", stdin="tunnel disable all\nno syslog debug\nno ipsec ike pre-shared-key 1\n"
                             "no console character\nno ip lan1 address\nno bgp autonomous-system\nsave\n")
