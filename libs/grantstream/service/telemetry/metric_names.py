"""The register of all metrics. Times are in seconds, sizes in bytes."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class MetricName:
    """A metric's name, meaning and labels. All labels have few values, none of them chosen by clients."""

    name: str
    meaning: str
    labels: tuple[str, ...] = ()


HTTP_REQUESTS: Final = MetricName(
    "grantstream_http_request_seconds", "Answered requests, by how long they took.", ("method", "route", "status")
)
GUARD_REFUSALS: Final = MetricName(
    "grantstream_guard_refusals_total", "Requests and events refused by the guard.", ("code",)
)
FENCE_STALENESS: Final = MetricName("grantstream_fence_staleness_seconds", "Age of the proof of being current.")
FENCE_WAIT: Final = MetricName(
    "grantstream_fence_wait_seconds", "Time an answer waited until all processes had reached its change.", ("outcome",)
)
OUTBOX_ROWS: Final = MetricName("grantstream_outbox_rows", "Events that wait in the outbox.")
OUTBOX_AGE: Final = MetricName("grantstream_outbox_oldest_seconds", "Age of the oldest event in the outbox.")
RELAY_HELD: Final = MetricName(
    "grantstream_relay_held_aggregates", "Aggregates whose events wait because one of them can't be sent."
)
RELAY_SENT: Final = MetricName("grantstream_relay_sent_total", "Events acknowledged by the broker.")
RELAY_FAILURES: Final = MetricName("grantstream_relay_failures_total", "Sends that failed and are repeated.", ("kind",))
SWEEP: Final = MetricName(
    "grantstream_sweep_total",
    "Aggregates whose last record on a state topic was not their owner's row, by outcome; and sweeps that failed.",
    ("topic", "outcome"),
)
CONSUMER_LAG: Final = MetricName(
    "grantstream_consumer_lag_records", "Records not yet consumed.", ("topic", "partition")
)
EVENTS_CONSUMED: Final = MetricName(
    "grantstream_events_consumed_total", "Events consumed, by what became of them.", ("topic", "outcome")
)
DEAD_LETTERS: Final = MetricName(
    "grantstream_dead_letters_total", "Records put on a dead-letter topic.", ("topic", "code")
)
TOKENS_ISSUED: Final = MetricName("grantstream_tokens_issued_total", "Access tokens issued.", ("grant_type",))

REQUEST_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
FENCE_WAIT_BUCKETS: Final = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
