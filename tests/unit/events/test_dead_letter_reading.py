"""Copies of dead letters, as anybody may write them: what can't be one is passed over, and no mark vouches for it."""

from types import SimpleNamespace
from typing import Any, Final

import pytest

from grantstream.contracts.events.dead import DeadLetterEvent, EventRedriven, EventSetAside, RedriveAsked
from grantstream.contracts.topics import APP_MODIFIED
from grantstream.events.dead import dead_letter_headers as names
from grantstream.events.dead.copy_digest import copy_digest
from grantstream.events.dead.dead_letter_reading import from_copy
from grantstream.events.dead.dead_letters import DeadLetters
from grantstream.events.dead.mark_reading import AppendedMark, Marks
from grantstream.events.producing.record_window import Acknowledged
from grantstream.kafka.topic_description import TopicDescription

SOURCES: Final = {APP_MODIFIED.name: TopicDescription(APP_MODIFIED.name, "id", frozenset(range(6)))}


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


def test_a_copy_names_its_event_and_is_not_vouched_for() -> None:
    letter = from_copy(_copy(), Marks(), SOURCES)
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
    assert from_copy(_copy(**changes), Marks(), SOURCES) is None


def test_a_copy_from_an_added_partition_is_shown() -> None:
    grown = {APP_MODIFIED.name: TopicDescription(APP_MODIFIED.name, "id", frozenset(range(12)))}
    copy = _copy(dead_partition=b"11")
    assert from_copy(copy, Marks(), SOURCES) is None
    assert from_copy(copy, Marks(), {}) is None
    letter = from_copy(copy, Marks(), grown)
    assert letter is not None
    assert letter.partition == 11


def test_a_reason_is_truncated_to_the_longest_possible_one() -> None:
    letter = from_copy(_copy(dead_reason=b"r" * 1_000_000), Marks(), SOURCES)
    assert letter is not None
    assert len(letter.reason) == 100


PLACE: Final[dict[str, Any]] = {
    "group_id": "receipts", "topic": "app.modified", "partition": 3, "offset": 41, "appended_at_ms": 1_800_000_000_123,
}  # fmt: skip


def _marks(*marks: DeadLetterEvent) -> Marks:
    """As if they stood on their topic in this order."""
    told = Marks()
    for number, mark in enumerate(marks):
        told.take(AppendedMark(0, number, ("receipts", "urn:test", str(number)), mark))
    return told


def _aside(copy: Any) -> EventSetAside:
    digest = copy_digest(copy.key, copy.value, copy.headers)
    return EventSetAside(**PLACE, reason="event_poisonous", copy_sha256=digest)


@pytest.mark.parametrize("later", [(), (RedriveAsked(**PLACE),), (EventRedriven(**PLACE),)])
def test_only_the_copy_with_a_marked_digest_is_vouched_for(later: tuple[DeadLetterEvent, ...]) -> None:
    copy = _copy()
    marks = _marks(_aside(copy), *later)
    letter = from_copy(copy, marks, SOURCES)
    assert letter is not None
    assert (letter.vouched, letter.key, letter.value) == (True, b"app", b"{}")
    for part, forged in (("key", b"other"), ("key", None), ("value", b"[]"), ("headers", [*copy.headers, ("a", b"")])):
        assert from_copy(SimpleNamespace(**vars(copy) | {part: forged}), marks, SOURCES) is None
    assert from_copy(_copy(dead_appended_at=b"1700000000000"), marks, SOURCES) is None


def test_a_mark_without_a_digest_vouches_for_no_copy() -> None:
    assert from_copy(_copy(), _marks(EventSetAside(**PLACE, reason="expired")), SOURCES) is None


def test_a_request_vouches_for_no_copy_and_skips_others() -> None:
    """A group without a credential tells of nothing: all that there is of it are copies, which anybody may write."""
    marks = _marks(RedriveAsked(**PLACE))
    letter = from_copy(_copy(), marks, SOURCES)
    assert letter is not None
    assert (letter.vouched, letter.status) == (False, "asked")
    assert from_copy(_copy(dead_appended_at=b"1700000000000"), marks, SOURCES) is None


class _Window:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    async def send(self, records: Any) -> list[Acknowledged]:
        self.sent += records
        return [Acknowledged(0.0, 0, 0) for _ in records]


class _Told:
    """Keeps the marks."""

    def __init__(self) -> None:
        self.marks: list[EventSetAside] = []

    async def append(self, marks: Any) -> None:
        self.marks += marks


async def test_each_mark_has_the_digest_of_its_own_copy() -> None:
    window, told = _Window(), _Told()
    letters: Any = DeadLetters(window, "receipts", marks=told)  # type: ignore[arg-type]
    records = [
        SimpleNamespace(topic="app.modified", partition=3, offset=offset, timestamp=1_800_000_000_123, key=key,
                        value=b"{}", headers=[("ce_id", None)])
        for offset, key in ((41, b"one"), (42, None))
    ]  # fmt: skip
    await letters.publish([(record, "expired") for record in records])
    marks = _marks(*told.marks)
    copies = [SimpleNamespace(**_fields(each), offset=place) for place, each in enumerate(window.sent)]
    assert [
        letter and (letter.vouched, letter.offset, letter.key)
        for letter in (from_copy(c, marks, SOURCES) for c in copies)
    ] == [
        (True, 41, b"one"),
        (True, 42, None),
    ]


def _fields(sent: Any) -> dict[str, Any]:
    return {name: getattr(sent, name) for name in ("topic", "key", "value", "headers")}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((None, b"", []), (b"", b"", [])),
        ((b"a", b"b", []), (b"ab", b"", [])),
        ((b"", b"", [("a", None)]), (b"", b"", [("a", b"")])),
        ((b"", b"", [("a", b"b")]), (b"", b"", [("ab", b"")])),
        ((b"", b"", [("a", b""), ("b", b"")]), (b"", b"", [("b", b""), ("a", b"")])),
    ],
)
def test_copies_that_differ_have_different_digests(one: Any, other: Any) -> None:
    assert copy_digest(*one) != copy_digest(*other)
