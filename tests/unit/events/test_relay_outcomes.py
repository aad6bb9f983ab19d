"""Which rows of a window are done with, which wait, and which are sent again."""

from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError, UnknownTopicOrPartitionError

from grantstream.contracts.claims import CLOCK_TOLERANCE
from grantstream.events.producing.own_token import TokenValidity
from grantstream.events.relaying.relay import window_outcome
from grantstream.kafka.record_window import Acknowledged, Outcome

TOLERANCE = CLOCK_TOLERANCE.total_seconds()
VALID = TokenValidity(not_before=1000, expires_at=2000)
GONE = Acknowledged(appended_at=1500, partition=0, offset=0)
LATE = Acknowledged(appended_at=2000, partition=0, offset=0)
LOST = KafkaConnectionError()
UNKNOWN = UnknownTopicOrPartitionError()


def sorted_out(*window: tuple[str, Outcome]) -> tuple[list[int], list[int], str | None]:
    rows: list[Any] = [{"id": number, "ce_subject": subject} for number, (subject, _) in enumerate(window)]
    outcome = window_outcome(rows, [each for _, each in window], VALID)
    return (
        [row["id"] for row in outcome.delivered],
        [row["id"] for row, _ in outcome.blocked],
        outcome.failure[0] if outcome.failure else None,
    )


def test_what_the_broker_has_is_done_with() -> None:
    assert sorted_out(("a", GONE), ("b", GONE), ("a", GONE)) == ([0, 1, 2], [], None)


def test_later_events_of_a_failed_aggregate_are_sent_again() -> None:
    assert sorted_out(("a", GONE), ("a", LOST), ("b", GONE), ("a", GONE)) == ([0, 2], [], "broker")


def test_an_unsendable_event_blocks_only_its_aggregate() -> None:
    window = ("a", UNKNOWN), ("b", GONE), ("a", GONE), ("a", UNKNOWN), ("c", MessageSizeTooLargeError())
    assert sorted_out(*window) == ([1], [0, 4], None)


def test_an_event_outside_its_tokens_validity_is_resent() -> None:
    assert sorted_out(("a", LATE), ("b", GONE), ("a", GONE)) == ([1], [], "token_validity")


@pytest.mark.parametrize(
    ("appended_at", "is_in_time"),
    [(1000 - TOLERANCE - 0.1, False), (1000 - TOLERANCE, True), (1999.9, True), (2000, False)],
)
def test_a_record_must_be_appended_while_its_token_is_valid(appended_at: float, is_in_time: bool) -> None:
    assert bool(sorted_out(("a", Acknowledged(appended_at, 0, 0)))[0]) is is_in_time
