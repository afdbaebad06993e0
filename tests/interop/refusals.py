#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""refusals.py PROGRAMS: bad input gets a clear error and changes nothing.

Answers and certificates that are wrong in one way each, wrong keys, wrong words at the console. After each
the configuration is what it was, and `show log` has the text of the router's reference."""
import re
import time

import form
import tap
from lab import plan

FAILED = "[CLOUD_VPN][1] Setting failed"
TLS = r"\[CLOUD_VPN\]\[1\] SSL connection error"
XML = r"\[CLOUD_VPN\]\[1\] Received illegal XML data"
ILLEGAL = r"\[CLOUD_VPN\]\[1\] Required command is missing or illegal"
RESPONSE = r"\[CLOUD_VPN\]\[1\] Received illegal response"
HTTP = r"\[CLOUD_VPN\]\[1\] Received illegal HTTP message"


def aws(code):
    return rf"\[CLOUD_VPN\]\[1\] Received error message from AWS: .*{re.escape(code)}"


def setup():
    lab = form.start("bad", nat=True, tunnels=False)
    lab.gateway.console.must(*lab.gateway.cloud(), "cloud vpn syslog on")
    return lab


def log_since(lab, mark):
    lines = lab.gateway.console.ask("show log").splitlines()
    return "\n".join(lines[mark:])


def refused(lab, *patterns, timeout=60, **settings):
    """A fetch under these settings of the EC2 endpoint fails in words and leaves no trace but the log."""
    console = lab.gateway.console
    before = console.config()
    mark = len(console.ask("show log").splitlines())
    lab.aws_says(**settings)
    status, text = console.type("cloud vpn set go 1 no-save", timeout=timeout)
    lab.aws_says()
    log = log_since(lab, mark)
    assert status != 0, f"it was accepted: {text}"
    assert text.strip(" .\n"), "no word of explanation"
    tap.contains(log, FAILED, "show log")
    for pattern in patterns:
        tap.matches(log, pattern, "show log")
    tap.lacks(log + text, plan.SECRET_KEY, "log and answer")
    tap.lacks(log + text, "Signature=", "log and answer")
    tap.equal(console.config(), before, "configuration")
    return text, log


def test_A01_certificates_that_are_not_to_be_trusted(lab):
    for kind in ("expired", "not-yet", "self-signed", "unknown-ca"):
        heard = len([h for h in lab.aws_heard() if "action" in h])
        refused(lab, TLS, certificate=kind)
        tap.equal(len([h for h in lab.aws_heard() if "action" in h]), heard, f"requests sent to {kind}")


def test_A02_certificates_of_another_host(lab):
    for kind in ("wrong-host", "wildcard", "address-only"):
        heard = len([h for h in lab.aws_heard() if "action" in h])
        refused(lab, TLS, certificate=kind)
        tap.equal(len([h for h in lab.aws_heard() if "action" in h]), heard, f"requests sent to {kind}")


def test_A05_body_cut_short(lab):
    refused(lab, r"\[CLOUD_VPN\]\[1\] (Receive error|Received illegal HTTP message)", flaw="truncated")


def test_A06_redirection_is_not_followed(lab):
    refused(lab, r"\[CLOUD_VPN\]\[1\] HTTP error response \(302\)", flaw="redirect")


def test_A07_silence_and_a_byte_a_second(lab):
    for flaw in ("silent", "slow"):
        begin = time.monotonic()
        refused(lab, r"\[CLOUD_VPN\]\[1\] Receive timeout", flaw=flaw)
        took = time.monotonic() - begin
        assert took < 45, f"{flaw}: given up after {took:.0f} s only"


def test_A08_endless_content_length(lab):
    refused(lab, HTTP, flaw="huge")


def test_A11_throttled_and_failing(lab):
    refused(lab, aws("RequestLimitExceeded"), flaw="throttled")
    refused(lab, aws("InternalError"), flaw="internal")


def test_A12_refused_by_aws(lab):
    text, _ = refused(lab, aws("UnauthorizedOperation"), flaw="unauthorized")
    tap.contains(text, "UnauthorizedOperation")


def with_parameters(lab, key=plan.ACCESS_KEY, secret=plan.SECRET_KEY, vpn=plan.VPN_ID):
    lab.gateway.console.must(f"cloud vpn parameter 1 {key} {secret} {vpn}")


def test_A12_wrong_secret(lab):
    with_parameters(lab, secret="not+the/secret")
    _, log = refused(lab, aws("SignatureDoesNotMatch"))
    tap.lacks(log, "not+the/secret", "show log")
    with_parameters(lab)


def test_A12_unknown_access_key(lab):
    with_parameters(lab, key="AKIANOBODYKNOWS00000")
    refused(lab, aws("AuthFailure"))
    with_parameters(lab)


def test_A12_unknown_vpn_id(lab):
    with_parameters(lab, vpn="vpn-00000000deadbeef0")
    text, _ = refused(lab, aws("InvalidVpnConnectionID.NotFound"))
    tap.contains(text, "vpn-00000000deadbeef0")
    with_parameters(lab)


def test_A13_clock_sixteen_minutes_off(lab):
    text, log = refused(lab, aws("RequestExpired"), clock=960)
    assert re.search(r"clock", text + log, re.IGNORECASE), f"nothing says clock: {text}\n{log}"


def test_A14_name_that_does_not_resolve(lab):
    lab.gateway.console.must("cloud vpn option 1 region=nowhere-1")
    refused(lab, r"\[CLOUD_VPN\]\[1\] Failed to resolve a server name")
    lab.gateway.console.must(f"cloud vpn option 1 region={plan.REGION}")


def test_A15_xml_that_is_an_attack_or_no_xml(lab):
    for flaw in ("doctype", "billion-laughs", "external-entity", "deep", "bad-utf8", "utf-16", "cut-xml",
                 "empty", "not-xml"):
        refused(lab, XML, flaw=flaw)
    refused(lab, rf"({XML}|{RESPONSE})", flaw="wrong-root")


def test_A16_inner_document_is_bad(lab):
    for flaw in ("inner-malformed", "inner-escaped-twice", "inner-absent", "inner-doctype"):
        refused(lab, rf"({ILLEGAL}|{XML})", flaw=flaw)


def test_A17_values_that_cannot_be(lab):
    for flaw in ("no-tunnel", "three-tunnels", "bad-cidr", "reserved-cidr", "bad-inside", "private-outside",
                 "same-outside", "asn-zero", "short-psk", "odd-psk", "zero-lifetime", "huge-mss"):
        refused(lab, ILLEGAL, flaw=flaw)


def test_A18_not_the_connection_that_was_asked_for(lab):
    for flaw in ("deleting", "other-id"):
        refused(lab, rf"({ILLEGAL}|{RESPONSE})", flaw=flaw)


def test_A19_a_page_with_secrets_in_it_is_not_repeated(lab):
    text, log = refused(lab, r"\[CLOUD_VPN\]\[1\] HTTP error response \(502\)", flaw="leaky-page")
    tap.lacks(text + log, plan.TUNNELS[0].psk, "log and answer")
    tap.lacks(text + log, "\033", "log and answer")


def rejected(lab, line, *parts):
    """A line at the console is refused in words that hold `parts`; the configuration stays."""
    console = lab.gateway.console
    before = console.config()
    status, text = console.type(line)
    assert status != 0, f"{line!r} was accepted: {text}"
    for part in parts:
        tap.contains(text, part, f"answer to {line!r}")
    tap.equal(console.config(), before, "configuration")
    return text


def test_unknown_command_names_its_column(lab):
    for line, column in (("shwo config", 1), ("ip lan1 adress 10.1.1.1/24", 9), ("bgp foo 1", 5)):
        text = rejected(lab, line)
        found = tap.matches(text, r"(?i)column (\d+)", f"answer to {line!r}")
        tap.equal(int(found[1]), column, f"column of {line!r}")


def test_bad_values_are_refused(lab):
    for line in ("ip lan1 address 192.168.300.1/24", "ip lan1 address 192.168.1.1/33",
                 "bgp autonomous-system 0", "ip route 10.0.0.0/16 gateway 999.1.1.1",
                 "ipsec ike duration ipsec-sa 1 10", "cloud vpn service 51 amazon-api"):
        rejected(lab, line)


def test_what_there_is_none_of_is_refused_in_words(lab):
    for line, words in (("pp select 1", "there is no pp interface here"), ("ospf use on", "there is no OSPF"),
                        ("tunnel encapsulation l2tp", "tunnel select N")):
        rejected(lab, line, words)


def test_after_all_of_it_the_right_answer_still_works(lab):
    lab.aws_says(flaw="chunked")
    lab.gateway.console.must("cloud vpn set go 1 no-save")
    lab.wait_tunnels()
    form.wait_ping(lab)
    log = lab.gateway.console.ask("show log")
    for text in (f"[CLOUD_VPN][1] Connecting to {plan.EC2_HOST}",
                 "[CLOUD_VPN][1] Received response message, Starting parse XML data.",
                 "[CLOUD_VPN][1] Success to parse XML data",
                 "[CLOUD_VPN][1] Comparing the existing config and recevied data",
                 "[CLOUD_VPN][1] Configure VPN command",
                 "[CLOUD_VPN][1] Created VPN config successfully"):
        tap.contains(log, text, "show log")


def test_a_flawed_answer_leaves_running_tunnels_alone(lab):
    before = {n: e.spis() for n, e in lab.endpoints.items()}
    refused(lab, ILLEGAL, flaw="bad-cidr")
    tap.equal({n: e.spis() for n, e in lab.endpoints.items()}, before, "SPIs")


if __name__ == "__main__":
    form.main(globals(), setup)
