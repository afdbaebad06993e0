#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""cgw-control alone, without dataplane and network, in namespaces of its own: where its log goes, judged by
systemd's journal and by tshark; and that the log outlives a crash. Needs root.

    tests/control/alone.py PROGRAMS [PART]

PROGRAMS is the folder of cgw-control and cgw."""
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

RUN = pathlib.Path("/run/cgw/alone")
CONSOLE = RUN / "console.sock"


def enter_namespaces():
    """Starts this program again where it may mount and bind what it likes."""
    if os.environ.get("CGW_ALONE"):
        for folder in ("/run", "/dev/shm"):
            subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    os.environ["CGW_ALONE"] = "1"
    os.execvp("unshare", ["unshare", "--mount", "--net", "--propagation", "private", sys.executable, *sys.argv])


def wait_for(what, condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come")


class Alone:
    """cgw-control with an empty configuration, and its console."""

    def __init__(self, programs):
        self.programs = pathlib.Path(programs).resolve()
        RUN.mkdir(parents=True)
        self.process = None

    def start(self, *options, stderr=subprocess.PIPE, **environment):
        self.stop()
        argv = [self.programs / "cgw-control", "--instance", "alone", "--config", RUN / "save/config", *options]
        (RUN / "save").mkdir(mode=0o700, exist_ok=True)
        self.process = subprocess.Popen(argv, stderr=stderr, text=True, env={**os.environ, **environment})
        wait_for("the console", lambda: CONSOLE.is_socket() and self.cgw("help").returncode == 0)

    def cgw(self, *words):
        return subprocess.run([self.programs / "cgw", "-s", CONSOLE, *words], text=True, capture_output=True,
                              timeout=60, check=False)

    def log(self, *filters):
        done = self.cgw("-e", " ".join(["show log", *filters]) + " | json -c")
        tap.equal((done.returncode, done.stderr), (0, ""), "show log")
        return json.loads(done.stdout)["entries"]

    def end(self, number=signal.SIGTERM):
        """Returns what it wrote to standard error."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=60)
        self.process = None
        return errors

    def stop(self):
        if self.process:
            self.end(signal.SIGKILL)


# ---- the supervisor ---------------------------------------------------------------------------------

def test_a_supervisor_hears_of_start_and_end(alone):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind("\0cgw-alone-notify")
        supervisor.settimeout(30)
        alone.start("--log-file", "", NOTIFY_SOCKET="@cgw-alone-notify")
        tap.equal(supervisor.recv(100), b"READY=1", "what it heard")
        alone.end()
        tap.equal(supervisor.recv(100), b"STOPPING=1", "what it heard")


# ---- the tables -------------------------------------------------------------------------------------

def test_tables_that_others_could_have_made_are_refused(alone):
    """/dev/shm is everybody's: whoever comes first makes the folder."""
    folder = pathlib.Path("/dev/shm/cgw")
    folder.mkdir(exist_ok=True)
    for owner, mode in ((65534, 0o755), (0, 0o777)):
        os.chown(folder, owner, 0)
        folder.chmod(mode)
        done = subprocess.run([alone.programs / "cgw-control", "--instance", "alone", "--config", RUN / "save/config"],
                              text=True, capture_output=True, timeout=60, check=False)
        tap.equal(done.returncode, 1, f"exit status with owner {owner}, mode {mode:o}")
        tap.contains(done.stderr, "/dev/shm/cgw, or what is in it, is another user's, or others can write to it")
    folder.chmod(0o755)


# ---- the ring and its file --------------------------------------------------------------------------

def test_the_log_outlives_a_crash(alone):
    alone.start()
    first = alone.process.pid
    alone.cgw("syslog", "notice", "on")
    alone.end(signal.SIGKILL)
    alone.start()
    running = [entry["text"] for entry in alone.log("grep state=running")]
    tap.equal([f"pid={first}" in running[0], f"pid={alone.process.pid}" in running[-1], len(running)],
              [True, True, 2], "starts in the log")
    tap.equal(oct(os.stat(RUN / "log").st_mode & 0o777), "0o600", "mode of the file")
    alone.end()
    alone.start("--log-file", "")
    tap.equal(len(alone.log("grep state=running")), 1, "starts in a log that is kept in memory only")
    alone.end()


def test_filters_of_show_log(alone):
    (RUN / "log").write_text("946684800.000001 INFO tunnel number=3 state=up\n"
                             "946684801.000001 NOTICE ike gateway=1 peer is dead tunnel=3\n")
    alone.start()
    alone.cgw("syslog", "debug", "on")
    entries = alone.log()
    for tag in {entry["tag"] for entry in entries if entry["tag"]}:
        tap.equal(alone.log(f"tag {tag}"), [entry for entry in entries if entry["tag"] == tag], f"tag {tag}")
    for level in ("ERROR", "INFO", "NOTICE", "DEBUG"):
        tap.equal(alone.log(f"level {level.lower()}"), [e for e in entries if e["level"] == level], level)
    tap.equal(alone.log("reverse"), entries[::-1], "reverse")
    tap.equal(alone.log("count 2"), entries[-2:], "count")
    tap.equal(alone.log("count 2 reverse"), entries[:-3:-1], "count and reverse")
    tap.equal(alone.log("since 1h"), entries[2:], "since an hour ago")
    tap.equal(alone.log("since 1999/12/31-00:00"), entries, "since a day")
    tap.equal(alone.log("tunnel 3"), entries[:2], "of a tunnel")
    tap.equal(alone.log("tunnel 3 level notice"), entries[1:2], "of a tunnel and a level")
    tap.equal(alone.log("grep PEER"), entries[1:2], "with a text")
    done = alone.cgw("show", "log", "tag", "a", "tag", "b")
    tap.equal((done.returncode, done.stderr), (1, 'Error: "tag" can be given once\n'), "a filter twice")
    done = alone.cgw("show", "log", "since", "yesterday")
    tap.contains(done.stderr, "a time is 30m, 2h or 3d ago")
    alone.end()


# ---- sizes ------------------------------------------------------------------------------------------

def test_tunnels_are_numbered_as_far_as_the_program_was_told(alone):
    for options, last in (((), 100), (("--tunnels", "200"), 200), (("--tunnels", "10000"), 10000)):
        alone.start(*options)
        lines = ["-e", f"tunnel select {last}", "-e", "ipsec tunnel 7", "-e", f"ipsec sa policy 7 {last} esp aes-cbc sha-hmac"]
        done = alone.cgw(*lines, "-e", f"tunnel enable {last}", "-e", "show config")
        tap.equal((done.returncode, done.stderr), (0, ""), f"{options}")
        tap.contains(done.stdout, f" tunnel enable {last}\n")
        for line in (f"tunnel select {last + 1}", f"ipsec ike pfs {last + 1} on"):
            done = alone.cgw("-e", line)
            tap.equal(done.returncode, 1, line)
            tap.contains(done.stderr, f"the number is outside 1..{last}")
        alone.end()
    file = RUN / "many"
    file.write_text("tunnel select 150\n")
    for options, status in (((), 1), (("--tunnels", "200"), 0)):
        done = subprocess.run([alone.programs / "cgw-control", "--check-config", file, *options], text=True, check=False,
                              capture_output=True)
        tap.equal(done.returncode, status, f"--check-config {options}: {done.stdout}{done.stderr}")


# ---- syslog -----------------------------------------------------------------------------------------

FIELDS = ("version", "facility", "level", "hostname", "appname", "procid", "timestamp", "msgid")


def read_by_tshark(messages):
    """The fields of each message, as tshark reads them from a capture."""
    from scapy.all import IP, UDP, Ether, Raw, wrpcap  # pylint: disable=import-outside-toplevel
    capture = str(RUN / "syslog.pcap")
    wrpcap(capture, [Ether() / IP() / UDP(sport=40000, dport=514) / Raw(message) for message in messages])
    done = subprocess.run(["tshark", "-r", capture, "-T", "fields", *[word for field in FIELDS
                                                                      for word in ("-e", f"syslog.{field}")]],
                          capture_output=True, text=True, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def receive(sock, part):
    messages = []
    sock.settimeout(30)
    while not messages or part not in messages[-1]:
        messages.append(sock.recv(65536))
    return messages


def check_messages(messages, pid):
    for message, fields in zip(messages, read_by_tshark(messages), strict=True):
        tap.equal(fields[:6], ["1", "1", "6", socket.gethostname(), "cgw-control", str(pid)], f"fields of {message}")
        tap.contains(fields[6], time.strftime("%b %d, %Y", time.gmtime()))
        # This tshark takes all that follows for the MSGID.
        tap.matches(fields[7], r'^(\w+) \[meta sequenceId="\d+"\] \1 \w+=')


def test_syslog_host_is_sent_rfc_5424(alone):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.2", 514))
        alone.start()
        done = alone.cgw("syslog", "host", "127.0.0.1", "127.0.0.2")
        tap.equal((done.returncode, done.stdout), (0, ""), "syslog host")
        alone.cgw("-e", "ping 127.0.0.1")
        pid = alone.process.pid
        alone.end()
        messages = receive(sock, b"state=stopping")
    check_messages(messages, pid)
    tap.matches(messages[-1].decode(), r"^<14>1 \S+Z \S+ cgw-control \d+ control "
                                       r'\[meta sequenceId="\d+"\] control state=stopping signal=15$')


def test_syslog_info_off_is_kept_and_not_sent(alone):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.2", 514))
        alone.start()
        alone.cgw("-e", "syslog host 127.0.0.2", "-e", "syslog info off")
        alone.end()
        sock.settimeout(0)
        try:
            got = sock.recv(65536)
        except BlockingIOError:
            got = b""
        tap.equal(got, b"", "a message")
    alone.start()
    tap.equal(alone.log("grep state=stopping count 1")[0]["level"], "INFO", "what is kept")
    alone.cgw("-e", "no syslog host", "-e", "no syslog info")
    alone.end()


def test_a_host_is_found_by_its_name(alone):
    hosts = RUN / "hosts"
    hosts.write_text("127.0.0.1 localhost\n192.0.2.7 logs.example.test\n")
    subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)
    subprocess.run(["ip", "address", "replace", "192.0.2.7/32", "dev", "lo"], check=True)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("192.0.2.7", 514))
            alone.start()
            alone.cgw("-e", "syslog notice on", "-e", "syslog host logs.example.test nowhere.example.test")
            wait_for("the name that there is none of", lambda: alone.log("tag syslog level notice"))
            tap.matches(alone.log("tag syslog")[-1]["text"], "^syslog host=nowhere.example.test look-up=failed error=")
            sock.settimeout(0.05)

            def a_line_comes():
                alone.cgw("-e", "configure candidate", "-e", "commit")
                try:
                    return b"[CONSOLE]" in sock.recv(65536)
                except TimeoutError:
                    return False

            wait_for("a message at the host that was found", a_line_comes)
            alone.end()
    finally:
        subprocess.run(["umount", "/etc/hosts"], check=True)


def test_an_end_does_not_wait_for_a_server_of_names_that_is_silent(alone):
    resolver = RUN / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.53\noptions timeout:20 attempts:1\n")
    subprocess.run(["mount", "--bind", resolver, "/etc/resolv.conf"], check=True)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.53", 53))
            silent.settimeout(30)
            alone.start()
            alone.cgw("-e", "syslog host silent.example.test")
            tap.contains(silent.recv(4096), b"\x06silent\x07example", "the question")
            process, begin = alone.process, time.monotonic()
            alone.end()
            tap.equal(process.returncode, 0, "exit status")
            tap.equal(time.monotonic() - begin < 10, True, "ended before the look-up did")
    finally:
        subprocess.run(["umount", "/etc/resolv.conf"], check=True)


def test_at_most_four_hosts(alone):
    alone.start()
    done = alone.cgw("syslog", "host", *[f"192.0.2.{n}" for n in range(1, 6)])
    tap.equal((done.returncode, done.stderr), (1, "Error: the log is sent to 4 hosts at most\n"), "five hosts")
    alone.end()


def test_a_socket_is_sent_rfc_5424(alone):
    path = RUN / "syslog"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(path))
        alone.start("--syslog", path)
        pid = alone.process.pid
        alone.end()
        messages = receive(sock, b"state=stopping")
    check_messages(messages, pid)
    tap.equal(any(b"control state=running" in message for message in messages), True, "the start is among them")


# ---- metrics ----------------------------------------------------------------------------------------

METRICS = RUN / "metrics.sock"


def get(where, path="/metrics", method="GET"):
    """The answer as curl has it: status, type, body. `where`: a socket's path or a host with its port."""
    target = [f"http://{where}{path}"] if isinstance(where, str) else ["--unix-socket", where,
                                                                       f"http://localhost{path}"]
    done = subprocess.run(["curl", "-s", "-X", method, "-w", "\n%{http_code} %{content_type}", *target],
                          capture_output=True, text=True, timeout=60, check=False)
    body, _, last = done.stdout.rpartition("\n")
    status, _, kind = last.partition(" ")
    return int(status), kind, body


def read_metrics(body):
    """Values of the samples without labels, as Prometheus's client library reads them."""
    from prometheus_client.parser import text_string_to_metric_families  # pylint: disable=import-outside-toplevel
    return {sample.name: sample.value for family in text_string_to_metric_families(body)
            for sample in family.samples if not sample.labels}


def test_metrics_on_a_socket(alone):
    alone.start()
    tap.equal(oct(os.stat(METRICS).st_mode & 0o777), "0o660", "mode of the socket")
    status, kind, body = get(METRICS)
    tap.equal((status, kind), (200, "text/plain; version=0.0.4; charset=utf-8"), "the answer")
    values = read_metrics(body)
    tap.equal((values["cgw_dataplane_up"], values["cgw_config_saved"]), (0, 1), "values")
    tap.equal(abs(values["process_start_time_seconds"] - time.time()) < 60, True, "started just now")
    tap.equal(values["process_open_fds"] > 5 and values["process_resident_memory_bytes"] > 1e6, True, "process")
    alone.cgw("syslog", "debug", "on")
    tap.equal(read_metrics(get(METRICS)[2])["cgw_config_saved"], 0, "after a change")
    tap.equal([get(METRICS, "/")[0], get(METRICS, "/other")[0], get(METRICS, method="POST")[0],
               get(METRICS, method="DELETE")[0]], [200, 404, 405, 405], "statuses")
    alone.end(signal.SIGKILL)
    alone.start()
    tap.equal(get(METRICS)[0], 200, "over a socket that was left behind")
    alone.end()
    tap.equal(METRICS.exists(), False, "the socket is there after the end")


def test_metrics_on_loopback_only(alone):
    alone.start("--metrics", "", "--metrics-port", "9547")
    tap.equal(METRICS.exists(), False, "a socket is there")
    tap.equal([get(f"{host}:9547")[0] for host in ("127.0.0.1", "[::1]", "localhost")], [200] * 3, "loopback")
    subprocess.run(["ip", "address", "replace", "192.0.2.1/32", "dev", "lo"], check=True)
    tap.equal(get("192.0.2.1:9547")[0], 0, "another address")
    # Whoever connects and says nothing, or talks nonsense, is in nobody's way.
    silent = [socket.create_connection(("127.0.0.1", 9547)) for _ in range(4)]
    silent[0].sendall(b"\0\xff" * 1000)
    silent[1].sendall(b"GET /metrics HTTP/1.1\r\nX: " + b"y" * 100000)
    tap.equal(get("127.0.0.1:9547")[0], 200, "beside silent ones")
    tap.equal(alone.cgw("show", "environment").returncode, 0, "the console beside them")
    for connection in silent:
        connection.close()
    alone.end()


def test_a_crowd_that_comes_and_goes_does_not_end_the_metrics(alone):
    """All connections taken, and reset before anything was read of them: nobody listened any more."""
    alone.start("--metrics", "", "--metrics-port", "9549")
    at_once = struct.pack("ii", 1, 0)  # SO_LINGER: close(2) resets
    until = time.monotonic() + 3
    while time.monotonic() < until:
        crowd = [socket.socket() for _ in range(24)]
        for one in crowd:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", 9549))
        for one in crowd:
            one.close()
    tap.equal(get("127.0.0.1:9549")[0], 200, "after them")
    alone.end()


def test_without_metrics_the_gateway_runs(alone):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 9548))
        taken.listen()
        alone.start("--metrics-port", "9548")
        tap.equal(alone.log("tag metrics level error count 1")[0]["text"],
                  'metrics state=refused reason="metrics: port 9548: Address already in use"', "the log")
        alone.end()
    for port in ("-1", "65536", "x", ""):
        done = subprocess.run([alone.programs / "cgw-control", "--metrics-port", port], capture_output=True,
                              text=True, timeout=60, check=False)
        tap.equal(done.returncode, 2, f"exit status of --metrics-port {port!r}")


# ---- a log that nobody reads ------------------------------------------------------------------------

def fill_log(alone):
    """More lines than any pipe or socket keeps: two each commit."""
    done = subprocess.run([alone.programs / "cgw", "-s", CONSOLE], input="configure candidate\ncommit\n" * 2500, text=True,
                          capture_output=True, timeout=60, check=False)
    tap.equal((done.returncode, done.stderr), (0, ""), "the console")
    tap.equal(read_metrics(get(METRICS)[2])["cgw_log_left_out_lines_total"] > 0, True, "what was left out is counted")


def test_standard_error_that_nobody_reads_stops_nothing(alone):
    alone.start("--log-file", "")
    fill_log(alone)
    alone.stop()


def test_a_journal_that_does_not_read_stops_nothing(alone):
    path = pathlib.Path("/run/systemd/journal/socket")
    path.parent.mkdir(parents=True)
    read, write = os.pipe()
    st = os.fstat(write)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(path))
        alone.start("--log-file", "", stderr=write, JOURNAL_STREAM=f"{st.st_dev}:{st.st_ino}")
        fill_log(alone)
        alone.stop()
        tap.contains(journal.recv(65536).decode(), "CGW_INSTANCE=alone\n")
    os.close(read)
    os.close(write)
    path.unlink()


# ---- systemd's journal ------------------------------------------------------------------------------

def test_the_journal_gets_fields(alone):
    os.makedirs("/run/log/journal")
    journald = subprocess.Popen(["/lib/systemd/systemd-journald"], stderr=subprocess.DEVNULL)
    try:
        wait_for("the journal", pathlib.Path("/run/systemd/journal/stdout").is_socket)
        with socket.socket(socket.AF_UNIX) as stream:
            # As systemd does for a service, see sd_journal_stream_fd(3) and JOURNAL_STREAM in systemd.exec(5).
            stream.connect("/run/systemd/journal/stdout")
            stream.send(b"other\n\n6\n0\n0\n0\n0\n")
            st = os.fstat(stream.fileno())
            alone.start(stderr=stream, JOURNAL_STREAM=f"{st.st_dev}:{st.st_ino}")
            pid = alone.process.pid
            alone.end()

        def entries():
            done = subprocess.run(["journalctl", "-o", "json", "CGW_TAG=control"], capture_output=True, text=True,
                                  check=False)
            return [json.loads(line) for line in done.stdout.splitlines()]

        wait_for("the last entry", lambda: any("stopping" in entry["MESSAGE"] for entry in entries()))
    finally:
        journald.terminate()
        journald.wait(60)
    entry = next(entry for entry in entries() if "running" in entry["MESSAGE"])
    tap.equal({name: entry.get(name) for name in ("MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "CGW_INSTANCE",
                                                  "CGW_STATE", "CGW_PID", "_TRANSPORT")},
              {"MESSAGE": f"control state=running instance=alone pid={pid}", "PRIORITY": "6",
               "SYSLOG_IDENTIFIER": "cgw-control", "CGW_INSTANCE": "alone", "CGW_STATE": "running",
               "CGW_PID": str(pid), "_TRANSPORT": "journal"}, "fields")
    tap.equal(len([e for e in entries() if "running" in e["MESSAGE"]]), 1, "entries of the line")


if __name__ == "__main__":
    enter_namespaces()
    tap.main(globals(), setup=lambda: Alone(sys.argv[1]), teardown=lambda alone: alone.stop(),
             only=sys.argv[2] if len(sys.argv) > 2 else None)
