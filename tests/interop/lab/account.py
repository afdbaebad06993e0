# SPDX-License-Identifier: BSD-3-Clause
"""An AWS account in memory, as far as a site-to-site VPN touches one: VPC, gateways, connections, routes.

Every action is a method of its own name; parameters and results are spelled as botocore spells them (wire.py).
States move on as time goes by: what is made is `pending` or `attaching` for a few looks."""
import itertools

from . import answer, plan, yamaha
from .wire import Refused

VPC, SUBNET, TABLE, GROUP = "vpc-0c0ffee0000000001", "subnet-0a1", "rtb-0main0000000001", "sg-0a1b2c3d4e5f60718"
VGW = "vgw-0123456789abcdef0"
LOOKS = 2  # at something new until it is ready
DEVICES = (("7ac8d7b2", "Yamaha", "RTX Routers", "Rev.10.01.16+"), ("9005b6c1", "Generic", "Generic",
           "Vendor Agnostic"), ("b0adb196", "Cisco Systems, Inc.", "ISR Series Routers", "IOS 12.4+"))


class Account:
    def __init__(self):
        self.numbers = itertools.count(1)
        self.vpcs = {VPC: {"VpcId": VPC, "CidrBlock": plan.VPC_NET, "State": "available", "IsDefault": False,
                           "CidrBlockAssociationSet": [self._block(plan.VPC_NET)]}}
        self.vgws = {VGW: {"VpnGatewayId": VGW, "State": "available", "Type": "ipsec.1",
                           "AmazonSideAsn": plan.AWS_ASN, "VpcAttachments": [{"VpcId": VPC, "State": "attached"}]}}
        self.tgws = {"tgw-0aa": {"TransitGatewayId": "tgw-0aa", "State": "available",
                                 "Options": {"AmazonSideAsn": 64515}}}
        self.cgws, self.connections = {}, {}
        self.tables = {TABLE: {
            "RouteTableId": TABLE, "VpcId": VPC, "PropagatingVgws": [], "Tags": [],
            "Associations": [{"Main": True, "RouteTableAssociationId": "rtbassoc-1", "RouteTableId": TABLE}],
            "Routes": [{"DestinationCidrBlock": plan.VPC_NET, "GatewayId": "local", "State": "active",
                        "Origin": "CreateRouteTable"}]}}
        self.groups = {GROUP: {"GroupId": GROUP, "GroupName": "servers", "Description": "servers",
                               "VpcId": VPC, "IpPermissionsEgress": [], "IpPermissions": []}}
        self.interfaces = [{"NetworkInterfaceId": "eni-0a1", "VpcId": VPC, "SubnetId": SUBNET,
                            "PrivateIpAddress": plan.VPC_HOST, "Status": "in-use",
                            "PrivateIpAddresses": [{"PrivateIpAddress": plan.VPC_HOST, "Primary": True}],
                            "Groups": [{"GroupId": GROUP, "GroupName": "servers"}]}]
        self.waiting = {}  # id: looks until it is ready

    def do(self, action, parameters, denied=()):
        """The result of an action. `denied`: actions that this user may not."""
        method = getattr(self, action, None)
        if not method:
            raise Refused(400, "InvalidAction", f"The action {action} is not valid for this web service.")
        dry = parameters.pop("DryRun", False)
        if action in denied:
            raise Refused(403, "UnauthorizedOperation", "You are not authorized to perform this operation.")
        if dry:
            raise Refused(412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
        return method(parameters)

    # ---- helpers -----------------------------------------------------------------------------------

    @staticmethod
    def _block(cidr):
        return {"CidrBlock": cidr, "AssociationId": "vpc-cidr-assoc-1", "CidrBlockState": {"State": "associated"}}

    def _id(self, prefix):
        return f"{prefix}-{next(self.numbers):017x}"

    def _new(self, identity):
        self.waiting[identity] = LOOKS
        return identity

    def _ready(self, identity):
        """One more look at it: whether it is what it was to become."""
        left = self.waiting.get(identity, 0)
        self.waiting[identity] = max(0, left - 1)
        return left == 0

    @staticmethod
    def _tags(p):
        return [t for s in p.pop("TagSpecifications", []) for t in s["Tags"]]

    @staticmethod
    def _pick(items, p, ids, key, noun):
        """Items by their ids, or by filters on tags, ids and states."""
        wanted = p.get(ids)
        for identity in wanted or ():
            if identity not in items:
                raise Refused(400, f"Invalid{noun}ID.NotFound", f"The {noun} ID '{identity}' does not exist")
        found = [i for identity, i in items.items() if not wanted or identity in wanted]
        for f in p.get("Filters", []):
            found = [i for i in found if Account._matches(i, f["Name"], f["Values"], key)]
        return found

    @staticmethod
    def _matches(item, name, values, key):
        if name.startswith("tag:"):
            return any(t["Key"] == name[4:] and t["Value"] in values for t in item.get("Tags", []))
        spelled = {"vpc-id": "VpcId", "attachment.vpc-id": "VpcAttachments",
                   "attachment.state": "VpcAttachments", "bgp-asn": "BgpAsn", "state": "State",
                   "ip-address": "IpAddress", "addresses.private-ip-address": "PrivateIpAddress",
                   "group-id": "GroupId", "vpn-gateway-id": "VpnGatewayId",
                   "customer-gateway-id": "CustomerGatewayId"}.get(name)
        if not spelled:
            raise Refused(400, "InvalidParameterValue", f"The filter '{name}' is invalid")
        value = item.get(spelled)
        if name == "attachment.state":
            return any(v["State"] in values for v in value)
        if isinstance(value, list):
            return any(v.get("VpcId") in values and v["State"] != "detached" for v in value)
        return value in values

    # ---- what is there -----------------------------------------------------------------------------

    def DescribeVpcs(self, p):
        return {"Vpcs": self._pick(self.vpcs, p, "VpcIds", "VpcId", "Vpc")}

    def DescribeTransitGateways(self, p):
        return {"TransitGateways": self._pick(self.tgws, p, "TransitGatewayIds", "TransitGatewayId", "TransitGateway")}

    def DescribeRouteTables(self, p):
        return {"RouteTables": self._pick(self.tables, p, "RouteTableIds", "RouteTableId", "RouteTable")}

    def DescribeSecurityGroups(self, p):
        return {"SecurityGroups": self._pick(self.groups, p, "GroupIds", "GroupId", "Group")}

    def DescribeNetworkInterfaces(self, p):
        return {"NetworkInterfaces": self._pick({i["NetworkInterfaceId"]: i for i in self.interfaces}, p,
                                                "NetworkInterfaceIds", "NetworkInterfaceId", "NetworkInterface")}

    def _kinds(self):
        return (("vpn-connection", self.connections), ("vpn-gateway", self.vgws), ("customer-gateway", self.cgws),
                ("route-table", self.tables), ("vpc", self.vpcs))

    def DescribeTags(self, p):
        found = [{"Key": t["Key"], "Value": t["Value"], "ResourceId": identity, "ResourceType": kind}
                 for kind, items in self._kinds() for identity, item in items.items()
                 for t in item.get("Tags", []) if item.get("State") != "deleted"]
        for f in p.get("Filters", []):
            if not f["Name"].startswith("tag:"):
                raise Refused(400, "InvalidParameterValue", f"The filter '{f['Name']}' is invalid")
            found = [t for t in found if t["Key"] == f["Name"][4:] and t["Value"] in f["Values"]]
        return {"Tags": found}

    def CreateTags(self, p):
        for identity in p["Resources"]:
            for _, items in self._kinds():
                if identity in items:
                    items[identity].setdefault("Tags", []).extend(p["Tags"])
        return {}

    def DeleteTags(self, p):
        gone = [(t["Key"], t.get("Value")) for t in p["Tags"]]
        for _, items in self._kinds():
            for identity, item in items.items():
                if identity in p["Resources"]:
                    item["Tags"] = [t for t in item.get("Tags", []) if (t["Key"], t["Value"]) not in gone]
        return {}

    def AuthorizeSecurityGroupIngress(self, p):
        self.groups[p["GroupId"]]["IpPermissions"] += p["IpPermissions"]
        return {"Return": True}

    # ---- gateways ----------------------------------------------------------------------------------

    def DescribeCustomerGateways(self, p):
        return {"CustomerGateways": self._pick(self.cgws, p, "CustomerGatewayIds", "CustomerGatewayId",
                                               "CustomerGateway")}

    def CreateCustomerGateway(self, p):
        if not p.get("IpAddress") or p.get("Type") != "ipsec.1":
            raise Refused(400, "MissingParameter", "The request must contain the parameter ipAddress")
        identity = self._id("cgw")
        self.cgws[identity] = {"CustomerGatewayId": identity, "State": "available", "Type": "ipsec.1",
                               "IpAddress": p["IpAddress"], "BgpAsn": str(p["BgpAsn"]), "Tags": self._tags(p)}
        return {"CustomerGateway": self.cgws[identity]}

    def DeleteCustomerGateway(self, p):
        self._pick(self.cgws, {"I": [p["CustomerGatewayId"]]}, "I", "", "CustomerGateway")
        if any(c["CustomerGatewayId"] == p["CustomerGatewayId"] and c["State"] != "deleted"
               for c in self.connections.values()):
            raise Refused(400, "IncorrectState", "The customer gateway is in use.")
        del self.cgws[p["CustomerGatewayId"]]
        return {}

    def DescribeVpnGateways(self, p):
        found = self._pick(self.vgws, p, "VpnGatewayIds", "VpnGatewayId", "VpnGateway")
        for vgw in found:
            for attachment in vgw["VpcAttachments"]:
                if attachment["State"].endswith("ing") and self._ready(vgw["VpnGatewayId"]):
                    attachment["State"] = {"attaching": "attached", "detaching": "detached"}[attachment["State"]]
        return {"VpnGateways": found}

    def CreateVpnGateway(self, p):
        identity = self._id("vgw")
        self.vgws[identity] = {"VpnGatewayId": identity, "State": "available", "Type": p["Type"],
                               "AmazonSideAsn": p.get("AmazonSideAsn", plan.AWS_ASN), "VpcAttachments": [],
                               "Tags": self._tags(p)}
        return {"VpnGateway": self.vgws[identity]}

    def AttachVpnGateway(self, p):
        vgw = self.vgws[p["VpnGatewayId"]]
        if any(a["VpcId"] == p["VpcId"] and a["State"] == "attached" for v in self.vgws.values()
               for a in v["VpcAttachments"]):
            raise Refused(400, "InvalidVpcState", "The vpc already has an attached virtual private gateway.")
        vgw["VpcAttachments"] = [{"VpcId": p["VpcId"], "State": "attaching"}]
        self._new(p["VpnGatewayId"])
        return {"VpcAttachment": vgw["VpcAttachments"][0]}

    def DetachVpnGateway(self, p):
        self.vgws[p["VpnGatewayId"]]["VpcAttachments"] = [{"VpcId": p["VpcId"], "State": "detaching"}]
        self._new(p["VpnGatewayId"])
        return {}

    def DeleteVpnGateway(self, p):
        vgw = self.vgws[p["VpnGatewayId"]]
        if any(a["State"] != "detached" for a in vgw["VpcAttachments"]):
            raise Refused(400, "IncorrectState", "The virtual private gateway is attached.")
        del self.vgws[p["VpnGatewayId"]]
        return {}

    def EnableVgwRoutePropagation(self, p):
        vgw = self.vgws[p["GatewayId"]]
        if not any(a["State"] == "attached" for a in vgw["VpcAttachments"]):
            raise Refused(400, "Gateway.NotAttached", "The gateway is not attached.")
        table = self.tables[p["RouteTableId"]]
        if {"GatewayId": p["GatewayId"]} not in table["PropagatingVgws"]:
            table["PropagatingVgws"].append({"GatewayId": p["GatewayId"]})
        return {}

    def DisableVgwRoutePropagation(self, p):
        table = self.tables[p["RouteTableId"]]
        table["PropagatingVgws"] = [g for g in table["PropagatingVgws"] if g["GatewayId"] != p["GatewayId"]]
        return {}

    def CreateRoute(self, p):
        self.tables[p["RouteTableId"]]["Routes"].append(
            {"DestinationCidrBlock": p["DestinationCidrBlock"], "State": "active", "Origin": "CreateRoute",
             **{k: p[k] for k in ("GatewayId", "TransitGatewayId") if k in p}})
        return {"Return": True}

    def DeleteRoute(self, p):
        table = self.tables[p["RouteTableId"]]
        table["Routes"] = [r for r in table["Routes"] if r["DestinationCidrBlock"] != p["DestinationCidrBlock"]]
        return {}

    # ---- connections -------------------------------------------------------------------------------

    def CreateVpnConnection(self, p):
        cgw = self._pick(self.cgws, {"I": [p["CustomerGatewayId"]]}, "I", "", "CustomerGateway")[0]
        target = {k: p[k] for k in ("VpnGatewayId", "TransitGatewayId") if k in p}
        if len(target) != 1:
            raise Refused(400, "MissingParameter", "one of vpnGatewayId and transitGatewayId")
        options, identity = p.get("Options", {}), self._id("vpn")
        data = answer.connection()
        data.update(id=identity, static=options.get("StaticRoutesOnly", False), customer_asn=int(cgw["BgpAsn"]))
        for tunnel, wanted in zip(data["tunnels"], options.get("TunnelOptions", [])):
            tunnel["psk"] = wanted.get("PreSharedKey", tunnel["psk"])
        for tunnel in data["tunnels"]:
            tunnel["customer_outside"] = cgw["IpAddress"]
        self.connections[identity] = {
            "VpnConnectionId": identity, "State": "pending", "Type": p["Type"], "Category": "VPN", **target,
            "CustomerGatewayId": p["CustomerGatewayId"], "Tags": self._tags(p), "Routes": [], "data": data,
            "wanted": options}
        self._new(identity)
        return {"VpnConnection": self._shown(self.connections[identity])}

    @staticmethod
    def _shown(connection):
        data = connection["data"]
        shown = {k: v for k, v in connection.items() if k not in ("data", "wanted")}
        shown["CustomerGatewayConfiguration"] = answer.configuration(data)
        shown["Options"] = {"StaticRoutesOnly": data["static"], "OutsideIpAddressType": "PublicIpv4",
                            "TunnelOptions": [{"OutsideIpAddress": t["outside"], "TunnelInsideCidr": t["net"],
                                               "PreSharedKey": t["psk"]} for t in data["tunnels"]]}
        shown["VgwTelemetry"] = [{"OutsideIpAddress": t["outside"], "Status": "DOWN", "AcceptedRouteCount": 0,
                                  "StatusMessage": "IPSEC IS DOWN"} for t in data["tunnels"]]
        return shown

    def DescribeVpnConnections(self, p):
        found = self._pick(self.connections, p, "VpnConnectionIds", "VpnConnectionId", "VpnConnection")
        for connection in found:
            if connection["State"].endswith("ing") and self._ready(connection["VpnConnectionId"]):
                connection["State"] = {"pending": "available", "deleting": "deleted"}[connection["State"]]
        return {"VpnConnections": [self._shown(c) for c in found]}

    def DeleteVpnConnection(self, p):
        self._pick(self.connections, {"I": [p["VpnConnectionId"]]}, "I", "", "VpnConnection")
        self.connections[p["VpnConnectionId"]]["State"] = "deleting"
        self._new(p["VpnConnectionId"])
        return {}

    def CreateVpnConnectionRoute(self, p):
        self.connections[p["VpnConnectionId"]]["Routes"].append(
            {"DestinationCidrBlock": p["DestinationCidrBlock"], "Source": "Static", "State": "available"})
        return {}

    # ---- device files ------------------------------------------------------------------------------

    def GetVpnConnectionDeviceTypes(self, p):
        return {"VpnConnectionDeviceTypes": [
            {"VpnConnectionDeviceTypeId": i, "Vendor": v, "Platform": f, "Software": s} for i, v, f, s in DEVICES]}

    def GetVpnConnectionDeviceSampleConfiguration(self, p):
        connection = self.connections.get(p["VpnConnectionId"])
        data = connection["data"] if connection else answer.connection()
        device = {i: v for i, v, _, _ in DEVICES}.get(p["VpnConnectionDeviceTypeId"])
        if p["VpnConnectionId"] not in (*self.connections, plan.VPN_ID) or device not in ("Yamaha", "Generic"):
            raise Refused(400, "InvalidParameterValue", "no such connection or device")
        text = yamaha.document(data) if device == "Yamaha" else yamaha.generic(data)
        return {"VpnConnectionDeviceSampleConfiguration": text}
