#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""`cgw top` in a terminal (tmux), and for scripts.

    tests/console/top.py OUTPUT [PART]

OUTPUT holds cgw and tests/unit/console/test_server (the console server over an agent made of variables, whose
first tunnel sends 100 packets a second and whose dataplane drops 10)."""
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap
from server import Console


def wait_for(what, condition):
    for _ in range(400):
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come")


class Terminal:
    """A terminal of tmux with `cgw top` in it, started by a shell that says how it ended."""

    count = 0

    def __init__(self, console, *words, columns=80, lines=24):
        Terminal.count += 1
        self.tmux = ["tmux", "-L", f"cgw-top-{os.getpid()}-{Terminal.count}", "-f", "/dev/null"]
        command = " ".join([console.cgw, "-s", console.socket, "top", *words])
        subprocess.run([*self.tmux, "new-session", "-d", "-x", str(columns), "-y", str(lines), "sh", "-c",
                        f"echo before; {command}; echo status $?; stty -a; sleep 1000"], check=True,
                       env={**os.environ, "LANG": "C.UTF-8"})

    def screen(self):
        return subprocess.run([*self.tmux, "capture-pane", "-p"], capture_output=True, text=True,
                              check=True).stdout

    def keys(self, *keys):
        subprocess.run([*self.tmux, "send-keys", *keys], check=True)

    def resize(self, columns, lines):
        subprocess.run([*self.tmux, "resize-window", "-x", str(columns), "-y", str(lines)], check=True)

    def wait(self, pattern):
        return wait_for(pattern, lambda: re.search(pattern, self.screen(), re.MULTILINE))

    def stop(self):
        subprocess.run([*self.tmux, "kill-server"], check=False)

    def check_ended(self, status):
        """The shell's screen is back as it was, with its cursor and its settings."""
        self.wait(f"^status {status}$")
        screen = self.wait(r"-echoprt") and self.screen()
        tap.matches(screen, "^before$")
        tap.lacks(screen, "TUNNEL")
        for setting in ("icanon", " echo ", "isig", "opost"):
            tap.contains(screen.replace("\n", " "), setting)
        shown = subprocess.run([*self.tmux, "display-message", "-p", "#{cursor_flag} #{alternate_on}"],
                               capture_output=True, text=True, check=True).stdout
        tap.equal(shown, "1 0\n", "cursor and screen")


def test_80_by_24(console):
    terminal = Terminal(console)
    try:
        terminal.wait(r"^1      up +0 +0 +[\d.]+[kM] +[1-9]\d* ")
        lines = terminal.screen().splitlines()
        tap.equal(len(lines), 24, "lines")
        tap.matches(lines[0], r"^cgw top  \S+ \S+  dataplane running  tunnels 2/2 up  BGP 2/2$")
        tap.matches("\n".join(lines), r"^replay +[1-9]\d* +\d+$")
        tap.matches("\n".join(lines), r"^lan2      DOWN")
        tap.matches(lines[23], "^q: quit")
        terminal.keys("q")
        terminal.check_ended(0)
    finally:
        terminal.stop()


def test_a_terminal_that_changes_its_size(console):
    terminal = Terminal(console, columns=132, lines=50)
    try:
        terminal.wait("^q: quit")
        for columns, lines in ((80, 24), (40, 8), (200, 60), (20, 4), (1, 1), (100, 30)):
            terminal.resize(columns, lines)
            wait_for(f"a screen of {columns}x{lines}", lambda want=lines: len(terminal.screen().splitlines()) == want)
            if columns >= 20 and lines > 2:
                wait_for("a first and a last line", lambda: re.search(r"\Acgw top  [^~]*^q: quit.*\Z",
                                                                      terminal.screen().rstrip(), re.MULTILINE))
        terminal.keys("C-c")
        terminal.check_ended(0)
    finally:
        terminal.stop()


def test_signals_leave_the_terminal_as_it_was(console):
    for number in (signal.SIGTERM, signal.SIGHUP):
        terminal = Terminal(console)
        try:
            terminal.wait("^q: quit")
            children = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout
            pid = next(int(line.split()[0]) for line in children.splitlines()
                       if f"{console.cgw} -s {console.socket} top" in line and "sh -c" not in line)
            os.kill(pid, number)
            terminal.check_ended(0)
        finally:
            terminal.stop()


def test_a_server_that_goes_away_is_told(console):
    own = Console(sys.argv[1])
    terminal = Terminal(own)
    try:
        terminal.wait("^q: quit")
        own.stop()
        terminal.check_ended(3)
        tap.contains(terminal.screen(), "cgw: the connection was lost")
    finally:
        terminal.stop()


def test_once_for_scripts(console):
    done = console.run("top", "--once", "-d", "0.5")
    tap.equal((done.returncode, done.stderr), (0, ""), "top --once")
    tap.lacks(done.stdout, "\x1b")
    tap.matches(done.stdout, r"^1      up +0 +0 +[\d.]+[kM] +[1-9]\d* +0 +\S+  amazon-api_20170110112233$")
    tap.matches(done.stdout, r"^esp_icv +0 +50$")
    tap.lacks(done.stdout, "q: quit")


def test_wrong_words_and_no_terminal(console):
    for words in (("--often",), ("-d",), ("-d", "0"), ("-d", "x"), ("-d", "nan"), ("--once", "-d", "1e9"), ("up",)):
        done = console.run("top", *words)
        tap.equal((done.returncode, done.stdout), (2, ""), f"top {words}")
        tap.contains(done.stderr, "usage: cgw top")
    done = console.run("top")
    tap.equal((done.returncode, done.stderr), (2, "cgw: top wants a terminal, or --once\n"), "without a terminal")


if __name__ == "__main__":
    tap.main(globals(), setup=lambda: Console(sys.argv[1]), teardown=lambda console: console.stop(),
             only=sys.argv[2] if len(sys.argv) > 2 else None)
