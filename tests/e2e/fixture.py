# SPDX-License-Identifier: BSD-3-Clause
"""What stands in for cgw-control, for tests and measurements alike."""
import json
import os
import subprocess
import sys


class Fixture:
    """tests/e2e/fixture.c: writes cfg.v1, reads state.v1."""

    def __init__(self, out, instance):
        if not os.access(f"{out}/tests/e2e/fixture", os.X_OK):
            sys.exit(f"{out}/tests/e2e/fixture is not there: `make {out}/tests/e2e/fixture` makes it")
        self.process = subprocess.Popen([f"{out}/tests/e2e/fixture", instance], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def __call__(self, *lines):
        for line in lines:
            answer = self.ask(line)
            if answer != "ok":
                raise AssertionError(f"{line}: {answer}")

    def commit(self):
        self("commit", "wait")

    def state(self):
        return json.loads(self.ask("state"))

    def close(self):
        self.process.stdin.close()
        self.process.wait()
