#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What `make install` lays out to be started at boot: systemd reads the units without a word, the programs know the
options in them, and an installation over another leaves the settings of the machine alone.

    tests/scripts/boot.py PROGRAMS

Installs into a folder of its own; needs no root."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/lib"))
import tap

UNITS = ("cgw.target", "cgw-dataplane.service", "cgw-control.service")


class Installed:
    def __init__(self, programs):
        self.programs = pathlib.Path(programs).resolve()
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="cgw-boot-"))
        self.settings = self.root / "etc/default/cgw"
        self.install()

    def install(self):
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        done = subprocess.run(
            ["make", "-s", "-C", TOP, "install", f"BUILD={self.programs.name}", f"BUILDDIR={self.programs.parent}",
             f"PREFIX={self.root}/usr", f"SYSCONFDIR={self.root}/etc"],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, check=False)
        tap.equal(done.returncode, 0, f"make install: {done.stdout}")

    def unit(self, name):
        return self.root / "usr/lib/systemd/system" / name

    def words(self, unit, key):
        """The command lines of `key`, with the settings filled in as systemd does: $NAME becomes words."""
        known = dict(line.split("=", 1) for line in self.settings.read_text().splitlines() if re.match(r"[A-Z_]+=", line))
        known = {name: shlex.split(value)[0].split() for name, value in known.items()}
        lines = re.findall(rf"^{key}=\+?(.*)$", self.unit(unit).read_text(), re.MULTILINE)
        return [[part for word in line.split() for part in (known[word[1:]] if word[0] == "$" else [word])] for line in lines]


def test_systemd_has_nothing_to_say(here):
    environment = {**os.environ, "SYSTEMD_UNIT_PATH": f"{here.unit('')}:"}
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *map(here.unit, UNITS)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, check=False)
    tap.equal((done.returncode, done.stdout), (0, ""), "systemd-analyze verify")


def test_nothing_is_left_to_be_filled_in(here):
    for name in UNITS:
        tap.lacks(here.unit(name).read_text(), "@SBINDIR", name)
        tap.lacks(here.unit(name).read_text(), "@SYSCONF", name)


def test_what_the_units_call_is_there(here):
    for unit in UNITS[1:]:
        commands = here.words(unit, "ExecStart") + here.words(unit, "ExecStartPre")
        for command in commands:
            tap.equal(os.access(command[0], os.X_OK) and command[0].startswith(str(here.root)), True, command[0])
    names = {pathlib.Path(c[0]).name for c in here.words(UNITS[1], "ExecStartPre")}
    tap.equal(names, {"cgw-bind-nic", "cgw-hugepages"}, "what comes before")


def test_the_programs_know_the_options(here):
    """--help behind them: what stands before it has been understood, or that is what would be said."""
    for unit in UNITS[1:]:
        for command in here.words(unit, "ExecStart"):
            done = subprocess.run([*command, "--help"], text=True, capture_output=True, check=False)
            tap.equal((done.returncode, done.stderr), (0, ""), shlex.join(command))
            tap.contains(done.stdout, "usage: cgw-", shlex.join(command))


def calls_of(group):
    """The system calls of a group of systemd's, as systemd knows them, with those of the groups in it."""
    done = subprocess.run(["systemd-analyze", "syscall-filter", group], text=True, capture_output=True, check=True)
    lines = [line.strip() for line in done.stdout.splitlines()[1:] if not line.strip().startswith("#")]
    return {call for line in lines if line for call in (calls_of(line) if line[0] == "@" else {line})}


def test_ntpdate_may_set_the_clock(here):
    unit = here.unit("cgw-control.service").read_text()
    allowed = set().union(*map(calls_of, re.search(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE)[1].split()))
    tap.equal("clock_settime" in allowed, True, "the system call")
    tap.equal("sched_setscheduler" in allowed and "reboot" not in allowed, True, "groups were read")
    tap.equal("CAP_SYS_TIME" in re.search(r"^CapabilityBoundingSet=(.*)$", unit, re.MULTILINE)[1].split(), True, "the right")
    tap.lacks(unit, "ProtectClock", "what would take it away")


def test_the_settings_of_the_machine_stay(here):
    here.settings.write_text('CGW_BIND="0000:05:00.0"\n')
    here.install()
    tap.equal(here.settings.read_text(), 'CGW_BIND="0000:05:00.0"\n', "settings")


if __name__ == "__main__":
    tap.main(globals(), setup=lambda: Installed(sys.argv[1]), teardown=lambda here: shutil.rmtree(here.root))
