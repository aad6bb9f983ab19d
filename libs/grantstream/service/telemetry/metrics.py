"""The metrics of this process: one function for each thing that is counted or measured."""

from functools import cache

from prometheus_client import Counter, Gauge, Histogram

from grantstream.service.telemetry import metric_names as names
from grantstream.service.telemetry.metric_names import MetricName


@cache
def counter(metric: MetricName) -> Counter:
    """The counter of this name; created at its first use."""
    return Counter(metric.name, metric.meaning, metric.labels)


@cache
def gauge(metric: MetricName) -> Gauge:
    """The gauge of this name; its value is the highest of all live workers."""
    return Gauge(metric.name, metric.meaning, metric.labels, multiprocess_mode="livemax")


@cache
def histogram(metric: MetricName, buckets: tuple[float, ...]) -> Histogram:
    """The histogram of this name."""
    return Histogram(metric.name, metric.meaning, metric.labels, buckets=buckets)


def count_refusal(code: str) -> None:
    """The guard refused a request or an event; `code` is a RefusalCode."""
    counter(names.GUARD_REFUSALS).labels(str(code)).inc()


def note_fence_staleness(seconds: float) -> None:
    """Sets the age of the proof of being current."""
    gauge(names.FENCE_STALENESS).set(seconds)


def observe_fence_wait(seconds: float, *, reached: bool) -> None:
    """An answer waited this long for a change to be effective everywhere."""
    outcome = "reached" if reached else "pending"
    histogram(names.FENCE_WAIT, names.FENCE_WAIT_BUCKETS).labels(outcome).observe(seconds)


def note_outbox(rows: int, oldest_seconds: float) -> None:
    """Sets the number of events in the outbox, and the age of the oldest."""
    gauge(names.OUTBOX_ROWS).set(rows)
    gauge(names.OUTBOX_AGE).set(oldest_seconds)


def count_sent(events: int) -> None:
    """The broker acknowledged events."""
    counter(names.RELAY_SENT).inc(events)


def set_blocked_aggregates(aggregates: int) -> None:
    """Sets the number of aggregates that the relay blocks."""
    gauge(names.RELAY_HELD).set(aggregates)


def count_send_failure(kind: str) -> None:
    """The relay failed and retries; `kind` is a RelayFailure."""
    counter(names.RELAY_FAILURES).labels(kind).inc()


def count_sweep_outcome(topic: str, outcome: str) -> None:
    """A sweep found a last record that is not its owner's row, or failed; `outcome` is an Outcome of `sweep_notes`."""
    counter(names.SWEEP).labels(topic, outcome).inc()


def note_consumer_lag(topic: str, partition: int, records: int) -> None:
    """Sets how many records of a partition this process still has to consume."""
    gauge(names.CONSUMER_LAG).labels(topic, str(partition)).set(records)


def count_consumed(topic: str, outcome: str, events: int = 1) -> None:
    """Events were consumed; `outcome` is `handled`, `retried`, or why they were skipped."""
    counter(names.EVENTS_CONSUMED).labels(topic, outcome).inc(events)


def count_dead_letter(topic: str, code: str) -> None:
    """A record was put on the dead-letter topic of `topic`."""
    counter(names.DEAD_LETTERS).labels(topic, code).inc()


def count_token(grant_type: str) -> None:
    """An access token was issued."""
    _tokens_issued(grant_type).inc()


@cache
def _tokens_issued(grant_type: str) -> Counter:
    # Cached: for this busiest counter, looking up its label costs more than counting.
    return counter(names.TOKENS_ISSUED).labels(grant_type)
