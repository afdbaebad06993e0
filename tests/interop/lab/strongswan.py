# SPDX-License-Identifier: BSD-3-Clause
"""strongSwan as AWS's tunnel endpoint: one charon for each tunnel, ESP in its own userspace (libipsec).

Two builds: the system's 5.9 speaks UDP-encapsulated ESP only, so it serves behind a NAT; plain ESP
(protocol 50) needs 6.0, which runs from a small Debian trixie tree (trixie.py)."""
import os
import pathlib
import re

from . import trixie
from .proc import LabError, run, wait_for

CHARON, SWANCTL = "/usr/sbin/charon-systemd", "/usr/sbin/swanctl"

# Where AppArmor is enforced, Debian's profiles keep both programs from files outside /etc. A profile goes by the
# path that is executed: started by the loader, the programs are as free as the rest of the lab.
LOADER = "/lib64/ld-linux-x86-64.so.2"

# kernel-libipsec before kernel-netlink; table priority 40000: it insists on a default route into its TUN in
# table 220, and the rule that leads there is taken out after the start.
DAEMON = """
charon-systemd {{
	load_modular = no
	load = random nonce openssl aes sha1 sha2 hmac gcm gmp pem pkcs1 x509 pubkey kdf drbg kernel-libipsec kernel-netlink socket-default vici updown counters
	install_routes = no
	install_virtual_ip = no
	routing_table_prio = 40000
	retransmit_tries = 4
	retransmit_timeout = 2.0
	plugins {{
		kernel-libipsec {{
			raw_esp = yes
		}}
		vici {{
			socket = unix://{folder}/vici
		}}
	}}
	filelog {{
		log {{
			path = {folder}/charon.log
			time_format = %T
			default = 1
			ike = {level}
			chd = {level}
			flush_line = yes
		}}
	}}
}}
swanctl {{
	load = random openssl aes sha1 sha2 hmac pem pkcs1 x509 pubkey
}}
"""

# As AWS offers it: the customer initiates, DPD 10 s / 30 s and clear, phases of 8 h and 1 h rekeyed at a
# random point 270 to 540 s before their end, selectors 0.0.0.0/0 both ways.
CONNECTION = """
connections {{
	aws {{
		version = 1
		local_addrs = {local}
		remote_addrs = %any
		proposals = {proposals}
		mobike = no
		dpd_delay = 10s
		dpd_timeout = 30s
		rekey_time = {ike_rekey}
		rand_time = 270s
		over_time = 540s
		local {{
			auth = psk
			id = {local}
		}}
		remote {{
			auth = psk
			id = {remote_id}
		}}
		children {{
			vpc {{
				local_ts = 0.0.0.0/0
				remote_ts = 0.0.0.0/0
				esp_proposals = {proposals}
				rekey_time = {esp_rekey}
				rand_time = 270s
				life_time = 3600s
				replay_window = 1024
				dpd_action = clear
				start_action = none
			}}
		}}
	}}
}}
secrets {{
	ike-aws {{
		secret = "{psk}"
	}}
}}
"""


class Endpoint:
    """One charon in the namespace aws1 or aws2."""

    def __init__(self, net, processes, folder, tunnel, remote_id, plain_esp=False, log_keys=False):
        self.net, self.processes, self.tunnel = net, processes, tunnel
        self.role = self.tag = f"aws{tunnel.number}"
        self.folder = pathlib.Path(folder) / self.tag
        self.remote_id, self.plain_esp, self.log_keys = remote_id, plain_esp, log_keys
        self.local, self.psk = tunnel.outside, tunnel.psk
        self.proposals = "aes128-sha1-modp1024"
        self.ike_rekey, self.esp_rekey = "28530s", "3330s"

    @property
    def env(self):
        return dict(os.environ, STRONGSWAN_CONF=str(self.folder / "strongswan.conf"))

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "strongswan.conf").write_text(
            DAEMON.format(folder=self.folder, level=4 if self.log_keys else 2))
        (self.folder / "vici").unlink(missing_ok=True)
        if self.plain_esp:
            command = trixie.command(self.net.ns(self.role), self.folder, CHARON)
        else:
            command = self.net.argv(self.role, LOADER, CHARON)
        self.processes.start(f"{self.tag}-charon", command, env=self.env)
        wait_for(f"{self.tag}: charon's socket and TUN", self._ready, 60)
        self.net.ip(self.role, "rule", "del", "prio", "40000", check=False)
        self.net.ip(self.role, "addr", "add", f"{self.tunnel.inside_aws}/30", "dev", "ipsec0")
        self.load()

    def _ready(self):
        if not self.processes.alive(f"{self.tag}-charon"):
            raise LabError(f"{self.tag}: charon died: {self.processes.output(f'{self.tag}-charon')}")
        link = self.net.ip(self.role, "link", "show", "ipsec0", check=False)
        return (self.folder / "vici").is_socket() and link.returncode == 0

    def load(self):
        """(Re)loads connection and secret, as they now stand in the attributes."""
        (self.folder / "swanctl.conf").write_text(CONNECTION.format(
            local=self.local, remote_id=self.remote_id, psk=self.psk,
            proposals=self.proposals, ike_rekey=self.ike_rekey, esp_rekey=self.esp_rekey))
        self.swanctl("--load-all", "--clear", "--file", self.folder / "swanctl.conf")

    def swanctl(self, *argv, check=True, timeout=30):
        return run(LOADER, SWANCTL, *argv, "--uri", f"unix://{self.folder}/vici", env=self.env, check=check,
                   timeout=timeout).stdout

    def stop(self):
        """Ends charon as a crash would: nothing is told to the peer."""
        self.processes.signal(f"{self.tag}-charon", 9)
        self.processes.stop(f"{self.tag}-charon")

    def sas(self):
        return self.swanctl("--list-sas", check=False)

    def established(self):
        text = self.sas()
        return "ESTABLISHED" in text and "INSTALLED" in text

    def count(self):
        """(IKE SAs established, child SAs installed)."""
        text = self.sas()
        return text.count("ESTABLISHED"), text.count("INSTALLED")

    def spis(self):
        """SPIs of the installed child SAs, [(inbound, outbound)], hexadecimal without 0x."""
        return re.findall(r"in\s+([0-9a-f]{8}).*?\n\s+out\s+([0-9a-f]{8})", self.sas())

    def rekey_child(self):
        self.swanctl("--rekey", "--child", "vpc")

    def rekey_ike(self):
        """Phase 1 anew (IKEv1 knows it as reauthentication), of the newest IKE SA: charon keeps the one
        before for a while."""
        newest = max(map(int, re.findall(r"^aws: #(\d+), ESTABLISHED", self.sas(), re.MULTILINE)))
        self.swanctl("--rekey", "--ike-id", newest)

    def log(self):
        return (self.folder / "charon.log").read_text(errors="replace")
