#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every program says its version, and it is the one of the tree.

    tests/scripts/version.py PROGRAMS

PROGRAMS is the folder of the programs. Nothing has to run, and nobody has to be root."""
import pathlib
import re
import subprocess
import sys

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tests/lib"))
import tap  # noqa: E402

PROGRAMS = ("cgw", "cgw-control", "cgw-dataplane", "cgw-lease", "cgw-ntpdate")


def said(folder, program):
    done = subprocess.run([folder / program, "--version"], text=True, capture_output=True, check=False)
    return done.returncode, done.stdout.rstrip("\n"), done.stderr


def test_all_programs_say_the_version_of_the_tree(folder):
    version = re.search(r'CGW_VERSION "([\d.]+)"', (TREE / "common/version.h").read_text(encoding="utf-8")).group(1)
    for program in PROGRAMS:
        code, text, errors = said(folder, program)
        tap.equal((code, text.split(",")[0], errors), (0, f"{program} {version}", ""), program)


def test_the_dataplane_names_its_tables_and_its_dpdk(folder):
    tap.equal(bool(re.search(r", tables \d+\.\d+, DPDK \d+", said(folder, "cgw-dataplane")[1])), True, "tables, DPDK")


if __name__ == "__main__":
    tap.main(globals(), setup=lambda: pathlib.Path(sys.argv[1]), teardown=lambda _: None)
