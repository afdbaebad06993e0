#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/install-deps: what each set holds, and that what it brings is neither started nor enabled.

    tests/scripts/install_deps.py PROGRAMS

No root is needed and nothing is installed: apt-get is a program of the test's own that does what the packages'
scripts do, on folders of the test's own. That the set `run` is enough is asked of dpkg: of whom the libraries and
tools are that PROGRAMS, the folder of the programs, name."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TREE = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = TREE / "scripts/install-deps"
sys.path.insert(0, str(TREE / "tests/lib"))
import tap  # noqa: E402
# What is called by name in control/, and by the scripts of a deployment.
TOOLS = ("busybox", "dnsmasq", "ping", "traceroute", "less", "ip")

APT = """#!/bin/bash
[ "$1" = install ] || exit 0
sys=$ROOT/etc/systemd/system
cat "$ROOT/usr/sbin/policy-rc.d" >"$ROOT/policy" 2>/dev/null
start() { # as deb-systemd-invoke and invoke-rc.d ask
	! "$ROOT/usr/sbin/policy-rc.d" "$@" >/dev/null 2>&1 && return 0
	echo "$1" >>"$ROOT/started"
}
for unit in strongswan bird; do
	touch "$ROOT/lib/systemd/system/$unit.service" && ln -s "/lib/systemd/system/$unit.service" "$sys/multi-user.target.wants/"
	start $unit.service start
done
start --quiet bird start 2
ln -s /lib/systemd/system/systemd-pstore.service /lib/systemd/system/man-db.timer "$sys/multi-user.target.wants/"
start ssh.service restart
start cron restart
exit $APT_RC
"""


class Machine:
    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="cgw-deps-"))
        for folder in ("bin", "usr/sbin", "lib/systemd/system", "etc/init.d", "etc/systemd/system/multi-user.target.wants"):
            (self.root / folder).mkdir(parents=True)
        self.program("apt-get", APT)
        self.program("dpkg-query", "#!/bin/sh\nexit 1\n")
        self.program("id", "#!/bin/sh\necho ${UID_SAID:-0}\n")
        for name in ("lib/systemd/system/ssh.service", "etc/init.d/cron"):
            (self.root / name).touch()
        self.wants = self.root / "etc/systemd/system/multi-user.target.wants"
        (self.wants / "ssh.service").symlink_to("/lib/systemd/system/ssh.service")

    def program(self, name, text, folder="bin"):
        path = self.root / folder / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def run(self, *words, **env):
        done = subprocess.run([SCRIPT, *words], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              env={"PATH": f"{self.root}/bin:/usr/bin:/bin:/usr/sbin:/sbin", "ROOT": str(self.root),
                                   "TMPDIR": str(self.root), "INSTALL_DEPS_ROOT": str(self.root), "APT_RC": "0", **env})
        return done.returncode, done.stdout

    def started(self):
        path = self.root / "started"
        return path.read_text().split() if path.exists() else []

    def enabled(self):
        return sorted(link.name for link in self.wants.iterdir())

    def left(self):
        return sorted(path.name for path in self.root.iterdir() if path.name.startswith("tmp."))


def packages(which):
    done = subprocess.run([SCRIPT, "list", which], text=True, stdout=subprocess.PIPE, check=True)
    return set(done.stdout.split())


def owners(path):
    """Packages that hold that file; a library may be listed below /lib or /usr/lib."""
    done = subprocess.run(["dpkg-query", "-S", os.path.realpath(path), path, path.removeprefix("/usr")], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return {name.strip().split(":")[0] for line in done.stdout.splitlines() for name in line.split(": ")[0].split(",")}


def needed(program):
    done = subprocess.run(["readelf", "-d", program], text=True, stdout=subprocess.PIPE, check=True)
    names = re.findall(r"NEEDED.*\[(.*)\]", done.stdout)
    known = subprocess.run(["/sbin/ldconfig", "-p"], text=True, stdout=subprocess.PIPE, check=True).stdout
    return {name: re.search(rf"^\t{re.escape(name)} \(.*x86-64.*\) => (\S+)", known, re.MULTILINE).group(1) for name in names}


def test_what_comes_in_is_neither_started_nor_enabled(m):
    code, out = m.run()
    assert code == 0 and "not enabled: strongswan.service" in out, out
    assert m.started() == ["ssh.service", "cron"], m.started()
    assert m.enabled() == ["man-db.timer", "ssh.service", "systemd-pstore.service"], m.enabled()
    assert not (m.root / "usr/sbin/policy-rc.d").exists() and not m.left(), m.left()


def test_a_policy_of_the_machine_is_asked_and_comes_back(m):
    text = '#!/bin/sh\n[ "$1" = ssh.service ] || exit 101\n'
    m.program("policy-rc.d", text, "usr/sbin")
    assert m.run()[0] == 0 and m.started() == ["ssh.service"], m.started()
    assert (m.root / "usr/sbin/policy-rc.d").read_text() == text


def test_what_was_there_before_stays(m):
    (m.root / "lib/systemd/system/bird.service").touch()
    (m.wants / "bird.service").symlink_to("/lib/systemd/system/bird.service")
    assert m.run()[0] == 0
    assert m.enabled() == ["bird.service", "man-db.timer", "ssh.service", "systemd-pstore.service"], m.enabled()
    assert "bird.service" in m.started() and "strongswan.service" not in m.started(), m.started()


def test_apt_that_fails_leaves_no_policy_behind(m):
    code, out = m.run(APT_RC="100")
    assert code == 1 and "apt failed" in out, out
    assert not (m.root / "usr/sbin/policy-rc.d").exists() and m.enabled()[1] == "ssh.service", m.enabled()


def test_without_root_it_says_what_is_missing(m):
    code, out = m.run("run", UID_SAID="1000")
    assert code == 1 and "run as root" in out and "libuv1" in out and "bird2" not in out, out
    assert not m.started()


def test_the_sets(m):
    run, build, test, bench = (packages(name) for name in ("run", "build", "test", "bench"))
    assert run < build < test < bench
    for name in ("bird2", "charon-systemd", "dpdk", "strongswan-swanctl", "iperf3"):
        assert name not in build and name in test, name
    assert not [name for name in run if name.endswith("-dev")], run
    assert m.run("list")[1].split() == m.run("list", "test")[1].split()
    for words in (["list", "run", "x"], ["run", "x"], ["nothing"], ["--help"]):
        assert m.run(*words)[0] == 2, words


def test_run_is_enough_for_the_programs(m):
    run = packages("run")
    for program in ("cgw-dataplane", "cgw-control", "cgw-lease", "cgw"):
        for name, path in needed(PROGRAMS / program).items():
            assert owners(path) & run, f"{program}: {name} of {owners(path)}"
    for tool in TOOLS:
        assert owners(shutil.which(tool, path="/usr/bin:/bin:/usr/sbin:/sbin")) & run, tool


def test_shellcheck(m):
    # The sets are lists of words: they are meant to be split.
    done = subprocess.run(["shellcheck", "-e", "SC2086", SCRIPT], text=True, stdout=subprocess.PIPE, check=False)
    assert done.returncode == 0, done.stdout


PROGRAMS = pathlib.Path(sys.argv[1])
if __name__ == "__main__":
    tap.main(globals(), setup=Machine, teardown=lambda m: shutil.rmtree(m.root), each=True)
