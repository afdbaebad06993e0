# SPDX-License-Identifier: BSD-3-Clause
"""Certificates made at run time: the lab's own authority, a good server, and every bad one."""
import datetime
import ipaddress
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from . import plan

DAY = datetime.timedelta(days=1)


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _write(path, key, *certificates):
    path.with_suffix(".pem").write_bytes(
        b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certificates))
    path.with_suffix(".key").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    path.with_suffix(".key").chmod(0o600)


def _certificate(subject, key, issuer, issuer_key, valid, names=(), authority=False):
    builder = (x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(_name(issuer))
               .public_key(key.public_key()).serial_number(x509.random_serial_number())
               .not_valid_before(valid[0]).not_valid_after(valid[1])
               .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def make(folder):
    """Writes ca.pem and, for each kind of server certificate, KIND.pem and KIND.key."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.utcnow()
    current = (now - DAY, now + 30 * DAY)
    host = [x509.DNSName(plan.EC2_HOST), x509.DNSName(plan.SECRETS_HOST)]
    keys = {who: ec.generate_private_key(ec.SECP256R1()) for who in ("ca", "stranger", "server")}
    ca = _certificate("Lab Root CA", keys["ca"], "Lab Root CA", keys["ca"], current, authority=True)
    stranger = _certificate("Other Root CA", keys["stranger"], "Other Root CA", keys["stranger"],
                            current, authority=True)
    _write(folder / "ca", keys["ca"], ca)

    def server(kind, names=None, valid=current, subject=plan.EC2_HOST):
        _write(folder / kind, keys["server"], _certificate(
            subject, keys["server"], "Lab Root CA", keys["ca"], valid, host if names is None else names))

    server("good")
    server("wrong-host", [x509.DNSName("ec2.us-west-1.amazonaws.com")],
           subject="ec2.us-west-1.amazonaws.com")
    server("wildcard", [x509.DNSName("*.amazonaws.com")], subject="*.amazonaws.com")
    server("address-only", [x509.IPAddress(ipaddress.ip_address(plan.EC2_ADDRESS))], subject="ec2")
    server("expired", valid=(now - 30 * DAY, now - DAY))
    server("not-yet", valid=(now + DAY, now + 30 * DAY))
    _write(folder / "unknown-ca", keys["server"], _certificate(
        plan.EC2_HOST, keys["server"], "Other Root CA", keys["stranger"], current, host), stranger)
    _write(folder / "self-signed", keys["server"], _certificate(
        plan.EC2_HOST, keys["server"], plan.EC2_HOST, keys["server"], current, host))
    return folder / "ca.pem"
