#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The manual pages: mandoc and groff have nothing to say against them, and they hold every option and every
command there is.

    tests/man/man.py OUTPUT [PART]

OUTPUT holds man/ (made by `make man`), the programs, and tests/unit/console/test_server."""
import json
import os
import pathlib
import re
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "console")]
import tap
from server import Console

PROGRAMS = {"cgw.1": ["cgw", "--help"], "cgw-control.8": ["cgw-control", "--help"]}
# What cgw-dataplane(8) tells beside its options.
DATAPLANE_TELLS = ("cgw-dataplane -l 1,2 --in-memory -a 0000:03:00.0", "SIGTERM and SIGINT end it in order", "/cgw/status",
                   "/cgw/capture_start", "/run/dpdk/PREFIX/dpdk_telemetry.v2")


class Pages:
    def __init__(self, output):
        self.output = pathlib.Path(output)
        self.pages = sorted((self.output / "man").rglob("*.[178]"))

    def text(self, name):
        """The page as a person reads it, blanks made one."""
        page = next(page for page in self.pages if page.name == name and "ja" not in page.parts)
        done = subprocess.run(["mandoc", "-Tascii", "-Owidth=1000", page], capture_output=True, text=True, check=True)
        return re.sub(r"\s+", " ", re.sub(r".\x08", "", done.stdout))


def holds(text, part, page):
    tap.equal(part in text, True, f"{page} holds {part!r}")


def test_all_pages_are_there(pages):
    tap.equal([str(page.relative_to(pages.output / "man")) for page in pages.pages],
              ["ja/man7/cgw-commands.7", "man1/cgw.1", "man7/cgw-commands.7", "man8/cgw-control.8",
               "man8/cgw-dataplane.8"], "pages")


def test_mandoc_has_nothing_to_say(pages):
    for page in pages.pages:
        done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page], capture_output=True, text=True, check=False)
        tap.equal((done.returncode, done.stdout, done.stderr), (0, "", ""), page.name)


def test_man_has_nothing_to_say(pages):
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80"}
    for page in pages.pages:
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page], capture_output=True,
                              text=True, env=environment, check=False)
        tap.equal((done.returncode, done.stderr), (0, ""), page.name)


def test_every_option_is_there(pages):
    for name, command in PROGRAMS.items():
        usage = subprocess.run([pages.output / command[0], *command[1:]], capture_output=True, text=True,
                               check=True).stdout
        options = re.findall(r"^  ((?:-\w, )?-[-\w]+(?: [A-Z=]+)?)", usage, re.MULTILINE)
        tap.equal(len(options) > 6, True, f"options of {name}")
        text = pages.text(name)
        for option in options:
            holds(text, f" {option} ", name)
    # That program is not built where these tests run with sanitizers: its table is read in place of that.
    table = (TESTS.parent / "dataplane/args_table.c").read_text(encoding="utf-8")
    options = re.findall(r'\{OPT_\w+, "([\w-]+)"', table)
    tap.equal(len(options) > 6, True, "options of the dataplane")
    for option in options:
        holds(pages.text("cgw-dataplane.8"), f" --{option} ", "cgw-dataplane.8")
    for part in DATAPLANE_TELLS:
        holds(pages.text("cgw-dataplane.8"), part, "cgw-dataplane.8")


def test_every_command_is_there(pages):
    console = Console(pages.output)
    try:
        rows = json.loads(console.run("-e", "show command | json").stdout)["commands"]
    finally:
        console.stop()
    tap.equal(len(rows) > 100, True, "commands")
    text = pages.text("cgw-commands.7")
    for row in rows:
        holds(text, f" {row['syntax']} {row['help'].split('. ')[0]}", "cgw-commands.7")
        if row["default"]:
            holds(text, f"Default: {row['default']}", "cgw-commands.7")


if __name__ == "__main__":
    tap.main(globals(), setup=lambda: Pages(sys.argv[1]), teardown=lambda _: None,
             only=sys.argv[2] if len(sys.argv) > 2 else None)
