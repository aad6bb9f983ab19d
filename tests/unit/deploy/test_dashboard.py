"""What Grafana shows and Prometheus watches is what the product measures."""

import json
import re

import yaml

from grantstream.service.telemetry import metric_names
from grantstream.service.telemetry.metric_names import MetricName
from tests.unit.deploy.compose_file import ROOT

METRICS = {value.name: value for value in vars(metric_names).values() if isinstance(value, MetricName)}
ADDED_BY_PROMETHEUS = {"service", "role", "le", "instance", "job"}


def dashboard_queries() -> list[str]:
    """Every query of the dashboard."""
    panels = json.loads((ROOT / "deploy/grafana/dashboards/grantstream.json").read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def alert_queries() -> list[str]:
    """Every query of the alerts."""
    groups = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


def metrics_of(query: str) -> set[str]:
    """The metrics that a query names, without the endings of a histogram's parts."""
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"grantstream_\w+", query)}


def test_the_dashboard_shows_exactly_the_existing_metrics() -> None:
    assert set().union(*map(metrics_of, dashboard_queries())) == set(METRICS)


def test_alerts_watch_metrics_that_exist() -> None:
    assert set().union(*map(metrics_of, alert_queries())) <= set(METRICS)


def test_queries_group_by_labels_that_the_metric_has() -> None:
    for query in dashboard_queries() + alert_queries():
        grouped = {label.strip() for by in re.findall(r"by \(([^)]*)\)", query) for label in by.split(",")}
        known = {label for name in metrics_of(query) for label in METRICS[name].labels}
        assert grouped <= known | ADDED_BY_PROMETHEUS, query
