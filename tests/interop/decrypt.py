# SPDX-License-Identifier: BSD-3-Clause
"""Independent decryption of a capture, with the keys an endpoint wrote to its log (log_keys=True)."""
import re

from lab.proc import run

DUMP = re.compile(r"\] (encryption|integrity) (initiator|responder) key => (\d+) bytes")
HEX = re.compile(r"\]\s+\d+: ((?:[0-9A-F]{2} ){1,16})")
SPI = re.compile(r"\] +SPI 0x([0-9a-f]+), src (\S+) dst (\S+)")


def _bytes_after(lines, at, count):
    text = ""
    for line in lines[at:]:
        if len(text) >= 2 * count or not (found := HEX.search(line)):
            break
        text += found[1].replace(" ", "")
    return text[:2 * count].lower()


def esp_keys(log):
    """The newest pair of SAs in a charon log as the responder wrote it: a list of
    (spi, source, destination, encryption key, integrity key), all text, the initiator's SA first."""
    lines = log.splitlines()
    keys, pair, newest = {}, [], []
    for at, line in enumerate(lines):
        if found := DUMP.search(line):
            keys[found[1], found[2]] = _bytes_after(lines, at + 1, int(found[3]))
            pair = []
        elif (found := SPI.search(line)) and keys:
            # charon, the responder here, installs its inbound SA (the initiator's keys) first
            who = "initiator" if not pair else "responder"
            pair.append((found[1], found[2], found[3], keys["encryption", who], keys["integrity", who]))
            newest = pair if len(pair) == 2 else newest
    return newest


def tshark(path, keys):
    """(ICMP echo requests, replies) that tshark finds in the capture, ICVs checked."""
    argv = ["tshark", "-r", path, "-o", "esp.enable_encryption_decode:TRUE",
            "-o", "esp.enable_authentication_check:TRUE"]
    for spi, _, _, encryption, integrity in keys:
        argv += ["-o", f'uat:esp_sa:"IPv4","*","*","0x{spi}","AES-CBC [RFC3602]","0x{encryption}",'
                 f'"HMAC-SHA-1-96 [RFC2404]","0x{integrity}"']
    out = run(*argv, "-Y", "icmp && esp.icv_good == 1", "-T", "fields", "-e", "icmp.type").stdout.split()
    return out.count("8"), out.count("0")


def scapy(path, keys):
    """The same by scapy, with its own arithmetic."""
    from scapy.all import ICMP, IP, UDP, PcapReader, raw
    from scapy.layers.ipsec import ESP, SecurityAssociation
    sas = {int(spi, 16): SecurityAssociation(
        ESP, int(spi, 16), crypt_algo="AES-CBC", crypt_key=bytes.fromhex(encryption),
        auth_algo="HMAC-SHA1-96", auth_key=bytes.fromhex(integrity)) for spi, _, _, encryption, integrity in keys}
    counts = {8: 0, 0: 0}
    with PcapReader(str(path)) as packets:
        for packet in packets:
            if IP not in packet:
                continue
            body = bytes(packet[UDP].payload) if UDP in packet else bytes(packet[IP].payload)
            sa = sas.get(int.from_bytes(body[:4], "big"))
            if not sa or len(body) < 40:
                continue
            outer = IP(src=packet[IP].src, dst=packet[IP].dst, proto=50) / ESP(body)
            inner = IP(raw(sa.decrypt(IP(raw(outer)))))
            if ICMP in inner and inner[ICMP].type in counts:
                counts[inner[ICMP].type] += 1
    return counts[8], counts[0]
