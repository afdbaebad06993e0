#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A lab of a name that is taken is refused, and left as it is: one that was kept, one that is being run.

    tests/scripts/lab.py

Lays out nothing: the labs are folders and locks of the test's own."""
import fcntl
import json
import os
import pathlib
import shutil
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests/lib"), str(TOP / "tests/interop")]
import tap
from lab import core
from lab.proc import LabError


class Home:
    """Where the labs lie; the calls that would lay one out or end one are noted instead."""

    def __init__(self):
        core.HOME = self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cgw-labs-"))
        os.geteuid = lambda: 0
        self.done = []
        core.Lab._clear = self._clear
        core.Lab._write_state = lambda lab, kept=False: self._stop()

    @property
    def _clear(self):
        def clear(lab):
            self.done.append("cleared")
            shutil.rmtree(lab.folder, ignore_errors=True)
        return clear

    def _stop(self):
        self.done.append("begun")
        raise LabError("far enough")

    def up(self, name):
        """What up() and the down() of a caller's `finally` did, and the sentence."""
        self.done = []
        lab = core.Lab(name)
        try:
            lab.up()
        except LabError as error:
            lab.down()
            return str(error), self.done
        raise AssertionError("it went up")

    def leave(self, name, **state):
        (self.folder / name).mkdir(exist_ok=True)
        (self.folder / name / "state.json").write_text(json.dumps(state))


def test_a_kept_lab_is_left_alone(home):
    home.leave("kept", kept=True)
    sentence, done = home.up("kept")
    tap.contains(sentence, "a lab named kept is up")
    tap.contains(sentence, "scripts/lab down kept")
    tap.equal(done, [], "what was done")


def test_a_lab_that_is_being_run_is_left_alone(home):
    home.leave("busy", kept=False)
    with open(home.folder / ".busy.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sentence, done = home.up("busy")
    tap.contains(sentence, "is being run by somebody else")
    tap.equal(done, [], "what was done")


def test_what_a_dead_run_left_is_cleared(home):
    home.leave("dead", kept=False)
    home.leave("older")
    for name in ("dead", "older", "none"):
        sentence, done = home.up(name)
        tap.equal((sentence, done), ("far enough", ["cleared", "begun", "cleared"]), name)


def test_a_kept_lab_that_was_ended_makes_room(home):
    home.leave("ended", kept=True)
    core.Lab("ended").down()
    tap.contains(home.done, "cleared")


if __name__ == "__main__":
    tap.main(globals(), setup=Home, teardown=lambda home: shutil.rmtree(home.folder))
