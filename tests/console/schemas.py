#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""`| json`: every command that shows something has an answer by its schema in docs/schema/, strictly.

    tests/console/schemas.py OUTPUT [PART]

OUTPUT holds cgw and tests/unit/console/test_server (the console server over an agent made of variables)."""
import copy
import json
import pathlib
import sys

import jsonschema

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / "tests/lib"))
import tap
from server import Console

# What is typed for each syntax that the grammar has, so that every form of an answer is seen.
EXAMPLES = {
    "check [ <file> ]": ["check"],
    "explain drop [ <reason> ]": ["explain drop", "explain drop replay"],
    "show arp [ <lan> ]": ["show arp"],
    "show cloud vpn compare [ <cloud> ]": ["show cloud vpn compare 1"],
    "show cloud vpn cost [ <cloud> ]": ["show cloud vpn cost"],
    "show command": ["show command"],
    "show config [ <slot> ]": ["show config", "show config 0"],
    "show config rollback <generation>": ["show config rollback 0"],
    "show config diff [ <generation> ]": ["show config diff", "show config diff 0"],
    "show config list": ["show config list"],
    "show environment": ["show environment"],
    "show ip filter [ <lan> | tunnel <tunnel> ]": ["show ip filter", "show ip filter lan2"],
    "show ip route [ <what> ]": ["show ip route", "show ip route detail", "show ip route summary"],
    "show ipsec sa": ["show ipsec sa"],
    "show ipsec sa gateway [ <gateway> ] [ detail ]": ["show ipsec sa gateway", "show ipsec sa gateway 1 detail"],
    "show log [ { reverse | level error|notice|info|debug | tag <tag> | tunnel <tunnel> | since <since> | grep <text> | "
    "count <count> } ]": ["show log", "show log reverse", "show log level info since 1h count 5"],
    "show nat descriptor address [ <which> ] [ detail ]":
        ["show nat descriptor address", "show nat descriptor address 1 detail"],
    "show packet path <source> <destination> [ ( <protocol> | tcp|udp [ <sport> <dport> ] ) ] "
    "[ { size <size> | df } ]":
        ["show packet path 192.168.200.2 10.0.134.243", "show packet path 192.0.2.1 198.51.100.1 tcp 1 2 size 1500 df"],
    "show packetdump": ["show packetdump"],
    "show statistics [ cpu|memory|traffic ]": ["show statistics", "show statistics cpu"],
    "show status bgp neighbor [ <address> ]": ["show status bgp neighbor"],
    "show status bgp neighbor <address> advertised-routes|received-routes|routes":
        [f"show status bgp neighbor 169.254.184.61 {which}" for which in ("advertised-routes", "received-routes", "routes")],
    "show status cloud vpn [ <cloud> ]": ["show status cloud vpn"],
    "show status dataplane": ["show status dataplane"],
    "show status dhcp [ summary ] [ <scope> ]": ["show status dhcp", "show status dhcp 1"],
    "show status dhcpc": ["show status dhcpc"],
    "show status <lan>": ["show status lan1", "show status lan2"],
    "show status tunnel [ <tunnel> ]": ["show status tunnel", "show status tunnel up"],
    "show tech-support": ["show tech-support"],
    "show version": ["show version"],
    "show techinfo": ["show techinfo"],
}

LINES = """tunnel select 1
ipsec tunnel 201
ipsec sa policy 201 1 esp aes-cbc sha-hmac
ipsec ike keepalive use 1 on dpd 10 3
ipsec ike pre-shared-key 1 text sesame
tunnel select none
ip lan1 address 192.168.200.254/24
ip lan3 address dhcp
ip lan2 nat descriptor 1
ip filter 1 pass * * tcp * 80
statistics cpu on
statistics traffic on
ip filter dynamic 2 * * www
ip lan2 secure filter out 1 dynamic 2
nat descriptor type 1 masquerade
dhcp service server
dhcp scope 1 192.168.200.2-192.168.200.99/24
dhcp scope bind 1 192.168.200.50 ethernet 00:a0:de:01:23:45
dhcp scope bind 1 192.168.200.51 00:a0:de:01:23:46
cloud vpn service 1 amazon-api
cloud vpn name 1 yamaha
cloud vpn parameter 1 AKIDEXAMPLE sesame vpn-01234567
save 0 "before the change"
syslog debug on
"""


def strict(schema):
    """The schema with nothing besides what it names, and all of that there."""
    schema = copy.deepcopy(schema)

    def walk(node):
        if isinstance(node, list):
            for item in node:
                walk(item)
        if not isinstance(node, dict):
            return
        if "properties" in node:
            tap.equal(sorted(node["required"]), sorted(node["properties"]), "required members")
            node["additionalProperties"] = False
        for item in node.values():
            walk(item)

    walk(schema)
    return schema


class Schemas:
    """docs/schema/ by name."""

    def __init__(self):
        self.schema = {path.name: strict(json.loads(path.read_text(encoding="utf-8")))
                       for path in (TOP / "docs/schema").glob("*.json")}
        for schema in self.schema.values():
            jsonschema.Draft202012Validator.check_schema(schema)
        self.used = set()

    def validate(self, answer):
        name = answer["schema"].split("/")[0]
        schema = self.schema[f"{name}.json"]
        self.used.add(name)
        # References are relative to the file they stand in.
        schema = {**schema, "$id": f"file:///{name}.json"}
        store = {f"file:///{file}": {**text, "$id": f"file:///{file}"} for file, text in self.schema.items()}
        resolver = jsonschema.RefResolver.from_schema(schema, store=store)
        jsonschema.Draft202012Validator(schema, resolver=resolver).validate(answer)
        for part in answer.get("parts", ()):
            if part["answer"]:
                self.validate(part["answer"])


def ask(console, line, *flags):
    done = console.run("-f", "-", stdin=f"{line} | json {' '.join(flags)}\n")
    tap.equal((done.returncode, done.stderr), (0, ""), line)
    return done.stdout


def shows(console):
    """The syntax of every command that shows something, as the grammar has it."""
    rows = json.loads(ask(console, "show command"))["commands"]
    return [row["syntax"] for row in rows if row["syntax"].split()[0] in ("show", "check", "explain")]


def test_every_show_answers_by_its_schema(console):
    schemas = Schemas()
    console.run("-f", "-", stdin=LINES)
    found = shows(console)
    tap.equal(sorted(found), sorted(EXAMPLES), "commands that show something")
    for syntax in found:
        for line in EXAMPLES[syntax]:
            try:
                schemas.validate(json.loads(ask(console, line)))
            except jsonschema.ValidationError as error:
                raise AssertionError(f"{line}: {error}") from error
    tap.equal(sorted(schemas.used | {"common"}), sorted(name[:-5] for name in schemas.schema),
              "schemas that are used")


def test_an_answer_that_is_not_by_its_schema_is_found_out(console):
    answer = json.loads(ask(console, "show status tunnel"))
    Schemas().validate(answer)
    for spoil in (lambda a: a["tunnels"][0].update(up="yes"),
                  lambda a: a["tunnels"][0].pop("ike"),
                  lambda a: a["tunnels"][0]["received"]["ipv4"].update(octets=1),
                  lambda a: a.update(schema="show-status-tunnel/2")):
        spoilt = copy.deepcopy(answer)
        spoil(spoilt)
        try:
            Schemas().validate(spoilt)
        except jsonschema.ValidationError:
            continue
        raise AssertionError(f"taken: {spoilt}")


def test_text_and_json_say_the_same(console):
    text = console.run("show", "status", "tunnel").stdout
    for tunnel in json.loads(ask(console, "show status tunnel"))["tunnels"]:
        tap.contains(text, f"TUNNEL[{tunnel['number']}]:")
        tap.contains(text, f"{tunnel['received']['ipv4']['packets']} packets "
                           f"[{tunnel['received']['ipv4']['bytes']} octets]")
    text = console.run("show", "ipsec", "sa").stdout
    answer = json.loads(ask(console, "show ipsec sa"))
    tap.contains(text, "Total: isakmp:{isakmp} send:{send} recv:{receive}".format(**answer["total"]))
    tap.equal(len(answer["sas"]), len(text.splitlines()) - 4, "SAs")
    lines = json.loads(ask(console, "show config"))["lines"]
    tap.equal(lines, [
        line for line in console.run("show", "config").stdout.splitlines() if not line.startswith("#")], "lines of the configuration")


def test_json_stays_json_in_japanese(console):
    console.run("console", "character", "ja.utf8")
    schemas = Schemas()
    for line in ("show status tunnel", "show environment", "show ip route", "check"):
        schemas.validate(json.loads(ask(console, line)))
    console.run("no", "console", "character")


def test_json_in_one_line_and_through_grep(console):
    tap.equal(len(ask(console, "show status tunnel", "-c").splitlines()), 1, "lines")
    done = console.run("-f", "-", stdin="show status tunnel | json | grep -c inner_mtu\n")
    tap.equal(done.stdout, "2\n", "grep behind json")


def test_json_only_where_it_can_be(console):
    for line, sentence in (("show log | grep x | json", "behind a pipe stands grep or less"),
                           ("show log | json x", "behind a pipe stands json, grep or less"),
                           ("show log | json -c x", "behind a pipe stands json, grep or less"),
                           ("save | json", "only what is shown can be piped"),
                           ("help | json", "there is no JSON of this"),
                           ("show status tunnel 9 | json", "tunnel 9 is not configured")):
        done = console.run("-f", "-", stdin=line + "\n")
        tap.equal((done.returncode, done.stdout), (1, ""), line)
        tap.contains(done.stderr, sentence, line)


def test_C05_no_answer_holds_a_secret(console):
    console.run("-f", "-", stdin=LINES)
    for lines in EXAMPLES.values():
        for line in lines:
            tap.lacks(ask(console, line), "sesame", line)


if __name__ == "__main__":
    tap.main(globals(), setup=lambda: Console(sys.argv[1]), teardown=lambda console: console.stop(),
             only=sys.argv[2] if len(sys.argv) > 2 else None)
