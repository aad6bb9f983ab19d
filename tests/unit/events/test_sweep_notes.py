"""What a sweep concludes from the records that it read and from the owner's row."""

import json
from pathlib import Path

import pytest
from aiokafka import TopicPartition

from grantstream.contracts.events.registration import AppDeleted, AppRegistered
from grantstream.contracts.events.token import KeyPublished
from grantstream.contracts.topics import APP_DELETED, APP_MODIFIED, APP_REGISTERED
from grantstream.events.consuming.judging import Accepted
from grantstream.events.relaying.owned_states import LONGEST_KEY, first_expressed, possible_key
from grantstream.events.relaying.sweep import _last_record, _with_the_same_keys
from grantstream.events.relaying.sweep_notes import (
    BadRecord,
    KeyNotes,
    LastRecord,
    Outcome,
    SweepNotes,
    digest_of,
    examine,
    topics_to_try,
)
from tests.unit.events.test_projection import app

GOLDEN_KEY = Path(__file__).parents[2] / "golden" / "events" / "key.published.v1.json"
TOPICS = (APP_REGISTERED, APP_MODIFIED, APP_DELETED)
REGISTERED, MODIFIED, DELETED = (topic.name for topic in TOPICS)
REFUSED, TOMBSTONE = BadRecord.REFUSED, BadRecord.TOMBSTONE
ROW = app(3)


def version(number: int, **changes: object) -> LastRecord:
    return digest_of(app(number, **changes))


def noted(*records: tuple[str, LastRecord]) -> KeyNotes:
    notes = SweepNotes()
    for topic, record in records:
        notes.note(topic, "app", record)
    [(_, found)] = notes.held()
    return found


@pytest.mark.parametrize(
    "records",
    [
        [(MODIFIED, version(3))],
        [(MODIFIED, version(2)), (MODIFIED, version(3))],
        [(MODIFIED, REFUSED), (MODIFIED, TOMBSTONE), (MODIFIED, version(3))],
        [(REGISTERED, version(1)), (MODIFIED, version(3))],
        [(MODIFIED, version(3)), (REGISTERED, REFUSED)],
        [(MODIFIED, digest_of(app(3, AppRegistered)))],
    ],
)
def test_the_row_as_last_record_of_any_topic_is_right(records: list[tuple[str, LastRecord]]) -> None:
    assert examine(noted(*records), ROW) is Outcome.RIGHT


@pytest.mark.parametrize(
    "records",
    [
        [(MODIFIED, REFUSED)],
        [(MODIFIED, version(3)), (MODIFIED, REFUSED)],
        [(MODIFIED, version(3)), (MODIFIED, TOMBSTONE)],
        [(MODIFIED, version(3)), (MODIFIED, version(2))],
        [(MODIFIED, version(3, name="another"))],
        [(REGISTERED, version(1)), (MODIFIED, version(2))],
    ],
)
def test_any_other_last_record_is_repaired(records: list[tuple[str, LastRecord]]) -> None:
    assert examine(noted(*records), ROW) is Outcome.REPUBLISHED


@pytest.mark.parametrize(
    "records",
    [
        [(MODIFIED, version(4))],
        [(MODIFIED, version(4)), (MODIFIED, version(3))],
        [(MODIFIED, version(4)), (MODIFIED, REFUSED)],
        [(REGISTERED, version(4)), (MODIFIED, version(3))],
    ],
)
def test_a_newer_accepted_state_than_the_row_is_ahead(records: list[tuple[str, LastRecord]]) -> None:
    assert examine(noted(*records), ROW) is Outcome.AHEAD


def test_a_key_without_a_row_is_unknown() -> None:
    assert examine(noted((MODIFIED, version(4))), None) is Outcome.UNKNOWN
    assert examine(noted((MODIFIED, REFUSED)), None) is Outcome.UNKNOWN


def test_a_state_goes_where_the_wrong_record_stands() -> None:
    assert topics_to_try(noted((REGISTERED, version(1)), (MODIFIED, version(2))), TOPICS)[0] == MODIFIED
    notes = noted((REGISTERED, version(1)), (DELETED, version(2)), (MODIFIED, REFUSED))
    assert topics_to_try(notes, TOPICS) == [MODIFIED, DELETED, REGISTERED]
    assert isinstance(first_expressed(topics_to_try(notes, TOPICS), ROW), type(ROW))


def test_a_topic_that_cannot_express_it_is_passed_over() -> None:
    topics = topics_to_try(noted((DELETED, REFUSED)), TOPICS)
    assert topics[0] == DELETED
    assert isinstance(first_expressed(topics, ROW), AppRegistered)
    assert isinstance(first_expressed(topics, app(3, deleted=True)), AppDeleted)
    assert first_expressed([DELETED], ROW) is None


def test_a_later_record_of_a_dropped_key_is_noted() -> None:
    notes = SweepNotes()
    notes.note(MODIFIED, "app", version(3))
    notes.note(MODIFIED, "other", version(3))
    for key, _ in notes.held():
        notes.drop(key)
    assert len(notes) == 0
    notes.note(MODIFIED, "app", REFUSED)
    [(key, found)] = notes.held()
    assert (key, found.last, found.newest_version) == ("app", {MODIFIED: REFUSED}, 0)


@pytest.mark.parametrize("key", [None, b"k" * (LONGEST_KEY + 1), b"no\x00text", b"\xff", b"line\n"])
def test_a_key_that_no_aggregate_can_have_is_nobodys(key: bytes | None) -> None:
    assert possible_key(key) is None


def test_an_enablements_key_is_possible_at_its_longest() -> None:
    assert possible_key(b"k" * LONGEST_KEY) == "k" * LONGEST_KEY


def test_partitions_with_the_same_keys_are_swept_together() -> None:
    partitions = [TopicPartition(topic, number) for topic in ("a", "b") for number in (1, 0)]
    assert _with_the_same_keys(partitions) == [
        [TopicPartition("a", 0), TopicPartition("b", 0)],
        [TopicPartition("a", 1), TopicPartition("b", 1)],
    ]
    assert _with_the_same_keys([]) == []


def test_a_topic_with_more_partitions_makes_them_one_group() -> None:
    partitions = [TopicPartition("a", 0), TopicPartition("b", 0), TopicPartition("b", 1)]
    assert _with_the_same_keys(partitions) == [partitions]


def test_a_state_that_json_cannot_say_is_refused() -> None:
    """By the digest, not by an error that would end the process."""
    key = json.loads(GOLDEN_KEY.read_text())["data"]
    state = KeyPublished.model_validate(key | {"jwk": key["jwk"] | {"n": 2**70}})
    assert _last_record(Accepted(None, None, state)) is BadRecord.REFUSED
