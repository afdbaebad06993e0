# SPDX-License-Identifier: BSD-3-Clause
"""The packets of a measurement as pcap files, and the check by scapy that a gateway does to them what it
should.

A set holds one series of packets for each size and one mixed. Their IPv4 identifications number them
through, so a packet that has been through a gateway can be told again."""
import struct

from scapy.all import ESP, IP, SecurityAssociation

SIZES = ("64", "128", "256", "512", "1024", "1400", "imix")
IMIX = (64, 576, 64, 64, 576, 64, 1400, 64, 576, 64, 64, 576)  # 7 of 64, 4 of 576, 1 of 1400
SERIES = 264  # packets: whole turns of the mix; their buffers fit in a second-level cache
RX_MAC = bytes.fromhex("027063617000")  # what net_pcap gives its first port
ETHER = RX_MAC + bytes.fromhex("0200000000fe") + b"\x08\x00"


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def inner(number, size):
    """An IPv4 UDP packet from 192.168.105.0/24 to 192.168.115.0/24; its identification is `number`."""
    host = 10 + number % 200
    header = struct.pack("!BBHHHBBH4B4B", 0x45, 0, size, number, 0, 64, 17, 0,
                         192, 168, 105, host, 192, 168, 115, host)
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    udp = struct.pack("!4H", 1000 + number % 64, 2000, size - 20, 0)
    return header + udp + bytes((k * 7 + number) & 255 for k in range(size - 28))


def plain():
    """{size: [inner packet, ...]}, numbered through in the order of SIZES."""
    series, number = {}, 0
    for name in SIZES:
        series[name] = []
        for i in range(SERIES):
            size = IMIX[i % len(IMIX)] if name == "imix" else int(name)
            series[name].append(inner(number, size))
            number += 1
    return series


def write_pcap(path, packets):
    """Frames of IP packets, to the MAC of the receiving port."""
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i, packet in enumerate(packets):
            frame = ETHER + packet
            f.write(struct.pack("<IIII", 0, i, len(frame), len(frame)) + frame)


def read_pcap(path):
    """The IP packets of a pcap file of Ethernet frames, without padding."""
    with open(path, "rb") as f:
        data = f.read()
    at, packets = 24, []
    while at < len(data):
        bytes_kept = struct.unpack_from("<I", data, at + 8)[0]
        ip = data[at + 16 + 14:at + 16 + bytes_kept]
        packets.append(ip[:struct.unpack_from("!H", ip, 2)[0]])
        at += 16 + bytes_kept
    return packets


def same_but_hops(sent, got):
    """Whether `got` is `sent` one or two hops further: its checksum is right and nothing else is new."""
    changed = bytearray(got)
    changed[8], changed[10:12] = sent[8], sent[10:12]
    return bytes(changed) == sent and checksum(got[:20]) == 0 and 0 <= sent[8] - got[8] <= 2


def security_association(algorithm, spi, keys):
    if algorithm == "aes128-gcm":
        return SecurityAssociation(ESP, spi=spi, crypt_algo="AES-GCM", crypt_key=keys["encr"],
                                   tunnel_header=IP())
    return SecurityAssociation(ESP, spi=spi, crypt_algo="AES-CBC", crypt_key=keys["encr"],
                               auth_algo="HMAC-SHA1-96", auth_key=keys["auth"], tunnel_header=IP())


def esp_of(packet):
    """The ESP packet in an outer IPv4 packet, with or without UDP."""
    return packet[28:] if packet[9] == 17 else packet[20:]


def one_turn(outer, count):
    """Of what a gateway sent while the same `count` packets came again and again: those of `count`
    consecutive ESP sequence numbers from the middle, so each packet just once."""
    by_sequence = {struct.unpack_from("!I", esp_of(p), 4)[0]: p for p in outer}
    first = min(by_sequence) + len(by_sequence) // 2 - count // 2
    turn = [by_sequence.get(first + i) for i in range(count)]
    if None in turn or len(by_sequence) != len(outer):
        raise ValueError(f"of {len(outer)} packets that came out, some lack or have the same number")
    return turn


def check_encrypted(outer, series, sa):
    """Decrypts with scapy one turn of what a gateway made of all `series`; raises where a packet is
    missing, doubled or another. Returns {size: [outer packet, ...]} in the order of `series`."""
    expected = [packet for name in SIZES for packet in series[name]]
    found = {}
    for packet in one_turn(outer, len(expected)):
        clear = IP(packet[:9] + b"\x32" + packet[10:20] + esp_of(packet))
        got = bytes(sa.decrypt(IP(bytes(clear))))
        number = struct.unpack_from("!H", got, 4)[0]
        if number >= len(expected) or number in found or not same_but_hops(expected[number], got):
            raise ValueError(f"packet {number} came out encrypted wrongly")
        found[number] = packet
    if len(found) != len(expected):
        raise ValueError(f"{len(found)} of {len(expected)} packets came out encrypted")
    return {name: [found[i * SERIES + k] for k in range(SERIES)] for i, name in enumerate(SIZES)}


def check_decrypted(got, series):
    """Raises unless a turn from the middle of `got` is exactly all of `series`."""
    expected = [packet for name in SIZES for packet in series[name]]
    found = {}
    first = len(got) // 2 - len(expected) // 2
    for packet in got[max(first, 0):first + len(expected)]:
        number = struct.unpack_from("!H", packet, 4)[0]
        if number >= len(expected) or number in found or not same_but_hops(expected[number], packet):
            raise ValueError(f"packet {number} came out decrypted wrongly")
        found[number] = packet
    if len(found) != len(expected):
        raise ValueError(f"{len(found)} of {len(expected)} packets came out decrypted")
