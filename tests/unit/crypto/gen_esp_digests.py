#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes esp_digests.h: what ESP packets look like according to an independent implementation.

For every algorithm and every payload length from 1 to 1500 a packet is built with python3-cryptography
and hmac from bytes that follow from the numbers alone; test_esp_digests.c builds the same packets.
A digest (64-bit FNV-1a) covers the ciphertexts and ICVs of 100 consecutive lengths.

    tests/unit/crypto/gen_esp_digests.py > tests/unit/crypto/esp_digests.h
"""
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LENGTHS = 1500
PER_DIGEST = 100
HASHES = {"HMAC_SHA1_96": (hashlib.sha1, 20, 12), "HMAC_SHA2_256_128": (hashlib.sha256, 32, 16),
          "HMAC_SHA2_384_192": (hashlib.sha384, 48, 24), "HMAC_SHA2_512_256": (hashlib.sha512, 64, 32)}


def pattern(count, start, step):
    return bytes((start + step * i) & 0xFF for i in range(count))


def payload(length, block):
    data = bytes((length * 13 + i * 5 + (i >> 8)) & 0xFF for i in range(length))
    pad = -(length + 2) % block
    return data + bytes(range(1, pad + 1)) + bytes([pad, 4])


def fnv1a(digest, data):
    for byte in data:
        digest = ((digest ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return digest


def packet(index, encr, auth, key_bytes, esn, length):
    """Ciphertext and ICV."""
    spi, high = 0x1000 + index, length * 3
    header = struct.pack(">II", spi, length)
    if encr == "AES_GCM_16":
        key, salt = pattern(key_bytes, index, 7), pattern(4, index + 7 * key_bytes, 7)
        iv = pattern(8, length + index, 11)
        aad = struct.pack(">III", spi, high, length) if esn else header
        return AESGCM(key).encrypt(salt + iv, payload(length, 4), aad)
    function, auth_bytes, icv_bytes = HASHES[auth]
    iv = pattern(16, length + index, 11)
    cipher = Cipher(algorithms.AES(pattern(key_bytes, index, 7)), modes.CBC(iv)).encryptor()
    text = cipher.update(payload(length, 16)) + cipher.finalize()
    signed = header + iv + text + (struct.pack(">I", high) if esn else b"")
    icv = hmac.new(pattern(auth_bytes, index + 1, 3), signed, function).digest()
    return text + icv[:icv_bytes]


def main():
    algorithms_list = [("AES_CBC", auth, bits // 8, esn)
                       for auth in HASHES for bits in (128, 192, 256) for esn in (0, 1)]
    algorithms_list += [("AES_GCM_16", "NONE", bits // 8, esn) for bits in (128, 192, 256) for esn in (0, 1)]
    print("/* SPDX-License-Identifier: BSD-3-Clause\n *\n * Made by gen_esp_digests.py: not to be edited. */")
    print("#pragma once\n\n#include \"tests/unit/crypto/esp_digest_case.h\"\n")
    print("static const struct esp_digest_case esp_digest_cases[] = {")
    for index, (encr, auth, key_bytes, esn) in enumerate(algorithms_list):
        print(f"\t{{CFG_ENCR_{encr}, CFG_AUTH_{auth}, {key_bytes}, {esn},\n\t    {{")
        for first in range(1, LENGTHS + 1, PER_DIGEST):
            digest = 0xCBF29CE484222325
            for length in range(first, first + PER_DIGEST):
                digest = fnv1a(digest, packet(index, encr, auth, key_bytes, esn, length))
            print(f"\t        UINT64_C(0x{digest:016x}),")
        print("\t    }},")
    print("};")


if __name__ == "__main__":
    main()
