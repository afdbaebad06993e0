#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The metrics as Prometheus's own client library reads them, and what is built on them: share/grafana and
share/prometheus name no metric, label or drop reason that is not there.

    tests/metrics/exposition.py OUTPUT [PART]

OUTPUT holds tests/unit/metrics/test_metrics, which prints the metrics of an agent made of variables."""
import json
import pathlib
import re
import subprocess
import sys

from prometheus_client.parser import text_string_to_metric_families

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / "tests/lib"))
import tap

# Functions and words of PromQL that stand in the files below, besides names of metrics and labels.
PROMQL = {"sum", "count", "by", "rate", "increase", "time", "and", "label_values"}


class Exposition:
    def __init__(self, output):
        program = pathlib.Path(output) / "tests/unit/metrics/test_metrics"
        self.text = subprocess.run([program, "print"], capture_output=True, text=True, check=True).stdout
        self.families = list(text_string_to_metric_families(self.text))
        self.labels = {}
        for family in self.families:
            for sample in family.samples:
                self.labels.setdefault(sample.name, set()).update(sample.labels)


def test_it_is_read_by_the_client_library(exposition):
    tap.equal(len(exposition.families) > 40, True, "families were found")
    tap.equal(sum(len(family.samples) for family in exposition.families),
              sum(1 for line in exposition.text.splitlines() if not line.startswith("#")), "samples")
    heads = re.findall(r"^# TYPE (\S+) ", exposition.text, re.M)
    tap.equal(len(heads), len(set(heads)), "families that stand together")


def test_names_and_units_follow_the_conventions(exposition):
    for family in exposition.families:
        tap.matches(family.name, r"^(cgw|process)_[a-z0-9_]+$", "a name")
        tap.matches(family.documentation, r"\w", f"help of {family.name}")
        for sample in family.samples:
            tap.equal(sample.name.endswith("_total"), family.type == "counter",
                      f"{sample.name} is a {family.type}, so _total")
        for unit in ("msec", "usec", "kb", "octet", "milli", "kilo", "percent", "bits"):
            tap.lacks(family.name, unit, "a unit that is no base unit")


def test_no_label_is_a_measurement(exposition):
    wanted = {"tunnel", "gateway", "description", "local", "remote", "family", "phase", "port", "reason", "neighbor",
              "id", "level", "cgw_instance", "version", "direction", "worker", "ring"}
    tap.equal(set().union(*exposition.labels.values()), wanted, "labels")


def check_expression(exposition, expression):
    """Names of metrics and their labels."""
    names = re.findall(r"\b(?:cgw|process)_\w+", expression)
    tap.equal(bool(names), True, f"{expression} names a metric")
    for name in names:
        tap.equal(name in exposition.labels, True, f"{name} is there ({expression})")
        for selector in re.findall(re.escape(name) + r"\{([^}]*)\}", expression):
            for label in re.findall(r'(\w+)\s*=~?', selector):
                tap.equal(label in exposition.labels[name] | {"instance"}, True, f"label {label} of {name}")
    rest = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^]]*\]|\$\w+', " ", expression)
    for word in re.findall(r"[A-Za-z_]\w*", rest):
        tap.equal(word in PROMQL or word in names or any(word in labels | {"instance"} for labels
                                                         in exposition.labels.values()), True, f"{word} is known")


def test_the_dashboard_shows_what_there_is(exposition):
    board = json.loads((TOP / "share/grafana/cgw.json").read_text(encoding="utf-8"))
    expressions = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    expressions += [item["query"] for item in board["templating"]["list"] if item["type"] == "query"]
    for expression in expressions:
        check_expression(exposition, expression)
    places = [tuple(panel["gridPos"].values()) for panel in board["panels"]]
    for number, (x, y, w, h) in enumerate(places):
        tap.equal(x + w <= 24, True, f"panel {number} is on the board")
        for x2, y2, w2, h2 in places[number + 1:]:
            tap.equal(x < x2 + w2 and x2 < x + w and y < y2 + h2 and y2 < y + h, False, f"panel {number} overlaps")


def test_the_alerts_look_at_what_there_is(exposition):
    rules = (TOP / "share/prometheus/cgw.rules.yml").read_text(encoding="utf-8")
    expressions = re.findall(r"^ +expr: (.*)$", rules, re.M)
    tap.equal(len(expressions), rules.count("- alert:"), "expressions")
    for expression in expressions:
        check_expression(exposition, expression)
    reasons = set(re.findall(r'"([a-z0-9_]+)",\s*"', (TOP / "dataplane/pkt/verdict.h").read_text(encoding="utf-8")))
    for named in re.findall(r'reason=~"([^"]*)"', rules):
        for reason in named.split("|"):
            tap.equal(reason in reasons, True, f"{reason} is a reason to drop")


if __name__ == "__main__":
    tap.main(globals(), setup=lambda: Exposition(sys.argv[1]), teardown=lambda _: None,
             only=sys.argv[2] if len(sys.argv) > 2 else None)
