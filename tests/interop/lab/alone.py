# SPDX-License-Identifier: BSD-3-Clause
"""cgw-control and its console by themselves, with AWS's API in reach and no dataplane: for what is between a
person and the API. Two namespaces and a wire; `lan2` is an ordinary interface, which is all that control sees of
a twin."""
import json
import os
import pathlib
import shutil
import subprocess

from . import pki, plan
from .console import Console
from .net import Net
from .proc import LabError, Processes, run, wait_for

HERE = pathlib.Path(__file__).resolve().parent
HOME = pathlib.Path("/run/cgw-lab")


class Alone:
    """programs: folder of cgw-control and cgw."""

    def __init__(self, name, programs):
        if os.geteuid() != 0:
            raise LabError("namespaces are laid out: it must be run as root")
        self.name, self.programs = name, pathlib.Path(programs).resolve()
        self.net, self.folder = Net(name), HOME / name
        self.socket, self.config = self.folder / "console.sock", self.folder / "etc" / "config"
        self.processes = Processes(self.folder / "proc")
        self.console = Console(self, self.programs / "cgw", self.socket)

    def up(self):
        self.config.parent.mkdir(parents=True)
        for role in ("gw", "ec2"):
            run("ip", "netns", "add", self.net.ns(role))
            self.net.ip(role, "link", "set", "lo", "up")
        self.net.link("gw", "lan2", "ec2", "eth0")
        self.net.ip("ec2", "addr", "add", "203.0.113.1/24", "dev", "eth0")
        self.net.ip("ec2", "addr", "add", f"{plan.EC2_ADDRESS}/32", "dev", "lo")
        self.net.hosts("gw", f"127.0.0.1 localhost\n{plan.EC2_ADDRESS} {plan.EC2_HOST} {plan.SECRETS_HOST}\n")
        pki.make(self.folder / "pki")
        self.aws_says()
        self.processes.start("ec2", self.net.argv(
            "ec2", "/usr/bin/python3", "-W", "ignore", HERE / "ec2.py", self.folder, plan.EC2_ADDRESS, 443))
        wait_for("the EC2 endpoint",
                 lambda: ":443 " in self.net.run("ec2", "ss", "-ltn").stdout, 60)
        self.start()
        self.console.must(f"ip lan2 address {plan.PUBLIC}/24", "ip route default gateway 203.0.113.1")
        wait_for("the way to the EC2 endpoint", lambda: self.net.run(
            "gw", "ping", "-n", "-c", "1", "-W", "1", plan.EC2_ADDRESS, check=False).returncode == 0, 30)

    def start(self):
        self.processes.start("control", self.net.argv(
            "gw", self.programs / "cgw-control", "--instance", self.name, "--config", self.config, "--socket",
            self.socket, "--ca-file", self.folder / "pki" / "ca.pem", "--log-level", "debug"))
        wait_for("cgw-control's console", self.socket.is_socket, 30)

    def stop(self):
        self.processes.stop("control")
        self.socket.unlink(missing_ok=True)

    def down(self):
        self.processes.stop_all()
        self.net.down()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(f"/dev/shm/cgw/{self.name}", ignore_errors=True)

    # ---- AWS ---------------------------------------------------------------------------------------

    def aws_says(self, **settings):
        """As in ec2.py."""
        (self.folder / "ec2.json.new").write_text(json.dumps(settings))
        (self.folder / "ec2.json.new").rename(self.folder / "ec2.json")

    def aws_heard(self, since=0):
        """Requests that reached the endpoint, oldest first."""
        lines = [json.loads(line) for line in self.processes.output("ec2", 1_000_000).splitlines()
                 if line.startswith("{")]
        return [line for line in lines if "action" in line][since:]

    def aws(self, *words, check=True):
        """The AWS command line against the same endpoint: a second opinion on it. Returns its answer."""
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "AWS_EC2_METADATA_DISABLED": "true",
               "AWS_PAGER": "", "AWS_ACCESS_KEY_ID": plan.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": plan.SECRET_KEY,
               "AWS_DEFAULT_REGION": plan.REGION, "AWS_CA_BUNDLE": str(self.folder / "pki" / "ca.pem"),
               "AWS_MAX_ATTEMPTS": "1", "LANG": "C.UTF-8"}
        done = subprocess.run(self.net.argv("gw", "/usr/bin/aws", *words, "--output", "json"), env=env, text=True,
                              capture_output=True, timeout=60, check=False)
        if done.returncode and check:
            raise LabError(f"aws {' '.join(map(str, words))}: {done.stderr.strip()}")
        return json.loads(done.stdout or "{}") if check else (done.returncode, done.stderr)

    # ---- what a person types -----------------------------------------------------------------------

    def cloud(self, number=1, vpn=plan.VPN_ID):
        return [f"cloud vpn service {number} amazon-api",
                f"cloud vpn parameter {number} {plan.ACCESS_KEY} {plan.SECRET_KEY} {vpn}", "cloud vpn syslog on",
                "syslog debug on"]

    def logs(self):
        return "\n".join(f"==== {t}\n{self.processes.output(t, 6000)}" for t in ("control", "ec2"))
