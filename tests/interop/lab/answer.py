# SPDX-License-Identifier: BSD-3-Clause
"""What the lab's EC2 endpoint says: the DescribeVpnConnections answer, its flawed variants, errors.

`connection()` is the data, `document()` the XML of it. A flaw is a function from the data, or from the
finished text, to a worse one; the tests switch them on by name."""
import copy
from xml.sax.saxutils import escape

from . import plan
from .wire import HEAD, NAMESPACE, error  # noqa: F401



def connection():
    """The connection as the lab's peers are configured."""
    return {
        "id": plan.VPN_ID, "state": "available", "static": False,
        "asn": plan.AWS_ASN, "customer_asn": plan.CUSTOMER_ASN,
        "up": False,      # what AWS's telemetry says of both tunnels
        "secret": None,   # ARN of the secret that has the keys, in place of the answer
        "transit": None,  # id of a transit gateway, in place of the virtual private gateway
        "tunnels": [{
            "outside": t.outside, "customer_outside": plan.PUBLIC, "inside": t.inside_aws,
            "customer_inside": t.inside_customer, "cidr": "30", "psk": t.psk, "net": t.inside_net,
            "lifetime": 3600, "ike_lifetime": 28800, "mss": 1379, "options": {},
        } for t in plan.TUNNELS],
    }


def _side(tag, outside, inside, cidr, asn):
    bgp = f"<bgp><asn>{asn}</asn><hold_time>30</hold_time></bgp>" if asn else ""
    return (f"<{tag}><tunnel_outside_address><ip_address>{outside}</ip_address></tunnel_outside_address>"
            f"<tunnel_inside_address><ip_address>{inside}</ip_address>"
            f"<network_mask>255.255.255.252</network_mask><network_cidr>{cidr}</network_cidr>"
            f"</tunnel_inside_address>{bgp}</{tag}>")


def _tunnel(data, t):
    customer = _side("customer_gateway", t["customer_outside"], t["customer_inside"], t["cidr"],
                     None if data["static"] else str(data["customer_asn"]))
    aws = _side("vpn_gateway", t["outside"], t["inside"], t["cidr"],
                None if data["static"] else str(data["asn"]))
    return f"""<ipsec_tunnel>{customer}{aws}
<ike><authentication_protocol>sha1</authentication_protocol><encryption_protocol>aes-128-cbc</encryption_protocol>
<lifetime>{t["ike_lifetime"]}</lifetime><perfect_forward_secrecy>group2</perfect_forward_secrecy><mode>main</mode>
<pre_shared_key>{"" if data["secret"] else escape(t["psk"])}</pre_shared_key></ike>
<ipsec><protocol>esp</protocol><authentication_protocol>hmac-sha1-96</authentication_protocol>
<encryption_protocol>aes-128-cbc</encryption_protocol><lifetime>{t["lifetime"]}</lifetime>
<perfect_forward_secrecy>group2</perfect_forward_secrecy><mode>tunnel</mode><clear_df_bit>true</clear_df_bit>
<fragmentation_before_encryption>true</fragmentation_before_encryption>
<tcp_mss_adjustment>{t["mss"]}</tcp_mss_adjustment>
<dead_peer_detection><interval>10</interval><retries>3</retries></dead_peer_detection></ipsec></ipsec_tunnel>"""


def configuration(data):
    """The customerGatewayConfiguration document: an XML document of its own."""
    return (f'{HEAD}<vpn_connection id="{data["id"]}"><customer_gateway_id>cgw-0f1e2d3c4b5a69788'
            "</customer_gateway_id><vpn_gateway_id>vgw-0123456789abcdef0</vpn_gateway_id>"
            "<vpn_connection_type>ipsec.1</vpn_connection_type>"
            + ("<vpn_connection_attributes>NoBGPVPNConnection</vpn_connection_attributes>"
               if data["static"] else "")
            + "\n".join(_tunnel(data, t) for t in data["tunnels"]) + "</vpn_connection>")


def _option_sets(options):
    """{"phase1DHGroupNumber": [14, 15]} as the API writes it: <phase1DHGroupNumberSet><item><value>..."""
    return "".join(f"<{name}Set>" + "".join(f"<item><value>{v}</value></item>" for v in values) + f"</{name}Set>"
                   for name, values in options.items())


def _options(data):
    items = "".join(
        f"<item><outsideIpAddress>{t['outside']}</outsideIpAddress>"
        f"<tunnelInsideCidr>{t['net']}</tunnelInsideCidr>"
        + ("" if data["secret"] else f"<preSharedKey>{escape(t['psk'])}</preSharedKey>") +
        f"<startupAction>add</startupAction>{_option_sets(t['options'])}</item>" for t in data["tunnels"])
    return ("<options><enableAcceleration>false</enableAcceleration><staticRoutesOnly>"
            f"{str(data['static']).lower()}</staticRoutesOnly><localIpv4NetworkCidr>0.0.0.0/0</localIpv4NetworkCidr>"
            "<remoteIpv4NetworkCidr>0.0.0.0/0</remoteIpv4NetworkCidr>"
            "<outsideIpAddressType>PublicIpv4</outsideIpAddressType>"
            f"<tunnelInsideIpVersion>ipv4</tunnelInsideIpVersion><tunnelOptionSet>{items}"
            "</tunnelOptionSet></options>")


def document(data, inner=None):
    """The whole answer; `inner` replaces the customerGatewayConfiguration, "" leaves it out."""
    inner = configuration(data) if inner is None else inner
    telemetry = "".join(
        f"<item><outsideIpAddress>{t['outside']}</outsideIpAddress><status>{'UP' if data['up'] else 'DOWN'}</status>"
        "<lastStatusChange>2026-01-01T00:00:00.000Z</lastStatusChange>"
        f"<statusMessage>{'1 BGP ROUTES' if data['up'] else 'IPSEC IS DOWN'}</statusMessage>"
        f"<acceptedRouteCount>{int(data['up'])}</acceptedRouteCount></item>"
        for t in data["tunnels"])
    gateway = (f"<transitGatewayId>{data['transit']}</transitGatewayId>" if data["transit"] else
               "<vpnGatewayId>vgw-0123456789abcdef0</vpnGatewayId>")
    secret = f"<preSharedKeyArn>{data['secret']}</preSharedKeyArn>" if data["secret"] else ""
    element = f"<customerGatewayConfiguration>{escape(inner)}</customerGatewayConfiguration>" if inner else ""
    return f"""{HEAD}<DescribeVpnConnectionsResponse xmlns="{NAMESPACE}">
<requestId>5d7c1e42-0000-4000-8000-1ab0000ab000</requestId><vpnConnectionSet><item>
<vpnConnectionId>{data["id"]}</vpnConnectionId><state>{data["state"]}</state>
{element}{secret}
<type>ipsec.1</type><category>VPN</category><customerGatewayId>cgw-0f1e2d3c4b5a69788</customerGatewayId>
{gateway}<gatewayAssociationState>associated</gatewayAssociationState>
{_options(data)}<tagSet><item><key>Name</key><value>tokyo &amp; office</value></item></tagSet>
<vgwTelemetry>{telemetry}</vgwTelemetry></item></vpnConnectionSet></DescribeVpnConnectionsResponse>"""


# ---- flaws in the values: functions that spoil the data --------------------------------------------

def _set_tunnel(index, **values):
    return lambda data: data["tunnels"][index].update(values)


def _three_tunnels(data):
    third = copy.deepcopy(data["tunnels"][1])
    third.update(outside="198.51.100.10", inside="169.254.83.1", customer_inside="169.254.83.2",
                 net="169.254.83.0/30")
    data["tunnels"].append(third)


VALUE_FLAWS = {
    "no-tunnel": lambda data: data["tunnels"].clear(),
    "one-tunnel": lambda data: data["tunnels"].pop(),
    "three-tunnels": _three_tunnels,
    "bad-cidr": _set_tunnel(0, cidr="24"),
    "reserved-cidr": _set_tunnel(0, inside="169.254.169.253", customer_inside="169.254.169.254"),
    "bad-inside": _set_tunnel(0, customer_inside="169.254.81.300"),
    "private-outside": _set_tunnel(0, outside="10.9.8.7"),
    "same-outside": lambda data: data["tunnels"][1].update(outside=data["tunnels"][0]["outside"]),
    "asn-zero": lambda data: data.update(asn=0),
    "short-psk": _set_tunnel(1, psk="abc.123"),
    "odd-psk": _set_tunnel(1, psk="space and $ in it"),
    "zero-lifetime": _set_tunnel(0, lifetime=0),
    "huge-mss": _set_tunnel(0, mss=65535),
    "deleting": lambda data: data.update(state="deleting"),
    "other-id": lambda data: data.update(id="vpn-0ffffffffffffffff"),
    "psk-rotated": _set_tunnel(1, psk="lab2.psk_rotated.AfterTheFact"),
}

# ---- flaws in the document: functions from its text ------------------------------------------------


def _doctype(text):
    return text.replace(HEAD, HEAD + '<!DOCTYPE r [<!ENTITY e "x">]>\n', 1)


def _laughs(text):
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 12))
    return text.replace(HEAD, f'{HEAD}<!DOCTYPE r [<!ENTITY e0 "ha">{entities}]>\n', 1)


def _external(text):
    return text.replace(HEAD, HEAD + '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n', 1)


TEXT_FLAWS = {
    "doctype": _doctype,
    "billion-laughs": _laughs,
    "external-entity": _external,
    "deep": lambda text: HEAD + "<a>" * 10000 + "</a>" * 10000,
    "bad-utf8": lambda text: text.replace("available", "avail\udcff\udcfeable"),
    "wrong-root": lambda text: text.replace("DescribeVpnConnectionsResponse", "DescribeVpcsResponse"),
    "cut-xml": lambda text: text[:len(text) // 2],
    "empty": lambda text: "",
    "not-xml": lambda text: "<html><body>Welcome to the captive portal<br></body>",
}

# ---- flaws of the inner document -------------------------------------------------------------------

INNER_FLAWS = {
    "inner-malformed": lambda text: text.replace("</ike>", "", 1),
    "inner-escaped-twice": escape,
    "inner-absent": lambda text: "",
    "inner-doctype": _doctype,
    "no-psk-element": lambda text: text.replace("pre_shared_key", "pre_shared_kez"),
}


def changed(changes=None, connection_changes=None, order=None):
    """The connection with what the tests change at AWS without any flaw: `changes` {tunnel number: {field:
    value}}, `connection_changes` {field: value}, `order`: the numbers of the tunnels in the document."""
    data = connection()
    data.update(connection_changes or {})
    for number, values in (changes or {}).items():
        data["tunnels"][int(number) - 1].update(values)
    data["tunnels"] = [data["tunnels"][n - 1] for n in order or range(1, len(data["tunnels"]) + 1)]
    return data


def build(flaw, data):
    """Bytes of the answer with one flaw (None: a good one)."""
    if flaw in VALUE_FLAWS:
        VALUE_FLAWS[flaw](data)
    inner = configuration(data)
    if flaw in INNER_FLAWS:
        inner = INNER_FLAWS[flaw](inner)
    text = document(data, inner)
    if flaw in TEXT_FLAWS:
        text = TEXT_FLAWS[flaw](text)
    if flaw == "utf-16":
        return text.replace("UTF-8", "UTF-16", 1).encode("utf-16")
    return text.encode("utf-8", "surrogateescape")
