# SPDX-License-Identifier: BSD-3-Clause
"""The addresses of the lab, and a pair of SAs: on our side lines of cfg.v1, on the peer's side scapy.

scapy does the ciphers and the padding. Its HMAC leaves the extended sequence number out, so that with
ESN the ICV is computed here (RFC 4303 section 2.2.1: the high half stands behind what is authenticated).
"""
import hmac
import itertools

from scapy.all import ESP, IP, UDP, IPv6, Raw, raw
from scapy.layers.ipsec import SecurityAssociation

LAN_HOST, LAN_GW, LAN_MAC = "192.168.200.10", "192.168.200.1", "02:00:00:00:00:0a"
WAN_GW, WAN_NEXT, WAN_MAC = "203.0.113.2", "203.0.113.1", "02:00:00:00:00:01"
VPC_HOST, VPC_NET = "10.0.134.243", "10.0.0.0/16"
PEER = {1: "198.51.100.2", 2: "198.51.100.6"}
INSIDE = {1: ("169.254.10.2", "169.254.10.1"), 2: ("169.254.20.2", "169.254.20.1")}
LAN6_HOST, LAN6_NET = "2001:db8:1::10", "2001:db8:1::/64"
VPC6_HOST, VPC6_NET = "2001:db8:2::9", "2001:db8:2::/48"
WAN6_GW, PEER6 = "2001:db8:f::2", {1: "2001:db8:99::2", 2: "2001:db8:99::6"}

CBC, GCM = 12, 20
NO_AUTH, SHA1, SHA256, SHA384, SHA512 = 0, 2, 12, 13, 14
# Name in scapy, key bytes, ICV bytes, digest.
AUTH = {NO_AUTH: ("NULL", 0, 16, None), SHA1: ("HMAC-SHA1-96", 20, 12, "sha1"),
        SHA256: ("SHA2-256-128", 32, 16, "sha256"), SHA384: ("SHA2-384-192", 48, 24, "sha384"),
        SHA512: ("SHA2-512-256", 64, 32, "sha512")}
CFG_PRESENT, CFG_INBOUND, CFG_UDP, CFG_ESN, CFG_NO_REPLAY_CHECK, CFG_ECN = 1, 2, 4, 8, 16, 32


class NotAuthentic(Exception):
    """The ICV of a packet that we sent is wrong."""


class Sa:
    """A pair of SAs of one tunnel. `six`: IPv6 outside; `inner6`: selectors for IPv6 inside."""

    instances = itertools.count(1000)

    def __init__(self, tunnel, auth=SHA1, udp=True, key_bytes=16, generation=0, peer_port=4500, encr=CBC,
                 esn=False, six=False, inner6=False, ecn=False, checked=True):
        self.tunnel, self.udp, self.peer_port, self.encr, self.esn = tunnel, udp, peer_port, encr, esn
        self.auth = auth = NO_AUTH if encr == GCM else auth
        self.six, self.inner6, self.ecn, self.checked = six, inner6, ecn, checked
        self.local, self.peer = (WAN6_GW, PEER6[tunnel]) if six else (WAN_GW, PEER[tunnel])
        # Slots: two for each tunnel and generation; in, then out.
        self.slot_in = (tunnel - 1) * 2 + generation * 8
        self.slot_out = self.slot_in + 1
        self.spi_in = 0x5a000000 + generation * 0x100000 + (tunnel << 16) + self.slot_in
        self.spi_out = 0xc0000000 + generation * 0x100000 + tunnel
        self.instance_in, self.instance_out = next(self.instances), next(self.instances)
        # Fixed keys: a failed test can be repeated byte by byte. The salt is the key's last 4 bytes.
        key_bytes += 4 if encr == GCM else 0
        self.keys = {way: (bytes((7 * i + way + tunnel + generation) & 255 for i in range(key_bytes)),
                           bytes((11 * i + way + tunnel) & 255 for i in range(AUTH[auth][1])))
                     for way in (0, 1)}
        self.icv_bytes = AUTH[auth][2]
        self.peer_seq = 0

    def lines(self, extra_in="", extra_out=""):
        own = (CFG_UDP * self.udp | CFG_ESN * self.esn | CFG_ECN * self.ecn |
               CFG_NO_REPLAY_CHECK * (not self.checked))
        any_ = "::/0" if self.inner6 else "0.0.0.0/0"
        for slot, instance, spi, way, flags, extra in (
                (self.slot_in, self.instance_in, self.spi_in, 0, CFG_PRESENT | CFG_INBOUND, extra_in),
                (self.slot_out, self.instance_out, self.spi_out, 1, CFG_PRESENT, extra_out)):
            encr, auth = self.keys[way]
            yield (f"sa {slot} instance={instance} spi={spi:#x} flags={flags | own} "
                   f"tunnel={self.tunnel - 1} encr={self.encr} auth={self.auth} encr_key={encr.hex()} "
                   f"auth_key={auth.hex()} udp_remote={self.peer_port} "
                   f"outer_local={self.local} outer_remote={self.peer} "
                   f"ts_local={any_} ts_remote={any_} {extra}")

    def scapy(self, spi, way, high, low=0):
        """The SA in scapy; its outer header is of no meaning, only its ESP packet is used."""
        encr, auth = self.keys[way]
        own_icv = self.auth == NO_AUTH or self.esn
        return SecurityAssociation(
            ESP, spi=spi, crypt_algo="AES-GCM" if self.encr == GCM else "AES-CBC", crypt_key=encr,
            auth_algo=None if own_icv else AUTH[self.auth][0], auth_key=None if own_icv else auth,
            tunnel_header=IP(src="192.0.2.1", dst="192.0.2.2"), esn_en=self.esn, esn=high, seq_num=low)

    def icv(self, way, esp, high):
        """Of an SA with HMAC and ESN."""
        _, size, icv_bytes, digest = AUTH[self.auth]
        return hmac.digest(self.keys[way][1], esp + high.to_bytes(4, "big"), digest)[:icv_bytes]

    def seal(self, inner, seq):
        """The peer's ESP packet around `inner`, under the 64-bit number `seq`."""
        high, low = seq >> 32, seq & 0xffffffff
        # The number goes in with the SA: encrypt() takes a given 0 for none.
        packet = self.scapy(self.spi_in, 0, high, low).encrypt(inner.__class__(raw(inner)))
        esp = bytes(IP(raw(packet)).payload)
        return esp + self.icv(0, esp, high) if self.esn and self.auth else esp

    def encrypt(self, inner, seq=None, source=None, port=None, esp=None):
        """What the peer sends for `inner`; `esp` changes the ESP packet's bytes on the way."""
        if seq is None:
            self.peer_seq += 1
            seq = self.peer_seq
        payload = self.seal(inner, seq)
        payload = esp(payload) if esp else payload
        source = source or self.peer
        outer = IPv6(src=source, dst=self.local) if self.six else IP(src=source, dst=self.local, id=seq & 0xffff)
        if self.udp:
            udp = UDP(sport=port or self.peer_port, dport=4500, chksum=None if self.six else 0)
            return outer / udp / Raw(payload)
        if self.six:
            outer.nh = 50
        else:
            outer.proto = 50
        return outer / Raw(payload)

    def esp_bytes(self, outer):
        """The ESP packet in what we sent."""
        outer = (IPv6 if self.six else IP)(raw(outer))
        assert (UDP in outer) == self.udp, outer.summary()
        return bytes(outer[UDP].payload) if self.udp else bytes(outer.payload)

    def open(self, esp, high=0):
        """The inner packet of an ESP packet of ours; raises when it is not authentic."""
        if self.esn and self.auth:
            esp, icv = esp[:-self.icv_bytes], esp[-self.icv_bytes:]
            if icv != self.icv(1, esp, high):
                raise NotAuthentic()
        plain = IP(raw(IP(src="192.0.2.2", dst="192.0.2.1", proto=50) / Raw(esp)))
        inner = raw(self.scapy(self.spi_out, 1, high).decrypt(plain))
        return (IPv6 if inner[0] >> 4 == 6 else IP)(inner)

    def decrypt(self, outer, high=0):
        return self.open(self.esp_bytes(outer), high)

    def sequence(self, outer):
        return int.from_bytes(self.esp_bytes(outer)[4:8], "big")
