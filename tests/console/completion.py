#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Completion of `cgw` in bash and zsh, as a person types at their prompts.

    tests/console/completion.py OUTPUT [PART]

OUTPUT holds cgw and tests/unit/console/test_server (the console server over an agent made of variables)."""
import os
import pathlib
import subprocess
import sys

import pexpect

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / "tests/lib"))
import tap
from server import Console

PROMPT = "ready> "


FILE = 4  # the status of --complete where the name of a file may stand


def offer(console, *words, socket=None, status=0):
    done = subprocess.run([console.cgw, "--complete", *words], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "CGW_SOCKET": socket or console.socket}, check=False)
    tap.equal((done.returncode, done.stderr), (status, ""), f"completing {words}")
    return done.stdout.split()


def test_commands_are_those_of_the_console(console):
    tap.equal(offer(console, "show", "ip"), ["ip", "ipsec"], "show ip")
    tap.equal(offer(console, "show", "ipsec", ""), ["sa"], "show ipsec")
    tap.equal(offer(console, "show", "ipsec", "sa", "gateway", "1", ""), ["detail"], "show ipsec sa gateway 1")
    tap.equal(offer(console, "bgp", "neighbor", "9", "9", "192.0.2.9", "ho"), ["hold-time="], "an option")
    tap.equal(offer(console, "two words", ""), [], "a word with a blank")
    tap.equal(offer(console, "bogus", ""), [], "what is no command")
    tap.equal("show" in offer(console, "") and "top" in offer(console, ""), True, "show and top")


def test_options_are_those_of_the_table(console):
    tap.equal(offer(console, "--"), ["--socket", "--instance", "--set", "--help", "--version"], "--")
    tap.equal(offer(console, "-k", "--s"), ["--socket", "--set"], "behind an option")
    for words, status in ((("-f", "sh"), FILE), (("-s", ""), FILE), (("-i", "x"), 0), (("-e", "sh"), 0),
                          (("--set", ""), 0)):
        tap.equal(offer(console, *words, status=status), [], f"the argument of {words}")
    for option in ("-s", "--socket"):
        tap.equal(offer(console, option, console.socket, "show", "statu", socket="/nonexistent"), ["status"], option)
    tap.equal(offer(console, "top", ""), ["--once", "-d"], "top")
    tap.equal(offer(console, ""), offer(console, "-k", ""), "behind -k")


def test_files_are_offered_where_one_may_stand(console):
    for words in (("check", ""), ("check", "x"), ("export", "config", ""), ("cloud", "vpn", "load", "")):
        tap.equal(offer(console, *words, status=FILE), [], " ".join(words))
    for words in (("explain", "drop", "bogus"), ("show", "log", "tag", "x"), ("description", "lan1", "")):
        tap.equal(offer(console, *words), [], " ".join(words))


def test_without_a_server_nothing_is_said(console):
    tap.equal(offer(console, "show", "", socket="/nonexistent"), [], "show")
    tap.equal(offer(console, "--h", socket="/nonexistent"), ["--help"], "options")


def start_shell(console, program, arguments, lines):
    path = f"{os.path.dirname(os.path.abspath(console.cgw))}:{os.environ['PATH']}"
    shell = pexpect.spawn(program, arguments, encoding="utf-8", timeout=60, dimensions=(40, 200),
                          env={"PATH": path, "HOME": console.folder.name, "TERM": "dumb", "LANG": "C.UTF-8",
                               "CGW_SOCKET": console.socket, "ASAN_OPTIONS": "detect_leaks=0"})
    for line in lines:
        shell.sendline(line)
    shell.sendline("echo re''ady")
    shell.expect_exact("ready\r\n")
    return shell


def check_shell(shell, quote):
    """`quote` is what the shell leaves to be typed behind a word in quotes that is whole."""
    shell.send("cgw sh\tstatu\ttun\tu\t\r")
    shell.expect_exact("TUNNEL[1]:")
    shell.send("cgw show ip\t\t")
    shell.expect("ip +ipsec")
    shell.send("\x15cgw bgp nei\t9 9 192.0.2.9 hold\t30\r")
    shell.send("cgw show conf\t\r")
    shell.expect_exact("\nbgp neighbor 9 9 192.0.2.9 hold-time=30")
    shell.send("cgw -e 'show config' -e 'show st\tus tun\t" + quote + "\r")
    shell.expect_exact("TUNNEL[1]:")
    shell.send("cd $HOME; echo nonsense >a_file\rcgw check a_f\t\r")
    shell.expect_exact("line 1: ")
    shell.send("cgw no bgp neighbor 9\rcgw --he\t | head -1\r")
    shell.expect_exact("usage: cgw ")
    shell.send("\x15exit\r")
    shell.expect(pexpect.EOF)
    shell.close(force=True)


def test_at_the_prompt_of_bash(console):
    check_shell(start_shell(console, "bash", ["--norc", "--noprofile"],
                            [f"PS1='{PROMPT}'", "bind 'set enable-bracketed-paste off'",
                             f". {TOP}/share/completion/cgw.bash"]), "")


def test_at_the_prompt_of_zsh(console):
    check_shell(start_shell(console, "zsh", ["-f"],
                            [f"PS1='{PROMPT}'", "unset zle_bracketed_paste", f"fpath=({TOP}/share/completion $fpath)",
                             "autoload -Uz compinit; compinit -D -u", "bindkey -e"]), "'")


if __name__ == "__main__":
    tap.main(globals(), setup=lambda: Console(sys.argv[1]), teardown=lambda console: console.stop(),
             only=sys.argv[2] if len(sys.argv) > 2 else None)
