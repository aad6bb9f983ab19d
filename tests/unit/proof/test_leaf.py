"""Records that differ in anything that is covered have different leaves."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantstream.proof.leaf import leaf_hash

RECORD: dict[str, Any] = {
    "topic": "app.modified",
    "key": b"app-1",
    "value": b"{}",
    "headers": [("ce_id", b"1"), ("ce_type", b"app.modified"), ("content-type", b"application/json")],
}


def with_headers(*headers: tuple[str, bytes | None]) -> bytes:
    return leaf_hash(**RECORD | {"headers": headers})


def test_a_leaf_is_made_of_lengths_and_bytes() -> None:
    fields = [b"grantstream-event-v1", b"t", b"k", hashlib.sha256(b"v").digest(), b"ce_id", b"1"]
    spelled = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    assert leaf_hash("t", b"k", b"v", [("ce_id", b"1")]) == hashlib.sha256(b"\x00" + spelled).digest()


def test_null_is_encoded_as_an_impossible_length() -> None:
    null = b"\xff\xff\xff\xff"
    spelled = b"\x00\x00\x00\x14grantstream-event-v1" + b"\x00\x00\x00\x01t" + null + null
    assert leaf_hash("t", None, None, []) == hashlib.sha256(b"\x00" + spelled).digest()


@pytest.mark.parametrize(
    "change",
    [
        {"topic": "app.deleted"},
        {"key": b"app-2"},
        {"key": b""},
        {"key": None},
        {"value": b"{ }"},
        {"value": b""},
        {"value": None},
        {"headers": []},
        {"headers": [*RECORD["headers"], ("ce_extension", b"")]},
        {"headers": [*RECORD["headers"], RECORD["headers"][0]]},
        {"headers": [("ce_id", b"2"), *RECORD["headers"][1:]]},
        {"headers": [("ce_id", None), *RECORD["headers"][1:]]},
        {"headers": [("ce_id", b""), *RECORD["headers"][1:]]},
        {"headers": RECORD["headers"][:2]},
    ],
)
def test_whatever_is_covered_changes_the_leaf(change: dict[str, Any]) -> None:
    assert leaf_hash(**RECORD | change) != leaf_hash(**RECORD)


def test_an_empty_header_is_not_a_null_one() -> None:
    assert with_headers(("ce_id", b"")) != with_headers(("ce_id", None))


def test_headers_are_covered_in_whatever_order_they_stand() -> None:
    assert with_headers(*reversed(RECORD["headers"])) == leaf_hash(**RECORD)
    assert with_headers(("ce_a", b"2"), ("ce_a", None), ("ce_a", b"")) == with_headers(
        ("ce_a", b""), ("ce_a", b"2"), ("ce_a", None)
    )


@pytest.mark.parametrize("name", ["authorization", "event-proof", "event-proof-path", "traceparent", "CE_id", "x"])
def test_other_headers_are_not_covered(name: str) -> None:
    assert with_headers(*RECORD["headers"], (name, b"anything")) == leaf_hash(**RECORD)


def test_an_undecodable_header_name_is_covered() -> None:
    assert with_headers(("ce_\udcff", b"1")) != with_headers(("ce_", b"1"))


texts = st.text(st.characters(codec="utf-8"), max_size=3)
contents = st.none() | st.binary(max_size=3)
headers = st.lists(st.tuples(texts.map(lambda name: f"ce_{name}"), contents), max_size=3)
records = st.fixed_dictionaries({"topic": texts, "key": contents, "value": contents, "headers": headers})


def _sorted(record: dict[str, Any]) -> Any:
    order = sorted(record["headers"], key=lambda item: (item[0], item[1] is not None, item[1] or b""))
    return record | {"headers": order}


@given(records, records)
def test_leaves_are_equal_only_for_equal_records(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (leaf_hash(**one) == leaf_hash(**other)) == (_sorted(one) == _sorted(other))
