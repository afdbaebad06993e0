#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""cloud.py PROGRAMS [PART]: what is between a person and AWS's API, without a dataplane.

cgw-control and its console against an HTTPS endpoint that checks every signature with botocore and spells its
answers by botocore's model; the AWS command line asks the same endpoint, so that its answers have a second
reader."""
import json
import os
import sys
import time

import pexpect

import form
import tap
from lab import plan
from lab.account import VGW, VPC
from lab.alone import Alone

ROUTE = f"ip route {plan.VPC_NET} gateway tunnel 1 hide gateway tunnel 2 hide"


def setup():
    lab = Alone(f"cloud{os.getpid()}", sys.argv[1])
    try:
        lab.up()
        lab.console.must(*lab.cloud())
    except BaseException:
        tap.comment(lab.logs())
        lab.down()
        raise
    return lab


def config(lab):
    return lab.console.config()


def begin(lab, **settings):
    """As after a first start, but for the cloud setting; AWS says this."""
    lab.stop()
    for file in lab.config.parent.iterdir():
        file.unlink()
    lab.aws_says(**settings)
    lab.start()
    lab.console.must(f"ip lan2 address {plan.PUBLIC}/24", "ip route default gateway 203.0.113.1", *lab.cloud())


def go(lab, status=0):
    got, text = lab.console.type("cloud vpn set go 1 no-save")
    assert (got == 0) == (status == 0), text
    return text


def asked(lab, since):
    return [line["action"] for line in lab.aws_heard(since)]


def paste(lab, *lines):
    """Everything at once, on a gateway that has nothing yet."""
    lab.stop()
    for file in lab.config.parent.iterdir():
        file.unlink()
    lab.net.run("gw", "ip", "addr", "flush", "dev", "lan2")
    lab.aws_says()
    lab.start()
    return lab.console.must(f"ip lan2 address {plan.PUBLIC}/24", "ip route default gateway 203.0.113.1",
                            *lab.cloud(), *lines)


# ---- the endpoint itself -----------------------------------------------------------------------------

def test_the_aws_command_line_reads_the_same_endpoint(lab):
    vpc = lab.aws("ec2", "describe-vpcs", "--vpc-ids", VPC)["Vpcs"][0]
    tap.equal(vpc["CidrBlockAssociationSet"][0]["CidrBlock"], plan.VPC_NET)
    gateways = lab.aws("ec2", "describe-vpn-gateways")["VpnGateways"]
    tap.equal([(g["VpnGatewayId"], g["VpcAttachments"][0]["VpcId"]) for g in gateways], [(VGW, VPC)])
    connection = lab.aws("ec2", "describe-vpn-connections", "--vpn-connection-ids", plan.VPN_ID)
    tap.equal([o["OutsideIpAddress"] for o in
               connection["VpnConnections"][0]["Options"]["TunnelOptions"]], [t.outside for t in plan.TUNNELS])


def test_A12_the_endpoint_refuses_what_the_aws_command_line_sends_wrong(lab):
    status, text = lab.aws("ec2", "describe-vpn-connections", "--vpn-connection-ids", "vpn-0nobody", check=False)
    assert status and "InvalidVpnConnectionID.NotFound" in text, text


# ---- a run that is interrupted -----------------------------------------------------------------------

def test_A21_ctrl_c_cancels_and_changes_nothing(lab):
    begin(lab, flaw="silent")
    before = config(lab)
    child = pexpect.spawn(lab.net.argv("gw", lab.programs / "cgw", "-s", lab.socket)[0],
                          [str(a) for a in lab.net.argv("gw", lab.programs / "cgw", "-s", lab.socket)[1:]],
                          encoding="utf-8", timeout=30, env={**os.environ, "TERM": "xterm"})
    child.expect("# ")
    child.send("cloud vpn set go 1\r")
    child.expect(r"\.\.")  # progress
    child.send("\003")
    child.expect("canceled: nothing was changed")
    child.expect("# ")
    child.close()
    tap.contains(lab.console.ask("show log"), "[CLOUD_VPN][1] Setting is canceled")
    tap.equal(config(lab), before, "configuration")
    lab.aws_says()
    tap.contains(go(lab), "TUNNEL[01]")


# ---- static connections ------------------------------------------------------------------------------

def test_a_pasted_configuration_may_end_with_the_run(lab):
    tap.contains(paste(lab, "cloud vpn set go 1 no-save"), "The VPN connection to the cloud service has been set up.")


def test_a_pasted_configuration_may_end_with_a_plan(lab):
    tap.contains(paste(lab, f"cloud vpn parameter 1 {plan.ACCESS_KEY} {plan.SECRET_KEY}", f"cloud vpn create 1 {VPC}"),
                 f"+ customer gateway for {plan.PUBLIC}, AS 65000")


def test_static_connection_routes_the_vpc_of_its_gateway(lab):
    begin(lab, connection_changes={"static": True})
    since = len(lab.aws_heard())
    go(lab)
    tap.equal(asked(lab, since), ["DescribeVpnConnections", "DescribeVpnGateways", "DescribeVpcs"])
    tap.contains(config(lab), ROUTE)
    tap.lacks(config(lab), "bgp neighbor")
    tap.contains(go(lab), "nothing was changed")


def test_static_connection_without_the_rights_says_so(lab):
    begin(lab, connection_changes={"static": True}, denied=["DescribeVpcs"])
    text = go(lab)
    tap.contains(text, "AWS refused DescribeVpcs (UnauthorizedOperation): set ip route")
    tap.lacks(config(lab), "ip route 10.")


def test_static_connection_of_a_transit_gateway_uses_the_routes_of_the_user(lab):
    begin(lab, connection_changes={"static": True, "transit": "tgw-0aa"})
    since = len(lab.aws_heard())
    text = go(lab)
    tap.equal(asked(lab, since), ["DescribeVpnConnections"])
    tap.contains(text, "what is behind its transit gateway AWS does not say: set ip route")
    lab.console.must(ROUTE)
    tap.contains(go(lab), "nothing was changed")
    tap.contains(config(lab), ROUTE)


# ---- keys in Secrets Manager -------------------------------------------------------------------------

def test_keys_of_secrets_manager(lab):
    begin(lab, connection_changes={"secret": plan.SECRET_ARN})
    since = len(lab.aws_heard())
    text = go(lab)
    tap.equal(asked(lab, since), ["DescribeVpnConnections", "secretsmanager.GetSecretValue"])
    saved = lab.folder / "plain"
    lab.console.must(f"export config {saved}")
    for n, tunnel in enumerate(plan.TUNNELS, 1):
        tap.contains(saved.read_text(), f"ipsec ike pre-shared-key {n} text {tunnel.psk}")
        tap.lacks(text + lab.console.ask("show log"), tunnel.psk, "answer and log")


def test_keys_of_secrets_manager_that_are_refused(lab):
    begin(lab, connection_changes={"secret": plan.SECRET_ARN}, denied=["GetSecretValue"])
    before = config(lab)
    tap.contains(go(lab, status=1), "kept in Secrets Manager: AWS refused: AccessDeniedException")
    tap.equal(config(lab), before, "configuration")


# ---- files -------------------------------------------------------------------------------------------

def test_the_downloaded_file_is_that_of_aws_and_can_be_pasted(lab):
    begin(lab)
    file = lab.folder / "downloaded"
    text = lab.console.must(f"cloud vpn download 1 file {file}")
    tap.contains(text, "has been written")
    tap.equal(file.stat().st_mode & 0o777, 0o600, "mode")
    device = next(d for d in lab.aws("ec2", "get-vpn-connection-device-types")["VpnConnectionDeviceTypes"]
                  if d["Vendor"] == "Yamaha")["VpnConnectionDeviceTypeId"]
    theirs = lab.aws("ec2", "get-vpn-connection-device-sample-configuration", "--vpn-connection-id", plan.VPN_ID,
                     "--vpn-connection-device-type-id", device, "--internet-key-exchange-version", "ikev1")
    tap.equal(file.read_text().strip(), theirs["VpnConnectionDeviceSampleConfiguration"].strip())
    done = lab.net.run("gw", lab.programs / "cgw", "-s", lab.socket, "-f", file, "--set",
                       f"YOUR_LOCAL_NETWORK_ADDRESS={plan.PUBLIC}", "--set", f"YOUR_BGP_ASN={plan.CUSTOMER_ASN}")
    assert done.returncode == 0, done.stdout
    for line in ("ipsec tunnel 202", "ipsec ike remote id 1 0.0.0.0/0", f"bgp neighbor 2 {plan.AWS_ASN}"):
        tap.contains(config(lab), line)


def test_a_generic_file_is_loaded_offline_and_says_what_set_go_says(lab):
    begin(lab)
    file = lab.folder / "generic"
    lab.console.must(f"cloud vpn download 1 generic file {file}")
    since, before = len(lab.aws_heard()), config(lab)
    text = lab.console.must(f"cloud vpn load {file} 1")
    tap.contains(text, "+ ipsec tunnel 201")
    tap.matches(text, r"TUNNEL\[02\]: 198.51.100.6, 169.254.82.2/30, policy 202, new")
    tap.contains(text, "Nothing was changed")
    for tunnel in plan.TUNNELS:
        tap.lacks(text, tunnel.psk, "what is shown")
    tap.equal(config(lab), before, "configuration")
    lab.console.must(f"cloud vpn load {file} 1 apply")
    tap.equal(asked(lab, since), [], "questions to AWS")
    tap.contains(go(lab), "nothing was changed")  # AWS's own answer says the same
    tap.contains(lab.console.must(f"cloud vpn load {file}"), "says the same already")


def test_the_xml_of_the_aws_command_line_is_loaded(lab):
    begin(lab)
    file = lab.folder / "xml"
    answer = lab.aws("ec2", "describe-vpn-connections", "--vpn-connection-ids", plan.VPN_ID)
    file.write_text(answer["VpnConnections"][0]["CustomerGatewayConfiguration"])
    tap.lacks(lab.console.must(f"cloud vpn load {file} 1 as {plan.CUSTOMER_ASN} apply"), "no effect")
    tap.contains(go(lab), "nothing was changed")


def test_what_was_said_and_is_not_in_the_file_is_named(lab):
    begin(lab)
    file = lab.folder / "xml"
    answer = lab.aws("ec2", "describe-vpn-connections", "--vpn-connection-ids", plan.VPN_ID)
    file.write_text(answer["VpnConnections"][0]["CustomerGatewayConfiguration"])
    said = lab.console.must(f"cloud vpn load {file} 1 as 65301")
    tap.contains(said, f"`as 65301` has no effect: the file says AS number {plan.CUSTOMER_ASN}\n")
    tap.lacks(said, "CAUTION")
    other = "vpn-0fedcba9876543210"
    lab.console.must(f"cloud vpn parameter 1 {plan.ACCESS_KEY} {plan.SECRET_KEY} {other}")
    tap.contains(lab.console.must(f"cloud vpn load {file} 1"),
                 f"CAUTION: the file is of {plan.VPN_ID}, cloud vpn 1 is of {other}\n")
    tap.contains(lab.console.must(f"cloud vpn load {file} 1 apply"), "CAUTION: the file is of")


def test_files_that_are_none_are_refused(lab):
    for name, text, why in (("none", None, "No such file"), ("binary", b"\xff\xfe\x00", "UTF-8"),
                            ("prose", b"hello\n", "no file of AWS"), ("big", b"x" * 3_000_000, "1 MiB")):
        file = lab.folder / name
        if text is not None:
            file.write_bytes(text)
        before = config(lab)
        status, said = lab.console.type(f"cloud vpn load {file} apply")
        assert status, f"{name} was taken: {said}"
        tap.contains(said, why)
        tap.equal(config(lab), before, "configuration")


# ---- looking -----------------------------------------------------------------------------------------

def test_compare_shows_three_sides_and_every_difference(lab):
    begin(lab)
    text = lab.console.must("show cloud vpn compare 1")
    tap.matches(text, r"^! endpoint +198\.51\.100\.2 +- +-$")
    tap.contains(text, "would change:")
    go(lab)
    text = lab.console.must("show cloud vpn compare 1")
    tap.lacks(text, "\n!")
    tap.contains(text, "the configuration says what AWS says")
    tap.matches(text, r"^  key +\(not shown\) +the same ")
    tap.matches(text, r"^  state +DOWN, IPSEC IS DOWN +enabled +down: ")
    text = lab.console.must("console character ja.utf8", "show cloud vpn compare 1", "cloud vpn set go 1 no-save",
                            "console character en.ascii")
    tap.contains(text, "設定は AWS の内容と一致しています")
    tap.matches(text, r"^  共有鍵       \(非表示\) +同じ ")
    tap.matches(text, r"^  TUNNEL\[01\]: 198\.51\.100\.2、169\.254\.81\.2/30、ポリシー 201、変更なし$")
    fields = {row["name"]: row for row in json.loads(lab.console.must("show cloud vpn compare 1 | json"))["tunnels"][0]["rows"]}
    tap.equal((fields["endpoint"]["aws"], fields["key"]["configured"], fields["key"]["differs"]),
              ("198.51.100.2", "the same", False), "as JSON")
    lab.console.must("ipsec ike group 2 modp2048", "tunnel select 2", "ip tunnel tcp mss limit 1300")
    lab.aws_says(flaw="psk-rotated")
    text = lab.console.must("show cloud vpn compare 1")
    one, two = text.split("TUNNEL[02]")
    tap.lacks(one, "\n!")
    for line in (r"^! IKE +v1 AES-128 SHA-1 modp1024, 28800 s +v1 AES-128 SHA-1 modp2048, 28800 s",
                 r"^! TCP MSS +1379 +1300", r"^! key +\(not shown\) +another"):
        tap.matches(two, line)
    tap.contains(text, "+  ipsec ike group 2 modp1024")
    for tunnel in plan.TUNNELS:
        tap.lacks(text, tunnel.psk, "what is shown")
    lab.aws_says()


def test_cost_counts_from_the_first_second_and_outlives_a_restart(lab):
    begin(lab)
    time.sleep(11)  # the accounts are looked at every ten seconds
    text = lab.console.must("show cloud vpn cost 1")
    tap.matches(text, r"^  connection +1 h +0\.05 USD +\d+ h +\d+\.\d\d USD$")
    tap.matches(text, r"^  data from AWS +0\.0 GB +0\.00 USD +0\.0 GB +0\.00 USD$")
    since = tap.matches(text, r"counted since (.{19}),")[1]
    lab.stop()
    tap.equal((lab.config.parent / "usage").stat().st_mode & 0o777, 0o600, "mode")
    lab.start()
    lab.console.must(*lab.cloud())
    tap.contains(lab.console.must("show cloud vpn cost 1"), f"counted since {since},")


# ---- making and taking away --------------------------------------------------------------------------

MADE = ("CreateCustomerGateway", "CreateVpnGateway", "AttachVpnGateway", "EnableVgwRoutePropagation",
        "CreateVpnConnection", "CreateVpnConnectionRoute", "CreateTags")


def for_create(lab, **settings):
    """A cloud setting that has keys and no connection."""
    begin(lab, **settings)
    lab.console.must(f"cloud vpn parameter 1 {plan.ACCESS_KEY} {plan.SECRET_KEY}")


def made(lab, since):
    return [h["action"] for h in lab.aws_heard(since) if h["action"] in MADE and not h["dry"]]


def things(lab):
    """What an account has, by awscli."""
    return {name: lab.aws("ec2", f"describe-{name}")[key] for name, key in (
        ("customer-gateways", "CustomerGateways"), ("vpn-gateways", "VpnGateways"))}


def test_a_plan_makes_nothing_and_is_tried_dry(lab):
    for_create(lab)
    since, before = len(lab.aws_heard()), config(lab)
    text = lab.console.must(f"cloud vpn create 1 {VPC} as 65010")
    tap.contains(text, f"+ customer gateway for {plan.PUBLIC}, AS 65010")
    tap.contains(text, f"= virtual private gateway {VGW} attached to {VPC}")
    tap.contains(text, "+ route propagation in rtb-0main0000000001")
    tap.contains(text, "+ VPN connection, BGP, two tunnels")
    tap.contains(text, "Nothing was changed")
    dry = [h["action"] for h in lab.aws_heard(since) if h["dry"]]
    tap.equal(dry, ["CreateCustomerGateway", "EnableVgwRoutePropagation", "CreateVpnConnection"], "dry runs")
    tap.equal(made(lab, since), [], "made")
    tap.equal(config(lab), before, "configuration")


def test_what_aws_would_not_let_us_make_is_said_before_anything_is_made(lab):
    for_create(lab, denied=["CreateVpnConnection"])
    since = len(lab.aws_heard())
    status, text = lab.console.type(f"cloud vpn create 1 {VPC} apply")
    assert status, text
    tap.contains(text, "! AWS does not let us CreateVpnConnection (UnauthorizedOperation)")
    tap.equal(made(lab, since), [], "made")


def test_what_cannot_be_wished_is_refused(lab):
    for_create(lab)
    for wish, why in (("eni-1", "the target is a VPC"), ("vpc-0nobody", "InvalidVpcID.NotFound"),
                      (f"{VPC} address 10.1.2.3", "our address as AWS sees it")):
        status, text = lab.console.type(f"cloud vpn create 1 {wish} apply")
        assert status, text
        tap.contains(text, why)
    lab.console.must(*lab.cloud())
    status, text = lab.console.type(f"cloud vpn create 1 {VPC}")
    tap.contains(text, f"has the VPN connection {plan.VPN_ID} already")


def test_a_connection_is_made_fetched_and_taken_away_again(lab):
    for_create(lab)
    before, since = things(lab), len(lab.aws_heard())
    text = lab.console.must(f"cloud vpn create 1 {VPC} apply", timeout=120)
    tap.matches(text, r"cgw-\w+ has been made")
    made_id = tap.matches(text, r"(vpn-\w+) is available")[1]
    tap.contains(text, "The VPN connection to the cloud service has been set up.")
    tap.equal(made(lab, since), ["CreateCustomerGateway", "EnableVgwRoutePropagation", "CreateTags",
                                 "CreateVpnConnection"], "made")
    for line in ("tunnel enable 2", f"* {made_id}", "ipsec ike remote address 1 198.51.100.2",
                 "cloud vpn bind 1 1 2"):
        tap.contains(config(lab), line)
    there = lab.aws("ec2", "describe-vpn-connections", "--vpn-connection-ids", made_id)["VpnConnections"][0]
    tag = {t["Key"]: t["Value"] for t in there["Tags"]}["cgw"]
    tagged = lab.aws("ec2", "describe-tags", "--filters", f"Name=tag:cgw,Values={tag}")["Tags"]
    tap.equal(sorted(t["ResourceType"] for t in tagged), ["customer-gateway", "route-table", "vpn-connection"])
    lab.console.must(f"cloud vpn parameter 2 {plan.ACCESS_KEY} {plan.SECRET_KEY}")
    text = lab.console.must(f"cloud vpn create 2 {VPC}")  # another setting may have another one
    tap.contains(text, f"= customer gateway {there['CustomerGatewayId']}")

    text = lab.console.must("cloud vpn destroy 1")
    for what in (f"- VPN connection {made_id}", "- route propagation in rtb-", "- customer gateway cgw-"):
        tap.contains(text, what)
    tap.lacks(text, VGW, "what would be taken away")
    tap.contains(text, "Nothing was changed")
    lab.console.must("cloud vpn destroy 1 apply", timeout=120)
    tap.equal(things(lab), before, "the account")
    tap.equal(lab.aws("ec2", "describe-tags", "--filters", "Name=tag:cgw,Values=*")["Tags"], [], "tags")
    tap.lacks(config(lab), made_id)
    tap.lacks(config(lab), "tunnel enable")
    assert lab.console.type("cloud vpn destroy 1")[0], "there is nothing to take away any more"


def test_a_static_connection_to_a_vpc_without_a_gateway(lab):
    for_create(lab)
    lab.aws("ec2", "detach-vpn-gateway", "--vpn-gateway-id", VGW, "--vpc-id", VPC)
    for _ in range(4):
        lab.aws("ec2", "describe-vpn-gateways", "--vpn-gateway-ids", VGW)
    since = len(lab.aws_heard())
    text = lab.console.must(f"cloud vpn create 1 {VPC} static {plan.LAN_NET} 172.20.0.0/16 apply", timeout=120)
    tap.equal(made(lab, since), ["CreateCustomerGateway", "CreateVpnGateway", "AttachVpnGateway",
                                 "EnableVgwRoutePropagation", "CreateTags", "CreateVpnConnection",
                                 "CreateVpnConnectionRoute", "CreateVpnConnectionRoute"], "made")
    made_id = tap.matches(text, r"(vpn-\w+) is available")[1]
    there = lab.aws("ec2", "describe-vpn-connections", "--vpn-connection-ids", made_id)["VpnConnections"][0]
    tap.equal([r["DestinationCidrBlock"] for r in there["Routes"]], [plan.LAN_NET, "172.20.0.0/16"])
    tap.contains(config(lab), ROUTE)
    lab.console.must("cloud vpn destroy 1 apply", timeout=120)
    tap.equal([g["VpnGatewayId"] for g in things(lab)["vpn-gateways"]], [VGW], "gateways")


def test_a_connection_that_was_not_made_from_here_is_left_alone(lab):
    begin(lab)
    since = len(lab.aws_heard())
    status, text = lab.console.type("cloud vpn destroy 1 apply")
    assert status, text
    tap.contains(text, f"{plan.VPN_ID} does not carry the tag cgw: it was not made from here, and is left alone")
    tap.equal(asked(lab, since), ["DescribeVpnConnections"])


# ---- drift -------------------------------------------------------------------------------------------

def tunnel_lines(lab, number):
    text = config(lab)
    begin_at = text.index(f"tunnel select {number}\n")
    return text[begin_at:text.index("tunnel enable", begin_at)]


def test_A22_a_rotated_key_changes_the_lines_of_one_tunnel(lab):
    begin(lab)
    go(lab)
    first, second = tunnel_lines(lab, 1), tunnel_lines(lab, 2)
    time.sleep(1.1)  # the time in a description counts seconds
    lab.aws_says(flaw="psk-rotated")
    text = go(lab)
    tap.matches(text, r"TUNNEL\[01\].*as it was")
    tap.matches(text, r"TUNNEL\[02\].*changed")
    tap.equal(tunnel_lines(lab, 1), first, "tunnel 1")
    assert tunnel_lines(lab, 2) != second, "the time of tunnel 2's description stayed"


if __name__ == "__main__":
    form.main(globals(), setup)
