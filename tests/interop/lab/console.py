# SPDX-License-Identifier: BSD-3-Clause
"""Typing at the gateway's console, by its own client."""
import subprocess

from .proc import LabError


class Console:
    """cgw against the lab's gateway, from inside its namespace."""

    def __init__(self, lab, client, socket):
        self.lab, self.client, self.socket = lab, client, socket

    def argv(self, *words):
        return self.lab.net.argv("gw", self.client, "-s", self.socket, *words)

    def type(self, *lines, timeout=60):
        """Lines into the client's standard input, as `cgw -f -` takes them: nothing secret in argv.
        Returns (status, text)."""
        try:
            done = subprocess.run(self.argv("-f", "-"), input="\n".join(lines) + "\n", text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout,
                                  errors="replace", check=False)
        except subprocess.TimeoutExpired as late:
            raise LabError(f"the console did not answer within {timeout} s: {lines[0]}: "
                           f"{late.output}") from late
        return done.returncode, done.stdout

    def must(self, *lines, timeout=60):
        status, text = self.type(*lines, timeout=timeout)
        if status:
            raise LabError(f"the console refused: {text.strip()[-500:]}")
        return text

    def config(self):
        """The lines in force, without the head: two are equal if nothing was changed."""
        return "".join(line for line in self.ask("show config").splitlines(keepends=True)
                       if not line.startswith("#"))

    def ask(self, command):
        """Output of one command, given as the client's arguments: `cgw show ipsec sa`."""
        done = subprocess.run(self.argv(*command.split()), text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=30, errors="replace", check=False)
        return done.stdout
