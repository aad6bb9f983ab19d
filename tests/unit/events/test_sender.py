"""What became of the events of a window: which are done with, and which are sent again."""

from datetime import UTC, datetime

import pytest
from aiokafka.errors import KafkaConnectionError, UnknownTopicOrPartitionError

from grantstream.contracts.claims import CLOCK_TOLERANCE
from grantstream.events.producing.outbox import prepared
from grantstream.events.producing.own_token import TokenValidity
from grantstream.events.producing.sender import judged, why
from grantstream.kafka.errors import AppendTimeMissing
from grantstream.kafka.record_window import Acknowledged, Outcome
from grantstream.testing.sample_events import app_modified

TOLERANCE = CLOCK_TOLERANCE.total_seconds()
VALID = TokenValidity(not_before=1000, expires_at=2000)
GONE = Acknowledged(appended_at=1500, partition=0, offset=0)
LATE = Acknowledged(appended_at=2000, partition=0, offset=0)
LOST = KafkaConnectionError()
UNKNOWN = UnknownTopicOrPartitionError()


def judged_as(*window: tuple[str, Outcome]) -> list[str]:
    events = [prepared(app_modified(app_id=app_id), source="urn:t", now=datetime.now(UTC)) for app_id, _ in window]
    return [type(outcome).__name__ for outcome in judged(events, [each for _, each in window], VALID)]


def test_what_the_broker_has_is_done_with() -> None:
    assert judged_as(("a", GONE), ("b", GONE), ("a", GONE)) == ["Acknowledged"] * 3


@pytest.mark.parametrize("fault", [LOST, UNKNOWN])
def test_later_events_of_a_failed_subject_are_behind(fault: Exception) -> None:
    found = judged_as(("a", GONE), ("a", fault), ("b", GONE), ("a", GONE), ("a", UNKNOWN))
    assert found == ["Acknowledged", type(fault).__name__, "Acknowledged", "Behind", "Behind"]


def test_an_event_outside_its_tokens_validity_is_resent() -> None:
    assert judged_as(("a", LATE), ("b", GONE), ("a", GONE)) == ["TokenOutlived", "Acknowledged", "Behind"]


@pytest.mark.parametrize(
    ("appended_at", "is_in_time"),
    [(1000 - TOLERANCE - 0.1, False), (1000 - TOLERANCE, True), (1999.9, True), (2000, False)],
)
def test_a_record_must_be_appended_while_its_token_is_valid(appended_at: float, is_in_time: bool) -> None:
    assert judged_as(("a", Acknowledged(appended_at, 0, 0))) == ["Acknowledged" if is_in_time else "TokenOutlived"]


def test_only_own_errors_are_told_with_their_text() -> None:
    assert why(KafkaConnectionError("a secret"), "app.modified") == "app.modified: KafkaConnectionError"
    assert why(AppendTimeMissing("app.modified"), "app.modified").startswith("app.modified is not dated by the broker")
