"""What Prometheus is told of how far a consumer is behind."""

from prometheus_client import REGISTRY

from grantstream.service.telemetry.metrics import note_consumer_lag


def lag_of(topic: str) -> float:
    """The sum over all partitions, as the dashboard and the alert ask for it."""
    samples = (sample for metric in REGISTRY.collect() for sample in metric.samples)
    return sum(each.value for each in samples if each.labels.get("topic") == topic and "consumer_lag" in each.name)


def test_consumer_lag_adds_up_all_partitions() -> None:
    note_consumer_lag("lag.told", 0, 7)
    note_consumer_lag("lag.told", 1, 0)
    note_consumer_lag("lag.told", 2, 5)
    assert lag_of("lag.told") == 12
