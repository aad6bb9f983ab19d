"""Of the marks on dead letters each counts once, where it was first appended, and under its own key alone."""

import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from grantstream.contracts.events.dead import DeadLetterEvent, EventRedriven, EventSetAside, RedriveAsked
from grantstream.contracts.events.register import EVENT_TYPES
from grantstream.events.consuming.consumer_settings import ConsumerSettings
from grantstream.events.consuming.judging import Accepted, Judge
from grantstream.events.dead.dead_letter_index import DeadLetterIndex
from grantstream.events.dead.mark_reading import AppendedMark, Marks, in_order
from grantstream.proof import RecordContent
from grantstream.testing import Mint, record, signed_record
from grantstream.testing.records import signed_headers

MINT = Mint()
JUDGE = Judge(MINT.guard(), EVENT_TYPES, ConsumerSettings(key_limit=0.0))
PLACE: dict[str, Any] = {
    "group_id": "token", "topic": "app.modified", "partition": 3, "offset": 41, "appended_at_ms": 1_800_000_000_123,
}  # fmt: skip
SET_ASIDE = EventSetAside(**PLACE, reason="event_poisonous", copy_sha256="ab" * 32)
REDRIVEN = EventRedriven(**PLACE)


def written(mark: DeadLetterEvent, **attributes: Any) -> RecordContent:
    return signed_record(MINT.token(), mark, **attributes)


async def marks_of(*records: RecordContent) -> Marks:
    """As they are read when they stand on the topic in this order."""
    marks = Marks()
    for offset, each in enumerate(records):
        place = {"partition": 0, "offset": offset, "timestamp": int(time.time() * 1000), "timestamp_type": 1}
        verdict = await JUDGE.judge(
            SimpleNamespace(topic=each.topic, key=each.key, value=each.value, headers=each.headers, **place)
        )
        if isinstance(verdict, Accepted):
            mark = AppendedMark.of(verdict)
            assert mark is not None
            marks.take(mark)
    return marks


def is_left_out(marks: Marks) -> bool:
    return DeadLetterIndex("token", marks.last).contains("app.modified", 3, 41, 1_800_000_000_123)


async def test_an_event_of_a_recreated_topic_is_another_event() -> None:
    index = DeadLetterIndex("token", (await marks_of(written(SET_ASIDE))).last)
    assert index.contains("app.modified", 3, 41, 1_800_000_000_123)
    assert not index.contains("app.modified", 3, 41, 1_900_000_000_000)


@pytest.mark.parametrize("read", [("p0", "p1"), ("p1", "p0")])
def test_marks_across_partitions_count_in_append_order(read: tuple[str, ...]) -> None:
    """However the partitions were read: an operator gave the topic more, and the later marks are in another one."""

    def event(name: str, partition: int, appended_at_ms: int) -> AppendedMark:
        return AppendedMark(partition, appended_at_ms, ("client", "source", name), SET_ASIDE)

    partitions = {
        # The clock of a broker may be put back: within a partition its own order holds.
        "p0": [event("aside", 0, 100), event("asked", 0, 300), event("aside again", 0, 290)],
        "p1": [event("redriven", 1, 400), event("copied", 1, 500)],
    }
    found = in_order(each for name in read for each in partitions[name])
    assert [each.name[-1] for each in found] == ["aside", "asked", "aside again", "redriven", "copied"]


async def test_a_replayed_mark_has_no_effect() -> None:
    aside, driven = written(SET_ASIDE), written(REDRIVEN)
    assert is_left_out(await marks_of(aside))
    assert not is_left_out(await marks_of(aside, driven, aside))
    assert is_left_out(await marks_of(aside, driven, written(SET_ASIDE), driven))


async def test_a_replayed_request_asks_for_nothing() -> None:
    asked = written(RedriveAsked(**PLACE))
    marks = await marks_of(written(SET_ASIDE), asked, written(REDRIVEN), asked)
    assert list(marks.last.values()) == [REDRIVEN]


async def test_the_id_of_another_producers_mark_uses_up_nothing() -> None:
    aside = written(SET_ASIDE, id="one", source="urn:one")
    marks = await marks_of(aside, written(REDRIVEN, id="one", source="urn:two"))
    assert not is_left_out(marks)


@pytest.mark.parametrize("key", [None, b"", b"token/app.modified/3/42", b"other/app.modified/3/41"])
async def test_a_mark_under_another_key_than_its_own_is_refused(key: bytes | None) -> None:
    bare = replace(record(SET_ASIDE), key=key)
    by_its_producer = signed_headers(
        MINT.token(), topic=bare.topic, key=bare.key, value=bare.value, headers=bare.headers
    )
    assert not (await marks_of(replace(bare, headers=by_its_producer))).last
    assert not (await marks_of(replace(written(SET_ASIDE), key=key))).last


async def test_copies_are_all_those_that_the_group_marked() -> None:
    again = SET_ASIDE.model_copy(update={"copy_sha256": "cd" * 32})
    gone = EventSetAside(**PLACE, reason="event_gone")
    marks = await marks_of(*map(written, (SET_ASIDE, RedriveAsked(**PLACE), again, RedriveAsked(**PLACE), gone)))
    assert marks.copies(SET_ASIDE.subject) == {"ab" * 32, "cd" * 32}
    assert marks.are_the_groups(SET_ASIDE.subject)


async def test_a_request_alone_is_not_the_groups_word() -> None:
    marks = await marks_of(written(RedriveAsked(**PLACE)))
    assert not marks.are_the_groups(SET_ASIDE.subject)


@pytest.mark.parametrize("field", ["partition", "offset"])
def test_no_mark_names_a_place_that_kafka_has_no_number_for(field: str) -> None:
    with pytest.raises(ValueError, match="less than"):
        RedriveAsked(**PLACE | {field: 2**63})


def test_a_mark_of_before_copies_had_digests_can_be_read() -> None:
    told = SET_ASIDE.model_dump(exclude={"copy_sha256"})
    assert EventSetAside.model_validate(told).copy_sha256 is None
