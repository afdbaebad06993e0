# SPDX-License-Identifier: BSD-3-Clause
"""A whole lab: up, down, and what is found in it.

State lies in /run/cgw-lab/NAME/ (state.json, proc/, pki/, a folder for each daemon); namespaces are named
cgwlab-NAME-ROLE. A run that died is cleared away by the next run of the same name, and by clear_dead()."""
import fcntl
import json
import os
import pathlib
import shutil
import signal
import time

from . import bird, pki, plan, trixie
from .gateway import Gateway
from .net import ROLES, Net, all_namespaces
from .proc import LabError, Processes, alive, start_time, wait_for
from .strongswan import Endpoint

HOME = pathlib.Path("/run/cgw-lab")
HERE = pathlib.Path(__file__).resolve().parent


class Lab:
    """name: distinguishes labs that stand side by side (letters and digits). nat: a NAT in front of the
    gateway. plain_esp: endpoints are strongSwan 6 (default: when there is no NAT). programs: folder of
    cgw-dataplane, cgw-control and cgw, None for a lab with an empty gateway namespace. log_keys: the
    endpoints write their keys to their logs, for decryption."""

    def __init__(self, name, nat=True, programs=None, plain_esp=None, log_keys=False, say=None):
        if os.geteuid() != 0:
            raise LabError("the lab lays out network namespaces: it must be run as root")
        self.name, self.wan = name, plan.Wan(nat)
        self.plain_esp = (not nat) if plain_esp is None else plain_esp
        self.folder = HOME / name
        self.net = Net(name)
        self.say = say or (lambda text: None)
        self.log_keys = log_keys
        self.programs = programs
        self.lock = None
        self.refused = False  # up() found another's lab of that name, which is not ours to end
        self._attach()

    def _attach(self):
        self.processes = Processes(self.folder / "proc")
        options = {"plain_esp": self.plain_esp, "log_keys": self.log_keys}
        self.endpoints = {t.number: Endpoint(self.net, self.processes, self.folder, t, self.wan.address,
                                             **options) for t in plan.TUNNELS}
        self.birds = {t.number: bird.endpoint(self.net, self.processes, self.folder, t)
                      for t in plan.TUNNELS}
        self.vpc_bird = bird.vpc(self.net, self.processes, self.folder)
        self.gateway = Gateway(self, self.programs) if self.programs else None

    @classmethod
    def attach(cls, name):
        """The lab of that name as it stands. LabError when there is none."""
        try:
            state = json.loads((HOME / name / "state.json").read_text())
        except FileNotFoundError as error:
            raise LabError(f"there is no lab named {name}") from error
        return cls(name, state["nat"], state["programs"], state["plain_esp"], state["log_keys"])

    # ---- up and down -------------------------------------------------------------------------------

    def up(self):
        """Lays out everything but the gateway's programs; gateway.start() comes after. LabError where a lab of that
        name is being run, or was left up on purpose: neither is touched."""
        try:
            self._take()
            self._respect_kept()
        except LabError:
            self.refused = True
            raise
        self._clear()
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o700)
        self._attach()
        self._write_state()
        if self.plain_esp and not trixie.usable():
            self.say("making a Debian trixie tree for strongSwan 6")
            trixie.make()
        self.net.up(self.wan)
        pki.make(self.folder / "pki")
        self.aws_says()
        self.processes.start("ec2", self.net.argv(
            "ec2", "/usr/bin/python3", "-W", "ignore", HERE / "ec2.py", self.folder, plan.EC2_ADDRESS, 443))
        self.processes.start("iperf3", self.net.argv("vpc", "iperf3", "-s"))
        self.vpc_bird.start()
        for number, endpoint in self.endpoints.items():
            endpoint.start()
            self.birds[number].start()
        wait_for("the EC2 endpoint", self._ec2_listens, 60)

    def _take(self):
        HOME.mkdir(parents=True, exist_ok=True)
        self.lock = open(HOME / f".{self.name}.lock", "w", encoding="ascii")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LabError(f"a lab named {self.name} is being run by somebody else") from error

    def _respect_kept(self):
        try:
            kept = json.loads((self.folder / "state.json").read_text())["kept"]
        except (FileNotFoundError, json.JSONDecodeError, KeyError):
            kept = False
        if kept:
            self.lock.close()
            self.lock = None
            raise LabError(f"a lab named {self.name} is up, left so on purpose: `scripts/lab console` enters it, "
                           f"`scripts/lab down {self.name}` ends it")

    def _write_state(self, kept=False):
        (self.folder / "state.json").write_text(json.dumps({
            "nat": self.wan.nat, "plain_esp": self.plain_esp, "log_keys": self.log_keys, "kept": kept,
            "programs": str(self.programs) if self.programs else None,
            "owner": [os.getpid(), start_time(os.getpid())]}))

    def keep(self):
        """Marks the lab as one that outlives its maker."""
        self._write_state(kept=True)

    def down(self):
        """Ends the lab's processes and takes its namespaces and folder away. No lab: no error. Nothing where up()
        was refused."""
        if self.refused:
            return
        self._clear()
        if self.lock:
            self.lock.close()
            self.lock = None
        (HOME / f".{self.name}.lock").unlink(missing_ok=True)

    def _clear(self):
        if self.gateway:
            self.gateway.stop()
        self.processes.stop_all()
        for namespace in self.net.existing():
            for pid in self.net.pids(namespace):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        self.net.down()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(f"/dev/shm/cgw/{self.name}", ignore_errors=True)
        shutil.rmtree(f"/run/dpdk/cgwlab-{self.name}", ignore_errors=True)

    # ---- the EC2 endpoint --------------------------------------------------------------------------

    def _ec2_listens(self):
        return ":443 " in self.net.run("ec2", "ss", "-ltn").stdout

    def aws_says(self, **settings):
        """What the EC2 endpoint does from now on: certificate=, flaw=, clock=, changes= (see ec2.py)."""
        (self.folder / "ec2.json.new").write_text(json.dumps(settings))
        (self.folder / "ec2.json.new").rename(self.folder / "ec2.json")

    def aws_heard(self):
        """Requests that reached the EC2 endpoint, oldest first."""
        return [json.loads(line) for line in self.processes.output("ec2", 1_000_000).splitlines()
                if line.startswith("{")]

    # ---- the state of the whole --------------------------------------------------------------------

    def wait_tunnels(self, numbers=(1, 2), timeout=60):
        """Waits until IKE, ESP and BGP stand with these endpoints; returns the seconds it took."""
        begin = time.monotonic()
        for number in numbers:
            wait_for(f"tunnel {number}: IPsec", self.endpoints[number].established, timeout, 0.3)
        for number in numbers:
            wait_for(f"tunnel {number}: BGP",
                     lambda n=number: self.birds[n].state() == "Established", timeout, 0.3)
        return time.monotonic() - begin

    def logs(self):
        """The ends of all daemons' outputs and logs, for a person who looks for a cause."""
        parts = []
        for tag in self.processes.tags():
            if not tag.startswith(("ping", "cap-")):
                state = "" if self.processes.alive(tag) else " (dead)"
                parts.append(f"==== {tag}{state}\n{self.processes.output(tag, 3000)}")
        for endpoint in self.endpoints.values():
            if (endpoint.folder / "charon.log").exists():
                parts.append(f"==== {endpoint.tag} charon.log\n{endpoint.log()[-2500:]}")
        return "\n".join(parts)


def standing():
    """Names of labs whose state or namespaces are found on this machine."""
    names = {p.parent.name for p in HOME.glob("*/state.json")}
    for namespace in all_namespaces():
        for role in ROLES:
            if namespace.endswith(f"-{role}"):
                names.add(namespace[len("cgwlab-"):-len(role) - 1])
    return sorted(names)


def clear_dead():
    """Takes down the labs whose maker is gone, but for those that were kept on purpose."""
    for name in standing():
        try:
            state = json.loads((HOME / name / "state.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            state = {"owner": [0, 0], "kept": False}
        if not state["kept"] and not alive(*state["owner"]):
            Lab(name).down()
