#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""machines.py PROGRAMS: what programs are told of a gateway that works: JSON, metrics, top, the log."""
import json
import re
import subprocess
import sys

import form
import tap
from lab import plan, traffic
from lab.proc import wait_for

sys.path.insert(0, str(form.HERE.parent / "console"))
import schemas  # noqa: E402

PACKETS = 50


def setup():
    lab = form.start("machines")
    ping = traffic.Ping(lab, PACKETS)
    ping.finish()
    return lab


def ask_json(lab, line):
    return json.loads(lab.gateway.console.must(f"{line} | json -c"))


def metrics(lab):
    """Every sample by its name and labels, as Prometheus's client library reads them."""
    from prometheus_client.parser import text_string_to_metric_families  # pylint: disable=import-outside-toplevel
    body = subprocess.run(["curl", "-s", "--unix-socket", lab.folder / "metrics.sock", "http://localhost/metrics"],
                          capture_output=True, text=True, timeout=60, check=True).stdout
    return {(sample.name, *sorted(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(body) for sample in family.samples}


def test_every_show_of_a_working_gateway_answers_by_its_schema(lab):
    known, refused = schemas.Schemas(), []
    for line in (line for lines in schemas.EXAMPLES.values() for line in lines):
        status, text = lab.gateway.console.type(f"{line} | json -c")
        if status:
            refused.append(text)
        else:
            known.validate(json.loads(text))
    for which in ("advertised-routes", "received-routes", "routes"):
        known.validate(ask_json(lab, f"show status bgp neighbor {plan.TUNNELS[0].inside_aws} {which}"))
    allowed = {"stdin:1: Error: there is no such scope, or no DHCP server\n",
               "stdin:1: Error: there is no such neighbor\n"}
    tap.equal(set(refused) - allowed, set(), "refusals")


def test_json_says_what_is_up(lab):
    tunnels = ask_json(lab, "show status tunnel")["tunnels"]
    tap.equal([(t["number"], t["up"], t["reason"], t["outside"]["remote"]) for t in tunnels],
              [(n, True, None, plan.TUNNELS[n - 1].outside) for n in (1, 2)], "tunnels")
    tap.equal(sum(t["transmitted"]["ipv4"]["packets"] for t in tunnels) >= PACKETS, True, "packets were sent")
    tap.equal([n["state"] for n in ask_json(lab, "show status bgp neighbor")["neighbors"]], ["Established"] * 2,
              "BGP")
    routes = {route["prefix"]: route for route in ask_json(lab, "show ip route")["routes"]}
    tap.equal((routes[plan.VPC_NET]["kind"], routes[plan.VPC_NET]["hidden"]), ("bgp", False), "the VPC's route")


def test_metrics_agree_with_show(lab):
    before, shown, after = metrics(lab), ask_json(lab, "show status tunnel"), metrics(lab)
    for tunnel in shown["tunnels"]:
        number = str(tunnel["number"])
        tap.equal(before[("cgw_tunnel_up", number)], 1, f"tunnel {number}")
        for way, name in (("received", "receive"), ("transmitted", "transmit")):
            for unit in ("packets", "bytes"):
                sample = (f"cgw_tunnel_{name}_{unit}_total", *sorted(("ipv4", number)))
                tap.equal(before[sample] <= tunnel[way]["ipv4"][unit] <= after[sample], True, f"{sample}")
    tap.equal([value for sample, value in after.items() if sample[0] == "cgw_bgp_session_up"], [1, 1], "BGP")
    tap.equal(after[("cgw_dataplane_up",)], 1, "the dataplane")


def test_the_books_of_the_metrics_balance(lab):
    def missing():
        now = metrics(lab)
        drops = sum(value for sample, value in now.items() if sample[0] == "cgw_packets_dropped_total")
        total = {name: now[(f"cgw_packets_{name}_total",)]
                 for name in ("received", "made", "transmitted", "to_kernel", "consumed")}
        return (total["received"] + total["made"] - total["transmitted"] - total["to_kernel"] - drops
                - total["consumed"])

    wait_for("a moment without a packet in flight", lambda: missing() == 0, 20, 0.2)


def test_top_sees_a_ping(lab):
    ping = traffic.Ping(lab, 100000, interval=0.01)
    try:
        shown = lab.gateway.console.ask("top --once -d 2")
    finally:
        ping.interrupt()
    found = tap.matches(shown, r"^1      up +\S+ +(\d+) +\S+ +(\d+) +\d+ +\d+m\d+s  ")
    for packets in found.groups():
        tap.equal(50 <= int(packets) <= 110, True, f"{packets} packets a second")


def test_the_log_of_a_tunnel(lab):
    entries = ask_json(lab, "show log tunnel 2")["entries"]
    tap.equal({entry["tunnel"] for entry in entries}, {2}, "tunnels")
    tap.equal({"tunnel", "bgp"} <= {entry["tag"] for entry in entries}, True, "tags")
    text = lab.gateway.console.must("show log tunnel 2 grep state=up")
    tap.matches(text, r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d: tunnel number=2 state=up$")


def test_C05_techinfo_of_a_working_gateway_holds_no_secret(lab):
    for line in ("show techinfo", "show tech-support", "show techinfo | json"):
        text = lab.gateway.console.must(line)
        secrets = [plan.SECRET_KEY, *(tunnel.psk for tunnel in plan.TUNNELS)]
        for secret in secrets:
            tap.lacks(text, secret, line)
        tap.equal(len(re.findall(r"^# (?:show|check)", text, re.MULTILINE)) > 10 or line.endswith("json"), True,
                  f"parts of {line}")


if __name__ == "__main__":
    form.main(globals(), setup)
