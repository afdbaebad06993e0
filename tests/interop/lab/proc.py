# SPDX-License-Identifier: BSD-3-Clause
"""Processes of a lab: started in namespaces, recorded in its state folder, ended by their own pid.

A record holds the pid and the start time the kernel gave it, so that a pid used again by somebody else is
never signalled. Where the first process of a container reaps slowly a dead daemon stays a zombie for a
while: a zombie counts as dead."""
import json
import os
import pathlib
import signal
import subprocess
import time


class LabError(Exception):
    """Something the lab needs could not be had; the text is for a person."""


def run(*argv, check=True, text_in=None, timeout=60, env=None):
    """Runs a command to its end; returns CompletedProcess with stdout and stderr as text."""
    done = subprocess.run([str(a) for a in argv], input=text_in, text=True, capture_output=True,
                          errors="replace", timeout=timeout, env=env, check=False)
    if check and done.returncode:
        raise LabError(f"{' '.join(map(str, argv))}: status {done.returncode}: "
                       f"{(done.stderr or done.stdout).strip()[-600:]}")
    return done


def wait_for(what, condition, timeout, step=0.1):
    """Calls `condition` until it is true; returns its value. LabError naming `what` after `timeout`."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise LabError(f"{what}: not within {timeout} s")
        time.sleep(step)


def _stat(pid):
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return fields[0], int(fields[19])


def start_time(pid):
    """Start of process `pid` in clock ticks since boot, None when there is none."""
    stat = _stat(pid)
    return stat[1] if stat else None


def alive(pid, started):
    """True while the very process that was recorded runs. A zombie does not, unless threads of it still do:
    then its files and locks are not free yet."""
    stat = _stat(pid)
    if not stat or stat[1] != started:
        return False
    if stat[0] not in "ZX":
        return True
    try:
        return len(os.listdir(f"/proc/{pid}/task")) > 1
    except OSError:
        return False


class Processes:
    """The daemons of one lab. `folder` keeps TAG.json (pid, start time, command) and TAG.out."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.children = {}

    def start(self, tag, argv, env=None, stdin=subprocess.DEVNULL):
        """Starts a daemon in a session of its own; its output goes to TAG.out. Returns the pid."""
        with open(self.folder / f"{tag}.out", "ab") as out:
            child = subprocess.Popen([str(a) for a in argv], stdin=stdin, stdout=out, stderr=out,
                                     env=env, start_new_session=True)
        self.children[child.pid] = child
        record = {"pid": child.pid, "started": start_time(child.pid), "argv": [str(a) for a in argv]}
        (self.folder / f"{tag}.json").write_text(json.dumps(record))
        return child.pid

    def _record(self, tag):
        try:
            return json.loads((self.folder / f"{tag}.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None

    def tags(self):
        return sorted(p.stem for p in self.folder.glob("*.json"))

    def pid(self, tag):
        record = self._record(tag)
        return record["pid"] if record else None

    def argv(self, tag):
        """The command line a daemon was started with."""
        record = self._record(tag)
        return record["argv"] if record else []

    def alive(self, tag):
        record = self._record(tag)
        return bool(record and alive(record["pid"], record["started"]))

    def output(self, tag, limit=4000):
        """The last characters a daemon wrote to its stdout and stderr."""
        try:
            return (self.folder / f"{tag}.out").read_text(errors="replace")[-limit:]
        except FileNotFoundError:
            return ""

    def signal(self, tag, number):
        record = self._record(tag)
        if record and alive(record["pid"], record["started"]):
            os.kill(record["pid"], number)

    def stop(self, *tags, grace=5.0):
        """Ends daemons: SIGTERM, and SIGKILL for those that stay. Unknown tags are no error."""
        records = [(t, r) for t in tags if (r := self._record(t))]
        for number, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, 2.0)):
            left = [r for _, r in records if alive(r["pid"], r["started"])]
            for record in left:
                try:
                    os.kill(record["pid"], number)
                except ProcessLookupError:
                    pass
            end = time.monotonic() + patience
            while any(alive(r["pid"], r["started"]) for r in left) and time.monotonic() < end:
                time.sleep(0.02)
        for tag, record in records:
            if child := self.children.pop(record["pid"], None):
                child.poll()
            (self.folder / f"{tag}.json").unlink(missing_ok=True)

    def stop_all(self):
        self.stop(*self.tags())
