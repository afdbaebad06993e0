#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The client program `cgw` at a terminal, with a file, with a pipe and with arguments.

    tests/console/client.py OUTPUT [PART]

OUTPUT holds cgw and tests/unit/console/test_server (the console server over an agent made of variables)."""
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import pexpect

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap
from server import Console

PSK = "sesame-psk-0123"
LINES = "show config | grep -v '^#'"  # without its head, which begins as a prompt does


def enter(child, line, prompt="# "):
    """Types a line and returns what came back before the prompt."""
    child.send(line + "\r")
    child.expect_exact(prompt)
    return child.before


def test_C05_the_memory_of_the_client_is_not_for_others(console):
    """What is not dumpable belongs to root in /proc, whoever runs it; and leaves no core."""
    user = 65534 if os.geteuid() == 0 else os.geteuid()
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        os.chmod(folder, 0o755)  # the output's folder may not be for that user
        program = shutil.copy(console.cgw, folder)
        path = os.path.join(folder, "silent")
        listener.bind(path)
        os.chmod(path, 0o777)
        listener.listen(1)
        with subprocess.Popen([program, "-s", path], user=user, stdin=subprocess.PIPE) as client:
            with listener.accept()[0]:
                owner = os.stat(f"/proc/{client.pid}/environ").st_uid
                client.kill()
    tap.equal(owner, 0, "owner of its memory")


def test_a_server_opens_no_file_that_was_not_named(console):
    """Whoever is at the other end of the socket has no part in the rights of who runs the client."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        path, mine, made = (os.path.join(folder, name) for name in ("server", "mine", "made"))
        with open(mine, "w", encoding="utf-8") as out:
            out.write("private")
        listener.bind(path)
        listener.listen(1)
        for frame in ({"import": mine}, {"export": made}):
            with subprocess.Popen([console.cgw, "-s", path, "show", "config"], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True) as client:
                with listener.accept()[0] as server, server.makefile("rw", encoding="utf-8") as stream:
                    stream.write(json.dumps({"prompt": "# ", "level": "administrator"}) + "\n")
                    stream.flush()
                    stream.readline()  # {"dialogue":...}
                    stream.readline()  # {"line":...}
                    stream.write(json.dumps(frame) + "\n" + json.dumps({"data": "x"}) + "\n" +
                                 json.dumps({"done": True, "ok": True, "prompt": "# "}) + "\n")
                    stream.flush()
                    answer = stream.readline() if "import" in frame else "{}"
                _, errors = client.communicate(timeout=60)
            tap.lacks(answer, "private")
            tap.contains(answer + errors, "Operation not permitted")
        tap.equal(os.path.exists(made), False, "the file")


# ---- at a terminal ----------------------------------------------------------------------------------

def test_prompts_and_levels(console):
    child = console.terminal()
    enter(child, "tunnel select 1", "tunnel1# ")
    enter(child, "exit")
    enter(child, "exit", "> ")
    tap.contains(enter(child, "save", "> "), "Error: this needs administrator level")
    enter(child, "administrator")
    enter(child, "quit", "> ")
    child.send("exit\r")
    child.expect(pexpect.EOF)
    child.close(force=True)
    tap.equal(child.exitstatus, 0, "exit status")


def test_question_mark_helps_at_once(console):
    child = console.terminal()
    child.send("ipsec ike pf?")
    child.expect("pfs +Perfect forward secrecy")
    child.expect("# ipsec ike pf")  # the line is still there
    child.send("s 1 ?")
    child.expect("on .*off .*# ipsec ike pfs 1 ")
    child.send("\x15")
    enter(child, "console character ja.utf8")
    child.send("syslog ?")
    child.expect("DEBUG の出力")
    child.close(force=True)
    console.clear()


def test_question_mark_in_quotes_is_a_character(console):
    child = console.terminal()
    enter(child, "tunnel select 1", "tunnel1# ")
    enter(child, 'description tunnel "really?"', "tunnel1# ")
    enter(child, "exit")
    tap.contains(enter(child, LINES), 'description tunnel "really?"')
    child.close(force=True)
    console.run(stdin="tunnel select 1\nno description tunnel\n")


def test_errors_point_at_the_column(console):
    child = console.terminal()
    tap.contains(enter(child, "ip lan1 adress 192.168.1.1/24"),
                 '\r\n          ^\r\nError: column 9: "adress" is not known here; expected address, secondary, mtu, tcp')
    child.send("ip lan1 adress ?")
    child.expect("Error: column 9")
    child.send("\x15")
    child.close(force=True)


def test_lines_that_are_pasted_run_one_after_the_other(console):
    console.clear()
    child = console.terminal()
    child.send("syslog debug on\rexit\ry\radministrator\rno syslog debug\rsave\rshow status tunnel 9\r")
    child.expect_exact("Error: tunnel 9 is not configured")
    tap.contains(child.before, "Save new configuration ? (Y/N)")
    child.close(force=True)
    tap.lacks(console.run("show", "config").stdout, "syslog debug")


def test_tab_completes(console):
    child = console.terminal()
    child.send("sh\tstatu\ttu\t9\r")
    child.expect_exact("Error: tunnel 9 is not configured")
    child.expect_exact("# ")
    child.send("show ip\t")  # ip and ipsec
    child.expect("  ip  ipsec")
    child.expect_exact("# show ip")
    child.send("\x15bogus \t\x15")  # nothing completes what is wrong
    child.send("bgp neighbor 9 9 192.0.2.9 ho\t3\r")  # an option ends in "=", not in a blank
    child.send(f"{LINES}\r")
    child.expect_exact("\nbgp neighbor 9 9 192.0.2.9 hold-time=3\r\n")
    child.close(force=True)
    tap.equal(console.run("no", "bgp", "neighbor", "9").returncode, 0, "exit status")


def test_exit_asks_about_changes(console):
    console.clear()
    child = console.terminal()
    enter(child, "syslog debug on")
    child.send("exit\r")
    child.expect_exact("Save new configuration ? (Y/N) ")
    child.send("maybe\r")
    child.expect_exact("(Y/N) ")
    child.send("n\r")
    child.expect_exact("> ")
    enter(child, "administrator")
    child.send("exit\r")
    child.expect_exact("Save new configuration ? (Y/N) ")
    child.send("y\r")
    child.expect("Saving ... config Done.")
    child.expect_exact("> ")
    with open(os.path.join(console.save, "config"), encoding="utf-8") as saved:
        tap.contains(saved.read(), "syslog debug on")
    child.close(force=True)
    console.clear()


def test_end_of_input_leaves_a_level(console):
    child = console.terminal()
    child.send("\x04")
    child.expect_exact("> ")
    child.send("\x04")
    child.expect(pexpect.EOF)
    child.close(force=True)
    tap.equal(child.exitstatus, 0, "exit status")


def test_cloud_vpn_set_go_shows_dots_and_asks(console):
    child = console.terminal()
    child.send("cloud vpn set go 1\r")
    child.expect_exact("...")
    child.expect("has been set up")
    child.expect_exact("Save the configuration? (Y/N) ")
    child.send("y\r")
    child.expect("Saving ... config Done.")
    child.expect_exact("# ")
    child.close(force=True)


def test_ctrl_c_cancels_a_command_and_a_line(console):
    child = console.terminal()
    child.send("cloud vpn set go 1 save\r")
    child.expect_exact(".")
    child.sendintr()
    child.expect("Error: Setting is canceled")
    child.expect_exact("# ")
    child.send("show comm")
    child.expect("show comm")
    child.sendintr()
    child.expect_exact("# ")
    tap.contains(enter(child, "show status tunnel 9"), "Error: tunnel 9 is not configured")
    child.send("cloud vpn set go 1\r")
    child.expect_exact("(Y/N) ")
    child.sendintr()
    child.expect_exact("# ")
    child.close(force=True)


def test_C05_the_history_holds_no_secret(console):
    child = console.terminal()
    enter(child, "show status tunnel 9")
    enter(child, f"ipsec ike pre-shared-key 1 text {PSK}")
    tap.contains(enter(child, f"ipsec ike pre-shared-key 1 text open {PSK}"), '"*" is one word too many')
    enter(child, f"ipsec ike pre-shared-key 1 text '{PSK}")
    child.send("\x10")  # the line before
    child.expect("show status tunnel 9")
    child.send("\x15")
    tap.lacks(enter(child, LINES), PSK)
    child.close(force=True)
    console.clear()


def test_japanese_is_shown_in_columns(console):
    child = console.terminal()
    enter(child, "console character ja.utf8")
    tap.contains(enter(child, "show ip route"), "宛先ネットワーク    ゲートウェイ     インタフェース")
    child.close(force=True)
    console.clear()


def test_what_happens_while_a_line_is_typed_is_said_at_once(console):
    path = os.path.join(console.folder.name, "idle.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        child = console.spawn(path)
        peer = listener.accept()[0]
        with peer, peer.makefile("rw", encoding="utf-8") as stream:
            def say(*frames):
                stream.write("".join(json.dumps(frame) + "\n" for frame in frames))
                stream.flush()
            say({"prompt": "gw# ", "level": "administrator"})
            tap.equal(json.loads(stream.readline()), {"dialogue": True}, "the client's first frame")
            child.expect_exact("gw# ")
            child.send("show 設定x")
            child.expect_exact("show 設定x")
            say({"notice": "the commit was taken back"}, {"notice": "and so on"})
            child.expect_exact("\r\ncgw: the commit was taken back\r\ncgw: and so on\r\n")
            child.expect_exact("gw# show 設定x")
            child.send("\x7f\r")
            tap.equal(json.loads(stream.readline())["line"], "show 設定", "the line that was being typed")
            say({"done": True, "ok": True, "prompt": "gw# "})
            child.expect_exact("gw# ")
            say({"error": "nothing was entered for too long"}, {"bye": True})
            child.expect_exact("nothing was entered for too long")
            child.expect(pexpect.EOF)
    child.close()
    tap.equal(child.exitstatus, 0, "exit status")


def test_a_server_that_goes_away_is_said(console):
    other = Console(os.path.dirname(console.cgw))
    child = other.terminal()
    other.stop()
    child.expect("the connection was lost")
    child.expect(pexpect.EOF)
    child.close(force=True)
    tap.equal(child.exitstatus, 3, "exit status")


# ---- one command ------------------------------------------------------------------------------------

def test_one_command_from_the_arguments(console):
    done = console.run("show", "ipsec", "sa")
    tap.equal(done.returncode, 0, "exit status")
    tap.contains(done.stdout, "Total: isakmp:2 send:2 recv:2\n\nsa    sgw isakmp connection")
    tap.equal(done.stderr, "", "standard error")


def test_one_command_that_is_refused(console):
    done = console.run("show", "ipsec", "as")
    tap.equal(done.returncode, 1, "exit status")
    tap.equal(done.stdout, "", "standard output")
    tap.equal(done.stderr, 'Error: column 12: "as" is not known here; expected sa\n', "standard error")


def test_arguments_keep_their_words(console):
    for text in ("two words", 'a"b', "back\\slash", "#x"):
        done = console.run("-k", stdin="tunnel select 1\n")
        tap.equal(done.returncode, 0, "exit status")
    # A word of the shell is a word of the line: the error counts columns behind its quotes.
    done = console.run("bgp", "autonomous system", "1")
    tap.equal(done.stderr,
              'Error: column 5: "autonomous system" is not known here; expected use, autonomous-system, '
              "router, preference, default, log, reric, neighbor, import, export, aggregate, "
              "force-to-advertise, configure\n", "standard error")


def test_a_pipe_among_the_arguments(console):
    done = console.run("show", "ipsec", "sa", "|", "json", "-c")
    tap.equal((done.returncode, done.stderr), (0, ""), "json")
    tap.equal(json.loads(done.stdout)["total"], {"isakmp": 2, "send": 2, "receive": 2}, "json")
    done = console.run("show", "ipsec", "sa", "|", "grep", "-i", "total: ISAKMP:2 s")
    tap.equal((done.returncode, done.stdout), (0, "Total: isakmp:2 send:2 recv:2\n"), "grep")


def test_C05_secrets_are_refused_from_the_arguments(console):
    done = console.run("ipsec", "ike", "pre-shared-key", "1", "text", PSK)
    tap.equal(done.returncode, 1, "exit status")
    tap.contains(done.stderr, "is not taken from the command line")
    tap.lacks(done.stdout + done.stderr, PSK)
    tap.lacks(console.run("show", "config").stdout, "pre-shared-key")


def test_questions_need_somebody_to_answer(console):
    done = console.run("cloud", "vpn", "set", "go", "1")
    tap.equal(done.returncode, 1, "exit status")
    tap.contains(done.stderr, "add `save` or `no-save`")
    done = console.run("cloud", "vpn", "set", "go", "1", "no-save")
    tap.equal(done.returncode, 0, "exit status")
    tap.contains(done.stdout, "...\nThe VPN connection to the cloud service has been set up.\n")


def test_usage_and_connection_have_their_exit_codes(console):
    tap.equal(console.run("-x").returncode, 2, "exit status of a wrong option")
    tap.equal(console.run("-f", "/nonexistent").returncode, 2, "exit status of a missing file")
    tap.equal(console.run("-f", "-", "show").returncode, 2, "exit status of file and command")
    tap.equal(console.run("-h").returncode, 0, "exit status of help")
    for option in ("-s", "--socket"):
        done = subprocess.run([console.cgw, option, "/nonexistent/sock", "show", "config"], text=True,
                              capture_output=True, timeout=120, check=False)
        tap.equal(done.returncode, 3, "exit status without a server")
        tap.contains(done.stderr, "is cgw-control running?")


def test_lines_as_they_would_be_typed(console):
    console.clear()
    done = console.run("-e", "syslog debug on", "-e", "show config | grep -c syslog")
    tap.equal((done.returncode, done.stdout, done.stderr), (0, "1\n", ""), "two lines")
    done = console.run("-e", "tunnel select 1", "-e", "ip tunnel mtu 1400", "-e", "bogus", "-e", "syslog notice on")
    tap.equal((done.returncode, done.stdout), (1, ""), "a line that is refused")
    tap.matches(done.stderr, '^-e 3: Error: column 1: there is no command "bogus"')
    done = console.run("-v", "-k", "-e", "bogus", "-e", LINES)
    tap.equal(done.returncode, 1, "exit status of going on")
    tap.equal(done.stdout, f"# bogus\n# {LINES}\ntunnel select 1\n ip tunnel mtu 1400\nsyslog debug on\n",
              "standard output of going on")
    done = console.run("-e", f"ipsec ike pre-shared-key 1 text {PSK}")
    tap.equal(done.returncode, 1, "exit status of a secret")
    tap.contains(done.stderr, "is not taken from the command line")
    for words in (("-e", "show config", "show"), ("-e", "show config", "-f", "-")):
        tap.equal(console.run(*words).returncode, 2, f"exit status of {words}")
    console.run("-e", "tunnel select 1", "-e", "no ip tunnel mtu")
    console.clear()


def test_a_notice_is_no_part_of_the_answer(console):
    path = os.path.join(console.folder.name, "notice.sock")
    frames = ({"prompt": "# ", "level": "administrator"}, {"notice": "it was taken back"},
              {"filter": [{"grep": "shown"}]}, {"text": "shown\nhidden\n"}, {"done": True, "ok": True})
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        with subprocess.Popen([console.cgw, "-s", path, "show", "config"], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as client:
            peer = listener.accept()[0]
            peer.sendall("".join(json.dumps(frame) + "\n" for frame in frames).encode())
            tap.equal(client.communicate(timeout=60), ("shown\n", "cgw: it was taken back\n"), "what is shown")
            tap.equal(client.returncode, 0, "exit status")
            peer.close()


# ---- batches ----------------------------------------------------------------------------------------

def test_a_batch_stops_at_the_first_error_with_its_line(console):
    console.clear()
    done = console.run(stdin="# comment\n\nsyslog debug on\nip lan1 adress 1.2.3.4/24\nbgp autonomous-system 1\n")
    tap.equal(done.returncode, 1, "exit status")
    tap.contains(done.stderr, 'stdin:4: Error: column 9: "adress" is not known here')
    shown = console.run("show", "config").stdout
    tap.contains(shown, "syslog debug on")
    tap.lacks(shown, "autonomous-system")
    console.clear()


def test_a_batch_that_ends_before_commit_says_so(console):
    console.clear()
    lines = ["configure candidate", "syslog debug on"]
    name = os.path.join(console.folder.name, "candidate")
    with open(name, "w", encoding="utf-8") as batch:
        batch.write("\n".join(lines) + "\n")
    for done in (console.run("-e", lines[0], "-e", lines[1]), console.run("-f", name),
                 console.run(stdin="\n".join(lines))):
        tap.equal((done.returncode, done.stdout, done.stderr),
                  (1, "", "cgw: the candidate was not committed: it was discarded\n"), "without commit")
    tap.lacks(console.run("show", "config").stdout, "syslog debug on")
    done = console.run(stdin="\n".join(lines + ["exit", "show config"]))
    tap.equal((done.returncode, done.stdout, done.stderr),
              (1, "", "stdin:3: Error: the candidate was not committed: it was discarded\n"), "exit")
    for last in ("commit", "discard"):
        done = console.run(stdin="\n".join(lines + [last]))
        tap.equal((done.returncode, done.stdout, done.stderr), (0, "", ""), last)
        lines[1] = "no syslog debug"
    console.clear()


def test_a_batch_goes_on_with_k(console):
    console.clear()
    done = console.run("-k", stdin="bogus\nbgp autonomous-system 1\n")
    tap.equal(done.returncode, 1, "exit status")
    tap.contains(console.run("show", "config").stdout, "bgp autonomous-system 1")
    console.clear()


def test_a_batch_from_a_file_with_crlf_and_echo(console):
    console.clear()
    name = os.path.join(console.folder.name, "batch")
    with open(name, "w", encoding="utf-8", newline="") as batch:
        batch.write(f"tunnel select 1\r\nipsec ike pre-shared-key 1 text {PSK}\r\nexit\r\n{LINES}")
    done = console.run("-v", "-f", name)
    tap.equal(done.returncode, 0, "exit status")
    tap.equal(done.stdout,
              f"# tunnel select 1\ntunnel1# (a line with a secret)\ntunnel1# exit\n# {LINES}\n"
              "ipsec ike pre-shared-key 1 text *\n", "standard output")
    console.clear()


def test_C01_long_lines_of_a_batch_are_refused_whole(console):
    console.clear()
    for bytes_, code in ((4095, 0), (4096, 1), (1 << 20, 1)):
        done = console.run(stdin="syslog debug on".ljust(bytes_) + "\n")
        tap.equal(done.returncode, code, f"exit status of {bytes_} characters")
        if code:
            tap.contains(done.stderr, "the line is longer than 4095 characters and was not executed")
            tap.lacks(console.run("show", "config").stdout, "syslog debug on")
        console.clear()


def test_C02_bytes_of_a_batch_are_refused_with_their_column(console):
    for line, column in ((b"ip \0 lan1", 4), (b"show\x1b[2J", 5), (b"show \xff", 6), (b'ip "x', 4),
                         (b"show \xe3\x81 x", 6), (b"a\rb", 2)):
        done = subprocess.run([console.cgw, "-s", console.socket], input=line + b"\n", capture_output=True,
                              timeout=120, check=False)
        tap.equal(done.returncode, 1, f"exit status of {line!r}")
        tap.contains(done.stderr.decode(), f"stdin:1: Error: column {column}: ")
        tap.lacks(done.stderr.decode(), "\x1b")


def test_exit_ends_a_batch(console):
    done = console.run(stdin="exit\nexit\nbogus\n")
    tap.equal(done.returncode, 0, "exit status")
    tap.equal(done.stderr, "", "standard error")


# ---- pipes, pages, passwords, other programs --------------------------------------------------------

def test_grep_chooses_lines(console):
    console.clear()
    console.run(stdin="syslog debug on\nsyslog notice off\nbgp autonomous-system 65000\n")
    for pipe, shown in (("grep syslog", "syslog notice off\nsyslog debug on\n"),
                        ("grep -v 'syslog|^#'", "bgp autonomous-system 65000\n"),
                        ("grep -i SYSLOG | grep -v notice", "syslog debug on\n"),
                        ("grep -c syslog", "2\n"), ("grep -F 'o[n'", ""), ("grep 'o[n]$'", "syslog debug on\n"),
                        ("grep -w sys", ""), ("grep -w bgp", "bgp autonomous-system 65000\n")):
        done = console.run(stdin=f"show config | {pipe}\n")
        tap.equal((done.returncode, done.stdout), (0, shown), pipe)
    done = console.run(stdin="show config | grep '['\n")
    tap.equal((done.returncode, done.stdout), (1, ""), "an expression that is none")
    tap.contains(done.stderr, "grep [: ")
    console.clear()


def test_less_shows_page_by_page(console):
    child = console.terminal()
    child.send("show command | less\r")
    child.expect_exact(":")
    tap.lacks(child.before, "show techinfo")
    child.send("G")
    child.expect("tech-support")
    child.send("q")
    child.expect_exact("# ")
    child.close(force=True)


def test_pages_are_as_long_as_console_lines_says(console):
    child = console.terminal()
    enter(child, "console lines 10")
    child.send("show command\r")
    shown = []
    for key, lines in (("", 9), (" ", 9), ("x\r", 1), (" ", 9)):
        child.send(key)
        child.expect_exact("--More--")
        shown.append(len(child.before.replace("show command\r\n", "").strip().splitlines()))
        tap.equal(shown[-1], lines, f"lines of page {len(shown)}")
    child.send("q")
    child.expect_exact("# ")
    tap.contains(enter(child, LINES), "console lines 10")
    child.send("show command\r")
    child.expect_exact("--More--")
    child.sendintr()
    child.expect_exact("# ")
    enter(child, "no console lines")
    tap.lacks(enter(child, "show command"), "--More--")
    child.close(force=True)


def test_passwords_are_typed_without_echo(console):
    child = console.terminal()
    child.setecho(True)
    child.send("login password\r")
    child.expect_exact("New_Password (empty = none): ")
    child.send("open sesame\r")
    child.expect_exact("New_Password again: ")
    tap.lacks(child.before, "sesame")
    child.send("open sesame\r")
    child.expect_exact("# ")
    tap.lacks(child.before, "sesame")
    tap.contains(enter(child, LINES), "login password encrypted *")
    enter(child, "no login password")
    child.close(force=True)


def test_ping_runs_until_it_is_stopped(console):
    child = console.terminal()
    child.send("ping 127.0.0.1\r")
    child.expect("64 bytes from 127.0.0.1: icmp_seq=2")
    child.sendintr()
    child.expect("0% packet loss")
    child.expect_exact("# ")
    tap.contains(enter(child, "ping -c 1 -s 100 -sa 127.0.0.2 127.0.0.1"), "100 bytes from 127.0.0.1")
    child.close(force=True)
    done = console.run("ping", "-c", "1", "127.0.0.1")
    tap.equal(done.returncode, 0, "exit status")
    tap.contains(done.stdout, "1 received")


def test_ping_ends_with_its_client(console):
    child = console.terminal()
    child.send("ping 127.0.0.3\r")
    child.expect("icmp_seq=1")
    child.close(force=True)
    for _ in range(100):
        if subprocess.run(["pgrep", "-f", "127.0.0.3$"], capture_output=True, check=False).returncode:
            return
        time.sleep(0.05)
    raise AssertionError("ping still runs")


def test_C02_what_is_pinged_is_one_argument(console):
    for host in ("'127.0.0.1; id'", "'$(id)'", "-f", "'-c 1'"):
        done = console.run(stdin=f"ping {host}\n")
        tap.equal(done.returncode, 1, f"exit status of {host}")
        tap.contains(done.stderr, "column 6")


def test_traceroute_shows_the_way(console):
    done = console.run("traceroute", "127.0.0.1", "noresolv")
    tap.equal((done.returncode, done.stderr), (0, ""), "exit status and errors")
    tap.contains(done.stdout, "traceroute to 127.0.0.1")


def test_a_name_that_there_is_none_of_is_said_in_our_words(console):
    for command in ("traceroute", "ping"):
        done = console.run(command, "no-such-name.invalid")
        tap.equal((done.returncode, done.stdout), (1, ""), f"exit status and output of {command}")
        tap.matches(done.stderr, r"^Error: no-such-name\.invalid (is not known|could not be looked up: no answer)$")
        tap.lacks(done.stderr, "cmdline")


# ---- the file that AWS offers ------------------------------------------------------------------------

def downloaded(static=False):
    """Lines in the form of the file AWS offers for this dialect, of our own making."""
    lines = ["# Virtual Private Cloud ", "   ", "# YOUR_BGP_ASN is the number of your side. "]
    for number, outside, inside, remote in ((1, "203.0.113.1", "169.254.10.2", "169.254.10.1"),
                                            (2, "203.0.113.2", "169.254.10.6", "169.254.10.5")):
        lines += [f"tunnel select {number}  ", f"ipsec ike encryption {number} aes-cbc ",
                  f"ipsec ike group {number} modp1024 ", f"ipsec ike hash {number} sha ", "   ",
                  f"ipsec ike pre-shared-key {number} text {PSK} ", f"ipsec tunnel 20{number} ",
                  f"ipsec sa policy 20{number} {number} esp aes-cbc  sha-hmac ",
                  f"ipsec ike duration ipsec-sa {number} 3600 ", f"ipsec ike pfs {number} on ",
                  "ipsec tunnel outer df-bit clear ", f"ipsec ike keepalive use {number} on dpd 10 3 ",
                  f"ipsec ike local address {number} YOUR_LOCAL_NETWORK_ADDRESS ",
                  f"ipsec ike remote address {number} {outside}",
                  "ipsec ike local address id <id> 0.0.0.0/0", "ipsec ike remote address id <id> 0.0.0.0/0",
                  f"ip tunnel address {inside}/30 ", f"ip tunnel remote address {remote} ",
                  "ip tunnel tcp mss limit 1387", f"tunnel enable {number}", "tunnel select none",
                  "ipsec auto refresh on"]
        if not static:
            lines += ["bgp use on", "bgp autonomous-system YOUR_BGP_ASN",
                      f"bgp neighbor {number} 64512 {remote} hold-time=30 local-address={inside}",
                      "bgp import filter 1 equal 0.0.0.0/0", "bgp import 64512 static filter 1"]
    if static:
        lines += ["ip route 10.0.0.0/16 gateway tunnel 1 hide gateway tunnel 2 hide"]
    else:
        lines += ["bgp configure refresh"]
    return lines


def fresh(console):
    """Nothing configured."""
    child = console.terminal()
    child.send("cold start\r")
    child.expect_exact("(Y/N) ")
    child.send("y\r")
    child.expect_exact("# ")
    child.close(force=True)


def taken(console, static=False):
    shown = console.run("show", "config").stdout
    for line in ("  ipsec ike local address 1 192.168.0.1\n", "  ipsec ike local address 2 192.168.0.1\n",
                 "  ipsec ike local id 1 0.0.0.0/0\n", "  ipsec ike remote id 2 0.0.0.0/0\n",
                 "  ipsec sa policy 202 2 esp aes-cbc sha-hmac\n", " tunnel enable 2\n"):
        tap.contains(shown, line)
    tap.contains(shown, "ip route 10.0.0.0/16 gateway tunnel 1 hide" if static else
                 "bgp autonomous-system 65000\n")


def test_the_file_of_aws_is_pasted_and_its_placeholders_asked_for_once(console):
    for static in (False, True):
        fresh(console)
        child = console.terminal()
        child.send("\r".join(downloaded(static)) + "\r")
        child.expect_exact("YOUR_LOCAL_NETWORK_ADDRESS`: ")
        tap.lacks(child.before, "Error")
        tap.contains(child.before, "Notice: read as `ipsec ike remote id 2 0.0.0.0/0`")
        child.send("192.168.0.1\r")
        if not static:
            child.expect_exact("YOUR_BGP_ASN`: ")
            child.send("65000\r")
        child.expect("lines were filled in and carried out.")
        child.expect_exact("# ")
        child.close(force=True)
        taken(console, static)
    fresh(console)


def test_C01_a_line_that_comes_late_is_taken_whole(console):
    fresh(console)
    child = console.terminal()
    late = "schedule at 9 startup * " + "x" * 1000
    child.send("bgp autonomous-system YOUR_BGP_ASN\r")
    child.expect_exact("YOUR_BGP_ASN`: ")
    child.send(late + "\r")
    child.expect_exact("YOUR_BGP_ASN`: ")
    child.send("65000\r")
    child.expect("1 lines were filled in and carried out.")
    child.expect_exact("# ")
    child.close(force=True)
    tap.contains(console.run("show", "config").stdout, late + "\n")
    fresh(console)


def test_the_file_of_aws_is_piped_with_its_values(console):
    name = os.path.join(console.folder.name, "downloaded")
    with open(name, "w", encoding="utf-8") as out:
        out.write("\r\n".join(downloaded()) + "\r\n")
    values = ("--set", "YOUR_LOCAL_NETWORK_ADDRESS=192.168.0.1", "--set", "YOUR_BGP_ASN=65000")
    for words, text in ((("-f", name), ""), ((), "\n".join(downloaded()) + "\n")):
        fresh(console)
        done = console.run(*values, *words, stdin=text)
        tap.equal((done.returncode, done.stderr), (0, ""), "exit status and errors")
        taken(console)
    fresh(console)


def test_a_file_whose_values_are_missing_is_not_begun(console):
    fresh(console)
    name = os.path.join(console.folder.name, "downloaded")
    with open(name, "w", encoding="utf-8") as out:
        out.write("\n".join(downloaded()) + "\n")
    done = console.run("--set", "YOUR_OTHER=1", "-f", name)
    tap.equal(done.returncode, 1, "exit status")
    tap.contains(done.stderr, "Error: YOUR_LOCAL_NETWORK_ADDRESS has no value: give --set")
    tap.contains(done.stderr, "Error: YOUR_BGP_ASN has no value")
    tap.equal(done.stderr.count("has no value"), 2, "each is named once")
    tap.equal(console.run("-e", LINES).stdout, "", "configuration")
    done = console.run(stdin="\n".join(downloaded()) + "\n")  # a pipe: known when it comes
    tap.equal((done.returncode, done.stderr.count("has no value")), (1, 2), "a pipe")
    fresh(console)


# ---- candidates, files ------------------------------------------------------------------------------

def test_changes_are_gathered_compared_and_committed(console):
    console.clear()
    child = console.terminal()
    enter(child, "configure candidate", "candidate# ")
    enter(child, "syslog debug on", "candidate# ")
    tap.contains(enter(child, "show config diff", "candidate# "), "+syslog debug on")
    tap.contains(enter(child, "commit confirmed 5"), "In force for 5 minutes")
    tap.contains(enter(child, "commit"), "The commit is confirmed.")
    tap.contains(enter(child, "show config | grep debug"), "syslog debug on")
    child.close(force=True)
    console.clear()


def test_C05_an_export_is_a_file_of_its_owner(console):
    console.run(stdin=f"ipsec ike pre-shared-key 1 text {PSK}\n")
    name = os.path.join(console.folder.name, "exported")
    done = console.run("export", "config", name)
    tap.equal((done.returncode, done.stdout, done.stderr), (0, f"{name} has been written.\n", ""), "the export")
    tap.equal(os.stat(name).st_mode & 0o7777, 0o600, "mode")
    with open(name, encoding="utf-8") as exported:
        tap.contains(exported.read(), f"ipsec ike pre-shared-key 1 text {PSK}\n")
    done = console.run("export", "config", name)
    tap.equal((done.returncode, done.stdout), (1, ""), "over a file")
    tap.contains(done.stderr, "File exists")
    os.unlink(name)
    full = {"preexec_fn": lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
                                   resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10)))}
    done = console.run("export", "config", name, **full)
    tap.equal((done.returncode, done.stdout, os.path.exists(name)), (1, "", False), "no room for it")
    tap.contains(done.stderr, "the file could not be written: File too large")
    console.run("export", "config", name)
    tap.equal(console.run("check", name).returncode, 0, "exit status of check")
    done = console.run("check", console.folder.name)
    tap.equal((done.returncode, done.stderr), (1, f"Error: {console.folder.name}: Is a directory\n"), "a directory")
    for odd in ('o"d\\d', "o'd d"):  # quoted in the line
        odd = os.path.join(console.folder.name, odd)
        tap.equal([console.run(*words, odd).returncode for words in (("export", "config"), ("check",))], [0, 0], odd)
    tap.equal(console.run("-f", name).returncode, 0, "exit status of taking it again")
    console.clear()


def test_a_cold_start_is_confirmed(console):
    child = console.terminal()
    enter(child, "syslog debug on")
    enter(child, "save 1 before")
    child.send("cold start\r")
    child.expect_exact("Go on? (Y/N) ")
    child.send("y\r")
    child.expect_exact("Nothing is configured or saved any more.")
    child.expect_exact("# ")
    child.close(force=True)
    tap.equal(console.run("show", "config", "list").stdout, "", "what is saved")


# ---- both languages ---------------------------------------------------------------------------------

SPEAKERS = ("say", "refuse", "set_refuse", "value_complain", "fail", "session_error", "check_found", "SAID")


def sentences(source, speakers=SPEAKERS):
    """The first literal among the arguments of every call that speaks to a person."""
    for call in re.finditer(r"\b(?:%s)\s*\(" % "|".join(speakers), source):
        depth, at, text = 1, call.end(), ""
        while depth and not (text and source[at] in ",)"):
            literal = re.match(r'"((?:[^"\\]|\\.)*)"', source[at:])
            if literal:
                text += literal.group(1)
                at += literal.end()
                continue
            depth += {"(": 1, ")": -1}.get(source[at], 0)
            at += 1
        if text and text != "%s":
            yield text


def test_every_sentence_is_there_in_japanese(console):
    top = pathlib.Path(__file__).resolve().parent.parent.parent / "control"
    table = "".join(path.read_text(encoding="utf-8") for path in (top / "config").glob("language_ja*"))
    literals = r'\{((?:\s*"(?:[^"\\]|\\.)*")+),'  # of one sentence, which may stand on several lines
    known = {"".join(re.findall(r'"((?:[^"\\]|\\.)*)"', found)) for found in re.findall(literals, table)}
    loading = {"store_load.c", "store_file.c"}  # speak to the log, which is in English
    said = {text for folder in ("config", "console") for path in (top / folder).glob("*.c")
            if path.name not in loading for text in sentences(path.read_text(encoding="utf-8"))}
    # The agent says what a person has asked for; the rest of it speaks to the log.
    said |= {text for path in top.glob("*.c") for text in sentences(path.read_text(encoding="utf-8"), ("say",))}
    tap.equal(sorted(said - known), [], "sentences that language_ja.c lacks")
    tap.equal(len(said) > 80, True, "sentences were found")


# Who makes whole sentences and knows no language: the console finds them by their form.
MAKERS = ("http/client.c", "http/http1.c", "http/tls.c", "aws/creds*.c", "aws/ask.c", "cloud_fetch.c")
# Names of things, and parts of sentences whose wholes have a form.
NO_SENTENCES = {"configured key", "instance role %s", "session token", "role of this instance", "credentials file",
                "config file", "instance metadata", "shared files", "%s failed: %s", "%s: HTTP error response (%u)",
                "%s: the answer cannot be one", "during the TLS handshake", "without ending TLS: data may be missing",
                "the certificate of %s is refused", "the server closed the connection %s"}


def test_every_sentence_that_is_made_elsewhere_is_there_in_japanese(console):
    top = pathlib.Path(__file__).resolve().parent.parent.parent / "control"
    table = (top / "config/language_ja_made.c").read_text(encoding="utf-8")
    known = re.findall(r'\{"((?:[^"\\]|\\.)*)",', table)
    forms = [re.compile(re.escape(form).replace("%s", ".+").replace("%u", r"(\d+|%u)")) for form in known
             if form != "%s: %s"]
    said = set()
    for path in sorted(path for pattern in MAKERS for path in top.glob(pattern)):
        source = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for joined in re.findall(r'"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*', source):
            text = re.sub(r"%[-.\d*]*[a-z]+", lambda m: "%u" if m.group()[-1] in "du" else "%s",
                          "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', joined)))
            if re.search(r"[a-z] [a-z(]", text) and not re.search(r"[=\\{/]|^\[", text):
                said.add(text.strip(" :"))
    tap.equal(sorted(text for text in said - NO_SENTENCES if not any(
        form.fullmatch(text) or form.fullmatch(f"x {text}") for form in forms)), [], "forms that are not there")
    tap.equal(len(said) > 60, True, "sentences were found")


# Who says why a tunnel is down.
REASONS = ("quick_fail", "quick_fail_of", "fail_and_say", "fail", "main_mismatch", "ike_peer_set_state", "wait_for")


def test_every_reason_of_a_tunnel_is_there_in_japanese(console):
    top = pathlib.Path(__file__).resolve().parent.parent.parent / "control"
    known = re.findall(r'\{"((?:[^"\\]|\\.)*)",', (top / "config/language_ja_made.c").read_text(encoding="utf-8"))
    said = {text for pattern in ("ike/*.c", "tunnel.c") for path in top.glob(pattern)
            for text in sentences(path.read_text(encoding="utf-8"), REASONS)}
    said |= set(re.findall(r'(?:why =|return) "([^"]* [^"]*)";', "".join(
        (top / name).read_text(encoding="utf-8") for name in ("tunnel_config.c", "ike/ike_proposal.c", "ike/ike_peer.c"))))
    tap.equal(sorted(said - set(known) - {"established"}), [], "forms that are not there")  # of one that is up
    tap.equal(len(said) > 30, True, "reasons were found")


if __name__ == "__main__":
    tap.main(globals(), setup=lambda: Console(sys.argv[1]), teardown=lambda console: console.stop(),
             only=sys.argv[2] if len(sys.argv) > 2 else None)
