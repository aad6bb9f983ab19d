"""Copies of dead letters, as anybody may write them: what can't be one is passed over."""

from types import SimpleNamespace
from typing import Any

import pytest

from grantstream.contracts.events.dead import RedriveAsked
from grantstream.contracts.topics import APP_MODIFIED
from grantstream.events.dead import dead_letter_headers as names
from grantstream.events.dead.dead_letter_reading import from_copy


def _copy(**changes: bytes) -> Any:
    told = {
        names.TOPIC: APP_MODIFIED.name.encode(),
        names.GROUP: b"receipts",
        names.PARTITION: b"3",
        names.OFFSET: b"41",
        names.APPENDED_AT: b"1800000000123",
        names.REASON: b"expired",
    }
    headers = [*(told | {name.replace("_", "-"): value for name, value in changes.items()}).items()]
    return SimpleNamespace(topic=APP_MODIFIED.dead_letters, offset=7, key=b"app", value=b"{}", headers=headers)


def test_a_copy_tells_of_its_event_and_that_nobody_vouches_for_it() -> None:
    letter = from_copy(_copy(), {})
    assert letter is not None
    assert (letter.topic, letter.partition, letter.offset, letter.group) == ("app.modified", 3, 41, "receipts")
    assert not letter.vouched
    assert RedriveAsked(**letter.place).appended_at_ms == 1_800_000_000_123


@pytest.mark.parametrize(
    "changes",
    [
        {"dead_appended_at": b"9" * 400},
        {"dead_appended_at": b"9" * 5000},
        {"dead_appended_at": b"9" * 18},
        {"dead_appended_at": b"-1"},
        {"dead_offset": b"-1"},
        {"dead_partition": b"-1"},
        {"dead_partition": b"99999"},
        {"dead_group": b"g" * 256},
        {"dead_group": b"\xff"},
    ],
)
def test_a_copy_of_what_cannot_be_an_event_is_passed_over(changes: dict[str, bytes]) -> None:
    assert from_copy(_copy(**changes), {}) is None


def test_a_reason_is_shown_no_longer_than_a_group_could_give_one() -> None:
    letter = from_copy(_copy(dead_reason=b"r" * 1_000_000), {})
    assert letter is not None
    assert len(letter.reason) == 100
