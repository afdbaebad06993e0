# SPDX-License-Identifier: BSD-3-Clause
"""ipsec-secgw as a peer: DPDK's example gateway, in its fastest form for devices in software.

Its code path over librte_ipsec (-l) with the crypto devices crypto_aesni_mb and crypto_aesni_gcm, one lcore,
ESP in tunnel mode without UDP, for this version refuses UDP encapsulation with such devices. Its replay
window is what it is unless asked for: of size 0, which is none. ACLs for policies, LPM for routes."""
from bench.peers import traffic
from bench.peers.program import Program

SPI = 5
KEYS = {"encr": b"\xa0" * 16, "auth": b"\xa0" * 20}
GCM_KEYS = {"encr": b"\xa0" * 20}
DEVICE = {"aes128-cbc-sha1": "crypto_aesni_mb0", "aes128-gcm": "crypto_aesni_gcm0"}


def colons(data):
    return ":".join(f"{byte:02x}" for byte in data)


class Secgw(Program):
    def __init__(self, binary, algorithm, direction, worker_cpu, workdir):
        super().__init__("secgw", worker_cpu, workdir)
        self.binary, self.algorithm, self.direction = binary, algorithm, direction
        self.keys = GCM_KEYS if algorithm == "aes128-gcm" else KEYS

    def security_association(self):
        return traffic.security_association(self.algorithm, SPI, self.keys)

    def config(self):
        if self.algorithm == "aes128-gcm":
            keys = f"aead_algo aes-128-gcm aead_key {colons(self.keys['encr'])}"
        else:
            keys = (f"cipher_algo aes-128-cbc cipher_key {colons(self.keys['encr'])} "
                    f"auth_algo sha1-hmac auth_key {colons(self.keys['auth'])}")
        outer, lan = (self.TX, self.RX) if self.direction == "encap" else (self.RX, self.TX)
        lines = [f"sp ipv4 {way} esp protect {SPI} pri 1 dst 192.168.115.0/24 sport 0:65535 dport 0:65535"
                 for way in ("out", "in")]
        lines += [f"sa {way} {SPI} {keys} mode ipv4-tunnel src 172.16.1.5 dst 172.16.2.5"
                  for way in ("out", "in")]
        lines += [f"rt ipv4 dst 172.16.2.5/32 port {outer}", f"rt ipv4 dst 192.168.115.0/24 port {lan}",
                  "neigh port 0 02:00:00:00:00:aa", "neigh port 1 02:00:00:00:00:bb"]
        path = f"{self.workdir}/secgw.cfg"
        with open(path, "w") as f:
            f.write("\n".join(lines) + "\n")
        return path, outer

    def run(self, rx, tx):
        """`rx` and `tx`: the devices, as --vdev wants them."""
        path, outer = self.config()
        cpu = self.worker_cpu
        self.start([self.binary, "-l", str(cpu), "--no-pci", "--in-memory", "-m", "256",
                    "--file-prefix", self.prefix, "--vdev", rx, "--vdev", tx,
                    "--vdev", DEVICE[self.algorithm], "--", "-p", "3", "-u", hex(1 << outer), "-l", "-P",
                    "--rxoffload", "0", "--txoffload", "0", f"--config=(0,0,{cpu}),(1,0,{cpu})", "-f", path])

    def check_clean(self):
        """Whether it dropped, it does not say where it can be read; what it took in and did not send,
        beyond what a burst and the crypto device hold, was dropped."""
        self.halt()
        self.go_on()
        received, sent = self.stats(self.RX)["ipackets"], self.stats(self.TX)["opackets"]
        if received - sent > 4096:
            self.fail(f"received {received}, sent {sent}")
