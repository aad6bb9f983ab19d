"""Whatever a stranger sends, the guard answers with a refusal, never with an error of its own."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from grantstream.contracts.topics import TOPICS
from grantstream.guard import EventRefused, Refusal
from tests.unit.guard.forging import Bench, forge, header, payload
from tests.unit.guard.test_events import Record, token

BENCH = Bench()
GOOD = forge()
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)
header_values = st.none() | st.binary(max_size=40)


def judged(bearer: str) -> None:
    with suppress(Refusal):
        BENCH.guard.authenticate(bearer)


@given(st.text() | st.lists(st.text(), min_size=3, max_size=3).map(".".join))
def test_any_text(text: str) -> None:
    judged(text)


@given(st.binary(), st.binary(), st.binary(max_size=80))
def test_any_bytes_in_the_segments(head: bytes, claims: bytes, signature: bytes) -> None:
    judged(forge(claims, head, sign=lambda _: signature))


@given(st.binary(max_size=200))
def test_any_signed_payload(claims: bytes) -> None:
    judged(forge(claims))


@given(st.dictionaries(st.sampled_from(sorted({*payload(), "cnf", "key_space"})), json_values, max_size=3))
def test_any_value_of_any_claim(changes: dict[str, Any]) -> None:
    judged(forge(json.dumps(payload() | changes).encode()))


@given(st.dictionaries(st.sampled_from(["typ", "alg", "kid", "crit", "b64", "jwk", "x"]), json_values, max_size=3))
def test_any_value_of_any_header_parameter(changes: dict[str, Any]) -> None:
    judged(forge(head=json.dumps(header() | changes).encode()))


@given(st.integers(0, len(GOOD) - 1), st.characters())
def test_one_changed_character_makes_another_token(place: int, character: str) -> None:
    changed = GOOD[:place] + character + GOOD[place + 1 :]
    if changed == GOOD:
        return
    assert BENCH.code_of(changed) is not None


@given(
    st.sampled_from(sorted(TOPICS)),
    st.none() | st.binary(max_size=40),
    st.dictionaries(
        st.sampled_from([name for name, _ in Record().headers]) | st.text(max_size=8), header_values, max_size=4
    ),
    st.none() | st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()),
    st.floats(allow_nan=False),
)
def test_any_record(
    topic: str, key: bytes | None, headers: dict[str, bytes | None], value: bytes | None, appended_at: float
) -> None:
    record = Record(topic=TOPICS[topic])
    record.authorize(token(scope=TOPICS[topic].scope, key_space=["*"]))
    record.key, record.value, record.appended_at = key, value, appended_at
    for name, content in headers.items():
        record.spoil(name, content)
    with suppress(EventRefused):
        record.judged_by(BENCH)
