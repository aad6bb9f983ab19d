"""A dead letter says why and where from, and carries no token, whatever was sent."""

from types import SimpleNamespace
from typing import Any

import pytest

from grantstream.contracts.topics import TOPICS
from grantstream.events.dead import copies as names
from grantstream.events.dead.copies import copy_of
from grantstream.kafka.topic_settings import MAX_DEAD_LETTER_BYTES, wanted_topics
from grantstream.testing import Mint


def record(**changes: Any) -> Any:
    fields = {
        "topic": "app.modified", "partition": 3, "offset": 41, "timestamp": 1_800_000_000_123, "key": b"app",
        "value": b"{}", "headers": [("ce_id", b"1"), ("authorization", b"Bearer secret"), ("event-proof", b"secret")],
    }  # fmt: skip
    return SimpleNamespace(**(fields | changes))


def test_it_tells_reason_group_and_place() -> None:
    letter = copy_of(record(), "expired", "group")
    told = dict(letter.headers)
    assert letter.topic == "app.modified.dead"
    assert (letter.key, letter.value) == (b"app", b"{}")
    assert told == {
        "ce_id": b"1",
        names.REASON: b"expired",
        names.GROUP: b"group",
        names.TOPIC: b"app.modified",
        names.PARTITION: b"3",
        names.OFFSET: b"41",
        names.APPENDED_AT: b"1800000000123",
    }


def test_only_own_event_headers_are_copied_and_each_once() -> None:
    headers = [("x-token", b"secret"), ("Authorization", b"secret"), ("ce_id", None), ("ce_id", b"2"),
               ("ce_type", b"\xff"), (names.REASON, b"forged")]  # fmt: skip
    letter = copy_of(record(headers=headers), "expired", "group")
    assert [header for header in letter.headers if header[0].startswith("ce_")] == [
        ("ce_id", None),
        ("ce_type", b"\xff"),
    ]
    assert b"secret" not in b"".join(value or b"" for _, value in letter.headers)
    assert [value for name, value in letter.headers if name == names.REASON] == [b"expired"]


def test_what_no_topic_takes_is_left_out_and_that_is_said() -> None:
    """A record that is small only while it is compressed must not hold up its partition for ever."""
    huge = b"x" * 100_000_000
    letter = copy_of(record(value=huge, key=huge, headers=[("ce_id", huge)]), "expired", "group")
    assert (letter.key, letter.value) == (None, b"")
    assert dict(letter.headers)[names.LEFT_OUT] == b"value,key,headers"


@pytest.mark.parametrize("part", ["value", "key", "headers"])
def test_a_misplaced_token_is_not_copied(part: str) -> None:
    token = Mint().token().encode()
    written = {"value": b'{"note": "' + token + b'"}', "key": token, "headers": [("ce_id", token)]}[part]
    letter = copy_of(record(**{part: written}), "expired", "group")
    parts = [letter.key or b"", letter.value or b"", *(value or b"" for _, value in letter.headers)]
    assert token[:40] not in b"".join(parts)
    assert dict(letter.headers)[names.LEFT_OUT] == part.encode()


def test_what_only_looks_a_little_like_a_token_is_copied() -> None:
    for value in (b"eyJ", b'{"file": "eyJhbGci.txt"}', b"eyJhbGciOiJFUzI1NiJ9 eyJhbGciOiJFUzI1NiJ9"):
        assert copy_of(record(value=value), "expired", "group").value == value


def test_a_record_of_the_largest_size_is_copied_whole() -> None:
    letter = copy_of(record(value=b"x" * 1_040_000), "expired", "group")
    assert letter.value == b"x" * 1_040_000
    assert names.LEFT_OUT not in dict(letter.headers)


def test_each_dead_letter_topic_takes_more_and_deletes() -> None:
    by_name = {topic.name: topic for topic in wanted_topics(3)}
    for topic in TOPICS.values():
        dead = by_name[topic.dead_letters]
        assert dead.config["cleanup.policy"] == "delete"
        assert int(dead.config["max.message.bytes"]) == MAX_DEAD_LETTER_BYTES
        assert 0 < int(dead.config["retention.ms"]) <= topic.kept.total_seconds() * 1000


def test_min_insync_replicas_is_two_of_three_or_one_of_one() -> None:
    assert {topic.config["min.insync.replicas"] for topic in wanted_topics(3)} == {"2"}
    assert {topic.config["min.insync.replicas"] for topic in wanted_topics(1)} == {"1"}
