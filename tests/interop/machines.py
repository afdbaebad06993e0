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


def assert_books(received, made, transmitted, to_kernel, dropped, consumed, in_flight):
    tap.equal(received + made, transmitted + to_kernel + dropped + consumed + in_flight,
              "received + made = transmitted + to the kernel + dropped + consumed + in flight")


def look_at_json(lab):
    """One answer of `show status dataplane`: its totals, their equation, and the lines that add up to them."""
    shown = ask_json(lab, "show status dataplane")
    totals, ports, tunnels = shown["totals"], shown["ports"], shown["tunnels"] + [shown["other_tunnels"]]
    assert_books(**totals)
    tap.equal(totals["received"], sum(p["received"]["packets"] + p["transmitted"]["from_kernel"] for p in ports)
              + sum(t["from_kernel"] for t in tunnels), "received, line by line")
    tap.equal(totals["to_kernel"], sum(p["received"]["to_kernel"] for p in ports)
              + sum(t["to_kernel"] for t in tunnels), "to the kernel, line by line")
    tap.equal(totals["transmitted"], sum(p["transmitted"]["packets"] for p in ports), "transmitted, line by line")
    tap.equal(totals["dropped"], sum(d["packets"] for d in shown["drops"]), "dropped, reason by reason")
    return shown


def look_at_metrics(lab):
    """The same of the metrics: the equation always; the lines of the tunnels are of another moment than the totals."""
    now = metrics(lab)

    def total(name):
        return sum(value for sample, value in now.items() if sample[0] == name)

    names = "received", "made", "transmitted", "to_kernel", "consumed"
    totals = {name: now[(f"cgw_packets_{name}_total",)] for name in names}
    assert_books(**totals, dropped=total("cgw_packets_dropped_total"), in_flight=now[("cgw_packets_in_flight",)])
    tap.equal(totals["transmitted"], total("cgw_port_transmit_packets_total"), "transmitted, line by line")
    from_kernel = sum(total(f"cgw_{what}_from_kernel_packets_total") for what in ("port", "tunnel", "removed_tunnels"))
    to_kernel = sum(total(f"cgw_{what}_to_kernel_packets_total") for what in ("port", "tunnel", "removed_tunnels"))
    return (totals["received"] == total("cgw_port_receive_packets_total") + from_kernel
            and totals["to_kernel"] == to_kernel)


def test_the_books_balance_as_they_are_shown(lab):
    before = look_at_json(lab)["totals"]
    pings = [traffic.Ping(lab, 1000000, interval=0.002, tag="ping"),
             traffic.Ping(lab, 1000000, interval=0.002, target=plan.EC2_ADDRESS, tag="ping2")]
    try:
        looks, under_traffic = 0, False
        while looks < 40 or not under_traffic:
            shown = look_at_json(lab)
            under_traffic = shown["totals"]["received"] > before["received"] + 1000
            look_at_metrics(lab)
            looks += 1
            tap.equal(looks < 4000, True, "traffic while looking")
    finally:
        for ping in pings:
            ping.interrupt()
    tap.equal(sum(t["from_kernel"] for t in shown["tunnels"]) > 0, True, "BGP goes by the tunnels' interfaces")
    wait_for("metrics at rest whose lines add up", lambda: look_at_metrics(lab), 20, 0.2)
    look_at_json(lab)


def test_what_a_tunnel_lost_when_it_was_removed_is_still_there(lab):
    console = lab.gateway.console
    try:
        console.must("tunnel disable 2")
        # On its way out it is in the totals already or still, and in no line.
        status = lambda: ask_json(lab, "show status dataplane")
        wait_for("tunnel 2 to be gone", lambda: [t["number"] for t in status()["tunnels"]] == [1], 20, 0.2)
        wait_for("its packets", lambda: status()["other_tunnels"]["from_kernel"] > 0, 20, 0.2)
        look_at_json(lab)
    finally:
        console.must("tunnel enable 2")
        lab.wait_tunnels()


def test_counters_are_cleared_for_the_eye_alone(lab):
    console, before = lab.gateway.console, ask_json(lab, "show status dataplane")
    tap.equal(before["cleared"], None, "not cleared")
    console.must("clear status dataplane")
    text = console.must("show status dataplane")
    tap.matches(text, r"^Counted since \d{4}/\d\d/\d\d \d\d:\d\d:\d\d, when it was cleared$")
    received = int(tap.matches(text, r"^Totals: received (\d+), ").group(1))
    after = look_at_json(lab)
    tap.equal(after["cleared"] is not None, True, "cleared")
    tap.equal(received < before["totals"]["received"] <= after["totals"]["received"], True, "the counters go on")
    tap.contains(console.must("show status lan1"), "Counted since: ")
    tap.contains(text, "missed is not told by this device")


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
