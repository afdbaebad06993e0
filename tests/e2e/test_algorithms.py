#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every algorithm, with and without extended sequence numbers, both ways, over UDP 4500 and over
protocol 50, IPv4 and IPv6 outside and inside: scapy is the peer, tshark reads along what we sent.

tshark 4.0 knows no ESN: there it decrypts, and the ICV is judged by scapy or by sa.py alone."""
import functools
import pathlib
import subprocess
import tempfile

from scapy.all import wrpcap

from lab import *

CIPHERS = [(CBC, bits // 8, auth) for bits in (128, 192, 256) for auth in (SHA1, SHA256, SHA384, SHA512)]
CIPHERS += [(GCM, bits // 8, NO_AUTH) for bits in (128, 192, 256)]
# ESN changes nothing about the form, so that with it a sample is enough.
FORMS = [(udp, six, inner6) for udp in (True, False) for six in (False, True) for inner6 in (False, True)]
FORMS_OF = {False: FORMS, True: FORMS[::3]}
SIZES = (1, 100, 1280)  # of the payload

TSHARK_CIPHER = {CBC: "AES-CBC [RFC3602]", GCM: "AES-GCM with 16 octet ICV [RFC4106]"}
TSHARK_AUTH = {SHA1: "HMAC-SHA-1-96 [RFC2404]", SHA256: "HMAC-SHA-256-128 [RFC4868]",
               SHA384: "HMAC-SHA-384-192 [RFC4868]", SHA512: "HMAC-SHA-512-256 [RFC4868]", NO_AUTH: "NULL"}


def payload(size):
    return bytes((i * 7 + size) & 255 for i in range(size))


@functools.lru_cache(None)
def inner(outbound, inner6, size):
    hosts = (LAN6_HOST, VPC6_HOST) if inner6 else (LAN_HOST, VPC_HOST)
    src, dst = hosts if outbound else hosts[::-1]
    ip = IPv6(src=src, dst=dst, hlim=64) if inner6 else IP(src=src, dst=dst, ttl=64, id=size)
    return ip.__class__(raw(ip / UDP(sport=9, dport=7) / Raw(payload(size))))


def one_hop_on(packet):
    packet = packet.copy()
    if IPv6 in packet:
        packet.hlim -= 1
    else:
        packet.ttl -= 1
        del packet.chksum
    return raw(packet)


def exchange(lab, sa, high=0):
    """Packets of every size both ways; what we sent."""
    sent = []
    for number, size in enumerate(SIZES, 1):
        packet = inner(True, sa.inner6, size)
        lab.from_lan(packet)
        outer = one(lab.wan.receive())
        assert (IPv6 in outer) == sa.six and sa.sequence(outer.payload) == number
        assert raw(sa.decrypt(outer.payload, high)) == one_hop_on(packet)
        sent.append((sa, outer, one_hop_on(packet)))
        packet = inner(False, sa.inner6, size)
        lab.from_wan(sa.encrypt(packet))
        got = one(lab.lan.receive()).payload
        assert raw(got)[:len(packet)] == one_hop_on(packet), got.summary()
    return sent


def tshark_key(sa):
    encr, auth = sa.keys[1]
    return ",".join(f'"{field}"' for field in (
        "IPv6" if sa.six else "IPv4", sa.local, sa.peer, f"{sa.spi_out:#010x}", TSHARK_CIPHER[sa.encr],
        "0x" + encr.hex(), TSHARK_AUTH[sa.auth], "0x" + auth.hex() if auth else ""))


def tshark(frames, keys):
    """What tshark makes of the frames: for each "1" when the ICV is right, and the plaintext."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(pathlib.Path(folder) / "sent.pcap")
        wrpcap(path, frames)
        command = ["tshark", "-r", path, "-o", "esp.enable_encryption_decode:TRUE", "-o",
                   "esp.enable_authentication_check:TRUE", "-T", "fields", "-e", "esp.icv_good", "-e",
                   "esp.contained_data"]
        command += [word for key in keys for word in ("-o", f"uat:esp_sa:{key}")]
        text = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True).stdout
    return [line.split("\t") for line in text.splitlines()]


SENT = []  # by the tests of the algorithms, for tshark


def algorithm(number, encr, key_bytes, auth, esn):
    def test(lab):
        lab.six_tables()
        for udp, six, inner6 in FORMS_OF[esn]:
            sa = Sa(1, auth, udp, key_bytes, number, encr=encr, esn=esn, six=six, inner6=inner6)
            lab.tunnel_up(sa)
            SENT.extend(exchange(lab, sa))
    cipher = f"{'cbc' if encr == CBC else 'gcm'}_{key_bytes * 8}"
    digest = {SHA1: "_sha1", SHA256: "_sha256", SHA384: "_sha384", SHA512: "_sha512", NO_AUTH: ""}[auth]
    test.__name__ = f"test_{'E14_' if esn else ''}{cipher}{digest}{'_esn' if esn else ''}_both_ways"
    return test


def test_tshark_reads_all_of_it(lab):
    assert len({sa.spi_out for sa, _, _ in SENT}) == 2 * len(CIPHERS), "the tests before this one ran"
    keys = {tshark_key(sa) for sa, _, _ in SENT}
    got = tshark([frame for _, frame, _ in SENT], keys)
    assert len(got) == len(SENT) == len(CIPHERS) * len(FORMS_OF[False] + FORMS_OF[True]) * len(SIZES)
    for (sa, _, plain), line in zip(SENT, got):
        assert line == ["0" if sa.esn else "1", plain.hex()], (tshark_key(sa), sa.esn, line, plain.hex())


def test_E14_an_end_that_hopes_for_esn_alone_is_not_understood(lab):
    """The number's high half is authenticated where ESN was agreed upon, and only there."""
    for encr in (CBC, GCM):
        for ours in (False, True):
            sa = Sa(1, SHA256, encr=encr, esn=ours)
            lab.tunnel_up(sa)
            theirs = Sa(1, SHA256, encr=encr, esn=not ours)
            with Drops(lab, icv=1):
                lab.from_wan(theirs.encrypt(inner(False, False, 100), seq=1))
            exchange(lab, sa)


ARCHITECTURES = {"sse": (1, "sse4_2"), "avx2": (3, "avx2"), "avx512": (4, "avx512f")}


def many(lab, sa):
    """Enough at once to fill the lanes, of lengths that finish out of step."""
    sizes = [1 + i * 370 % 1300 for i in range(17)]
    for way, wire, far, peer in ((True, lab.lan, lab.wan, sa.decrypt), (False, lab.wan, lab.lan, None)):
        packets = [inner(way, False, size) for size in sizes]
        head = Ether(src=LAN_MAC, dst=lab.lan_mac) if way else Ether(src=WAN_MAC, dst=lab.wan_mac)
        frames = [raw(head / (packet if way else sa.encrypt(packet))) for packet in packets]
        for frame in frames:
            wire.socket.send(frame)
        got = [frame.payload for frame in far.receive(len(sizes), wait=5)]
        got = [raw(peer(each) if peer else each)[:len(packet)] for each, packet in zip(got, packets)]
        assert got == [one_hop_on(packet) for packet in packets]


def architecture(name, number, flag):
    def test(lab):
        assert lab.kill(signal.SIGTERM) == 0
        if flag in pathlib.Path("/proc/cpuinfo").read_text().split():
            lab.start(f"--crypto-arch {name}")
            assert lab.fixture.state()["crypto_arch"] == number
            assert f'crypto="{name.upper()} ' in lab.log_text()
            for count, (encr, key_bytes, auth) in enumerate(CIPHERS):
                sa = Sa(1, auth, key_bytes=key_bytes, encr=encr, esn=count % 2 == 1)
                lab.tunnel_up(sa)
                many(lab, sa)
            assert lab.kill(signal.SIGTERM) == 0
        else:
            assert lab.refused(f"--crypto-arch {name}"), "a CPU without it is no reason to crash"
            assert "this CPU lacks" in lab.log_text()
        lab.start()
    test.__name__ = f"test_{name}_carries_every_algorithm_or_is_refused"
    return test


ALL = [(*cipher, esn) for cipher in CIPHERS for esn in (False, True)]
main([algorithm(number, *each) for number, each in enumerate(ALL)] +
     [value for name, value in list(globals().items()) if name.startswith("test_")] +
     [architecture(name, *known) for name, known in ARCHITECTURES.items()], "alg", memory=384)
